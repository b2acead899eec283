"""Drawing pieces from the network, frame by frame and note by note."""

import numpy as np
import torch
from torch import Tensor

from artmodels.music.chain import Chosen
from artmodels.music.network import MusicNet, State
from artmodels.music.notes import END, KEYS, roll_of

CLOSING = 0.75
"""Where the last part of a piece begins, in which it ends at the likeliest place."""


@torch.inference_mode()
def compose(
    network: MusicNet, seed: int, frames: int, temperature: float = 1.0, phrase: np.ndarray | None = None
) -> np.ndarray:
    """Compose a piece: `(T, N) int64` notes, the same for a seed whatever else is composed.

    The network hears up to `frames` frames, and the piece ends where, in the last quarter of them, it is surest that a
    piece would end.

    Args:
        network: in evaluation mode.
        seed: at least 0, below 2^63.
        frames: at most so many.
        temperature: what the logits of notes are divided by: below 1 likelier notes, above 1 bolder ones.
        phrase: notes `(P, N)` to begin with, shorter than `frames`.
    """
    chance = torch.Generator().manual_seed(seed)
    told = len(phrase) if phrase is not None else 0
    hearing, endings = Hearing(network, 1), [0.0]
    for number in range(frames):
        if phrase is not None and number < told:
            notes = torch.from_numpy(phrase[number])[None]
        else:
            notes = finish_frame(network, hearing.begin_frame(), temperature, chance)
        hearing.hear(notes)
        endings.append(hearing.ending())
    first = max(1, told, int(np.ceil(CLOSING * frames)))
    return hearing.piece()[0, : first + int(np.argmax(endings[first:]))].numpy()


class Hearing:
    """Pieces being composed side by side: what the network remembers of each, and their frames."""

    def __init__(self, network: MusicNet, count: int) -> None:
        self.network, self.count = network, count
        self.device = network.ending.weight.device
        self.frames: list[Tensor] = []
        self.state: State = None
        self.context = self._listen()

    def begin_frame(self) -> Chosen:
        """Begin the next frame of each piece."""
        past = [roll_of(frame.to(self.device)) for frame in self.frames[: -self.network.config.history - 1 : -1]]
        silence = roll_of(torch.full((self.count, 1), END, device=self.device))
        past += [silence] * (self.network.config.history - len(past))
        return self.network.chain.begin(self.context, torch.stack(past, 1))

    def hear(self, notes: Tensor) -> None:
        """Go on with frames `(P, N)`."""
        self.frames.append(notes)
        self.context = self._listen()

    def keep(self, which: Tensor) -> None:
        """Go on with these pieces `(P,)`, of which some may be the same."""
        self.frames = [frame[which] for frame in self.frames]
        index = which.to(self.device)
        # What a cell remembers has the pieces in its second place.
        if isinstance(self.state, tuple):
            self.state = (self.state[0][:, index], self.state[1][:, index])
        elif self.state is not None:
            self.state = self.state[:, index]
        self.context = self.context[index]

    def ending(self) -> float:
        """The logit of the first piece's having ended."""
        return float(self.network.ending(self.context[0]))

    def piece(self) -> Tensor:
        """The pieces, `(P, T, N)`."""
        width = max(frame.shape[1] for frame in self.frames)
        room = torch.full((self.count, len(self.frames), width), END)
        for number, frame in enumerate(self.frames):
            room[:, number, : frame.shape[1]] = frame
        return room

    def _listen(self) -> Tensor:
        last = self.frames[-1] if self.frames else torch.full((self.count, 1), END)
        place = torch.full((self.count, 1), len(self.frames), device=self.device)
        contexts, self.state = self.network.hear(roll_of(last.to(self.device))[:, None], place, self.state)
        return contexts[:, 0]


def finish_frame(
    network: MusicNet, chosen: Chosen, temperature: float, chance: torch.Generator, taken: int = 0
) -> Tensor:
    """Draw the notes that are still to come: `(P, N) int64`, without the first `taken`, which are chosen already.

    A frame has no more notes than the option `voices` says, which the network alone would exceed now and then.
    """
    tables = network.chain.tables()
    drawn = [torch.full((len(chosen.last),), END)]
    ended = torch.zeros(len(chosen.last), dtype=torch.bool)
    for _ in range((network.config.voices or KEYS) - taken):
        notes = draw(network.chain.logits(chosen, tables) / temperature, chance)
        notes = torch.where(ended, END, notes)
        ended |= notes == END
        if ended.all():
            break
        drawn.insert(-1, notes)
        # Where a frame has ended its sums do not matter any more.
        chosen = network.chain.take(chosen, notes.clamp(max=END - 1).to(chosen.last.device), tables)
    return torch.stack(drawn, 1)


def draw(logits: Tensor, chance: torch.Generator) -> Tensor:
    """Draw from each row of logits `(P, C)`: `(P,) int64` on the CPU."""
    # In double precision, from uniform numbers: the same on every device but for the logits themselves.
    reached = logits.double().softmax(1).cumsum(1).cpu()
    place = torch.rand(len(reached), 1, dtype=torch.float64, generator=chance) * reached[:, -1:]
    return torch.searchsorted(reached, place, right=True)[:, 0].clamp(max=reached.shape[1] - 1)


@torch.inference_mode()
def harmonise(
    network: MusicNet, soprano: np.ndarray, seed: int, temperature: float = 1.0, crowd: int = 64
) -> np.ndarray:
    """Compose what goes below an upper voice: `(T, N) int64` notes, of which the first column is the voice.

    By a particle filter (Gordon et al. 1993): pieces side by side, each frame of which begins with the voice's key and
    is drawn on from there; those in which the key was likely go on in more copies than those in which it was not. With
    a large crowd the pieces follow the network's own distribution, given the voice.

    Args:
        network: in evaluation mode.
        soprano: the voice's keys `(T,)`; END for a frame in which all voices rest.
        seed: at least 0, below 2^63.
        temperature: as of `compose`.
        crowd: pieces side by side.
    """
    chance, hearing = torch.Generator().manual_seed(seed), Hearing(network, crowd)
    weights = torch.zeros(crowd, dtype=torch.float64)
    for key in soprano.tolist():
        chosen, tables = hearing.begin_frame(), network.chain.tables()
        likely = (network.chain.logits(chosen, tables).double() / temperature).log_softmax(1)
        weights = weights + likely[:, key].cpu()
        notes = torch.full((crowd, 1), key)
        if key != END:
            chosen = network.chain.take(chosen, notes[:, 0].to(hearing.device), tables)
            notes = torch.cat([notes, finish_frame(network, chosen, temperature, chance, taken=1)], 1)
        hearing.hear(notes)
        shares = weights.softmax(0)
        if 1 / shares.square().sum() < crowd / 2:
            hearing.keep(_survivors(shares, chance))
            weights = torch.zeros_like(weights)
    return hearing.piece()[int(draw(weights[None], chance))].numpy()


def _survivors(shares: Tensor, chance: torch.Generator) -> Tensor:
    """Systematic resampling: each piece as often as its share says, but for a fraction."""
    count = len(shares)
    places = (torch.arange(count) + torch.rand(1, dtype=torch.float64, generator=chance)) / count
    return torch.searchsorted(shares.cumsum(0), places, right=True).clamp(max=count - 1)
