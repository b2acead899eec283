"""A generator as ONNX, for programs that have no torch."""

import warnings
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from artmodels.errors import AtelierError
from artmodels.gan.latents import labels_of, latents_of
from artmodels.gan.painter import GanPainter

CHECKED = range(4)
"""Seeds whose pictures both must paint alike."""

MOST = 1 / 255
"""Largest difference that is accepted, of values in [0, 1]: one step of a picture file."""


class _Exported(nn.Module):
    """Latents, and classes where there are classes, to `picture` `(1, 3, R, R)` in [0, 1]."""

    def __init__(self, generator: nn.Module) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        return (self.generator(latents, labels) / 2 + 0.5).clamp(0, 1)


def export_onnx(painter: GanPainter, path: Path) -> float:
    """Write the generator to `path`, and return the largest difference of what ONNX Runtime paints by it.

    Inputs `latents` `(1, latent) float32` and, where there are classes, `labels` `(1,) int64`; output `picture`.

    Raises:
        AtelierError: what is needed for it is not installed, or what was written does not agree with the model.
    """
    try:
        import onnxruntime
        import onnxscript  # noqa: F401 - torch's exporter needs it
    except ImportError as error:
        raise AtelierError(
            f"ONNX needs a package that is not installed: pip install 'atelier[onnx]' ({error})."
        ) from error
    model, classes = _Exported(painter.generator.cpu()).eval(), len(painter.classes)
    with warnings.catch_warnings():
        # The exporter's own.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            _inputs(0, painter.config.latent, classes),
            path,
            input_names=["latents", "labels"][: 2 if classes else 1],
            output_names=["picture"],
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [one.name for one in session.get_inputs()]
    difference = 0.0
    for seed in CHECKED:
        given = _inputs(seed, painter.config.latent, classes)
        with torch.inference_mode():
            wanted = model(*given).numpy()
        (found,) = session.run(None, dict(zip(names, (one.numpy() for one in given), strict=True)))
        difference = max(difference, float(np.abs(found - wanted).max()))
    if not difference <= MOST:
        raise AtelierError(
            f"ONNX Runtime paints otherwise than the model, by up to {difference:.2g}: nothing was written."
        )
    return difference


def _inputs(seed: int, latent: int, classes: int) -> tuple[Tensor, ...]:
    latents = latents_of([seed], latent)
    return (latents, labels_of([seed], classes)) if classes else (latents,)
