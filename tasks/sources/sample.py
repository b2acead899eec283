"""The sample: artworks and scenes that the project paints itself, with a CSV that describes each set."""

import argparse
import csv
import re
from collections.abc import Iterable
from pathlib import Path

from PIL import Image

from artmodels.painter import SCHOOLS, Painting, paint, render_scene
from tasks.terminal import counting

VERSION = 1
"""Rises whenever the painter paints other pictures, so that a catalog tells which ones it holds."""

LICENCE = "CC0-1.0"

COLUMNS = ("path", "title", "artist", "year", "style", "genre", "licence", "source", "series")
"""Columns of both CSVs; `path` is relative to the CSV, with forward slashes."""

_QUALITY = 85


def paint_sample(out: Path, works: int = 40, scenes: int = 48) -> Path:
    """Paint `works` artworks of every school and `scenes` scenes below `out`; return `out`.

    Artworks go to `artworks/<style>/`, scenes to `photographs/`; `artworks.csv` and `photographs.csv`
    describe them. Files that are there already are painted anew.
    """
    artworks = ((f"artworks/{school}", paint(school, n)) for school in SCHOOLS for n in range(works))
    _write(out, "artworks.csv", counting(artworks, "painting artworks", total=len(SCHOOLS) * works))
    photographs = (("photographs", render_scene(n)) for n in range(scenes))
    _write(out, "photographs.csv", counting(photographs, "painting photographs", total=scenes))
    return out


def _write(out: Path, name: str, paintings: Iterable[tuple[str, Painting]]) -> None:
    """Save (folder, painting) pairs below `out`, and the CSV `name` that lists them."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / name).open("w", newline="", encoding="utf-8") as file:
        rows = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        rows.writeheader()
        for folder, painting in paintings:
            path = f"{folder}/{_slug(painting.title)}.jpg"
            (out / path).parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(painting.image).save(out / path, quality=_QUALITY, optimize=True, progressive=True)
            rows.writerow(_row(path, painting))


def _row(path: str, painting: Painting) -> dict[str, str | int]:
    """What the CSV says about one painting."""
    return {
        "path": path,
        "title": painting.title,
        "artist": painting.artist,
        "year": painting.year,
        "style": painting.style,
        "genre": painting.genre,
        "licence": LICENCE,
        "source": f"atelier painter {VERSION}",
        "series": "",
    }


def _slug(title: str) -> str:
    """Turn `Haystacks, Evening II` into `haystacks-evening-ii`."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def _main() -> None:
    """Read the command line and paint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="folder that the sample goes to")
    paint_sample(parser.parse_args().out)


if __name__ == "__main__":
    _main()
