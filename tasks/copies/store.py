"""Indexes are made once and kept: `.atelier/copies/KEY.safetensors`, whole or not there, mapped into memory."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from filelock import FileLock
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

import artmodels.gan.copies
import artmodels.gan.drawings
import artmodels.gan.features
import tasks.copies.index
import tasks.near
from artmodels.gan.drawings import Drawings
from artmodels.perception import Perceptor
from tasks.copies.index import Index, Limits, make_index
from tasks.copies.learnt import COLUMNS, Learnt, params_of, pictures_of, works_of
from tasks.files import replacing
from tasks.settings import Settings

FOLDER = "copies"

_CODE = (artmodels.gan.copies, artmodels.gan.drawings, artmodels.gan.features, tasks.copies.index, tasks.near)
"""What decides the content of an index, and what is found in it."""


def index_key(settings: Settings, learnt: Learnt, eye: Perceptor, side: int) -> str:
    """Return what an index is known by: the data, what decides who learnt from it, and all that looks at it.

    Raises:
        AtelierError: `params.yaml` cannot be read.
    """
    params = params_of(settings)
    parts = [asdict(learnt), params.split.model_dump(), params.pack.model_dump(), eye.digest(), side]
    whole = hashlib.sha256(json.dumps(parts, sort_keys=True).encode())
    for module in _CODE:
        whole.update(Path(str(module.__file__)).read_bytes())
    return whole.hexdigest()[:20]


def open_index(settings: Settings, learnt: Learnt, eye: Perceptor, side: int) -> Index:
    """Return an index; made, where it is not there or damaged, by one process while others wait.

    Args:
        settings: where the data and the index are.
        learnt: the version of the data.
        eye: the perceptual encoder.
        side: of the generated pictures, in pixels.

    Raises:
        NotHere: the data is neither in DVC's cache nor on its remote.
        AtelierError: there are too few works, or one is damaged.
    """
    path = settings.scratch / FOLDER / f"{index_key(settings, learnt, eye, side)}.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):
        found = _read(path)
        if found is None:
            found = _make(settings, learnt, eye, side)
            _write(found, path)
    return found


def _make(settings: Settings, learnt: Learnt, eye: Perceptor, side: int) -> Index:
    works = works_of(settings, learnt.data_md5)
    index = make_index(works, pictures_of(settings, learnt.data_md5, works), eye, side)
    return index if learnt.dealt else replace(index, among=np.ones(len(works), bool))


def _write(index: Index, path: Path) -> None:
    described = json.dumps([[work[name] for name in COLUMNS] for work in index.works]).encode()
    arrays = {
        **vars(index.drawings),
        "works": np.frombuffer(described, np.uint8).copy(),
        "among": index.among,
        "hashes": index.hashes.view(np.int64),
    }
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
    tensors |= {"features": index.features, "factors": index.factors}
    facts = {"limits": json.dumps(asdict(index.limits)), "sha256": _digest(tensors)}
    with replacing(path) as part:
        save_file(tensors, part, facts)


def _read(path: Path) -> Index | None:
    """Read an index; None where there is none, or its bytes are not those that were written."""
    try:
        with safe_open(path, "pt") as file:
            facts = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no mapping
    except (FileNotFoundError, SafetensorError):
        return None
    if facts.get("sha256") != _digest(tensors):
        return None
    arrays = {name: tensor.numpy() for name, tensor in tensors.items()}
    return Index(
        works=[dict(zip(COLUMNS, one, strict=True)) for one in json.loads(arrays["works"].tobytes())],
        among=arrays["among"],
        drawings=Drawings(arrays["windows"], arrays["first"], arrays["bands"], arrays["places"]),
        features=tensors["features"],
        factors=tensors["factors"],
        hashes=arrays["hashes"].view(np.uint64),
        limits=Limits(**json.loads(facts["limits"])),
    )


def _digest(tensors: Mapping[str, Tensor]) -> str:
    whole = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        whole.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        whole.update(tensor.contiguous().numpy().data)
    return whole.hexdigest()
