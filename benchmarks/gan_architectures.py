"""Which generator learns most in a given time: DCGAN, R3GAN, FastGAN, with the reconstruction branch and without.

    python -m benchmarks.gan_architectures --data ../shared/data --seconds 120 --out out/gan_architectures

Three collections: paintings at 64 px, emoji at 64 px, game tiles at 32 px. Each is split once: three quarters are
learnt from, a tenth chooses the best moment of a training, the rest judges. A run gets as many steps as fit into the
seconds of processor time that are given, by what its first steps take; so it is all one what else the machine does.
Runs that are there already are not made again.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from PIL import Image

from artmodels.bundle import load_bundle
from artmodels.family import get_family
from artmodels.fit import fit
from artmodels.gan.config import GanConfig
from artmodels.gan.evaluation import evaluate_generator
from artmodels.gan.painter import GanPainter
from artmodels.images import PackedImages
from tasks.evaluation import interval
from tasks.pack import pack_images

CANDIDATES: dict[str, dict[str, Any]] = {
    "DCGAN": {"network": "classic"},
    "modern (R3GAN)": {"network": "modern", "learning_rate": 2.5e-4, "reconstruct": 0},
    "light (FastGAN) without its branch": {"reconstruct": 0},
    "light (FastGAN), reconstruction": {},
}
AVERAGE = 0.99
"""Decay of the weights' average: the default's five hundred steps are longer than some of these runs."""
PROBE = 12
"""Steps that tell what a step takes, after as many that do not count."""


def paintings(data: Path, folder: Path) -> list[Path]:
    """All paintings, as they are."""
    return sorted((data / "paintings").glob("*/*.jpg"))


def emoji(data: Path, folder: Path) -> list[Path]:
    """All emoji, on white."""
    return [
        _on_white(Image.open(path), folder / path.name)
        for path in sorted((data / "other/noto_emoji_128").glob("*.png"))
    ]


def tiles(data: Path, folder: Path) -> list[Path]:
    """All tiles, on white."""
    with np.load(data / "other/crawl_tiles_cc0_32x32.npz") as packed:
        return [_on_white(Image.fromarray(one), folder / f"{n:05d}.png") for n, one in enumerate(packed["images"])]


SETS: dict[str, tuple[Callable[[Path, Path], list[Path]], int]] = {
    "paintings, 64 px": (paintings, 64),
    "emoji, 64 px": (emoji, 64),
    "tiles, 32 px": (tiles, 32),
}


def _on_white(picture: Image.Image, path: Path) -> Path:
    white = Image.new("RGBA", picture.size, "white")
    white.alpha_composite(picture.convert("RGBA"))
    white.convert("RGB").save(path)
    return path


def pack(data: Path, name: str, folder: Path) -> PackedImages:
    """Pack one collection, at the shorter side that augmentation crops from."""
    if not folder.is_dir():
        collect, side = SETS[name]
        with tempfile.TemporaryDirectory() as temporary:
            files = [path.resolve() for path in collect(data, Path(temporary))]
            splits = np.random.default_rng(0).choice(["train", "validation", "test"], len(files), p=[0.75, 0.1, 0.15])
            table = pd.DataFrame({"id": [path.name for path in files], "file": [str(path) for path in files]})
            table = table.assign(kind="artwork", split=splits, height=0, width=0, year=None)
            table[["rating_mean", "rating_count"]] = None
            table[["style", "genre", "artist", "title", "licence"]] = ""
            # Crops take seven tenths of a work's area.
            pack_images(table, Path("/"), folder, round(side * 1.25), side * 3)
    return PackedImages(folder)


def steps_for(seconds: float, config: GanConfig, data: PackedImages, judge: Path) -> int:
    """Return how many steps of a training fit into seconds of processor time."""
    spent = []
    for steps in (PROBE, 2 * PROBE):
        module, source = get_family("gan").training(config.model_copy(update={"steps": steps}), data, judge)
        # What is measured is training; diagnoses are nobody's learning.
        module.check_steps, module.choosing = 0, None
        with tempfile.TemporaryDirectory() as folder:
            started = time.process_time()
            _fit(module, source, config.model_copy(update={"steps": steps}), Path(folder))
            spent.append(time.process_time() - started)
    return max(1, round(seconds * PROBE / (spent[1] - spent[0])))


def _fit(module: Any, source: Any, config: GanConfig, folder: Path) -> Path:
    return fit(
        "gan", module, source, config, folder, report=lambda *_: None, on_preview=lambda *_: None, accelerator="cpu"
    )


def run(name: str, candidate: str, seed: int, options: argparse.Namespace) -> dict[str, Any]:
    """Train one candidate on one collection, and judge it; return the figures."""
    side = SETS[name][1]
    data = pack(options.data, name, options.out / "packed" / name)
    config = GanConfig(resolution=side, seed=seed, ema_decay=AVERAGE, **CANDIDATES[candidate])
    steps = steps_for(options.seconds, config, data, options.judge)
    config = config.model_copy(
        update={"steps": steps, "check_steps": max(1, steps // 4), "check_samples": 64, "preview_steps": steps}
    )
    module, source = get_family("gan").training(config, data, options.judge)
    bundle = _fit(module, source, config, options.out / f"{name}-{candidate}-{seed}")
    painter = GanPainter(load_bundle(bundle, "gan"))
    judged = evaluate_generator(painter, data, options.judge, options.samples, options.out / "cache")
    return {
        "steps": steps,
        "images": steps * config.batch_size,
        **{what: interval(values).__dict__ for what, values in judged.values.items()},
        **judged.totals,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("out/gan_architectures"))
    parser.add_argument("--judge", type=Path, default=Path("weights/perceptor.safetensors"))
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--samples", type=int, default=500)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--networks", nargs="+", choices=CANDIDATES, default=list(CANDIDATES))
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    print("| set | network | seed | images | KID x 1000 | relative | FID | coverage | precision | copied |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for seed in options.seeds:
        for name in options.sets:
            for candidate in options.networks:
                record = options.out / f"{name}-{candidate}-{seed}.json"
                if not record.is_file():
                    record.write_text(json.dumps(run(name, candidate, seed, options), indent=1))
                found = json.loads(record.read_text())
                shares = " | ".join(f"{found[what]['mean']:.2f}" for what in ("coverage", "precision", "copied"))
                relative = "{mean:.3f} [{low:.3f}, {high:.3f}]".format(**found["kernel_distance"])
                print(
                    f"| {name} | {candidate} | {seed} | {found['images']} | {found['kid']:.1f} | {relative} "
                    f"| {found['fid']:.2f} | {shares} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
