"""The preview: held-out works, each with the likeliest class of the first head below it."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from PIL import Image, ImageDraw

from artmodels.classifier.network import ClassifierNet
from artmodels.classifier.views import both_ways
from artmodels.images import PackedImages
from artmodels.pictures import centre_square

COLUMNS, ROWS, SIDE, LINE = 6, 3, 160, 18


@torch.no_grad()
def preview_sheet(
    network: ClassifierNet,
    data: PackedImages,
    classes: Mapping[str, Sequence[str]],
    side: int,
    device: torch.device,
) -> np.ndarray:
    """Draw the sheet, the same works each time: `(H, W, 3) uint8`."""
    rows = np.concatenate([data.where(kind="artwork", split=split) for split in ("validation", "test")])
    rows = rows[np.linspace(0, len(rows) - 1, min(COLUMNS * ROWS, len(rows))).astype(int)] if len(rows) else rows
    head, known = next(iter(classes.items()))
    sheet = Image.new("RGB", (COLUMNS * SIDE, ROWS * (SIDE + LINE)), "white")
    draw = ImageDraw.Draw(sheet)
    for place, row in enumerate(rows):
        best = network(both_ways(data[row], side).to(device))[head].mean(0).argmax()
        left, top = place % COLUMNS * SIDE, place // COLUMNS * (SIDE + LINE)
        sheet.paste(Image.fromarray(centre_square(data[row], SIDE)), (left, top))
        draw.text((left + 4, top + SIDE + 3), known[int(best)], fill="black")
    return np.asarray(sheet)
