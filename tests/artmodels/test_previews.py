import itertools

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from artmodels.captions import RIGHT, WRONG, captioned, told
from artmodels.previews import MOST, evenly, newest_preview, preview_moments, preview_path, save_preview


@given(st.integers(1, 10**6), st.integers(1, 10**7))
@example(1, 1)
@example(20, 4000)
@example(1, 2**19)
def test_previews_come_at_growing_intervals_up_to_the_last_step(first, last):
    moments = preview_moments(first, last)
    assert moments[-1] == last
    assert moments[0] == min(first, last)
    assert len(moments) <= MOST
    gaps = [after - before for before, after in itertools.pairwise([0, *moments[:-1]])]
    assert all(gap > 0 for gap in gaps)
    assert all(before <= after for before, after in itertools.pairwise(gaps[1:]))


def test_the_moments_of_a_usual_training():
    assert preview_moments(20, 300) == [20, 30, 45, 68, 102, 153, 230, 300]
    assert preview_moments(1, 10) == [1, 2, 3, 5, 8, 10]


def test_a_preview_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    assert newest_preview(tmp_path) is None
    for step in (5, 20, 100):
        save_preview(np.full((4, 6, 3), step, np.uint8), preview_path(tmp_path, step))
    assert newest_preview(tmp_path) == tmp_path / "previews" / "0000100.jpg"

    def half(self, file, *_: object, **__: object) -> None:
        file.write_bytes(b"half")
        raise InterruptedError

    monkeypatch.setattr(Image.Image, "save", half)
    with pytest.raises(InterruptedError):
        save_preview(np.zeros((4, 6, 3), np.uint8), preview_path(tmp_path, 200))
    assert len(list((tmp_path / "previews").iterdir())) == 3


def test_works_are_chosen_evenly():
    assert evenly(np.arange(10), 4).tolist() == [0, 3, 6, 9]
    assert evenly(np.arange(2), 4).tolist() == [0, 1]
    assert evenly(np.arange(0), 4).tolist() == []


def test_a_sheet_says_below_each_work_what_is_said_and_what_is_true():
    right, wrong = told("cubist 70 %", "cubist", True), told("x" * 500, "", False)
    assert [words for words, _ in right] == ["cubist 70 %", "is cubist"]
    assert wrong[1][0] == "is not known"
    grey = np.full((60, 80, 3), 128, np.uint8)
    sheet = captioned([grey, grey, grey], [[right], [wrong], [right]], columns=2)
    assert sheet.shape[1] == 160
    assert (sheet[:60, :160] == 128).all()
    below = sheet[60 : sheet.shape[0] // 2]
    assert _has(below[:, :80], RIGHT)
    assert _has(below[:, 80:], WRONG)
    assert (sheet[sheet.shape[0] // 2 :, 80:] == 255).all(), "no fourth work"
    assert captioned([], [], 2).ndim == 3


def _has(picture: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool((np.abs(picture.astype(int) - colour).max(2) < 60).any())
