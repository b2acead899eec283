"""Commands for the life of a model: train, judge, promote."""

from typing import Annotated, Any

import typer

from flows.cli import completion
from flows.cli.options import (
    DryRunOption,
    FamilyArgument,
    JsonOption,
    ModelOption,
    SetOption,
    pairs,
    person,
    settings,
    tell,
)

ApprovalOption = Annotated[bool, typer.Option("--approval", help="A person decides where the gate would promote.")]
HoursOption = Annotated[float, typer.Option(help="Hours that the person has; then it is refused.")]

REFUSED = 3
"""Exit code of a promotion that was refused: not a fault, and not a promotion."""


def adopt(family: FamilyArgument = "style", dry_run: DryRunOption = False, as_json: JsonOption = False) -> None:
    """Put the model that ships to use: pictures without any training.

    It enters the registry like any other, and has to pass the gate; exit code 3 means that it was refused.

    Example: atelier adopt style
    """
    if dry_run:
        from tasks.starters import foresee_adoption

        found = foresee_adoption(settings(), family)
        known = f"It is registered already, as v{found['registered']}." if found["registered"] else ""
        meets = f"v{found['champion']}" if found["champion"] else "no champion"
        tell(found, as_json, f"Would put {found['starter']} to the gate, where it meets {meets}.", known)
        return
    from flows.adopt import adopt as flow

    _decided(family, flow(family, person()), as_json)


def train(
    family: FamilyArgument = "style",
    options: SetOption = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="VERSION",
            help="Begin with this version's weights and options.",
            autocompletion=completion.aliases,
        ),
    ] = None,
    only_estimate: Annotated[
        bool, typer.Option("--estimate", help="Take the first steps only, and tell what all would take.")
    ] = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Train a model and register it as the challenger.

    Killed at any moment and run again, it goes on from its last checkpoint.

    Example: atelier train style --set steps=4000 --set seed=1

    What it would take, and no more: atelier train gan --estimate

    Further, from the model in use: atelier train style --from champion --set steps=2000
    """
    config = pairs(options, "--set")
    if dry_run:
        from tasks.runs import foresee_training

        found = foresee_training(settings(), family, config, start)
        goes_on = f"Would go on with {found['resumes']}." if found["resumes"] else "Would begin a new training."
        given = "\n".join(f"  {name}={value}" for name, value in found["config"].items())
        tell(found, as_json, goes_on, f"Data {found['data_md5']}, code {found['code_revision'][:12]}.", given)
        return
    from flows.train import estimate as first_steps
    from flows.train import train as flow

    if only_estimate:
        said = first_steps(family, config)
        tell({"family": family, "estimate": said}, as_json, f"{family}, {said}.")
        return
    version = flow(family, config, person(), start)
    words = f"{family} v{version} is the challenger. Put it to the gate: atelier promote {family}"
    tell({"family": family, "version": version}, as_json, words)


def evaluate(family: FamilyArgument = "style", model: ModelOption = "champion", as_json: JsonOption = False) -> None:
    """Judge a version on the pinned evaluation set.

    Example: atelier evaluate style --model challenger
    """
    from flows.evaluate import evaluate as flow

    report = flow(family, model)
    tell(
        report,
        as_json,
        f"{family} v{report['version']} on evaluation set {report['evaluation_set']}:",
        *(
            f"  {name:20} {figure['mean']:.4f}  [{figure['low']:.4f}, {figure['high']:.4f}]"
            for name, figure in report["figures"].items()
        ),
        *(f"  {name:20} {total:.4f}" for name, total in report["totals"].items()),
    )


def promote(
    family: FamilyArgument = "style",
    model: ModelOption = "challenger",
    approval: ApprovalOption = False,
    hours: HoursOption = 24,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Put a challenger to the gate.

    It is promoted if it is surely better than the champion. Exit code 3 means that it was refused.

    Example: atelier promote style

    What the gate would say, and no more: atelier promote style --dry-run

    A person decides where the gate would promote: atelier promote style --approval
    """
    if dry_run:
        from dataclasses import asdict

        from tasks import versions
        from tasks.promotion import foresee_promotion

        # What is derived from the data is no result: it is brought up to date here, too.
        versions.pull(settings())
        versions.reproduce(settings())
        found = {"dry_run": True} | asdict(foresee_promotion(settings(), family, model))
        tell(found, as_json, f"{family} v{found['version']} would be {found['action']}: {found['reason']}.")
        return
    from flows.promote import promote as flow

    _decided(family, flow(family, model, person(), approval, hours), as_json)


