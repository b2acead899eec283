"""The application `atelier`, and its commands as a table of contents: what `atelier --help` shows, in this order."""

from collections.abc import Callable
from typing import Any

import typer

from flows.cli import (
    critics,
    data,
    generators,
    models,
    music,
    orders,
    people,
    pictures,
    provenance,
    reports,
    schedules,
    services,
    sketches,
    studio,
    texts,
)

CONTENTS: dict[str, list[Callable[..., Any]]] = {
    "Begin": [pictures.demo, services.doctor, services.up, services.status],
    "Works, and whose they are": [data.ingest, data.rate, provenance.rights, provenance.opt_out],
    "Make": [
        pictures.stylize,
        pictures.video,
        generators.generate,
        generators.interpolate,
        generators.directions,
        music.compose,
        sketches.draw,
    ],
    "Judge": [critics.critique, critics.advise, pictures.classify, texts.read, people.taste],
    "Orders": [orders.order, orders.orders],
    "Train": [models.adopt, models.train, models.sweep, models.retrain, models.evaluate, generators.export],
    "Promote": [
        models.promote,
        schedules.approvals,
        schedules.approve,
        schedules.refuse,
        models.rollback,
        models.history,
    ],
    "Run by itself": [schedules.watch],
    "Look": [studio.studio, reports.open_, reports.card, provenance.verify],
}
"""The commands, by the headings that they stand under."""

app = typer.Typer(
    name="atelier",
    help="A production line for deep-learning art: take works in, train, promote, and fill orders of pictures.",
    epilog="`atelier COMMAND --help` has examples. New here: `atelier demo`, then docs/tutorial.md.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.callback()(services.prepare)
app.add_typer(schedules.schedule, name="schedule", rich_help_panel="Run by itself")
for heading, commands in CONTENTS.items():
    for command in commands:
        app.command(command.__name__.rstrip("_").replace("_", "-"), rich_help_panel=heading)(command)
