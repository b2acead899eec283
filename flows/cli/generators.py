"""Commands that paint new works, and steer how."""

from pathlib import Path
from typing import Annotated, Any

import typer

from artmodels.errors import AtelierError
from flows.cli.options import (
    CriticOption,
    DryRunOption,
    FormatOption,
    JsonOption,
    KeepBestOption,
    ModelOption,
    best_of,
    copies_in,
    done_by,
    foretell,
    pairs,
    tell,
)

TruncationOption = Annotated[float, typer.Option(help="From 0, the typical picture, to 1, as varied as the works.")]


def generate(
    out: Annotated[Path, typer.Argument(help="The job's folder: pictures, ledger, gallery.")],
    seeds: Annotated[
        str, typer.Option(help="Seeds and ranges of them, such as 7,100-199; from 0 on if not said.")
    ] = "",
    count: Annotated[int | None, typer.Option(help="How many of the seeds; 16 where none are named.")] = None,
    classes: Annotated[
        list[str] | None, typer.Option("--class", help="A class to paint, every seed in it; may be repeated.")
    ] = None,
    truncation: TruncationOption = 1.0,
    surfaces: Annotated[str, typer.Option(help="Seeds whose surfaces each picture gets in turn.")] = "",
    direction: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NUMBER=AMOUNT", help="Go so far in a direction of `atelier directions`; may be repeated."
        ),
    ] = None,
    like: Annotated[
        list[Path] | None, typer.Option(help="A picture that is liked: paint the seeds most like it; may be repeated.")
    ] = None,
    format: FormatOption = "png",
    model: ModelOption = "champion",
    keep_best: KeepBestOption = None,
    critic: CriticOption = "champion",
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Paint new works, one a seed.

    Run again, it does only what is missing.

    Example: atelier generate out/dreams --seeds 0-99 --truncation 0.8

    The sixteen most like a picture: atelier generate out/like --like paintings/nocturne.jpg --count 16

    The best twenty of two hundred, says the critic: atelier generate out/best --count 200 --keep-best 20
    """
    wanted: dict[str, Any] = {
        "out": str(out),
        "seeds": seeds,
        "count": count,
        "classes": classes or [],
        "truncation": truncation,
        "surfaces": surfaces,
        "directions": _directions(direction),
        "like": [str(path) for path in like or []],
        "format": format,
        "model": model,
    }
    if dry_run:
        from tasks.foresee import foresee_job

        foretell(foresee_job, "generate", wanted, as_json=as_json)
        return
    from flows.generate import generate as flow

    report = flow(**wanted, keep_best=keep_best, critic=critic)
    grid = f"Grid: {report['grid']}" if report["grid"] else ""
    tell(
        report,
        as_json,
        done_by(report, "painted"),
        f"Gallery: {report['gallery']}",
        grid,
        best_of(report),
        *copies_in(report),
    )


def interpolate(
    out: Annotated[Path, typer.Argument(help="The file: a strip (.png), or a film that is a loop (.mp4, .gif).")],
    seeds: Annotated[str, typer.Option(help="The pictures to go through, two or more.")] = "0-3",
    frames: Annotated[int, typer.Option(help="Pictures from one seed to the next.")] = 24,
    name: Annotated[str, typer.Option("--class", help="A class to paint; the first seed decides if not said.")] = "",
    truncation: TruncationOption = 1.0,
    size: Annotated[int, typer.Option(help="Side of a film's frames, in pixels.")] = 256,
    frames_per_second: Annotated[int, typer.Option(help="Of a film.")] = 24,
    model: ModelOption = "champion",
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Paint the way from one picture to the next.

    Example: atelier interpolate out/loop.mp4 --seeds 3,7,9

    A strip: atelier interpolate out/strip.png --seeds 3,7 --frames 8
    """
    wanted: dict[str, Any] = {
        "out": str(out),
        "seeds": seeds,
        "frames": frames,
        "name": name,
        "truncation": truncation,
        "size": size,
        "frames_per_second": frames_per_second,
        "model": model,
    }
    if dry_run:
        from tasks.foresee import foresee_way

        foretell(foresee_way, wanted, as_json=as_json)
        return
    from flows.steer import interpolate as flow

    report = flow(**wanted)
    painted = f"{report['pictures']} pictures painted by {report['model']}: {report['out']}"
    tell(report, as_json, painted, *copies_in(report))


def directions(
    out: Annotated[Path, typer.Argument(help="A folder for the sheet and its pictures.")],
    seed: Annotated[int, typer.Option(help="The picture that is changed.")] = 0,
    count: Annotated[int, typer.Option(help="How many directions.")] = 8,
    model: ModelOption = "champion",
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show what a generator's directions do.

    Each stands under the number that `atelier generate --direction` takes.

    Example: atelier directions out/directions --seed 7
    """
    if dry_run:
        from tasks.foresee import foresee_file

        foretell(foresee_file, out, model, as_json=as_json)
        return
    from flows.steer import directions as flow

    report = flow(str(out), seed, count, model)
    tell(report, as_json, f"Directions of {report['model']}: {report['sheet']}")


def export(
    out: Annotated[Path, typer.Argument(help="The file to write, .onnx.")],
    model: ModelOption = "champion",
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write a generator as ONNX, checked against the model.

    Example: atelier export out/generator.onnx
    """
    if dry_run:
        from tasks.foresee import foresee_file

        foretell(foresee_file, out, model, as_json=as_json)
        return
    from flows.steer import export as flow

    report = flow(str(out), model)
    apart = f"up to {report['largest_difference']:.1e} apart"
    tell(report, as_json, f"{report['model']} as ONNX, {apart}: {report['out']}")


def _directions(items: list[str] | None) -> dict[int, float]:
    found = pairs(items, "--direction")
    try:
        return {int(number): float(amount) for number, amount in found.items()}
    except ValueError as error:
        raise AtelierError(f"--direction {items!r} is not accepted: write NUMBER=AMOUNT, such as 3=-2.5.") from error
