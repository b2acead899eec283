"""What the catalog says of the pictures that others are made from."""

from collections.abc import Mapping

import pyarrow.parquet as pq

from artmodels.errors import AtelierError
from tasks.provenance.manifest import Input
from tasks.settings import Settings

TOLD = ("title", "artist", "licence", "source")


class Catalogued:
    """The catalog's works by the sha256 of the file that came in, and by where the house keeps their pictures.

    Raises:
        AtelierError: the catalog is damaged.
    """

    def __init__(self, settings: Settings) -> None:
        self._data = settings.data.resolve()
        self._works: dict[str, dict[str, str]] = {}
        self._files: dict[str, str] = {}
        if not settings.catalog.is_file():
            return
        try:
            rows = pq.ParquetFile(settings.catalog).read(columns=["id", "file", *TOLD]).to_pylist()
        except (ValueError, OSError) as error:
            raise AtelierError(f"The catalog {settings.catalog} is damaged ({error}): run `dvc checkout`.") from error
        for row in rows:
            self._works[row["id"]] = row
            self._files[row["file"]] = row["id"]

    def find(self, made_from: Input) -> Mapping[str, str] | None:
        """Return the catalog's words about an input: its `id` and `TOLD`; None where it is not in the catalog."""
        if made_from.sha256 in self._works:
            return self._works[made_from.sha256]
        # What came in may be kept as another file: turned upright, in sRGB.
        path = made_from.path.resolve()
        if not path.is_relative_to(self._data):
            return None
        return self._works.get(self._files.get(path.relative_to(self._data).as_posix(), ""))
