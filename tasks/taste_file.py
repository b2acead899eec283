"""What people said they like, from a CSV; and their tastes on disk, a small folder for each person."""

import hashlib
import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from artmodels.accept import first_fault
from artmodels.classifier.codes import CodeSpace
from artmodels.errors import AtelierError
from artmodels.taste.preference import Taste
from tasks.files import replacing
from tasks.settings import Settings
from tasks.sources.table import read_columns
from tasks.spreadsheet import plain

_COLUMNS = ("user", "work", "rating", "preferred", "other")
_WEIGHTS, _CARD = "taste.safetensors", "taste.json"


@dataclass
class Opinions:
    """What one person said: which of two works is preferred, or how a work is rated."""

    choices: list[tuple[str, str]] = field(default_factory=list)
    ratings: list[tuple[str, float]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.choices) + len(self.ratings)

    @property
    def works(self) -> list[str]:
        """Every work that is spoken of, once."""
        named = [work for pair in self.choices for work in pair] + [work for work, _ in self.ratings]
        return list(dict.fromkeys(named))


def read_opinions(file: Path, scale: tuple[float, float]) -> dict[str, Opinions]:
    """Read a CSV with the columns `user, work, rating` or `user, preferred, other`; return what each person said.

    Raises:
        AtelierError: the CSV cannot be read, lacks columns, or a row is not accepted; the message names it.
    """
    found: dict[str, Opinions] = {}
    for number, cells in enumerate(read_columns(file, {}, _COLUMNS, "user"), start=1):
        # The questions that a person answered are a table of ours.
        row = {name: plain(cell) for name, cell in cells.items()}
        where = f"{file}, row {number}"
        if not row["user"]:
            raise AtelierError(f"{where}: the column user is empty.")
        own = found.setdefault(row["user"], Opinions())
        if row.get("preferred") and row.get("other"):
            if row["preferred"] == row["other"]:
                raise AtelierError(f"{where}: {row['other']} cannot be preferred to itself.")
            own.choices.append((row["preferred"], row["other"]))
        elif row.get("work"):
            own.ratings.append((row["work"], _rating(where, row.get("rating", ""), scale)))
        else:
            raise AtelierError(f"{where}: give user, work and rating, or user, preferred and other.")
    if both := [user for user, own in found.items() if own.choices and own.ratings]:
        raise AtelierError(f"{file}: {both[0]} has both ratings and choices: give one of the two.")
    return found


def _rating(where: str, words: str, scale: tuple[float, float]) -> float:
    try:
        value = float(words)
    except ValueError:
        value = math.nan
    if not scale[0] <= value <= scale[1]:
        raise AtelierError(f"{where}: rating={words!r} leaves the scale, {scale[0]:g} to {scale[1]:g} (--scale).")
    return value


class Card(BaseModel):
    """What `taste.json` says of a taste."""

    model_config = ConfigDict(extra="forbid")

    format: int = 1
    person: str
    choices: int
    ratings: int
    encoder: str


@dataclass(frozen=True)
class Kept:
    """A taste as it is kept: what was learnt, on which codes, from how much."""

    card: Card
    taste: Taste
    space: CodeSpace


def save_taste(settings: Settings, kept: Kept) -> Path:
    """Write a person's taste in place of the former one; return its folder."""
    folder = _folder(settings, kept.card.person)
    tensors = {f"space.{name}": value for name, value in kept.space.state_dict().items()}
    tensors |= {"mean": torch.from_numpy(kept.taste.mean), "covariance": torch.from_numpy(kept.taste.covariance)}
    with replacing(folder / _WEIGHTS) as part:
        save_file({name: value.contiguous() for name, value in tensors.items()}, part)
    with replacing(folder / _CARD) as part:
        part.write_text(kept.card.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return folder


def load_taste(settings: Settings, person: str, encoder: str) -> Kept:
    """Read a person's taste.

    Raises:
        AtelierError: nothing is known of the person, the files are damaged, or another encoder saw the pictures.
    """
    folder = _folder(settings, person)
    try:
        card = Card.model_validate_json((folder / _CARD).read_bytes())
        tensors = load_file(folder / _WEIGHTS)
        space = CodeSpace(*tensors["space.basis"].shape)
        space.load_state_dict({name.removeprefix("space."): v for name, v in tensors.items() if "space." in name})
        taste = Taste(np.asarray(tensors["mean"]), np.asarray(tensors["covariance"]))
    except FileNotFoundError as error:
        known = ", ".join(people(settings)) or "nobody yet"
        raise AtelierError(
            f"No taste of {person!r} is known (known: {known}): give what they like with --choices FILE.csv."
        ) from error
    except ValidationError as error:
        raise AtelierError(f"{folder / _CARD} is damaged ({first_fault(error)}): learn the taste again.") from error
    except (SafetensorError, KeyError, RuntimeError, OSError) as error:
        raise AtelierError(f"{folder} is damaged: learn the taste again with --choices FILE.csv.") from error
    if card.encoder != encoder:
        raise AtelierError(f"The taste of {person!r} was learnt with another encoder: learn it again with --choices.")
    return Kept(card, taste, space)


def people(settings: Settings) -> list[str]:
    """Return whose tastes are known."""
    cards = sorted((settings.scratch / "tastes").glob(f"*/{_CARD}"))
    return [Card.model_validate_json(card.read_bytes()).person for card in cards]


def folder_name(person: str) -> str:
    """Return the name of a person's folder: a person's name may hold anything, a folder's may not."""
    plain = "".join(letter if letter.isalnum() else "_" for letter in person)[:40]
    return f"{plain}-{hashlib.sha256(person.encode()).hexdigest()[:8]}"


def _folder(settings: Settings, person: str) -> Path:
    return settings.scratch / "tastes" / folder_name(person)
