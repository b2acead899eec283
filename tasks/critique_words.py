"""A critique in words: what is said, how surely, and why."""

from typing import Any

UNKNOWN = "unlike the works it learnt from: what it says means little"

_TELLING = 3
"""Properties that are told: those furthest from the middle of the training works."""

_WEAK = 0.2
"""Rank correlation of attention and occlusion below which the attention is called no reason."""

_MORE = {
    "brightness": ("brighter", "darker"),
    "contrast": ("more contrast", "less contrast"),
    "saturation": ("more saturated", "less saturated"),
    "colourfulness": ("more colourful", "less colourful"),
    "warmth": ("yellower", "bluer"),
    "palette": ("more colours", "fewer colours"),
    "detail": ("more detail", "less detail"),
    "balance": ("weight nearer the middle", "weight further from the middle"),
    "thirds": ("more weight at the thirds", "less weight at the thirds"),
    "symmetry": ("more symmetric", "less symmetric"),
}
"""What is said of more and of less of a property."""


def answers(critique: dict[str, Any]) -> dict[str, str]:
    """Return what each head says, with its probability or its interval."""
    return {head: _answer(head, said) for head, said in critique["heads"].items()}


def evaluation(critique: dict[str, Any]) -> str:
    """Return the evaluation with its interval, or what it stands for."""
    if critique["scale"] == "rating":
        return _answer("rating", critique["heads"]["rating"])
    return f"{critique['belonging']:.0%} of the held-out works are as strange or stranger"


def reasons(critique: dict[str, Any]) -> list[str]:
    """Return the reasons, a phrase each."""
    found = [] if critique["known"] else [UNKNOWN]
    ranked = sorted(critique["properties"].items(), key=lambda pair: -abs(pair[1]["percentile"] - 50))
    found += [_property(name, own["percentile"]) for name, own in ranked[:_TELLING]]
    if critique["nearest"]:
        found.append(f"read like {_work(critique['nearest'][0])}")
    if critique["agreement"] is not None:
        # Attention alone is weak evidence (Jain and Wallace 2019).
        found.append(
            f"attention and blanking agree ({critique['agreement']:.2f})"
            if critique["agreement"] >= _WEAK
            else f"attention and blanking disagree ({critique['agreement']:.2f}): where it looked is no reason"
        )
    return found


def _answer(head: str, said: dict[str, Any]) -> str:
    if "best" in said:
        others = len(said["among"]) - 1
        return f"{said['best']} ({said['probability']:.0%}{f'; {others} more not ruled out' if others else ''})"
    form = ".1f" if head == "rating" else ".0f"
    return f"{said['value']:{form}} ({said['low']:{form}} to {said['high']:{form}})"


def _property(name: str, percentile: float) -> str:
    more, less = _MORE[name]
    if percentile >= 50:
        return f"{more} than {percentile:.0f} % of the works"
    return f"{less} than {100 - percentile:.0f} % of the works"


def _work(work: dict[str, Any]) -> str:
    title = work["title"] or "an untitled work"
    told = ", ".join(filter(None, [work["artist"], str(work["year"] or "")]))
    return f"{title} ({told})" if told else title
