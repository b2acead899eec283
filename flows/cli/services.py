"""Commands for the studio's services: start them, look at them, look for faults."""

import os

import typer

from flows.cli.options import app


@app.callback()
def prepare(context: typer.Context) -> None:
    """Let every command use the services of this project's `atelier up`, if one is alive."""
    from tasks.services.state import join_services
    from tasks.settings import load_settings

    if context.invoked_subcommand == up.__name__:
        # It starts its own, whose logs are kept in full.
        return
    # Prefect's own log would drown what the commands say.
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "WARNING")
    join_services(load_settings())


@app.command()
def up() -> None:
    """Start a Prefect server, an MLflow server and a worker for each work pool; Ctrl-C ends them all.

    Example: atelier up
    """
    from tasks.services.up import run_services
    from tasks.settings import load_settings

    run_services(load_settings(), typer.echo)
