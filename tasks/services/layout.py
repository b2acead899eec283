"""Brings what `prefect.yaml` says to the Prefect server, and leaves alone what a person has changed there.

`prefect deploy` reads deployments; the file's other sections, work pools, concurrency limits and automations, it does
not know. What is there by its name stays as it is. So do the schedules of a deployment that is there: the file's are
what a new studio begins with.
"""

import asyncio
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate, WorkPoolCreate
from prefect.events.schemas.automations import AutomationCore
from prefect.exceptions import ObjectNotFound
from prefect.workers.utilities import get_default_base_job_template_for_infrastructure_type
from pydantic import ValidationError

from artmodels.accept import first_fault
from artmodels.errors import AtelierError
from tasks.services.plan import Plan

FILE = "prefect.yaml"


def apply_layout(plan: Plan, client: SyncPrefectClient) -> None:
    """Make what `prefect.yaml` names and the server lacks, and bring its deployments up to date.

    Raises:
        AtelierError: the file cannot be read, or `prefect deploy` failed.
    """
    layout = _read(plan.settings.root / FILE)
    try:
        for section in layout.get("work_pools", []):
            _ensure_pool(client, section)
        for section in layout.get("concurrency_limits", []):
            _ensure_limit(client, GlobalConcurrencyLimitCreate(**section))
        _deploy(plan, _without_known_schedules(client, layout))
        for section in layout.get("automations", []):
            _ensure_automation(client, AutomationCore(**section))
    except ValidationError as error:
        raise AtelierError(f"{FILE} is not accepted: {first_fault(error)}.") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        return dict(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, TypeError, ValueError) as error:
        raise AtelierError(f"{path} cannot be read: restore it with git.") from error


def _ensure_pool(client: SyncPrefectClient, section: Mapping[str, Any]) -> None:
    try:
        client.read_work_pool(section["name"])
    except ObjectNotFound:
        template = asyncio.run(get_default_base_job_template_for_infrastructure_type(section["type"]))
        client.create_work_pool(WorkPoolCreate(base_job_template=template or {}, **section))


def _ensure_limit(client: SyncPrefectClient, wanted: GlobalConcurrencyLimitCreate) -> None:
    try:
        client.read_global_concurrency_limit_by_name(wanted.name)
    except ObjectNotFound:
        client.create_global_concurrency_limit(wanted)


def _ensure_automation(client: SyncPrefectClient, wanted: AutomationCore) -> None:
    if not client.read_automations_by_name(wanted.name):
        client.create_automation(wanted)


def _without_known_schedules(client: SyncPrefectClient, layout: Mapping[str, Any]) -> dict[str, Any]:
    """Return the layout without the schedules of deployments that are there: `prefect deploy` would put them back."""
    deployments = []
    for deployment in layout.get("deployments", []):
        name = f"{deployment['entrypoint'].rpartition(':')[2].replace('_', '-')}/{deployment['name']}"
        deployments.append({**deployment})
        if "schedules" in deployment and _is_known(client, name):
            del deployments[-1]["schedules"]
    return {**layout, "deployments": deployments}


def _is_known(client: SyncPrefectClient, name: str) -> bool:
    try:
        client.read_deployment_by_name(name)
    except ObjectNotFound:
        return False
    return True


def _deploy(plan: Plan, layout: Mapping[str, Any]) -> None:
    path = plan.settings.scratch / "services" / FILE
    path.write_text(yaml.safe_dump(dict(layout), sort_keys=False), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", path],
        cwd=plan.settings.root,
        env=plan.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    plan.log("deploy").write_text(done.stdout, encoding="utf-8")
    if done.returncode != 0:
        last = next((line for line in reversed(done.stdout.splitlines()) if line.strip(" │╭╰─╯╮")), "it said nothing")
        raise AtelierError(f"`prefect deploy` failed: {last.strip()} ({plan.log('deploy')})")
