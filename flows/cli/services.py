"""Commands for the studio's services: start them, look at them, look for faults."""

import json
import os
from typing import Annotated

import typer

from flows.cli.options import app

JsonOption = Annotated[bool, typer.Option("--json", help="The same as JSON, for programs.")]


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


@app.command()
def status(as_json: JsonOption = False) -> None:
    """Tell what is up, which models are in use, what is scheduled next, what ran last and how it ended.

    Example: atelier status
    """
    from flows.cli.tables import show_status
    from tasks.services.status import read_status
    from tasks.settings import load_settings

    found = read_status(load_settings())
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
    else:
        show_status(found)


@app.command()
def doctor(as_json: JsonOption = False) -> None:
    """Look at the installation, the stores, the device and the disk, and say what to mend; exit code 1: a fault.

    Example: atelier doctor
    """
    from flows.cli.tables import show_finding
    from tasks.doctor.examine import examine
    from tasks.settings import load_settings

    findings = []
    for finding in examine(load_settings()):
        findings.append(finding)
        if not as_json:
            show_finding(finding)
    if as_json:
        typer.echo(json.dumps([finding.model_dump() for finding in findings], indent=2))
    if any(finding.verdict == "fault" for finding in findings):
        raise typer.Exit(1)
