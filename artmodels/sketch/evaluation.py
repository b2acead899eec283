"""What the drawings of the test split cost a model, drawing by drawing."""

from typing import TYPE_CHECKING

import numpy as np

from artmodels.errors import AtelierError
from artmodels.family import Judged
from artmodels.sketch.baseline import baseline_nats
from artmodels.sketch.samples import labels_of, rows_of
from artmodels.sketch.scoring import score_drawings
from artmodels.sketch.strokes import MOST_POINTS

if TYPE_CHECKING:
    from artmodels.sequences import Sequences
    from artmodels.sketch.drawer import Drawer


def evaluate_drawer(model: "Drawer", data: "Sequences", count: int) -> Judged:
    """Judge a model on up to `count` drawings of the test split, the same each time.

    `cost` is what a drawing takes to say, over what it takes on average without a model: 1; `reconstruction`
    (the paper's N_max L_R), `offsets`, `pens` and `kl` are its parts in nats, and `pen_hits` the share of pen states
    that were foreseen.

    Raises:
        AtelierError: the test split has fewer than two drawings, or the training split none.
    """
    learnt, rows = rows_of(data, "train"), rows_of(data, "test")
    if len(learnt) < 1 or len(rows) < 2:
        raise AtelierError(
            f"The training split has {len(learnt)} drawings and the test split {len(rows)} of {MOST_POINTS} points or "
            "fewer: 1 and 2 are needed; add some with `atelier ingest PATH --kind drawing`."
        )
    rows = np.sort(np.random.default_rng(0).permutation(rows)[:count])
    drawings = [data.array(int(row)) for row in rows]
    nothing = baseline_nats([data.array(int(row)) for row in learnt], drawings).mean()
    figures = score_drawings(model.network, drawings, labels_of(data, rows, model.classes))
    reconstruction = figures["offsets"] + figures["pens"]
    values = {"cost": (reconstruction + figures["kl"]) / nothing, "reconstruction": reconstruction, **figures}
    left_out = len(data.where(split="test")) - len(rows_of(data, "test"))
    protocol = {
        "nats": "of offsets to the unit (the longer side is 255 units), of pen states and the end; padding costs none",
        "longest": f"drawings of up to {MOST_POINTS} points (N_max); {left_out} of the test split are longer",
        "scaling factor": f"{float(model.network.scale):.4f} units",
    }
    return Judged(values, {"cost_without_a_model": float(nothing)}, protocol=protocol)
