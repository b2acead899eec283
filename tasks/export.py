"""A registered generator as a file for other programs."""

import json
from pathlib import Path
from typing import Any

from artmodels.errors import AtelierError
from artmodels.gan.onnx import export_onnx
from artmodels.gan.painter import GanPainter
from tasks import registry
from tasks.files import replacing
from tasks.settings import Settings


def export(settings: Settings, out: Path, model: str) -> dict[str, Any]:
    """Write `out` (.onnx), and `out` with `.json` added, which tells its model, classes and latents; return the latter.

    Raises:
        AtelierError: there is no such model, the name is not accepted, or what was written does not agree with it.
    """
    if out.suffix != ".onnx":
        raise AtelierError(f"out={str(out)!r} is not accepted: a name that ends in .onnx.")
    version, painter = registry.open_model(settings, "gan", model)
    assert isinstance(painter, GanPainter)
    out.parent.mkdir(parents=True, exist_ok=True)
    with replacing(out) as part:
        difference = export_onnx(painter, part)
    report = {
        "out": str(out),
        "model": str(version),
        "data_md5": version.tags.get("data_md5", ""),
        "latent": painter.config.latent,
        "classes": list(painter.classes),
        "resolution": painter.resolution,
        "largest_difference": difference,
    }
    with replacing(out.with_name(f"{out.name}.json")) as part:
        part.write_text(json.dumps(report, indent=2) + "\n")
    return report
