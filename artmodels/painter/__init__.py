"""A painter that makes the sample: artworks of several schools, and scenes that stand in for photographs.

The same school and number give the same work, whatever was painted before.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from zlib import crc32

import numpy as np

from artmodels.painter import (
    colour_field,
    cubist,
    flow_field,
    ink_mountains,
    neoplastic,
    op_art,
    pointillism,
    scenes,
    stained_glass,
    suprematism,
    woodblock,
)

__all__ = ["SCHOOLS", "Painting", "School", "paint", "render_scene"]

Maker = TypeVar("Maker")
_TENS, _ONES = ("", "X", "XX", "XXX", "XL", "L"), ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")


@dataclass(frozen=True)
class Painting:
    """A work, `image` `(H, W, 3) uint8` sRGB, and what its label says."""

    image: np.ndarray
    title: str
    artist: str
    year: int
    style: str
    genre: str


@dataclass(frozen=True)
class School:
    """A way of painting.

    Attributes:
        name: as it is written on a label.
        genre: what its works are of.
        years: first and last year that its works are dated to; invented, as the works are.
        motifs: {title: what paints it as `(size, size, 3) uint8`}; the works take them in turn.
    """

    name: str
    genre: str
    years: tuple[int, int]
    motifs: Mapping[str, Callable[[np.random.Generator, int], np.ndarray]]


SCHOOLS: dict[str, School] = {
    "colour_field": School("Colour Field", "abstract", (1949, 1972), colour_field.MOTIFS),
    "cubist": School("Cubist", "still life and figure", (1908, 1921), cubist.MOTIFS),
    "flow_field": School("Flow Field", "landscape", (1885, 1895), flow_field.MOTIFS),
    "ink_mountains": School("Ink Mountains", "landscape", (1610, 1790), ink_mountains.MOTIFS),
    "neoplastic": School("Neoplastic", "abstract", (1917, 1944), neoplastic.MOTIFS),
    "op_art": School("Op Art", "abstract", (1958, 1979), op_art.MOTIFS),
    "pointillism": School("Pointillism", "landscape", (1884, 1906), pointillism.MOTIFS),
    "stained_glass": School("Stained Glass", "decorative art", (1880, 1925), stained_glass.MOTIFS),
    "suprematism": School("Suprematism", "abstract", (1915, 1930), suprematism.MOTIFS),
    "woodblock": School("Woodblock", "landscape", (1790, 1868), woodblock.MOTIFS),
}
"""Every school by the word that stands for it in folders and labels."""


def paint(school: str, number: int, size: int = 256) -> Painting:
    """Paint work `number` (from 0) of a school, `size` pixels wide and high.

    Raises:
        ValueError: there is no such school; names those there are.
    """
    if school not in SCHOOLS:
        raise ValueError(f"No school is called {school!r}; there are {', '.join(sorted(SCHOOLS))}.")
    tradition = SCHOOLS[school]
    title, motif = _turn(tradition.motifs, number)
    image = motif(_generator(school, number), size)
    year = int(_generator(f"{school} years", number).integers(tradition.years[0], tradition.years[1] + 1))
    return Painting(image, title, f"Atelier Painter: {tradition.name}", year, school, tradition.genre)


def render_scene(number: int, width: int = 384, height: int = 288) -> Painting:
    """Render scene `number` (from 0), which stands in for a photograph."""
    title, scene = _turn(scenes.SCENES, number)
    image = scene(_generator("scenes", number), width, height)
    return Painting(image, title, "Atelier Painter: Camera", 2025, "rendered scene", "photograph")


def _generator(word: str, number: int) -> np.random.Generator:
    """Random numbers for one work, which no other work can disturb."""
    return np.random.default_rng([crc32(word.encode()), number])


def _turn(makers: Mapping[str, Maker], number: int) -> tuple[str, Maker]:
    """Take the makers in turn; the title counts how often this one came up."""
    title = list(makers)[number % len(makers)]
    tens, ones = divmod(number // len(makers) + 1, 10)
    return f"{title} {_TENS[tens]}{_ONES[ones]}", makers[title]
