"""The style-transfer batch job: every content in every style, as items for the batch engine."""

import hashlib
import shutil
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from artmodels.bundle import load_bundle
from artmodels.errors import AtelierError
from artmodels.family import get_family
from artmodels.pictures import shrink
from artmodels.style.controls import Controls
from artmodels.style.painter import STYLE_SIDE, Style, StylePainter
from tasks import registry
from tasks.batch import JSON, Item, Progress, Written, item_key, run_job
from tasks.decode import decode
from tasks.gallery import build_gallery
from tasks.large.style import UNFINISHED, LargeJob, LargePainter, is_large, suffix_for
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

    shown = Progress(0, 0, 0, 0.0)

    def on_progress(progress: Progress, share: float = 0.0) -> None:
        nonlocal shown
        shown = progress
        finished = progress.done + progress.skipped + progress.set_aside
        figures = {"set aside": float(progress.set_aside)} | ({"share of the next": share} if share else {})
        show(finished, len(contents) * len(styles), figures)

    def on_strip(share: float) -> None:
        on_progress(shown, share)

    report = run_job(
        plan(wanted, contents, styles, version, settings.tile_above),
        StyleRenderer(painter, settings, wanted, on_strip),
        wanted.out,
        batch_size=wanted.batch_size,
        decode_threads=wanted.threads,
        encode_threads=wanted.threads,
        on_progress=on_progress,
    )
    # What is left there belongs to no picture of this job any more.
    shutil.rmtree(wanted.out / UNFINISHED, ignore_errors=True)
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


def plan(
    wanted: StylizeOrder, contents: list[Path], styles: list[Path], version: Version, tile_above: int
) -> Iterator[Item]:
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
            output = f"{_name(content, contents)}--{_name(style, styles)}{suffix_for(content, wanted.size, tile_above)}"
            yield Item(key=key, output=output, record=record, payload=(content, style))


@dataclass(frozen=True)
class _Job:
    content: np.ndarray
    style: Style


class StyleRenderer:
    """Decodes a content, paints it in its style."""

    def __init__(
        self, painter: StylePainter, settings: Settings, wanted: StylizeOrder, on_strip: Callable[[float], None]
    ) -> None:
        self.painter, self.settings, self.wanted = painter, settings, wanted
        # The plan goes style by style: a few codes are enough, and memory does not grow with the number of styles.
        self._style = lru_cache(maxsize=8)(self._encode)
        self._large = LargePainter(painter, settings, wanted.out, Controls(alpha=wanted.alpha), wanted.size, on_strip)

    def decode(self, item: Item) -> _Job | LargeJob:
        """Read both pictures, but for a large content; a bad one sets its items aside."""
        content, style = item.payload
        if is_large(content, self.settings.tile_above):
            return LargeJob(item, content, [self._style(style)])
        picture = decode(content, self.settings.max_pixels, 1).image
        if self.wanted.size is not None:
            picture = shrink(picture, self.wanted.size)
        return _Job(picture, self._style(style))

    def shape(self, decoded: _Job | LargeJob) -> Hashable:
        """Contents of equal size may share a batch; a large one is painted alone."""
        return (decoded.item.key,) if isinstance(decoded, LargeJob) else decoded.content.shape

    def render(self, batch: list[_Job | LargeJob]) -> list[np.ndarray | Written]:
        """Paint a batch: `(H, W, 3) uint8` each, or the file of a large one."""
        return [self._large.paint(job) if isinstance(job, LargeJob) else self._paint(job) for job in batch]

    def _paint(self, job: _Job) -> np.ndarray:
        return self.painter.paint([job.content], [job.style], self.wanted.alpha)[0]

    def _encode(self, style: Path) -> Style:
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
