"""How likely pieces are to a model: nats per frame, as the tables of Boulanger-Lewandowski et al. 2012 have it.

Every frame of a piece counts, the first, too, which is predicted from nothing; a frame's figure is the negative log
likelihood of the set of its notes among all sets of the 88 keys.
"""

from collections.abc import Sequence

import numpy as np
import torch

from artmodels.music.network import MusicNet, Windows
from artmodels.music.notes import END, KEYS, widen
from artmodels.music.pieces import width_of

FRAMES = 4096
"""Most frames that are scored at a time, padding included, unless a piece is longer."""


@torch.no_grad()
def score_pieces(network: MusicNet, pieces: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return the nats of each frame `(T,)` of pieces `(T, N)`, the network as it is."""
    device, width = network.ending.weight.device, width_of(list(pieces))
    found: dict[int, np.ndarray] = {}
    for batch in _batches([len(piece) for piece in pieces]):
        lengths = torch.tensor([len(pieces[number]) for number in batch])
        notes = torch.full((len(batch), int(lengths.max()), width), END)
        for place, number in enumerate(batch):
            notes[place, : lengths[place]] = torch.from_numpy(widen(pieces[number], width))
        windows = Windows(notes.to(device), torch.zeros_like(lengths).to(device), lengths.to(device))
        for number, nats, length in zip(batch, network(windows)[0].cpu(), lengths, strict=True):
            found[number] = nats[:length].numpy()
    return [found[number] for number in range(len(pieces))]


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Pieces of like length together."""
    batches: list[list[int]] = [[]]
    for number in np.argsort(lengths, kind="stable").tolist():
        if batches[-1] and (len(batches[-1]) + 1) * lengths[number] > FRAMES:
            batches.append([])
        batches[-1].append(number)
    return [batch for batch in batches if batch]


def key_shares(pieces: Sequence[np.ndarray]) -> np.ndarray:
    """Return how often each key sounds, `(KEYS,)`, strictly between 0 and 1 (Krichevsky and Trofimov 1981)."""
    notes = np.concatenate([piece.ravel() for piece in pieces])
    counts = np.bincount(notes, minlength=KEYS + 1)[:KEYS]
    frames = sum(len(piece) for piece in pieces)
    shares: np.ndarray = (counts + 0.5) / (frames + 1)
    return shares


def independent_nats(pieces: Sequence[np.ndarray], shares: np.ndarray) -> list[np.ndarray]:
    """Return the nats of each frame `(T,)` for who knows only how often each key sounds."""
    silent, odds = -np.log1p(-shares).sum(), np.append(np.log(shares) - np.log1p(-shares), 0.0)
    return [silent - odds[piece].sum(1) for piece in pieces]
