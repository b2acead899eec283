"""`readings.html`: every critique with its scores, its words coloured by what they added to the total."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from artmodels.reader.figures import FIGURES, HIGHEST, TOTAL
from tasks.batch.encode import write_text
from tasks.pages import environment
from tasks.read_texts import Text

MOST = 500
"""Critiques on the page, those of the highest scores first; the table has all."""

# Points at which a word has its full colour: few words add more.
_FULL = 2.5


def write_page(path: Path, texts: Sequence[Text], rows: Sequence[dict[str, Any]], title: str) -> Path:
    """Write the page; it needs no network.

    Raises:
        CannotWrite: the folder takes no file.
    """
    pairs = list(zip(texts, rows, strict=True))
    read = [(text, row) for text, row in pairs if "scores" in row]
    read.sort(key=lambda pair: -pair[1]["scores"][TOTAL]["value"])
    page = environment().get_template("readings.html.j2")
    html = page.render(
        title=title,
        total=len(pairs),
        cards=[_card(text, row) for text, row in read[:MOST]],
        hidden=max(0, len(read) - MOST),
        refused=[{"where": text.where, "reason": row["reason"]} for text, row in pairs if "scores" not in row],
    )
    return write_text(path, html)


def _card(text: Text, row: dict[str, Any]) -> dict[str, Any]:
    scores = row["scores"]
    figures = [
        {"name": name, "most": HIGHEST[name], **scores[name], **_bar(name, scores[name])}
        for name in FIGURES
        if name in scores
    ]
    return {
        "title": text.title or text.where,
        "where": text.where,
        "total": figures[0],
        "attributes": figures[1:],
        "familiar": row["familiar"],
        "known": row["known"],
        "pieces": _pieces(text.words, row["words"]),
    }


def _bar(name: str, score: dict[str, float]) -> dict[str, float]:
    """Where a score and its interval lie on a bar, in percent."""
    whole = HIGHEST[name] / 100
    ends = score["low"] / whole, score["high"] / whole
    return {"left": ends[0], "width": ends[1] - ends[0], "at": score["value"] / whole}


def _pieces(text: str, words: Sequence[tuple[int, int, float]]) -> list[dict[str, Any]]:
    """Part a text into words with their points and what stands between them, with none."""
    pieces, place = [], 0
    for start, end, points in words:
        pieces.append({"text": text[place:start], "points": 0.0, "tone": "", "depth": 0.0})
        depth = min(1.0, abs(points) / _FULL)
        pieces.append(
            {"text": text[start:end], "points": points, "tone": "for" if points > 0 else "no", "depth": depth}
        )
        place = end
    return [
        piece for piece in [*pieces, {"text": text[place:], "points": 0.0, "tone": "", "depth": 0.0}] if piece["text"]
    ]
