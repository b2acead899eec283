"""Commands that fill orders of pictures."""

from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.options import (
    CriticOption,
    DryRunOption,
    FormatOption,
    JsonOption,
    KeepBestOption,
    MixOption,
    ModelOption,
    best_of,
    done_by,
    foretell,
    numbers,
    tell,
)


def stylize(
    contents: Annotated[Path, typer.Argument(help="A folder of pictures to repaint, or one picture.")],
    out: Annotated[Path, typer.Argument(help="The job's folder: pictures, ledger, gallery.")],
    style: Annotated[
        list[Path], typer.Option(help="A picture whose style is wanted, or a folder of them; may be repeated.")
    ],
    alpha: Annotated[float, typer.Option(help="Strength of the style, from 0 to 1.")] = 1.0,
    mix: MixOption = None,
    brush: Annotated[float, typer.Option(help="Size of the strokes: 2 doubles them.")] = 1.0,
    keep_colours: Annotated[bool, typer.Option(help="Take the brushwork only; the colours stay.")] = False,
    masks: Annotated[
        Path | None,
        typer.Option(
            help="A folder of masks, white where the style is wanted: NAME.png; for several styles, a region each, "
            "NAME-1.png, NAME-2.png, ..."
        ),
    ] = None,
    size: Annotated[int | None, typer.Option(help="Shorter side of the results in pixels.")] = None,
    format: FormatOption = "png",
    method: Annotated[
        str, typer.Option(help="network, or optimise: the slow reference, minutes a picture.")
    ] = "network",
    model: ModelOption = "champion",
    keep_best: KeepBestOption = None,
    critic: CriticOption = "champion",
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Repaint pictures in the style of others.

    Run again, it does only what is missing.

    Example: atelier stylize photos out/evening --style paintings/nocturne.jpg --alpha 0.8

    Two styles, mixed: atelier stylize photos out/mixed --style a.jpg --style b.jpg --mix 0.7,0.3
    """
    wanted: dict[str, Any] = {
        "contents": str(contents),
        "out": str(out),
        "styles": [str(path) for path in style],
        "alpha": alpha,
        "weights": numbers(mix, "--mix"),
        "brush": brush,
        "keep_colours": keep_colours,
        "masks": str(masks) if masks else None,
        "size": size,
        "format": format,
        "method": method,
        "model": model,
    }
    if dry_run:
        from tasks.foresee import foresee_job

        foretell(foresee_job, "stylize", wanted, as_json=as_json)
        return
    from flows.stylize import stylize as flow

    report = flow(**wanted, keep_best=keep_best, critic=critic)
    tell(report, as_json, done_by(report, "painted"), f"Gallery: {report['gallery']}", best_of(report))


def video(
    clip: Annotated[Path, typer.Argument(help="A video file, or a folder of numbered pictures.")],
    out: Annotated[Path, typer.Argument(help="The video to write, .mp4, or a new folder for numbered PNG files.")],
    style: Annotated[list[Path], typer.Option(help="A picture whose style is wanted; several are mixed.")],
    alpha: Annotated[float, typer.Option(help="Strength of the style, from 0 to 1.")] = 1.0,
    mix: MixOption = None,
    brush: Annotated[float, typer.Option(help="Size of the strokes: 2 doubles them.")] = 1.0,
    keep_colours: Annotated[bool, typer.Option("--keep-colours", help="Keep the video's colours.")] = False,
    size: Annotated[int | None, typer.Option(help="Shorter side of the result in pixels.")] = None,
    model: ModelOption = "champion",
    steady: Annotated[bool, typer.Option(help="Paint each frame with the one before in mind.")] = True,
    frames_per_second: Annotated[float | None, typer.Option(help="Of a folder of pictures; 25 if not said.")] = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Repaint a video, with its sound and without flicker.

    Example: atelier video walk.mov walk-nocturne.mp4 --style paintings/nocturne.jpg --size 480
    """
    wanted: dict[str, Any] = {
        "clip": str(clip),
        "out": str(out),
        "styles": [str(path) for path in style],
        "alpha": alpha,
        "weights": numbers(mix, "--mix"),
        "brush": brush,
        "keep_colours": keep_colours,
        "size": size,
        "model": model,
        "steady": steady,
        "frames_per_second": frames_per_second,
    }
    if dry_run:
        from tasks.foresee import foresee_video

        foretell(foresee_video, wanted, as_json=as_json)
        return
    from flows.stylize_video import stylize_video as flow

    record = flow(**wanted)
    painted = f"{record['frames']} frames painted by style v{record['model']['version']}: {out}"
    tell(record, as_json, painted, _flicker(record, out))


def classify(
    pictures: Annotated[list[Path], typer.Argument(help="Pictures to name, or folders of them.")],
    out: Annotated[Path, typer.Option(help="The job's folder: table, gallery, ledger.")] = Path("out/classes"),
    maps: Annotated[bool, typer.Option("--maps", help="Show on each picture where the classifier looked.")] = False,
    model: ModelOption = "champion",
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Name pictures by style, genre, artist and period.

    Run again, it does only what is missing.

    Example: atelier classify paintings --out out/classes --maps
    """
    wanted: dict[str, Any] = {
        "pictures": [str(path) for path in pictures],
        "out": str(out),
        "maps": maps,
        "model": model,
    }
    if dry_run:
        from tasks.foresee import foresee_job

        foretell(foresee_job, "classify", wanted, as_json=as_json)
        return
    from flows.classify import classify as flow

    report = flow(**wanted)
    tell(report, as_json, done_by(report, "named"), f"Table: {report['table']}", f"Gallery: {report['gallery']}")


def demo(
    out: Annotated[Path, typer.Option(help="Where the repainted pictures go.")] = Path("out/demo"),
    steps: Annotated[int, typer.Option(help="Steps that the demonstration's model is trained.")] = 300,
) -> None:
    """Show the whole life of a model on the sample, in some minutes.

    Data, training, the gate, and a batch of pictures.

    Example: atelier demo
    """
    from flows.demo import demo as flow

    flow(str(out), steps)


def _flicker(record: dict[str, Any], out: Path) -> str:
    if not record["flicker"]:
        return ""
    before, after = record["flicker"]["unblended"], record["flicker"]["steady"]
    return f"Flicker (warped error): {after:.5f}, before blending {before:.5f}. Record: {out}.json"
