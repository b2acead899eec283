import numpy as np
import pytest
import torch

from artmodels.errors import AtelierError
from artmodels.perception.distances import covariance_distances
from artmodels.perception.networks import CompactPerceptor
from artmodels.pictures import to_tensor
from artmodels.style import optimise
from artmodels.style.optimise import OptimisingPainter


@pytest.fixture(scope="module")
def perceptor() -> CompactPerceptor:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return CompactPerceptor().eval().requires_grad_(False)


@pytest.fixture(autouse=True)
def _two_scales(monkeypatch):
    monkeypatch.setattr(optimise, "COARSEST", 32)


def paint(perceptor, content, style, alpha=1.0, **options) -> np.ndarray:
    painter = OptimisingPainter(perceptor, **{"steps": 10, **options})
    return painter.paint([content], [painter.encode(style)], alpha)[0]


def style_missed(perceptor, picture, style) -> float:
    ours, theirs = (perceptor(to_tensor(one)[None]) for one in (picture, style))
    return sum(float(covariance_distances(one, other)) for one, other in zip(ours, theirs, strict=True))


def test_the_style_comes_nearer_with_alpha(perceptor, make_painting):
    content, style = make_painting(1, 64, 66), make_painting(2, 50, 64)
    none, little, full = (style_missed(perceptor, paint(perceptor, content, style, a), style) for a in (0, 0.4, 1))
    assert full < little < none
    assert full < none / 2


def test_the_content_stays_with_little_alpha(perceptor, make_painting):
    content, style = make_painting(1, 40, 40), make_painting(2, 40, 40)
    assert np.array_equal(paint(perceptor, content, style, 0.0), content)
    moved = [np.abs(paint(perceptor, content, style, a).astype(int) - content).mean() for a in (0.1, 1.0)]
    assert moved[0] < moved[1]


def test_a_picture_in_its_own_style_stays_much_as_it_was(perceptor, make_painting):
    content, other = make_painting(1, 40, 40), make_painting(2, 40, 40)
    own, others = (np.abs(paint(perceptor, content, s).astype(int) - content).mean() for s in (content, other))
    assert own < others / 2


def test_the_same_each_time_whatever_its_companions(perceptor, make_painting):
    contents, style = [make_painting(n, 40, 48) for n in (1, 2)], make_painting(3, 50, 50)
    alone = paint(perceptor, contents[1], style, 0.7, steps=3)
    painter = OptimisingPainter(perceptor, steps=3)
    together = painter.paint(contents, [painter.encode(style)] * 2, 0.7)
    assert np.array_equal(together[1], alone)


@pytest.mark.parametrize("mode", [torch.inference_mode, torch.no_grad])
def test_callers_need_not_know_that_it_takes_gradients(perceptor, make_painting, mode):
    content, style = make_painting(1, 40, 40), make_painting(2, 40, 40)
    expected = paint(perceptor, content, style, steps=2)
    with mode():
        assert np.array_equal(paint(perceptor, content, style, steps=2), expected)


@pytest.mark.parametrize("shape", [(32, 32), (37, 90), (101, 33), (64, 64)])
def test_pictures_keep_their_size(perceptor, make_painting, shape):
    painted = paint(perceptor, make_painting(1, *shape), make_painting(2, 45, 38), steps=1)
    assert painted.shape == (*shape, 3)
    assert painted.dtype == np.uint8


def test_a_large_picture_is_painted_small_and_keeps_its_size_and_detail(perceptor, make_painting, monkeypatch):
    seen = []
    monkeypatch.setattr(optimise, "MOST_PIXELS", 40 * 50)
    monkeypatch.setattr(perceptor, "forward", lambda pictures: (seen.append(pictures.shape), forward(pictures))[1])
    forward = type(perceptor).forward.__get__(perceptor)
    content = make_painting(1, 120, 150)
    content[::2] //= 2
    painted = paint(perceptor, content, make_painting(2, 64, 64), steps=2)
    assert painted.shape == content.shape
    assert max(shape[2] * shape[3] for shape in seen) <= 64 * 64
    stripes = np.abs(np.diff(content.astype(int), axis=0)).mean()
    assert np.abs(np.diff(painted.astype(int), axis=0)).mean() > stripes / 2


def test_sizes_double_up_to_the_picture_own(monkeypatch):
    monkeypatch.setattr(optimise, "COARSEST", 128)
    assert optimise._sizes(512, 768) == [(128, 192), (256, 384), (512, 768)]
    assert optimise._sizes(100, 300) == [(100, 300)]
    assert optimise._sizes(32, 64_000) == [(32, 64_000)]
    assert optimise._sizes(4096, 4096)[-1] == (1024, 1024)


def test_bad_arguments_are_one_sentence(perceptor, make_painting):
    for options, words in (
        ({"steps": 0}, "steps=0 is not accepted: at least 1"),
        ({"style_weight": 0.0}, r"style_weight=0\.0 is not accepted: a number above 0"),
        ({"style_weight": float("nan")}, "style_weight=nan is not accepted"),
    ):
        with pytest.raises(AtelierError, match=words):
            OptimisingPainter(perceptor, **options)
    good = make_painting(1, 40, 40)
    for alpha in (-0.1, 1.1, float("nan")):
        with pytest.raises(AtelierError, match=f"alpha={alpha} is not accepted: a number from 0 to 1"):
            paint(perceptor, good, good, alpha)
    small = make_painting(1, 31, 200)
    for content, style in ((small, good), (good, small)):
        with pytest.raises(AtelierError, match="A picture of 200 x 31 pixels is too small: at least 32 a side"):
            paint(perceptor, content, style)
