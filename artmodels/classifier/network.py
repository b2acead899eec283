"""The classifier: pictures to descriptors, descriptors to what the heads read, one linear head a question.

The softmax of a head's logits is what it believes; see `calibration` for the temperature.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from artmodels.classifier.bodies import Body, Classic, Moments
from artmodels.classifier.codes import CodeSpace
from artmodels.classifier.config import ClassifierConfig
from artmodels.classifier.readers import Dense, Likeness
from artmodels.perception import Perceptor
from artmodels.perception.networks import PERCEPTORS

SMALLEST = 32
"""Pictures have at least this many pixels a side: the encoders' last maps would have none."""


class ClassifierNet(nn.Module):
    """Body, code space, reader and heads; and what keeps its answers honest: temperatures, the limit of the known."""

    temperatures: Tensor
    limit: Tensor

    def __init__(self, body: Body, space: CodeSpace, reader: nn.Module, heads: Mapping[str, int]) -> None:
        super().__init__()
        self.body, self.space, self.reader = body, space, reader
        width = reader.mixing.shape[1] if isinstance(reader, Likeness) else len(space.centre)
        self.heads = nn.ModuleDict({head: nn.Linear(width, classes) for head, classes in heads.items()})
        self.register_buffer("temperatures", torch.ones(len(heads)))
        self.register_buffer("limit", torch.tensor(torch.inf))

    @classmethod
    def from_bundle(
        cls, config: ClassifierConfig, classes: Mapping[str, Sequence[str]], tensors: Mapping[str, Tensor]
    ) -> "ClassifierNet":
        """Build the network that a bundle's tensors fit, and fill it.

        Raises:
            KeyError, RuntimeError: tensors are missing or do not fit.
        """
        body: Body = Classic()
        if config.network == "moments":
            prefix = "body.encoder."
            state = {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
            body = Moments(next(kind for kind in PERCEPTORS if kind.recognises(state))())
        space = CodeSpace(*tensors["space.basis"].shape)
        reader: nn.Module = Dense(len(tensors["space.centre"]))
        if "reader.works" in tensors:
            works, codes = tensors["reader.works"].shape
            reader = Likeness(works, codes, tensors["reader.mixing"].shape[1])
        network = cls(body, space, reader, {head: len(known) for head, known in classes.items()})
        network.load_state_dict(dict(tensors))
        return network

    def answer(self, descriptors: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        """Return each head's logits `(B, C)`, before their temperature, and strangeness `(B,)` in shares of the limit.

        Args:
            descriptors: `(B, D)`, as the body gives them.
        """
        codes, strangeness = self.space(descriptors)
        read = self.reader(descriptors, codes)
        return {head: layer(read) for head, layer in self.heads.items()}, strangeness / self.limit

    def probabilities(self, logits: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return each head's calibrated probabilities `(B, C)`."""
        scaled = zip(logits.items(), self.temperatures, strict=True)
        return {head: (scores / temperature).softmax(1) for (head, scores), temperature in scaled}

    def forward(self, pictures: Tensor) -> dict[str, Tensor]:
        """Return each head's logits `(B, C)` of pictures `(B, 3, H, W) float in [0, 1]`, at least `SMALLEST` a side."""
        return self.answer(self.body(pictures))[0]


def build_body(config: ClassifierConfig, encoder: Perceptor | None) -> Body:
    """Return the body that a configuration asks for, its weights drawn by the seed where they are not given."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        if encoder is None:
            return Classic()
        return Moments(encoder if config.pretrained else type(encoder)())
