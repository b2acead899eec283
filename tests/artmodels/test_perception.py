import hashlib
import json
import pickle
from http.client import IncompleteRead
from itertools import pairwise
from pathlib import Path
from urllib.error import HTTPError, URLError

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from torch import Tensor

from artmodels.errors import AtelierError
from artmodels.perception import distill, download, load_perceptor
from artmodels.perception.distances import content_distances, covariance_distances, moment_distances
from artmodels.perception.networks import (
    PERCEPTORS,
    CompactPerceptor,
    DistilledVggPerceptor,
    Perceptor,
    SqueezeNetPerceptor,
    VggPerceptor,
)

WIDTHS = {
    CompactPerceptor: (16, 32, 64, 128, 128),
    SqueezeNetPerceptor: (64, 128, 256, 384, 512),
    VggPerceptor: (64, 128, 256, 512, 512),
    DistilledVggPerceptor: (16, 32, 64, 128, 128),
}
DISTANCES = [content_distances, moment_distances, covariance_distances]


def published_state(kind: type[Perceptor], seed: int = 0) -> dict[str, Tensor]:
    """Return random weights with the names that the published file of an encoder has."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        state = dict(kind().state_dict())
    if kind is DistilledVggPerceptor:
        return {f"enc5.{name}": value for name, value in state.items()} | {"dec5.conv11.weight": torch.ones(1)}
    return state


@pytest.fixture(params=PERCEPTORS, ids=lambda kind: kind.name)
def kind(request) -> type[Perceptor]:
    return request.param


@pytest.fixture
def weights(tmp_path, kind) -> Path:
    save_file(published_state(kind), tmp_path / "weights.safetensors")
    return tmp_path / "weights.safetensors"


def pictures(height: int = 48, width: int = 64, count: int = 2, seed: int = 0) -> Tensor:
    return torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(seed))


def test_a_file_says_by_its_names_which_encoder_it_is(weights, kind):
    perceptor = load_perceptor(weights)
    assert type(perceptor) is kind
    assert not perceptor.training
    assert not any(parameter.requires_grad for parameter in perceptor.parameters())
    recognised = [other for other in PERCEPTORS if other.recognises(load_file(weights))]
    assert recognised == [kind]


def test_there_are_five_maps_from_fine_to_coarse(weights, kind):
    perceptor = load_perceptor(weights)
    maps = perceptor(pictures(48, 64))
    assert tuple(features.shape[1] for features in maps) == WIDTHS[kind]
    sides = [features.shape[2] for features in maps]
    assert all(before >= after for before, after in pairwise(sides))
    assert all(features.shape[0] == 2 for features in maps)
    if kind is not SqueezeNetPerceptor:
        assert [tuple(features.shape[2:]) for features in maps] == [(48 // 2**n, 64 // 2**n) for n in range(5)]
    for layer in (*perceptor.content_layers, *perceptor.style_layers):
        assert torch.isfinite(maps[layer]).all()


def test_a_picture_has_the_same_features_beside_any_other(weights):
    perceptor = load_perceptor(weights)
    both = perceptor(pictures())
    alone = perceptor(pictures()[:1])
    assert all(torch.allclose(one[:1], other, atol=1e-5) for one, other in zip(both, alone, strict=True))


def test_gradients_reach_the_pictures_alone(weights):
    perceptor = load_perceptor(weights)
    painted = pictures().requires_grad_()
    perceptor(painted)[-1].sum().backward()
    assert painted.grad is not None
    assert painted.grad.abs().sum() > 0
    assert all(parameter.grad is None for parameter in perceptor.parameters())


def test_a_file_that_lacks_weights_is_a_fault_to_mend(weights, kind):
    state = load_file(weights)
    first = next(name for name in state if "conv12" in name or name.endswith("0.0.bias") or name.endswith("3.bias"))
    save_file({name: value for name, value in state.items() if name != first}, weights)
    if kind.recognises(load_file(weights)):
        with pytest.raises(AtelierError, match=f"does not hold all the weights of {kind.name}"):
            load_perceptor(weights)
    save_file({name: value[..., :1].contiguous() for name, value in state.items()}, weights)
    with pytest.raises(AtelierError, match=f"does not hold all the weights of {kind.name}.*size mismatch"):
        load_perceptor(weights)


def test_files_that_are_no_encoder_are_faults_to_mend(tmp_path):
    path = tmp_path / "weights.safetensors"
    with pytest.raises(AtelierError, match="is missing: run `dvc pull`"):
        load_perceptor(path)
    path.write_bytes(b"version https://git-lfs.github.com/spec/v1")
    with pytest.raises(AtelierError, match=r"is not a readable \.safetensors file"):
        load_perceptor(path)
    path.write_bytes(pickle.dumps({"stages.0.0.weight": 1}))
    with pytest.raises(AtelierError, match=r"is not a readable \.safetensors file"):
        load_perceptor(path)
    with pytest.raises(AtelierError, match=r"is not a readable \.safetensors file"):
        load_perceptor(tmp_path)
    save_file({"layer.weight": torch.ones(2)}, path)
    with pytest.raises(AtelierError, match="known are compact, squeezenet1_1, vgg19, vgg19_distilled"):
        load_perceptor(str(path))


@pytest.fixture
def publish(tmp_path, monkeypatch):
    """Publishes a checkpoint at a file:// address, as torchvision does its own."""
    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path / "hub"))

    def put(state: dict[str, Tensor], digest: str | None = None) -> str:
        file = tmp_path / "checkpoint.pth"
        torch.save(state, file)
        digest = digest or hashlib.sha256(file.read_bytes()).hexdigest()[:8]
        path = file.rename(tmp_path / f"squeezenet1_1-{digest}.pth")
        monkeypatch.setitem(download.PUBLISHED, "squeezenet1_1", path.as_uri())
        return path.name

    return put


