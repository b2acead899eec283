"""Texts that say nearly the same, in groups: no model may learn from one and be judged by the other."""

import hashlib
import re
from collections.abc import Sequence

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

SHINGLE = 3
"""Words in a row that are compared."""

ALIKE = 0.5
"""Least share of shingles, of those that either of two texts has, that both have (Broder 1997)."""

# Rows of the product of all texts with all texts that are in memory at a time.
_BLOCK = 1024


def group_texts(texts: Sequence[str], works: Sequence[str]) -> list[str]:
    """Return each text's group: 64 hex digits, equal for texts that are alike, through others or because of their work.

    The name follows from the words of the group's first text in alphabetical order.

    Args:
        texts: in any language.
        works: of which work each speaks; empty where that is not known.
    """
    plain = [" ".join(re.findall(r"\w+", text.casefold())) for text in texts]
    different = sorted(set(plain))
    place = {text: number for number, text in enumerate(different)}
    firsts, seconds = _alike(_shingles(different))
    said: dict[str, int] = {}
    pairs = zip(plain, works, strict=True)
    linked = [(place[text], said.setdefault(work, place[text])) for text, work in pairs if work]
    if linked:
        firsts, seconds = np.concatenate([[firsts, seconds], np.array(linked).T], axis=1)
    count = len(different)
    graph = coo_matrix((np.ones(len(firsts)), (firsts, seconds)), shape=(count, count))
    _, label = connected_components(graph, directed=False)
    name: dict[int, str] = {}
    for text, number in zip(different, label, strict=True):
        name.setdefault(number, hashlib.sha256(text.encode("utf-8", "replace")).hexdigest())
    return [name[label[place[text]]] for text in plain]


def _shingles(texts: Sequence[str]) -> csr_matrix:
    """Return which shingles each text has: `(texts, shingles)`, 1 or nothing."""
    known: dict[str, int] = {}
    rows, columns = [], []
    for number, text in enumerate(texts):
        words = text.split()
        own = {" ".join(words[start : start + SHINGLE]) for start in range(max(1, len(words) - SHINGLE + 1))}
        # In order: sets of strings have another one in each process.
        for shingle in sorted(own):
            rows.append(number)
            columns.append(known.setdefault(shingle, len(known)))
    return csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=(len(texts), len(known)))


def _alike(has: csr_matrix) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs of rows that are alike."""
    sizes = np.asarray(has.sum(axis=1)).ravel()
    found: list[tuple[np.ndarray, np.ndarray]] = [(np.empty(0, np.int64), np.empty(0, np.int64))]
    for start in range(0, len(sizes), _BLOCK):
        common = (has[start : start + _BLOCK] @ has.T).tocoo()
        rows, columns = common.row + start, common.col
        near = common.data >= ALIKE * (sizes[rows] + sizes[columns] - common.data)
        found.append((rows[near], columns[near]))
    firsts, seconds = (np.concatenate(side) for side in zip(*found, strict=True))
    return firsts, seconds
