"""The critique job: pictures, each evaluated by the critic, as items for the batch engine; ranked, with its table."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from artmodels.classifier.maps import overlay
from artmodels.critic.critic import Critic
from artmodels.critic.critique import Critique
from artmodels.critic.maps import enlarge
from tasks import registry
from tasks.batch import JSON, Item, Progress, item_key, run_job
from tasks.critique_order import CritiqueOrder
from tasks.critique_table import rank_of, write_json, write_table
from tasks.critique_words import answers, evaluation, reasons
from tasks.decode import decode
from tasks.gallery import build_gallery
from tasks.pictures import file_sha256, find_all, output_name
from tasks.progress import Show
from tasks.registry import Version
from tasks.settings import Settings
from tasks.thumbnails import shrink_to

_SIDE = 480


def run(settings: Settings, wanted: CritiqueOrder, show: Show) -> dict[str, Any]:
    """Do the job, or what is missing of it, write its table and build its gallery; return the report.

    Raises:
        AtelierError: there is no such model, no picture, or the job's folder cannot be written.
    """
    found = find_all(wanted.pictures)
    version, critic = registry.open_model(settings, "critic", wanted.model)
    assert isinstance(critic, Critic)

    def on_progress(progress: Progress) -> None:
        finished = progress.done + progress.skipped + progress.set_aside
        show(finished, len(found), {"set aside": float(progress.set_aside)})

    report = run_job(
        plan(wanted, found, version),
        CritiqueRenderer(critic, settings, wanted.reasons),
        wanted.out,
        decode_threads=wanted.threads,
        encode_threads=wanted.threads,
        on_progress=on_progress,
    )
    gallery = build_gallery(wanted.out, title=f"Ranked by {version}", order_by=rank_of, verb="ranked")
    return {
        "done": report.done,
        "skipped": report.skipped,
        "set_aside": report.set_aside,
        "seconds": round(report.seconds, 2),
        "model": str(version),
        "table": str(write_table(wanted.out)),
        "json": str(write_json(wanted.out)),
        "gallery": str(gallery),
    }


def plan(wanted: CritiqueOrder, pictures: Sequence[Path], version: Version) -> Iterator[Item]:
    """Yield an item for each picture."""
    parameters: JSON = {"reasons": wanted.reasons}
    for path in pictures:
        sha256 = file_sha256(path)
        # A version's number could be another model's in another registry; its run is this one's alone.
        key = item_key({"content": sha256, "run": version.run_id, "parameters": parameters})
        record: dict[str, JSON] = {
            "content": {"path": str(path), "sha256": sha256},
            "model": {"name": version.family, "version": version.number},
            "parameters": parameters,
        }
        yield Item(key=key, output=output_name(path), record=record, payload=path)


@dataclass(frozen=True)
class _Job:
    item: Item
    picture: np.ndarray


class CritiqueRenderer:
    """Decodes a picture, critiques it, and shows it small; the critique goes into its record."""

    def __init__(self, critic: Critic, settings: Settings, reasons: bool) -> None:
        self.critic, self.settings, self.reasons = critic, settings, reasons

    def decode(self, item: Item) -> _Job:
        """Read the picture; a bad one is set aside."""
        return _Job(item, decode(item.payload, self.settings.max_pixels, 1).image)

    def shape(self, decoded: _Job) -> tuple[int, ...]:
        """Any two pictures may share a batch."""
        return ()

    def render(self, batch: list[_Job]) -> list[np.ndarray]:
        """Critique a batch; return thumbnails `(H, W, 3) uint8`, with where it looked beside them if it is wanted."""
        return [self._render(job) for job in batch]

    def _render(self, job: _Job) -> np.ndarray:
        said = self.critic.critique(job.picture, self.reasons)
        as_json = said.as_json()
        # Through text, so that a record is made of JSON's own types and nothing else.
        job.item.record["critique"] = json.loads(json.dumps(as_json))
        job.item.record["findings"] = {
            "evaluation": evaluation(as_json),
            **answers(as_json),
            "why": "; ".join(reasons(as_json)),
        }
        return explained(shrink_to(job.picture, _SIDE), said)


def explained(picture: np.ndarray, said: Critique) -> np.ndarray:
    """Return a picture `(H, W, 3) uint8`; beside it, where reasons were asked for, attention and occlusion on it."""
    if said.occlusion is None:
        return picture
    looked = overlay(picture, enlarge(said.attention, picture))
    depends = overlay(picture, enlarge(abs(said.occlusion), picture))
    return np.concatenate([picture, looked, depends], axis=1)
