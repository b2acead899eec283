"""How likely the composer finds the test pieces of the sets of Boulanger-Lewandowski et al. 2012, seed by seed.

    python -m benchmarks.music_nll SET.mat [--seeds 0 1 2 3 4] [--set steps=1500] [--results FILE.jsonl]
    python -m benchmarks.music_nll --table FILE.jsonl

Nats per frame, summed over the keys, in the published splits. The step is chosen on the validation split; the test
split is scored once, with the chosen network. `test` counts all frames, the first predicted from nothing; `after first`
leaves the first frame of each piece out, as Bai et al. 2018 do, who predict frames 2 to T; `of pieces` is the mean of
the pieces' means. A line of results is added for each seed, so that seeds may be run apart and put in one table.
"""

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from artmodels.bundle import load_bundle
from artmodels.family import get_family
from artmodels.fit import fit
from artmodels.music.evaluation import evaluate_composer
from artmodels.sequences import Sequences
from tasks.sequences import row_of, write_sequences
from tasks.sources.music import read_music

EVERY = 100_000


def prepare(file: Path, folder: Path) -> Sequences:
    """Take a set's pieces as `atelier ingest --kind music` does."""
    rows = [row_of(one.fetch(), one.metadata) for one in read_music(file, {}, {"licence": "public domain"})]
    write_sequences(folder / "music.parquet", rows)
    return Sequences(folder / "music.parquet")


def train(data: Sequences, options: dict[str, Any], folder: Path) -> dict[str, float]:
    """Train as `atelier train music` does, and judge; return the figures."""
    family = get_family("music")
    config = family.configure({"checkpoint_steps": EVERY, "preview_steps": EVERY, **options})
    module, source = family.training(config, data, Path())
    checks: list[float] = []

    def on_check(step: int, figures: dict[str, float], _: float | None) -> None:
        checks.append(figures["validation"])
        print(f"  step {step}: validation {figures['validation']:.3f}", flush=True)

    started = time.perf_counter()
    bundle = fit(
        "music",
        module,
        source,
        config,
        folder,
        report=lambda *_: None,
        on_preview=lambda *_: None,
        on_check=on_check,
        accelerator="cpu",
    )
    minutes = (time.perf_counter() - started) / 60
    judged = evaluate_composer(family.load(load_bundle(bundle, "music")), data, EVERY)
    return {
        "validation": min(checks),
        "test": float(judged.values["nll"].mean()),
        "after first": judged.totals["nll_after_first"],
        "of pieces": judged.totals["nll_of_pieces"],
        "baseline": judged.totals["nll_of_baseline"],
        "copied": float(judged.values["copied"].mean()),
        "longest passage": judged.totals["longest_passage"],
        "copy limit": judged.totals["copy_limit"],
        "minutes": minutes,
    }


def table(results: Path) -> None:
    """Print the results of a file, a row a set: mean and standard deviation over the seeds."""
    lines = [json.loads(line) for line in results.read_text().splitlines()]
    columns = ("baseline", "validation", "test", "after first", "of pieces")
    print(f"| set | seeds | steps | {' | '.join(columns)} |\n{'|---' * (len(columns) + 3)}|")
    for name in dict.fromkeys(line["set"] for line in lines):
        own = [line for line in lines if line["set"] == name]
        cells = [_spread([line[column] for line in own]) for column in columns]
        print(f"| {name} | {len(own)} | {own[0]['steps']} | {' | '.join(cells)} |")


def _spread(values: list[float]) -> str:
    spread = f" (sd {statistics.stdev(values):.3f})" if len(values) > 1 else ""
    return f"{statistics.mean(values):.3f}{spread}"


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--set", dest="options", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--results", type=Path)
    parser.add_argument("--table", type=Path)
    given = parser.parse_args()
    if given.table:
        table(given.table)
        return
    options: dict[str, Any] = dict(one.split("=", 1) for one in given.options)
    with tempfile.TemporaryDirectory() as folder:
        data = prepare(given.file, Path(folder))
        for seed in given.seeds:
            print(f"{given.file.stem}, seed {seed}", flush=True)
            figures = train(data, {**options, "seed": seed}, Path(folder) / str(seed))
            steps = int(options.get("steps", get_family("music").Config().steps))
            line = json.dumps({"set": given.file.stem, "seed": seed, "steps": steps, **figures})
            print(line, flush=True)
            if given.results:
                with given.results.open("a") as file:
                    file.write(line + "\n")


if __name__ == "__main__":
    main()
