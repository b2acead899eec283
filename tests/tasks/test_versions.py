import os
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest

from artmodels.errors import AtelierError
from tasks.ingest import ingest
from tasks.settings import Settings
from tasks.sources import open_source
from tasks.versions import code_revision, data_md5, pull, read_file, read_files, reproduce, track


@pytest.fixture
def tracked(project: Settings, pictures) -> Settings:
    """A project whose pictures are ingested and tracked."""
    ingest(open_source(str(pictures), project, defaults={"licence": "CC0-1.0"}), project)
    track(project)
    return project


def with_remote(settings: Settings) -> Settings:
    return settings.model_copy(update={"dvc_remote": "store"})


def test_a_version_is_tracked_pushed_and_pulled(tracked):
    md5 = data_md5(tracked)
    assert len(md5) == 36
    assert md5.endswith(".dir")
    assert track(with_remote(tracked)) == md5
    shutil.rmtree(tracked.data)
    shutil.rmtree(tracked.root / ".dvc" / "cache")
    pull(tracked)
    assert tracked.catalog.is_file()
    pull(with_remote(tracked))
    assert data_md5(tracked) == md5


def test_a_file_of_an_earlier_version_is_read_from_the_cache_or_the_remote(tracked, pictures, encode, make_painting):
    first, md5 = tracked.catalog.read_bytes(), data_md5(tracked)
    (pictures / "new.png").write_bytes(encode(make_painting(50)))
    ingest(open_source(str(pictures), tracked, defaults={"licence": "CC0-1.0"}), tracked)
    assert track(tracked) != md5
    assert tracked.catalog.read_bytes() != first
    assert read_file(tracked.root, "", md5, "catalog.parquet") == first
    with pytest.raises(AtelierError, match=f"The data version {md5} holds no nothing.parquet"):
        read_file(tracked.root, "", md5, "nothing.parquet")
    for unknown in ("0" * 32 + ".dir", "", "../../etc/passwd"):
        with pytest.raises(AtelierError, match=f"The data version {unknown} is neither in DVC's cache nor on the"):
            read_file(tracked.root, "", unknown, "catalog.parquet")
    # Another machine has it from the remote.
    subprocess.run([sys.executable, "-m", "dvc", "push", "-q"], cwd=tracked.root, check=True)
    shutil.rmtree(tracked.root / ".dvc" / "cache")
    assert read_file(tracked.root, "", data_md5(tracked), "catalog.parquet") == tracked.catalog.read_bytes()
    works = sorted(path.relative_to(tracked.data).as_posix() for path in tracked.data.rglob("*.*"))
    found = list(read_files(tracked.root, "", data_md5(tracked), works))
    assert found == [(tracked.data / name).read_bytes() for name in works]


def test_stages_run_when_what_they_need_has_changed(tracked, pictures, encode, make_painting, capsys):
    assert reproduce(tracked) == {"split", "pack", "sequences"}
    assert "Stages run: pack, sequences, split." in capsys.readouterr().out
    assert reproduce(tracked) == set()
    assert "all is up to date" in capsys.readouterr().out
    (pictures / "new.png").write_bytes(encode(make_painting(50)))
    ingest(open_source(str(pictures), tracked, defaults={"licence": "CC0-1.0"}), tracked)
    before = data_md5(tracked)
    assert track(tracked) != before
    params = tracked.root / "params.yaml"
    assert reproduce(tracked) == {"split", "pack", "sequences"}
    params.write_text(params.read_text().replace("size: 256", "size: 64"))
    assert reproduce(tracked) == {"pack"}
    # Outputs of an earlier run come back from the cache, which counts: they are other bytes now.
    params.write_text(params.read_text().replace("size: 64", "size: 256"))
    assert reproduce(tracked) == {"pack"}


