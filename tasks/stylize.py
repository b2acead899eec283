"""The style-transfer batch job: every content in every style, as items for the batch engine."""

import hashlib
import shutil
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from artmodels.errors import AtelierError
from artmodels.perception import load_perceptor
from artmodels.pictures import shrink
from artmodels.style.colours import keep_colours
from artmodels.style.controls import check_mask
from artmodels.style.optimise import OptimisingPainter
from artmodels.style.painter import Style, StylePainter
from tasks import registry
from tasks.batch import JSON, Item, Job, Renderer, Written, do_job, item_key
from tasks.decode import decode
from tasks.evaluation import read_params
from tasks.gallery import build_gallery
from tasks.large.style import UNFINISHED, LargeJob, LargePainter, is_large, suffix_for
from tasks.pace import SHARE
from tasks.progress import Show
from tasks.provenance import Credentials, open_credentials
from tasks.registry import Version
from tasks.settings import Settings
from tasks.stylize_order import StylizeOrder, find_masks, find_pictures, find_styles


def run(settings: Settings, wanted: StylizeOrder, show: Show) -> dict[str, Any]:
    """Do the job, or what is missing of it, and build its gallery; return the report.

    Raises:
        AtelierError: there is no such model, no picture, or the job's folder cannot be written.
    """
    shown: tuple[int, int, dict[str, float]] = (0, 0, {})

    def show_whole(done: int, total: int, figures: dict[str, float]) -> None:
        nonlocal shown
        shown = done, total, figures
        show(*shown)

    def show_part(share: float) -> None:
        done, total, figures = shown
        show(done, total, figures | {SHARE: share})

    return do_job(open_job(settings, wanted, show_part), show_whole)


def open_job(
    settings: Settings, wanted: StylizeOrder, on_strip: Callable[[float], None] = lambda share: None
) -> Job[Any]:
    """Open an order; `on_strip` hears how much of a large picture is painted.

    Raises:
        AtelierError: there is no such model, or no picture.
    """
    contents, styles = find_pictures(wanted.contents, "contents"), find_styles(wanted)
    credentials = open_credentials(settings)
    maker, renderer = _maker(settings, wanted, on_strip, credentials)

    def finish() -> dict[str, Any]:
        # What is left there belongs to no picture of this job any more.
        shutil.rmtree(wanted.out / UNFINISHED, ignore_errors=True)
        gallery = build_gallery(wanted.out, title=f"Repainted by {maker.name}")
        return {"model": maker.name, "gallery": str(gallery), "out": str(wanted.out)}

    return Job(
        out=wanted.out,
        count=len(contents) * len(styles),
        plan=partial(plan, wanted, contents, styles, maker, settings.tile_above),
        renderer=renderer,
        finish=finish,
        pinned=maker.pinned,
        batch_size=wanted.batch_size,
        decode_threads=wanted.threads,
        encode_threads=wanted.threads,
        sign=credentials.sign_item,
    )


@dataclass(frozen=True)
class Maker:
    """What paints: its name for people, its record in the ledger, what tells it from any other, and how to order it."""

    name: str
    record: dict[str, JSON]
    identity: str
    pinned: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of_version(cls, version: Version) -> "Maker":
        """A registered model. A version's number could be another's in another registry; its run is this one's."""
        data = version.tags.get("data_md5", "")
        record: dict[str, JSON] = {"name": version.family, "version": version.number, "data_md5": data}
        return cls(str(version), record, version.run_id, {"model": str(version.number)})


def _maker(
    settings: Settings, wanted: StylizeOrder, on_strip: Callable[[float], None], credentials: Credentials
) -> tuple[Maker, Renderer[Any]]:
    """Return what the order asks to paint with."""
    if wanted.method == "optimise":
        weights = settings.root / read_params(settings).teacher
        painter = OptimisingPainter(load_perceptor(weights, settings.torch_device))
        digest = _sha256(weights)[:12] if weights.is_file() else weights.name
        name = f"optimisation by {weights.name}"
        return Maker(name, {"name": "optimisation", "version": digest}, digest), OptimiseRenderer(
            painter, settings, wanted
        )
    version, trained = registry.open_model(settings, "style", wanted.model)
    assert isinstance(trained, StylePainter)
    return Maker.of_version(version), StyleRenderer(trained, settings, wanted, on_strip, credentials)


@dataclass(frozen=True)
class Sources:
    """The files that a picture is made from."""

    content: Path
    styles: tuple[Path, ...]
    masks: tuple[Path, ...]


