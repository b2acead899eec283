"""The ranking step of other jobs: their pictures, ranked by the critic, the best of them in a folder of their own."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artmodels.errors import AtelierError
from tasks import critique
from tasks.batch import Item, Written, item_key, read_ledger, run_job
from tasks.batch.encode import CannotWrite
from tasks.batch.history import DONE, NAME
from tasks.critique_order import order
from tasks.critique_table import ranked
from tasks.files import replacing
from tasks.gallery import build_gallery
from tasks.progress import Show
from tasks.settings import Settings

CRITIQUES, BEST = "critiques", "best"
"""Folders inside the job's: what the critic said of all, and the best."""


def keep_best(settings: Settings, out: Path, count: int, model: str, show: Show) -> dict[str, Any]:
    """Rank the pictures of a finished job, and put the best of them into `OUT/best`; return the report.

    All pictures stay where they are. `OUT/best` holds the same files again (linked where the disk can), named by
    rank, with a gallery in that order; it is made anew each time.

    Args:
        settings: where the registry is.
        out: the job's folder.
        count: how many to keep; all, where there are fewer.
        model: alias or number of the critic.
        show: told how far the ranking is.

    Raises:
        AtelierError: `count` is less than 1, there is no critic or no picture, or a file cannot be written.
    """
    if count < 1:
        raise AtelierError(f"keep_best={count} is not accepted: keep 1 picture or more.")
    made = {row["output"]: row for row in read_ledger(out).to_dict("records") if row["status"] == DONE}
    if not made:
        raise AtelierError(f"{out} holds no finished picture to keep the best of.")
    pictures = {(out / output).resolve(): row for output, row in made.items()}
    wanted = order(pictures=list(pictures), out=out / CRITIQUES, reasons=False, model=model)
    report = critique.run(settings, wanted, show)
    # The critic's folder may still know pictures that an earlier job made and this one did not.
    found = [row["record"] for row in ranked(out / CRITIQUES)]
    best = [one for one in found if Path(one["content"]["path"]) in pictures][:count]
    kept = [_Kept(rank, pictures[Path(one["content"]["path"])], one) for rank, one in enumerate(best, 1)]
    gallery = _lay_out(out, kept, f"The best {len(kept)} of {len(made)}, ranked by {report['model']}")
    return {"kept": len(kept), "of": len(made), "critic": report["model"], "best": str(out / BEST), "gallery": gallery}


@dataclass(frozen=True)
class _Kept:
    """A picture that is kept: its rank, its row of the job's ledger, its record in the critic's."""

    rank: int
    row: dict[str, Any]
    judged: dict[str, Any]

    def item(self) -> Item:
        """What is made of it: the same file under its rank, its record with what the critic found."""
        output = Path(self.row["output"])
        findings = (self.row["record"].get("findings") or {}) | self.judged["findings"]
        record = self.row["record"] | {"rank": self.rank, "findings": findings, "critique": self.judged["critique"]}
        name = f"{self.rank:04d}-{output.stem}{output.suffix}"
        return Item(item_key({"content": self.row["sha256"]}), name, record, self)


class _Linker:
    """Puts the very files of a job into another folder."""

    def __init__(self, out: Path) -> None:
        self.out = out

    def decode(self, item: Item) -> Item:
        """There is nothing to read."""
        return item

    def shape(self, decoded: Item) -> tuple[int, ...]:
        """Any two files may share a batch."""
        return ()

    def render(self, batch: list[Item]) -> Sequence[Written]:
        """Link or copy the files."""
        return [self._link(item) for item in batch]

    def _link(self, item: Item) -> Written:
        row, path = item.payload.row, self.out / BEST / item.output
        try:
            with replacing(path) as part:
                try:
                    os.link(self.out / row["output"], part)
                except OSError:
                    # Not every disk has hard links.
                    shutil.copyfile(self.out / row["output"], part)
        except OSError as error:
            raise CannotWrite(path, error) from error
        return Written(row["sha256"], int(row["bytes"]), int(row["width"]), int(row["height"]))


def _lay_out(out: Path, kept: Sequence[_Kept], title: str) -> str:
    folder = out / BEST
    if folder.exists():
        if not (folder / NAME).is_file():
            raise AtelierError(f"{folder} is in the way: it is no folder of a job; move it, and run again.")
        shutil.rmtree(folder)
    run_job([one.item() for one in kept], _Linker(out), folder)
    return str(build_gallery(folder, title=title, order_by=lambda record: record["rank"]))
