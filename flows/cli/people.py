"""Commands about what people like."""

from pathlib import Path
from typing import Annotated, Any

import typer

from artmodels.errors import AtelierError
from flows.cli.options import DryRunOption, JsonOption, foretell, numbers, tell


def taste(
    pictures: Annotated[list[Path], typer.Argument(help="Pictures to rank, or folders of them.")],
    choices: Annotated[
        Path | None, typer.Option(help="A CSV to learn from: user,work,rating or user,preferred,other.")
    ] = None,
    person: Annotated[str, typer.Option("--for", metavar="NAME", help="Whose taste; else of all in the CSV.")] = "",
    ask: Annotated[int, typer.Option(help="Pairs of the pictures to ask about next.")] = 0,
    scale: Annotated[str, typer.Option(metavar="LOW,HIGH", help="Lowest and highest rating.")] = "0,10",
    out: Annotated[Path, typer.Option(help="The folder of rankings and questions.")] = Path("out/taste"),
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Learn what a person likes, and rank pictures by it.

    Few choices do; it also says what to ask next.

    Example: atelier taste paintings --choices said.csv --ask 10

    Later, other pictures: atelier taste out/dreams --for Ada
    """
    ends = numbers(scale, "--scale")
    if len(ends) != 2 or ends[0] >= ends[1]:
        raise AtelierError(f"--scale {scale!r} is not accepted: write the lowest and the highest rating, such as 1,5.")
    wanted: dict[str, Any] = {
        "pictures": [str(path) for path in pictures],
        "out": str(out),
        "choices": str(choices) if choices else None,
        "person": person,
        "ask": ask,
        "scale": (ends[0], ends[1]),
    }
    if dry_run:
        from tasks.foresee import foresee_ranking

        foretell(foresee_ranking, wanted, as_json=as_json)
        return
    from flows.taste import taste as flow

    reports = flow(**wanted)
    tell(reports, as_json, *map(_told, reports))


def _told(report: dict[str, Any]) -> str:
    ask = f"\nAsk next: {report['questions']}" if "questions" in report else ""
    return (
        f"{report['person']}: {report['ranked']} pictures ranked, {report['set_aside']} set aside, by a taste "
        f"learnt from {report['learnt_from']} answers.\nRanking: {report['ranking']}\nThe best: {report['best']}{ask}"
    )