def test_a_published_checkpoint_is_downloaded_once(publish, tmp_path):
    name = publish(published_state(SqueezeNetPerceptor))
    assert isinstance(load_perceptor("squeezenet1_1"), SqueezeNetPerceptor)
    (tmp_path / name).unlink()
    # A caller that takes every encoder for a file of its folder means the same.
    assert isinstance(load_perceptor(tmp_path / "squeezenet1_1"), SqueezeNetPerceptor)


def test_a_checkpoint_with_another_checksum_is_refused(publish):
    publish({"a": torch.ones(1)}, digest="0123abcd")
    with pytest.raises(AtelierError, match=r"arrived damaged \(invalid hash value"):
        download.published_weights("squeezenet1_1")


@pytest.mark.parametrize("damage", [b"", b"half a checkpoint", b"PK\x03\x04 and no more", pickle.dumps(print, 2)])
def test_a_damaged_or_hostile_checkpoint_is_refused(publish, tmp_path, damage):
    name = publish({"a": torch.ones(1)})
    kept = tmp_path / "hub" / "checkpoints" / name
    kept.parent.mkdir(parents=True)
    kept.write_bytes(damage)
    with pytest.raises(AtelierError, match=r"arrived damaged .*: delete it from .*checkpoints") as caught:
        download.published_weights("squeezenet1_1")
    assert "\n" not in str(caught.value)
    assert "can still be loaded" not in str(caught.value)


