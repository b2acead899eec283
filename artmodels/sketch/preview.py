"""The preview: drawings of a few classes, the same seeds each time."""

from collections.abc import Sequence

import numpy as np
import torch

from artmodels.sketch.network import ANY, SketchNet
from artmodels.sketch.pictures import to_picture, to_sheet
from artmodels.sketch.sampling import draw_on

COLUMNS, ROWS, SIDE, TEMPERATURE = 8, 4, 128, 0.4


def preview_sheet(network: SketchNet, classes: Sequence[str]) -> np.ndarray:
    """Draw the sheet, a column a class where there are classes: `(H, W, 3) uint8`."""
    device = network.scale.device
    shown = np.linspace(ANY + 1, len(classes), COLUMNS).astype(int) if classes else [ANY] * COLUMNS
    pictures = []
    for seed in range(ROWS * COLUMNS):
        chance = np.random.default_rng(seed)
        noise = torch.from_numpy(chance.standard_normal((1, network.config.latent)).astype(np.float32)).to(device)
        told = network.names(torch.tensor([int(shown[seed % COLUMNS])], device=device))
        pictures.append(to_picture(draw_on(network, network.imagine(noise, told), told, TEMPERATURE, chance), SIDE))
    return to_sheet(pictures, COLUMNS)
