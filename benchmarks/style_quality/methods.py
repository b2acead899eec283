"""The methods under comparison: each a function of a content picture, a style picture and a strength."""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from artmodels.bundle import load_bundle
from artmodels.errors import AtelierError
from artmodels.family import get_family
from artmodels.perception import load_perceptor
from artmodels.pictures import to_picture, to_tensor
from artmodels.style.optimise import OptimisingPainter

Method = Callable[[np.ndarray, np.ndarray, float], np.ndarray]
"""Content and style `(H, W, 3) uint8` and alpha in [0, 1] to the painted picture `(H, W, 3) uint8`."""


def untouched(content: np.ndarray, style: np.ndarray, alpha: float) -> np.ndarray:
    """The content as it is: what doing nothing scores."""
    return content


def bundle(folder: Path) -> Method:
    """A style model of this project."""
    painter = get_family("style").load(load_bundle(folder, "style"))

    def paint(content: np.ndarray, style: np.ndarray, alpha: float) -> np.ndarray:
        painted: np.ndarray = painter.paint([content], [painter.encode(style)], alpha)[0]
        return painted

    return paint


def microast(folder: Path) -> Method:
    """MicroAST (Wang et al. 2023) as published: a checkout of EndyWon/MicroAST with its `models/`.

    Raises:
        AtelierError: the folder is no such checkout.
    """
    if not (folder / "net_microAST.py").is_file():
        raise AtelierError(f"{folder} is no checkout of EndyWon/MicroAST: net_microAST.py is missing.")
    sys.path.insert(0, str(folder))
    net = importlib.import_module("net_microAST")
    sys.path.remove(str(folder))
    parts = {
        "content_encoder": net.Encoder(),
        "style_encoder": net.Encoder(),
        "modulator": net.Modulator(),
        "decoder": net.Decoder(),
    }
    for name, part in parts.items():
        path = folder / "models" / f"{name}_iter_160000.pth.tar"
        part.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    network = net.TestNet(*parts.values()).eval()

    @torch.inference_mode()
    def paint(content: np.ndarray, style: np.ndarray, alpha: float) -> np.ndarray:
        return to_picture(network(to_tensor(content)[None], to_tensor(style)[None], alpha)[0])

    return paint


def optimise(weights: Path) -> Method:
    """Descent on the pixels, led by the perceptual encoder of a file: best another one than the judge."""
    painter = OptimisingPainter(load_perceptor(weights))

    def paint(content: np.ndarray, style: np.ndarray, alpha: float) -> np.ndarray:
        return painter.paint([content], [painter.encode(style)], alpha)[0]

    return paint


KINDS: dict[str, Callable[[Path], Method]] = {
    "bundle": bundle,
    "microast": microast,
    "optimise": optimise,
}


def made(content: np.ndarray, style: np.ndarray, alpha: float) -> np.ndarray:
    """A method that was run elsewhere: its pictures lie in OUT/NAME/ALPHA, none is left to paint.

    Raises:
        AtelierError: whenever it is called.
    """
    raise AtelierError(
        f"A picture at alpha {alpha:g} is missing: OUT/NAME/ALPHA needs CONTENT_STYLE.png for every pair."
    )


WITHOUT_PATH: dict[str, Method] = {"untouched": untouched, "made": made}


def load_method(spec: str) -> Method:
    """Load what `--method NAME=SPEC` asks for: `untouched`, `made`, or `KIND:PATH` with a kind of `KINDS`.

    Raises:
        AtelierError: the specification is not understood, or what it names cannot be loaded.
    """
    if spec in WITHOUT_PATH:
        return WITHOUT_PATH[spec]
    kind, _, rest = spec.partition(":")
    if kind not in KINDS or not rest:
        raise AtelierError(f"{spec!r} is no method: `untouched`, `made`, or {' or '.join(KINDS)} with `:PATH`.")
    return KINDS[kind](Path(rest))
