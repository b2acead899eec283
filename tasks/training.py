"""Training as a process of its own: `python -m tasks.training SPEC.json`.

A flow starts it, and so can a person; the flow's process stays light, sees a trainer that was killed or ran out of
memory, and starts it again from its last checkpoint. `torchrun --nproc-per-node 2 -m tasks.training SPEC.json` trains
one model in two processes, on two GPUs where there are two; if one dies, torchrun ends the others.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from artmodels.accept import first_fault
from artmodels.errors import AtelierError, StoppedError, is_full
from tasks.files import replacing
from tasks.memory import peak_megabytes
from tasks.pace import Pace, Standing
from tasks.settings import load_settings
from tasks.stores import IMPATIENCE
from tasks.terminal import displaying, to_stderr

LOG, PROGRESS, SAID = "train.log", "progress.json", "fault.txt"
"""Beside the checkpoints: what the trainer printed, how far it has come, and why it gave up, if it did."""

FAULT, STOPPED = 2, 3
"""The trainer's exit codes where a person must mend something, and where training went wrong before any diagnosis."""

LOSS, COST = "loss", ("samples_per_second", "peak_megabytes")
"""Names of figures: what most families learn by, and what learning takes."""

_LOSSES = 3

FULL = 4
"""Its exit code where its disk is full, and with it the disk of its log."""


class TrainingSpec(BaseModel):
    """Everything a trainer needs to know; `SPEC.json` holds it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    family: str = Field(description="Name of the model family.")
    config: dict[str, Any] = Field(description="The family's options.")
    prepared: Path = Field(description="Folder of the prepared data.")
    perceptor: str = Field(description="Weights of the perceptual encoder that teaches.")
    folder: Path = Field(description="Where checkpoints, previews and the bundle go.")
    accelerator: Literal["auto", "cpu", "gpu", "mps"] = Field("auto", description="Lightning's accelerator.")
    # Kept out of the file and of messages: it may hold a password. A trainer has it from its environment.
    tracking_uri: str = Field(default="", exclude=True, repr=False, description="MLflow's store, if a run is given.")
    run_id: str = Field("", description="MLflow run that figures and previews go to.")
    start: Path | None = Field(None, description="Bundle of the trained model to begin with; none: by chance.")


class TrainingProgress(BaseModel):
    """How far a trainer has come; it writes this beside its checkpoints."""

    step: int
    steps: int
    figures: dict[str, float] = {}
    check: dict[str, float] = {}
    """The figures of the last diagnosis, taken at step `checked_at`; none before the first."""
    checked_at: int = 0
    choosing: str = ""
    """Which of them chooses the best model, the lowest, and what it was at its best."""
    best: float | None = None

    def shown(self) -> dict[str, float]:
        """The figures that a person follows: the loss, or the losses, and what chooses the model, with its best."""
        losses = {name: value for name, value in self.figures.items() if name not in COST}
        shown = {name: losses[name] for name in ([LOSS] if LOSS in losses else [*losses][:_LOSSES])}
        if self.choosing:
            shown[self.choosing] = self.check[self.choosing]
        if self.best is not None:
            shown["best"] = self.best
        return shown


class TrainerDiedError(RuntimeError):
    """The trainer ended without finishing and without saying why: killed, or out of memory. Worth another start."""


def train(spec: TrainingSpec, report: Callable[[TrainingProgress], None]) -> Path:
    """Train in this process, from the last checkpoint if there is one; return the bundle's folder.

    Raises:
        AtelierError: the data, the weights or the options are not fit for training.
    """
    from artmodels.bundle import load_bundle
    from artmodels.family import get_family
    from artmodels.fit import fit
    from artmodels.previews import PREVIEWS
    from tasks.tracking import Tracker

    family = get_family(spec.family)
    config = family.configure(spec.config)
    tracker = Tracker(spec.tracking_uri or load_settings().mlflow_uri, spec.run_id, spec.folder)
    # Packed pictures are mapped into memory read-only, so the source may be handed to loader workers as it is.
    module, source = family.training(config, family.open_data(spec.prepared), Path(spec.perceptor))
    if spec.start is not None:
        module.start_from(load_bundle(spec.start, spec.family, companion=True))

    spec.folder.mkdir(parents=True, exist_ok=True)
    checked = TrainingProgress(step=0, steps=config.steps)

    def on_check(step: int, figures: dict[str, float], best: float | None) -> None:
        nonlocal checked
        tracker.figures({f"check.{name}": figure for name, figure in figures.items()}, step)
        checked = TrainingProgress(
            step=step,
            steps=config.steps,
            check=figures,
            checked_at=step,
            choosing=module.choosing or "",
            best=best,
        )

    def on_report(step: int, figures: dict[str, float]) -> None:
        figures = figures | {"peak_megabytes": peak_megabytes()}
        tracker.figures(figures, step)
        progress = checked.model_copy(update={"step": step, "figures": figures})
        with replacing(spec.folder / PROGRESS) as path:
            path.write_text(progress.model_dump_json())
        report(progress)

    return fit(
        spec.family,
        module,
        source,
        config,
        spec.folder,
        report=on_report,
        on_check=on_check,
        on_preview=lambda step, path: tracker.picture(path, PREVIEWS),
        accelerator=spec.accelerator,
    )


def follow_trainer(
    spec: TrainingSpec,
    on_progress: Callable[[TrainingProgress], None],
    *,
    processes: int = 1,
    gpus: Sequence[str] = (),
) -> Path:
    """Start the trainer as a process, follow it to its end, and return the bundle's folder.

    The trainer ends with whoever follows it: its standard input is a pipe from here, and it stops when that closes.

    Args:
        spec: what to train.
        on_progress: hears how far it has come.
        processes: how many train together, under `torchrun`; they share each batch.
        gpus: the devices they may use, as `CUDA_VISIBLE_DEVICES` names them; none: whatever they find.

    Raises:
        AtelierError: the trainer found something that a person must mend, or its disk is full.
        StoppedError: training went wrong before any diagnosis.
        TrainerDiedError: it was killed or crashed; call again to resume.
    """
    spec.folder.mkdir(parents=True, exist_ok=True)
    path = spec.folder / "spec.json"
    with replacing(path) as part:
        part.write_text(spec.model_dump_json(indent=2) + "\n")
    # What an earlier attempt reached is no progress of this one, which may have to go back to its checkpoint.
    (spec.folder / PROGRESS).unlink(missing_ok=True)
    (spec.folder / SAID).unlink(missing_ok=True)
    log = spec.folder / LOG
    command = [sys.executable, *_torchrun(processes), "-m", "tasks.training", str(path), "--followed"]
    # Threads that spin while they wait keep the others from the cores: beside one more busy process, a step took
    # twenty times as long.
    environment = {"OMP_WAIT_POLICY": "passive"} | os.environ | IMPATIENCE
    if spec.tracking_uri:
        environment["ATELIER_TRACKING_URI"] = spec.tracking_uri
    if gpus:
        environment["CUDA_VISIBLE_DEVICES"] = ",".join(gpus)
    with (
        log.open("ab") as output,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, stderr=output, env=environment) as process,
    ):
        try:
            _follow(process, spec.folder / PROGRESS, on_progress)
        except BaseException:
            process.terminate()
            raise
    if process.returncode == FULL:
        raise AtelierError(
            f"The disk of {spec.folder} is full: make room and train again, and it goes on from its last checkpoint."
        )
    if process.returncode != 0 and (spec.folder / SAID).is_file():
        # torchrun ends with a code of its own, whatever its processes ended with.
        code, _, said = (spec.folder / SAID).read_text().partition(" ")
        raise (StoppedError if int(code) == STOPPED else AtelierError)(said)
    if process.returncode != 0:
        raise TrainerDiedError(f"The trainer {_ending(process.returncode)}; its log is {log}.")
    return spec.folder / "bundle"


def _torchrun(processes: int) -> list[str]:
    """Python's arguments that start so many processes on this machine, on a free port of loopback."""
    if processes == 1:
        return []
    return ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]


