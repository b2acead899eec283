"""The command `atelier`: a thin reading of arguments around the flows.

Nothing heavy is imported before a command runs, so that `--help` answers at once.
"""

import getpass
import logging
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from artmodels.errors import AtelierError

app = typer.Typer(
    name="atelier",
    help="A production line for deep-learning art: take artworks in, train, promote, and fill orders of pictures.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
)

FamilyArgument = Annotated[str, typer.Argument(help="The model family.", metavar="FAMILY")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="An option of the family; may be repeated."),
]
REFUSED = 3
"""Exit code of a promotion that was refused: not a fault, and not a promotion."""


@app.command()
def ingest(
    source: Annotated[str, typer.Argument(help="A folder of pictures, or a CSV of paths or URLs.")],
    kind: Annotated[str, typer.Option(help="artwork, or photograph for contents to repaint.")] = "artwork",
    metadata: Annotated[str | None, typer.Option(help="A CSV that describes the folder's pictures.")] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="OURS=THEIRS", help="A catalog column and its name in the CSV."),
    ] = None,
    licence: Annotated[str | None, typer.Option(help="Licence of pictures that do not say it themselves.")] = None,
    default: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Value of a column that the source leaves empty."),
    ] = None,
) -> None:
    """Take artworks in: check, catalog and version them.

    Example: atelier ingest paintings --metadata labels.csv --column genre=subject --licence "public domain"
    """
    from flows.ingest import ingest as flow

    defaults = _pairs(default, "--default") | ({"licence": licence} if licence else {})
    report = flow(source, kind, metadata, _pairs(column, "--column"), defaults)
    typer.echo(
        f"{report['added']} added, {report['already_known']} known already, {report['rejected']} refused, "
        f"{report['near_duplicates']} near duplicates. Data version {report['data_md5']}."
    )
    if report["rejected"]:
        typer.echo(f"Reasons: {report['rejected_file']}")


@app.command()
def adopt(family: FamilyArgument = "style") -> None:
    """Take the model that ships into the registry and put it to the gate: pictures without any training.

    Example: atelier adopt style
    """
    from flows.adopt import adopt as flow

    decision = flow(family, _person())
    typer.echo(f"{family} v{decision['version']}: {decision['action']}: {decision['reason']}.")
    if decision["action"] == "refused":
        raise typer.Exit(REFUSED)


@app.command()
def train(family: FamilyArgument = "style", options: SetOption = None) -> None:
    """Train a model and register it as the challenger.

    Example: atelier train style --set steps=4000 --set seed=1
    """
    from flows.train import train as flow

    version = flow(family, _pairs(options, "--set"), _person())
    typer.echo(f"{family} v{version} is the challenger. Put it to the gate: atelier promote {family}")


@app.command()
def evaluate(
    family: FamilyArgument = "style",
    model: Annotated[str, typer.Option(help="Alias or number of the version.")] = "champion",
) -> None:
    """Judge a version on the pinned evaluation set.

    Example: atelier evaluate style --model challenger
    """
    from flows.evaluate import evaluate as flow

    report = flow(family, model)
    typer.echo(f"{family} v{report['version']} on evaluation set {report['evaluation_set']}:")
    for name, figure in report["figures"].items():
        typer.echo(f"  {name:20} {figure['mean']:.4f}  [{figure['low']:.4f}, {figure['high']:.4f}]")


@app.command()
def promote(
    family: FamilyArgument = "style",
    model: Annotated[str, typer.Option(help="Alias or number of the version.")] = "challenger",
) -> None:
    """Put a challenger to the gate; exit code 3 means that it was refused.

    Example: atelier promote style
    """
    from flows.promote import promote as flow

    decision = flow(family, model, _person())
    typer.echo(f"{family} v{decision['version']} {decision['action']}: {decision['reason']}.")
    if decision["action"] == "refused":
        raise typer.Exit(REFUSED)


@app.command()
def rollback(family: FamilyArgument = "style") -> None:
    """Put the previous champion back in use.

    Example: atelier rollback style
    """
    from flows.promote import rollback as flow

    decision = flow(family, _person())
    typer.echo(f"{family} v{decision['version']} is the champion again, in place of v{decision['replaced']}.")


@app.command()
def retrain(family: FamilyArgument = "style", options: SetOption = None) -> None:
    """Train and promote, if data, code or configuration changed since the newest version.

    Example: atelier retrain style
    """
    from flows.retrain import retrain as flow

    decision = flow(family, _pairs(options, "--set"), _person())
    typer.echo(f"{family} v{decision['version']}: {decision['action']}: {decision['reason']}.")


