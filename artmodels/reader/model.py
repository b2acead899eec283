"""The reader's network: the recurrent and the linear part, side by side, and what turns their mean into figures."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from artmodels.reader.config import ReaderConfig
from artmodels.reader.network import Recurrent
from artmodels.reader.phrases import Phrases


class ReaderNet(nn.Module):
    """Reads a text twice and takes the weighted mean (Cheng et al. 2016 train the two together; see decisions.md)."""

    mean: Tensor
    spread: Tensor
    radius: Tensor

    def __init__(self, config: ReaderConfig, recurrent: Recurrent, phrases: Phrases) -> None:
        super().__init__()
        self.config, self.recurrent, self.phrases = config, recurrent, phrases
        outputs = recurrent.heads.out_features
        self.register_buffer("mean", torch.zeros(outputs))
        self.register_buffer("spread", torch.ones(outputs))
        self.register_buffer("radius", torch.ones(outputs))

    @classmethod
    def from_bundle(cls, config: ReaderConfig, words: int, tensors: Mapping[str, Tensor]) -> "ReaderNet":
        """Build the network that a bundle's tensors fit, and fill it.

        Raises:
            KeyError, RuntimeError: tensors are missing or do not fit.
        """
        (count, longest), outputs = tensors["phrases.phrases"].shape, len(tensors["mean"])
        network = cls(config, Recurrent(config, words, outputs), Phrases(count, longest, outputs))
        network.load_state_dict(dict(tensors))
        return network

    def forward(self, text: Sequence[int]) -> Tensor:
        """Return the figures `(F,)` of one text of word numbers, in shares of their scales.

        One at a time: kernels are chosen by the batch's shape and differ in the last bit.
        """
        words, lengths = (torch.tensor(one, device=self.mean.device) for one in ([text], [len(text)]))
        read = self.recurrent(words, lengths)[0]
        counted = self.phrases(text)
        share = self.config.share
        return (self.mean + self.spread * (share * read + (1 - share) * counted)).clamp(0, 1)
