"""Commands for what runs by itself, and for the person whom it asks."""

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli import completion
from flows.cli.options import DryRunOption, FamilyOption, JsonOption, SetOption, pairs, person, settings, tell

if TYPE_CHECKING:
    from tasks.scheduled import Scheduled

schedule = typer.Typer(help="Retrain by the clock and by events: Prefect's schedules.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="As `atelier schedule list` shows it.")]
RunArgument = Annotated[
    str, typer.Argument(metavar="RUN", help="The family, or the beginning of the run's id: see `atelier approvals`.")
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; it is kept with the model.")]


@schedule.command()
def retrain(
    cron: Annotated[str, typer.Option(help="Minute, hour, day, month, day of the week.")],
    family: FamilyOption = "style",
    timezone: Annotated[str, typer.Option(help="That the clock is meant in.")] = "UTC",
    on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="data|drift",
            help="Also when there is new data, or the model does worse on new works.",
            autocompletion=completion.events,
        ),
    ] = None,
    options: SetOption = None,
    approval: Annotated[bool, typer.Option("--approval", help="A person decides about the promotion.")] = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Retrain a family by the clock, on the work pool `gpu`.

    What was scheduled for it before is replaced.

    Example: atelier schedule retrain --family style --cron "0 3 * * 1" --timezone Europe/Vienna --on data
    """
    from tasks import schedules

    options_of = pairs(options, "--set")
    if dry_run:
        found = schedules.foresee_retrain(family, cron, timezone, on or (), options_of)
        tell(found, as_json, f"Would retrain {family} at {found['cron']}, next {_moment(found['next'])}.")
        return
    made = schedules.schedule_retrain(settings(), family, cron, timezone, on or (), options_of, approval)
    tell(asdict(made), as_json, f"{made.deployment} runs at {made.cron}{_also(made.triggers)}.")


@schedule.command("list")
def list_schedules(as_json: JsonOption = False) -> None:
    """List what starts by itself.

    When, whether it is paused, when next, and how it ended last.

    Example: atelier schedule list
    """
    from tasks.scheduled import scheduled

    found = scheduled()
    tell([asdict(one) for one in found], as_json, *map(_told, found))


@schedule.command()
def pause(name: NameArgument, dry_run: DryRunOption = False, as_json: JsonOption = False) -> None:
    """Stop a schedule and its triggers until they are resumed.

    Example: atelier schedule pause retrain/style
    """
    from tasks import schedules

    if dry_run:
        _tell_schedule(name, as_json)
        return
    schedules.pause(name)
    words = f"{name} is paused: neither the clock nor an event starts it."
    tell({"deployment": name, "paused": True}, as_json, words)


@schedule.command()
def resume(name: NameArgument, dry_run: DryRunOption = False, as_json: JsonOption = False) -> None:
    """Let a schedule and its triggers work again.

    Example: atelier schedule resume retrain/style
    """
    from tasks import schedules

    if dry_run:
        _tell_schedule(name, as_json)
        return
    schedules.resume(name)
    tell({"deployment": name, "paused": False}, as_json, f"{name} is active.")


@schedule.command()
def remove(name: NameArgument, dry_run: DryRunOption = False, as_json: JsonOption = False) -> None:
    """Remove a schedule that `atelier schedule retrain` made; its runs stay on record.

    Example: atelier schedule remove retrain/style
    """
    from tasks import schedules

    if dry_run:
        _tell_schedule(name, as_json)
        return
    schedules.remove(name)
    tell({"deployment": name, "removed": True}, as_json, f"{name} is removed.")


def watch(
    family: Annotated[
        list[str] | None,
        typer.Option(help="Only this family; may be repeated.", autocompletion=completion.families),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Tell whether the models in use do worse on new works.

    New are those that came in after their training.

    Example: atelier watch --family style
    """
    from flows.watch import watch as flow

    reports = flow(family)
    tell(reports, as_json, *(f"{report['family']}: {report['said']}" for report in reports))


def approvals(as_json: JsonOption = False) -> None:
    """List the promotions that wait for a person.

    Example: atelier approvals
    """
    from tasks import approval

    found = approval.waiting()
    tell(
        [asdict(one) for one in found],
        as_json,
        *(
            f"{str(one.id)[:8]}  {one.family:12} since {_moment(one.since)}, until {_moment(one.until)}\n"
            f"{'':10}{one.address}"
            for one in found
        ),
    )


def approve(run: RunArgument, reason: ReasonOption, dry_run: DryRunOption = False, as_json: JsonOption = False) -> None:
    """Approve a promotion that waits.

    Example: atelier approve style --reason "The brush strokes are finer."
    """
    _answer(run, True, reason, dry_run, as_json)


def refuse(run: RunArgument, reason: ReasonOption, dry_run: DryRunOption = False, as_json: JsonOption = False) -> None:
    """Refuse a promotion that waits.

    Example: atelier refuse style --reason "It paints faces green."
    """
    _answer(run, False, reason, dry_run, as_json)


def _answer(run: str, approve: bool, reason: str, dry_run: bool, as_json: bool) -> None:
    from tasks import approval

    said = "approved" if approve else "refused"
    if dry_run:
        asked = approval.find_waiting(run)
        tell({"dry_run": True} | asdict(asked), as_json, f"{asked.name} would be {said}.")
        return
    asked = approval.answer(run, approve, reason, person())
    outcome = approval.outcome(asked.id)
    tell(asdict(asked) | {"said": said, "outcome": outcome}, as_json, f"{asked.name}: {said}. {outcome}.")


def _tell_schedule(name: str, as_json: bool) -> None:
    """Tell of a schedule as it is, and that it stays so."""
    from tasks.scheduled import scheduled, unknown_schedule

    found = {one.deployment: one for one in scheduled()}
    if name not in found:
        raise unknown_schedule(name, found)
    tell({"dry_run": True} | asdict(found[name]), as_json, _told(found[name]), "Nothing was done.")


def _told(one: "Scheduled") -> str:
    return "\n".join(
        [
            f"{one.deployment:20} {one.cron}{_also(one.triggers)}",
            f"{'':20} {'paused' if one.paused else f'active, next {_moment(one.next)}'}",
            f"{'':20} {f'last {_moment(one.last)}: {one.ended}' if one.last else 'has not run yet'}",
        ]
    )


def _also(triggers: tuple[str, ...]) -> str:
    return f", and {', '.join(triggers)}" if triggers else ""


def _moment(moment: datetime | None) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M %Z}" if moment else "unknown"
