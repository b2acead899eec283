"""What a model costs to run: `python -m tasks.cost FAMILY BUNDLE` prints it as JSON, from a process of its own.

In a process of its own, since the most memory a process ever took can be asked for only once.
"""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from artmodels.bundle import load_bundle
from artmodels.errors import AtelierError
from artmodels.family import get_family
from tasks.memory import peak_megabytes


def measure_costs(family: str, bundles: dict[str, Path], rounds: int = 3) -> dict[str, dict[str, float]]:
    """Measure several bundles in turn, so that a machine that slows down slows them all; medians of `rounds`.

    Raises:
        AtelierError: a bundle cannot be run; says what its process said last.
    """
    seen: dict[str, list[dict[str, float]]] = {name: [] for name in bundles}
    for _ in range(rounds):
        for name, bundle in bundles.items():
            command = [sys.executable, "-m", "tasks.cost", family, str(bundle)]
            answer = subprocess.run(command, check=False, capture_output=True, text=True)
            if answer.returncode != 0:
                said = answer.stderr.strip().splitlines() or [f"exit code {answer.returncode}"]
                raise AtelierError(f"What {bundle} costs cannot be measured: {said[-1]}")
            seen[name].append(json.loads(answer.stdout))
    return {
        name: {figure: statistics.median(one[figure] for one in measured) for figure in measured[0]}
        for name, measured in seen.items()
    }


def main() -> None:
    """Measure one bundle."""
    family, bundle = sys.argv[1:]
    known = get_family(family)
    model = known.load(load_bundle(Path(bundle), family))
    model.exercise()
    started = time.perf_counter()
    units = model.exercise()
    seconds = (time.perf_counter() - started) / units
    print(json.dumps({f"seconds_per_{known.unit}": seconds, "peak_megabytes": peak_megabytes()}))


if __name__ == "__main__":
    main()