@app.command()
def stylize(
    contents: Annotated[Path, typer.Argument(help="A folder of pictures to repaint, or one picture.")],
    out: Annotated[Path, typer.Argument(help="The job's folder: pictures, ledger, gallery.")],
    style: Annotated[
        list[Path], typer.Option(help="A picture whose style is wanted, or a folder of them; may be repeated.")
    ],
    alpha: Annotated[float, typer.Option(help="Strength of the style, from 0 to 1.")] = 1.0,
    mix: Annotated[
        str | None,
        typer.Option(metavar="W,W,...", help="Mix all styles in each picture, in these shares, which sum to 1."),
    ] = None,
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
    model: Annotated[str, typer.Option(help="Alias or number of the version.")] = "champion",
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
        weights=_numbers(mix, "--mix"),
        brush=brush,
        keep_colours=keep_colours,
        masks=str(masks) if masks else None,
        size=size,
        format=format,
        method=method,
        model=model,
    )
    typer.echo(
        f"{report['done']} painted by {report['model']}, {report['skipped']} there already, "
        f"{report['set_aside']} set aside, in {report['seconds']} s."
    )
    typer.echo(f"Gallery: {report['gallery']}")


@app.command()
def video(
    clip: Annotated[Path, typer.Argument(help="A video file, or a folder of numbered pictures.")],
    out: Annotated[Path, typer.Argument(help="The video to write, .mp4, or a new folder for numbered PNG files.")],
    style: Annotated[Path, typer.Option(help="A picture whose style is wanted.")],
    alpha: Annotated[float, typer.Option(help="Strength of the style, from 0 to 1.")] = 1.0,
    brush: Annotated[float, typer.Option(help="Size of the style's strokes.")] = 1.0,
    keep_colours: Annotated[bool, typer.Option("--keep-colours", help="Keep the video's colours.")] = False,
    size: Annotated[int | None, typer.Option(help="Shorter side of the result in pixels.")] = None,
    model: Annotated[str, typer.Option(help="Alias or number of the version.")] = "champion",
    steady: Annotated[bool, typer.Option(help="Paint each frame with the one before in mind.")] = True,
    frames_per_second: Annotated[float | None, typer.Option(help="Of a folder of pictures; 25 if not said.")] = None,
) -> None:
    """Repaint a video in the style of a picture, with its sound and without flicker.

    Example: atelier video walk.mov walk-nocturne.mp4 --style paintings/nocturne.jpg --size 480
    """
    from flows.stylize_video import stylize_video as flow

    record = flow(str(clip), str(out), str(style), alpha, brush, keep_colours, size, model, steady, frames_per_second)
    typer.echo(f"{record['frames']} frames painted by style v{record['model']['version']}: {out}")
    if record["flicker"]:
        before, after = record["flicker"]["unblended"], record["flicker"]["steady"]
        typer.echo(f"Flicker (warped error): {after:.5f}, before blending {before:.5f}. Record: {out}.json")


@app.command()
def classify(
    pictures: Annotated[list[Path], typer.Argument(help="Pictures to name, or folders of them.")],
    out: Annotated[Path, typer.Option(help="The job's folder: table, gallery, ledger.")] = Path("out/classes"),
    maps: Annotated[bool, typer.Option("--maps", help="Show on each picture where the classifier looked.")] = False,
    model: Annotated[str, typer.Option(help="Alias or number of the version.")] = "champion",
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
def history(family: FamilyArgument = "style") -> None:
    """Tell which versions are in use, and what the gate decided, oldest first.

    Example: atelier history style
    """
    from tasks import promotion, registry
    from tasks.settings import load_settings

    settings = load_settings()
    for alias, number in sorted(registry.aliases(settings, family).items()):
        typer.echo(f"{alias:12} v{number}")
    for decision in promotion.history(settings, family):
        typer.echo(
            f"{decision['at']}  v{decision['version']} {decision['action']} by {decision['by']}: {decision['reason']}"
        )


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


def _pairs(items: list[str] | None, option: str) -> dict[str, Any]:
    """Read `NAME=VALUE` items."""
    pairs = {}
    for item in items or []:
        name, sign, value = item.partition("=")
        if not name or not sign:
            raise AtelierError(f"{option} {item!r} is not accepted: write NAME=VALUE.")
        pairs[name] = value
    return pairs


def _numbers(text: str | None, option: str) -> list[float]:
    """Read numbers with commas between them; none where the option is not given."""
    try:
        return [float(part) for part in text.split(",")] if text is not None else []
    except ValueError as error:
        raise AtelierError(f"{option} {text!r} is not accepted: write numbers with commas, such as 0.7,0.3.") from error


def _person() -> str:
    try:
        return f"{getpass.getuser()} (atelier)"
    except (KeyError, OSError):
        # A container may run as a user without a name.
        return f"user {os.getuid()} (atelier)"


def _is_news(record: logging.LogRecord) -> bool:
    """Pass a record of Prefect's unless it tells of a fault that `main`, or Python's traceback, tells."""
    fault = record.exc_info[1] if record.exc_info else None
    return not isinstance(fault, AtelierError) and not record.getMessage().startswith("Finished in state Failed")


def main() -> None:
    """Run the command line; a fault that a person can mend is one sentence and exit code 1."""
    # Prefect's own log would drown what the commands say; a worker's runs keep it.
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "WARNING")
    # Threads that spin while they wait keep a job's decoders from the cores; read when torch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    for name in ("prefect.flow_runs", "prefect.task_runs"):
        logging.getLogger(name).addFilter(_is_news)
    try:
        app()
    except AtelierError as error:
        print(f"atelier: {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
