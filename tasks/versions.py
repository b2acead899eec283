"""Versions of data and code: DVC, one caller at a time, and git.

DVC runs as a process of its own (0.4 s to start): the environment that its stages need stays out of ours,
and a cancelled flow can end it, with whatever stage it runs.
"""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from artmodels.errors import AtelierError
from tasks.listings import check_listings
from tasks.locks import hold_data
from tasks.patience import StoreAwayError, patiently
from tasks.secrets import hide_password
from tasks.settings import Settings

DATA = "data.dvc"
CODE = ("artmodels", "tasks")
"""The rooms that decide what a training makes of its data."""

_MD5 = re.compile(r"[0-9a-f]{32}\.dir")

_RAN = re.compile(r"^(?:Running stage|Stage) '([^']+)'(?::| is cached - skipping run)", re.MULTILINE)
"""What `dvc repro` says of a stage whose outputs it made, or took from the cache of earlier runs."""

_LOST = "ERROR: failed to transfer"

_SENTENCES = {
    "not inside of a DVC repository": "{root} is not a DVC repository: run `dvc init` there.",
    "no remote specified": "No DVC remote is set: `dvc remote add --default NAME URL` sets one.",
    "No remote provided": (
        "The data is not in DVC's cache and no remote is set to pull it from: "
        "`dvc remote add --default NAME URL`, or ATELIER_DVC_REMOTE=NAME."
    ),
    "Unable to locate credentials": (
        "The DVC remote wants credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, give them."
    ),
    "Missing cache files": (
        "The data is neither in DVC's cache nor on the remote: run `dvc push` where the data is, and pull again."
    ),
    "unsaved files": (
        "{root} holds changed files that no version has: `dvc status` names them; run `dvc add FOLDER` to keep them, "
        "or `dvc checkout --force` to lose them."
    ),
    "Unable to acquire lock": "Another DVC process is at work in {root}: wait for it to end.",
}
"""What DVC says when something is amiss, and what a person can do about it; the first that fits counts."""

_AWAY = re.compile(
    r"Could not connect|[Cc]onnection (?:re|aborted|timed|was closed)|[Tt]imed? ?out|\(5\d\d\) when calling|SlowDown"
)
"""What DVC says when a remote does not answer, which may pass."""


def pull(settings: Settings) -> None:
    """Fetch what `*.dvc` files at the root describe, as far as it is not in place: data and weights.

    What `dvc.yaml` derives is not pulled: `reproduce` makes it.

    A remote is not trusted: DVC itself would write wherever the listing of a folder that came from one says.

    Raises:
        AtelierError: nothing is tracked, no remote is set, the remote lacks a file, or a file would be written outside
            its folder.
    """
    targets = sorted(path.name for path in settings.root.glob("*.dvc") if path.is_file())
    if not targets:
        raise AtelierError(f"No {DATA} in {settings.root}: `atelier ingest` makes one.")
    with hold_data(settings):
        patiently(lambda: _dvc(settings, "fetch", *_remote(settings), *targets))
        try:
            check_listings(settings.root, targets, Path(_dvc(settings, "cache", "dir").strip()))
        except FileNotFoundError as error:
            # DVC lets a fetch pass that found nothing, and one that had nowhere to look.
            nowhere = not settings.dvc_remote and not _dvc(settings, "remote", "list").strip()
            raise AtelierError(_SENTENCES["No remote provided" if nowhere else "Missing cache files"]) from error
        _dvc(settings, "checkout", *targets)


def reproduce(settings: Settings) -> set[str]:
    """Bring what `dvc.yaml` derives up to date; return the names of the stages that were not.

    Raises:
        AtelierError: a stage failed, with its last words; or DVC did.
    """
    with hold_data(settings):
        output = _dvc(settings, "repro")
    ran = set(_RAN.findall(output))
    print(f"Stages run: {', '.join(sorted(ran)) or 'none, all is up to date'}.")
    return ran


