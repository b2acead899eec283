"""The critique job: pictures, each evaluated by the critic, as items for the batch engine; ranked, with its table."""

import json
from typing import Any

import numpy as np

from artmodels.classifier.maps import overlay
from artmodels.critic.critic import Critic
from artmodels.critic.critique import Critique
from artmodels.critic.maps import enlarge
from tasks import batch, registry
from tasks.batch import JSON, do_job
from tasks.critique_order import CritiqueOrder
from tasks.critique_table import rank_of, write_json, write_table
from tasks.critique_words import answers, evaluation, reasons
from tasks.gallery import build_gallery
from tasks.picture_jobs import Job, PictureRenderer, open_looking
from tasks.pictures import find_all
from tasks.progress import Show
from tasks.settings import Settings
from tasks.thumbnails import shrink_to

_SIDE = 480


def run(settings: Settings, wanted: CritiqueOrder, show: Show) -> dict[str, Any]:
    """Do the job, or what is missing of it, write its table and build its gallery; return the report.

    Raises:
        AtelierError: there is no such model, no picture, or the job's folder cannot be written.
    """
    return do_job(open_job(settings, wanted), show)


def open_job(settings: Settings, wanted: CritiqueOrder) -> batch.Job[Job]:
    """Open an order.

    Raises:
        AtelierError: there is no such model, or no picture.
    """
    found = find_all(wanted.pictures)
    version, critic = registry.open_model(settings, "critic", wanted.model)
    assert isinstance(critic, Critic)

    renderer = CritiqueRenderer(critic, settings, wanted.reasons)
    parameters: dict[str, JSON] = {"reasons": wanted.reasons}

    def finish() -> dict[str, Any]:
        gallery = build_gallery(wanted.out, title=f"Ranked by {version}", order_by=rank_of, verb="ranked")
        table, as_json = write_table(wanted.out), write_json(wanted.out)
        return {"table": str(table), "json": str(as_json), "gallery": str(gallery)}

    return open_looking(found, version, parameters, renderer, wanted.out, wanted.threads, finish)


class CritiqueRenderer(PictureRenderer):
    """Critiques a picture, and shows it small; the critique goes into its record."""

    def __init__(self, critic: Critic, settings: Settings, reasons: bool) -> None:
        super().__init__(settings)
        self.critic, self.reasons = critic, reasons

    def look(self, job: Job) -> np.ndarray:
        """Critique a picture; return it small, with where the critic looked beside it if that is wanted."""
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
