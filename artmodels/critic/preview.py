"""The preview: held-out works; below each what is said of it and what is true, beside it where the attention was."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from artmodels.captions import Words, captioned, told
from artmodels.classifier.maps import overlay
from artmodels.critic.labels import CLASSES, numbers_of
from artmodels.critic.maps import enlarge
from artmodels.critic.network import CriticNet
from artmodels.critic.places import Places
from artmodels.critic.scales import quantile
from artmodels.pictures import centre_square

WORKS, COLUMNS, SIDE = 9, 3, 160


@torch.no_grad()
def preview_sheet(
    network: CriticNet, places: Places, classes: Mapping[str, Sequence[str]], rows: np.ndarray
) -> np.ndarray:
    """Draw the sheet of some works: `(H, W, 3) uint8`."""
    pictures, lines, device = [], [], network.held_out.device
    truths = _truths(places, list(network.heads))
    for row in rows.tolist():
        logits, _, attention = network(places.both_ways(row)[0].to(device))
        picture = places.data[row]
        heat = enlarge(attention[0].cpu().numpy().reshape(network.places, -1), picture)
        shown = (picture, overlay(picture, heat))
        pictures.append(np.hstack([centre_square(one, SIDE) for one in shown]))
        lines.append([_told(network, classes, head, own, truths[head][row]) for head, own in logits.items()])
    return captioned(pictures, lines, COLUMNS)


def _told(
    network: CriticNet, classes: Mapping[str, Sequence[str]], head: str, logits: Tensor, true: str
) -> list[Words]:
    """Return what a head says of a work from the logits of both views `(2, C)`, and what is true."""
    scores = logits.float().mean(0, keepdim=True)
    if head not in classes:
        median = float(quantile(scores, network.edges(head), 0.5))
        return told(f"{head} {_written(median, head)}", true)
    best = classes[head][int(scores.argmax())]
    return told(f"{best} {100 * float(scores.softmax(1).max()):.0f} %", true, best == true if true else None)


def _truths(places: Places, heads: Sequence[str]) -> dict[str, list[str]]:
    """Return what the catalog says of all works, by head; empty where it says nothing."""
    table, found = places.data.table, {}
    for head in heads:
        if head in CLASSES:
            found[head] = table[head].fillna("").tolist()
        else:
            found[head] = [_written(number, head) for number in numbers_of(places.data, head).tolist()]
    return found


def _written(number: float, head: str) -> str:
    return "" if np.isnan(number) else f"{number:.0f}" if head == "year" else f"{number:.1f}"
