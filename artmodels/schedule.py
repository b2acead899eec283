"""How the learning rate goes: up for the first steps, then down to nothing."""

from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import OneCycleLR


def rise_and_fall(optimizer: Optimizer, steps: int, rise: float, cycle_momentum: bool = True) -> dict[str, Any]:
    """Return what Lightning's `configure_optimizers` does: the optimizer, its rates falling along a cosine.

    One cycle (Smith and Topin 2018).

    Args:
        optimizer: each group's rate is the peak of its own.
        steps: of the whole training.
        rise: share of the steps until the peak.
        cycle_momentum: lower the momentum while the rate is high.
    """
    total = steps + 1
    schedule = OneCycleLR(
        optimizer,
        [group["lr"] for group in optimizer.param_groups],
        total_steps=total,
        # A rise of less than two steps would be divided by zero.
        pct_start=max(rise, 2 / total),
        cycle_momentum=cycle_momentum,
    )
    return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
