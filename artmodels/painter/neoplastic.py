"""Neoplastic: black lines at right angles, primary colours, and much white held in balance."""

from collections.abc import Callable

import cv2
import numpy as np

from artmodels.painter.canvas import (
    Pair,
    area,
    areas,
    box,
    brushed,
    colours,
    fbm,
    finish,
    grid,
    line,
    over,
    pick,
    smoothstep,
    weave,
)

_WHITES = colours("f3efe4 ece8dc e4e3dd f5f1ea")
_BLACK = colours("16161a")[0]
_PRIMARIES = [
    colours(codes)
    for codes in ("c9211e 1d3f94 f2c41c", "d5321f 21519f f4d03a", "b5231f 17306e e8b41f", "dd3b22 2b5fb0 f6cf2b")
]
_MUTED = [
    colours(codes)
    for codes in (
        "e8e0cd b3bcc2 7f93ad d9b65c c4714f 5f7391 9aa0a3",
        "efe8d8 d9d3c6 e3c9a8 c98f7a 8fa39a b0a4b8 6f7f86",
        "ece6d6 d8d4cc f0c33c c9362a 2a4f9a 9aa0a3 16161a",
        "dfe3dc b9c7bd 8fae9a d9c88a c9a15a 5f7f74 e9dcc0",
    )
]

Rectangle = tuple[float, float, float, float]


def _split(rng: np.random.Generator, whole: Rectangle, smallest: float, depth: int) -> list[Rectangle]:
    """Cut a rectangle (left, top, right, bottom) off-centre, and its parts again."""
    left, top, right, bottom = whole
    wide, high = right - left, bottom - top
    upright = rng.random() < wide / (wide + high)
    length = wide if upright else high
    if depth == 0 or length < 2.3 * smallest:
        return [whole]
    share = rng.uniform(0.18, 0.42)
    cut = length * (share if rng.random() < 0.5 else 1 - share)
    cut = min(max(cut, smallest), length - smallest)
    if upright:
        parts = [(left, top, left + cut, bottom), (left + cut, top, right, bottom)]
    else:
        parts = [(left, top, right, top + cut), (left, top + cut, right, bottom)]
    ends = [depth - 1 if rng.random() < 0.85 else 0 for _ in parts]
    return [piece for part, end in zip(parts, ends, strict=True) for piece in _split(rng, part, smallest, end)]


def _planes(rng: np.random.Generator, size: int, pieces: list[Rectangle], coloured: int) -> np.ndarray:
    """Fill every rectangle with a white of its own, and `coloured` of the smaller ones with primaries."""
    image = np.ones((size, size, 3), np.float32)
    primaries = pick(rng, _PRIMARIES)
    sizes = np.array([(right - left) * (bottom - top) for left, top, right, bottom in pieces])
    # Colour weighs more than white: it goes to the smaller planes, but for one that may be large.
    weights = 1 / (sizes + 0.03)
    chosen = list(rng.choice(len(pieces), min(coloured, len(pieces)), replace=False, p=weights / weights.sum()))
    if rng.random() < 0.5:
        chosen[0] = int(sizes.argmax())
    order = [*rng.permutation(3), *rng.permutation(3), *rng.permutation(3)]
    for index, (left, top, right, bottom) in enumerate(pieces):
        colour = _WHITES[rng.integers(len(_WHITES))]
        if index in chosen:
            colour = primaries[order[chosen.index(index) % len(order)]]
        elif rng.random() < 0.06 and sizes[index] < 0.05:
            colour = _BLACK
        stroke = brushed(rng, size, bool(right - left < bottom - top), 0.07)
        mask = area([(left, top), (right, top), (right, bottom), (left, bottom)], size)
        image = over(image, colour * stroke, mask)
    return image


def _lines(rng: np.random.Generator, image: np.ndarray, pieces: list[Rectangle], pen: float) -> np.ndarray:
    """Paint the borders of the rectangles black, broader and narrower around `pen`."""
    for left, top, right, bottom in pieces:
        for ends in ([(right, top), (right, bottom)], [(left, bottom), (right, bottom)]):
            if max(ends[0][0], ends[0][1]) < 0.999 or ends[0][0] != ends[1][0]:
                image = over(image, _BLACK, line(ends, pen * rng.choice([0.75, 1.0, 1.0, 1.5]), len(image)))
    return image


