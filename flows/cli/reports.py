"""Commands to look: reports in the browser, model cards."""

from typing import Annotated

import typer

from flows.cli.options import app


@app.command("open")
def open_report(
    reference: Annotated[
        str, typer.Argument(metavar="RUN_OR_JOB", help="A job's folder, style@champion, style/3, or a run's id.")
    ],
    kind: Annotated[
        str | None,
        typer.Option(help="training, evaluation or promotion; if not said, the first of these that the run has."),
    ] = None,
    only_print: Annotated[bool, typer.Option("--print", help="Print the page's path, and open no browser.")] = False,
) -> None:
    """Open the report of a job, a model's version or a run in the browser, and print its path.

    Example: atelier open out/spring

    How the model in use was trained: atelier open style@champion

    Why it is in use: atelier open style@champion --kind promotion
    """
    from tasks.reports.find import find_report, read_kind
    from tasks.settings import load_settings

    path = find_report(load_settings(), reference, read_kind(kind)).resolve()
    typer.echo(path)
    if not only_print:
        typer.launch(path.as_uri())


@app.command()
def card(
    reference: Annotated[str, typer.Argument(metavar="MODEL", help="style@champion or style/3.")] = "style@champion",
) -> None:
    """Print a model version's card: what it learnt from, how good it is, what it took, how to load it.

    Example: atelier card style@champion
    """
    from tasks import registry
    from tasks.cards.card import card_of
    from tasks.settings import load_settings

    settings = load_settings()
    family, name = registry.split_reference(reference)
    typer.echo(card_of(settings, registry.find(settings, family, name)), nl=False)
