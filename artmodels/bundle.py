"""A trained model on disk: a folder of `model.safetensors` and `config.json`, nothing pickled."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from artmodels.accept import first_fault
from artmodels.errors import AtelierError

N = TypeVar("N", bound=nn.Module)

WEIGHTS, CONFIG = "model.safetensors", "config.json"
COMPANION = "companion.safetensors"
"""What only further training needs, a GAN's discriminator for one; may be absent."""

_PICKLED = {".pkl", ".pickle", ".pt", ".pth", ".ckpt", ".bin", ".joblib", ".npy"}
"""Endings of files that are read by running what is in them, or may be."""

ADVICE = "advice.txt"
"""What a training that was stopped said, beside the bundle of its best moment."""


class BundleConfig(BaseModel):
    """What `config.json` says."""

    model_config = ConfigDict(extra="forbid")

    format: int = 1
    family: str
    config: dict[str, Any]


@dataclass(frozen=True)
class Bundle:
    """A trained model as read from disk: its family's name, its full configuration, its tensors on the CPU."""

    family: str
    config: dict[str, Any]
    tensors: dict[str, Tensor]
    companion: dict[str, Tensor] = field(default_factory=dict)
    """What only further training needs; empty unless it was asked for."""


def save_bundle(
    folder: Path,
    family: str,
    config: Mapping[str, Any],
    tensors: Mapping[str, Tensor],
    companion: Mapping[str, Tensor] | None = None,
) -> Path:
    """Write a bundle; each file appears whole or not at all. Returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    _save(tensors, folder / WEIGHTS)
    if companion:
        _save(companion, folder / COMPANION)
    text = BundleConfig(family=family, config=dict(config)).model_dump_json(indent=2)
    temporary = folder / f".{CONFIG}.part"
    temporary.write_text(text + "\n")
    temporary.replace(folder / CONFIG)
    return folder


def _save(tensors: Mapping[str, Tensor], path: Path) -> None:
    temporary = path.with_name(f".{path.name}.part")
    try:
        save_file({key: value.detach().cpu().contiguous() for key, value in tensors.items()}, temporary)
        temporary.replace(path)
    finally:
        # On a full disk half a file takes the room that the next attempt needs.
        temporary.unlink(missing_ok=True)


def _load(path: Path) -> dict[str, Tensor]:
    """Read tensors; raises SafetensorError also where one without any number claims to be longer than the file."""
    tensors, size = load_file(path), path.stat().st_size
    for name, tensor in tensors.items():
        if max(tensor.shape, default=0) > size:
            raise SafetensorError(f"{name} claims the shape {tuple(tensor.shape)} in a file of {size} bytes")
    return tensors


def take_over(network: nn.Module, tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> None:
    """Give a network the tensors of a trained one of `config`; parts that this lacks stay as they are.

    Raises:
        AtelierError: the trained model has a part of another shape, or one that the network lacks.
    """
    own = network.state_dict()
    for name, tensor in tensors.items():
        if name not in own or own[name].shape != tensor.shape:
            there = f"of shape {tuple(own[name].shape)}" if name in own else "missing"
            raise AtelierError(
                f"The model to start from has another shape: its {name} is {tuple(tensor.shape)}, here {there}; "
                f"train with the options it was trained with ({dict(config)})."
            )
    network.load_state_dict(dict(tensors), strict=False)


def build_filled(make: Callable[[], N], tensors: Mapping[str, Tensor]) -> N:
    """Build the network of a bundle's configuration and fill it; for use within `fitting`.

    It is planned without memory first: a few bytes of configuration may ask for gigabytes that no weights fill.

    Raises:
        RuntimeError: the weights are another network's.
    """
    with torch.device("meta"):
        needed = sum(tensor.numel() for tensor in make().state_dict().values())
    given = sum(tensor.numel() for tensor in tensors.values())
    if needed > given:
        raise RuntimeError(f"it asks for {needed} numbers, the weights have {given}")
    network = make()
    network.load_state_dict(dict(tensors))
    return network


@contextmanager
def fitting() -> Iterator[None]:
    """Say in one sentence what does not fit while a network is built from a bundle.

    Raises:
        AtelierError: the configuration is not accepted, or the weights are another network's.
    """
    try:
        yield
    except ValidationError as error:
        raise AtelierError(f"The bundle's configuration has {first_fault(error)}.") from error
    except RuntimeError as error:
        line = str(error).splitlines()[-1].strip()
        raise AtelierError(f"The bundle's weights do not fit its configuration: {line}") from error


def weights_digest(folder: Path, name: str = WEIGHTS) -> str:
    """Return the sha256 of a bundle's weights, or of its `COMPANION`: the name they have wherever they lie."""
    with (folder / name).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load_bundle(folder: Path, family: str | None = None, companion: bool = False) -> Bundle:
    """Read a bundle, of the given family if one is named; its companion, where it has one, only if asked for.

    Raises:
        AtelierError: the folder is no bundle, a file is damaged or may hold a pickle, or the bundle is of another
            family.
    """
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            raise AtelierError(f"{folder} is not a model bundle: {name} is missing.")
    if pickled := sorted(path.name for path in folder.iterdir() if path.suffix.lower() in _PICKLED):
        raise AtelierError(f"{folder} holds {pickled[0]}, which may run code when it is opened: take it out.")
    try:
        described = BundleConfig.model_validate_json((folder / CONFIG).read_bytes())
        tensors = _load(folder / WEIGHTS)
        others = _load(folder / COMPANION) if companion and (folder / COMPANION).is_file() else {}
    except ValidationError as error:
        raise AtelierError(f"{folder / CONFIG} is not a bundle's configuration: {first_fault(error)}.") from error
    except SafetensorError as error:
        raise AtelierError(f"{folder} is damaged ({error}): fetch or train the model again.") from error
    except OSError as error:
        raise AtelierError(f"{folder} cannot be read: {error}.") from error
    if described.format != 1:
        raise AtelierError(f"{folder / CONFIG} has format {described.format}: this version reads format 1.")
    if family is not None and described.family != family:
        raise AtelierError(f"{folder} holds a model of the family {described.family!r}, wanted is {family!r}.")
    return Bundle(described.family, described.config, tensors, others)
