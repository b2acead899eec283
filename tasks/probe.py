"""What a training will take, before it begins."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from artmodels.errors import AtelierError
from artmodels.family import get_family
from tasks.estimate import SPEED, Estimate, of_speed
from tasks.runs import training_spec
from tasks.settings import Settings
from tasks.training import follow_trainer

STEPS = 30
"""Steps that are taken to tell what a step takes."""


def probe(settings: Settings, family: str, config: Mapping[str, Any]) -> Estimate:
    """Take the first steps of a training, in a process of its own and for nothing else, and estimate all of it.

    Raises:
        AtelierError: the configuration is not accepted, or the data is not fit for training.
    """
    wanted = get_family(family).configure(config)
    # A look at the model within so few steps would weigh too much.
    short = {**config, "steps": min(STEPS, wanted.steps), "preview_steps": STEPS}
    speeds = [0.0]
    with tempfile.TemporaryDirectory() as folder:
        spec = training_spec(settings, family, short, Path(folder))
        follow_trainer(spec, lambda progress: speeds.append(progress.figures.get(SPEED, speeds[-1])))
    if not speeds[-1]:
        raise AtelierError(f"steps={wanted.steps} are too few to tell what a step takes.")
    return of_speed(settings, wanted.steps, wanted.batch_size, speeds[-1])
