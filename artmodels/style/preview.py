"""The preview grid: the same held-out contents in the same held-out styles, as training goes."""

import numpy as np
import torch

from artmodels.images import PackedImages
from artmodels.pictures import centre_square, to_picture, to_tensor
from artmodels.previews import shown_rows
from artmodels.style.network import StyleTransferNet

SIDE, CONTENTS, STYLES = 160, 3, 4


def preview_pictures(data: PackedImages) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Choose contents and styles that are not trained on: squares `(SIDE, SIDE, 3) uint8`."""
    contents, styles = shown_rows(data, "photograph", CONTENTS), shown_rows(data, "artwork", STYLES)
    return [centre_square(data[row], SIDE) for row in contents], [centre_square(data[row], SIDE) for row in styles]


def preview_grid(
    network: StyleTransferNet, contents: list[np.ndarray], styles: list[np.ndarray], device: torch.device
) -> np.ndarray:
    """Paint the grid: the styles above, the contents to the left, `(H, W, 3) uint8`."""
    blank = np.full((SIDE, SIDE, 3), 255, np.uint8)
    shown = [to_tensor(style)[None].to(device) for style in styles]
    rows = [np.hstack([blank, *styles])]
    for content in contents:
        tensor = to_tensor(content)[None].to(device)
        rows.append(np.hstack([content, *(to_picture(network(tensor, style)[0]) for style in shown)]))
    return np.vstack(rows)
