"""How good a composer is: how likely it finds the test pieces, and whether it composes copies."""

import numpy as np

from artmodels.errors import AtelierError
from artmodels.family import Judged
from artmodels.music.composer import Composer
from artmodels.music.notes import KEYS
from artmodels.music.picture import draw_roll
from artmodels.music.pieces import read_pieces
from artmodels.music.scoring import independent_nats, key_shares, score_pieces
from artmodels.sequences import Sequences

COMPOSED, FRAMES = 32, 64
"""Pieces that are composed to look for copies, and the frames of each at most."""

_SHOWN, _SPAN = 4, (15, 75)


def evaluate_composer(model: Composer, data: Sequences, count: int) -> Judged:
    """Judge a composer on up to `count` test pieces, the same each time.

    `nll` `(N,)` is nats per frame: each piece's sum over all its frames, over the mean number of frames, so that the
    mean of the items is that over all frames, which published tables have. `surprise` is the same relative to who
    knows only how often each key sounds in the training split. `copied` `(COMPOSED,)` is 1 for a composed piece that
    shares a longer passage with what the model learnt from than pieces held out do. Totals: the nats of a piece's mean
    frame averaged over pieces, those of all frames but the first of each piece, and those of the baseline.

    Raises:
        AtelierError: the test split has fewer than two pieces.
    """
    pieces = read_pieces(data, "test", model.frames_per_quarter)
    if len(pieces) < 2:
        raise AtelierError(
            f"A composer is judged by two pieces of the test split or more, and there are {len(pieces)}: "
            "add some with `atelier ingest PATH --kind music`."
        )
    pieces = [pieces[number] for number in np.sort(np.random.default_rng(0).permutation(len(pieces))[:count])]
    nats = score_pieces(model.network, pieces)
    shares = key_shares(read_pieces(data, "train", model.frames_per_quarter))
    sums, frames = np.array([one.sum(dtype=float) for one in nats]), np.array([len(one) for one in nats])
    baseline = float(np.concatenate(independent_nats(pieces, shares)).mean())
    nll = sums / frames.mean()
    composed = [model.compose(seed, FRAMES, 1.0) for seed in range(COMPOSED)]
    shared = np.array([model.passages.longest(piece) for piece in composed])
    later = np.concatenate([one[1:] for one in nats])
    return Judged(
        values={"surprise": nll / baseline, "nll": nll, "copied": (shared > model.passages.limit).astype(float)},
        totals={
            "nll_of_pieces": float((sums / frames).mean()),
            "nll_after_first": float(later.mean()) if len(later) else float(nll.mean()),
            "nll_of_baseline": baseline,
            "longest_passage": float(shared.max()),
            "copy_limit": float(model.passages.limit),
        },
        pictures={"composed": np.vstack([draw_roll(one, width=FRAMES, span=_SPAN) for one in composed[:_SHOWN]])},
        protocol={
            "nats": f"negative log likelihood of each frame's set among all sets of {KEYS} keys, all frames, "
            "the first from nothing",
            "frames": f"{frames.sum()} of {len(pieces)} test pieces, {model.frames_per_quarter} a quarter note",
            "composed": f"{COMPOSED} pieces of at most {FRAMES} frames, seeds from 0, temperature 1",
        },
    )
