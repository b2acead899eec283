"""Charts as SVG inside a page, in its colours: light or dark as the reader's screen is."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from typing import Any

import numpy as np
from markupsafe import Markup, escape
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from artmodels.family import Answers
from tasks.evaluation import Interval

# Drawn in colours that nobody would choose, each of which stands for one of the page's.
_INK, _SOFT, _LINE, _FIRST, _SECOND, _GOOD = (f"#0{n}0{n}0{n}" for n in range(1, 7))
_COLOURS = {_INK: "ink", _SOFT: "soft", _LINE: "line", _FIRST: "first", _SECOND: "second", _GOOD: "good"}

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    # The same chart is the same text each time.
    "svg.hashsalt": "atelier",
    # A class may be called "$x$": words are words.
    "text.parse_math": False,
    "font.size": 9,
    "text.color": _INK,
    "axes.edgecolor": _LINE,
    "axes.labelcolor": _SOFT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": _SOFT,
    "ytick.color": _SOFT,
    "axes.grid": True,
    "grid.color": _LINE,
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
}

MOST_POINTS = 600
"""Points of a curve: more are not to be told apart."""

MOST_CLASSES = 30
"""Classes of a confusion matrix, the most frequent: more cannot be read."""


def curve(points: Sequence[tuple[int, float]], name: str) -> Markup:
    """Draw a figure over the steps of a training: faint as it was, and averaged over a twentieth of it."""
    steps, values = (np.array(column, float) for column in zip(*points, strict=True))
    finite = np.isfinite(values)
    steps, values = steps[finite], values[finite]
    kept = np.unique(np.linspace(0, len(steps) - 1, MOST_POINTS).astype(int)) if len(steps) > MOST_POINTS else ...
    width = max(1, len(values) // 20)
    smooth = np.convolve(np.pad(values, (width // 2, (width - 1) // 2), "edge"), np.ones(width) / width, "valid")

    def draw(axes: Axes) -> None:
        axes.plot(steps[kept], values[kept], color=_FIRST, linewidth=0.8, alpha=0.35 if width > 1 else 1)
        if width > 1:
            axes.plot(steps[kept], smooth[kept], color=_FIRST, linewidth=1.6)
        if len(steps) == 1:
            axes.plot(steps, values, "o", color=_FIRST, markersize=4)

    return _chart(draw, f"{name} over the steps", (3.6, 2.1))


def distribution(values: Mapping[str, np.ndarray], name: str, mark: Interval | None = None) -> Markup:
    """Draw how the values of one or two models are spread; `mark` is a mean and its interval."""
    everything = np.concatenate([np.asarray(each, float) for each in values.values()])
    edges = np.histogram_bin_edges(everything, bins=min(30, max(8, int(len(everything) ** 0.5) * 2))).tolist()

    def draw(axes: Axes) -> None:
        for (label, each), colour in zip(values.items(), (_FIRST, _SECOND), strict=False):
            axes.hist(each, edges, color=colour, alpha=0.55, label=label)
        if mark is not None:
            axes.axvspan(mark.low, mark.high, color=_INK, alpha=0.12, linewidth=0)
            axes.axvline(mark.mean, color=_INK, linewidth=1.4)
        if len(values) > 1:
            axes.legend(frameon=False, fontsize=8)
        axes.grid(axis="x", visible=False)
        axes.set_ylabel("items")

    return _chart(draw, f"how {name} is spread over the items", (3.6, 2.1))


def difference(found: Interval, better: str, words: str) -> Markup:
    """Draw the interval of a difference against nothing, with the side shaded on which it is better."""
    reach = 1.25 * max(abs(found.low), abs(found.high), 1e-9)

    def draw(axes: Axes) -> None:
        axes.axvspan(*((-reach, 0) if better == "lower" else (0, reach)), color=_GOOD, alpha=0.14, linewidth=0)
        axes.axvline(0, color=_SOFT, linewidth=1)
        axes.plot([found.low, found.high], [0, 0], color=_INK, linewidth=3, solid_capstyle="butt")
        axes.plot([found.mean], [0], "o", color=_INK, markersize=8)
        for x in (found.low, found.high):
            axes.annotate(f"{x:.3g}", (x, 0), (0, 10), textcoords="offset points", ha="center", fontsize=8)
        axes.set(xlim=(-reach, reach), ylim=(-1, 1), yticks=[], xlabel=words)
        axes.spines["left"].set_visible(False)
        axes.grid(visible=False)

    return _chart(draw, f"difference {found}", (6.4, 1.5))


def confusion(answers: Answers, name: str) -> Markup:
    """Draw what was said (across) of items by their truth (down), as shares of each truth's items."""
    frequent = [one for one, _ in _counted(map(str, answers.true))][:MOST_CLASSES]
    others = sorted({str(one) for one in answers.said} - set(frequent))
    columns = frequent + (["other"] if others else [])
    at = {one: place for place, one in enumerate(frequent)}
    table = np.zeros((len(frequent), len(columns)))
    for said, true in zip(map(str, answers.said), map(str, answers.true), strict=True):
        if true in at:
            table[at[true], at.get(said, len(columns) - 1)] += 1
    shares = table / table.sum(1, keepdims=True)

    def draw(axes: Axes) -> None:
        for (row, column), count in np.ndenumerate(table):
            if count:
                colour = _GOOD if row == column else _FIRST
                axes.add_patch(_square(column, row, colour, 0.15 + 0.75 * shares[row, column]))
                axes.text(column, row, f"{count:.0f}", ha="center", va="center", fontsize=8)
        axes.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(frequent) - 0.5, -0.5), xlabel="said", ylabel="true")
        axes.set_xticks(range(len(columns)), [_short(one) for one in columns], rotation=60, ha="right")
        axes.set_yticks(range(len(frequent)), [_short(one) for one in frequent])
        axes.grid(visible=False)

    side = 0.34 * len(columns) + 1.8
    return _chart(draw, f"confusion of {name}", (max(3.6, side), max(2.6, 0.34 * len(frequent) + 1.4)))


