"""What turns the places of a picture into one vector: the recurrent reader, and the mean it has to beat."""

from typing import Literal

import torch
from torch import Tensor, nn

from artmodels.critic.scans import POSITIONS, position_codes, scan_orders

Kind = Literal["gru", "mean"]


class Reader(nn.Module):
    """Reads the places of a picture; each place's code is joined by where it is.

    `gru`: one bidirectional GRU (Cho et al. 2014) reads the places in four orders; what it thought at a place, the mean
    over the orders, is added to what is seen there; attention (Bahdanau et al. 2015) weighs the places, and beside that
    stands what is seen on the mean. `mean`: what is seen on the mean, without reading.

    Attributes:
        size: numbers that what was read has: 2 `width`, or `width`.
    """

    orders: Tensor
    back: Tensor
    positions: Tensor

    def __init__(self, codes: int, width: int, side: int, dropout: float, kind: Kind = "gru") -> None:
        super().__init__()
        orders = scan_orders(side)
        self.register_buffer("orders", orders, persistent=False)
        self.register_buffer("back", orders.argsort(1), persistent=False)
        self.register_buffer("positions", position_codes(side), persistent=False)
        self.look = nn.Sequential(nn.Linear(codes + POSITIONS, width), nn.ReLU(), nn.Dropout(dropout))
        if kind == "gru":
            self.read = nn.GRU(width, width // 2, batch_first=True, bidirectional=True)
            self.attend = nn.Sequential(nn.Linear(width, width // 2), nn.Tanh(), nn.Linear(width // 2, 1))
        self.kind, self.size = kind, width if kind == "mean" else 2 * width

    def forward(self, places: Tensor) -> tuple[Tensor, Tensor]:
        """Return what was read `(B, size)` and where the attention was `(B, L)`, summing to 1.

        Args:
            places: `(B, L, codes) float`, row by row.
        """
        seen = self.look(torch.cat([places, self.positions.expand(len(places), -1, -1)], 2))
        if self.kind == "mean":
            return seen.mean(1), seen.new_full(seen.shape[:2], 1 / seen.shape[1])
        count = len(self.orders)
        # All four orders in one pass: the GRU is shared, and a batch of sequences costs less than each by itself.
        thought, _ = self.read(seen[:, self.orders].flatten(0, 1))
        thought = thought.unflatten(0, (-1, count))
        index = self.back[None, :, :, None].expand(len(seen), -1, -1, thought.shape[3])
        # What is seen stays, and reading adds to it (He et al. 2016): with few works it learns sooner, and no worse.
        thought = seen + thought.gather(2, index).mean(1)
        weights = self.attend(thought)[..., 0].softmax(1)
        return torch.cat([(weights[..., None] * thought).sum(1), seen.mean(1)], 1), weights
