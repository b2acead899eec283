"""The style-transfer batch job: every content in every style, as items for the batch engine."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from artmodels.bundle import load_bundle
from artmodels.errors import AtelierError
from artmodels.family import get_family
from artmodels.pictures import shrink
from artmodels.style.controls import check_mask
from artmodels.style.painter import Style, StylePainter
from tasks import registry
from tasks.batch import JSON, Item, Progress, item_key, run_job
from tasks.decode import decode
from tasks.gallery import build_gallery
from tasks.progress import Show
from tasks.registry import Version
from tasks.settings import Settings
from tasks.stylize_order import StylizeOrder, find_masks, find_pictures, find_styles


def run(settings: Settings, wanted: StylizeOrder, show: Show) -> dict[str, Any]:
    """Do the job, or what is missing of it, and build its gallery; return the report.

    Raises:
        AtelierError: there is no such model, no picture, or the job's folder cannot be written.
    """
    contents, styles = find_pictures(wanted.contents, "contents"), find_styles(wanted)
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


@dataclass(frozen=True)
class Sources:
    """The files that a picture is made from."""

    content: Path
    styles: tuple[Path, ...]
    masks: tuple[Path, ...]


def plan(
    wanted: StylizeOrder, contents: list[Path], styles: list[tuple[Path, ...]], version: Version
) -> Iterator[Item]:
    """Yield an item for each content in each style, style by style, so that each style is encoded once."""
    model: JSON = {"name": version.family, "version": version.number, "data_md5": version.tags.get("data_md5", "")}
    parameters: dict[str, JSON] = {"alpha": wanted.alpha, "size": wanted.size}
    # What is left at its default is not in the key: a control that is added later makes no picture anew.
    parameters |= wanted.model_dump(mode="json", include={"brush", "keep_colours", "weights"}, exclude_defaults=True)
    pictures = [picture for group in styles for picture in group]
    for group in styles:
        for content in contents:
            masks = find_masks(wanted.masks, content, len(group))
            inputs: dict[str, JSON] = {"content": _sha256(content), "style": _join(_sha256(one) for one in group)}
            if masks:
                inputs["masks"] = [_sha256(mask) if mask.is_file() else "" for mask in masks]
            # A version's number could be another model's in another registry; its run is this one's alone.
            key = item_key({**inputs, "run": version.run_id, "parameters": parameters})
            record: dict[str, JSON] = {
                "content": _described(content),
                "style": _described(group[0]) | {"title": " + ".join(map(_title, group))},
                "model": model,
                "parameters": parameters,
            }
            if len(group) > 1:
                record["styles"] = [_described(one) for one in group]
            if masks:
                record["masks"] = [_described(mask) for mask in masks if mask.is_file()]
            named = "+".join(_name(one, pictures) for one in group)
            output = f"{_name(content, contents)}--{named}.{wanted.format}"
            yield Item(key=key, output=output, record=record, payload=Sources(content, group, masks))


@dataclass(frozen=True)
class _Job:
    content: np.ndarray
    styles: list[Style]
    masks: list[np.ndarray]


class StyleRenderer:
    """Decodes a content and its masks, paints it in its styles."""

    def __init__(self, painter: StylePainter, settings: Settings, wanted: StylizeOrder) -> None:
        self.painter, self.settings, self.wanted = painter, settings, wanted
        # The plan goes style by style: a few are enough, and memory does not grow with the number of styles.
        self._style = lru_cache(maxsize=16)(self._encode)

    def decode(self, item: Item) -> _Job:
        """Read all pictures; a bad one sets its items aside."""
        sources: Sources = item.payload
        content = decode(sources.content, self.settings.max_pixels, 1).image
        masks = [self._mask(mask, content) for mask in sources.masks]
        if self.wanted.size is not None:
            content, masks = shrink(content, self.wanted.size), [shrink(mask, self.wanted.size) for mask in masks]
        return _Job(content, [self._style(style) for style in sources.styles], masks)

    def shape(self, decoded: _Job) -> tuple[int, ...]:
        """Contents of equal size may share a batch."""
        return decoded.content.shape

    def render(self, batch: list[_Job]) -> list[np.ndarray]:
        """Paint a batch: `(H, W, 3) uint8` each."""
        return [self.painter.repaint(job.content, job.styles, self.wanted, job.masks or None) for job in batch]

    def _encode(self, style: Path) -> Style:
        return self.painter.encode(decode(style, self.settings.max_pixels, 1).image, self.wanted.brush)

    def _mask(self, mask: Path, content: np.ndarray) -> np.ndarray:
        if not mask.is_file():
            raise AtelierError(f"masks: {mask} does not exist: every content needs its mask.")
        grey = decode(mask, self.settings.max_pixels, 1).image[..., 0]
        check_mask(grey, content, str(mask))
        return grey


def _described(picture: Path) -> dict[str, JSON]:
    return {"path": str(picture.resolve()), "sha256": _sha256(picture), "title": _title(picture)}


def _join(digests: Iterator[str]) -> JSON:
    """One style stands for itself, as it does in the ledgers of earlier jobs."""
    each: list[JSON] = list(digests)
    return each[0] if len(each) == 1 else each


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
