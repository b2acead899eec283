"""The preview grid: the same held-out contents in the same held-out styles, as training goes."""

import numpy as np
import torch

from artmodels.images import PackedImages
from artmodels.pictures import centre_square, to_picture, to_tensor
from artmodels.style.network import StyleTransferNet

SIDE, CONTENTS, STYLES = 160, 4, 6


def preview_pictures(data: PackedImages) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Choose contents and styles, evenly over what is not trained on: squares `(SIDE, SIDE, 3) uint8`."""
    contents, styles = (
        np.concatenate([data.where(kind=kind, split=split) for split in ("validation", "test")])
        for kind in ("photograph", "artwork")
    )
    return [centre_square(data[row], SIDE) for row in _evenly(contents, CONTENTS)], [
        centre_square(data[row], SIDE) for row in _evenly(styles, STYLES)
    ]


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


def _evenly(rows: np.ndarray, count: int) -> np.ndarray:
    return rows[np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(int)] if len(rows) else rows
