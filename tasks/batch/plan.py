"""What a job is to make: one item a picture, each with a key made from everything that decides its pixels."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, TypeAlias

from artmodels.errors import AtelierError

JSON: TypeAlias = "str | int | float | bool | list[JSON] | dict[str, JSON] | None"
"""What JSON can hold."""

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif")
"""The kinds of picture a job can make. No other, so an output can never take the ledger's name."""

RESERVED = ("contact_sheet.jpg", "gallery_files")
"""Names at the top of a job's folder that belong to its gallery."""

# File systems take 255; a file that is being written has a longer name.
_LONGEST = 200


@dataclass(frozen=True)
class Item:
    """One picture to be made.

    Attributes:
        key: sha256, 64 hexadecimal digits, of everything that decides the pixels (see `item_key`).
        output: path of the picture inside the job's folder, with `/`; its suffix chooses the format.
        record: where the picture comes from (inputs with their sha256, model and version, parameters);
            written to the ledger as it is.
        payload: what the renderer needs to make it, e.g. paths; the engine never looks at it.
        companions: files beside the picture that the renderer writes itself, as paths like `output`: without them the
            item is not done.

    Raises:
        AtelierError: `key` is no sha256, or `output` is not a picture's path inside the folder.
    """

    key: str
    output: str
    record: dict[str, JSON]
    payload: Any = None
    companions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9a-f]{64}", self.key):
            raise AtelierError(f"key={self.key!r} is not accepted: a sha256, 64 hexadecimal digits.")
        _check_output(self.output)


def item_key(record: dict[str, JSON]) -> str:
    """Return the sha256 of `record` as canonical JSON: the order of its fields does not matter.

    Raises:
        AtelierError: the record holds something that JSON cannot.
    """
    try:
        text = json.dumps(record, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise AtelierError(
            f"record={record!r} is not accepted: text, finite numbers, lists and objects only ({error})."
        ) from error
    return hashlib.sha256(text.encode()).hexdigest()


def fingerprint(*parts: str) -> bytes:
    """Return 12 bytes that stand for `parts`: with a million of them, two are alike once in 10^17 jobs."""
    text = "\0".join(parts)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).digest()


def demand_unique_outputs(items: Iterable[Item]) -> Iterator[Item]:
    """Pass the items on, one by one, as long as no two write the same file.

    Compared without case and accents' encodings, because some file systems cannot tell those apart.

    Raises:
        AtelierError: an item's output clashes with that of an earlier item.
    """
    seen: set[bytes] = set()
    for item in items:
        mark = fingerprint(unicodedata.normalize("NFC", item.output).casefold())
        if mark in seen:
            raise AtelierError(
                f"Two items of the job have the output {item.output!r}: every item needs a name of its own "
                "(upper and lower case count as the same)."
            )
        seen.add(mark)
        yield item


def _check_output(output: str) -> None:
    """Raise AtelierError unless `output` is a picture's path that stays inside the job's folder."""
    path = PurePosixPath(output)
    parts = path.parts
    wrong = (
        not parts
        or path.as_posix() != output
        or path.is_absolute()
        or any(part.startswith(".") for part in parts)
        or re.search(r"[\x00-\x1f\\:\ud800-\udfff]", output)
    )
    if wrong:
        raise AtelierError(
            f"output={output!r} is not accepted: a path inside the job's folder, such as 'night/boat.png', "
            "without '..', hidden names, ':' or '\\'."
        )
    if path.suffix.lower() not in SUFFIXES:
        raise AtelierError(f"output={output!r} is not accepted: a name that ends in {', '.join(SUFFIXES)}.")
    if max(len(part.encode()) for part in parts) > _LONGEST:
        raise AtelierError(f"output={output!r} is not accepted: names of at most {_LONGEST} bytes.")
    if parts[0].casefold() in RESERVED:
        raise AtelierError(f"output={output!r} is not accepted: the job's gallery keeps {parts[0]!r}.")
