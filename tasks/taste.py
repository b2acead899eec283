"""A person's taste: learnt from few choices or ratings, asked for more, and used to rank pictures."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from artmodels.accept import accept
from artmodels.errors import AtelierError
from artmodels.perception import load_perceptor
from artmodels.taste.eye import Eye, code_space, codes_of
from artmodels.taste.preference import learn_choices, learn_ratings
from artmodels.taste.questions import next_questions
from tasks.batch.encode import write_text
from tasks.contact_sheet import Tile, make_contact_sheet
from tasks.decode import decode
from tasks.evaluation import read_params
from tasks.paths import GivenPath
from tasks.progress import Show
from tasks.settings import Settings
from tasks.spreadsheet import csv_text
from tasks.stylize_order import find_pictures
from tasks.taste_file import Card, Kept, Opinions, folder_name, load_taste, read_opinions, save_taste

RANKING, QUESTIONS, SHEET = "ranking.csv", "questions.csv", "best.jpg"

LEAST = 8
"""Choices or ratings below which a ranking follows the taste too little to be shown (docs/taste.md)."""

_SHEET = (5, 8)


class TasteOrder(BaseModel):
    """What a person orders."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    pictures: tuple[GivenPath, ...] = Field(min_length=1, description="Pictures, or folders of them.")
    choices: GivenPath | None = Field(None, description="A CSV: user,work,rating or user,preferred,other.")
    person: str = Field("", description="Whose taste ranks the pictures; empty: of everybody in the CSV.")
    ask: int = Field(0, ge=0, le=1000, description="Pairs of the pictures to ask about next.")
    scale: tuple[float, float] = Field((0.0, 10.0), description="Lowest and highest rating.")
    out: GivenPath = Field(description="The folder of rankings and questions, one below it for each person.")


def order(**fields: Any) -> TasteOrder:
    """Check an order.

    Raises:
        AtelierError: a field is not accepted; the message names it.
    """
    wanted = accept(TasteOrder, fields)
    if not wanted.choices and not wanted.person:
        raise AtelierError("Say whose taste is wanted: --choices FILE.csv to learn tastes, --for NAME to use one.")
    if not wanted.scale[0] < wanted.scale[1]:
        raise AtelierError(f"scale={wanted.scale} is not accepted: the lowest rating must be below the highest.")
    return wanted


def run(settings: Settings, wanted: TasteOrder, show: Show) -> list[dict[str, Any]]:
    """Learn the tastes of the CSV, if one is given, and rank the pictures for each person; return a report each.

    Raises:
        AtelierError: a row of the CSV is not accepted, a work is not among the pictures, a person has said too little,
            nothing is known of a person, or the folder cannot be written.
    """
    said = hear(wanted)
    files = find_files(wanted)
    encoder = settings.root / read_params(settings).judge
    eye, mark = Eye(load_perceptor(encoder, settings.torch_device), settings.torch_device), _mark(encoder)
    seen, faults = look(eye, files, settings.max_pixels, show)
    reports = []
    for person in [wanted.person] if wanted.person else list(said):
        if person in said:
            kept = learn(person, said[person], seen, mark)
            save_taste(settings, kept)
        else:
            kept = load_taste(settings, person, mark)
        reports.append(_use(kept, seen, faults, wanted))
    return reports


def hear(wanted: TasteOrder) -> dict[str, Opinions]:
    """Return what the people of the CSV said, if one is given, whose taste is asked for.

    Raises:
        AtelierError: a row is not accepted, a person has said too little, or nothing is said by the one asked for.
    """
    said = read_opinions(wanted.choices, wanted.scale) if wanted.choices else {}
    if wanted.person and said and wanted.person not in said:
        raise AtelierError(f"{wanted.choices} says nothing of {wanted.person!r}; it speaks of {', '.join(said)}.")
    if wanted.person:
        said = {name: own for name, own in said.items() if name == wanted.person}
    for person, own in said.items():
        check_enough(person, own)
    return said


def find_files(wanted: TasteOrder) -> list[Path]:
    """Return the pictures to rank, each once.

    Raises:
        AtelierError: there is none.
    """
    return list(dict.fromkeys(path for given in wanted.pictures for path in find_pictures(given, "pictures")))


