"""The reading job: critiques, each with the scores that were read in it and the words they were read from.

No picture is made, and a text takes milliseconds; so a growing file of readings takes the place of the batch engine.
"""

import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from artmodels.accept import accept
from artmodels.errors import AtelierError
from artmodels.reader.attribution import words_spoke
from artmodels.reader.figures import FIGURES
from artmodels.reader.reader import Reader, as_json
from tasks import registry
from tasks.batch.encode import CannotWrite, write_text
from tasks.files import replacing
from tasks.paths import GivenPath
from tasks.progress import Show
from tasks.read_page import write_page
from tasks.read_texts import Text, find_texts
from tasks.registry import Version
from tasks.settings import Settings
from tasks.spreadsheet import csv_text

READINGS, TABLE, PAGE = "readings.jsonl", "readings.csv", "readings.html"

DONE, REFUSED = "done", "refused"

_WORDS = 5


class ReadOrder(BaseModel):
    """What a person orders."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    critiques: tuple[GivenPath, ...] = Field(min_length=1, description="Text files, folders of them, CSV files.")
    out: GivenPath = Field(description="The job's folder: table, page, readings.")
    columns: dict[str, str] = Field({}, description="The CSV's columns of `text` and `title`.")
    model: str = Field("champion", description="Alias or number of the version.")


def order(**fields: Any) -> ReadOrder:
    """Check an order.

    Raises:
        AtelierError: a field is not accepted; the message names it.
    """
    return accept(ReadOrder, fields)


def run(settings: Settings, wanted: ReadOrder, show: Show) -> dict[str, Any]:
    """Read what has not been read yet, and write the table and the page; return the report.

    Raises:
        AtelierError: there is no such model, no text, or the job's folder cannot be written.
    """
    texts = find_texts(wanted.critiques, wanted.columns)
    version, reader = registry.open_model(settings, "reader", wanted.model)
    assert isinstance(reader, Reader)
    started, path = time.perf_counter(), wanted.out / READINGS
    try:
        wanted.out.mkdir(parents=True, exist_ok=True)
        known = _read_before(path)
        before = set(known)
        with path.open("a", encoding="utf-8") as file:
            for number, text in enumerate(texts, start=1):
                if (key := _key(text, version)) not in known:
                    known[key] = {"key": key, **_reading(reader, text)}
                    file.write(json.dumps(known[key]) + "\n")
                show(number, len(texts), {})
    except OSError as error:
        raise CannotWrite(path, error) from error
    rows = [known[_key(text, version)] for text in texts]
    return {
        "done": sum(row["status"] == DONE for row in rows),
        "refused": sum(row["status"] == REFUSED for row in rows),
        "skipped": sum(row["key"] in before for row in rows),
        "seconds": round(time.perf_counter() - started, 2),
        "model": str(version),
        "table": str(write_table(wanted.out / TABLE, texts, rows)),
        "page": str(write_page(wanted.out / PAGE, texts, rows, f"Read by {version}")),
        "readings": [{"where": text.where, **_plain(row)} for text, row in zip(texts, rows, strict=True)],
    }


def write_table(path: Path, texts: Sequence[Text], rows: Sequence[dict[str, Any]]) -> Path:
    """Write a row for each text: scores with their intervals, and the words that spoke most for and against.

    Raises:
        CannotWrite: the folder takes no file.
    """
    ends = [f"{name}{end}" for name in FIGURES for end in ("", "_low", "_high")]
    heads = ["where", "title", "status", "reason", "familiar", "known", *ends, "spoke_for", "spoke_against"]
    table: list[list[Any]] = [heads]
    for text, row in zip(texts, rows, strict=True):
        cells: list[Any] = [text.where, text.title, row["status"], row.get("reason", "")]
        scores = row.get("scores", {})
        cells += [row.get("familiar", ""), row.get("known", "")]
        cells += [scores.get(name, {}).get(end, "") for name in FIGURES for end in ("value", "low", "high")]
        table.append([*cells, *(" ".join(words) for words in strongest(text, row))])
    return write_text(path, csv_text(table))


def strongest(text: Text, row: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Return the words that raised a text's total most, and those that lowered it most, the strongest first."""
    sums: dict[str, float] = {}
    for start, end, points in row.get("words", []):
        word = text.words[start:end].lower()
        if word[0].isalpha():
            sums[word] = sums.get(word, 0.0) + points
    ranked = sorted(sums, key=lambda word: sums[word])
    against = [word for word in ranked[:_WORDS] if sums[word] < 0]
    return [word for word in ranked[::-1][:_WORDS] if sums[word] > 0], against


def standing(texts: Sequence[Text], version: Version, out: Path) -> tuple[int, int]:
    """Return how many texts a folder holds a version's readings of, and how many it does not.

    Raises:
        AtelierError: its file of readings is damaged.
    """
    known = _readings(_whole_lines(out / READINGS)[0], out / READINGS)
    there = sum(_key(text, version) in known for text in texts)
    return there, len(texts) - there


def _read_before(path: Path) -> dict[str, dict[str, Any]]:
    """Return the readings of a file by key; a last line that a kill cut off is taken off the file."""
    whole, rest = _whole_lines(path)
    if rest:
        with replacing(path) as part:
            part.write_bytes(whole + b"\n" if whole else b"")
    return _readings(whole, path)


def _whole_lines(path: Path) -> tuple[bytes, bytes]:
    """Return the whole lines of a file, and what a kill left of a last one."""
    whole, _, rest = path.read_bytes().rpartition(b"\n") if path.is_file() else (b"", b"", b"")
    return whole, rest


def _readings(lines: bytes, path: Path) -> dict[str, dict[str, Any]]:
    known: dict[str, dict[str, Any]] = {}
    for line in filter(None, lines.split(b"\n")):
        try:
            row = json.loads(line)
            known[row["key"]] = row
        except (ValueError, KeyError, TypeError) as error:
            raise AtelierError(f"{path} is damaged: delete it, or give another folder with --out.") from error
    return known


def _key(text: Text, version: Version) -> str:
    """What decides a reading: the words, and the model by its run, which is one registry's alone."""
    return hashlib.sha256(json.dumps([text.words, text.fault, version.run_id]).encode()).hexdigest()


def _reading(reader: Reader, text: Text) -> dict[str, Any]:
    try:
        if text.fault:
            raise AtelierError(text.fault)
        reading = reader.read(text.words)
    except AtelierError as error:
        return {"status": REFUSED, "reason": str(error)}
    facts = as_json(reading)
    points = words_spoke(reader, reading)
    return {
        "status": DONE,
        "known": facts.pop("known"),
        "familiar": facts.pop("familiar"),
        "scores": facts,
        "words": [
            [word.start, word.end, round(float(own), 3)] for word, own in zip(reading.words, points, strict=True)
        ],
    }


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("key", "words")}
