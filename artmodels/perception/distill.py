"""Trains the project's own perceptual encoder to see what a larger one sees.

    python -m artmodels.perception.distill --teacher TEACHER.safetensors --pictures FOLDER [FOLDER ...] --out OUT

The pupil learns to reproduce the teacher's five feature maps (Hinton et al. 2015; on features, as Wang et al. 2020).
A tenth of the pictures, chosen by their names, is held out, and the report is on those.
"""

import argparse
import json
import time
import zlib
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image
from rich.console import Console
from rich.progress import Progress, TextColumn
from safetensors.torch import save_file
from torch import Tensor

from artmodels.errors import AtelierError
from artmodels.perception import load_perceptor
from artmodels.perception.networks import CompactPerceptor, Perceptor

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
HELD_OUT = 10
"""One picture in this many is held out."""


def feature_errors(pupil: list[Tensor], teacher: list[Tensor]) -> Tensor:
    """Mean squared error of each map relative to the teacher's variance: `(L,)`, 0 when equal, 1 for a constant."""
    return torch.stack(
        [(ours - theirs).square().mean() / theirs.var() for ours, theirs in zip(pupil, teacher, strict=True)]
    )


def distill(
    teacher: Perceptor, pictures: list[Path], steps: int, crop: int = 128, batch: int = 8, seed: int = 0
) -> tuple[CompactPerceptor, list[float]]:
    """Train a pupil; return it and its `feature_errors` on the held-out pictures.

    Raises:
        AtelierError: too few pictures to learn from some and hold out others.
    """
    torch.manual_seed(seed)
    chance = np.random.default_rng(seed)
    held_out = [path for path in pictures if zlib.crc32(path.name.encode()) % HELD_OUT == 0]
    if len(held_out) in (0, len(pictures)):
        raise AtelierError(f"{len(pictures)} pictures are too few: one in {HELD_OUT} is held out.")
    training = [_read(path) for path in sorted(set(pictures) - set(held_out))]
    pupil = CompactPerceptor()
    pupil.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.Adam(pupil.parameters(), 2e-3)
    # A rise of less than two steps would be divided by zero.
    rise = max(0.05, 2 / (steps + 1))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps + 1, pct_start=rise)
    columns = (*Progress.get_default_columns(), TextColumn("error {task.fields[error]}"))
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("distilling", total=steps, error="")
        for _ in range(steps):
            drawn = chance.integers(0, len(training), batch)
            crops = _tensor([_crop(training[index], crop, chance) for index in drawn])
            with torch.autocast(crops.device.type, torch.bfloat16):
                features = pupil(crops)
                with torch.no_grad():
                    wanted = teacher(crops)
            loss = feature_errors([f.float() for f in features], [f.float() for f in wanted]).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            bar.update(task, advance=1, error=f"{loss.item():.3f}")
    return pupil, evaluate(pupil, teacher, held_out, crop)


@torch.inference_mode()
def evaluate(pupil: CompactPerceptor, teacher: Perceptor, pictures: list[Path], crop: int) -> list[float]:
    """Return `feature_errors` averaged over one crop a picture, the same each time."""
    chance = np.random.default_rng(0)
    errors = []
    for path in pictures:
        crops = _tensor([_crop(_read(path), crop, chance)])
        errors.append(feature_errors(pupil(crops), teacher(crops)))
    return [float(error) for error in torch.stack(errors).mean(0)]


def _read(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        factor = 288 / min(picture.size)
        size = (round(picture.width * factor), round(picture.height * factor))
        return np.asarray(picture.convert("RGB").resize(size, Image.Resampling.BOX))


def _crop(picture: np.ndarray, side: int, chance: np.random.Generator) -> np.ndarray:
    taken = int(chance.integers(side, min(picture.shape[:2]) + 1))
    top = int(chance.integers(0, picture.shape[0] - taken + 1))
    left = int(chance.integers(0, picture.shape[1] - taken + 1))
    crop = picture[top : top + taken, left : left + taken]
    crop = cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(crop[:, ::-1] if chance.random() < 0.5 else crop)


def _tensor(crops: list[np.ndarray]) -> Tensor:
    batch = torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).float().div(255)
    return batch.contiguous(memory_format=torch.channels_last)


def main() -> None:
    """Train and save; the report beside the weights is what the model's card quotes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--teacher", required=True, help="a .safetensors file of vgg19_distilled")
    parser.add_argument("--pictures", required=True, nargs="+", type=Path, help="folders of pictures")
    parser.add_argument("--out", required=True, type=Path, help="the .safetensors file to write")
    parser.add_argument("--steps", type=int, default=6000)
    options = parser.parse_args()
    pictures = [path for folder in options.pictures for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES]
    started = time.monotonic()
    pupil, errors = distill(load_perceptor(options.teacher), sorted(pictures), options.steps)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    save_file({key: value.contiguous() for key, value in pupil.state_dict().items()}, options.out)
    report = {
        "network": CompactPerceptor.name,
        "teacher": Path(options.teacher).name,
        "pictures": len(pictures),
        "steps": options.steps,
        "minutes": round((time.monotonic() - started) / 60, 1),
        "held_out_feature_errors": [round(error, 4) for error in errors],
    }
    options.out.with_suffix(".json").write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps(report))


if __name__ == "__main__":
    main()
