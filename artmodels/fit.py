"""The one Lightning Trainer set-up: precision, checkpoints, resume, moving average, diagnoses, previews, progress.

Under `torchrun` several processes train one model together. They share each batch evenly, and Lightning averages their
gradients; the first of them alone writes and reports.
"""

import os
import shutil
import time
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import lightning as L  # noqa: N812 - the library's own convention
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback, EMAWeightAveraging, ModelCheckpoint
from lightning.pytorch.plugins.environments import TorchElasticEnvironment
from lightning.pytorch.strategies import DDPStrategy
from lightning.pytorch.utilities.seed import isolate_rng
from torch import Tensor

from artmodels.bundle import ADVICE, Bundle, save_bundle
from artmodels.errors import AtelierError, StoppedError
from artmodels.family import TrainConfig
from artmodels.previews import PREVIEWS, preview_moments, preview_path, save_preview
from artmodels.stream import SampleSource, stream

CHECKPOINT, BEST, BUNDLE = "last.ckpt", "best", "bundle"
Report = Callable[[int, dict[str, float]], None]
"""Called with the step and the figures of training as it goes."""

Checked = Callable[[int, dict[str, float], float | None], None]
"""Called with the step, the figures of a diagnosis, and the lowest so far of the one that chooses the best model."""


class Trainable(L.LightningModule, ABC):
    """What `fit` asks of a module besides Lightning's own.

    Attributes:
        choosing: the figure of `check` by which the best model is kept, the lowest; None: the last model is the best.
        check_steps: steps between checks.
        rank: which of the processes that train it together this is; `fit` sets it.
        processes: how many they are; each has its share of a batch.
    """

    choosing: str | None = None
    check_steps: int = 0
    rank: int = 0
    processes: int = 1

    @abstractmethod
    def bundle_config(self) -> dict[str, Any]:
        """What a bundle's `config.json` holds: the options, and what else the network is built from."""

    @abstractmethod
    def bundle_state(self) -> dict[str, Tensor]:
        """The tensors of the inference network alone."""

    def bundle_companion(self) -> dict[str, Tensor]:
        """Tensors that only further training needs."""
        return {}

    def check(self, former: Sequence[dict[str, float]]) -> dict[str, float]:
        """Figures of a diagnosis, on what was held out; asked for with the averaged weights in place.

        Args:
            former: the figures of the checks before, oldest first.

        Raises:
            StoppedError: training has gone wrong and should not go on.
        """
        return {}

    @abstractmethod
    def start_from(self, bundle: Bundle) -> None:
        """Begin with what a trained model of the family knows.

        Raises:
            AtelierError: the model has another shape, or the family's models cannot be trained on.
        """

    @abstractmethod
    def preview(self) -> np.ndarray:
        """A grid `(H, W, 3) uint8` of the same samples each time."""


def fit(
    family: str,
    module: Trainable,
    source: SampleSource,
    config: TrainConfig,
    folder: Path,
    *,
    report: Report,
    on_preview: Callable[[int, Path], None],
    on_check: Checked = lambda step, figures, best: None,
    accelerator: str = "auto",
) -> Path:
    """Train `module` to `config.steps`, from the last checkpoint in `folder` if there is one; return the bundle.

    A run that was killed and resumed ends with the same weights as one that was not: samples and chance follow from
    the seed and the step, and a checkpoint holds everything else.

    A training that goes wrong ends with its best moment and its advice (`ADVICE`), if a check has seen one.

    Under `torchrun`, `config.batch_size` samples a step are shared by its processes; a module that draws nothing by
    chance learns what it would in one process, but for the order in which numbers are added.

    Raises:
        AtelierError: the checkpoint is damaged, or holds something else than plain tensors, which is not opened.
        StoppedError: it went wrong before the first check.
        AtelierError: the processes cannot share a batch evenly.
    """
    if (folder / ADVICE).is_file():
        return folder / BUNDLE
    module.rank, module.processes = _processes(config)
    L.seed_everything(config.seed, verbose=False)
    checkpoint = folder / CHECKPOINT
    resumed = checkpoint.is_file()
    if not resumed and not module.rank:
        # Of a training that was killed before its first checkpoint, perhaps with other options.
        shutil.rmtree(folder / PREVIEWS, ignore_errors=True)
    trainer = L.Trainer(
        accelerator=accelerator,
        **_placed(module.processes, accelerator),
        precision=config.precision,
        max_steps=config.steps,
        max_epochs=-1,
        callbacks=[
            _Chance(config.seed, module.rank),
            _Average(decay=config.ema_decay, use_buffers=False),
            _Checkpoints(folder, config),
            _Reports(report, config),
            _Previews(on_preview, folder, config),
            _Checks(on_check, family, folder, config.steps),
        ],
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        use_distributed_sampler=False,
        default_root_dir=folder,
    )
    with warnings.catch_warnings():
        # The advice is for loaders that cannot be resumed; and no worker pays where two cores already compute.
        warnings.filterwarnings("ignore", message=".*does not have many workers.*")
        warnings.filterwarnings(
            "ignore", message=".*`ckpt_path`.*|.*The dirpath has changed.*|.*Checkpoint directory.*"
        )
        # Lightning asks torch in a way that torch is giving up.
        warnings.filterwarnings("ignore", message=r".*LeafSpec.* is deprecated", category=FutureWarning)
        try:
            trainer.fit(
                module,
                datamodule=_Stream(source, config, module.rank, module.processes),
                ckpt_path=checkpoint if resumed else None,
                weights_only=True if resumed else None,
            )
        except (UnpicklingError, EOFError) as error:
            # torch's own words say how to run what is in it all the same.
            raise AtelierError(
                f"{checkpoint} cannot be read as plain tensors: delete it, and train from the beginning."
            ) from error
        except StoppedError as stopped:
            if not (folder / BEST).is_dir():
                raise
            if trainer.is_global_zero:
                shutil.copytree(folder / BEST, folder / BUNDLE, dirs_exist_ok=True)
                (folder / ADVICE).write_text(f"{stopped}\n")
            return folder / BUNDLE
    if trainer.global_step < config.steps:
        raise KeyboardInterrupt
    if not trainer.is_global_zero:
        return folder / BUNDLE
    if module.choosing:
        return shutil.copytree(folder / BEST, folder / BUNDLE, dirs_exist_ok=True)
    return _save(module, family, folder / BUNDLE)


