"""MATLAB's files, read in a process of their own: a damaged one can crash SciPy's reader, and Python with it.

python -m tasks.sources.matlab FILE.mat OUT.npz NAME...
"""

import subprocess
import sys
import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from artmodels.errors import AtelierError

COMMAND = (sys.executable, "-m", "tasks.sources.matlab")

_FAULTS = (OSError, ValueError, TypeError, NotImplementedError, LookupError, AttributeError, MemoryError, zlib.error)


def read_cells(file: Path, names: Sequence[str]) -> dict[str, list[np.ndarray]]:
    """Return the cells of those of the named cell arrays that a file has.

    Raises:
        AtelierError: it cannot be read, or holds something else than numbers.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "cells.npz"
        done = subprocess.run([*COMMAND, str(file), str(out), *names], check=False, capture_output=True, text=True)
        if done.returncode != 0:
            said = done.stderr.strip().splitlines() if done.returncode == 1 else []
            raise AtelierError(f"{file} cannot be read as a .mat file: {said[-1] if said else 'it is damaged'}.")
        with np.load(out, allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in archive.files}
    found: dict[str, list[np.ndarray]] = {}
    for key, array in arrays.items():
        found.setdefault(key.partition(" ")[0], []).append(array)
    return found


def main(arguments: Sequence[str]) -> int:
    """Write each cell as an array of its own; return the exit status."""
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    file, out, *names = arguments
    try:
        read = loadmat(file, variable_names=names)
        cells = {
            f"{name} {number}": np.asarray(cell)
            for name in names
            if name in read
            for number, cell in enumerate(np.ravel(read[name]))
        }
        if any(cell.dtype.kind not in "biuf" for cell in cells.values()):
            raise ValueError("a cell holds something else than numbers")
        np.savez(out, **cells)  # type: ignore[arg-type]
    except (*_FAULTS, MatReadError) as error:
        print(f"{error}".strip().rstrip(".") or "it ends too early", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
