import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.spreadsheet import csv_text, harmless, plain

SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@pytest.mark.parametrize("sign", SIGNS)
def test_no_cell_of_foreign_words_is_a_formula(sign):
    (cells,) = csv.reader(io.StringIO(csv_text([[f"{sign}cmd|' /C calc'!A0", f"a{sign}1"]]), newline=""))
    assert not cells[0].startswith(SIGNS)
    assert cells[1] == f"a{sign}1"


def test_numbers_stay_numbers():
    numbers = ["-0.25", "+3", "1e-07", "-1.5E+3", "12", ""]
    assert [harmless(number) for number in numbers] == numbers
    assert harmless(-0.5) == "-0.5"
    assert harmless(None) == ""
    assert harmless("-1+2") == "'-1+2"


@given(st.text(st.sampled_from("'=+-@\t\ra1. ")) | st.text())
def test_what_is_written_is_read_back(cell):
    assert plain(harmless(cell)) == cell