def _processes(config: TrainConfig) -> tuple[int, int]:
    """Return which process this is, and of how many that `torchrun` started."""
    if not TorchElasticEnvironment.detect():
        return 0, 1
    environment = TorchElasticEnvironment()
    rank, processes = environment.global_rank(), environment.world_size()
    if config.batch_size % processes:
        raise AtelierError(
            f"batch_size={config.batch_size} is not accepted: {processes} processes share each batch evenly, "
            f"so a multiple of {processes} is needed."
        )
    return rank, processes


def _placed(processes: int, accelerator: str) -> dict[str, Any]:
    """Where Lightning runs: in this process alone, or with those that `torchrun` started on this and other machines."""
    if processes == 1:
        return {"devices": 1}
    # A network may have parts that a step does not use, such as a body that stays as it is.
    backend = "gloo" if accelerator == "cpu" or not torch.cuda.is_available() else "nccl"
    here = int(os.environ["LOCAL_WORLD_SIZE"])
    return {
        "devices": here,
        "num_nodes": processes // here,
        "strategy": DDPStrategy(process_group_backend=backend, find_unused_parameters=True),
    }


def _save(module: Trainable, family: str, folder: Path) -> Path:
    return save_bundle(folder, family, module.bundle_config(), module.bundle_state(), module.bundle_companion())


class _Stream(L.LightningDataModule):
    """Hands Lightning a loader that begins at the step which training has reached, asked for after the restore."""

    def __init__(self, source: SampleSource, config: TrainConfig, rank: int, processes: int) -> None:
        super().__init__()
        self.source, self.config, self.rank, self.processes = source, config, rank, processes

    def train_dataloader(self) -> Any:
        assert self.trainer is not None
        # Not `completed`: a checkpoint is saved while its batch still counts as under way.
        first = self.trainer.fit_loop.epoch_loop.batch_progress.total.ready
        share = self.config.batch_size // self.processes
        return stream(self.source, share, first, self.config.workers, self.rank, self.processes)


class _Chance(Callback):
    """Seeds torch's generator by the step: no checkpoint holds its state, and a module may draw from it."""

    def __init__(self, seed: int, rank: int) -> None:
        self.seed = seed
        # Processes that drew alike would give their samples the same noise.
        self.own = [rank] if rank else []

    def on_train_batch_start(self, trainer: L.Trainer, *_: Any) -> None:
        state = np.random.SeedSequence([self.seed, trainer.global_step, *self.own]).generate_state(1, np.uint64)
        torch.manual_seed(int(state[0] >> 1))


class _Average(EMAWeightAveraging):
    """The moving average of the weights, which the module has in the end."""

    def on_fit_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        # Lightning leaves out `on_train_end` where a run that had taken its last step is resumed.
        self.on_train_end(trainer, pl_module)