def _aged(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Old paint: faint unevenness, the weave, and hairline cracks."""
    size = len(image)
    uneven = 0.97 + 0.05 * fbm(rng, (size, size), (3, 3), 5)[..., None]
    cracks = np.abs(fbm(rng, (size, size), (9, 9), 4) - 0.5) < 0.004
    image = image * uneven * weave(rng, size, 0.035)
    return finish(over(image, image * 0.86, cracks.astype(np.float32)))


def _composed(
    rng: np.random.Generator, size: int, smallest: float, depth: int, coloured: int, pen: float
) -> np.ndarray:
    """A whole picture of split rectangles, `(size, size, 3) float`."""
    pieces = _split(rng, (0.0, 0.0, 1.0, 1.0), smallest, depth)
    return _lines(rng, _planes(rng, size, pieces, coloured), pieces, pen)


def _open(rng: np.random.Generator, size: int) -> np.ndarray:
    return _aged(rng, _composed(rng, size, 0.13, 3, int(rng.integers(2, 4)), rng.uniform(0.018, 0.032)))


def _dense(rng: np.random.Generator, size: int) -> np.ndarray:
    return _aged(rng, _composed(rng, size, 0.075, 6, int(rng.integers(5, 9)), rng.uniform(0.011, 0.02)))


def _lozenge(rng: np.random.Generator, size: int) -> np.ndarray:
    """A square that stands on its corner, on a pale wall."""
    upright = _composed(rng, size, 0.16, 3, 3, rng.uniform(0.016, 0.026))
    # The lines keep to the vertical while the canvas turns: the picture is cut, not tilted.
    wall = np.broadcast_to(colours("d8d3c8 cfc9c0 dcd9d2")[rng.integers(3)], (size, size, 3)).astype(np.float32)
    diamond = area(box((0.5, 0.5), (0.345, 0.345), np.pi / 4), size)
    shadow = cv2.GaussianBlur(
        cv2.warpAffine(diamond, np.array([[1, 0, size / 90], [0, 1, size / 60]]), (size, size)), (0, 0), size / 70
    )
    return _aged(rng, over(over(wall, wall * 0.72, shadow), upright, diamond))


def _block(image: np.ndarray, middle: Pair, half: Pair, colour: np.ndarray) -> None:
    """Fill an upright rectangle of `image` `(S, S, 3)`."""
    size = len(image)
    left, top, right, bottom = (
        round(edge * size)
        for edge in (middle[0] - half[0], middle[1] - half[1], middle[0] + half[0], middle[1] + half[1])
    )
    image[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] = colour


def _boogie(rng: np.random.Generator, size: int) -> np.ndarray:
    """Yellow streets with flickering squares, and larger blocks between them."""
    inks = np.concatenate([pick(rng, _PRIMARIES), colours("d6d3cb")])
    image = np.broadcast_to(_WHITES[0], (4 * size, 4 * size, 3)).astype(np.float32)
    pen = rng.uniform(0.018, 0.034)
    cells = int(1 / pen)
    main = rng.permutation(3)
    chances = np.array([0.14, 0.14, 0.14, 0.16])
    # One ink, most often yellow, is the street's own; the others flicker in it.
    chances[2 if rng.random() < 0.6 else main[0]] += 0.42
    for level in (False, True):
        for place in rng.choice(np.arange(1, cells - 1, 2), rng.integers(4, 10), replace=False):
            for step, ink in enumerate(rng.choice(4, cells + 2, p=chances)):
                middle = ((step + 0.5) * pen, (place + 0.5) * pen)
                _block(image, middle if level else middle[::-1], (pen / 2, pen / 2), inks[ink])
    for _ in range(rng.integers(3, 10)):
        centre, half = rng.uniform(0.12, 0.88, 2), rng.uniform(0.03, 0.1, 2)
        outer, inner = rng.permutation(4)[:2]
        _block(image, centre, half, inks[outer])
        _block(image, centre, half * 0.45, inks[inner])
    return _aged(rng, np.asarray(cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)))


def _checkered(rng: np.random.Generator, size: int) -> np.ndarray:
    """An even grid of muted tones, some cells joined, thin lines between them."""
    columns, rows = (int(count) for count in rng.integers(5, 14, 2))
    inks = pick(rng, _MUTED)
    picks = rng.choice(len(inks), (rows, columns), p=np.array([3, 3, 2, 1.5, 1, 1, 1]) / 12.5)
    for _ in range(rng.integers(0, rows * columns // 5)):
        row, column = rng.integers(rows), rng.integers(columns)
        picks[row : row + rng.integers(1, 4), column : column + rng.integers(1, 4)] = picks[row, column]
    spread = cv2.resize(picks.astype(np.uint8), (size, size), interpolation=cv2.INTER_NEAREST)
    image = inks[spread] * brushed(rng, size, True, 0.08)
    x, y = grid(size)
    pen = rng.uniform(0.006, 0.014)
    near = np.minimum(np.abs((x * columns + 0.5) % 1 - 0.5) / columns, np.abs((y * rows + 0.5) % 1 - 0.5) / rows)
    drawn = smoothstep(pen / 2 + 0.002, pen / 2 - 0.002, near)
    return _aged(rng, over(image, colours("5c5f66 26262a ded8ca")[rng.integers(3)], drawn))


def _plus_minus(rng: np.random.Generator, size: int) -> np.ndarray:
    """Short strokes, upright and level, that gather in an oval like light on the sea."""
    image = np.broadcast_to(colours("e9e3d3 d5d8d6 e6d6b8")[rng.integers(3)], (size, size, 3)).astype(np.float32)
    image = over(image, colours("b9b4a8 c9a27f 93a7b5")[rng.integers(3)], 0.8 * fbm(rng, (size, size), (3, 3), 5))
    step, pen = rng.uniform(0.036, 0.075), rng.uniform(0.006, 0.013)
    reach = rng.uniform((0.36, 0.36), (0.6, 0.6))
    power, upright = rng.uniform(1.6, 5), rng.uniform(0.25, 0.75)
    strokes: list[np.ndarray] = []
    for y in np.arange(step, 1 - step / 2, step):
        for x in np.arange(step, 1 - step / 2, step):
            outside = (abs(x - 0.5) / reach[0]) ** power + (abs(y - 0.5) / reach[1]) ** power > 1
            if outside or rng.random() < 0.06:
                continue
            half = step * rng.uniform(0.25, 0.7 + 0.4 * y)
            first = rng.random() < upright
            for stands in [first, not first][: 1 + (rng.random() < 0.4)]:
                strokes.append(box((x, y), (pen / 2, half) if stands else (half, pen / 2)))
    return _aged(rng, over(image, _BLACK, 0.92 * areas(strokes, size)))


MOTIFS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "Composition with Open Planes": _open,
    "Composition with Many Planes": _dense,
    "Lozenge": _lozenge,
    "Boogie": _boogie,
    "Chequered Composition": _checkered,
    "Plus and Minus": _plus_minus,
}
