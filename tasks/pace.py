"""How far a piece of work has come, how fast it goes, and when it will be done."""

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

ALREADY, SHARE = "already there", "share of the next"
"""Figures that count: what of the whole was done before this run began, and how much is done of what comes next."""

_LEAST = 30.0
"""Seconds that a speed is the mean of, at least, once so many have passed."""


class Pace:
    """The speed of this run, from when it first told what is done: what an earlier one did is not to its credit."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self.began = clock, clock()
        self._seen: deque[tuple[float, float]] = deque()
        self._last = (self.began, 0.0)

    def note(self, made: float) -> None:
        """Take down how much is made; what is the first time is where counting begins."""
        now = self._clock()
        self._last = (now, made)
        if not self._seen:
            self._first = self._last
            self._seen.append(self._last)
        span = now - self._first[0]
        # A hundred marks are enough, however long it takes.
        if now - self._seen[-1][0] > span / 100:
            self._seen.append(self._last)
        # The later half: long enough to have seen what happens now and then, such as checks and checkpoints.
        while len(self._seen) > 2 and now - self._seen[1][0] >= max(_LEAST, span / 2):
            self._seen.popleft()

    @property
    def elapsed(self) -> float:
        """Seconds since this run began."""
        return self._clock() - self.began

    def speed(self) -> float | None:
        """What is made a second now; None as long as it cannot be told."""
        return _speed(self._seen[0], self._last) if self._seen else None

    def mean(self) -> float | None:
        """What this run has made a second, all along."""
        return _speed(self._first, self._last) if self._seen else None

    def left(self, todo: float) -> float | None:
        """Seconds that what is still to be made takes; None as long as it cannot be told."""
        speed = self.speed()
        return todo / speed if speed else None


def _speed(before: tuple[float, float], after: tuple[float, float]) -> float | None:
    seconds, made = after[0] - before[0], after[1] - before[1]
    return made / seconds if seconds > 0 and made > 0 else None


@dataclass(frozen=True)
class Standing:
    """How far a piece of work has come, at one moment.

    Attributes:
        name: of the work.
        done: steps or pictures that are done, also by earlier runs.
        total: how many there are; None: nobody knows.
        unit: what its speed is counted in.
        speed: in units a second; None: not known yet.
        left: seconds to the end; None: not known yet, or at the end.
        elapsed: seconds since this run began.
        share: of the whole that is done; 0 as long as nobody knows how many there are.
        figures: what else is told.
    """

    name: str
    done: int
    total: int | None
    unit: str
    speed: float | None
    left: float | None
    elapsed: float
    share: float
    figures: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(
        cls, pace: Pace, name: str, done: int, total: int | None, figures: Mapping[str, float], unit: str, each: int
    ) -> "Standing":
        """Note what is done, and say where that is; a step makes `each` units."""
        reached = done + figures.get(SHARE, 0.0)
        pace.note(reached - figures.get(ALREADY, 0.0))
        ended = total is not None and done >= total
        speed = pace.mean() if ended else pace.speed()
        return cls(
            name,
            done,
            total,
            unit,
            speed * each if speed else None,
            None if ended or total is None else pace.left(total - reached),
            pace.elapsed,
            min(1.0, reached / total) if total else float(ended),
            figures,
        )

    def counted(self) -> str:
        """How much of how much."""
        return f"{self.done:,}" if self.total is None else f"{self.done:,}/{self.total:,} {100 * self.share:.0f} %"

    def facts(self) -> str:
        """Speed, time to the end, and figures."""
        told = [f"{_plain(self.speed)} {self.unit}/s"] if self.speed else []
        told += [f"{clock(self.left)} left"] if self.left is not None else []
        return ", ".join(told + [f"{name} {value:.4g}" for name, value in self.figures.items()])

    def __str__(self) -> str:
        facts = f", {said}" if (said := self.facts()) else ""
        return f"{self.name}: {self.counted()}{facts}, {clock(self.elapsed)} gone"


def _plain(number: float) -> str:
    return f"{number:,.0f}" if number >= 1000 else f"{number:.3g}"


def clock(seconds: float) -> str:
    """Say a time as a clock does: `0:03:20`."""
    return str(timedelta(seconds=round(seconds)))
