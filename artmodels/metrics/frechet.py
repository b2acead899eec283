"""The Frechet distance of two sets of pictures (Heusel et al. 2017), by any encoder's vectors."""

from torch import Tensor, nn
from torchmetrics.image.fid import FrechetInceptionDistance


def frechet_distance(some: Tensor, others: Tensor) -> float:
    """Return the distance of vectors `(N, D)` from `(M, D)`, by torchmetrics.

    Biased upwards where there are few: compare it only between sets of the same size.
    """
    metric = FrechetInceptionDistance(_Given(some.shape[1]), input_img_size=(3, 1, 1))
    metric.update(some, real=False)
    metric.update(others, real=True)
    return float(metric.compute())


class _Given(nn.Module):
    """Stands where torchmetrics expects an encoder: what is given are vectors already."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.num_features = size

    def forward(self, vectors: Tensor) -> Tensor:
        """Return them."""
        return vectors
