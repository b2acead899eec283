"""The controls that an artist reaches for, and what is accepted for each."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator

from artmodels.accept import accept
from artmodels.errors import AtelierError


class Controls(BaseModel):
    """How a picture is repainted, whatever the styles are."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    alpha: float = Field(default=1.0, ge=0, le=1, description="Strength of the style, from 0 to 1.")
    brush: float = Field(
        default=1.0, ge=0.125, le=8, description="Size of the style's strokes, relative to what was taught."
    )
    keep_colours: bool = Field(default=False, description="Take the brushwork only, and keep the content's colours.")
    weights: tuple[float, ...] = Field(
        default=(), description="Share of each style where several are mixed; they sum to 1."
    )

    @field_validator("weights")
    @classmethod
    def _sum_to_one(cls, weights: tuple[float, ...]) -> tuple[float, ...]:
        if weights and not (min(weights) >= 0 and math.isclose(sum(weights), 1, abs_tol=1e-3)):
            raise ValueError(f"weights of at least 0 that sum to 1 are accepted, these sum to {sum(weights):g}")
        return weights

    def shares_of(self, styles: int) -> Sequence[float]:
        """Return the share of each of so many styles: `weights`, or equal ones.

        Raises:
            AtelierError: there are not as many weights as styles.
        """
        if not self.weights:
            return (1 / styles,) * styles
        if len(self.weights) != styles:
            raise AtelierError(f"weights={list(self.weights)} is not accepted: one for each of the {styles} styles.")
        return self.weights


def parse_controls(params: Mapping[str, Any]) -> Controls:
    """Read the parameters of a served model; `weights` is text such as `0.7,0.3`.

    Raises:
        AtelierError: a parameter is not accepted; the message names it.
    """
    fields = dict(params)
    fields["weights"] = tuple(part for part in str(fields.get("weights", "")).split(",") if part.strip())
    return accept(Controls, fields)


def check_mask(mask: np.ndarray, content: np.ndarray, name: str = "The mask") -> None:
    """Check that a mask `(H, W) uint8` is of the content's size and leaves something in.

    Args:
        mask: 255 where the style is wanted, 0 where not.
        content: `(H, W, 3) uint8`.
        name: what to call the mask in a complaint.

    Raises:
        AtelierError: it does not.
    """
    if mask.shape != content.shape[:2]:
        height, width = content.shape[:2]
        raise AtelierError(
            f"{name} has {mask.shape[1]} x {mask.shape[0]} pixels where the picture has {width} x {height}: "
            "the same size is accepted."
        )
    if not mask.any():
        raise AtelierError(f"{name} is black all over: paint the region white where the style is wanted.")
