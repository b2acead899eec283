"""The pages that take a newcomer by the hand, followed to the letter in a fresh clone."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from docs_pages import ROOT, fences

END = "@@ended"


@dataclass
class Step:
    """A command as it stands on a page, and what the page says that it prints."""

    command: str
    said: list[str] = field(default_factory=list)


def steps_of(page: Path) -> list[Step]:
    """Read a page: in `console` blocks, lines after `$ ` and their output; in blocks with a title, files to write."""
    found: list[Step] = []
    for fence in fences(page):
        if named := re.search(r'title="([^"]+)"', fence.info):
            # Where it stands on the page, as a reader would save it.
            found.append(Step(f"cat > {named[1]} <<'{END}'\n{fence.content}{END}"))
        elif fence.info == "console":
            for line in fence.content.splitlines():
                if line.startswith("$ "):
                    found.append(Step(line[2:]))
                else:
                    found[-1].said.append(line)
    return found


def matches(said: str, printed: str) -> bool:
    """Compare what a page says with what was printed; `...` stands for anything.

    A page does not tell how far a job was after half a minute, as those do whose output is no terminal.
    """
    printed = "\n".join(line for line in printed.splitlines() if not re.fullmatch(r".* %, .* gone", line))
    pattern = ".*".join(re.escape(part) for part in said.split("..."))
    return re.fullmatch(pattern, printed, re.DOTALL) is not None


def follow(steps: list[Step], project: Path, environment: dict[str, str]) -> list[tuple[int, str]]:
    """Type the commands into one shell; return each one's exit code and output."""
    script = "".join(f"{step.command}\nstatus=$?; printf '\\n{END} %d\\n' $status; (exit $status)\n" for step in steps)
    done = subprocess.run(
        ["bash", "-c", script],
        stdin=subprocess.DEVNULL,
        cwd=project,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    parts = re.split(rf"\n{END} (\d+)\n", done.stdout)
    return [(int(code), output) for output, code in zip(parts[:-1:2], parts[1::2], strict=True)]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of this repository as it stands, changes that are not committed included."""
    project, index = tmp_path / "atelier", tmp_path / "index"
    subprocess.run(["git", "init", "-q", "--bare", index], check=True)
    # By a repository of its own: what is tested need not be one.
    listed = subprocess.run(
        ["git", f"--git-dir={index}", f"--work-tree={ROOT}", "ls-files", "-z", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, project / name)
    return project


@pytest.fixture
def environment(clone: Path, tmp_path: Path) -> dict[str, str]:
    """The environment of a newcomer's shell: `atelier` is this code, and nothing is shared with the machine's owner."""
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "atelier").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m flows.cli "$@"\n')
    (tools / "atelier").chmod(0o755)
    (tmp_path / "gitconfig").write_text("[user]\nname = Ada\nemail = ada@example.org\n")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ATELIER_", "PREFECT_", "OMP_"))}
    made = kept | {
        "PATH": f"{tools}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(clone),
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "300",
        "DVC_SITE_CACHE_DIR": str(tmp_path / "dvc-site"),
        "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig"),
    }
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "Begin"]):
        subprocess.run(["git", *command], cwd=clone, env=made, check=True)
    return made


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", ["tutorial.md", "howto/add_family.md"])
def test_a_walkthrough_does_what_it_says(name, clone, environment):
    steps = steps_of(ROOT / "docs" / name)
    results = follow(steps, clone, environment)
    for number, (step, (code, printed)) in enumerate(zip(steps, results, strict=True)):
        says_why = steps[number + 1 : number + 2] and steps[number + 1].command == "echo $?"
        assert code == 0 or says_why, f"$ {step.command}\n{printed}"
        if step.said:
            assert matches("\n".join(step.said), printed.strip()), f"$ {step.command}\n{printed}"


def test_only_the_installation_is_left_to_the_reader():
    blocks = [fence for fence in fences(ROOT / "docs" / "tutorial.md") if fence.info != "console"]
    assert [fence.content.splitlines()[-2:] for fence in blocks] == [["make install", "source .venv/bin/activate"]]


def test_dots_stand_for_anything():
    assert matches("2 painted, in ... s.", "2 painted, in 0.2 s.")
    assert matches("...v1 in use", "noise\nv1 in use")
    assert not matches("2 painted", "3 painted")
    assert matches("2 painted", "stylizing: 1/2 50 %, 0.5 pictures/s, 0:00:02 left, 0:00:30 gone\n2 painted")
