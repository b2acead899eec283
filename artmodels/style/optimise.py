"""Style transfer by optimisation: every picture is painted by gradient descent on its own pixels (Gatys et al. 2016).

Slow, and needs no training: what a trained model is measured against. From coarse to fine (Gatys et al. 2017), since
large strokes are out of reach of a fine scale's receptive fields.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from artmodels.errors import AtelierError
from artmodels.perception import Perceptor
from artmodels.pictures import shrink, to_picture, to_tensor
from artmodels.style.recolour import recolour
from artmodels.style.target import Target

STYLE_SIDE = 512
"""A style picture's shorter side is brought down to this."""

COARSEST = 128
"""The shorter side at the coarsest scale, at least; from there it doubles."""

SMALLEST = 32
"""With a shorter side below this, an encoder's deepest map has no neighbourhoods left."""

MOST_PIXELS = 2**20
"""Of the finest scale, so that memory is bounded; what was changed there is carried over to a larger picture."""

_RATE, _DECAY = 0.02, 0.95


class OptimisingPainter:
    """Repaints pictures of any size in the style of any other; the same each time, as nothing is left to chance."""

    def __init__(self, perceptor: Perceptor, steps: int = 40, style_weight: float = 2.0) -> None:
        """Take a frozen encoder, the steps of descent at each scale, and the style's weight (the content weighs 1).

        Raises:
            AtelierError: an argument is out of its range.
        """
        if steps < 1:
            raise AtelierError(f"steps={steps} is not accepted: at least 1.")
        if not 0 < style_weight < float("inf"):
            raise AtelierError(f"style_weight={style_weight} is not accepted: a number above 0.")
        self.perceptor, self.steps, self.style_weight = perceptor, steps, style_weight
        self.device = next(perceptor.parameters()).device

    @torch.inference_mode(mode=False)
    def encode(self, picture: np.ndarray, brush: float = 1.0) -> Tensor:
        """Return a style `(1, 3, h, w) float in [0, 1]`: the picture itself, since every scale sees it in its size."""
        return self._tensor(shrink(picture, max(SMALLEST, round(STYLE_SIDE * brush))))

    @torch.inference_mode(mode=False)
    def paint(self, contents: list[np.ndarray], styles: list[Tensor], alpha: float = 1.0) -> list[np.ndarray]:
        """Repaint pictures.

        Args:
            contents: pictures `(H, W, 3) uint8`.
            styles: what `encode` made, one for each.
            alpha: strength, from 0 (the content as it was) to 1.

        Returns:
            pictures `(H, W, 3) uint8` of the same sizes.

        Raises:
            AtelierError: alpha is out of its range, or a picture is too small.
        """
        if not 0 <= alpha <= 1:
            raise AtelierError(f"alpha={alpha} is not accepted: a number from 0 to 1.")
        return [self._paint(content, style, alpha) for content, style in zip(contents, styles, strict=True)]

    def _paint(self, picture: np.ndarray, style: Tensor, alpha: float) -> np.ndarray:
        # Descent would wander off: with nothing to gain, Adam magnifies the noise of rounding.
        if alpha == 0:
            return picture.copy()
        content = self._tensor(picture)
        # Colours first: descent is slow to change them, and leaves fringes of those that were there.
        content = torch.lerp(content, recolour(content, style), alpha)
        change = torch.zeros_like(content)
        # The change and not the picture is handed on, so that the content's fine detail is never lost.
        for size in _sizes(*picture.shape[:2]):
            small = _resize(content, size)
            target = Target.of(small, _cover(style, min(size)), self.perceptor)
            start = (small + _resize(change, size)).clamp(0, 1)
            change = self._descend(start, target, self.style_weight * alpha**2) - small
        return to_picture((content + _resize(change, content.shape[2:]))[0])

    def _descend(self, start: Tensor, target: Target, style_weight: float) -> Tensor:
        """Return the moving average of the iterates, which is calmer than the last."""
        pixels = start.clone(memory_format=torch.channels_last).requires_grad_()
        optimizer = torch.optim.Adam([pixels], _RATE)
        average = torch.zeros_like(start)
        for _ in range(self.steps):
            loss = target.loss(pixels, style_weight)
            pixels.grad = _smooth(torch.autograd.grad(loss, pixels)[0])
            optimizer.step()
            with torch.no_grad():
                average.lerp_(pixels.clamp_(0, 1), 1 - _DECAY)
        return average / (1 - _DECAY**self.steps)

    def _tensor(self, picture: np.ndarray) -> Tensor:
        if min(picture.shape[:2]) < SMALLEST:
            height, width = picture.shape[:2]
            raise AtelierError(f"A picture of {width} x {height} pixels is too small: at least {SMALLEST} a side.")
        return to_tensor(picture)[None].to(self.device)


def _smooth(gradient: Tensor) -> Tensor:
    """Divide a gradient `(1, 3, H, W)` by frequency, as pictures' own spectra fall (Mordvintsev et al. 2018).

    As it comes it is mostly fine noise, which Adam would take for as good as strokes.
    """
    height, width = gradient.shape[2:]
    down, across = torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)[None]
    frequency = (down.square() + across.square()).sqrt().clamp(min=1 / max(height, width)).to(gradient.device)
    smooth = torch.fft.irfft2(torch.fft.rfft2(gradient.contiguous()) / frequency, s=(height, width))
    return smooth.contiguous(memory_format=torch.channels_last)


def _sizes(height: int, width: int) -> list[tuple[int, int]]:
    """Sizes from coarse to fine, each double the last; the finest is the picture's own, unless that is too large."""
    # A ribbon of a picture is brought down no further than the encoder can look at.
    finest = min(1.0, max((MOST_PIXELS / (height * width)) ** 0.5, SMALLEST / min(height, width)))
    factors = [finest]
    while min(height, width) * factors[-1] / 2 >= COARSEST:
        factors.append(factors[-1] / 2)
    return [(round(height * factor), round(width * factor)) for factor in reversed(factors)]


def _cover(style: Tensor, side: int) -> Tensor:
    """Bring a style's shorter side down to `side`; never up."""
    height, width = style.shape[2:]
    factor = min(1.0, side / min(height, width))
    return _resize(style, (round(height * factor), round(width * factor)))


def _resize(pictures: Tensor, size: tuple[int, ...] | torch.Size) -> Tensor:
    resized = functional.interpolate(pictures, tuple(size), mode="bilinear", antialias=True)
    return resized.contiguous(memory_format=torch.channels_last)
