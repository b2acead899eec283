"""How much painted videos flicker, frame by frame and steadied, and whether they stay sharp.

python -m benchmarks.video_flicker [--bundle FOLDER] [--style PICTURE] [--photo PICTURE] [--look FOLDER]
"""

import argparse
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from artmodels.bundle import Bundle, load_bundle
from artmodels.painter import paint, render_scene
from artmodels.pictures import resize_to, to_bytes
from artmodels.style import steady
from artmodels.style.controls import Controls
from artmodels.style.motion import FlickerMeter, Motion, estimate
from artmodels.style.network import StyleTransferNet
from artmodels.style.painter import Style, StylePainter
from artmodels.style.steady import SteadyPainter
from tasks.decode import decode

WIDTH, HEIGHT, FRAMES, NOISE = 320, 240, 16, 4.0

VARIANTS = {"recipe averaged": (0.0, 0.8), "blended": (0.6, 0.0), "both": (0.6, 0.8)}
"""The share that is kept of the previous picture, and of its recipe."""


def pan(photo: np.ndarray, index: int) -> np.ndarray:
    """A slow pan and zoom, and a disc that crosses the picture."""
    zoom = 1 + 0.004 * index
    view = np.array([[zoom, 0, 8 + 1.7 * index], [0, zoom, 8 + 0.6 * index]], np.float32)
    frame = cv2.warpAffine(photo, view, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    across, down = 30 + 12 * index, 90 + int(20 * np.sin(index / 4))
    disc = np.hypot(*(np.mgrid[-35:35, -35:35])) < 34
    patch = frame[down : down + 70, across : across + 70]
    patch[disc] = photo[:70, :70][::-1, ::-1][disc]
    return frame


def enter(photo: np.ndarray, index: int) -> np.ndarray:
    """A still view into which something large and red comes."""
    frame = photo[:HEIGHT, :WIDTH].copy()
    frame[:, : int(np.clip(27 * (index - 3), 0, WIDTH // 2))] = (250, 40, 30)
    return frame


def breathe(photo: np.ndarray, index: int) -> np.ndarray:
    """A still view whose exposure goes up and down by 6 %."""
    return np.asarray(photo[:HEIGHT, :WIDTH] * (0.94 + 0.06 * np.sin(1.7 * index)), np.uint8)


def add_noise(frames: list[np.ndarray]) -> list[np.ndarray]:
    chance = np.random.default_rng(0)
    noisy = [frame + chance.normal(0, NOISE, frame.shape) for frame in frames]
    return [frame.round().clip(0, 255).astype(np.uint8) for frame in noisy]


def paint_steady(
    painter: StylePainter, style: Style, frames: list[np.ndarray], picture: float, recipe: float
) -> list[np.ndarray]:
    steady.KEPT, steady.KEPT_RECIPE = picture, recipe
    steadied = SteadyPainter(painter, [style], Controls())
    return [steadied.paint(frame).picture for frame in frames]


def sharpness(pictures: list[np.ndarray]) -> float:
    """Energy of the Laplacian, over the frames that have one before."""
    grey = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32) for picture in pictures[1:]]
    return float(np.mean([cv2.Laplacian(picture, cv2.CV_32F).var() for picture in grey]))


def measure(painter: StylePainter, style: Style, clean: list[np.ndarray]) -> Mapping[str, list[np.ndarray]]:
    """Paint a clip in every way and print the figures."""
    frames = add_noise(clean)
    versions = {"input": frames, "frame by frame": [painter.repaint(one, [style], Controls()) for one in frames]}
    for name, shares in VARIANTS.items():
        versions[name] = paint_steady(painter, style, frames, *shares)
    meter = FlickerMeter()
    motions: list[Motion | None] = [None, *(estimate(*pair) for pair in pairwise(frames))]
    for index, motion in enumerate(motions):
        meter.add({name: pictures[index] for name, pictures in versions.items()}, motion)
    # What there is to be sharp about: the painting of the same clip without its noise.
    goal = sharpness([painter.repaint(one, [style], Controls()) for one in clean])
    figures = meter.means()
    for name, error in figures.items():
        ratio, sharp = error / figures["frame by frame"], sharpness(versions[name]) / goal
        print(f"  {name:16} {1e3 * error:8.3f}   x{ratio:.2f}   {'' if name == 'input' else f'{100 * sharp:.0f} %'}")
    return versions


def load_painter(folder: Path | None) -> StylePainter:
    """The bundle's painter, or an untrained one."""
    if folder is not None:
        return StylePainter(load_bundle(folder, "style"))
    return StylePainter(Bundle("style", {}, StyleTransferNet().state_dict()))


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("bundle", "style", "photo", "look"):
        parser.add_argument(f"--{name}", type=Path)
    asked = parser.parse_args()
    painter = load_painter(asked.bundle)
    photo = decode(asked.photo, 10**8, 1).image if asked.photo else render_scene(0, 450, 300).image
    style = painter.encode(decode(asked.style, 10**8, 1).image if asked.style else paint("pointillism", 0).image)
    photo = resize_to(photo, 300)
    scenes: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {"pan": pan, "enter": enter, "breathe": breathe}
    for name, scene in scenes.items():
        print(f"{name}: warped error (x 1000), relative to frame by frame, sharpness")
        versions = measure(painter, style, [scene(photo, index) for index in range(FRAMES)])
        if asked.look is not None:
            asked.look.mkdir(parents=True, exist_ok=True)
            last = np.hstack([versions[one][-1] for one in ("input", "frame by frame", "both")])
            (asked.look / f"{name}.png").write_bytes(to_bytes(last))


if __name__ == "__main__":
    main()
