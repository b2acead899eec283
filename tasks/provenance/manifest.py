"""What a picture says of itself: a ledger's record in the words of the C2PA standard."""

import mimetypes
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

GENERATOR = {"name": "Atelier", "version": version("atelier")}

ASSERTION = "org.atelier.picture"
"""Label of the assertion that holds what the standard has no words for: model, seed, parameters."""

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
"""Where IPTC defines how a picture came to be."""

GENERATED = "trainedAlgorithmicMedia"
"""Made by a model from nothing but chance and parameters."""

COMPOSED = "compositeWithTrainedAlgorithmicMedia"
"""Made by a model from other pictures."""

ENHANCED = "algorithmicallyEnhanced"
"""Another picture, cropped or toned by rule."""

INPUTS = ("content", "style", "styles", "masks")
"""The fields of a record that hold pictures which a picture was made from."""

_TOLD = ("model", "seed", "parameters", "edit", "nearest", "not_compared")


@dataclass(frozen=True)
class Input:
    """A picture that another was made from: its part in it, its file, and the sha256 of that; "" for a folder."""

    role: str
    path: Path
    sha256: str

    @property
    def format(self) -> str:
        """The file's media type, as its name says."""
        return mimetypes.guess_type(self.path.name)[0] or "application/octet-stream"


def inputs_of(record: Mapping[str, Any]) -> Iterator[Input]:
    """Yield each picture that a record names as an input, once."""
    seen = set()
    for field in INPUTS:
        found = record.get(field) or []
        for one in [found] if isinstance(found, Mapping) else found:
            # Several styles that are mixed stand in `styles`; `style` is then the first of them.
            made_from = Input(field.removesuffix("s"), Path(one["path"]), one.get("sha256") or "")
            if made_from not in seen:
                seen.add(made_from)
                yield made_from


def manifest_of(record: Mapping[str, Any], title: str, key: str = "", source: str = "") -> dict[str, Any]:
    """Return the definition of a picture's manifest, still without its ingredients.

    Paths stay out of it: a picture travels, and where its maker keeps files is nobody's business.

    Args:
        record: what the ledger says of it.
        title: its file's name.
        key: of the item in the ledger.
        source: how it came to be, in IPTC's words; else generated, or composed where it has inputs.
    """
    source = source or (COMPOSED if any(inputs_of(record)) else GENERATED)
    created = {
        "action": "c2pa.created",
        "when": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "softwareAgent": GENERATOR,
        "digitalSourceType": SOURCE_TYPE + source,
    }
    told = {name: record[name] for name in _TOLD if name in record} | ({"key": key} if key else {})
    return {
        "claim_generator_info": [GENERATOR],
        "title": title,
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [created]}},
            {"label": ASSERTION, "data": _without_folders(told)},
        ],
    }


def _without_folders(value: Any) -> Any:
    """The value with every absolute path in it brought down to the file's name."""
    if isinstance(value, Mapping):
        return {name: _without_folders(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_folders(one) for one in value]
    return Path(value).name if isinstance(value, str) and Path(value).is_absolute() else value
