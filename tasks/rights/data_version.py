"""A file of an earlier version of `data/`, straight from DVC's cache or remote: the working tree stays as it is.

Here DVC is a library, not a process of its own: nothing is run, locked or changed, only looked up by its digest.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from artmodels.errors import AtelierError

if TYPE_CHECKING:
    from dvc.repo import Repo


class NotHere(AtelierError):  # noqa: N818 - says where the data is
    """A version of the data that is neither in DVC's cache nor on its remote."""


def read_file(root: Path, remote: str, data_md5: str, name: str) -> bytes | None:
    """Return a file of a version of the data; None where that version has none of this name.

    Args:
        root: the project's folder.
        remote: DVC remote that is asked where the cache has no such version; empty: DVC's default.
        data_md5: as `data.dvc` held it: 32 hex digits and ".dir".
        name: path inside `data/`.

    Raises:
        NotHere: neither has this version, or the project is no DVC repository.
    """
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    try:
        with Repo(str(root)) as repo:
            return _find(repo, data_md5, name, remote or None)
    except (DvcException, OSError) as error:
        raise NotHere(f"The data {data_md5} is neither in DVC's cache nor on a remote that can be reached.") from error


def _find(repo: "Repo", data_md5: str, name: str, remote: str | None) -> bytes | None:
    """Look a file up by its digest, in the cache and then on the remote."""
    from dvc_data.hashfile.hash_info import HashInfo
    from dvc_data.hashfile.tree import Tree

    cache = repo.cache.local
    store = cache if cache.exists(data_md5) else repo.cloud.get_remote_odb(name=remote)
    listed = Tree.load(store, HashInfo("md5", data_md5))
    digest = next((info.value for key, _, info in listed if key == Path(name).parts), None)
    if digest is None:
        return None
    holder = store if store.exists(digest) else repo.cloud.get_remote_odb(name=remote)
    with holder.fs.open(holder.oid_to_path(digest), "rb") as file:
        return bytes(file.read())
