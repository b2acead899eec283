"""Commands for the studio's services: start them, look at them, look for faults."""

import os

import typer

from flows.cli.options import JsonOption, settings, tell


def prepare(context: typer.Context) -> None:
    """Let every command use the services of this project's `atelier up`, if one is alive."""
    from tasks.services.state import join_services

    if context.invoked_subcommand == up.__name__:
        # It starts its own, whose logs are kept in full.
        return
    # Prefect's own log would drown what the commands say.
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "WARNING")
    join_services(settings())


def up() -> None:
    """Start the studio's services; Ctrl-C ends them all.

    They are a Prefect server, an MLflow server, and a worker for each work pool.

    Example: atelier up
    """
    from tasks.services.up import run_services

    run_services(settings(), typer.echo)


def status(as_json: JsonOption = False) -> None:
    """Tell what is up, in use and scheduled, and how runs ended.

    Example: atelier status
    """
    from flows.cli.tables import show_status
    from tasks.services.status import read_status

    found = read_status(settings())
    if as_json:
        tell(found.model_dump(mode="json"), as_json)
    else:
        show_status(found)


def doctor(as_json: JsonOption = False) -> None:
    """Look for faults, and say what to mend.

    In the installation, the stores, the device, the disk, the versions. Exit code 1: there is a fault.

    Example: atelier doctor
    """
    from flows.cli.tables import show_finding
    from tasks.doctor.examine import examine

    findings = []
    for finding in examine(settings()):
        findings.append(finding)
        if not as_json:
            show_finding(finding)
    if as_json:
        tell([finding.model_dump() for finding in findings], as_json)
    if any(finding.verdict == "fault" for finding in findings):
        raise typer.Exit(1)
