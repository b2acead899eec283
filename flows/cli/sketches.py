"""Commands that draw."""

from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.options import DryRunOption, JsonOption, ModelOption, done_by, foretell, tell


def draw(
    out: Annotated[Path, typer.Argument(help="The job's folder: drawings as PNG and SVG, ledger, gallery.")],
    classes: Annotated[
        list[str] | None, typer.Option("--class", help="What to draw, every seed of it; may be repeated.")
    ] = None,
    seeds: Annotated[str, typer.Option(help="Seeds and ranges of them, such as 7,100-199.")] = "",
    seed: Annotated[int, typer.Option(help="The first seed where --seeds names none.")] = 0,
    count: Annotated[int, typer.Option(help="How many seeds from --seed on.")] = 16,
    temperature: Annotated[
        float, typer.Option(help="From 0.01, what is likeliest, to 1, as varied as the model can.")
    ] = 0.4,
    begun: Annotated[
        str, typer.Option(help="A drawing to finish, once a seed: an SVG, or FILE#NUMBER of an .npz or .ndjson.")
    ] = "",
    vary: Annotated[str, typer.Option(help="A drawing to draw again, once a seed.")] = "",
    between: Annotated[
        tuple[str, str] | None, typer.Option(metavar="A B", help="Two drawings or seeds: draw what lies between.")
    ] = None,
    steps: Annotated[int, typer.Option(help="Drawings from A to B, both included.")] = 8,
    size: Annotated[int, typer.Option(help="Side of the pictures, in pixels.")] = 512,
    model: ModelOption = "champion",
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Draw, one drawing a seed; finish drawings, vary them.

    Run again, it does only what is missing.

    Example: atelier draw out/apples --class apple --count 25 --temperature 0.3

    Finish one in nine ways: atelier draw out/finished --begun begun.svg --class "smiley face" --count 9

    From one to another: atelier draw out/way --between apple.svg sun.svg --steps 8
    """
    wanted: dict[str, Any] = {
        "out": str(out),
        "classes": classes or [],
        "seeds": seeds,
        "seed": seed,
        "count": count,
        "temperature": temperature,
        "begun": begun,
        "vary": vary,
        "between": list(between or []),
        "between_steps": steps,
        "size": size,
        "model": model,
    }
    if dry_run:
        from tasks.foresee import foresee_job

        foretell(foresee_job, "draw", wanted, as_json=as_json)
        return
    from flows.draw import draw as flow

    report = flow(**wanted)
    tell(report, as_json, done_by(report, "drawn"), f"Gallery: {report['gallery']}")
