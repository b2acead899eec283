"""The advice job: pictures, each with the edits that the critic is sure of, as items for the batch engine."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from artmodels.accept import accept
from artmodels.advice.advise import Suggestion, advise
from artmodels.advice.edits import Edit, framings
from artmodels.advice.harmony import harmonies
from artmodels.advice.tones import toning
from artmodels.critic.critic import Critic
from artmodels.critic.critique import Estimated
from artmodels.errors import AtelierError
from artmodels.pictures import shrink
from tasks import batch, registry
from tasks.advise_styles import repaintings
from tasks.advise_table import write_table
from tasks.batch import JSON, do_job
from tasks.batch.encode import write_picture
from tasks.gallery import build_gallery
from tasks.paths import GivenPath
from tasks.picture_jobs import Job, PictureRenderer, open_looking
from tasks.pictures import find_all
from tasks.progress import Show
from tasks.provenance import open_credentials
from tasks.provenance.manifest import COMPOSED, ENHANCED
from tasks.settings import Settings

_LOOKED_AT = 320
"""Shorter side of what the critic looks at while edits are tried, in pixels."""

_TELLING = 0.05
"""Share of the width of the critic's own interval that a change must surely be more than: what is less is its whim."""

_SHOWN = 360
"""Height of the pictures on a sheet, in pixels."""

_GAP = 12


class AdviseOrder(BaseModel):
    """What a person orders."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    pictures: tuple[GivenPath, ...] = Field(min_length=1, description="Pictures, or folders of them.")
    out: GivenPath = Field(description="The job's folder: edited pictures, table, gallery, ledger.")
    count: int = Field(3, ge=1, le=12, description="Most suggestions a picture.")
    styles: int = Field(4, ge=0, le=100, description="Catalogued works that are tried as styles; 0: none.")
    model: str = Field("champion", description="Alias or number of the critic's version.")
    threads: int = Field(2, ge=1, le=64, description="Threads that decode, and as many that encode.")


def order(**fields: Any) -> AdviseOrder:
    """Check an order.

    Raises:
        AtelierError: a field is not accepted; the message names it.
    """
    return accept(AdviseOrder, fields)


def run(settings: Settings, wanted: AdviseOrder, show: Show) -> dict[str, Any]:
    """Do the job, or what is missing of it, write its table and build its gallery; return the report.

    Raises:
        AtelierError: there is no such critic, it was not taught ratings, there is no style model though styles are
            wanted, no picture, or the job's folder cannot be written.
    """
    return do_job(open_job(settings, wanted), show)


def open_job(settings: Settings, wanted: AdviseOrder) -> batch.Job[Job]:
    """Open an order.

    Raises:
        AtelierError: there is no such critic, it was not taught ratings, there is no style model though styles are
            wanted, or no picture.
    """
    found = find_all(wanted.pictures)
    version, critic = registry.open_model(settings, "critic", wanted.model)
    assert isinstance(critic, Critic)
    if "rating" not in critic.network.heads:
        raise AtelierError(
            f"{version} was not taught ratings, and advice is what raises them: take some in with `atelier rate CSV`, "
            "then `atelier train critic`."
        )
    edits = [*framings(), *toning(), *harmonies()]
    if wanted.styles:
        edits += repaintings(settings, wanted.styles)

    styles = "; ".join(edit.words for edit in edits if edit.kind == "style")
    parameters: dict[str, JSON] = {"suggestions at most": wanted.count, "styles": styles or "none tried"}
    renderer = AdviseRenderer(critic, edits, settings, wanted)

    def finish() -> dict[str, Any]:
        gallery = build_gallery(wanted.out, title=f"Advised by {version}", order_by=lambda _: 0, verb="advised")
        return {"table": str(write_table(wanted.out)), "gallery": str(gallery)}

    return open_looking(found, version, parameters, renderer, wanted.out, wanted.threads, finish)


class AdviseRenderer(PictureRenderer):
    """Tries edits on a picture, and shows the best beside it; the edited pictures are written, too."""

    def __init__(self, critic: Critic, edits: Sequence[Edit], settings: Settings, wanted: AdviseOrder) -> None:
        super().__init__(settings)
        self.critic, self.edits, self.wanted = critic, edits, wanted
        self.credentials = open_credentials(settings)

    def look(self, job: Job) -> np.ndarray:
        """Advise on a picture; return a sheet: the picture, then what is suggested."""
        small = shrink(job.picture, _LOOKED_AT)
        before = self._rating(small)
        least = _TELLING * (before.high - before.low)
        found = advise(small, self.edits, lambda picture: self._rating(picture).value, self.wanted.count, least)
        edited = [one.edit.apply(job.picture) for one in found]
        stem = Path(job.item.output).stem
        files = [f"{stem}-{number}.jpg" for number in range(1, len(found) + 1)]
        for name, picture, one in zip(files, edited, found, strict=True):
            record = job.item.record | {"edit": one.edit.words}
            source = COMPOSED if one.edit.kind == "style" else ENHANCED
            sign = partial(self.credentials.sign, name=name, record=record, source=source)
            write_picture(picture, self.wanted.out / name, sign=sign)
        job.item.record["before"] = before.value
        job.item.record["suggestions"] = [
            {"file": name, "kind": one.edit.kind, "edit": one.edit.words, **_change(one)}
            for name, one in zip(files, found, strict=True)
        ]
        told = {f"suggestion {number}": _words(one) for number, one in enumerate(found, 1)}
        job.item.record["findings"] = {
            "rating": f"{before.value:.1f}",
            **(told or {"suggestion": "none it is sure of"}),
        }
        return _sheet([job.picture, *edited])

    def _rating(self, picture: np.ndarray) -> Estimated:
        rating = self.critic.critique(picture, reasons=False).heads["rating"]
        assert isinstance(rating, Estimated)
        return rating


def _change(one: Suggestion) -> dict[str, float]:
    return {"change": one.change, "low": one.low, "high": one.high}


def _words(one: Suggestion) -> str:
    return f"{one.edit.words}: +{one.change:.2f} (+{one.low:.2f} to +{one.high:.2f})"


def _sheet(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Pictures of any size beside each other, equally high, on white."""
    row: list[np.ndarray] = []
    for picture in pictures:
        width = max(1, round(picture.shape[1] * _SHOWN / picture.shape[0]))
        row += [np.full((_SHOWN, _GAP, 3), 255, np.uint8)] if row else []
        row.append(np.asarray(cv2.resize(picture, (width, _SHOWN), interpolation=cv2.INTER_AREA)))
    return np.hstack(row)
