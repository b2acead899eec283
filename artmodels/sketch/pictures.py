"""Drawings as pictures: pixels and SVG, in the middle of a square page."""

from collections.abc import Sequence
from xml.etree import ElementTree

import cv2
import numpy as np

from artmodels.sketch.strokes import SIDE, to_strokes

INK, BEGUN = (24, 24, 32), (150, 150, 165)
"""Colours of strokes: those drawn, and those that were there before."""

MARGIN, PEN = 0.08, 3.0
"""Blank edge as a share of the page; width of the pen in units."""

_SHIFT = 4


def to_picture(drawing: np.ndarray, side: int = 256, begun: int = 0) -> np.ndarray:
    """Draw `(N, 3) int16` on a white page: `(side, side, 3) uint8`; the first `begun` strokes in grey."""
    page = np.full((side, side, 3), 255, np.uint8)
    pixels = side / _page_side(drawing)
    width = max(1, round(PEN * pixels))
    for number, stroke in enumerate(_placed(drawing)):
        points = np.round(stroke * pixels * (1 << _SHIFT)).astype(np.int32)
        colour = BEGUN if number < begun else INK
        if np.ptp(points, axis=0).any():
            cv2.polylines(page, [points], False, colour, width, cv2.LINE_AA, _SHIFT)
        else:
            # A dot: OpenCV draws nothing where a line has no length.
            cv2.circle(page, points[0], max(1, width << _SHIFT >> 1), colour, cv2.FILLED, cv2.LINE_AA, _SHIFT)
    return page


def to_svg(drawing: np.ndarray, title: str = "", begun: int = 0) -> bytes:
    """Write `(N, 3) int16` as SVG, a polyline a stroke, in the units of the drawing."""
    side = f"{_page_side(drawing):g}"
    root = ElementTree.Element(
        "svg", xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {side} {side}", width=side, height=side
    )
    if title:
        ElementTree.SubElement(root, "title").text = title
    style = {"fill": "none", "stroke-width": f"{PEN:g}", "stroke-linecap": "round", "stroke-linejoin": "round"}
    group = ElementTree.SubElement(root, "g", style)
    for number, stroke in enumerate(_placed(drawing)):
        points = stroke if len(stroke) > 1 else stroke.repeat(2, 0)
        path = " ".join(f"{x:g},{y:g}" for x, y in points.round(1))
        colour = "#{:02x}{:02x}{:02x}".format(*(BEGUN if number < begun else INK))
        ElementTree.SubElement(group, "polyline", points=path, stroke=colour)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def to_sheet(pictures: Sequence[np.ndarray], columns: int) -> np.ndarray:
    """Lay out pictures of one size in rows: `(H, W, 3) uint8`; what is left of the last row stays white."""
    blanks = [np.full_like(pictures[0], 255)] * (-len(pictures) % columns)
    cells = [*pictures, *blanks]
    return np.vstack([np.hstack(cells[first : first + columns]) for first in range(0, len(cells), columns)])


def _extent(drawing: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    points = drawing[:, :2].astype(np.int64).cumsum(0)
    return points.min(0), points.max(0)


def _page_side(drawing: np.ndarray) -> float:
    """Side of the page, in units: the house's size, or the drawing's where it grew larger, and a blank edge."""
    low, high = _extent(drawing)
    return max(SIDE, int((high - low).max())) / (1 - 2 * MARGIN)


def _placed(drawing: np.ndarray) -> list[np.ndarray]:
    """The strokes, in units from the page's corner."""
    low, high = _extent(drawing)
    move = _page_side(drawing) / 2 - (low + high) / 2
    return [stroke + move for stroke in to_strokes(drawing)]
