import os
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from test_fit import run

from artmodels.errors import AtelierError
from artmodels.fit import CHECKPOINT


class Mark:
    """A pickle that makes a folder when it is opened."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.folder),)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize("kind", ["torch", "pickle", "text"])
def test_a_checkpoint_cannot_run_code(tmp_path, kind):
    path = tmp_path / "run" / CHECKPOINT
    path.parent.mkdir()
    if kind == "torch":
        torch.save({"state_dict": Mark(tmp_path / "opened"), "global_step": 3}, path)
    else:
        path.write_bytes(pickle.dumps(Mark(tmp_path / "opened")) if kind == "pickle" else b"nothing of the kind")
    with pytest.raises(AtelierError, match=r"last\.ckpt cannot be read as plain tensors: delete it"):
        run(path.parent)
    assert not (tmp_path / "opened").exists()
