"""Commands that fill orders of pictures."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import CriticOption, KeepBestOption, MixOption, ModelOption, app, numbers, tell_best


@app.command()
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
    format: Annotated[str, typer.Option(help="Kind of file: png, jpg or webp.")] = "png",
    method: Annotated[
        str, typer.Option(help="network, or optimise: the slow reference, minutes a picture.")
    ] = "network",
    model: ModelOption = "champion",
    keep_best: KeepBestOption = None,
    critic: CriticOption = "champion",
) -> None:
    """Repaint pictures in the style of others; run again, it does only what is missing.

    Example: atelier stylize photos out/evening --style paintings/nocturne.jpg --alpha 0.8

    Two styles, mixed: atelier stylize photos out/mixed --style a.jpg --style b.jpg --mix 0.7,0.3
    """
    from flows.stylize import stylize as flow

    report = flow(
        str(contents),
        str(out),
        [str(path) for path in style],
        alpha=alpha,
        weights=numbers(mix, "--mix"),
        brush=brush,
        keep_colours=keep_colours,
        masks=str(masks) if masks else None,
        size=size,
        format=format,
        method=method,
        model=model,
        keep_best=keep_best,
        critic=critic,
    )
    typer.echo(
        f"{report['done']} painted by {report['model']}, {report['skipped']} there already, "
        f"{report['set_aside']} set aside, in {report['seconds']} s."
    )
    typer.echo(f"Gallery: {report['gallery']}")
    tell_best(report)


@app.command()
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
) -> None:
    """Repaint a video in the style of a picture, with its sound and without flicker.

    Example: atelier video walk.mov walk-nocturne.mp4 --style paintings/nocturne.jpg --size 480
    """
    from flows.stylize_video import stylize_video as flow

    record = flow(
        str(clip),
        str(out),
        [str(path) for path in style],
        alpha=alpha,
        weights=numbers(mix, "--mix"),
        brush=brush,
        keep_colours=keep_colours,
        size=size,
        model=model,
        steady=steady,
        frames_per_second=frames_per_second,
    )
    typer.echo(f"{record['frames']} frames painted by style v{record['model']['version']}: {out}")
    if record["flicker"]:
        before, after = record["flicker"]["unblended"], record["flicker"]["steady"]
        typer.echo(f"Flicker (warped error): {after:.5f}, before blending {before:.5f}. Record: {out}.json")


@app.command()
def classify(
    pictures: Annotated[list[Path], typer.Argument(help="Pictures to name, or folders of them.")],
    out: Annotated[Path, typer.Option(help="The job's folder: table, gallery, ledger.")] = Path("out/classes"),
    maps: Annotated[bool, typer.Option("--maps", help="Show on each picture where the classifier looked.")] = False,
    model: ModelOption = "champion",
) -> None:
    """Name pictures by style, genre, artist and period; run again, it does only what is missing.

    Example: atelier classify paintings --out out/classes --maps
    """
    from flows.classify import classify as flow

    report = flow([str(path) for path in pictures], str(out), maps, model)
    typer.echo(
        f"{report['done']} named by {report['model']}, {report['skipped']} there already, "
        f"{report['set_aside']} set aside, in {report['seconds']} s."
    )
    typer.echo(f"Table: {report['table']}")
    typer.echo(f"Gallery: {report['gallery']}")


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Where the repainted pictures go.")] = Path("out/demo"),
    steps: Annotated[int, typer.Option(help="Steps that the demonstration's model is trained.")] = 300,
) -> None:
    """Show the whole life of a model on the sample: data, training, gate, and a batch of pictures.

    Example: atelier demo
    """
    from flows.demo import demo as flow

    flow(str(out), steps)