def check_enough(person: str, own: Opinions) -> None:
    """Raise AtelierError if a person has said too little to learn from."""
    kind = "choices" if own.choices else "ratings"
    if len(own) < LEAST:
        raise AtelierError(f"{person} has made {len(own)} {kind}: a taste needs {LEAST} or more.")
    if own.ratings and len({value for _, value in own.ratings}) < 2:
        raise AtelierError(f"{person} has rated all works the same, which tells no taste.")


def look(eye: Eye, files: Sequence[Path], max_pixels: int, show: Show) -> tuple[dict[Path, Tensor], dict[Path, str]]:
    """Return the descriptors of the pictures, and why others have none."""
    seen: dict[Path, Tensor] = {}
    faults: dict[Path, str] = {}
    for number, file in enumerate(files, start=1):
        try:
            seen[file] = eye.describe(decode(file, max_pixels, 1).image)
        except AtelierError as error:
            faults[file] = str(error)
        show(number, len(files), {"set aside": float(len(faults))})
    if len(seen) < 2:
        raise AtelierError(f"{len(seen)} of {len(files)} pictures can be read: two or more are needed.")
    return seen, faults


def learn(person: str, own: Opinions, seen: Mapping[Path, Tensor], encoder: str) -> Kept:
    """Learn a person's taste on the codes of all pictures.

    Raises:
        AtelierError: a work that is spoken of is not among the pictures.
    """
    space, places = code_space(list(seen.values())), _places(own.works, list(seen))
    codes = codes_of(space, list(seen.values()))
    if own.choices:
        pairs = np.array([[places[one], places[other]] for one, other in own.choices])
        taste = learn_choices(codes[pairs[:, 0]], codes[pairs[:, 1]])
    else:
        rated = [places[work] for work, _ in own.ratings]
        taste = learn_ratings(codes[rated], np.array([value for _, value in own.ratings]))
    card = Card(person=person, choices=len(own.choices), ratings=len(own.ratings), encoder=encoder)
    return Kept(card, taste, space)


def _places(works: Sequence[str], files: Sequence[Path]) -> dict[str, int]:
    """Return the number of the picture that each work's name means: a path, or the end of one."""
    found = {}
    for work in works:
        parts = Path(work).parts
        fitting = [place for place, file in enumerate(files) if file.parts[-len(parts) :] == parts]
        if len(fitting) != 1:
            what = "is not among the pictures" if not fitting else f"could be any of {len(fitting)} pictures"
            raise AtelierError(f"The work {work!r} {what}: name it by its file, with as much of the path as it takes.")
        found[work] = fitting[0]
    return found


def _use(kept: Kept, seen: Mapping[Path, Tensor], faults: Mapping[Path, str], wanted: TasteOrder) -> dict[str, Any]:
    files = list(seen)
    codes = codes_of(kept.space, list(seen.values()))
    worth, doubt = kept.taste.worth(codes)
    ranked = np.argsort(-worth, kind="stable")
    out = wanted.out / folder_name(kept.card.person)
    rows: list[list[Any]] = [
        [rank, files[place], f"{worth[place]:.4f}", f"{doubt[place]:.4f}", ""]
        for rank, place in enumerate(ranked, start=1)
    ]
    rows += [["", file, "", "", reason] for file, reason in faults.items()]
    report = {
        "person": kept.card.person,
        "learnt_from": kept.card.choices + kept.card.ratings,
        "ranked": len(ranked),
        "set_aside": len(faults),
        "ranking": str(_write(out / RANKING, ["rank", "path", "worth", "deviation", "reason"], rows)),
    }
    best = [Tile(files[place], files[place].stem) for place in ranked[: _SHEET[0] * _SHEET[1]]]
    lines = [best[start : start + _SHEET[1]] for start in range(0, len(best), _SHEET[1])]
    report["best"] = str(make_contact_sheet(lines, out / SHEET))
    if wanted.ask:
        pairs = [
            [kept.card.person, files[one], files[two]] for one, two in next_questions(kept.taste, codes, wanted.ask)
        ]
        report["questions"] = str(_write(out / QUESTIONS, ["user", "first", "second"], pairs))
    return report


def _write(path: Path, header: list[str], rows: list[list[Any]]) -> Path:
    return write_text(path, csv_text([header, *rows]))


def _mark(encoder: Path) -> str:
    """What tells one encoder's weights from another's."""
    return hashlib.sha256(encoder.read_bytes()).hexdigest() if encoder.is_file() else encoder.name
