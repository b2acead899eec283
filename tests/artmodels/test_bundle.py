import json
import os
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import artmodels.bundle as bundles
from artmodels.bundle import CONFIG, WEIGHTS, load_bundle, save_bundle
from artmodels.errors import AtelierError
from artmodels.family import FAMILIES, get_family

TENSORS = {
    "layer.weight": torch.arange(24.0).view(2, 3, 2, 2).to(memory_format=torch.channels_last),
    "layer.bias": torch.ones(2, dtype=torch.bfloat16),
    "count": torch.tensor(7),
    "none": torch.empty(0, 3),
}


@pytest.fixture
def folder(tmp_path) -> Path:
    return save_bundle(tmp_path / "deep" / "bundle", "style", {"width": 4, "rate": 1e-3}, TENSORS)


def sentence(folder: Path, family: str | None = None) -> str:
    """Return the fault that reading a bundle meets: one line that names the folder."""
    with pytest.raises(AtelierError) as caught:
        load_bundle(folder, family)
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_bundle_comes_back_as_it_was(folder):
    bundle = load_bundle(folder, "style")
    assert (bundle.family, bundle.config) == ("style", {"width": 4, "rate": 1e-3})
    assert bundle.tensors.keys() == TENSORS.keys()
    for name, tensor in TENSORS.items():
        assert bundle.tensors[name].dtype == tensor.dtype
        assert torch.equal(bundle.tensors[name], tensor)
    assert load_bundle(folder).family == "style"


def test_parameters_may_be_saved_as_they_are(tmp_path):
    layer = torch.nn.Linear(3, 2)
    bundle = load_bundle(save_bundle(tmp_path, "style", {}, dict(layer.named_parameters())))
    assert torch.equal(bundle.tensors["weight"], layer.weight)
    assert not bundle.tensors["weight"].requires_grad


def test_nothing_is_pickled_and_nothing_else_is_written(folder):
    assert sorted(path.name for path in folder.iterdir()) == [CONFIG, WEIGHTS]
    assert json.loads((folder / CONFIG).read_text())["format"] == 1
    weights = (folder / WEIGHTS).read_bytes()
    header = json.loads(weights[8 : 8 + struct.unpack("<Q", weights[:8])[0]])
    assert header.keys() - {"__metadata__"} == TENSORS.keys()
    for magic in (b"PK\x03\x04", b"\x80\x02", b"\x80\x04"):
        assert not weights.startswith(magic)


@pytest.mark.parametrize("name", [WEIGHTS, CONFIG])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    assert f"{name} is missing" in sentence(folder)


def test_a_folder_that_is_none_is_no_bundle(folder, tmp_path):
    assert "config.json is missing" in sentence(tmp_path / "nothing")
    assert "config.json is missing" in sentence(folder / CONFIG)
    (folder / WEIGHTS).unlink()
    (folder / WEIGHTS).mkdir()
    assert "model.safetensors is missing" in sentence(folder)


def _with(whole: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """Return a file of weights with another header."""
    size = struct.unpack("<Q", whole[:8])[0]
    header = json.loads(whole[8 : 8 + size])
    change(header)
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + whole[8 + size :]


def damages(whole: bytes) -> dict[str, bytes]:
    return {
        "empty": b"",
        "cut": whole[:-3],
        "longer": whole + b"more",
        "size of header beyond the file": struct.pack("<Q", len(whole) + 5) + whole[8:],
        "size of header too small": struct.pack("<Q", 10) + whole[8:],
        "size of header astronomical": struct.pack("<Q", 2**63) + whole[8:],
        "header beyond the data": _with(whole, lambda header: header["count"].update(data_offsets=[0, 2**40])),
        "overlapping": _with(whole, lambda header: header["layer.bias"].update(header["layer.weight"])),
        "a shape beyond the data": _with(whole, lambda header: header["none"].update(shape=[2**40, 3])),
        "a shape beyond arithmetic": _with(whole, lambda header: header["none"].update(shape=[2**40, 2**40])),
        "a long shape without a number": _with(whole, lambda header: header["none"].update(shape=[2**40, 0])),
        "an unknown type": _with(whole, lambda header: header["none"].update(dtype="O8")),
        "text": b"version https://git-lfs.github.com/spec/v1",
        "pickle": b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x07builtins.",
    }


def test_damaged_weights_are_a_fault_to_mend(folder):
    for damage in damages((folder / WEIGHTS).read_bytes()).values():
        (folder / WEIGHTS).write_bytes(damage)
        assert "is damaged" in sentence(folder)
        assert "fetch or train the model again" in sentence(folder)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "Invalid JSON"),
        ("{", "Invalid JSON"),
        ("[]", "Input should be an object"),
        ('{"format": 1, "config": {}}', "family: Field required"),
        ('{"family": "style", "config": 3}', "config: Input should be an object"),
        ('{"family": "style", "config": {}, "licence": "MIT"}', "licence: Extra inputs"),
        ('{"format": 2, "family": "style", "config": {}}', "has format 2: this version reads format 1"),
    ],
)
def test_a_strange_configuration_is_a_fault_to_mend(folder, text, fault):
    (folder / CONFIG).write_text(text)
    assert fault in sentence(folder)
    (folder / CONFIG).write_bytes(b"\xff\xfe\x00")
    assert "config.json" in sentence(folder)


