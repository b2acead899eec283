"""A process is killed in the middle of a picture, for real; the next one ends with the same bytes."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import large_toy
import pytest
import pyvips

KILLS = 6


def command(*arguments: object) -> list[str]:
    root = Path(__file__).parents[3]
    return ["env", f"PYTHONPATH={root}", sys.executable, large_toy.__file__, *map(str, arguments)]


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    """A picture of five strips."""
    path = tmp_path / "in.png"
    noise = pyvips.Image.gaussnoise(400, 3200, mean=128, sigma=40, seed=1)
    noise.bandjoin([noise.fliphor(), noise.flipver()]).cast("uchar").copy(interpretation="srgb").pngsave(str(path))
    return path


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_picture_killed_in_the_middle_ends_with_the_same_bytes(wide, tmp_path):
    subprocess.run(command(wide, tmp_path / "calm.tif"), check=True, stdout=subprocess.DEVNULL)
    calm = (tmp_path / "calm.tif").read_bytes()
    chance, resumed = random.Random(3), 0
    for number in range(KILLS):
        output = tmp_path / f"killed{number}.tif"
        with subprocess.Popen(command(wide, output), stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            for _ in range(chance.randrange(1, 5)):
                process.stdout.readline()
            time.sleep(chance.uniform(0, 0.3))
            process.send_signal(signal.SIGKILL)
        resumed += not output.exists()
        again = subprocess.run(command(wide, output), check=True, capture_output=True, text=True)
        # What was painted is not painted again: fewer strips than there are.
        assert len(again.stdout.split()) < 6
        assert output.read_bytes() == calm
        assert not output.with_suffix(".rgb").exists()
        assert not output.with_suffix(".json").exists()
    assert resumed >= KILLS // 2, "most kills must hit a picture in the middle to show anything"
