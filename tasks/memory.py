"""The most memory that a process has held."""

import resource
import sys
from pathlib import Path


def peak_megabytes() -> float:
    """Return this process's own peak, in MB.

    Linux hands the peak of `getrusage` on from the parent that started the process; its own is in /proc.
    """
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e6
    # macOS counts in bytes.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