def scatter(answers: Answers, name: str) -> Markup:
    """Draw what was estimated against the truth; on the line it is right."""
    said, true = (np.array(each, float) for each in (answers.said, answers.true))
    ends = [min(said.min(), true.min()), max(said.max(), true.max())]

    def draw(axes: Axes) -> None:
        axes.plot(ends, ends, color=_SOFT, linewidth=0.8)
        axes.plot(true, said, "o", color=_FIRST, markersize=3.5, alpha=0.55, markeredgewidth=0)
        axes.set(xlabel=f"true {name}", ylabel=f"estimated {name}")

    return _chart(draw, f"{name}: estimated against true", (3.6, 3.0))


def _chart(draw: Callable[[Axes], None], says: str, inches: tuple[float, float]) -> Markup:
    with rc_context(_STYLE), warnings.catch_warnings():
        # The reader's fonts draw the words, and may well have what matplotlib's own lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = Figure(figsize=inches, layout="constrained")
        axes = figure.add_subplot()
        draw(axes)
        axes.tick_params(length=0)
        text = StringIO()
        nothing: dict[str, Any] = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(text, format="svg", transparent=True, metadata=nothing)
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :]
    for colour, name in _COLOURS.items():
        svg = svg.replace(colour, f"var(--{name})")
    return Markup(
        svg.replace("<svg", f'<svg role="img" aria-label="{escape(says)}" style="--inches: {inches[0]:.2f}in"', 1)
    )


def _square(x: float, y: float, colour: str, depth: float) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.48, y - 0.48), 0.96, 0.96, color=colour, alpha=depth, linewidth=0)


def _counted(words: Any) -> list[tuple[str, int]]:
    from collections import Counter

    return sorted(Counter(words).items(), key=lambda one: (-one[1], one[0]))


def _short(words: str) -> str:
    return words if len(words) <= 24 else f"{words[:22]}…"
