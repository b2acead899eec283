"""What a person may order: a form for each kind of job, and how one is read from a file."""

import json
from pathlib import Path
from typing import Any, ClassVar, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from artmodels.accept import accept, meant
from artmodels.errors import AtelierError
from tasks import generate_order, stylize_order
from tasks.generate_order import GenerateOrder, GenerateRequest
from tasks.stylize_order import StylizeOrder, StylizeRequest

MOST_BYTES = 1_000_000
"""A longer file is no order."""

# Sentences are for people: one must not be as long as a file that somebody dropped.
_LONGEST_SENTENCE = 600


class _Form(BaseModel):
    """What orders of every kind have."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    destination: Path | None = Field(
        None, description="Folder of the results, inside the studio's folder for orders; None: named after the order."
    )

    def fields(self) -> dict[str, Any]:
        """Return what was asked for, as the job's own order names it."""
        return self.model_dump(exclude={"kind", "destination"}, exclude_unset=True)


class StylizeForm(_Form, StylizeRequest):
    """Repaint every picture in every style."""

    family: ClassVar[str] = "style"
    kind: Literal["stylize"] = Field("stylize", description="What is ordered: pictures repainted.")

    def job(self, out: Path) -> StylizeOrder:
        """Return the job's order.

        Raises:
            AtelierError: two fields do not go together.
        """
        return stylize_order.order(out=out, **self.fields())


class GenerateForm(_Form, GenerateRequest):
    """Paint new pictures, one a seed."""

    family: ClassVar[str] = "gan"
    kind: Literal["generate"] = Field("generate", description="What is ordered: new pictures.")

    def job(self, out: Path) -> GenerateOrder:
        """Return the job's order.

        Raises:
            AtelierError: two fields do not go together.
        """
        return generate_order.order(out=out, **self.fields())


Form = StylizeForm | GenerateForm
FORMS: dict[str, type[StylizeForm] | type[GenerateForm]] = {"stylize": StylizeForm, "generate": GenerateForm}


def read_form(data: bytes, file: str) -> Form:
    """Read an order from the bytes of a file; `file` is its name, whose suffix tells JSON from YAML.

    Raises:
        AtelierError: the bytes are no order; the message names the file, and the field where one is wrong.
    """
    try:
        return form_of(_read_fields(data, file))
    except AtelierError as error:
        raise AtelierError(sentence(f"{file}: {error}")) from error


def form_of(fields: dict[str, Any]) -> Form:
    """Check the fields of an order.

    Raises:
        AtelierError: a field is not accepted; the message names it.
    """
    kind = fields.get("kind")
    if not isinstance(kind, str) or kind not in FORMS:
        raise AtelierError(f"kind={kind!r} is not accepted{meant(kind, FORMS)}: one of {', '.join(FORMS)}.")
    known = FORMS[kind].model_fields
    for name in fields.keys() - known.keys():
        raise AtelierError(
            f"{name!r} is no field of kind: {kind}{meant(name, known)}; accepted are {', '.join(known)}."
        )
    for name, field in known.items():
        if field.is_required() and name not in fields:
            raise AtelierError(f"{name} is missing: {field.description}")
    form = accept(FORMS[kind], fields)
    # Which fields go together does not depend on the folder.
    form.job(Path("out"))
    return form


def write_form(form: Form) -> bytes:
    """Write an order as YAML: the same order as the same bytes."""
    fields = {"kind": form.kind} | form.model_dump(mode="json", exclude_unset=True)
    return yaml.safe_dump(fields, sort_keys=False, allow_unicode=True).encode()


def sentence(text: str) -> str:
    """Return a message in one line of a length that a person reads, of characters that any terminal shows."""
    line = "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))
    return line if len(line) <= _LONGEST_SENTENCE else f"{line[:_LONGEST_SENTENCE]} ..."


class _PlainLoader(yaml.SafeLoader):
    """YAML without what no order needs: aliases, which grow without bounds, and tags, which name types."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent) or getattr(event, "tag", None) is not None:
            raise yaml.MarkedYAMLError(problem="aliases and tags are not accepted", problem_mark=event.start_mark)
        return super().compose_node(parent, index)


def _read_fields(data: bytes, file: str) -> dict[str, Any]:
    if len(data) > MOST_BYTES:
        raise AtelierError(f"more than {MOST_BYTES} bytes are not accepted.")
    try:
        # A reader with its own limits: safe_load would follow aliases.
        read = json.loads(data) if file.lower().endswith(".json") else yaml.load(data, _PlainLoader)
    except yaml.MarkedYAMLError as error:
        where = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise AtelierError(f"{where}{error.problem or error.context} (YAML is accepted).") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise AtelierError(f"neither YAML nor, by the name .json, JSON: {error}.") from error
    if not isinstance(read, dict) or not all(isinstance(name, str) for name in read):
        raise AtelierError("the file is not accepted: fields with a name each, such as `kind: stylize`.")
    return read
