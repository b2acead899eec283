"""What a megapixel costs, from small pictures to as large as there is time for: seconds, and memory beyond the model.

    python -m benchmarks.large_pictures [--megapixels 0.07 0.5 1 4 16 50 100] [--agreement 4] [--plot FILE]
    python -m benchmarks.large_pictures --megapixels 400        # a run as large as time allows

Every size is painted from JPEG to pyramidal TIFF in a process of its own, by a network of the full size with random
weights, which cost what trained ones do. Memory is the process's peak less what it held once the model was loaded and
warm. `--agreement` paints a picture of so many megapixels in tiles and at once, and compares the pixels. What to look
for: seconds a megapixel level off, memory does not grow, no difference that is seen.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil

from tasks.memory import peak_megabytes

SIZES = (0.07, 0.5, 1.0, 4.0, 16.0, 50.0, 100.0)
GIGAPIXEL = 1000.0


def make_content(megapixels: float, path: Path) -> None:
    """Write a JPEG of slow colours and grain, 3:2; never in memory as a whole."""
    import pyvips

    width, height = round((megapixels * 1.5e6) ** 0.5), round((megapixels * 1e6 / 1.5) ** 0.5)
    bands = []
    for band in range(3):
        slow = pyvips.Image.sines(width, height, hfreq=3 + band, vfreq=5 - band) * 80 + 128
        bands.append(slow + pyvips.Image.gaussnoise(width, height, sigma=12, seed=band))
    bands[0].bandjoin(bands[1:]).cast("uchar").copy(interpretation="srgb").jpegsave(str(path), Q=92)


def load_painter(depth: int) -> tuple[object, Callable]:
    """Return a painter with random weights, and what prepares it for a content."""
    import torch

    from artmodels.bundle import Bundle
    from artmodels.style.network import StyleTransferNet
    from artmodels.style.painter import StylePainter

    torch.manual_seed(0)
    state = dict(StyleTransferNet(depth=depth).state_dict())
    # At first the network only recolours; this much more makes it paint.
    state["decoder.paint.weight"] = 0.05 * torch.randn_like(state["decoder.paint.weight"])
    painter = StylePainter(Bundle("style", {"depth": depth}, state))
    style = painter.encode(np.random.default_rng(0).integers(0, 256, (512, 512, 3), np.uint8))

    def prepare(small: np.ndarray) -> Callable:
        recipe = painter.plan(small, [style])
        return lambda tile, box: painter.apply(tile, recipe)

    return painter, prepare


def measure_one(megapixels: float, depth: int) -> dict[str, float]:
    """Paint one picture in this process; return what it cost."""
    from tasks.large.picture import paint_picture
    from tasks.settings import Settings

    painter, prepare = load_painter(depth)
    grey = np.full((64, 64, 3), 128, np.uint8)
    painter.paint([grey], [painter.encode(grey)])
    with tempfile.TemporaryDirectory() as folder:
        content, rows = Path(folder) / "content.jpg", Path(folder) / "x.rgb"
        # In a process of its own, so that making it is not in the peak.
        subprocess.run(
            [sys.executable, "-m", "benchmarks.large_pictures", "--make", str(megapixels), content], check=True
        )
        before, began, busy = psutil.Process().memory_info().rss / 1e6, time.perf_counter(), time.process_time()
        painted = [began]
        written = paint_picture(
            content,
            Path(folder) / "out.tif",
            prepare,
            Settings(max_pixels=10**12, max_large_pixels=10**12),
            rows=rows,
            key="benchmark",
            on_strip=lambda share: painted.append(time.perf_counter()),
        )
        ended, used = time.perf_counter(), time.process_time() - busy
    size = written.width * written.height / 1e6
    return {
        "megapixels": size,
        "seconds": ended - began,
        "cpu_seconds": used,
        "writing": ended - painted[-1],
        "megabytes": peak_megabytes() - before,
        "file_megabytes": written.bytes / 1e6,
    }


def measure_agreement(megapixels: float, depth: int) -> dict[str, float]:
    """Paint a picture in tiles and at once; return how far apart they are, in levels of 255."""
    from tasks.decode import decode
    from tasks.large import paint
    from tasks.large.picture import paint_picture
    from tasks.settings import Settings

    _, prepare = load_painter(depth)
    with tempfile.TemporaryDirectory() as folder:
        content, output = Path(folder) / "content.jpg", Path(folder) / "out.tif"
        make_content(megapixels, content)
        paint_picture(content, output, prepare, Settings(), rows=Path(folder) / "x.rgb", key="benchmark")
        tiled, pixels = decode(output, 10**9, 1).image.astype(int), decode(content, 10**9, 1).image
    height, width = pixels.shape[:2]
    whole = prepare(pixels)(pixels, paint.Box(0, 0, width, height)).astype(int)
    difference = np.abs(tiled - whole)
    along = np.zeros((height, width), bool)
    for border in range(paint.TILE, max(height, width), paint.TILE):
        along[border - 2 : border + 2] = along[:, border - 2 : border + 2] = True
    return {
        "psnr": float(10 * np.log10(255**2 / max(float((difference**2).mean()), 1e-12))),
        "largest": float(difference.max()),
        "mean along borders": float(difference[along].mean()),
        "mean elsewhere": float(difference[~along].mean()),
        "painted": float(np.abs(whole - pixels).mean()),
    }


def in_a_process(*arguments: object) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.large_pictures", *map(str, arguments)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def report(rows: list[dict[str, float]]) -> None:
    """Print a table, the fit, and what a gigapixel would take."""
    print("\n| megapixels | seconds | s / MP | CPU s / MP | of it writing the TIFF | memory beyond the model |")
    print("|---|---|---|---|---|---|")
    for row in rows:
        each, used = row["seconds"] / row["megapixels"], row["cpu_seconds"] / row["megapixels"]
        share = row["writing"] / row["seconds"]
        print(
            f"| {row['megapixels']:.3g} | {row['seconds']:.1f} | {each:.2f} | {used:.2f} | {share:.0%} "
            f"| {row['megabytes']:.0f} MB |"
        )
    large = [row for row in rows if row["megapixels"] >= 1]
    if len(large) >= 3:
        exponent, _ = np.polyfit(*np.log([[row[name] for row in large] for name in ("megapixels", "cpu_seconds")]), 1)
        print(f"\nFrom 1 MP on, CPU seconds grow with the {exponent:.2f}th power of the pixels.")
    last = rows[-1]
    hours = last["seconds"] / last["megapixels"] * GIGAPIXEL / 3600
    size = last["file_megabytes"] / last["megapixels"] * GIGAPIXEL / 1000
    print(f"A gigapixel at the cost of the last: {hours:.2f} h, a file of {size:.1f} GB, 7 GB of disk meanwhile.")


def draw(rows: list[dict[str, float]], path: Path) -> None:
    """Plot seconds a megapixel, and memory, against the size."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    sizes = [row["megapixels"] for row in rows]
    for name, label in (("seconds", "wall clock"), ("cpu_seconds", "CPU")):
        left.plot(sizes, [row[name] / row["megapixels"] for row in rows], "o-", label=label)
    right.plot(sizes, [row["megabytes"] for row in rows], "o-", color="tab:green")
    right.axhline(2048 * 1.048576, color="grey", linestyle=":", label="2 GiB")
    for axes, words in ((left, "seconds a megapixel"), (right, "peak memory beyond the model, MB")):
        axes.set(xscale="log", xlabel="megapixels", ylabel=words, ylim=(0, None))
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(path, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description="What a megapixel costs.")
    parser.add_argument("--megapixels", type=float, nargs="+", default=SIZES, help="sizes, in ascending order")
    parser.add_argument("--agreement", type=float, default=4.0, help="megapixels painted both ways; 0: none")
    parser.add_argument("--depth", type=int, default=4, help="of the network's encoder")
    parser.add_argument("--plot", type=Path, help="a PNG to draw the figures into")
    parser.add_argument("--one", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--both", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--make", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.make:
        make_content(float(options.make[0]), Path(options.make[1]))
    elif options.one:
        print(json.dumps(measure_one(options.one, options.depth)))
    elif options.both:
        print(json.dumps(measure_agreement(options.both, options.depth)))
    else:
        rows = []
        for megapixels in options.megapixels:
            rows.append(in_a_process("--one", megapixels, "--depth", options.depth))
            print(json.dumps(rows[-1]), flush=True)
        report(rows)
        if options.plot:
            draw(rows, options.plot)
        if options.agreement:
            print(json.dumps(in_a_process("--both", options.agreement, "--depth", options.depth)))


if __name__ == "__main__":
    main()
