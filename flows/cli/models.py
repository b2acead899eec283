"""Commands for the life of a model: train, judge, promote."""

from typing import Annotated

import typer

from flows.cli.options import FamilyArgument, ModelOption, SetOption, app, pairs, person

ApprovalOption = Annotated[bool, typer.Option("--approval", help="A person decides where the gate would promote.")]
HoursOption = Annotated[float, typer.Option(help="Hours that the person has; then it is refused.")]

REFUSED = 3
"""Exit code of a promotion that was refused: not a fault, and not a promotion."""


@app.command()
def adopt(family: FamilyArgument = "style") -> None:
    """Take the model that ships into the registry and put it to the gate: pictures without any training.

    Example: atelier adopt style
    """
    from flows.adopt import adopt as flow

    decision = flow(family, person())
    typer.echo(f"{family} v{decision['version']}: {decision['action']}: {decision['reason']}.")
    if decision["action"] == "refused":
        raise typer.Exit(REFUSED)


@app.command()
def train(
    family: FamilyArgument = "style",
    options: SetOption = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="VERSION", help="Begin with this version's weights and options.")
    ] = None,
    only_estimate: Annotated[
        bool, typer.Option("--estimate", help="Take the first steps only, and tell what all would take.")
    ] = False,
) -> None:
    """Train a model and register it as the challenger.

    Example: atelier train style --set steps=4000 --set seed=1

    What it would take, and no more: atelier train gan --estimate

    Further, from the model in use: atelier train style --from champion --set steps=2000
    """
    from flows.train import estimate as first_steps
    from flows.train import train as flow

    if only_estimate:
        typer.echo(f"{family}, {first_steps(family, pairs(options, '--set'))}.")
        return
    version = flow(family, pairs(options, "--set"), person(), start)
    typer.echo(f"{family} v{version} is the challenger. Put it to the gate: atelier promote {family}")


@app.command()
def evaluate(
    family: FamilyArgument = "style",
    model: ModelOption = "champion",
) -> None:
    """Judge a version on the pinned evaluation set.

    Example: atelier evaluate style --model challenger
    """
    from flows.evaluate import evaluate as flow

    report = flow(family, model)
    typer.echo(f"{family} v{report['version']} on evaluation set {report['evaluation_set']}:")
    for name, figure in report["figures"].items():
        typer.echo(f"  {name:20} {figure['mean']:.4f}  [{figure['low']:.4f}, {figure['high']:.4f}]")
    for name, total in report["totals"].items():
        typer.echo(f"  {name:20} {total:.4f}")


@app.command()
def promote(
    family: FamilyArgument = "style",
    model: ModelOption = "challenger",
    approval: ApprovalOption = False,
    hours: HoursOption = 24,
) -> None:
    """Put a challenger to the gate; exit code 3 means that it was refused.

    Example: atelier promote style

    A person decides where the gate would promote: atelier promote style --approval
    """
    from flows.promote import promote as flow

    decision = flow(family, model, person(), approval, hours)
    typer.echo(f"{family} v{decision['version']} {decision['action']}: {decision['reason']}.")
    if decision["action"] == "refused":
        raise typer.Exit(REFUSED)


@app.command()
def rollback(family: FamilyArgument = "style") -> None:
    """Put the previous champion back in use.

    Example: atelier rollback style
    """
    from flows.promote import rollback as flow

    decision = flow(family, person())
    typer.echo(f"{family} v{decision['version']} is the champion again, in place of v{decision['replaced']}.")


@app.command()
def retrain(
    family: FamilyArgument = "style",
    options: SetOption = None,
    approval: ApprovalOption = False,
    hours: HoursOption = 24,
) -> None:
    """Train and promote, if data, code or configuration changed since the newest version.

    Example: atelier retrain style
    """
    from flows.retrain import retrain as flow

    decision = flow(family, pairs(options, "--set"), person(), approval, hours)
    typer.echo(f"{family} v{decision['version']}: {decision['action']}: {decision['reason']}.")


@app.command()
def sweep(
    family: FamilyArgument = "gan",
    option: Annotated[str, typer.Option(help="The option whose value is sought.")] = "learning_rate",
    low: Annotated[float, typer.Option(help="Lowest value.")] = 5e-5,
    high: Annotated[float, typer.Option(help="Highest value; between them on a logarithmic scale.")] = 1e-3,
    trials: Annotated[int, typer.Option(help="How many; run again with more, it adds to them.")] = 8,
    train_steps: Annotated[int, typer.Option("--steps", help="Steps of a trial.")] = 1000,
    checks: Annotated[int, typer.Option(help="Diagnoses of a trial, after each of which it may be stopped.")] = 5,
    options: SetOption = None,
) -> None:
    """Find the value of an option that trains best, by short trainings of which the bad ones are stopped early.

    Example: atelier sweep gan --option gamma --low 0.1 --high 10 --set network=modern
    """
    from flows.sweep import sweep as flow

    found = flow(family, option, low, high, trials, train_steps, checks, pairs(options, "--set"))
    for trial in found["trials"]:
        figure = "stopped early" if trial["figure"] is None else f"{trial['figure']:.2f}"
        typer.echo(f"  {option}={trial[option]:.4g}  {figure}")
    typer.echo(f"Best: atelier train {family} --set {option}={found['best']:.4g}")


@app.command()
def history(family: FamilyArgument = "style") -> None:
    """Tell which versions are in use, and what the gate decided, oldest first.

    Example: atelier history style
    """
    from tasks import registry
    from tasks.decision import history as decisions
    from tasks.rights import marks
    from tasks.settings import load_settings

    settings = load_settings()
    for alias, number in sorted(registry.aliases(settings, family).items()):
        typer.echo(f"{alias:12} v{number}")
    for note in marks.notes(settings, registry.versions(settings, family)):
        typer.echo(f"{note}.")
    for decision in decisions(settings, family):
        typer.echo(
            f"{decision['at']}  v{decision['version']} {decision['action']} by {decision['by']}: {decision['reason']}"
        )