class Bomb:
    """What a pickle can do: it makes a folder when it is opened."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("name", ["model.pkl", "python_model.PKL", "model.pt", "pytorch_model.bin", "last.ckpt"])
def test_a_pickle_beside_the_weights_is_refused_and_never_opened(folder, tmp_path, name):
    (folder / name).write_bytes(pickle.dumps(Bomb(tmp_path / "opened")))
    assert f"holds {name}, which may run code" in sentence(folder)
    (folder / name).rename(folder / WEIGHTS)
    assert "is damaged" in sentence(folder)
    assert not (tmp_path / "opened").exists()


# What a composer looks for first, and next to no weights.
FEW = {"weight": torch.zeros(3), "passages.steps": torch.zeros(1), "passages.limit": torch.tensor(8)}


@pytest.mark.parametrize(
    ("family", "config"),
    [
        ("style", {"code": 2048, "depth": 8, "blocks": 16}),
        ("gan", {"network": "light", "resolution": 512, "width": 512, "widest": 1024}),
        ("music", {"hidden": 4096, "layers": 8, "embedding": 4096, "chain": 4096}),
        ("sketch", {"encoder": 2048, "decoder": 4096}),
    ],
)
def test_a_small_file_cannot_ask_for_much_memory(family, config):
    with pytest.raises(AtelierError, match=r"weights do not fit its configuration: it asks for \d{7,} numbers"):
        get_family(family).load(bundles.Bundle(family, config, FEW))


@pytest.mark.parametrize(
    ("family", "field"),
    [(family, field) for family in FAMILIES for field in ("_target_", "__class__", "module")],
)
def test_an_unknown_class_in_a_configuration_is_refused(family, field):
    learnt = {"classifier": {"classes": {}}, "critic": {"classes": {}}, "reader": {"figures": [], "words": ""}}
    config = {field: "os.system"} | learnt.get(family, {})
    with pytest.raises(AtelierError, match=f"configuration has {field}: Extra inputs are not permitted"):
        get_family(family).load(bundles.Bundle(family, config, FEW))


@pytest.mark.parametrize("family", ["os:system", "artmodels.style.family:StyleFamily", "../style", "", "Style"])
def test_a_family_that_is_not_in_the_list_is_refused(folder, family):
    (folder / CONFIG).write_text(json.dumps({"family": family, "config": {}}))
    with pytest.raises(AtelierError, match="There is no model family"):
        get_family(load_bundle(folder).family)


def test_the_family_is_checked(folder):
    assert "of the family 'style', wanted is 'gan'" in sentence(folder, "gan")


@pytest.mark.parametrize("writer", ["save_file", "BundleConfig"])
def test_a_bundle_half_written_is_never_seen(folder, tmp_path, monkeypatch, writer):
    def fail(*arguments: object, **_: object) -> None:
        if writer == "save_file":
            Path(str(arguments[1])).write_bytes(b"half")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(bundles, writer, fail)
        for target in (folder, tmp_path / "new"):
            with pytest.raises(KeyboardInterrupt):
                save_bundle(target, "style", {"width": 4, "rate": 1e-3}, TENSORS)
    assert load_bundle(folder).tensors.keys() == TENSORS.keys()
    sentence(tmp_path / "new")
    assert load_bundle(save_bundle(tmp_path / "new", "style", {}, TENSORS)).config == {}
