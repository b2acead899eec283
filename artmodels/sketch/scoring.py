"""What drawings cost a model, drawing by drawing."""

import numpy as np
import torch

from artmodels.sketch.network import SketchNet
from artmodels.sketch.samples import as_points

_BATCH = 64


@torch.no_grad()
def score_drawings(network: SketchNet, drawings: list[np.ndarray], labels: np.ndarray) -> dict[str, np.ndarray]:
    """Return `offsets`, `pens`, `kl` in nats and `pen_hits`, `(N,) float` each: see `Scores`.

    Of the latent one draw is taken, the same for a drawing each time: its place in the list decides it.
    """
    device = network.scale.device
    order = np.argsort([len(drawing) for drawing in drawings], kind="stable")
    noise = np.random.default_rng(0).standard_normal((len(drawings), network.config.latent)).astype(np.float32)
    found: dict[str, np.ndarray] = {}
    for first in range(0, len(order), _BATCH):
        rows = order[first : first + _BATCH]
        longest = max(len(drawings[row]) for row in rows)
        points = torch.stack([as_points(drawings[row], float(network.scale)) for row in rows])[:, :longest]
        lengths = torch.tensor([len(drawings[row]) for row in rows])
        given = points, lengths, torch.from_numpy(labels[rows]), torch.from_numpy(noise[rows])
        for name, values in network.score(*(each.to(device) for each in given))._asdict().items():
            found.setdefault(name, np.empty(len(drawings)))[rows] = values.double().cpu().numpy()
    return found
