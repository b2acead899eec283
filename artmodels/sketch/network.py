"""Sketch-RNN (Ha and Eck 2017, "A Neural Representation of Sketch Drawings"): reads a drawing, and draws.

The LSTMs are torch's own, fused, over sequences of like length padded to the longest; see docs/sketch.md for what
packed sequences would cost. Their recurrent dropout is the one that leaves the fused steps whole: of the recurrent
weights, a share is left out for a whole batch (Merity et al. 2018, "weight-dropped LSTM").
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F  # noqa: N812 - the library's own convention

from artmodels.sketch.config import SketchConfig
from artmodels.sketch.mixture import END, Mixture, offset_nats, outputs, read_mixture

MOVES, PLACES = 4, 4
"""Numbers that a point is to the networks: two offsets and whether the pen stays down or lifts, as in the paper; and
where that is, seen from where the drawing and where the stroke began."""

ANY = 0
"""The class that stands for none in particular; those that were learnt follow."""

_FAR = 4.0
"""What places are divided by, so that they are numbers of the size of offsets."""

State = tuple[Tensor, Tensor]


class Scores(NamedTuple):
    """What a drawing costs, `(B,)` nats each.

    Attributes:
        offsets: of where its points are (the paper's N_max L_s), to the unit.
        pens: of the pen's states and the drawing's end (N_max L_p); padding costs nothing.
        kl: divergence of the drawing's latent from what the class expects; 0 for a decoder alone.
        pen_hits: share of the pen's states that came first.
    """

    offsets: Tensor
    pens: Tensor
    kl: Tensor
    pen_hits: Tensor


class SketchNet(nn.Module):
    """Encoder and decoder, or a decoder alone.

    Attributes:
        scale: standard deviation of the training split's offsets, in units: what the networks measure offsets in.
    """

    scale: Tensor

    def __init__(self, config: SketchConfig, classes: int, scale: float = 1.0) -> None:
        super().__init__()
        self.config = config
        self._width = MOVES + PLACES if config.places else MOVES
        told = config.naming if classes else 0
        self.names = nn.Embedding(classes + 1, told)
        if config.latent:
            self.forwards = nn.LSTM(self._width, config.encoder, batch_first=True)
            self.backwards = nn.LSTM(self._width, config.encoder, batch_first=True)
            self.posterior = nn.Linear(2 * config.encoder, 2 * config.latent)
            self.prior = nn.Linear(told, 2 * config.latent) if told else None
            if self.prior is not None:
                # All classes alike, to begin with.
                nn.init.zeros_(self.prior.weight)
                nn.init.zeros_(self.prior.bias)
        self.beginning = nn.Linear(config.latent + told, 2 * config.decoder) if config.latent + told else None
        self.steps = nn.LSTM(self._width + config.latent + told, config.decoder, batch_first=True)
        self.head = nn.Linear(config.decoder, outputs(config.mixture))
        self.register_buffer("scale", torch.tensor(scale))

    def encode(self, points: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log variance of the latents, `(B, latent)` each.

        Args:
            points: `(B, N, 3)`, padded; offsets in shares of the scale.
            lengths: `(B,)` points of each.
        """
        order = torch.arange(points.shape[1], device=points.device)
        turned = torch.where(order < lengths[:, None], lengths[:, None] - 1 - order, order)
        given = self.features(points)
        ways = (self.forwards, given), (self.backwards, given.take_along_dim(turned[..., None], 1))
        last = (lengths - 1)[:, None, None]
        ends = [self._run(way, steps)[0].take_along_dim(last, 1)[:, 0] for way, steps in ways]
        mean, log_variance = self.posterior(torch.cat(ends, 1)).float().chunk(2, 1)
        return mean, log_variance

    def expect(self, told: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log variance of the latents of a class before anything is drawn, `(B, latent)` each.

        The paper's prior, 0 and 1, where there are no classes (learnt for each: Sohn et al. 2015).
        """
        if self.prior is None:
            nothing = told.new_zeros(len(told), self.config.latent)
            return nothing, nothing
        mean, log_variance = self.prior(told).float().chunk(2, 1)
        return mean, log_variance.clamp(-6, 2)

    def imagine(self, noise: Tensor, told: Tensor) -> Tensor:
        """Return latents `(B, latent)` as a class has them, `noise` deviations from their means."""
        if not self.config.latent:
            return noise
        mean, log_variance = self.expect(told)
        return mean + (log_variance / 2).exp() * noise

    def begin(self, latents: Tensor, told: Tensor) -> State:
        """Return the decoder's state before the first point, `(1, B, decoder)` each; see `decode`."""
        if self.beginning is None:
            hidden = latents.new_zeros(1, len(latents), self.config.decoder)
            return hidden, hidden
        hidden, cell = self.beginning(torch.cat([latents, told], 1)).tanh().float().chunk(2, 1)
        return hidden[None].contiguous(), cell[None].contiguous()

    def features(self, points: Tensor) -> Tensor:
        """Return what points `(B, N, 3)` are to the networks, from a drawing's first on: `(B, N, features)`."""
        moves = torch.cat([points[..., :2], 1 - points[..., 2:], points[..., 2:]], -1)
        if not self.config.places:
            return moves
        places = points[..., :2].cumsum(1)
        order = torch.arange(points.shape[1], device=points.device)
        # A stroke begins after the pen has lifted.
        begins = torch.where(F.pad(points[:, :-1, 2], (1, 0)) > 0, order, 0).cummax(1).values
        strokes = places - places.take_along_dim(begins[..., None], 1)
        return torch.cat([moves, places / _FAR, strokes / _FAR], -1)

    def decode(self, features: Tensor, latents: Tensor, told: Tensor, state: State) -> tuple[Mixture, State]:
        """Say what follows each of the points.

        Args:
            features: of the points, `(B, N, features)`.
            latents: `(B, latent)`.
            told: what the class is to the decoder, `(B, naming)`: `names` of it, or between two.
            state: the decoder's.
        """
        constant = torch.cat([latents, told], 1)[:, None].expand(-1, features.shape[1], -1)
        hidden, state = self._run(self.steps, torch.cat([features, constant], 2), state)
        return read_mixture(self.head(hidden)), state

    def score(self, points: Tensor, lengths: Tensor, labels: Tensor, noise: Tensor) -> Scores:
        """Return what drawings cost, where the latents are `noise` `(B, latent)` deviations from their means."""
        told, latents, kl = self.names(labels), noise, noise.new_zeros(len(points))
        if self.config.latent:
            mean, log_variance = self.encode(points, lengths)
            latents = mean + (log_variance / 2).exp() * noise
            kl = _divergence(mean, log_variance, *self.expect(told)).sum(1)
        said, _ = self.decode(self.features(points), latents, told, self.begin(latents, told))
        return _scores(said, points, lengths, kl, float(self.scale))

    def log_likelihood(self, points: Tensor, latents: Tensor, told: Tensor) -> Tensor:
        """Return how likely latents make the points `(B, N, 3)` of a drawing that goes on: `(B,)`."""
        said, _ = self.decode(self.features(points), latents, told, self.begin(latents, told))
        said, after = Mixture(*(each[:, :-1] for each in said)), points[:, 1:]
        offsets = offset_nats(said, after[..., :2], float(self.scale)).sum(1)
        pens = F.cross_entropy(said.pens.transpose(1, 2), after[..., 2].long(), reduction="none").sum(1)
        return -(offsets + pens)

    def _run(self, steps: nn.LSTM, given: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        answer: tuple[Tensor, State] = functional_call(steps, self._thinned(steps), (given, state))
        return answer

    def _thinned(self, steps: nn.LSTM) -> dict[str, Tensor]:
        share, weights = self.config.recurrent_dropout, dict(steps.named_parameters())
        return {"weight_hh_l0": F.dropout(weights["weight_hh_l0"], share)} if self.training and share else {}


def _divergence(mean: Tensor, log_variance: Tensor, other: Tensor, other_log_variance: Tensor) -> Tensor:
    """Kullback and Leibler's divergence of Gaussians from others, number by number."""
    apart = (mean - other).square() + log_variance.exp()
    return 0.5 * (other_log_variance - log_variance + apart / other_log_variance.exp() - 1)


def _scores(said: Mixture, points: Tensor, lengths: Tensor, kl: Tensor, scale: float) -> Scores:
    """What drawings `(B, N, 3)` cost where `said` is said of what follows each of their points."""
    follows = torch.arange(1, points.shape[1] + 1, device=points.device)
    inside, ends = follows < lengths[:, None], follows == lengths[:, None]
    after = F.pad(points[:, 1:], (0, 0, 0, 1))
    pens = torch.where(ends, END, after[..., 2].long())
    offsets = torch.where(inside, offset_nats(said, after[..., :2], scale), 0).sum(1)
    counted = inside | ends
    surprise = F.cross_entropy(said.pens.transpose(1, 2), pens, reduction="none")
    hits = ((said.pens.argmax(-1) == pens) & counted).sum(1) / lengths
    return Scores(offsets, torch.where(counted, surprise, 0).sum(1), kl, hits)