def test_a_failing_stage_says_why(tracked):
    params = tracked.root / "params.yaml"
    params.write_text(params.read_text().replace("train: 0.75", "train: 0.95"))
    with pytest.raises(AtelierError, match=r"failed to reproduce 'split'.*train, validation, test, summing to 1"):
        reproduce(tracked)


TWO = """
import sys
from tasks.settings import Settings
from tasks.versions import reproduce
reproduce(Settings(root=sys.argv[1]))
"""


def test_two_at_once_wait_for_one_another(tracked, python_here):
    command = [*python_here, "-c", TWO, tracked.root]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = sorted(process.communicate(timeout=60)[0].strip() for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert said == ["Stages run: none, all is up to date.", "Stages run: pack, sequences, split."]


def test_who_is_cancelled_takes_its_stage_along(tracked, python_here):
    stages = tracked.root / "dvc.yaml"
    stages.write_text(f"stages:\n  slow:\n    cmd: {' '.join(SLEEP)}\n    outs: [slow.txt]\n")
    # Whoever starts the tests in the background has them ignore SIGINT, and a child inherits that.
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n" + TWO
    process = subprocess.Popen([*python_here, "-c", heard, tracked.root], stderr=subprocess.DEVNULL)
    wait_for(sleeping)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) != 0
    wait_for(lambda: not sleeping())


# Seconds that no other run of this test sleeps at the same time.
SLEEP = ["sleep", f"61.{os.getpid()}"]


def sleeping() -> bool:
    return any(process.info["cmdline"] == SLEEP for process in psutil.process_iter(["cmdline"]))


def wait_for(happened) -> None:
    limit = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < limit
        time.sleep(0.05)


def test_faults_of_dvc_become_one_sentence(tracked, tmp_path):
    shutil.rmtree(tracked.data)
    shutil.rmtree(tracked.root / ".dvc" / "cache")
    with pytest.raises(AtelierError, match="neither in DVC's cache nor on the remote"):
        pull(tracked)
    with pytest.raises(AtelierError, match="remote 'nowhere' doesn't exist"):
        pull(tracked.model_copy(update={"dvc_remote": "nowhere"}))
    (tracked.root / ".dvc" / "config").write_text("")
    with pytest.raises(AtelierError, match="no remote is set"):
        pull(tracked)
    with pytest.raises(AtelierError, match="No catalog"):
        track(tracked)
    shutil.rmtree(tracked.root / ".dvc")
    with pytest.raises(AtelierError, match="is not a DVC repository: run `dvc init` there"):
        pull(tracked)
    (tracked.root / "data.dvc").unlink()
    for read in (pull, data_md5):
        with pytest.raises(AtelierError, match=r"No data\.dvc in"):
            read(tracked)


def test_unsaved_changes_are_not_lost(tracked):
    tracked.catalog.write_bytes(b"changed by hand")
    with pytest.raises(AtelierError, match="holds changed files that no version has"):
        pull(tracked)
    assert tracked.catalog.read_bytes() == b"changed by hand"


def test_a_damaged_data_file_is_named(project):
    for content in ("outs: [", "outs: []", "", "- 1"):
        (project.root / "data.dvc").write_text(content)
        with pytest.raises(AtelierError, match=r"data\.dvc is damaged"):
            data_md5(project)


def test_the_code_revision_tells_dirty_from_clean(project, settings, monkeypatch):
    clean = code_revision(project)
    assert len(clean) == 40
    (project.root / "dvc.lock").write_text("")
    (project.root / "data.dvc").write_text("")
    assert code_revision(project) == clean
    (project.root / "tasks" / "new.py").write_text("")
    assert code_revision(project).startswith(f"{clean}-dirty-")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(settings.root.parent))
    assert code_revision(settings) == f"unknown ({settings.root}: not a git repository)"
    subprocess.run(["git", "init", "-q", settings.root], check=True)
    assert code_revision(settings) == f"unknown ({settings.root}: no commit yet)"
    monkeypatch.setenv("PATH", str(settings.root))
    assert code_revision(settings) == "unknown (git is not installed)"
