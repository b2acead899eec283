"""Pictures for the demonstration: photographs the model has not learnt from, and one artwork of each of some styles."""

import shutil
from pathlib import Path

from artmodels.errors import AtelierError
from artmodels.images import PackedImages
from tasks.catalog import read_catalog
from tasks.settings import Settings


def choose_order(settings: Settings, photographs: int, styles: int) -> tuple[str, str]:
    """Copy held-out pictures into two folders, named by their titles; return the folders: contents, styles.

    Raises:
        AtelierError: the data holds no photographs or no artworks.
    """
    catalog = read_catalog(settings.catalog).to_pandas().set_index("id")
    packed = PackedImages(settings.prepared / "packed").table
    unseen = catalog.loc[packed.loc[packed["split"] != "train", "id"]].sort_values("title")
    # The sample numbers the works of a motif (Dunes I, Dunes II): one of each shows more.
    motif = unseen["title"].str.replace(r" [IVXL]+$", "", regex=True)
    contents = unseen[(unseen["kind"] == "photograph") & ~motif.duplicated()].head(photographs)
    artworks = unseen[unseen["kind"] == "artwork"].drop_duplicates("style").sort_values("style").head(styles)
    if contents.empty or artworks.empty:
        raise AtelierError("The data holds no unseen photographs or artworks: `dvc pull` brings the sample's.")
    folders = []
    for name, chosen in (("contents", contents), ("styles", artworks)):
        folder = settings.scratch / "demo" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for row in chosen.itertuples():
            stem = "".join(c if c.isalnum() else "-" for c in row.title.lower()).strip("-") or row.Index[:8]
            shutil.copy(settings.data / row.file, folder / f"{stem}{Path(row.file).suffix}")
        folders.append(str(folder))
    return folders[0], folders[1]
