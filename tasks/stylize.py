"""The style-transfer batch job: every content in every style, as items for the batch engine."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from torch import Tensor

from artmodels.bundle import load_bundle
from artmodels.errors import AtelierError
from artmodels.family import get_family
from artmodels.pictures import shrink
from artmodels.style.painter import STYLE_SIDE, StylePainter
from tasks import registry
from tasks.batch import JSON, Item, Progress, item_key, run_job
from tasks.decode import decode
from tasks.gallery import build_gallery
from tasks.progress import Show
from tasks.registry import Version
from tasks.settings import Settings
from tasks.sources.folder import SUFFIXES


class StylizeOrder(BaseModel):
    """What a person orders."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    contents: Path = Field(description="A folder of pictures, or one picture.")
    out: Path = Field(description="The job's folder: pictures, ledger, gallery.")
    style: Path = Field(description="A picture, or a folder of them.")
    alpha: float = Field(1.0, ge=0, le=1, description="Strength of the style.")
    size: int | None = Field(None, ge=16, le=32768, description="Shorter side of the results in pixels; None: as is.")
    model: str = Field("champion", description="Alias or number of the version.")
    batch_size: int = Field(1, ge=1, le=256, description="Pictures a batch; more than 1 pays on a GPU only.")
    threads: int = Field(2, ge=1, le=64, description="Threads that decode, and as many that encode.")


def order(**fields: Any) -> StylizeOrder:
    """Check an order.

    Raises:
        AtelierError: a field is not accepted; the message names it.
    """
    try:
        return StylizeOrder(**fields)
    except ValidationError as error:
        fault = error.errors()[0]
        raise AtelierError(f"{fault['loc'][0]}={fault['input']!r} is not accepted: {fault['msg']}.") from error


def run(settings: Settings, wanted: StylizeOrder, show: Show) -> dict[str, Any]:
    """Do the job, or what is missing of it, and build its gallery; return the report.

    Raises:
        AtelierError: there is no such model, no picture, or the job's folder cannot be written.
    """
    contents, styles = find_pictures(wanted.contents, "contents"), find_pictures(wanted.style, "style")
    version = registry.find(settings, "style", registry.parse_reference(wanted.model, "style"))
    bundle = load_bundle(registry.fetch_bundle(settings, version), "style")
    painter = get_family("style").load(bundle, settings.torch_device)
    assert isinstance(painter, StylePainter)

    def on_progress(progress: Progress) -> None:
        finished = progress.done + progress.skipped + progress.set_aside
        show(finished, len(contents) * len(styles), {"set aside": float(progress.set_aside)})

    report = run_job(
        plan(wanted, contents, styles, version),
        StyleRenderer(painter, settings, wanted),
        wanted.out,
        batch_size=wanted.batch_size,
        decode_threads=wanted.threads,
        encode_threads=wanted.threads,
        on_progress=on_progress,
    )
    gallery = build_gallery(wanted.out, title=f"Repainted by {version}")
    return {
        "done": report.done,
        "skipped": report.skipped,
        "set_aside": report.set_aside,
        "seconds": round(report.seconds, 2),
        "model": str(version),
        "gallery": str(gallery),
        "out": str(wanted.out),
    }


def plan(wanted: StylizeOrder, contents: list[Path], styles: list[Path], version: Version) -> Iterator[Item]:
    """Yield an item for each content in each style, style by style, so that each style is encoded once."""
    model: JSON = {"name": version.family, "version": version.number, "data_md5": version.tags.get("data_md5", "")}
    parameters: JSON = {"alpha": wanted.alpha, "size": wanted.size}
    for style in styles:
        for content in contents:
            pictures = {"content": _sha256(content), "style": _sha256(style)}
            # A version's number could be another model's in another registry; its run is this one's alone.
            key = item_key({**pictures, "run": version.run_id, "parameters": parameters})
            record: dict[str, JSON] = {
                "content": {"path": str(content.resolve()), "sha256": pictures["content"], "title": _title(content)},
                "style": {"path": str(style.resolve()), "sha256": pictures["style"], "title": _title(style)},
                "model": model,
                "parameters": parameters,
            }
            output = f"{_name(content, contents)}--{_name(style, styles)}.png"
            yield Item(key=key, output=output, record=record, payload=(content, style))


@dataclass(frozen=True)
class _Job:
    content: np.ndarray
    code: Tensor


class StyleRenderer:
    """Decodes a content, paints it in its style."""

    def __init__(self, painter: StylePainter, settings: Settings, wanted: StylizeOrder) -> None:
        self.painter, self.settings, self.wanted = painter, settings, wanted
        # The plan goes style by style: a few codes are enough, and memory does not grow with the number of styles.
        self._code = lru_cache(maxsize=8)(self._encode)

    def decode(self, item: Item) -> _Job:
        """Read both pictures; a bad one sets its items aside."""
        content, style = item.payload
        picture = decode(content, self.settings.max_pixels, 1).image
        if self.wanted.size is not None:
            picture = shrink(picture, self.wanted.size)
        return _Job(picture, self._code(style))

    def shape(self, decoded: _Job) -> tuple[int, ...]:
        """Contents of equal size may share a batch."""
        return decoded.content.shape

    def render(self, batch: list[_Job]) -> list[np.ndarray]:
        """Paint a batch: `(H, W, 3) uint8` each."""
        return self.painter.paint([job.content for job in batch], [job.code for job in batch], self.wanted.alpha)

    def _encode(self, style: Path) -> Tensor:
        return self.painter.encode(shrink(decode(style, self.settings.max_pixels, 1).image, STYLE_SIDE))


def find_pictures(path: Path, field: str) -> list[Path]:
    """Return the pictures of a folder and its subfolders in order, or the one picture.

    Raises:
        AtelierError: the path does not exist, or holds no picture.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise AtelierError(f"{field}: {path} does not exist: name a picture or a folder of pictures.")
    found = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    if not found:
        raise AtelierError(f"{field}: {path} holds no picture ({', '.join(sorted(SUFFIXES))}).")
    return found


def _name(path: Path, among: list[Path]) -> str:
    """A name for a picture that no other of the job has: its own, with more of its path where that is not enough."""
    twins = [other for other in among if other.stem == path.stem]
    if len(twins) == 1:
        return path.stem
    return f"{path.stem}-{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"


def _title(path: Path) -> str:
    return path.stem.replace("-", " ").replace("_", " ")


@lru_cache(maxsize=4096)
def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
