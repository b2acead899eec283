"""What repainting a folder of photographs costs, end to end and alone, against the usual loop and the machine's peak.

    python -m benchmarks.stylize [--bundle FOLDER] [--photos FOLDER] [--pictures 100] [--pairs 5]

Three ways take turns over the same JPEG files at 512 px, in one style, to JPEG files:

- **job**: the style-transfer job of this project, decode to file;
- **script**: the loop that public scripts use: Pillow, float32, one picture at a time, the style encoded each time;
- **ideal**: the same network called in a bare loop, pictures already in memory, nothing written.

Then the network alone: the arithmetic it was tried in, the agreement with float32, and its share of the fastest
convolution that this machine was seen to do. Without `--bundle`, random weights, which cost what trained ones do;
without `--photos`, photographs' like is made. Look for ratios: milliseconds are of this machine.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.utils.flop_counter import FlopCounterMode

from artmodels.bundle import Bundle, load_bundle
from artmodels.pictures import centre_square, to_picture, to_tensor
from artmodels.style.network import StyleTransferNet
from artmodels.style.painter import StylePainter
from benchmarks.batch_overhead import make_photos, seconds_of
from tasks.batch import run_job
from tasks.registry import Version
from tasks.settings import Settings
from tasks.stylize import Maker, StyleRenderer, plan
from tasks.stylize_order import order

SIDE = 512
SHAPES = ((64, 64, 256), (64, 64, 128), (128, 128, 64), (256, 256, 64), (512, 512, 32))
"""Convolutions that may be this machine's fastest: channels in and out, side of the map."""


def bundle_or_chance(folder: Path | None) -> Bundle:
    """A trained model, or random weights of the shape that ships."""
    if folder is not None:
        return load_bundle(folder, "style")
    return Bundle("style", {"depth": 4}, dict(StyleTransferNet(4).state_dict()))


def photographs(folder: Path, source: Path | None, count: int) -> list[Path]:
    """Write `count` JPEGs of 512 px: crops of the photographs in `source`, or made ones."""
    if source is None:
        return [item.payload for item in make_photos(folder, count, SIDE)]
    found = sorted(path for path in source.rglob("*") if path.suffix.lower() in (".jpg", ".png"))
    paths = []
    for number in range(count):
        with Image.open(found[number % len(found)]) as picture:
            square = centre_square(np.asarray(picture.convert("RGB")), SIDE)
        paths.append(folder / f"{number}.jpg")
        Image.fromarray(square).save(paths[-1], quality=92)
    return paths


def job(painter: StylePainter, photos: list[Path], style: Path, out: Path) -> None:
    """The project's own job, without a registry."""
    wanted = order(contents=photos[0].parent, styles=[style], out=out, format="jpg")
    settings = Settings()
    maker = Maker.of_version(Version("style", 1, "benchmark", {}))
    items = plan(wanted, photos, [(style,)], maker, settings.tile_above)
    renderer = StyleRenderer(painter, settings, wanted, lambda share: None)
    report = run_job(items, renderer, out, decode_threads=2, encode_threads=2)
    assert report.done == len(photos), report


@torch.no_grad()
def script(network: StyleTransferNet, photos: list[Path], style: Path, out: Path) -> None:
    """What the scripts that papers come with do."""
    out.mkdir()
    for photo in photos:
        content = to_tensor(np.asarray(Image.open(photo).convert("RGB").resize((SIDE, SIDE))))[None]
        manner = to_tensor(np.asarray(Image.open(style).convert("RGB").resize((SIDE, SIDE))))[None]
        Image.fromarray(to_picture(network(content, manner)[0])).save(out / photo.name)


def ideal(painter: StylePainter, pictures: list[np.ndarray], style: np.ndarray) -> None:
    """The network and nothing else."""
    code = painter.encode(style)
    for picture in pictures:
        painter.paint([picture], [code])


def median_ms(work: Callable[[], object], rounds: int = 9) -> float:
    """Milliseconds of `work`, the median of some rounds after two that warm it up."""
    for _ in range(2):
        work()
    return 1000 * statistics.median(seconds_of(work) for _ in range(rounds))


