"""Commands for what runs by itself, and for the person whom it asks."""

from datetime import datetime
from typing import Annotated

import typer

from flows.cli.options import SetOption, app, pairs, person

schedule = typer.Typer(help="Retrain by the clock and by events: Prefect's schedules.", no_args_is_help=True)
app.add_typer(schedule, name="schedule")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="As `atelier schedule list` shows it.")]
RunArgument = Annotated[
    str, typer.Argument(metavar="RUN", help="The family, or the beginning of the run's id: see `atelier approvals`.")
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; it is kept with the model.")]


@schedule.command()
def retrain(
    cron: Annotated[str, typer.Option(help="Minute, hour, day, month, day of the week.")],
    family: Annotated[str, typer.Option(help="The model family.")] = "style",
    timezone: Annotated[str, typer.Option(help="That the clock is meant in.")] = "UTC",
    on: Annotated[
        list[str] | None,
        typer.Option(metavar="data|drift", help="Also when there is new data, or the model does worse on new works."),
    ] = None,
    options: SetOption = None,
    approval: Annotated[bool, typer.Option("--approval", help="A person decides about the promotion.")] = False,
) -> None:
    """Retrain a family by the clock, on the work pool `gpu`; what was scheduled for it before is replaced.

    Example: atelier schedule retrain --family style --cron "0 3 * * 1" --timezone Europe/Vienna --on data
    """
    from tasks.schedules import schedule_retrain
    from tasks.settings import load_settings

    made = schedule_retrain(load_settings(), family, cron, timezone, on or (), pairs(options, "--set"), approval)
    typer.echo(f"{made.deployment} runs at {made.cron}{_also(made.triggers)}.")


@schedule.command("list")
def list_schedules() -> None:
    """List what Prefect starts by itself: when, whether it is paused, when next, and how it ended last.

    Example: atelier schedule list
    """
    from tasks.scheduled import scheduled

    for one in scheduled():
        typer.echo(f"{one.deployment:20} {one.cron}{_also(one.triggers)}")
        typer.echo(f"{'':20} {'paused' if one.paused else f'active, next {_moment(one.next)}'}")
        typer.echo(f"{'':20} {f'last {_moment(one.last)}: {one.ended}' if one.last else 'has not run yet'}")


@schedule.command()
def pause(name: NameArgument) -> None:
    """Stop a schedule and its triggers until they are resumed.

    Example: atelier schedule pause retrain/style
    """
    from tasks import schedules

    schedules.pause(name)
    typer.echo(f"{name} is paused: neither the clock nor an event starts it.")


@schedule.command()
def resume(name: NameArgument) -> None:
    """Let a schedule and its triggers work again.

    Example: atelier schedule resume retrain/style
    """
    from tasks import schedules

    schedules.resume(name)
    typer.echo(f"{name} is active.")


@schedule.command()
def remove(name: NameArgument) -> None:
    """Remove a schedule that `atelier schedule retrain` made; its runs stay on record.

    Example: atelier schedule remove retrain/style
    """
    from tasks import schedules

    schedules.remove(name)
    typer.echo(f"{name} is removed.")


@app.command()
def watch(
    family: Annotated[list[str] | None, typer.Option(help="Only this family; may be repeated.")] = None,
) -> None:
    """Tell whether the models in use do worse on works that came in after their training.

    Example: atelier watch --family style
    """
    from flows.watch import watch as flow

    for report in flow(family):
        typer.echo(f"{report['family']}: {report['said']}")


@app.command()
def approvals() -> None:
    """List the promotions that wait for a person.

    Example: atelier approvals
    """
    from tasks import approval

    for one in approval.waiting():
        typer.echo(f"{str(one.id)[:8]}  {one.family:12} since {_moment(one.since)}, until {_moment(one.until)}")
        typer.echo(f"{'':10}{one.address}")


@app.command()
def approve(run: RunArgument, reason: ReasonOption) -> None:
    """Approve a promotion that waits.

    Example: atelier approve style --reason "The brush strokes are finer."
    """
    _answer(run, True, reason)


@app.command()
def refuse(run: RunArgument, reason: ReasonOption) -> None:
    """Refuse a promotion that waits.

    Example: atelier refuse style --reason "It paints faces green."
    """
    _answer(run, False, reason)


def _answer(run: str, approve: bool, reason: str) -> None:
    from tasks import approval

    asked = approval.answer(run, approve, reason, person())
    typer.echo(f"{asked.name}: {'approved' if approve else 'refused'}. {approval.outcome(asked.id)}.")


def _also(triggers: tuple[str, ...]) -> str:
    return f", and {', '.join(triggers)}" if triggers else ""


def _moment(moment: datetime | None) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M %Z}" if moment else "unknown"