def plan(
    wanted: StylizeOrder,
    contents: list[Path],
    styles: list[tuple[Path, ...]],
    maker: Maker,
    tile_above: int,
    numbers: Iterable[int] | None = None,
) -> Iterator[Item]:
    """Yield an item for each content in each style, style by style, so that each style is encoded once.

    `numbers` are those that are wanted, counted in this order; None: all.
    """
    parameters: dict[str, JSON] = {"alpha": wanted.alpha, "size": wanted.size}
    # What is left at its default is not in the key: a control that is added later makes no picture anew.
    parameters |= wanted.model_dump(mode="json", include={"brush", "keep_colours", "weights"}, exclude_defaults=True)
    content_stems = Counter(content.stem for content in contents)
    style_stems = Counter(picture.stem for group in styles for picture in group)
    for number in range(len(styles) * len(contents)) if numbers is None else numbers:
        group, content = styles[number // len(contents)], contents[number % len(contents)]
        masks = find_masks(wanted.masks, content, len(group))
        inputs: dict[str, JSON] = {"content": _sha256(content), "style": _join(_sha256(one) for one in group)}
        if masks:
            inputs["masks"] = [_sha256(mask) if mask.is_file() else "" for mask in masks]
        key = item_key({**inputs, "run": maker.identity, "parameters": parameters})
        record: dict[str, JSON] = {
            "content": _described(content),
            "style": _described(group[0]) | {"title": " + ".join(map(_title, group))},
            "model": maker.record,
            "parameters": parameters,
        }
        if len(group) > 1:
            record["styles"] = [_described(one) for one in group]
        if masks:
            record["masks"] = [_described(mask) for mask in masks if mask.is_file()]
        named = "+".join(_name(one, style_stems) for one in group)
        suffix = suffix_for(content, wanted.size, tile_above, wanted.format)
        output = f"{_name(content, content_stems)}--{named}{suffix}"
        yield Item(key=key, output=output, record=record, payload=Sources(content, group, masks))


@dataclass(frozen=True)
class _Job:
    content: np.ndarray
    styles: list[Style]
    masks: list[np.ndarray]


class StyleRenderer:
    """Decodes a content and its masks, paints it in its styles."""

    def __init__(
        self,
        painter: StylePainter,
        settings: Settings,
        wanted: StylizeOrder,
        on_strip: Callable[[float], None],
        credentials: Credentials | None = None,
    ) -> None:
        self.painter, self.settings, self.wanted = painter, settings, wanted
        # The plan goes style by style: a few are enough, and memory does not grow with the number of styles.
        self._style = lru_cache(maxsize=16)(self._encode)
        self._large = LargePainter(painter, settings, wanted.out, wanted, wanted.size, on_strip, credentials)

    def decode(self, item: Item) -> _Job | LargeJob:
        """Read all pictures, but for a large content; a bad one sets its items aside."""
        sources: Sources = item.payload
        styles = [self._style(style) for style in sources.styles]
        if is_large(sources.content, self.settings.tile_above):
            return LargeJob(item, sources.content, styles, [_existing(mask) for mask in sources.masks])
        content = decode(sources.content, self.settings.max_pixels, 1).image
        masks = [self._mask(mask, content) for mask in sources.masks]
        if self.wanted.size is not None:
            content, masks = shrink(content, self.wanted.size), [shrink(mask, self.wanted.size) for mask in masks]
        return _Job(content, styles, masks)

    def shape(self, decoded: _Job | LargeJob) -> Hashable:
        """Contents of equal size may share a batch; a large one is painted alone."""
        return (decoded.item.key,) if isinstance(decoded, LargeJob) else decoded.content.shape

    def render(self, batch: list[_Job | LargeJob]) -> list[np.ndarray | Written]:
        """Paint a batch: `(H, W, 3) uint8` each, or the file of a large one."""
        return [self._large.paint(job) if isinstance(job, LargeJob) else self._paint(job) for job in batch]

    def _paint(self, job: _Job) -> np.ndarray:
        return self.painter.repaint(job.content, job.styles, self.wanted, job.masks or None)

    def _encode(self, style: Path) -> Style:
        return self.painter.encode(decode(style, self.settings.max_pixels, 1).image, self.wanted.brush)

    def _mask(self, mask: Path, content: np.ndarray) -> np.ndarray:
        grey = decode(_existing(mask), self.settings.max_pixels, 1).image[..., 0]
        check_mask(grey, content, str(mask))
        return grey


class OptimiseRenderer:
    """Paints each picture by gradient descent."""

    def __init__(self, painter: OptimisingPainter, settings: Settings, wanted: StylizeOrder) -> None:
        self.painter, self.settings, self.wanted = painter, settings, wanted

    def decode(self, item: Item) -> tuple[np.ndarray, np.ndarray]:
        """Read both pictures."""
        sources: Sources = item.payload
        content, style = (
            decode(path, self.settings.max_pixels, 1).image for path in (sources.content, *sources.styles)
        )
        return (content if self.wanted.size is None else shrink(content, self.wanted.size)), style

    def shape(self, decoded: tuple[np.ndarray, np.ndarray]) -> Hashable:
        """Contents of equal size may share a batch."""
        return decoded[0].shape

    def render(self, batch: list[tuple[np.ndarray, np.ndarray]]) -> list[np.ndarray]:
        """Paint a batch: `(H, W, 3) uint8` each."""
        return [self._paint(content, style) for content, style in batch]

    def _paint(self, content: np.ndarray, style: np.ndarray) -> np.ndarray:
        (painted,) = self.painter.paint([content], [self.painter.encode(style, self.wanted.brush)], self.wanted.alpha)
        return keep_colours(painted, content) if self.wanted.keep_colours else painted


def _existing(mask: Path) -> Path:
    if not mask.is_file():
        raise AtelierError(f"masks: {mask} does not exist: every content needs its mask.")
    return mask


def _described(picture: Path) -> dict[str, JSON]:
    return {"path": str(picture.resolve()), "sha256": _sha256(picture), "title": _title(picture)}


def _join(digests: Iterator[str]) -> JSON:
    """One style stands for itself, as it does in the ledgers of earlier jobs."""
    each: list[JSON] = list(digests)
    return each[0] if len(each) == 1 else each


def _name(path: Path, stems: Counter[str]) -> str:
    """A name for a picture that no other of the job has: its own, with more of its path where that is not enough."""
    if stems[path.stem] == 1:
        return path.stem
    return f"{path.stem}-{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"


def _title(path: Path) -> str:
    return path.stem.replace("-", " ").replace("_", " ")


@lru_cache(maxsize=4096)
def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