def end_to_end(bundle: Bundle, photos: list[Path], style: Path, pairs: int) -> None:
    """Print the table of the three ways."""
    painter, network = StylePainter(bundle), StylePainter(bundle, dtype=torch.float32).network
    network = network.to(memory_format=torch.contiguous_format)
    pictures = [np.asarray(Image.open(photo).convert("RGB")) for photo in photos]
    manner = np.asarray(Image.open(style).convert("RGB"))
    ideal(painter, pictures[:2], manner)
    times: dict[str, list[float]] = {"job": [], "script": [], "ideal": []}
    for pair in range(pairs):
        with tempfile.TemporaryDirectory() as folder:
            ways: dict[str, Callable[[], object]] = {
                "job": partial(job, painter, photos, style, Path(folder) / "job"),
                "script": partial(script, network, photos, style, Path(folder) / "script"),
                "ideal": partial(ideal, painter, pictures, manner),
            }
            for name in list(ways)[pair % 3 :] + list(ways)[: pair % 3]:
                times[name].append(1000 * seconds_of(ways[name]) / len(photos))
    print(f"{len(photos)} photographs of {SIDE} px, {pairs} rounds in turn\n\n| way | ms a picture | from .. to |")
    print("|---|---|---|")
    for name, each in times.items():
        print(f"| {name} | {statistics.median(each):.1f} | {min(each):.1f} .. {max(each):.1f} |")
    for other in ("script", "ideal"):
        ratios = [theirs / ours for theirs, ours in zip(times[other], times["job"], strict=True)]
        print(
            f"\n{other} / job, seconds: {statistics.median(ratios):.2f} "
            f"({min(ratios):.2f} to {max(ratios):.2f}): above 1, the job is the faster"
        )


def peak_tflops(dtype: torch.dtype) -> tuple[float, tuple[int, int, int]]:
    """The fastest 3 x 3 convolution of `SHAPES`: 10^12 operations a second, and its shape."""
    best = (0.0, SHAPES[0])
    for inputs, outputs, side in SHAPES:
        layer = torch.nn.Conv2d(inputs, outputs, 3, padding=1).to(dtype).to(memory_format=torch.channels_last)
        maps = torch.rand(1, inputs, side, side).to(dtype).contiguous(memory_format=torch.channels_last)
        with torch.inference_mode():
            milliseconds = median_ms(partial(layer, maps))
        best = max(best, (2 * 9 * inputs * outputs * side * side / milliseconds / 1e9, (inputs, outputs, side)))
    return best


def alone(bundle: Bundle, photo: Path, style: Path) -> None:
    """Print what the network costs by itself, in each arithmetic."""
    content, manner = (np.asarray(Image.open(path).convert("RGB")) for path in (photo, style))
    exact = StylePainter(bundle, dtype=torch.float32)
    counter = FlopCounterMode(display=False)
    with counter:
        exact.paint([content], [exact.encode(manner)])
    with FlopCounterMode(display=False) as of_style:
        code = exact.encode(manner)
    work = (counter.get_total_flops() - of_style.get_total_flops()) / 1e9
    wanted = exact.paint([content], [code])[0].astype(float)
    print(f"\nThe network alone, {SIDE} px, {work:.1f} GFLOP a picture\n")
    print("| arithmetic | ms | PSNR to float32 | 10^12 op/s | fastest convolution | share |\n|---|---|---|---|---|---|")
    for name, dtype, layout in (
        ("float32, channels first", torch.float32, torch.contiguous_format),
        ("float32, channels last", torch.float32, torch.channels_last),
        ("bfloat16, channels last", torch.bfloat16, torch.channels_last),
    ):
        painter = StylePainter(bundle, dtype=dtype)
        painter.network.to(memory_format=layout)
        code = painter.encode(manner)
        milliseconds = median_ms(partial(painter.paint, [content], [code]))
        error = np.square(painter.paint([content], [code])[0] - wanted).mean()
        agreement = f"{10 * np.log10(255**2 / error):.1f} dB" if error else "equal"
        peak, shape = peak_tflops(dtype)
        speed = work / milliseconds
        print(
            f"| {name} | {milliseconds:.1f} | {agreement} | {speed:.3f} | {peak:.3f} ({shape[0]} to {shape[1]} "
            f"channels, {shape[2]} px) | {speed / peak:.0%} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path, help="a trained model; without it, random weights")
    parser.add_argument("--photos", type=Path, help="folder of photographs; without it, made ones")
    parser.add_argument("--pictures", type=int, default=100)
    parser.add_argument("--pairs", type=int, default=5, help="rounds in which the ways take turns")
    options = parser.parse_args()
    torch.manual_seed(0)
    bundle = bundle_or_chance(options.bundle)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "photos").mkdir()
        photos = photographs(Path(folder) / "photos", options.photos, options.pictures)
        style = Path(folder) / "style.jpg"
        Image.open(photos[-1]).transpose(Image.Transpose.ROTATE_90).save(style)
        started = time.perf_counter()
        end_to_end(bundle, photos, style, options.pairs)
        alone(bundle, photos[0], style)
        print(f"\nmeasured in {time.perf_counter() - started:.0f} s, {torch.get_num_threads()} threads")


if __name__ == "__main__":
    main()