def rollback(family: FamilyArgument = "style", dry_run: DryRunOption = False, as_json: JsonOption = False) -> None:
    """Put the previous champion back in use.

    Example: atelier rollback style
    """
    if dry_run:
        from dataclasses import asdict

        from tasks.promotion import foresee_rollback

        found = {"dry_run": True} | asdict(foresee_rollback(settings(), family))
        tell(found, as_json, f"{family} v{found['version']} would take the place of v{found['replaced']}.")
        return
    from flows.promote import rollback as flow

    decision = flow(family, person())
    words = f"{family} v{decision['version']} is the champion again, in place of v{decision['replaced']}."
    tell(decision, as_json, words)


def retrain(
    family: FamilyArgument = "style",
    options: SetOption = None,
    approval: ApprovalOption = False,
    hours: HoursOption = 24,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Train and promote, if anything has changed.

    That is the data, the code or the configuration, since the newest version.

    Example: atelier retrain style

    Is there anything to do? atelier retrain style --dry-run
    """
    config = pairs(options, "--set")
    if dry_run:
        from tasks.runs import foresee_retraining

        found = foresee_retraining(settings(), family, config)
        would = "Nothing to do" if found["action"] == "nothing to do" else f"Would {found['action']}"
        tell(found, as_json, f"{would}: {found['reason']}.")
        return
    from flows.retrain import retrain as flow

    decision = flow(family, config, person(), approval, hours)
    tell(decision, as_json, f"{family} v{decision['version']}: {decision['action']}: {decision['reason']}.")


def sweep(
    family: FamilyArgument = "gan",
    option: Annotated[str, typer.Option(help="The option whose value is sought.")] = "learning_rate",
    low: Annotated[float, typer.Option(help="Lowest value.")] = 5e-5,
    high: Annotated[float, typer.Option(help="Highest value; between them on a logarithmic scale.")] = 1e-3,
    trials: Annotated[int, typer.Option(help="How many; run again with more, it adds to them.")] = 8,
    train_steps: Annotated[int, typer.Option("--steps", help="Steps of a trial.")] = 1000,
    checks: Annotated[int, typer.Option(help="Diagnoses of a trial, after each of which it may be stopped.")] = 5,
    options: SetOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Find the value of an option that trains best.

    By short trainings, of which those that go badly are stopped early.

    Example: atelier sweep gan --option gamma --low 0.1 --high 10 --set network=modern
    """
    config = pairs(options, "--set")
    if dry_run:
        from tasks import sweep as sweeps

        fields = {"family": family, "option": option, "low": low, "high": high, "trials": trials}
        wanted = sweeps.order(**fields, steps=train_steps, checks=checks, config=config)
        found = sweeps.foresee_sweep(settings(), wanted)
        tell(found, as_json, f"Would do {found['to_do']} of {found['trials']} trials of {train_steps} steps.")
        return
    from flows.sweep import sweep as flow

    found = flow(family, option, low, high, trials, train_steps, checks, config)
    tell(
        found,
        as_json,
        *(f"  {option}={trial[option]:.4g}  {_figure(trial)}" for trial in found["trials"]),
        f"Best: atelier train {family} --set {option}={found['best']:.4g}",
    )


def history(family: FamilyArgument = "style", as_json: JsonOption = False) -> None:
    """Tell which versions are in use, and what was decided, oldest first.

    Example: atelier history style
    """
    from tasks import registry
    from tasks.decision import history as decisions
    from tasks.rights import marks

    house = settings()
    in_use = registry.aliases(house, family)
    notes = marks.notes(house, registry.versions(house, family))
    decided = decisions(house, family)
    tell(
        {"aliases": in_use, "notes": notes, "decisions": decided},
        as_json,
        *(f"{alias:12} v{number}" for alias, number in sorted(in_use.items())),
        *(f"{note}." for note in notes),
        *(f"{one['at']}  v{one['version']} {one['action']} by {one['by']}: {one['reason']}" for one in decided),
    )


def _decided(family: str, decision: dict[str, Any], as_json: bool) -> None:
    """Tell a decision of the gate, and end with its exit code."""
    tell(decision, as_json, f"{family} v{decision['version']}: {decision['action']}: {decision['reason']}.")
    if decision["action"] == "refused":
        raise typer.Exit(REFUSED)


def _figure(trial: dict[str, Any]) -> str:
    return "stopped early" if trial["figure"] is None else f"{trial['figure']:.2f}"
