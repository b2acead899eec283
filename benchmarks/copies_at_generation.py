"""What comparing generated pictures with the training works costs, and what it catches: on the project's own data.

python -m benchmarks.copies_at_generation cost [--count 200] [--rounds 5]     # needs a generator in use
python -m benchmarks.copies_at_generation catch [--side 64] [--painted 500]  # without the last, data only
"""

import argparse
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.stats import binomtest

from artmodels.gan.copies import nearest_drawn
from artmodels.perception import load_perceptor
from artmodels.pictures import centre_square
from benchmarks.gan_copies import CHANGES
from tasks import generate, registry, versions
from tasks.batch import run_job
from tasks.copies.compare import open_comparison
from tasks.copies.index import Index, calibrate, make_index
from tasks.copies.learnt import pictures_of, works_of
from tasks.copies.looks import Looks, look_at
from tasks.copies.store import FOLDER
from tasks.evaluation import read_params
from tasks.generate_order import order
from tasks.settings import Settings, load_settings


def cost(settings: Settings, count: int, rounds: int) -> None:
    """Paint the same seeds with and without being compared, in turn; print the medians."""
    version = registry.find(settings, "gan")
    side = registry.open_model(settings, "gan", "champion")[1].resolution  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory() as folder:
        fresh = settings.model_copy(update={"home": Path(folder), "tracking_uri": settings.mlflow_uri})
        for words in ("made", "opened again"):
            started = time.perf_counter()
            comparison = open_comparison(fresh, version, side)
            print(f"index {words}: {time.perf_counter() - started:.2f} s")
        (index,) = comparison.indexes.values()
        size = sum(path.stat().st_size for path in (Path(folder) / FOLDER).iterdir())
        print(f"of {len(index.works)} works: {size / 1e6:.1f} MB, {size / len(index.works) / 1e3:.0f} kB a work")
    found: dict[str, list[tuple[float, float]]] = {"off": [], "flag": []}
    for _ in range(rounds):
        for copies, times in found.items():
            with tempfile.TemporaryDirectory() as out:
                here = settings.model_copy(update={"copies": copies})
                job = generate.open_job(here, order(out=Path(out) / "job", count=count))
                started = time.process_time()
                report = run_job(job.plan(range(count)), job.renderer, job.out, sign=job.sign, **job.hands())
                times.append((report.seconds / count, (time.process_time() - started) / count))
    print("\n| ATELIER_COPIES | ms a picture | processor time, ms a picture |\n|---|---|---|")
    for copies, times in found.items():
        wall, processor = (1000 * statistics.median(each) for each in zip(*times, strict=True))
        print(f"| {copies} | {wall:.1f} | {processor:.1f} |")


def flags(index: Index, looks: Looks) -> dict[str, np.ndarray]:
    """Which pictures are copies, and which would be by one of the three measures alone."""
    bits = np.bitwise_count(looks.hashes[:, None] ^ index.hashes[index.among]).min(1)
    return {
        "caught": np.array([one.copy for one in index.search(looks)]),
        "drawing": nearest_drawn(looks.drawings, index.drawings, index.among).distance < index.limits.drawing,
        "features": index.apart(looks.vectors).min(1) < index.limits.features,
        "hash": bits < index.limits.hash_bits,
    }


def row(name: str, found: dict[str, np.ndarray], right: str = "") -> str:
    cells = [f"{flagged.mean():.1%}" for flagged in found.values()]
    return f"| {' | '.join([name, cells[0], right, *cells[1:]])} |"


def catch(settings: Settings, side: int, painted: int) -> None:
    """Replay the works learnt from, as they are and changed; ask for works held out, and for what is painted."""
    md5 = versions.data_md5(settings)
    eye = load_perceptor(settings.root / read_params(settings).judge, settings.torch_device)
    works = works_of(settings, md5)
    pictures = list(pictures_of(settings, md5, works))
    index = make_index(works, pictures, eye, side)
    learnt, held = (np.flatnonzero(index.among == wanted).tolist() for wanted in (True, False))
    print(f"{len(learnt)} works learnt from, {len(held)} held out; {index.limits}\n")
    print("| pictures | copies | of them, the right work named | by drawing alone | by features | by hash |")
    print("|---|---|---|---|---|---|")
    chance = np.random.default_rng(0)
    for name, changes in CHANGES.items():
        replayed = []
        for number in learnt:
            changed = pictures[number]
            for change in changes:
                changed = change(changed, chance)
            replayed.append(centre_square(changed, side))
        looks = look_at(replayed, eye)
        named = [one.work == works[number] for one, number in zip(index.search(looks), learnt, strict=True) if one.copy]
        print(row(name, flags(index, looks), f"{np.mean(named):.1%}"), flush=True)
    looks = look_at([centre_square(pictures[number], side) for number in held], eye)
    order = np.random.default_rng(1).permutation(len(held))
    # Half of the works held out set the limits, the other half are asked for: no work judges itself.
    halves = [looks.of(order[start::2].tolist()) for start in (0, 1)]
    asked = [flags(replace(index, limits=calibrate(index, a)), b) for a, b in (halves, halves[::-1])]
    others = {name: np.concatenate([one[name] for one in asked]) for name in asked[0]}
    print(row("works held out", others))
    if painted:
        version, painter = registry.open_model(settings, "gan", "champion")
        seeds = look_at((painter.generate(seed) for seed in range(painted)), eye)  # type: ignore[attr-defined]
        print(row(f"{painted} painted by {version}", flags(index, seeds)))
    interval = binomtest(int(others["caught"].sum()), len(held)).proportion_ci()
    print(
        f"\nOf {len(held)} works held out, {others['caught'].sum()} are called copies by the limits of the other half: "
        f"{others['caught'].mean():.1%} [{interval.low:.1%}, {interval.high:.1%}]"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = parser.add_subparsers(dest="kind", required=True)
    costs = kinds.add_parser("cost")
    costs.add_argument("--count", type=int, default=200)
    costs.add_argument("--rounds", type=int, default=5)
    catches = kinds.add_parser("catch")
    catches.add_argument("--side", type=int, default=64)
    catches.add_argument("--painted", type=int, default=0)
    options = parser.parse_args()
    if options.kind == "cost":
        cost(load_settings(), options.count, options.rounds)
    else:
        catch(load_settings(), options.side, options.painted)


if __name__ == "__main__":
    main()
