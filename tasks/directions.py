"""A sheet of what a generator's directions do, each under the number that an order names it by."""

from pathlib import Path
from typing import Any

import numpy as np

from artmodels.errors import AtelierError
from artmodels.gan.painter import GanPainter
from tasks import registry
from tasks.batch.encode import write_picture
from tasks.contact_sheet import Tile, make_contact_sheet
from tasks.settings import Settings

AMOUNTS = (-4.0, -2.0, 0.0, 2.0, 4.0)
"""How far the sheet goes in each direction."""

MOST = 64
"""Rows of a sheet."""

ENLARGED = 128
"""Side of the pictures on the sheet, in pixels."""

SHEET = "directions.png"


def draw(settings: Settings, out: Path, seed: int, count: int, model: str) -> dict[str, Any]:
    """Write a sheet: a row for each of the first `count` directions, a picture of `seed` for each amount.

    Raises:
        AtelierError: there is no such model, `count` or `seed` is not accepted, or the folder cannot be written.
    """
    version, painter = registry.open_model(settings, "gan", model)
    assert isinstance(painter, GanPainter)
    if not 1 <= count <= min(MOST, painter.config.latent):
        raise AtelierError(f"count={count} is not accepted: 1 to {min(MOST, painter.config.latent)}.")
    rows = []
    for number in range(count):
        row = []
        for amount in AMOUNTS:
            picture = painter.generate(seed, directions={number: amount})
            path = out / f"direction-{number:02}-{amount:+g}.png"
            # Enlarged, pixel by pixel: a sheet never enlarges, and small pictures would be smaller than their labels.
            write_picture(np.kron(picture, np.ones((ENLARGED // len(picture) or 1,) * 2 + (1,), np.uint8)), path)
            row.append(Tile(path, f"{number}={amount:+g}"))
        rows.append(row)
    return {"sheet": str(make_contact_sheet(rows, out / SHEET, tile=ENLARGED)), "model": str(version)}
