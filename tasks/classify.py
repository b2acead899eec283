"""The classification job: pictures, each named by the classifier, as items for the batch engine; and the table."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from artmodels.accept import accept
from artmodels.classifier.namer import UNKNOWN, Namer, Naming
from tasks import batch, registry
from tasks.batch import JSON, do_job, read_ledger
from tasks.batch.encode import write_text
from tasks.batch.history import DONE
from tasks.gallery import build_gallery
from tasks.paths import GivenPath
from tasks.picture_jobs import Job, PictureRenderer, open_looking
from tasks.pictures import find_all
from tasks.progress import Show
from tasks.settings import Settings
from tasks.spreadsheet import csv_text
from tasks.thumbnails import shrink_to

TABLE = "classes.csv"

_SIDE = 640
_NAMES = 3


class ClassifyOrder(BaseModel):
    """What a person orders."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    pictures: tuple[GivenPath, ...] = Field(min_length=1, description="Pictures, or folders of them.")
    out: GivenPath = Field(description="The job's folder: table, gallery, ledger, pictures.")
    maps: bool = Field(False, description="Show on each picture where the classifier looked.")
    model: str = Field("champion", description="Alias or number of the version.")
    threads: int = Field(2, ge=1, le=64, description="Threads that decode, and as many that encode.")


def order(**fields: Any) -> ClassifyOrder:
    """Check an order.

    Raises:
        AtelierError: a field is not accepted; the message names it.
    """
    return accept(ClassifyOrder, fields)


def run(settings: Settings, wanted: ClassifyOrder, show: Show) -> dict[str, Any]:
    """Do the job, or what is missing of it, write its table and build its gallery; return the report.

    Raises:
        AtelierError: there is no such model, no picture, or the job's folder cannot be written.
    """
    return do_job(open_job(settings, wanted), show)


def open_job(settings: Settings, wanted: ClassifyOrder) -> batch.Job[Job]:
    """Open an order.

    Raises:
        AtelierError: there is no such model, or no picture.
    """
    found = find_all(wanted.pictures)
    version, namer = registry.open_model(settings, "classifier", wanted.model)
    assert isinstance(namer, Namer)

    renderer = ClassifyRenderer(namer, settings, wanted.maps)

    def finish() -> dict[str, Any]:
        table = write_table(wanted.out, list(namer.classes))
        gallery = build_gallery(wanted.out, title=f"Named by {version}", group_by="class", verb="named")
        return {"table": str(table), "gallery": str(gallery)}

    return open_looking(found, version, {"maps": wanted.maps}, renderer, wanted.out, wanted.threads, finish)


class ClassifyRenderer(PictureRenderer):
    """Names a picture, and shows it small; the names go into its record."""

    def __init__(self, namer: Namer, settings: Settings, maps: bool) -> None:
        super().__init__(settings)
        self.namer, self.maps = namer, maps

    def look(self, job: Job) -> np.ndarray:
        """Name a picture; return it small, with a map if one is wanted."""
        named = self.namer.name(job.picture)
        found: dict[str, JSON] = {
            "findings": _findings(named),
            "names": _names(named),
            "strangeness": named.strangeness,
        }
        job.item.record.update(found)
        small = shrink_to(job.picture, _SIDE)
        if not self.maps:
            return small
        # captum takes its time to import, and only maps need it.
        from artmodels.classifier.maps import overlay, where_it_looked

        head = next(iter(named.heads))
        best = named.best(head)
        assert best is not None
        return overlay(small, where_it_looked(self.namer, small, head, best))


def write_table(out: Path, heads: Sequence[str]) -> Path:
    """Write `classes.csv`: a row for each picture, with each head's likeliest classes and their probabilities.

    Raises:
        CannotWrite: the folder takes no file.
    """
    ranks = [(head, rank) for head in heads for rank in range(1, _NAMES + 1)]
    columns = [column for head, rank in ranks for column in (f"{head}_{rank}", f"{head}_{rank}_probability")]
    table: list[list[Any]] = [["path", "status", "reason", "known", "strangeness", *columns]]
    for row in read_ledger(out).to_dict("records"):
        record, done = row["record"], row["status"] == DONE
        cells: list[Any] = [record["content"]["path"], row["status"], "" if done else row["reason"]]
        cells += [record["strangeness"] <= 1, f"{record['strangeness']:.4f}"] if done else ["", ""]
        for head, rank in ranks:
            named = record["names"][head][rank - 1 : rank] if done else []
            cells += [named[0][0], f"{named[0][1]:.4f}"] if named else ["", ""]
        table.append(cells)
    return write_text(out / TABLE, csv_text(table))


def _findings(named: Naming) -> dict[str, JSON]:
    """What the gallery shows: the class that a picture stands under, and each head's likeliest with its probability."""
    first = named.best(next(iter(named.heads)))
    likeliest = {head: next(iter(given.items())) for head, given in named.heads.items()}
    words: dict[str, JSON] = {head: f"{name} ({value:.0%})" for head, (name, value) in likeliest.items()}
    return {"class": first if named.known else UNKNOWN, **words}


def _names(named: Naming) -> dict[str, JSON]:
    """Each head's likeliest classes and their probabilities."""
    return {
        head: [[name, round(value, 6)] for name, value in list(given.items())[:_NAMES]]
        for head, given in named.heads.items()
    }
