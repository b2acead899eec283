"""How well methods of style transfer paint, pair by pair.

    python -m benchmarks.style_quality --contents FOLDER --styles FOLDER --encoder WEIGHTS --out FOLDER
        --method ours=bundle:FOLDER --method microast=microast:CHECKOUT --method untouched=untouched

What is measured and what was found: docs/style_quality.md. Pictures are kept in OUT/NAME/ALPHA: a second run paints
only what is missing.
"""

import argparse
import sys
import time
from pathlib import Path

from artmodels.errors import AtelierError
from artmodels.perception import load_perceptor
from benchmarks.style_quality.methods import Method, load_method, untouched
from benchmarks.style_quality.pictures import Protocol, paint_all, read_protocol
from benchmarks.style_quality.report import FULL, differences, draw_sheet, plot_frontier, save_items, table
from benchmarks.style_quality.scores import Judge, Scores


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contents", type=Path, required=True, help="folder of content pictures")
    parser.add_argument("--styles", type=Path, required=True, help="folder of style pictures")
    parser.add_argument("--every", type=positive, default=10, help="take every N-th of all pairs, contents first")
    parser.add_argument("--encoder", required=True, help="weights of the judging encoder: a file, or vgg19")
    parser.add_argument("--method", action="append", required=True, metavar="NAME=SPEC", help="see methods.py")
    parser.add_argument("--alpha", type=strengths, default=[FULL], help="as 0.25,0.5; 1 is always among them")
    parser.add_argument("--reference", help="the method that the others are compared with")
    parser.add_argument("--side", type=positive, default=256, help="side at which the encoder looks, in pixels")
    parser.add_argument("--out", type=Path, required=True, help="folder for pictures and findings")
    return parser.parse_args()


def strengths(text: str) -> list[float]:
    alphas = sorted({FULL, *map(float, text.split(","))})
    if not all(0 <= alpha <= 1 for alpha in alphas):
        raise ValueError
    return alphas


def positive(text: str) -> int:
    if int(text) < 1:
        raise ValueError
    return int(text)


def _measure(
    judge: Judge, protocol: Protocol, method: Method, alphas: list[float], folder: Path
) -> dict[float, Scores]:
    found = {}
    for alpha in alphas:
        started = time.monotonic()
        files = paint_all(protocol, method, alpha, folder / f"{alpha:g}")
        painted = time.monotonic()
        found[alpha] = judge.judge(files)
        spent = f"painted in {painted - started:.0f} s, judged in {time.monotonic() - painted:.0f} s"
        print(f"{folder.name} at {alpha:g}: {spent}", file=sys.stderr)
    draw_sheet(protocol, folder / f"{FULL:g}", folder.with_name(f"sheet_{folder.name}.png"))
    return found


def main() -> None:
    options = _options()
    specs = dict(one.partition("=")[::2] for one in options.method)
    if options.reference and options.reference not in specs:
        raise AtelierError(f"--reference {options.reference} is no method: there are {', '.join(specs)}.")
    methods = {name: load_method(spec) for name, spec in specs.items()}
    protocol = read_protocol(options.contents, options.styles, options.every)
    judge = Judge(load_perceptor(options.encoder), protocol, options.side)
    results = {}
    for name, method in methods.items():
        # What does nothing does it at any strength.
        alphas = [FULL] if method is untouched else options.alpha
        results[name] = _measure(judge, protocol, method, alphas, options.out / name)
    save_items(results, protocol, options.out / "items.json")
    plot_frontier(results, options.out / "frontier.png")
    print(table(results))
    if options.reference:
        print(f"\n{differences(results, options.reference, protocol)}")


if __name__ == "__main__":
    try:
        main()
    except AtelierError as error:
        sys.exit(str(error))
