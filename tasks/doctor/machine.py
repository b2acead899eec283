"""What this machine has: ports, the device that models run on, room on its disks."""

import os
import shutil

from tasks.doctor.findings import Looks, first_line
from tasks.settings import Settings

_SHORT, _FULL = 5e9, 1e9
"""Bytes of free disk below which there is a warning, and a fault."""


def look_at_ports(settings: Settings) -> Looks:
    """See whether `atelier up` could listen."""
    from tasks.services.plan import plan_services
    from tasks.services.ports import check_ports
    from tasks.services.state import read_state

    if read_state(settings) is not None:
        yield "ok", "in use by this project's `atelier up`"
    else:
        check_ports(plan_services(settings))
        yield "ok", f"{settings.prefect_port} and {settings.mlflow_port} are free"


def look_at_device(settings: Settings) -> Looks:
    """See what models run on, and whether it computes in bfloat16."""
    import torch

    from artmodels.precision import fastest_dtype

    device = settings.torch_device
    try:
        torch.ones(8, device=device).sum().item()
    except (RuntimeError, AssertionError) as error:
        yield (
            "fault",
            f"ATELIER_DEVICE={device} cannot be used ({first_line(error)}): set another.",
        )
        return
    name = torch.cuda.get_device_name() if device.startswith("cuda") else f"{os.cpu_count()} cores"
    if fastest_dtype(device) is torch.bfloat16:
        yield "ok", f"{device} ({name}), computes in bfloat16"
    else:
        yield "ok", f"{device} ({name}), no bfloat16: train with --set precision=32-true"


def look_at_disk(settings: Settings) -> Looks:
    """See whether there is room where data, scratch and pictures go."""
    seen: dict[int, str] = {}
    for folder in (settings.data, settings.scratch, settings.root / "out", settings.root):
        there = next(path for path in (folder, *folder.parents) if path.exists())
        if (device := there.stat().st_dev) in seen:
            continue
        free = shutil.disk_usage(there).free
        seen[device] = f"{free / 1e9:.0f} GB free at {there}"
        if free < _FULL:
            yield "fault", f"{seen[device]}: make room before anything is written."
        elif free < _SHORT:
            yield "warning", f"{seen[device]}: make room soon."
        else:
            yield "ok", seen[device]
