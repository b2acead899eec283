from pathlib import Path

import numpy as np
import pytest
from large_toy import make_painter
from PIL import Image

from artmodels.style.painter import StylePainter


@pytest.fixture(scope="session")
def painter() -> StylePainter:
    return make_painter()


@pytest.fixture
def small_tiles(monkeypatch: pytest.MonkeyPatch) -> int:
    """Many tiles in a picture that is quickly painted."""
    monkeypatch.setattr("tasks.large.paint.TILE", 96)
    return 96


@pytest.fixture
def photo(tmp_path: Path, make_painting) -> Path:
    """A picture with grain, of a size that no tile divides."""
    smooth = make_painting(3, 301, 413).astype(float)
    grain = np.random.default_rng(0).normal(0, 8, smooth.shape)
    path = tmp_path / "photo.png"
    Image.fromarray((smooth + grain).clip(0, 255).astype(np.uint8)).save(path)
    return path
