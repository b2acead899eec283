"""Peak memory of a process of its own."""

import subprocess
import sys
from pathlib import Path

import large_toy
import pytest
import pyvips

WIDTH = 6000


@pytest.mark.slow
@pytest.mark.timeout(600)
# Of a pyramid libvips holds the smaller copies until the end, compressed: a quarter of the file.
@pytest.mark.parametrize(("suffix", "growth"), [(".tif", 150), (".png", 80)])
def test_memory_does_not_grow_with_the_picture(tmp_path, suffix, growth):
    def megabytes(height: int) -> float:
        content = tmp_path / f"{height}.jpg"
        noise = pyvips.Image.gaussnoise(WIDTH, height, mean=128, sigma=40, seed=1).cast("uchar")
        noise.jpegsave(str(content))
        paths = [large_toy.__file__, content, tmp_path / f"{height}{suffix}", "negative"]
        root = Path(__file__).parents[3]
        command = ["env", f"PYTHONPATH={root}", sys.executable, *map(str, paths)]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])

    low, high = megabytes(2000), megabytes(10_000)
    assert high < 600, "60 megapixels are 180 MB, and a painter's buffers come on top"
    assert high < low + growth
