"""How well a style-transfer model paints, pair by pair, on pictures it has not seen."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from artmodels.errors import AtelierError
from artmodels.images import PackedImages
from artmodels.perception import Perceptor, load_perceptor
from artmodels.perception.distances import content_distances, covariance_distances, moment_distances
from artmodels.pictures import centre_square, to_tensor

if TYPE_CHECKING:
    from artmodels.style.painter import StylePainter

SIDE = 256
"""Of a picture that is judged, in pixels."""

_SHOWN, _SHOWN_SIDE = 4, 160


def evaluation_pairs(data: PackedImages, count: int) -> list[tuple[int, int]]:
    """Pair test photographs with test artworks: the same pairs each time, every picture used about equally often.

    Raises:
        AtelierError: the test split lacks photographs or artworks.
    """
    contents = data.where(kind="photograph", split="test")
    styles = data.where(kind="artwork", split="test")
    for kind, rows in (("photograph", contents), ("artwork", styles)):
        if len(rows) == 0:
            raise AtelierError(f"No {kind} in the test split: add some with `atelier ingest FOLDER --kind {kind}`.")
    chance = np.random.default_rng(0)
    count = min(count, len(contents) * len(styles))
    pairs: dict[tuple[int, int], None] = {}
    while len(pairs) < count:
        drawn = zip(_cycle(contents, count, chance), _cycle(styles, count, chance), strict=True)
        pairs.update(dict.fromkeys((int(content), int(style)) for content, style in drawn))
    return list(pairs)[:count]


def _cycle(rows: np.ndarray, count: int, chance: np.random.Generator) -> np.ndarray:
    rounds = -(-count // len(rows))
    return np.concatenate([chance.permutation(rows) for _ in range(rounds)])[:count]


@torch.inference_mode()
def evaluate_pairs(
    model: "StylePainter", data: PackedImages, perceptor: Path, pairs: list[tuple[int, int]]
) -> dict[str, np.ndarray]:
    """Return `content`, `style` and `ideal_distance`, each `(N,) float`, for every pair.

    Both distances are relative, so that they mean the same with any perceptual encoder and for any pair: `content`
    is 0 when nothing is moved and 1 when the style picture itself is shown in the content's place; `style` is 0 when
    the features' means, deviations and covariances are the style picture's, and 1 when the content is left as it
    was. `ideal_distance` is how far (content, style) is from the ideal point (0, 0): 1 for both do-nothings, less for
    a transfer worth having.
    """
    eye = load_perceptor(perceptor, model.device)
    values = np.array([_evaluate(model, eye, data[content], data[style]) for content, style in pairs])
    return {
        "content": values[:, 0],
        "style": values[:, 1],
        "ideal_distance": np.hypot(values[:, 0], values[:, 1]),
    }


@torch.inference_mode()
def draw_pairs(model: "StylePainter", data: PackedImages, pairs: list[tuple[int, int]]) -> np.ndarray:
    """Draw the first pairs, a row each: content, style, and the content painted: `(H, W, 3) uint8`."""
    rows = []
    for pair in pairs[:_SHOWN]:
        content, style = (centre_square(data[row], _SHOWN_SIDE) for row in pair)
        rows.append(np.hstack([content, style, model.paint([content], [model.encode(style)])[0]]))
    return np.vstack(rows)


def _evaluate(model: "StylePainter", eye: Perceptor, content: np.ndarray, style: np.ndarray) -> tuple[float, float]:
    content, style = centre_square(content, SIDE), centre_square(style, SIDE)
    painted = model.paint([content], [model.encode(style)])[0]
    ours, contents, styles = (eye(to_tensor(picture)[None].to(model.device)) for picture in (painted, content, style))
    return compare_features(ours, contents, styles, eye)


def compare_features(
    painted: list[Tensor], content: list[Tensor], style: list[Tensor], eye: Perceptor
) -> tuple[float, float]:
    """Return `content` and `style` of `evaluate_pairs` for one pair, from the encoder's features of its pictures."""
    kept = [
        _relative(content_distances(painted[i], content[i]), content_distances(style[i], content[i]))
        for i in eye.content_layers
    ]
    carried = [
        _relative(distances(painted[i], style[i]), distances(content[i], style[i])).sqrt()
        for i in eye.style_layers
        for distances in (moment_distances, covariance_distances)
    ]
    return float(torch.stack(kept).mean()), float(torch.stack(carried).mean())


def _relative(distance: Tensor, of_doing_nothing: Tensor) -> Tensor:
    # Two plain pictures differ in nothing that could be carried over: then whatever is done counts as nothing done.
    return torch.where(of_doing_nothing > 0, distance / of_doing_nothing, torch.ones_like(distance))
