"""The yardstick's findings: a table, every item as JSON, the frontier, contact sheets."""

import json
from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
import numpy as np

from artmodels.metrics.crossed import crossed_interval
from benchmarks.style_quality.pictures import Protocol
from benchmarks.style_quality.scores import METRICS, Scores
from tasks.contact_sheet import Tile, make_contact_sheet
from tasks.evaluation import interval

mpl.use("Agg")
from matplotlib import pyplot as plt

Results = Mapping[str, Mapping[float, Scores]]
"""Scores by method and alpha."""

FULL = 1.0


def table(results: Results) -> str:
    """Markdown: every method and alpha, means with 95 % bootstrap intervals over pairs."""
    lines = _header("method", "alpha", *METRICS, "mmd")
    for name, strengths in results.items():
        for alpha, scores in strengths.items():
            figures = [_words(scores.values[metric]) for metric in METRICS]
            lines.append(_row(name, f"{alpha:g}", *figures, f"{scores.mmd:.3f}"))
    return "\n".join(lines)


def differences(results: Results, reference: str, protocol: Protocol) -> str:
    """Markdown: every method less the reference, pair by pair, at full strength.

    Two intervals: over pairs, and, in brackets, over contents and styles (see `crossed_interval`).
    """
    lines = _header(f"less {reference}", *METRICS)
    rows, columns = _members(protocol)
    for name in results:
        if name == reference:
            continue
        cells = []
        for metric in METRICS:
            values = results[name][FULL].values[metric] - results[reference][FULL].values[metric]
            low, high = crossed_interval(values, rows, columns)
            cells.append(f"{_words(values, '+')} ({low:+.3f} to {high:+.3f})")
        lines.append(_row(name, *cells))
    return "\n".join(lines)


def save_items(results: Results, protocol: Protocol, path: Path) -> None:
    """Write every pair's figures, and their means with both intervals."""
    rows, columns = _members(protocol)
    found = [
        {
            "method": name,
            "alpha": alpha,
            "mmd": scores.mmd,
            "means": {metric: float(values.mean()) for metric, values in scores.values.items()},
            "over_pairs": {metric: _bounds(values) for metric, values in scores.values.items()},
            "over_pictures": {
                metric: crossed_interval(values, rows, columns) for metric, values in scores.values.items()
            },
            "items": {metric: values.tolist() for metric, values in scores.values.items()},
        }
        for name, strengths in results.items()
        for alpha, scores in strengths.items()
    ]
    pairs = [protocol.name(*pair) for pair in protocol.pairs]
    path.write_text(json.dumps({"pairs": pairs, "results": found}) + "\n")


def plot_frontier(results: Results, path: Path) -> None:
    """Draw what each method loses of the content against what it misses of the style, over alpha."""
    figure, axes = plt.subplots(figsize=(7, 5), layout="constrained")
    for name, strengths in results.items():
        points = [(scores.values["content"].mean(), scores.values["style"].mean()) for scores in strengths.values()]
        axes.plot(*np.transpose(points), marker="o", label=name)
        for alpha, point in zip(strengths, points, strict=True):
            axes.annotate(f"{alpha:g}", point, textcoords="offset points", xytext=(5, 4), fontsize=8)
    axes.set(xlabel="content lost", ylabel="style missed (1: content untouched)")
    axes.legend()
    figure.savefig(path, dpi=120)
    plt.close(figure)


def draw_sheet(protocol: Protocol, folder: Path, path: Path, count: int = 6) -> None:
    """Show `count` contents (rows) in `count` styles (columns), of those pairs that were painted."""
    rows, columns = (_spread(members, count) for members in _members(protocol))
    head = [Tile(), *(Tile(protocol.styles[style]) for style in columns)]
    body = [
        [Tile(protocol.contents[row]), *(Tile(folder / protocol.name(row, style)) for style in columns)] for row in rows
    ]
    make_contact_sheet([head, *body], path)


def _spread(members: np.ndarray, count: int) -> list[int]:
    """Up to `count` members, evenly over all."""
    present = np.unique(members)
    return [int(one) for one in np.unique(present[np.linspace(0, len(present) - 1, count).round().astype(int)])]


def _members(protocol: Protocol) -> tuple[np.ndarray, np.ndarray]:
    contents, styles = zip(*protocol.pairs, strict=True)
    return np.array(contents), np.array(styles)


def _header(*cells: str) -> list[str]:
    return [_row(*cells), "|" + "---|" * len(cells)]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _words(values: np.ndarray, sign: str = "") -> str:
    found = interval(values)
    return f"{found.mean:{sign}.3f} [{found.low:{sign}.3f}, {found.high:{sign}.3f}]"


def _bounds(values: np.ndarray) -> tuple[float, float]:
    found = interval(values)
    return found.low, found.high
