"""What previews cost a training, family by family, on the data that is prepared.

    python -m benchmarks.previews style gan --steps 40

Takes the first steps of a training with the default options and looks at the model after every tenth; prints the time
until it begins, of a step, of a preview (the median, since the first of some looks at works that the training looks at
anyway), and the share of all previews in a whole training with the default options.
"""

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import artmodels.fit as fitting
from artmodels.errors import AtelierError
from artmodels.family import FAMILIES, get_family
from artmodels.fit import fit
from artmodels.previews import preview_moments
from tasks.evaluation import read_params
from tasks.settings import load_settings

_EVERY = 10
_LOOK = fitting._Previews.on_train_batch_end


def measure(name: str, steps: int, prepared: Path) -> str:
    """Train so many steps; return what was measured, in words."""
    family = get_family(name)
    config = family.configure({"steps": steps})
    settings = load_settings()
    perceptor = settings.root / family.encoder(config, read_params(settings).teacher)
    opened = time.perf_counter()
    module, source = family.training(config, family.open_data(prepared), perceptor)
    opening = time.perf_counter() - opened
    previews: list[float] = []

    def timed(callback: Any, trainer: Any, *others: Any) -> None:
        start = time.perf_counter()
        _LOOK(callback, trainer, *others)
        if trainer.global_step in callback.moments:
            previews.append(time.perf_counter() - start)

    fitting._Previews.on_train_batch_end = timed  # type: ignore[method-assign]
    fitting.preview_moments = lambda first, last: [*range(_EVERY, last, _EVERY), last]
    began: list[float] = []
    quiet = {"report": lambda *_: began.append(time.perf_counter()), "on_preview": lambda *_: None}
    with tempfile.TemporaryDirectory() as folder:
        fit(name, module, source, config, Path(folder), accelerator="cpu", **quiet)
    # What is reported last, at the last step, comes before its preview.
    step = (began[-1] - began[0] - sum(previews[:-1])) / steps
    whole = family.configure({})
    count, seconds = len(preview_moments(whole.preview_steps, whole.steps)), median(previews)
    share = count * seconds / (opening + whole.steps * step)
    return (
        f"{name}: {opening:.0f} s to begin, a step {1000 * step:.0f} ms, a preview {1000 * seconds:.0f} ms; "
        f"{count} in {whole.steps} steps are {100 * share:.2f} % of the training"
    )


def main() -> None:
    """Measure the families whose data is there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("families", nargs="*", default=list(FAMILIES))
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--prepared", type=Path, default=load_settings().prepared)
    args = parser.parse_args()
    for name in args.families:
        try:
            print(measure(name, args.steps, args.prepared), flush=True)
        except AtelierError as error:
            print(f"{name}: {error}", flush=True)


if __name__ == "__main__":
    main()
