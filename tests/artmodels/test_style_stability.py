"""Motion, flicker and the steadying of videos, on frames whose motion is known and an untrained network."""

import cv2
import numpy as np
import pytest
import torch

from artmodels.bundle import Bundle
from artmodels.style import steady
from artmodels.style.controls import Controls
from artmodels.style.motion import FlickerMeter, estimate, warped_error
from artmodels.style.network import StyleTransferNet
from artmodels.style.painter import StylePainter
from artmodels.style.steady import SteadyPainter, find_link


@pytest.fixture(scope="module")
def painter() -> StylePainter:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        # Larger than at first, so that the style is seen in the pixels.
        state = {k: (2.3 if v.dim() == 4 else 1) * v for k, v in StyleTransferNet().state_dict().items()}
        return StylePainter(Bundle("style", {}, state), dtype=torch.float32)


@pytest.fixture(scope="module")
def scene() -> np.ndarray:
    """A picture with detail at several scales, so that its motion can be seen, and dark enough to get lighter."""
    chance = np.random.default_rng(0)
    layers = [cv2.resize(chance.uniform(0, 200, (n, n, 3)), (160, 160), interpolation=cv2.INTER_CUBIC) for n in (6, 24)]
    return (0.5 * layers[0] + 0.5 * layers[1]).clip(0, 255).astype(np.uint8)


def noisy(frame: np.ndarray, seed: int, deviation: float = 6.0) -> np.ndarray:
    return (frame + np.random.default_rng(seed).normal(0, deviation, frame.shape)).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize(("right", "down"), [(0, 0), (3, 0), (-5, 2), (7, -6)])
def test_a_known_translation_is_found_and_leaves_no_error(scene, right, down):
    before, now = scene[20:120, 20:140], scene[20 - down : 120 - down, 20 - right : 140 - right]
    motion = estimate(before, now)
    inner = (slice(12, -12), slice(12, -12))
    rows, columns = np.mgrid[: now.shape[0], : now.shape[1]]
    assert motion.visible[inner].mean() > 0.99
    assert np.abs(motion.source[..., 0] - (columns - right))[inner].mean() < 0.1
    assert np.abs(motion.source[..., 1] - (rows - down))[inner].mean() < 0.1
    assert warped_error(before, now, motion) < 2e-5
    if right or down:
        assert warped_error(before, now, estimate(now, now)) > 1e-3


def test_what_comes_into_the_frame_is_not_visible(scene):
    visible = estimate(scene[:100, :120], scene[:100, 10:130]).visible
    assert not visible[:, -9:].any()
    assert visible[:, 10:-20].mean() > 0.95


def test_what_something_moves_away_from_is_not_like_before(scene):
    before, now = scene.copy(), scene.copy()
    before[40:70, 20:50] = now[40:70, 80:110] = (250, 20, 20)
    link = find_link(before, now)
    assert link is not None
    assert link.likeness[42:68, 22:48].max() < 0.01
    assert link.likeness[100:].min() > 0.9


def test_the_error_is_that_of_the_visible_pixels(scene):
    frame = scene[:64, :64]
    still = estimate(frame, frame)
    assert warped_error(frame, frame, still) == 0
    assert warped_error(np.zeros_like(frame), np.full_like(frame, 51), still) == pytest.approx(0.04)
    still.visible[:, 32:] = False
    half = frame.copy()
    half[:, 32:] = 0
    assert warped_error(frame, half, still) == 0
    still.visible[:] = False
    assert warped_error(frame, 255 - frame, still) == 0


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (11, 11), (12, 12), (33, 47)])
def test_frames_of_any_size_have_a_motion(painter, shape):
    frames = [np.full((*shape, 3), level, np.uint8) for level in (40, 200)]
    assert estimate(*frames).visible.shape == shape
    steadied = SteadyPainter(painter, [painter.encode(np.full((8, 8, 3), 128, np.uint8))], Controls())
    assert all(steadied.paint(frame).picture.shape == (*shape, 3) for frame in frames)


def test_the_meter_means_over_frames_but_not_over_cuts(scene):
    frame = scene[:64, :64]
    still, meter = estimate(frame, frame), FlickerMeter()
    for level, motion in ((0, None), (51, still), (51, still), (255, None)):
        meter.add({"flat": np.full_like(frame, level)}, motion)
    assert meter.means() == {"flat": pytest.approx(0.02)}
    alone = FlickerMeter()
    alone.add({"flat": frame}, None)
    assert alone.means() == {"flat": 0}


def test_a_static_noisy_video_flickers_less_and_stays_sharp(painter, scene):
    frames = [noisy(scene, seed) for seed in range(6)]
    steadied, meter = SteadyPainter(painter, [painter.encode(255 - scene)], Controls()), FlickerMeter()
    for frame in frames:
        done = steadied.paint(frame)
        alone = painter.repaint(frame, steadied.styles, Controls())
        meter.add({"alone": alone, "steady": done.picture}, done.motion)
    figures = meter.means()
    assert figures["steady"] < figures["alone"] / 3
    clean = painter.repaint(scene, steadied.styles, Controls())
    energy = [cv2.Laplacian(cv2.cvtColor(one, cv2.COLOR_RGB2GRAY), cv2.CV_32F).var() for one in (done.picture, clean)]
    assert energy[0] > 0.9 * energy[1]


def test_a_cut_begins_anew(painter, scene):
    other = np.ascontiguousarray(255 - scene[::-1, ::-1].transpose(1, 0, 2))
    style = [painter.encode(scene)]
    assert find_link(scene, other) is None
    steadied = SteadyPainter(painter, style, Controls())
    motions = []
    for frame in (noisy(scene, 1), noisy(scene, 2), other):
        done = steadied.paint(frame)
        motions.append(done.motion is not None)
    assert motions == [False, True, False]
    assert np.array_equal(done.picture, painter.repaint(other, style, Controls()))


def test_the_recipe_lasts_unless_the_light_changes(painter, scene, monkeypatch):
    monkeypatch.setattr(steady, "KEPT", 0.0)
    style = [painter.encode(255 - scene)]
    entered = scene.copy()
    entered[:, :60] = (250, 40, 30)
    lighter = (scene * 1.2).astype(np.uint8)

    def changed(frame: np.ndarray) -> float:
        """How far the second frame is from being painted by itself."""
        steadied = SteadyPainter(painter, style, Controls())
        steadied.paint(scene)
        return float(
            np.abs(steadied.paint(frame).picture - painter.repaint(frame, style, Controls()).astype(int)).mean()
        )

    assert changed(entered) > 2
    assert changed(lighter) < 0.5


def test_controls_are_those_of_single_pictures(painter, scene):
    controls = Controls(alpha=0.5, keep_colours=True, weights=(0.25, 0.75))
    styles = [painter.encode(255 - scene), painter.encode(scene[::-1])]
    [first] = [SteadyPainter(painter, styles, controls).paint(scene)]
    assert np.array_equal(first.picture, painter.repaint(scene, styles, controls))
    assert np.array_equal(first.picture, first.unblended)
