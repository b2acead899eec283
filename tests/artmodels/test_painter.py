import numpy as np
import pytest

from artmodels.painter import SCHOOLS, paint, render_scene
from artmodels.painter.scenes import SCENES


@pytest.mark.parametrize("school", SCHOOLS)
def test_every_motif_of_a_school_paints_a_picture(school):
    works = [paint(school, number, size=24) for number in range(len(SCHOOLS[school].motifs))]
    for work in works:
        assert work.image.shape == (24, 24, 3)
        assert work.image.dtype == np.uint8
        assert work.image.std() > 2
        assert work.artist == f"Atelier Painter: {SCHOOLS[school].name}"
        assert (work.style, work.genre) == (school, SCHOOLS[school].genre)
        assert SCHOOLS[school].years[0] <= work.year <= SCHOOLS[school].years[1]
    assert len({work.title for work in works}) == len(works)
    # The last was painted after the others; painted first in a row of its own it is the same.
    again = paint(school, len(works) - 1, size=24)
    assert np.array_equal(again.image, works[-1].image)
    assert (again.title, again.year) == (works[-1].title, works[-1].year)


@pytest.mark.parametrize("school", SCHOOLS)
def test_two_works_on_one_motif_are_different_pictures(school):
    first, second = paint(school, 0, size=48), paint(school, len(SCHOOLS[school].motifs), size=48)
    assert np.abs(first.image.astype(int) - second.image).mean() > 4
    assert first.title != second.title


def test_a_larger_size_shows_the_same_picture():
    small, large = paint("suprematism", 0, size=64).image, paint("suprematism", 0, size=128).image
    halved = large.reshape(64, 2, 64, 2, 3).mean((1, 3))
    assert np.abs(halved - small).mean() < 8


def test_an_unknown_school_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"'baroque'.*neoplastic.*op_art"):
        paint("baroque", 0)


@pytest.mark.parametrize("number", range(len(SCENES)))
def test_every_kind_of_scene_has_depth(number):
    scene = render_scene(number, width=48, height=36)
    assert scene.image.shape == (36, 48, 3)
    assert scene.image.dtype == np.uint8
    assert scene.image.std() > 12


def test_scenes_are_repeatable_and_differ_within_a_kind():
    still_life = list(SCENES).index("Still Life")
    first = render_scene(still_life, width=48, height=36)
    second = render_scene(still_life + len(SCENES), width=48, height=36)
    assert np.abs(first.image.astype(int) - second.image).mean() > 4
    assert first.title != second.title
    assert np.array_equal(first.image, render_scene(still_life, width=48, height=36).image)
