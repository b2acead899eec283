"""Styles of catalogued works, as edits."""

from functools import partial

import numpy as np

from artmodels.advice.edits import Edit
from artmodels.images import PackedImages
from artmodels.pictures import shrink
from artmodels.style.painter import Style, StylePainter
from tasks import registry
from tasks.settings import Settings

_MOST = 1024
"""Shorter side of what is repainted, in pixels; `atelier stylize` paints any size."""


def repaintings(settings: Settings, count: int) -> list[Edit]:
    """Return edits that repaint a picture in the style of catalogued works: of each style the best rated, if any is.

    Raises:
        AtelierError: no style model is in use, or no data is prepared.
    """
    _, painter = registry.open_model(settings, "style", registry.CHAMPION)
    assert isinstance(painter, StylePainter)
    data = PackedImages(settings.prepared / "packed")
    works = data.table[data.table["kind"] == "artwork"]
    # The best rated first; without ratings, by id, which is chance.
    works = works.sort_values(["rating_mean", "id"], ascending=[False, True]).drop_duplicates("style").head(count)
    edits = []
    for row in works.itertuples():
        told = ", ".join(filter(None, [row.title, row.artist])) or row.style or row.id[:8]
        style = painter.encode(data[row.Index])
        edits.append(Edit("style", f"repaint in the style of {told}", partial(_repaint, painter=painter, style=style)))
    return edits


def _repaint(picture: np.ndarray, painter: StylePainter, style: Style) -> np.ndarray:
    (painted,) = painter.paint([shrink(picture, _MOST)], [style])
    return painted
