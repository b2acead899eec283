"""Is what is installed what the package demands, and what was tested?"""

import importlib
import importlib.metadata
import os
import platform
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from artmodels.accept import meant
from tasks.doctor.findings import Looks, first_line
from tasks.settings import Settings

PACKAGE = "atelier"
TESTED_PYTHON = "3.11"

_IMPORTS = ("torch", "lightning", "albumentations", "prefect", "mlflow", "dvc.api", "supervisor", "cv2", "pyvips", "av")
_SHOWN = 5
"""How many packages are named."""


def look_at_python(_settings: Settings) -> Looks:
    """Compare this Python with what the package demands and what is tested."""
    here = platform.python_version()
    demanded = importlib.metadata.metadata(PACKAGE)["Requires-Python"]
    if not Requirement(f"python{demanded}").specifier.contains(here):
        yield (
            "fault",
            f"Python {here} does not do, {demanded} does: make an environment with {TESTED_PYTHON}.",
        )
    elif not here.startswith(f"{TESTED_PYTHON}."):
        yield "warning", f"Python {here} is not tested, {TESTED_PYTHON} is."
    else:
        yield "ok", f"Python {here}"


def look_at_packages(settings: Settings) -> Looks:
    """Compare what is installed with what the package demands, and with the tested set; import what is heavy."""
    unfit = list(_unfit(importlib.metadata.requires(PACKAGE) or []))
    for text in unfit:
        yield "fault", f"{text}: run `make install`."
    for name in _IMPORTS:
        try:
            importlib.import_module(name)
        except Exception as error:  # noqa: BLE001 - whatever it is, it cannot be used
            yield "fault", f"{name} cannot be imported ({first_line(error)}): run `make install`."
            unfit.append(name)
    other = list(_untested(settings.root / "constraints.txt"))
    if other:
        more = f" and {len(other) - _SHOWN} more" if len(other) > _SHOWN else ""
        yield "warning", f"Other versions than the tested ones: {', '.join(other[:_SHOWN])}{more}."
    elif not unfit:
        yield "ok", "all that is needed, in tested versions"


def look_at_settings(_settings: Settings) -> Looks:
    """Name the variables that no setting reads: a name that is written wrong changes nothing, and says nothing."""
    known = [f"ATELIER_{name.upper()}" for name in Settings.model_fields]
    unknown = sorted(name for name in os.environ if name.startswith("ATELIER_") and name not in known)
    for name in unknown:
        yield "warning", f"{name} is no setting{meant(name, known)}: docs/reference/settings.md lists them."
    if not unknown:
        yield "ok", "no variable that no setting reads"


def _unfit(requirements: list[str]) -> Iterator[str]:
    for requirement in map(Requirement, requirements):
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            here = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            yield f"{requirement.name} is missing"
            continue
        if not requirement.specifier.contains(here, prereleases=True):
            yield f"{requirement.name} {here} does not do, {requirement.specifier} does"


def _untested(constraints: Path) -> Iterator[str]:
    """Tell which installed packages differ from the tested set; nothing where the project does not hold the file."""
    here = {canonicalize_name(one.name): one.version for one in importlib.metadata.distributions()}
    lines = constraints.read_text(encoding="utf-8").splitlines() if constraints.is_file() else []
    for line in lines:
        text = line.partition("#")[0].strip()
        if not text:
            continue
        tested = Requirement(text)
        installed = here.get(canonicalize_name(tested.name))
        # A build's own mark, `+cu130`, is no other version.
        if installed and not tested.specifier.contains(Version(installed).public, prereleases=True):
            yield f"{tested.name} {installed} ({tested.specifier})"
