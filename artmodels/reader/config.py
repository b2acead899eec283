"""The options of the reader family."""

from typing import Literal

from pydantic import Field

from artmodels.family import TrainConfig


class ReaderConfig(TrainConfig):
    """Training and architecture of the reader of critiques."""

    steps: int = Field(700, ge=1, description="Optimiser steps.")
    batch_size: int = Field(64, ge=1, le=4096, description="Critiques a step.")
    learning_rate: float = Field(3e-3, gt=0, le=1, description="Peak learning rate.")
    ema_decay: float = Field(0.99, ge=0, lt=1, description="Decay of the weights' moving average, a step.")
    precision: Literal["32-true", "bf16-mixed"] = Field(
        "32-true", description="Arithmetic of the forward pass; the network is too small to gain by bf16."
    )
    least_texts: int = Field(2, ge=1, description="Critiques that a word or a phrase stands in before it is known.")
    most_words: int = Field(160, ge=1, le=10_000, description="Words that are read of a critique; the rest is not.")
    embedding: int = Field(96, ge=1, le=4096, description="Numbers that stand for a word.")
    hidden: int = Field(64, ge=1, le=4096, description="Units of the LSTM in each direction.")
    word_dropout: float = Field(0.15, ge=0, lt=1, description="Share of words that training takes for unknown.")
    embedding_dropout: float = Field(0.4, ge=0, lt=1, description="Share of a word's numbers that training drops.")
    dropout: float = Field(0.5, ge=0, lt=1, description="Share of the LSTM's outputs that training drops.")
    attributes: float = Field(2.0, ge=0, le=100, description="Weight of the attributes in the loss; the total's is 1.")
    phrase: int = Field(3, ge=1, le=5, description="Most words of the phrases that the linear part counts.")
    penalty: float = Field(0.5, gt=0, description="Ridge penalty of the linear part.")
    share: float = Field(0.5, ge=0, le=1, description="Weight of the recurrent part; the linear part has the rest.")
    weight_decay: float = Field(0.01, ge=0, le=1, description="Decay of the recurrent part's weights (AdamW).")
    coverage: float = Field(0.9, gt=0, lt=1, description="Share of critiques whose score an interval shall hold.")