def track(settings: Settings) -> str:
    """Make a version of `data/`, push it if ATELIER_DVC_REMOTE names a remote, and return its md5.

    Raises:
        AtelierError: there is no data, or the cache or the remote cannot be written to.
    """
    if not settings.catalog.is_file():
        raise AtelierError(f"No catalog at {settings.catalog}: run `atelier ingest`.")
    with hold_data(settings):
        _add(settings)
        if settings.dvc_remote:
            patiently(lambda: _dvc(settings, "push", *_remote(settings), DATA))
    return data_md5(settings)


def _add(settings: Settings) -> None:
    """Add the data; where that fails `data.dvc` stays as it was, since it may name only what the cache holds."""
    path = settings.root / DATA
    before = path.read_bytes() if path.is_file() else None
    try:
        _dvc(settings, "add", "data")
    except AtelierError:
        if before is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(before)
        raise


def data_md5(settings: Settings) -> str:
    """Return the md5 of the tracked version of `data/`, as `data.dvc` holds it: 32 hex digits and ".dir".

    Raises:
        AtelierError: there is no `data.dvc`, or it cannot be read.
    """
    path = settings.root / DATA
    try:
        return str(yaml.safe_load(path.read_text(encoding="utf-8"))["outs"][0]["md5"])
    except FileNotFoundError as error:
        raise AtelierError(f"No {DATA} in {settings.root}: `atelier ingest` makes one.") from error
    except (OSError, yaml.YAMLError, LookupError, TypeError) as error:
        raise AtelierError(f"{path} is damaged: restore it with git.") from error


def compare_data(settings: Settings) -> tuple[list[str], int]:
    """Compare what is here with the tracked revision, and the revision with the remote.

    Returns:
        the tracked folders that differ or are not here, and how many files the remote lacks.

    Raises:
        AtelierError: no remote is set, or it does not answer.
    """
    targets = sorted(path.name for path in settings.root.glob("*.dvc") if path.is_file())
    changed = _json(_dvc(settings, "status", "--json", *targets))
    cloud = _json(_dvc(settings, "status", "--cloud", "--json", *_remote(settings), *targets))
    missing = [name for name, state in cloud.items() if state in ("new", "missing")]
    return [name.removesuffix(".dvc") for name in changed], len(missing)


class NotHere(AtelierError):  # noqa: N818 - says where the data is
    """A version of the data, or a file of it, that is neither in DVC's cache nor on its remote."""


def read_file(root: Path, remote: str, md5: str, name: str) -> bytes:
    """Return one file of any version of `data/`: see `read_files`."""
    (content,) = read_files(root, remote, md5, [name])
    return content


def read_files(root: Path, remote: str, md5: str, names: Iterable[str]) -> Iterator[bytes]:
    """Yield files of any version of `data/`, from DVC's cache or the remote; nothing is checked out.

    Args:
        root: the project's folder.
        remote: DVC remote that is asked for what the cache has not; empty: DVC's default.
        md5: of the version, as `data_md5` returns it.
        names: of the files, relative to `data/`.

    Raises:
        NotHere: neither the cache nor the remote has that version or a file of it, or it has no such file.
    """
    from dvc.exceptions import DvcException
    from dvc.repo import Repo
    from dvc_objects.errors import ObjectFormatError

    # What is no md5 names no file.
    if not _MD5.fullmatch(md5):
        raise NotHere(_nowhere(md5))
    try:
        with Repo(str(root)) as repo:
            stores = [repo.cache.local]
            if remote or repo.config["core"].get("remote"):
                stores.append(repo.cloud.get_remote_odb(remote or None))
            listed = _listing(stores, md5)
            for name in names:
                if name not in listed:
                    raise NotHere(f"The data version {md5} holds no {name}.")
                yield _object(stores, listed[name], md5)
    except (DvcException, ObjectFormatError, OSError) as error:
        raise NotHere(f"The data version {md5} cannot be read: {' '.join(str(error).split())}") from error


def _listing(stores: Sequence[Any], md5: str) -> dict[str, str]:
    """Return the files of a version, each with the md5 of its content."""
    from dvc_data.hashfile.hash_info import HashInfo
    from dvc_data.hashfile.tree import Tree

    for store in stores:
        try:
            return {"/".join(key): info.value for key, _, info in Tree.load(store, HashInfo("md5", md5))}
        except FileNotFoundError:
            continue
    raise NotHere(_nowhere(md5))


