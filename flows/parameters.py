"""Kinds of parameters that several flows take: Prefect checks them before a run begins, and its form shows them."""

from typing import Annotated

from pydantic import Field

Who = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""Who or what asks, as the registry records it: one line."""

Kept = Annotated[int, Field(ge=1)]
"""How many pictures are kept as the best."""
