"""What a training takes, by what its first steps took: time, and money where a price is known."""

from dataclasses import dataclass
from datetime import timedelta

from tasks.settings import Settings
from tasks.training import TrainingProgress

SPEED = "samples_per_second"


@dataclass(frozen=True)
class Estimate:
    """What is still to be done of a training."""

    samples_per_second: float
    steps: int
    seconds: float
    cost: float | None
    """In the unit of `ATELIER_PRICE_PER_HOUR`; None: no price is known."""

    def __str__(self) -> str:
        cost = f", and cost {self.cost:.2f}" if self.cost is not None else ""
        time = timedelta(seconds=round(self.seconds))
        return f"{self.samples_per_second:.1f} samples/s: {self.steps} steps take {time}{cost}"

    def figures(self) -> dict[str, float]:
        """What to show beside a training's own figures, whose time is told anyway."""
        return {"cost left": self.cost} if self.cost is not None else {}


def remaining(settings: Settings, progress: TrainingProgress, batch_size: int) -> Estimate | None:
    """Estimate the rest of a training; None before its speed is known."""
    speed = progress.figures.get(SPEED, 0.0)
    return of_speed(settings, progress.steps - progress.step, batch_size, speed) if speed > 0 else None


def of_speed(settings: Settings, steps: int, batch_size: int, speed: float) -> Estimate:
    """Estimate steps of a batch at a speed in samples a second."""
    seconds = steps * batch_size / speed
    price = settings.price_per_hour
    return Estimate(speed, steps, seconds, price * seconds / 3600 if price is not None else None)
