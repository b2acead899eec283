"""A painter with random weights, and a program that paints a large picture with it, so that tests can kill it."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from artmodels.bundle import Bundle
from artmodels.style.network import StyleTransferNet
from artmodels.style.painter import StylePainter
from tasks.large.paint import PaintTile
from tasks.large.picture import paint_picture
from tasks.memory import peak_megabytes
from tasks.settings import Settings

KEY = "0" * 64


def make_painter() -> StylePainter:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        # Larger than at first, so that what is painted is seen in the pixels.
        state = {
            name: value + 0.05 * torch.randn_like(value) if name.startswith("decoder.paint") else value
            for name, value in StyleTransferNet().state_dict().items()
        }
    return StylePainter(Bundle("style", {}, state))


def painting_with(painter: StylePainter) -> Callable[[np.ndarray], PaintTile]:
    """Prepare to paint in the style of colourful noise."""
    style = painter.encode(np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8))

    def prepare(small: np.ndarray) -> PaintTile:
        recipe = painter.plan(small, [style])
        return lambda tile, box: painter.apply(tile, recipe)

    return prepare


def negative(small: np.ndarray) -> PaintTile:
    return lambda tile, box: 255 - tile


if __name__ == "__main__":
    # Arguments: content, output, and `negative` for a painting that costs nothing.
    content, output = map(Path, sys.argv[1:3])
    torch.set_num_threads(1)
    prepare = negative if sys.argv[3:] else painting_with(make_painter())
    before = peak_megabytes()
    rows = output.with_suffix(".rgb")
    show = lambda share: print(share, flush=True)  # noqa: E731
    paint_picture(content, output, prepare, Settings(), rows=rows, key=KEY, on_strip=show)
    print(peak_megabytes() - before)