def _follow(process: "subprocess.Popen[bytes]", path: Path, on_progress: Callable[[TrainingProgress], None]) -> None:
    seen = ""
    while True:
        running = process.poll() is None
        if path.is_file() and (text := path.read_text()) != seen:
            seen = text
            on_progress(TrainingProgress.model_validate_json(text))
        if not running:
            return
        time.sleep(0.5)


def _ending(code: int) -> str:
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"crashed with exit code {code}"


def _end_with_follower() -> None:
    """End this process when standard input closes: whoever followed it is gone, and a checkpoint is on the disk."""

    def watch() -> None:
        sys.stdin.read()
        signal.raise_signal(signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def read_spec(path: Path) -> TrainingSpec:
    """Read `SPEC.json`.

    Raises:
        AtelierError: it is missing, or a field is missing, unknown or of the wrong type.
    """
    try:
        return TrainingSpec.model_validate_json(path.read_bytes())
    except (FileNotFoundError, IsADirectoryError) as error:
        raise AtelierError(f"There is no training spec {path}.") from error
    except ValidationError as error:
        raise AtelierError(f"{path}: {first_fault(error)}.") from error


@contextmanager
def _telling(spec: TrainingSpec) -> Iterator[Callable[[TrainingProgress], None]]:
    """Yield what shows whoever started this process how far it is: a person at a terminal, or its log."""
    from artmodels.family import get_family

    pace, name = Pace(), f"training {spec.family}"
    batch_size = get_family(spec.family).configure(spec.config).batch_size
    with displaying(name, to_stderr) as display:

        def tell(progress: TrainingProgress) -> None:
            step, steps = progress.step, progress.steps
            display(Standing.of(pace, name, step, steps, progress.shown(), "samples", batch_size))

        yield tell


def main() -> int:
    """Train as `SPEC.json` says."""
    if len(sys.argv) not in (2, 3) or sys.argv[1].startswith("-"):
        print("usage: python -m tasks.training SPEC.json", file=sys.stderr)
        return FAULT
    if "--followed" in sys.argv:
        _end_with_follower()
    spec = None
    first = os.environ.get("RANK", "0") == "0"
    try:
        spec = read_spec(Path(sys.argv[1]))
        # Of several processes, the first speaks for all.
        with _telling(spec) if first else nullcontext(lambda progress: None) as tell:
            train(spec, tell)
    except AtelierError as error:
        code = STOPPED if isinstance(error, StoppedError) else FAULT
        print(error, file=sys.stderr)
        if spec is not None:
            with replacing(spec.folder / SAID) as part:
                part.write_text(f"{code} {error}")
        return code
    except Exception as error:
        if not is_full(error):
            raise
        # Its log, where more words would go, is on that disk.
        return FULL
    except SystemExit as error:
        if error.code is None:
            # Lightning answers SIGTERM by leaving after the step, as if all had gone well.
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.raise_signal(signal.SIGTERM)
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main())