def _object(stores: Sequence[Any], content: str, md5: str) -> bytes:
    for store in stores:
        try:
            return bytes(store.fs.cat_file(store.oid_to_path(content)))
        except FileNotFoundError:
            continue
    raise NotHere(_nowhere(md5))


def _nowhere(md5: str) -> str:
    return f"The data version {md5} is neither in DVC's cache nor on the remote: `dvc push` where it is."


def code_revision(settings: Settings) -> str:
    """Return the last commit that changed the code, and a digest of what differs from it, if anything does.

    Only the rooms that decide a model count: a word in the documentation or a new data version makes no other one.
    Where there is no commit, the answer begins with "unknown" and says why.
    """
    try:
        _git(settings.root, "rev-parse", "--verify", "HEAD")
        commit = _git(settings.root, "log", "-1", "--format=%H", "--", *CODE)
        changed = _git(settings.root, "diff", "HEAD", "--", *CODE)
        changed += _git(settings.root, "ls-files", "--others", "--exclude-standard", "--", *CODE)
    except FileNotFoundError:
        return "unknown (git is not installed)"
    except subprocess.CalledProcessError as error:
        why = "no commit yet" if "Needed a single revision" in error.stderr else "not a git repository"
        return f"unknown ({settings.root}: {why})"
    return f"{commit}-dirty-{hashlib.sha256(changed.encode()).hexdigest()[:12]}" if changed else commit


def _git(root: Path, *arguments: str) -> str:
    """Run git in `root` and return what it says."""
    done = subprocess.run(["git", "-C", root, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def _json(output: str) -> dict[str, Any]:
    """Read what DVC says last; it may warn before."""
    return dict(json.loads(output.strip().splitlines()[-1]))


def _remote(settings: Settings) -> list[str]:
    """Return the option that names the remote; nothing for DVC's default."""
    return ["--remote", settings.dvc_remote] if settings.dvc_remote else []


def _dvc(settings: Settings, *arguments: str) -> str:
    """Run DVC at the root and return what it and its stages say.

    Raises:
        AtelierError: DVC failed; says why in one sentence.
    """
    binaries = str(Path(sys.executable).parent)
    environment = os.environ | {
        # A stage's `python` must be the one that runs this, whether or not its environment is activated.
        "PATH": os.pathsep.join([binaries, os.environ.get("PATH", os.defpath)]),
        "ATELIER_ROOT": str(settings.root),
        "DVC_NO_ANALYTICS": "1",
        # DVC is run again where a remote does not answer; many attempts of both would take many minutes.
        "AWS_MAX_ATTEMPTS": "3",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "dvc", *arguments],
        cwd=settings.root,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            output, _ = process.communicate()
        except BaseException:
            os.killpg(process.pid, signal.SIGTERM)
            raise
    # `dvc add` ends as if all were well where it could not copy a file: the disk is full, for one.
    if process.returncode != 0 or _LOST in output:
        sentence = hide_password(_sentence(settings.root, arguments[0], output))
        away = arguments[0] in ("fetch", "push") and _AWAY.search(output)
        raise StoreAwayError(sentence) if away else AtelierError(sentence)
    return output


def _sentence(root: Path, command: str, output: str) -> str:
    """Make one sentence of what DVC said before it failed."""
    for words, sentence in _SENTENCES.items():
        if words in output:
            return sentence.format(root=root)
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    faults = [number for number, line in enumerate(lines) if line.startswith("ERROR: ")]
    if not faults:
        return f"`dvc {command}` failed: {' '.join(lines) or 'it said nothing'}"
    fault = lines[faults[0]].removeprefix("ERROR: ").removeprefix("unexpected error - ")
    # The line before is the last word of the stage itself.
    said = f" ({lines[faults[0] - 1]})" if command == "repro" and faults[0] else ""
    return f"`dvc {command}` failed: {fault}{said}"
