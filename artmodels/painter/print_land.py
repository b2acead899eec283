"""Mountains and seas for the woodblock."""

import numpy as np

from artmodels.painter.canvas import colours, fbm, over, smoothstep
from artmodels.painter.prints import Print

_MOUNTS = colours("7a3b2f 4f5f7f 3f5a66 8a5a4a 5d5a78")


def cone(sheet: Print, centre: float, top: float, foot: float, reach: float) -> None:
    """A lone volcano with a cap of snow and ribs down its flanks."""
    rng = sheet.rng
    way = np.linspace(-1, 1, 81)
    lift = np.clip((1 - np.abs(way)) / 0.9, 0, 1) ** 1.9
    ridge = np.stack([centre + reach * way, foot - (foot - top) * lift], -1)
    mount = _MOUNTS[rng.integers(len(_MOUNTS))]
    sheet.flat(np.concatenate([ridge, [[centre + reach, foot + 0.05], [centre - reach, foot + 0.05]]]), mount)
    cap = ridge[np.abs(way) < 0.36]
    snow = top + (foot - top) * rng.uniform(0.3, 0.4)
    zigzag = np.stack(
        [
            np.linspace(cap[-1, 0], cap[0, 0], 15),
            np.where(np.arange(15) % 2 == 0, snow, snow + 0.05) + rng.uniform(-0.02, 0.02, 15),
        ],
        -1,
    )
    zigzag[[0, -1]] = cap[[-1, 0]]
    sheet.flat(np.concatenate([cap, zigzag[1:-1]]), sheet.paper)
    for side in (-1, 1):
        for share in (0.2, 0.4, 0.6):
            spot = np.stack([np.full(12, centre), np.full(12, snow + 0.06)], -1)
            spot[:, 0] += side * reach * np.linspace(0.06 + 0.2 * share, 0.1 + 0.75 * share, 12)
            spot[:, 1] += np.linspace(0.0, 1, 12) ** 0.8 * (foot - snow - 0.09) * (0.5 + 0.4 * share)
            sheet.trace(spot, 0.6)


def swell(rng: np.random.Generator, x: np.ndarray, level: float, tall: float, count: float) -> np.ndarray:
    """The outline of a choppy sea: round troughs, pointed crests."""
    phase = rng.uniform(0, 6.3)
    sharp = np.abs(np.sin(np.pi * count * x + phase + 0.6 * np.sin(2 * np.pi * count * x + phase)))
    return np.asarray(level + tall * (sharp**0.8 - 0.5) + 0.3 * tall * np.sin(5 * x + phase), np.float32)


def waters(sheet: Print, level: float, palette: np.ndarray, rows: int) -> None:
    """Rows of waves, each larger and darker than the one behind, lined and crested with foam."""
    rng, x = sheet.rng, (np.arange(sheet.size, dtype=np.float32) + 0.5) / sheet.size
    for row in range(rows):
        near = row / max(rows - 1, 1)
        outline = swell(rng, x, level + (1.02 - level) * near**1.2, 0.012 + 0.05 * near, 9 - 5.5 * near)
        sheet.under(
            outline,
            np.stack([palette[2] * (1 - near) + palette[1] * near, palette[1] * (1 - near) + palette[0] * near]),
            0.03 + 0.1 * near,
        )
        if near > 0.2:
            for step in (0.014, 0.03):
                curl = outline + step * (0.5 + near) + 0.006 * np.sin(40 * x)
                mask = smoothstep(0.004 * (0.6 + near), 0.002, np.abs(sheet.y - curl[None, :])) * smoothstep(
                    0.45, 0.6, fbm(rng, (sheet.size, sheet.size), (4, 9), 2)
                )
                sheet.image = over(sheet.image, palette[3], mask)
