"""The options of the critic family."""

from typing import Literal

from pydantic import Field

from artmodels.family import TrainConfig

RATINGS: tuple[float, float] = (1, 10)
"""Lowest and highest rating of a work."""


class CriticConfig(TrainConfig):
    """Training and architecture of the critic."""

    steps: int = Field(400, ge=1, description="Optimiser steps.")
    batch_size: int = Field(64, ge=2, le=4096, description="Samples a step.")
    learning_rate: float = Field(0.003, gt=0, le=1, description="Peak learning rate.")
    ema_decay: float = Field(0.98, ge=0, lt=1, description="Decay of the weights' moving average, a step.")
    precision: Literal["32-true", "bf16-mixed"] = Field(
        "32-true", description="Arithmetic of the forward pass; a GRU this small does not gain by bf16."
    )
    reader: Literal["gru", "mean"] = Field(
        "gru", description="gru: reads the places one after the other; mean: the baseline, which only averages them."
    )
    weights: str = Field(
        "",
        pattern=r"^$|\.safetensors$|^squeezenet1_1$|^vgg19$",
        description="The encoder: a .safetensors file, squeezenet1_1 or vgg19; empty: that of params.yaml.",
    )
    side: int = Field(256, ge=32, le=1024, description="Shorter side of the pictures that are read, in pixels.")
    places: int = Field(8, ge=2, le=32, description="Places along each side of the map that is read.")
    codes: int = Field(64, ge=2, le=512, description="Numbers that a place's statistics are brought down to.")
    width: int = Field(64, ge=4, le=1024, multiple_of=2, description="Width of the reader.")
    dropout: float = Field(0.6, ge=0, lt=1, description="Share of the reader's numbers that a step leaves out.")
    blanks: float = Field(0.4, ge=0, lt=1, description="Share of the places that a step leaves blank.")
    years: int = Field(32, ge=2, le=512, description="Bins of the distribution over years, each as likely as any.")
    min_works: int = Field(
        5, ge=2, description="Works of the training split that a class, or a head for numbers, needs to be learnt."
    )
    coverage: float = Field(0.9, ge=0.5, le=0.99, description="Share of the truths that intervals shall hold.")
    smoothing: float = Field(0.1, ge=0, lt=1, description="Label smoothing.")
    balance: float = Field(0.5, ge=0, le=1, description="0: works weigh the same in the loss; 1: classes do.")
    ranking: float = Field(0.5, ge=0, le=100, description="Weight of the loss that puts works in order by rating.")
    weight_decay: float = Field(0.05, ge=0, le=1, description="Decay of the weights (AdamW).")
    memory: int = Field(4000, ge=1, le=100_000, description="Most works that are remembered, to name the nearest.")
