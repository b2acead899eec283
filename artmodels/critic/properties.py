"""Simple properties of a picture that anyone can check by eye: its colours, light and balance."""

import cv2
import numpy as np

from artmodels.pictures import shrink

PROPERTIES = {
    "brightness": "mean lightness (CIE L*), 0 black to 1 white",
    "contrast": "deviation of the lightness, 0 flat to 0.5 half black, half white",
    "saturation": "mean saturation (HSV), 0 grey to 1",
    "colourfulness": "Hasler and Suesstrunk's measure (2003): 0 grey, 0.3 moderate, 1 extreme",
    "warmth": "mean of blue (-1) to yellow (1), CIE b*",
    "palette": "how many colours there are in effect, of 512: the perplexity of their histogram",
    "detail": "mean gradient of the lightness",
    "balance": "1: the visual weight is in the middle, 0: at an edge",
    "thirds": "visual weight near the four crossings of the thirds, over that of an even picture",
    "symmetry": "correlation of the lightness with its mirror image, left for right",
}
"""What is measured, and what the number means."""

_SIDE = 128


def measure_properties(picture: np.ndarray) -> np.ndarray:
    """Return the `PROPERTIES` of a picture `(H, W, 3) uint8`, in their order: `(P,) float`."""
    small = shrink(picture, _SIDE)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    light = lab[..., 0] / 100
    weight = visual_weight(lab)
    saturation = cv2.cvtColor(small, cv2.COLOR_RGB2HSV)[..., 1].mean() / 255
    found = [
        *(light.mean(), light.std(), saturation, _colourfulness(small), lab[..., 2].mean() / 100),
        *(_palette(small), _detail(light), _balance(weight), _thirds(weight), _symmetry(light)),
    ]
    return np.array(found, np.float64)


def visual_weight(lab: np.ndarray) -> np.ndarray:
    """Return how much each place stands out by its colour `(H, W) float`, summing to 1: even where nothing does.

    The distance of a smoothed picture's colours from their mean (Achanta et al. 2009).
    """
    smooth = cv2.GaussianBlur(lab, (0, 0), 2)
    weight = np.linalg.norm(smooth - lab.mean((0, 1)), axis=2) + 1e-3
    return np.asarray(weight / weight.sum())


def _colourfulness(picture: np.ndarray) -> float:
    red, green, blue = np.moveaxis(picture.astype(np.float64), 2, 0)
    first, second = red - green, (red + green) / 2 - blue
    return float(np.hypot(first.std(), second.std()) + 0.3 * np.hypot(first.mean(), second.mean())) / 109


def _palette(picture: np.ndarray) -> float:
    coarse = (picture // 32).reshape(-1, 3).astype(np.int64) @ np.array([64, 8, 1])
    shares = np.bincount(coarse, minlength=512) / len(coarse)
    shares = shares[shares > 0]
    return float(np.exp(-(shares * np.log(shares)).sum()))


def _detail(light: np.ndarray) -> float:
    return float(np.hypot(*(np.diff(light, axis=axis, append=light.take([-1], axis)) for axis in (0, 1))).mean())


def _balance(weight: np.ndarray) -> float:
    down, across = (np.linspace(-1, 1, size) for size in weight.shape)
    return float(1 - min(1.0, np.hypot(weight.sum(1) @ down, weight.sum(0) @ across)))


def _thirds(weight: np.ndarray) -> float:
    near = [np.minimum(abs(at - 1 / 3), abs(at - 2 / 3)) < 1 / 12 for at in map(_middles, weight.shape)]
    crossing = near[0][:, None] & near[1][None]
    return float(weight[crossing].sum() / crossing.mean()) if crossing.any() else 1.0


def _middles(size: int) -> np.ndarray:
    return (np.arange(size) + 0.5) / size


def _symmetry(light: np.ndarray) -> float:
    one, other = light - light.mean(), light[:, ::-1] - light.mean()
    return float((one * other).mean() / max(float(light.var()), 1e-9)) if light.var() > 1e-9 else 1.0
