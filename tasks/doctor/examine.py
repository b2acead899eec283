"""Looks at everything, one subject after the other."""

from collections.abc import Callable, Iterator

from artmodels.errors import AtelierError
from tasks.doctor import installation, machine, stores
from tasks.doctor.findings import Finding, Looks
from tasks.settings import Settings

SUBJECTS: dict[str, Callable[[Settings], Looks]] = {
    "Python": installation.look_at_python,
    "packages": installation.look_at_packages,
    "settings": installation.look_at_settings,
    "git": stores.look_at_git,
    "data": stores.look_at_data,
    "registry": stores.look_at_registry,
    "Prefect": stores.look_at_prefect,
    "ports": machine.look_at_ports,
    "device": machine.look_at_device,
    "disk": machine.look_at_disk,
}


def examine(settings: Settings) -> Iterator[Finding]:
    """Yield what is found; a subject that cannot be looked at is a fault and hides no other."""
    for subject, look in SUBJECTS.items():
        try:
            for verdict, text in look(settings):
                yield Finding(subject=subject, verdict=verdict, text=text)
        except AtelierError as error:
            yield Finding(subject=subject, verdict="fault", text=str(error))
