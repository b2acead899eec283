"""Edits and what a judge says of them."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artmodels.advice.advise import advise
from artmodels.advice.edits import Edit, crop, framings, rotate
from artmodels.advice.harmony import TEMPLATES, harmonies, harmonise
from artmodels.advice.tones import contrast, expose, neutralise, saturate, toning, warm


def light_of(picture):
    return float(cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)[..., 0].mean())


def hues_of(picture):
    hsv = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2HSV)
    return hsv[..., 0][hsv[..., 1] > 0.3]


@pytest.mark.parametrize("edit", [*framings(), *toning(), *harmonies()], ids=lambda edit: edit.words)
def test_every_edit_makes_a_picture_of_a_picture(edit, make_painting):
    picture = make_painting(1, 61, 80)
    before = picture.copy()
    edited = edit.apply(picture)
    assert edited.dtype == np.uint8
    assert edited.ndim == 3
    assert 0 < edited.size <= picture.size
    assert not np.array_equal(edited, picture)
    assert np.array_equal(picture, before)


@given(
    st.integers(1, 40), st.integers(1, 40), st.sampled_from([*framings(), *toning(), *harmonies()]), st.integers(0, 99)
)
def test_any_picture_may_be_edited(height, width, edit, seed):
    picture = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    edited = edit.apply(picture)
    assert edited.size > 0
    assert edited.dtype == np.uint8


def test_a_crop_lies_where_it_says():
    picture = np.arange(10 * 20 * 3, dtype=np.uint8).reshape(10, 20, 3)
    assert np.array_equal(crop(picture, 0.8, 0, 1), picture[:8, 4:])
    assert np.array_equal(crop(picture, 0.8, 1, 0), picture[2:, :16])


def test_a_rotation_straightens_a_line_and_shows_no_border():
    picture = np.full((200, 300, 3), 255, np.uint8)
    rows = np.arange(200)[:, None] + np.tan(np.radians(4)) * (np.arange(300) - 150)
    picture[rows > 100] = 40  # the horizon rises to the right
    straight = rotate(picture, 4)
    edge = (straight[..., 0] < 128).argmax(0)
    assert edge.max() - edge.min() <= 2
    turned_more = rotate(np.full((90, 120, 3), 7, np.uint8), 4)
    assert (turned_more == 7).all()
    assert abs(turned_more.shape[1] / turned_more.shape[0] - 4 / 3) < 0.05


def test_exposure_is_of_light_and_contrast_keeps_the_ends():
    grey = np.full((4, 4, 3), 128, np.uint8)
    assert (expose(grey, 1) == 176).all()  # twice the light of 0.216
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, 2)
    for amount in (0.4, -0.4):
        bent = contrast(ramp, amount)
        assert bent[0, 0].tolist() == [0, 0, 0]
        assert bent[0, -1].tolist() == [255, 255, 255]
        assert (np.diff(bent[0, :, 0].astype(int)) >= 0).all()
    assert contrast(ramp, 0.4).std() > ramp.std() > contrast(ramp, -0.4).std()


def test_colours_move_as_told(make_painting):
    picture = make_painting(3)
    grey = saturate(picture, 0.0)
    assert (np.ptp(grey, axis=2) <= 2).all()
    warmer = warm(picture, 0.2).mean((0, 1)) - picture.mean((0, 1))
    assert warmer[0] > 0 > warmer[2]
    cast = warm(np.full((8, 8, 3), 120, np.uint8), 0.4)
    assert np.ptp(neutralise(cast)[0, 0].astype(int)) < np.ptp(cast[0, 0].astype(int))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.words)
def test_harmony_brings_hues_nearer_to_a_template_and_leaves_grey(template, make_painting):
    picture = make_painting(5)

    def outside(shown):
        hues = hues_of(shown)[:, None, None]
        turns = np.arange(0, 360, 5)[None, :, None]
        away = np.abs((hues - turns - np.array(template.middles) + 180) % 360 - 180) - np.array(template.widths) / 2
        return np.maximum(0, away.min(2)).mean(0).min()

    assert outside(harmonise(picture, template)) < 0.6 * outside(picture)
    grey = np.full((5, 5, 3), 90, np.uint8)
    assert np.array_equal(harmonise(grey, template), grey)


def test_a_judge_of_light_gets_light(make_painting):
    picture = make_painting(2, 64, 64) // 2
    found = advise(picture, [*toning()], light_of, 3)
    assert found[0].edit.words == "brighten by 0.6 stops"
    assert [one.change for one in found] == sorted((one.change for one in found), reverse=True)
    assert len({one.edit.kind for one in found}) == len(found)
    for one in found:
        assert 0 < one.low <= one.change <= one.high


def test_what_a_judge_is_not_sure_of_is_left_out(make_painting):
    chance, picture = np.random.default_rng(0), make_painting(4, 48, 48)
    found = [advise(picture, [*framings(), *toning()], lambda _: chance.normal(), 5) for _ in range(40)]
    assert sum(map(bool, found)) <= 5


def test_what_changes_too_little_is_left_out(make_painting):
    picture = make_painting(2, 64, 64) // 2
    (best, *_) = advise(picture, [*toning()], light_of, 3)
    assert advise(picture, [*toning()], light_of, 3, least=best.low) == []


def test_what_is_worse_is_not_suggested(make_painting):
    darker = Edit("exposure", "darken", lambda picture: picture // 2)
    assert advise(make_painting(6), [darker], light_of, 5) == []
