import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from artmodels.errors import AtelierError
from tasks.listings import check_listings
from tasks.versions import pull, track

OUTSIDE = [
    "../up.txt",
    "a/../../up.txt",
    "/tmp/root.txt",
    "../../.git/hooks/post-checkout",
    "..",
    "",
    "a\x00b",
    None,
    3,
]


def listed(root: Path, *paths: Any, legacy: bool = False) -> None:
    """Make a project whose data is a folder of these paths, fetched into the cache."""
    listing = json.dumps([{"md5": "0" * 32, "relpath": path} for path in paths]).encode()
    digest = hashlib.md5(listing).hexdigest()
    place = root / "cache" / ("" if legacy else "files/md5") / digest[:2] / f"{digest[2:]}.dir"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(listing)
    (root / "data.dvc").write_text(yaml.safe_dump({"outs": [{"md5": f"{digest}.dir", "path": "data"}]}))


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("path", OUTSIDE)
def test_a_listing_that_leads_outside_is_refused(tmp_path, path, legacy):
    listed(tmp_path, "a.png", path, legacy=legacy)
    with pytest.raises(
        AtelierError, match=r"The listing .*\.dir of data\.dvc names .* outside its folder: nothing was"
    ):
        check_listings(tmp_path, ["data.dvc"], tmp_path / "cache")


@pytest.mark.parametrize("path", OUTSIDE)
def test_an_output_outside_the_project_is_refused(tmp_path, path):
    (tmp_path / "data.dvc").write_text(yaml.safe_dump({"outs": [{"md5": "0" * 32, "path": path}]}))
    with pytest.raises(AtelierError, match=r"data\.dvc names .* outside its folder"):
        check_listings(tmp_path, ["data.dvc"], tmp_path / "cache")


@given(st.lists(st.sampled_from(["a", "b c", "...", "..a", "é", "~", "$HOME"]), min_size=1))
def test_what_stays_inside_is_accepted(tmp_path_factory, parts):
    root = tmp_path_factory.mktemp("root")
    listed(root, "/".join(parts))
    check_listings(root, ["data.dvc"], root / "cache")


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"a": 1}', b'[{"md5": "0"}]', b"[" * 100_000, b"\xff"])
def test_a_damaged_listing_is_named(tmp_path, content):
    listed(tmp_path, "a.png")
    (listing,) = (tmp_path / "cache").rglob("*.dir")
    listing.write_bytes(content)
    with pytest.raises(AtelierError, match=r"\.dir is damaged: delete it, and pull again"):
        check_listings(tmp_path, ["data.dvc"], tmp_path / "cache")


@pytest.mark.slow
def test_a_remote_cannot_write_outside_the_data(project, tmp_path):
    project.data.mkdir()
    (project.data / "catalog.parquet").write_bytes(b"as it was")
    studio = project.model_copy(update={"dvc_remote": "store"})
    track(studio)
    (listing,) = (tmp_path / "store").rglob("*.dir")
    entries = json.loads(listing.read_bytes())
    listing.chmod(0o644)
    listing.write_text(json.dumps([*entries, {**entries[0], "relpath": "../.git/hooks/post-checkout"}]))
    for left in (project.root / ".dvc" / "cache", project.data):
        for path in sorted(left.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
    with pytest.raises(AtelierError, match=r"post-checkout', which leads outside its folder"):
        pull(studio)
    assert not (project.root / ".git" / "hooks" / "post-checkout").exists()
    assert not project.catalog.exists()
