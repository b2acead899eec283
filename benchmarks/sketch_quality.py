"""What test drawings cost models that draw, each trained alike: encoder and decoder, a decoder alone, and as the paper.

    python -m benchmarks.sketch_quality prepared/sequences/drawing.parquet --steps 1000 --seeds 0 1

Prints, for each, nats a test drawing with their 95 % bootstrap interval over drawings, for every seed; the convention
is that of `atelier evaluate` (docs/sketch.md). The best moment by the validation split is judged.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from artmodels.bundle import load_bundle
from artmodels.family import get_family
from artmodels.fit import fit
from artmodels.sequences import Sequences
from artmodels.sketch.drawer import Drawer
from artmodels.sketch.evaluation import evaluate_drawer
from artmodels.sketch.samples import rows_of
from artmodels.sketch.strokes import MOST_POINTS
from tasks.evaluation import interval

WAYS: dict[str, dict[str, Any]] = {
    "variational": {},
    "decoder alone": {"latent": 0},
    "variational, not told where the pen is": {"places": False},
}


def train(data: Sequences, options: dict[str, Any]) -> Drawer:
    family = get_family("sketch")
    config = family.configure(options)
    module, source = family.training(config, data, Path())
    with tempfile.TemporaryDirectory() as folder:
        bundle = fit(
            "sketch",
            module,
            source,
            config,
            Path(folder),
            report=lambda step, figures: None,
            on_preview=lambda step, path: None,
            on_check=lambda step, figures, _: print(f"  step {step}: {figures['nats']:.1f} nats held out", flush=True),
            accelerator="cpu",
        )
        return Drawer(load_bundle(bundle, "sketch"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("drawings", type=Path, help="prepared drawings")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--ways", nargs="+", choices=list(WAYS), default=list(WAYS)[:2])
    parser.add_argument("--encoder", type=int, default=128)
    parser.add_argument("--decoder", type=int, default=256)
    parser.add_argument("--most", type=int, default=5000, help="test drawings at most")
    args = parser.parse_args()
    data = Sequences(args.drawings)
    common = {"steps": args.steps, "encoder": args.encoder, "decoder": args.decoder}
    common |= {"check_steps": max(1, args.steps // 8), "preview_steps": args.steps}
    for seed in args.seeds:
        for way in args.ways:
            print(f"{way}, seed {seed}", flush=True)
            drawer = train(data, common | WAYS[way] | {"seed": seed})
            judged = evaluate_drawer(drawer, data, args.most)
            values = judged.values
            values["total"] = values["reconstruction"] + values["kl"]
            for name in ("total", "reconstruction", "offsets", "pens", "kl", "cost", "pen_hits"):
                print(f"  {name:15} {interval(values[name])}")
            scaled = values["reconstruction"] - 2 * np.log(float(drawer.network.scale)) * _offsets(data, args.most)
            latent = max(drawer.config.latent, 1)
            print(f"  as the paper: L_R {interval(scaled / MOST_POINTS)}, L_KL {interval(values['kl'] / latent)}")
            print(f"  {judged.totals} {judged.protocol}", flush=True)


def _offsets(data: Sequences, most: int) -> np.ndarray:
    """How many offsets each of the judged drawings has: what the paper's density is scaled by, once each."""
    rows = rows_of(data, "test")
    rows = np.sort(np.random.default_rng(0).permutation(rows)[:most])
    return np.array([len(data.array(int(row))) - 1 for row in rows])


if __name__ == "__main__":
    main()
