"""The works that the critic learns from, one sample after the other."""

from collections.abc import Mapping

from torch import Tensor

from artmodels.critic.labels import trust_of
from artmodels.critic.places import Places
from artmodels.stream import shuffled


class ReadWorks:
    """Sample n: the places of a training work, or of its mirror image, and its labels."""

    def __init__(self, places: Places, labels: Mapping[str, Tensor], seed: int) -> None:
        self.places, self.seed = places, seed
        self.rows = places.data.where(kind="artwork", split="train")
        self.labels = {**labels, "trust": trust_of(places.data)}

    def sample(self, number: int) -> dict[str, Tensor]:
        """Return sample `number`: `places` `(L, K) float`, a label of each head, and `trust`, the rating's weight."""
        row = int(self.rows[shuffled(number, len(self.rows), self.seed)])
        # The other way round each epoch.
        view = (number // len(self.rows) + row) % 2
        return {"places": self.places.read(row, view)[0].float()} | {
            head: labels[row] for head, labels in self.labels.items()
        }
