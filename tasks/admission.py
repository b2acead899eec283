"""Who may come in: licences that allow it, artists who have not opted out, words as the catalog has them."""

import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from artmodels.critic.config import RATINGS
from artmodels.errors import AtelierError
from tasks.catalog import KINDS, TEXTS, YEARS
from tasks.settings import Settings


def read_opt_out(settings: Settings) -> frozenset[str]:
    """Return the artists who have opted out, as `plain_name` writes them.

    One name a line; `#` begins a comment. No file means that nobody has, unless a setting names the file.

    Raises:
        AtelierError: the file that ATELIER_OPT_OUT names is missing, or is not UTF-8.
    """
    path = settings.root / settings.opt_out
    if not path.is_file():
        if "opt_out" in settings.model_fields_set:
            raise AtelierError(f"ATELIER_OPT_OUT names {path}, which does not exist.")
        return frozenset()
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise AtelierError(f"The opt-out list {path} is not UTF-8: save it as UTF-8.") from error
    return frozenset(filter(None, (plain_name(line.partition("#")[0]) for line in lines)))


def plain_name(name: str) -> str:
    """Return a name without case, accents, spaces and punctuation: "Édouard Manet" is "edouardmanet"."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if letter.isalnum())


def check_admission(metadata: Mapping[str, str], settings: Settings, opt_out: frozenset[str]) -> None:
    """Raise AtelierError, with the reason, if a picture with this metadata may not enter the catalog."""
    kind, licence = metadata.get("kind", "artwork"), metadata.get("licence", "").strip()
    if kind not in KINDS:
        raise AtelierError(f"the kind {kind!r} is not accepted: {' or '.join(KINDS)}")
    accepted = ", ".join(settings.allowed_licences)
    if not licence:
        raise AtelierError(f"no licence is given; accepted: {accepted}")
    if licence.casefold() not in {one.casefold() for one in settings.allowed_licences}:
        raise AtelierError(f"the licence {licence!r} is not accepted: {accepted} (ATELIER_ALLOWED_LICENCES)")
    artist = metadata.get("artist", "")
    if plain_name(artist) in opt_out:
        raise AtelierError(f"the artist {artist!r} is on the opt-out list")
    _check_rating(metadata.get("rating_mean", "").strip())


def _check_rating(text: str) -> None:
    """Raise AtelierError for a rating of another scale: left out with a note, all of a catalog's would be lost."""
    low, high = RATINGS
    try:
        fits = not text or low <= float(text) <= high
    except ValueError:
        fits = False
    if not fits:
        raise AtelierError(f"the rating {text!r} is not accepted: a number from {low:g} to {high:g}")


def described(metadata: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Return the columns of the catalog that the metadata fills, and notes on numbers that are none."""
    row: dict[str, Any] = {name: one_line(metadata.get(name, "")) for name in TEXTS}
    row["kind"] = metadata.get("kind", "artwork")
    row["series"] = one_line(metadata.get("series", "")) or None
    notes: list[str] = []
    row["year"] = _number(metadata, "year", YEARS, notes, whole=True)
    row["rating_mean"] = _number(metadata, "rating_mean", RATINGS, notes, whole=False)
    row["rating_count"] = _number(metadata, "rating_count", (0, 2**31 - 1), notes, whole=True)
    return row, notes


def one_line(text: str) -> str:
    """Return text in one Unicode form, on one line, without control characters."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", unicodedata.normalize("NFC", text)).split())


def _number(
    metadata: Mapping[str, str], name: str, limits: tuple[float, float], notes: list[str], *, whole: bool
) -> float | None:
    """Return a number within limits; None, and a note unless nothing is given, where there is none."""
    text = metadata.get(name, "").strip()
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if math.isfinite(number) and limits[0] <= number <= limits[1] and (number.is_integer() or not whole):
        return int(number) if whole else number
    notes.append(f"{name} {one_line(text)!r} left out")
    return None