@contextmanager
def _averaged(trainer: L.Trainer, module: L.LightningModule) -> Iterator[Trainable]:
    """Put the averaged weights in place for a while."""
    assert isinstance(module, Trainable)
    callbacks: list[Callback] = trainer.callbacks  # type: ignore[attr-defined]
    average = next(callback for callback in callbacks if isinstance(callback, _Average))
    # The hooks that swap them for a validation epoch, of which there is none here.
    average.on_validation_epoch_start(trainer, module)
    module.eval()
    try:
        with torch.no_grad():
            yield module
    finally:
        module.train()
        average.on_validation_epoch_end(trainer, module)


def _agreed(trainer: L.Trainer, due: bool) -> bool:
    """Whether something is due by the clock of any of the processes: what they do together they must all begin."""
    return bool(trainer.strategy.reduce_boolean_decision(due, all=False))


class _Checkpoints(ModelCheckpoint):
    """One checkpoint, by steps and by minutes, replaced whole: a kill leaves the former one."""

    def __init__(self, folder: Path, config: TrainConfig) -> None:
        super().__init__(dirpath=folder, save_top_k=0)
        self.path, self.config = folder / CHECKPOINT, config
        self.saved_at = time.monotonic()

    def on_train_batch_end(self, trainer: L.Trainer, *_: Any) -> None:
        step = trainer.global_step
        late = _agreed(trainer, time.monotonic() - self.saved_at > 60 * self.config.checkpoint_minutes)
        if late or step % self.config.checkpoint_steps == 0:
            temporary = self.path.with_suffix(".part")
            try:
                trainer.save_checkpoint(temporary)
                if trainer.is_global_zero:
                    temporary.replace(self.path)
            finally:
                # On a full disk half a checkpoint takes the room that the next one needs.
                if trainer.is_global_zero:
                    temporary.unlink(missing_ok=True)
            self.saved_at = time.monotonic()


class _Reports(Callback):
    """Figures as training goes."""

    def __init__(self, report: Report, config: TrainConfig) -> None:
        self.report, self.config = report, config
        self.last = time.monotonic()
        self.last_step: int | None = None

    def on_train_start(self, trainer: L.Trainer, *_: Any) -> None:
        # Where this process begins: what is left is told by what it does from here on.
        if trainer.is_global_zero:
            self.report(trainer.global_step, {})

    def on_train_batch_end(self, trainer: L.Trainer, *_: Any) -> None:
        step, now = trainer.global_step, time.monotonic()
        # Twice a second is as often as a person reads; more would only fill the log.
        if _agreed(trainer, now - self.last > 0.5) or step == self.config.steps:
            figures = {
                name: float(trainer.strategy.reduce(value.clone(), reduce_op="mean"))
                for name, value in sorted(trainer.callback_metrics.items())
            }
            if self.last_step is not None and step > self.last_step:
                figures["samples_per_second"] = (step - self.last_step) * self.config.batch_size / (now - self.last)
            if trainer.is_global_zero:
                self.report(step, figures)
            self.last, self.last_step = now, step


class _Previews(Callback):
    """What the model makes of the same samples, at growing intervals; nothing that is learnt depends on it."""

    def __init__(self, on_preview: Callable[[int, Path], None], folder: Path, config: TrainConfig) -> None:
        self.on_preview, self.folder = on_preview, folder
        self.moments = frozenset(preview_moments(config.preview_steps, config.steps))

    def on_train_batch_end(self, trainer: L.Trainer, module: L.LightningModule, *_: Any) -> None:
        step = trainer.global_step
        if step not in self.moments or not trainer.is_global_zero:
            return
        path = preview_path(self.folder, step)
        # A training that went back to its checkpoint would paint the very same again. It is told of again, since
        # the kill may have come between the two.
        if not path.is_file():
            with isolate_rng(), _averaged(trainer, module) as averaged:
                save_preview(averaged.preview(), path)
        self.on_preview(step, path)


class _Checks(Callback):
    """Diagnoses as training goes; keeps the best model so far."""

    def __init__(self, report: Checked, family: str, folder: Path, steps: int) -> None:
        self.report, self.family, self.folder, self.steps = report, family, folder, steps
        self.former: list[dict[str, float]] = []

    def on_train_batch_end(self, trainer: L.Trainer, module: L.LightningModule, *_: Any) -> None:
        assert isinstance(module, Trainable)
        step = trainer.global_step
        if not module.check_steps or (step % module.check_steps and step != self.steps):
            return
        # By every process: alike in all, it tells them alike when to stop.
        with _averaged(trainer, module) as averaged:
            figures = averaged.check(self.former)
            name = averaged.choosing
            if trainer.is_global_zero and name and all(figures[name] < one[name] for one in self.former):
                _save(averaged, self.family, self.folder / BEST)
        self.former.append(figures)
        if trainer.is_global_zero:
            self.report(step, figures, min(one[name] for one in self.former) if name else None)

    def state_dict(self) -> dict[str, Any]:
        return {"former": self.former}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.former = state_dict["former"]
