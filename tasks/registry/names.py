"""How people name models: aliases, numbers, `style@champion`."""

import re

from artmodels.errors import AtelierError
from artmodels.family import get_family

CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"


def parse_reference(text: str, family: str) -> str:
    """Return the alias or number in `champion`, `3`, `style@champion`, `style/3` or `models:/style@champion`.

    Raises:
        AtelierError: the text is none of these, or names another family.
    """
    match = re.fullmatch(r"(?:models:/)?(?:([\w-]+)[@/])?([\w-]{1,255})", text, re.ASCII)
    if match is None:
        raise AtelierError(f"{text!r} is no model: accepted are an alias, a number, or models:/{family}@champion.")
    if match[1] not in (None, family):
        raise AtelierError(f"{text!r} is a model of the family {match[1]!r}, wanted is {family!r}.")
    return match[2]


def split_reference(text: str) -> tuple[str, str]:
    """Return family and alias or number in `style@champion`, `style/3`, `models:/style@champion`, or `style`.

    Raises:
        AtelierError: the text is none of these, or there is no such family.
    """
    match = re.fullmatch(r"(?:models:/)?([\w-]+)(?:[@/]([\w-]{1,255}))?", text, re.ASCII)
    if match is None:
        raise AtelierError(f"{text!r} is no model: write style@champion, or style/3.")
    return get_family(match[1]).name, match[2] or CHAMPION
