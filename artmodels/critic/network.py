"""The critic: places of a picture in, and from what was read of them each head's answer."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from artmodels.classifier.codes import CodeSpace
from artmodels.critic.config import CriticConfig
from artmodels.critic.labels import CLASSES, NUMBERS
from artmodels.critic.places import coded, local_moments
from artmodels.critic.properties import PROPERTIES
from artmodels.critic.readers import Reader
from artmodels.perception import Perceptor
from artmodels.perception.networks import PERCEPTORS

PERCENTILES = 101

KNOWN_SHARE = 0.95
"""Share of the held-out works that count as known."""


class CriticNet(nn.Module):
    """Encoder, code space, reader, one linear head a question; and what keeps the answers honest.

    Attributes:
        temperatures: `(H,)`, of the heads for classes, in their order.
        margins: `(H,)`, of all heads: the least probability of a class that is not ruled out, and how much wider than
            said a number's interval is.
        held_out: `(101,)` percentiles of the strangeness of held-out works.
        properties: `(P, 101)` percentiles of the training works' properties.
        works: `(W, E)` embeddings of the works that are remembered, of length 1 around `middle`.
    """

    temperatures: Tensor
    margins: Tensor
    held_out: Tensor
    properties: Tensor
    works: Tensor
    middle: Tensor

    def __init__(
        self,
        encoder: Perceptor,
        space: CodeSpace,
        config: CriticConfig,
        classes: Mapping[str, Sequence[str]],
        scales: Mapping[str, Tensor],
        works: int,
    ) -> None:
        super().__init__()
        self.encoder, self.space, self.places = encoder, space, config.places
        codes = space.basis.shape[1]
        self.reader = Reader(codes, config.width, config.places, config.dropout, config.reader)
        size = self.reader.size
        sizes = {head: len(known) for head, known in classes.items()}
        sizes |= {head: len(edges) - 1 for head, edges in scales.items()}
        self.heads = nn.ModuleDict(
            {head: nn.Sequential(nn.Dropout(config.dropout), nn.Linear(size, n)) for head, n in sizes.items()}
        )
        for head, edges in scales.items():
            self.register_buffer(f"edges_{head}", edges.clone())
        self.register_buffer("temperatures", torch.ones(len(classes)))
        self.register_buffer("margins", torch.zeros(len(sizes)))
        self.register_buffer("held_out", torch.linspace(0, 1, PERCENTILES))
        self.register_buffer("properties", torch.zeros(len(PROPERTIES), PERCENTILES))
        self.register_buffer("works", torch.zeros(works, size))
        self.register_buffer("middle", torch.zeros(size))

    @classmethod
    def from_bundle(
        cls, config: CriticConfig, classes: Mapping[str, Sequence[str]], tensors: Mapping[str, Tensor]
    ) -> "CriticNet":
        """Build the network that a bundle's tensors fit, and fill it.

        Raises:
            KeyError, RuntimeError, StopIteration: tensors are missing or do not fit.
        """
        prefix = "encoder."
        state = {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
        encoder = next(kind for kind in PERCEPTORS if kind.recognises(state))()
        scales = {head: tensors[f"edges_{head}"] for head in NUMBERS if f"edges_{head}" in tensors}
        known = {head: classes[head] for head in CLASSES if head in classes}
        space = CodeSpace(*tensors["space.basis"].shape)
        network = cls(encoder, space, config, known, scales, len(tensors["works"]))
        network.load_state_dict(dict(tensors))
        return network

    def edges(self, head: str) -> Tensor:
        """Return the edges `(K + 1,)` of a number's bins."""
        found: Tensor = getattr(self, f"edges_{head}")
        return found

    def look(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Return the codes `(B, L, K)` and the strangeness `(B, L)` of the places of `(B, 3, H, W) float in [0, 1]`."""
        moments = local_moments(self.encoder(pictures), self.places)
        codes, strangeness = coded(self.space, moments.flatten(0, 1))
        return codes.unflatten(0, moments.shape[:2]), strangeness.unflatten(0, moments.shape[:2])

    def forward(self, codes: Tensor) -> tuple[dict[str, Tensor], Tensor, Tensor]:
        """Return each head's logits `(B, C)`, the embedding `(B, E)` and the attention `(B, L)`.

        Args:
            codes: `(B, L, K)`, of the places.
        """
        read, attention = self.reader(codes)
        return {head: layers(read) for head, layers in self.heads.items()}, read, attention

    @property
    def limit(self) -> Tensor:
        """Where the strangest twentieth of the held-out works begins: `() float`."""
        return self.held_out[round(KNOWN_SHARE * (PERCENTILES - 1))].clamp(min=1e-6)

    def belonging(self, strangeness: Tensor) -> Tensor:
        """Return the share of held-out works at least as strange, in (0, 1]: `(B,)` of `(B,)`.

        A conformal p-value (Vovk et al. 2005), of percentiles in place of all works.
        """
        stranger = PERCENTILES - torch.searchsorted(self.held_out, strangeness.contiguous(), side="left")
        return (stranger + 1) / (PERCENTILES + 1)
