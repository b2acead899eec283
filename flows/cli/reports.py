"""Commands to look: reports in the browser, model cards."""

from typing import Annotated

import typer

from flows.cli import completion
from flows.cli.options import JsonOption, settings, tell


def open_(
    reference: Annotated[
        str,
        typer.Argument(
            metavar="RUN_OR_JOB", help="A job's folder, style@champion, style/3, style@training, or a run's id."
        ),
    ],
    kind: Annotated[
        str | None,
        typer.Option(
            help="training, evaluation or promotion; if not said, the first of these that the run has.",
            autocompletion=completion.reports,
        ),
    ] = None,
    only_print: Annotated[bool, typer.Option("--print", help="Print the page's path, and open no browser.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Open the report of a job, a version or a run in the browser.

    Example: atelier open out/spring

    How the model in use was trained: atelier open style@champion

    Why it is in use: atelier open style@champion --kind promotion
    """
    from tasks.reports.find import find_report, read_kind

    path = find_report(settings(), reference, read_kind(kind)).resolve()
    tell({"path": str(path)}, as_json, str(path))
    if not (only_print or as_json):
        typer.launch(path.as_uri())


def card(
    reference: Annotated[str, typer.Argument(metavar="MODEL", help="style@champion or style/3.")] = "style@champion",
    as_json: JsonOption = False,
) -> None:
    """Print a model version's card.

    What it learnt from, how good it is, what it took, how to load it.

    Example: atelier card style@champion
    """
    from tasks import registry
    from tasks.cards.card import card_of

    family, name = registry.split_reference(reference)
    version = registry.find(settings(), family, name)
    text = card_of(settings(), version)
    tell({"family": family, "version": version.number, "card": text}, as_json, text.rstrip("\n"))
