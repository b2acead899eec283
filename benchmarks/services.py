"""What the services cost: the time until all are well, and a run through a deployment against the direct call.

    python -m benchmarks.services [--pairs 3] [--pictures 100] [--side 256]

Starts this project's `atelier up` and ends it again; the style model that ships must be in use (`atelier adopt style`).

- **up**: from the command to the last worker's first sign of life;
- **retrain**: a retraining with nothing to do, by the deployment `retrain/studio` and by `atelier retrain`. A version
  of two steps is trained first where there is none of this data and code;
- **stylize**: a batch of pictures by the deployment `stylize/studio` and by `atelier stylize`.

Direct call and deployment take turns at going first; both are new processes, from being asked for to the end. Look for
ratios: seconds are of this machine.
"""

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.batch_overhead import make_photos
from tasks.services import health
from tasks.services.state import join_services, read_state
from tasks.settings import Settings, load_settings

QUICK = {"steps": "2", "preview_steps": "2", "checkpoint_steps": "2"}
"""Options of a training that is over at once."""


def atelier(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "flows.cli", *arguments], check=True, stdout=subprocess.DEVNULL)


def start(settings: Settings) -> tuple[subprocess.Popen[bytes], float]:
    """Start the services; return the process and the seconds until they were up."""
    assert read_state(settings) is None, "end the `atelier up` that is alive first"
    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "flows.cli", "up"], stdout=subprocess.DEVNULL)
    while not ((state := read_state(settings)) and state.ready):
        assert process.poll() is None, "`atelier up` has ended"
        time.sleep(0.1)
    return process, time.perf_counter() - begun


def deployed(settings: Settings, name: str, parameters: dict[str, Any]) -> None:
    """Run a deployment to its end."""
    with health.open_prefect(os.environ["PREFECT_API_URL"], health.auth_of(settings)) as client:
        deployment = client.read_deployment_by_name(name)
        run = client.create_flow_run_from_deployment(deployment.id, parameters=parameters)
        while not (run.state and run.state.is_final()):
            time.sleep(0.2)
            run = client.read_flow_run(run.id)
    assert run.state.is_completed(), run.state


def seconds_of(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def compare(title: str, pairs: int, direct: Callable[[int], None], through: Callable[[int], None]) -> None:
    """Let both take turns; print the medians and their ratio."""
    seconds: dict[str, list[float]] = {"direct": [], "deployment": []}
    ways = {"direct": direct, "deployment": through}
    for pair in range(pairs):
        for name in ("direct", "deployment") if pair % 2 else ("deployment", "direct"):
            seconds[name].append(seconds_of(lambda name=name, pair=pair: ways[name](pair)))  # type: ignore[misc]
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    ratio = medians["deployment"] / medians["direct"]
    print(
        f"{title}: direct {medians['direct']:.1f} s, deployment {medians['deployment']:.1f} s, "
        f"{medians['deployment'] - medians['direct']:+.1f} s, ratio {ratio:.2f} ({pairs} pairs)",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--pictures", type=int, default=100)
    parser.add_argument("--side", type=int, default=256, help="of a picture, in pixels")
    wanted = parser.parse_args()
    settings = load_settings()
    process, seconds = start(settings)
    print(f"up: {seconds:.1f} s (load of the machine before: {os.getloadavg()[2]:.1f})", flush=True)
    try:
        join_services(settings)
        options = [text for name, value in QUICK.items() for text in ("--set", f"{name}={value}")]
        atelier("retrain", "style", *options)
        compare(
            "retrain with nothing to do",
            wanted.pairs,
            lambda _: atelier("retrain", "style", *options),
            lambda _: deployed(settings, "retrain/studio", {"family": "style", "config": QUICK}),
        )
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "photos").mkdir()
            make_photos(folder / "photos", wanted.pictures, wanted.side)
            style = folder / "style.png"
            Image.linear_gradient("L").convert("RGB").save(style)
            compare(
                f"stylize {wanted.pictures} pictures of {wanted.side} px",
                wanted.pairs,
                lambda pair: atelier(
                    "stylize", str(folder / "photos"), str(folder / f"direct-{pair}"), "--style", str(style)
                ),
                lambda pair: deployed(
                    settings,
                    "stylize/studio",
                    {
                        "contents": str(folder / "photos"),
                        "out": str(folder / f"deployed-{pair}"),
                        "styles": [str(style)],
                    },
                ),
            )
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


if __name__ == "__main__":
    main()
