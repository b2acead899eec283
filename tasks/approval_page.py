"""What a person sees who is asked to approve a promotion: both models' pictures side by side, and their figures."""

import io
from collections.abc import Sequence

from PIL import Image

from artmodels.family import get_family
from tasks import registry
from tasks.decision import Decision
from tasks.evaluation import recorded_pictures
from tasks.settings import Settings
from tasks.thumbnails import inline_jpeg

WIDTH, QUALITY = 640, 85
"""Of a picture in the page, in pixels, and of its JPEG: the page is kept in Prefect's database."""

_ROLES = ("champion", "challenger")
_SIDES = (" on the left", " on the right")


def approval_page(settings: Settings, proposal: Decision) -> str:
    """Return the page in Markdown, pictures included, so that it can be read wherever Prefect's pages can."""
    words = f"The gate would promote it: {proposal.reason}."
    return "\n\n".join([f"# {title(proposal)}", words, _table(proposal), *_pictures(settings, proposal)])


def title(proposal: Decision) -> str:
    """Say in a few words what is asked."""
    before = f"in place of v{proposal.replaced}" if proposal.replaced is not None else "as the first in use"
    return f"{proposal.family} v{proposal.version} {before}?"


def figures_of(proposal: Decision) -> list[list[str]]:
    """Return the figures as rows of words: a name, then the figure of each model; the deciding one first."""
    roles = [role for role in _ROLES if role in proposal.figures]
    names = sorted(proposal.figures["challenger"], key=lambda name: name != proposal.metric)
    return [["figure", *roles]] + [
        [name, *(f"{proposal.figures[role].get(name, float('nan')):.4g}" for role in roles)] for name in names
    ]


def _table(proposal: Decision) -> str:
    metric = get_family(proposal.family).deciding
    head, first, *others = figures_of(proposal)
    rows = [head, ["---"] * len(head), [f"**{word}**" for word in first], *others]
    meaning = f"`{metric.name}` decides, {metric.better} is better: {metric.meaning}."
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + f"\n\n{meaning}"


def _pictures(settings: Settings, proposal: Decision) -> list[str]:
    """Return a picture for each of the evaluation's: the champion's to the left, the challenger's to the right."""
    numbers = {"champion": proposal.replaced, "challenger": proposal.version}
    shown = {
        f"{role} v{number}": recorded_pictures(
            settings, registry.find(settings, proposal.family, str(number)), str(proposal.evaluation_set)
        )
        for role, number in numbers.items()
        if number is not None
    }
    names = sorted({name for pictures in shown.values() for name in pictures})
    if not names:
        return [f"The evaluation of a {proposal.family} model draws no pictures."]
    return [_side_by_side(name, {role: one[name] for role, one in shown.items() if name in one}) for name in names]


def _side_by_side(name: str, pictures: dict[str, bytes]) -> str:
    """Return all of them as one picture: Prefect fits one into its form, and cuts a table of two off."""
    roles = [f"{role}{side}" for role, side in zip(pictures, _SIDES if len(pictures) > 1 else [""], strict=True)]
    joined = inline_jpeg(_joined(list(pictures.values())), len(pictures) * WIDTH, QUALITY)
    return f"**{name}**: {', '.join(roles)}\n\n![{name} of the {' and the '.join(pictures)}]({joined})"


def _joined(pictures: Sequence[bytes]) -> bytes:
    """Return pictures beside one another as a PNG, with a gap between them."""
    opened = [Image.open(io.BytesIO(picture)).convert("RGB") for picture in pictures]
    gap = max(one.width for one in opened) // 20
    size = (sum(one.width for one in opened) + gap * (len(opened) - 1), max(one.height for one in opened))
    whole, left = Image.new("RGB", size, "white"), 0
    for one in opened:
        whole.paste(one, (left, 0))
        left += one.width + gap
    whole.save(file := io.BytesIO(), "PNG")
    return file.getvalue()