@pytest.mark.parametrize(
    "error",
    [
        URLError("no route to host"),
        HTTPError("https://example.org", 404, "Not Found", None, None),  # type: ignore[arg-type]
        TimeoutError("timed out"),
        ConnectionResetError("reset by peer"),
        IncompleteRead(b"half"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_download_that_fails_names_the_way_round(monkeypatch, error):
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", fail)
    with pytest.raises(AtelierError, match=r"cannot be downloaded .*put the file into .*or name a local"):
        load_perceptor("vgg19")


def features(seed: int, channels: int = 4, side: int = 6, count: int = 2) -> Tensor:
    """Return feature maps whose channels differ in mean and deviation."""
    generator = torch.Generator().manual_seed(seed)
    scale, shift = torch.rand(2, count, channels, 1, 1, generator=generator)
    return torch.randn(count, channels, side, side, generator=generator) * (scale + 0.5) + 4 * shift


@pytest.mark.parametrize("distances", DISTANCES)
@given(one=st.integers(0, 10**6), other=st.integers(0, 10**6), scale=st.floats(0.1, 100))
def test_distances_are_zero_when_equal_and_free_of_scale(distances, one, other, scale):
    ours, theirs = features(one), features(other)
    assert distances(ours, ours).tolist() == [0, 0]
    between = distances(ours, theirs)
    assert between.shape == (2,)
    assert (between >= 0).all()
    assert torch.allclose(distances(ours * scale, theirs * scale), between, rtol=0.01, atol=1e-4)
    assert torch.allclose(distances(ours[:1], theirs[:1]), between[:1])
    if one != other:
        assert (between > 0.01).all()


@given(st.integers(0, 10**6), st.floats(0.2, 5), st.floats(-5, 5))
def test_content_is_blind_to_style_and_style_to_content(seed, scale, shift):
    maps = features(seed)
    assert content_distances(maps * scale + shift, maps).max() < 1e-3
    shuffled = maps.flatten(2)[:, :, torch.randperm(36)].view_as(maps)
    assert moment_distances(shuffled, maps).max() < 1e-4
    assert covariance_distances(shuffled, maps).max() < 1e-4


def test_distances_of_plain_pictures_are_finite():
    plain, busy = torch.full((1, 4, 6, 6), 0.3), features(0, count=1)
    for distances in DISTANCES:
        for ours, theirs in ((plain, busy), (busy, plain), (plain, plain)):
            assert torch.isfinite(distances(ours, theirs)).all()
    assert content_distances(features(1, 64, 32), features(2, 64, 32)).mean() == pytest.approx(2, abs=0.1)


@pytest.fixture
def shelf(tmp_path, make_painting, encode) -> Path:
    """A folder of pictures of which some are held out."""
    folder = tmp_path / "shelf"
    for number in range(3, 15):
        path = folder / str(number % 2) / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode(make_painting(number, 60, 80)))
    (folder / "notes.txt").write_text("no picture")
    return folder


def test_a_pupil_learns_what_its_teacher_sees(shelf, teacher):
    eye = load_perceptor(teacher)
    paths = sorted(shelf.rglob("*.png"))
    _, before = distill.distill(eye, paths, steps=1, crop=32, batch=2, seed=1)
    pupil, after = distill.distill(eye, paths, steps=20, crop=32, batch=2, seed=1)
    assert len(before) == len(after) == 5
    assert sum(after) < 0.8 * sum(before)
    same, again = distill.distill(eye, paths, steps=20, crop=32, batch=2, seed=1)
    assert again == after
    assert torch.equal(same.state_dict()["stages.0.0.weight"], pupil.state_dict()["stages.0.0.weight"])


def test_errors_are_0_when_equal_and_1_for_a_constant(teacher):
    maps = load_perceptor(teacher)(pictures())
    assert distill.feature_errors(maps, maps).tolist() == [0] * 5
    constant = [torch.full_like(one, one.mean().item()) for one in maps]
    assert torch.allclose(distill.feature_errors(constant, maps), torch.ones(5), atol=0.01)


def test_too_few_pictures_are_a_fault_to_mend(shelf, teacher):
    for paths in ([], sorted(shelf.rglob("*.png"))[:1]):
        with pytest.raises(AtelierError, match=f"{len(paths)} pictures are too few"):
            distill.distill(load_perceptor(teacher), paths, steps=1)


def test_the_command_writes_weights_and_a_report(shelf, tmp_path, teacher, monkeypatch, capsys):
    out = tmp_path / "made" / "pupil.safetensors"
    folders = [str(shelf / "0"), str(shelf / "1")]
    command = ["distill", "--teacher", str(teacher), "--pictures", *folders, "--out", str(out), "--steps", "1"]
    monkeypatch.setattr("sys.argv", command)
    distill.main()
    assert isinstance(load_perceptor(out), CompactPerceptor)
    report = json.loads(out.with_suffix(".json").read_text())
    assert json.loads(capsys.readouterr().out) == report
    assert (report["pictures"], report["steps"], report["teacher"]) == (12, 1, "teacher.safetensors")
    assert len(report["held_out_feature_errors"]) == 5
