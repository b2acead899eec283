"""Commands about what people like."""

from pathlib import Path
from typing import Annotated

import typer

from artmodels.errors import AtelierError
from flows.cli.options import app, numbers


@app.command()
def taste(
    pictures: Annotated[list[Path], typer.Argument(help="Pictures to rank, or folders of them.")],
    choices: Annotated[
        Path | None, typer.Option(help="A CSV to learn from: user,work,rating or user,preferred,other.")
    ] = None,
    person: Annotated[str, typer.Option("--for", metavar="NAME", help="Whose taste; else of all in the CSV.")] = "",
    ask: Annotated[int, typer.Option(help="Pairs of the pictures to ask about next.")] = 0,
    scale: Annotated[str, typer.Option(metavar="LOW,HIGH", help="Lowest and highest rating.")] = "0,10",
    out: Annotated[Path, typer.Option(help="The folder of rankings and questions.")] = Path("out/taste"),
) -> None:
    """Learn what a person likes from few choices, rank pictures by it, and say what to ask next.

    Example: atelier taste paintings --choices said.csv --ask 10

    Later, other pictures: atelier taste out/dreams --for Ada
    """
    from flows.taste import taste as flow

    ends = numbers(scale, "--scale")
    if len(ends) != 2 or ends[0] >= ends[1]:
        raise AtelierError(f"--scale {scale!r} is not accepted: write the lowest and the highest rating, such as 1,5.")
    paths = [str(path) for path in pictures]
    for report in flow(paths, str(out), str(choices) if choices else None, person, ask, (ends[0], ends[1])):
        typer.echo(
            f"{report['person']}: {report['ranked']} pictures ranked, {report['set_aside']} set aside, by a taste "
            f"learnt from {report['learnt_from']} answers."
        )
        typer.echo(f"Ranking: {report['ranking']}")
        typer.echo(f"The best: {report['best']}")
        if "questions" in report:
            typer.echo(f"Ask next: {report['questions']}")
