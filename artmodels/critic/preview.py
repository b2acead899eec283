"""The preview: held-out works, what is said of each below it, and where the attention was beside it."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from PIL import Image, ImageDraw

from artmodels.classifier.maps import overlay
from artmodels.critic.maps import enlarge
from artmodels.critic.network import CriticNet
from artmodels.critic.places import Places
from artmodels.critic.scales import quantile
from artmodels.pictures import centre_square

COLUMNS, ROWS, SIDE, LINE = 4, 3, 160, 18


@torch.no_grad()
def preview_sheet(
    network: CriticNet, places: Places, classes: Mapping[str, Sequence[str]], rows: np.ndarray
) -> np.ndarray:
    """Draw the sheet, the same works each time: `(H, W, 3) uint8`."""
    rows = rows[np.linspace(0, len(rows) - 1, min(COLUMNS * ROWS, len(rows))).astype(int)] if len(rows) else rows
    sheet = Image.new("RGB", (COLUMNS * 2 * SIDE, ROWS * (SIDE + LINE)), "white")
    draw = ImageDraw.Draw(sheet)
    device = network.held_out.device
    for place, row in enumerate(rows):
        logits, _, attention = network(places.both_ways(int(row))[0].to(device))
        said = []
        for head, given in logits.items():
            scores = given.mean(0, keepdim=True)
            if head in classes:
                said.append(classes[head][int(scores.argmax())])
            else:
                said.append(f"{float(quantile(scores, network.edges(head), 0.5)):.4g}")
        left, top = place % COLUMNS * 2 * SIDE, place // COLUMNS * (SIDE + LINE)
        picture = places.data[row]
        heat = enlarge(attention[0].cpu().numpy().reshape(network.places, -1), picture)
        for offset, shown in enumerate((picture, overlay(picture, heat))):
            sheet.paste(Image.fromarray(centre_square(shown, SIDE)), (left + offset * SIDE, top))
        draw.text((left + 4, top + SIDE + 3), ", ".join(said), fill="black")
    return np.asarray(sheet)
