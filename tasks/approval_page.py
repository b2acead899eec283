"""What a person sees who is asked to approve a promotion: both models' pictures side by side, and their figures."""

from artmodels.family import get_family
from tasks import registry
from tasks.decision import Decision
from tasks.evaluation import recorded_pictures
from tasks.settings import Settings
from tasks.thumbnails import inline_jpeg

WIDTH, QUALITY = 640, 85
"""Of a picture in the page, in pixels, and of its JPEG: the page is kept in Prefect's database."""

_ROLES = ("champion", "challenger")


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
    """Return a table for each picture of the evaluation: the champion's to the left, the challenger's to the right."""
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
    cells = [f"![{name} of the {role}]({inline_jpeg(png, WIDTH, QUALITY)})" for role, png in pictures.items()]
    rows = [[f"{name}, {role}" for role in pictures], ["---"] * len(cells), cells]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
