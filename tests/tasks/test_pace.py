import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.pace import ALREADY, SHARE, Pace, Standing


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def standing(pace: Pace, done: int, total: int = 1000, each: int = 1, **figures: float) -> Standing:
    names = {"already": ALREADY, "share": SHARE}
    return Standing.of(
        pace, "stylizing", done, total, {names.get(key, key): one for key, one in figures.items()}, "pictures", each
    )


@given(st.floats(0.01, 1000), st.integers(0, 900), st.lists(st.integers(1, 30), min_size=1, max_size=30))
def test_at_a_steady_pace_the_end_is_known(speed, begun, strides):
    clock = Clock()
    pace, done, total = Pace(clock), begun, begun + sum(strides) + 10
    clock.now += 77
    assert standing(pace, done, total).left is None, "nothing was made yet"
    for stride in strides:
        clock.now += stride / speed
        done += stride
        now = standing(pace, done, total, each=4)
        assert now.speed == pytest.approx(4 * speed)
        assert now.left == pytest.approx((total - done) / speed)


def test_a_resumed_training_counts_its_own_steps_only():
    clock = Clock()
    pace = Pace(clock)
    clock.now += 20
    assert standing(pace, 900).facts() == ""
    clock.now += 10
    now = standing(pace, 910, each=4)
    assert (now.speed, now.left) == (4.0, 90.0)
    assert now.elapsed == 30


def test_pictures_that_were_there_are_not_to_this_runs_credit():
    clock = Clock()
    pace = Pace(clock)
    standing(pace, 0)
    clock.now += 10
    now = standing(pace, 520, already=500.0)
    assert (now.speed, now.left) == (2.0, 240.0)


def test_a_part_of_the_next_picture_counts():
    clock = Clock()
    pace = Pace(clock)
    standing(pace, 0, total=2)
    clock.now += 10
    now = standing(pace, 0, total=2, share=0.5)
    assert (now.share, now.left) == (0.25, 30.0)


def test_a_change_of_pace_is_believed_in_time_and_a_short_pause_is_not():
    clock = Clock()
    pace = Pace(clock)
    for done in range(1000):
        pace.note(done)
        clock.now += 1
    clock.now += 9
    assert pace.left(100) == pytest.approx(100, rel=0.05)
    for done in range(1000, 1500):
        pace.note(done)
        clock.now += 4
    assert pace.left(100) == pytest.approx(400, rel=0.05)
    assert pace.mean() == pytest.approx(1500 / 3000, rel=0.05)
    assert len(pace._seen) <= 102, "however long it takes"


def test_what_is_said_of_a_standing():
    clock = Clock()
    pace = Pace(clock)
    standing(pace, 0, total=5000)
    clock.now += 100
    said = str(standing(pace, 1250, total=5000, each=100, loss=0.123456, best=2.0))
    assert said == ("stylizing: 1,250/5,000 25 %, 1,250 pictures/s, 0:05:00 left, loss 0.1235, best 2, 0:01:40 gone")
    clock.now += 25
    ended = str(standing(pace, 5000, total=5000))
    assert ended == "stylizing: 5,000/5,000 100 %, 40 pictures/s, 0:02:05 gone"
    assert str(standing(Pace(clock), 0, total=0)) == "stylizing: 0/0 100 %, 0:00:00 gone"
