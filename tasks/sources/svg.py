"""Drawings in SVG: each path, polyline or shape is a stroke, a path with gaps several; colours are not read."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, parse

import numpy as np
from svgelements import SVG, Close, Line, Move, Shape
from svgelements import Path as SvgPath

from artmodels.errors import AtelierError
from tasks.sources.simplify import simplified
from tasks.sources.stroke_files import Sketched, Strokes

MOST_BYTES = 10 << 20

MOST_ELEMENTS = 100_000
"""Elements of a file once every `use` stands for what it repeats: ten of ten of ten are soon millions."""

_HREFS = ("href", "{http://www.w3.org/1999/xlink}href")

_SAMPLES = np.linspace(0, 1, 17)[1:]
"""Where a curve's segment is looked at: sixteen pieces are closer than the simplification asks for."""


def read_svg(path: Path, label: str = "") -> Iterator[Sketched]:
    """Yield the one drawing of an SVG file; nothing that it refers to is opened."""
    yield Sketched(str(path), partial(_strokes, path))


def svg_strokes(path: Path) -> tuple[Strokes, float]:
    """Return the strokes `(n, 2) float64` of an SVG file, curves in pieces, and the longer side of its page.

    The page is 0 where the file does not say how large it is.

    Raises:
        AtelierError: the file is no SVG, too large, or shows nothing that is drawn.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise AtelierError(f"the SVG is larger than {MOST_BYTES} bytes")
        _demand_modest(parse(path).getroot())
        # Not reified: the page's own scale is undone with the drawing's.
        document = SVG.parse(path)
        strokes = [stroke for shape in document.elements() for stroke in _of_shape(shape)]
        page = max(float(document.width), float(document.height)) if _has_page(document) else 0.0
    except (ParseError, OSError, ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise AtelierError(f"it cannot be read as SVG ({' '.join(str(error).split())})") from error
    except (ArithmeticError, RecursionError) as error:
        raise AtelierError(f"it cannot be read as SVG ({type(error).__name__})") from error
    if not strokes:
        raise AtelierError("it shows no path, line or shape")
    return strokes, page


def _demand_modest(root: Element) -> None:
    """Raise AtelierError for more than `MOST_ELEMENTS`; counts without repeating them."""
    named = {name: element for element in root.iter() if (name := element.get("id"))}
    counts: dict[Element, int] = {}

    def count(element: Element) -> int:
        if element not in counts:
            used = [named.get(element.get(name, "").removeprefix("#")) for name in _HREFS]
            repeated = used if element.tag.endswith("use") else []
            counts[element] = 1 + sum(map(count, [*element, *(one for one in repeated if one is not None)]))
        return counts[element]

    if (found := count(root)) > MOST_ELEMENTS:
        raise AtelierError(f"the SVG repeats itself to {found:.3g} elements: {MOST_ELEMENTS} are accepted")


def _strokes(path: Path) -> Strokes:
    return simplified(svg_strokes(path)[0])


def _has_page(document: SVG) -> bool:
    said = document.values
    return bool(said.get("viewBox") or (said.get("width") and said.get("height")))


def _of_shape(shape: object) -> Iterator[np.ndarray]:
    if not isinstance(shape, Shape):
        return
    for part in SvgPath(shape).as_subpaths():
        points: list[tuple[float, float]] = []
        for segment in SvgPath(part):
            if isinstance(segment, Move):
                points.append(tuple(segment.end))
            elif isinstance(segment, Line | Close):
                if segment.end is not None:
                    points.append(tuple(segment.end))
            else:
                points.extend(tuple(segment.point(position)) for position in _SAMPLES)
        if points:
            yield np.array(points, np.float64)
