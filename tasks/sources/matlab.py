"""MATLAB's files, read in a process of their own: a damaged one can crash SciPy's reader, and Python with it."""

import zlib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from artmodels.errors import AtelierError

_FAULTS = (OSError, ValueError, TypeError, NotImplementedError, LookupError, AttributeError, MemoryError, zlib.error)


def read_mat(file: Path, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Return those of the named variables that a file has.

    Raises:
        AtelierError: it cannot be read.
    """
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        try:
            found = pool.submit(_load, file, names).result()
        except BrokenProcessPool as error:
            raise AtelierError(f"{file} cannot be read as a .mat file: it is damaged.") from error
    if isinstance(found, str):
        raise AtelierError(f"{file} cannot be read as a .mat file: {found}.")
    return found


def _load(file: Path, names: Sequence[str]) -> dict[str, np.ndarray] | str:
    """The variables, or why there are none."""
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        cells = loadmat(file, variable_names=names)
    except (*_FAULTS, MatReadError) as error:
        return f"{error}".rstrip(".") or "it ends too early"
    return {name: cells[name] for name in names if name in cells}
