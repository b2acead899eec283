"""How many pictures of a job are as near to a training work as a copy, counted in its ledger and told in words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tasks.batch.history import DONE, current_lines


def counted(out: Path) -> dict[str, Any]:
    """Return what a job's report says of copies: `compared`, of them `copies`, of them `withheld`; `not_compared`: why.

    Raises:
        AtelierError: there is no ledger, or a line is damaged.
    """
    lines = [(line["status"] == DONE, line["record"]) for line in current_lines(out).values()]
    return summed(record for _, record in lines) | {
        "withheld": sum(not shown and is_copy(record) for shown, record in lines)
    }


def summed(records: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The same of records, none of them withheld."""
    compared = copies = 0
    why = ""
    for record in records:
        compared += "nearest" in record
        copies += is_copy(record)
        why = why or str(record.get("not_compared", ""))
    return {"compared": compared, "copies": copies, "withheld": 0, "not_compared": why}


def closest(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return `nearest` of the record that is nearest to a work, and `not_compared` of any, as far as there are such."""
    near = [record for record in records if "nearest" in record]
    near.sort(key=lambda record: (not is_copy(record), record["nearest"]["distance"]))
    untold = [record for record in records if "not_compared" in record]
    return {name: one[0][name] for name, one in (("nearest", near), ("not_compared", untold)) if one}


def is_copy(record: Mapping[str, Any]) -> bool:
    """Whether a record says that its picture is as near to a training work as a copy."""
    return bool((record.get("nearest") or {}).get("copy"))


def told(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a report says of copies, in words; nothing where none was looked for."""
    if report.get("compared"):
        withheld = f", {report['withheld']} of them withheld" if report["withheld"] else ""
        yield (
            f"{report['copies']} of {report['compared']} pictures are as near to a training work as a copy{withheld}."
        )
    if report.get("not_compared"):
        yield f"Not compared with all that the model learnt from: {report['not_compared']}"
