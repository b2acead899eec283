"""Pictures that an order takes from S3, and results that go there."""

from pathlib import Path

from fsspec.core import url_to_fs

from artmodels.errors import AtelierError
from tasks.orders.forms import Form
from tasks.orders.places import remote_sources
from tasks.settings import Settings
from tasks.sources.folder import SUFFIXES


def fetch_sources(settings: Settings, form: Form, folder: Path) -> dict[Path, Path]:
    """Copy what an order takes from S3 into a folder; return where each source now is.

    Raises:
        AtelierError: there is no picture at an address, or one is too long.
    """
    return {
        path: _fetch(settings, field, url, folder / f"{field}-{number}")
        for number, (field, path, url) in enumerate(remote_sources(form))
    }


def put_results(folder: Path, url: str) -> None:
    """Copy the files of a finished job to S3."""
    fs, root = url_to_fs(url, use_listings_cache=False)
    files = [file.relative_to(folder) for file in sorted(folder.rglob("*")) if file.is_file()]
    # What is hidden is the engine's own.
    shown = [file for file in files if not any(part.startswith(".") for part in file.parts)]
    fs.put([str(folder / file) for file in shown], [f"{root}/{file.as_posix()}" for file in shown])


def _fetch(settings: Settings, field: str, url: str, folder: Path) -> Path:
    fs, root = url_to_fs(url, use_listings_cache=False)
    found = {
        name: info["size"]
        for name, info in fs.find(root, detail=True).items()
        # The name of an object may hold anything: what leads out of the folder is no picture of this one.
        if Path(name).suffix.lower() in SUFFIXES and ".." not in name.split("/")
    }
    if not found:
        raise AtelierError(f"{field}: {url} holds no picture ({', '.join(sorted(SUFFIXES))}).")
    for name, size in found.items():
        if size > settings.max_download_bytes:
            raise AtelierError(f"{field}: {name} has {size} bytes, more than ATELIER_MAX_DOWNLOAD_BYTES.")
    places = {name: folder / (name.removeprefix(root).strip("/") or Path(name).name) for name in found}
    for place in places.values():
        place.parent.mkdir(parents=True, exist_ok=True)
    fs.get(list(places), [str(place) for place in places.values()])
    return folder if root not in found else places[root]
