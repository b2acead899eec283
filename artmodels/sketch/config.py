"""The options of the sketch family."""

from pydantic import Field

from artmodels.family import TrainConfig


class SketchConfig(TrainConfig):
    """Training and architecture of the model that draws; the paper is Ha and Eck 2017, "Sketch-RNN"."""

    steps: int = Field(4000, ge=1, description="Optimiser steps.")
    batch_size: int = Field(64, ge=1, le=4096, description="Drawings a step.")
    learning_rate: float = Field(2e-3, gt=0, le=1, description="Peak learning rate.")
    checkpoint_steps: int = Field(500, ge=1, description="Steps between checkpoints.")
    latent: int = Field(
        32, ge=0, le=1024, description="Numbers that stand for a whole drawing; 0: a decoder alone, which cannot read."
    )
    encoder: int = Field(128, ge=4, le=2048, description="Cells of the encoder, in each direction.")
    decoder: int = Field(256, ge=4, le=4096, description="Cells of the decoder.")
    mixture: int = Field(20, ge=1, le=100, description="Gaussians that the next point is drawn from.")
    naming: int = Field(
        32, ge=0, le=512, description="Numbers that stand for a class; 0: classes are neither learnt nor drawn."
    )
    min_drawings: int = Field(5, ge=1, description="Drawings of the training split that a class needs to be learnt.")
    withheld: float = Field(
        0.1, ge=0, le=1, description="Share of drawings whose class the model is not told, to draw without one."
    )
    places: bool = Field(
        True, description="Tell the networks where the pen is, not only how it moved; the paper does not."
    )
    kl_weight: float = Field(
        0.16, ge=0, description="Weight of the KL divergence in the end (w_KL); latent / N_max: a nat counts as a nat."
    )
    kl_start: float = Field(0.01, ge=0, le=1, description="Share of it in the beginning (eta_min).")
    kl_annealing: float = Field(0.998, gt=0, lt=1, description="What is left of the rest after each step (R).")
    kl_free: float = Field(0.01, ge=0, description="Divergence a number of the latent that costs nothing (KL_min).")
    recurrent_dropout: float = Field(
        0.1, ge=0, lt=1, description="Share of the recurrent weights left out, drawn anew each step."
    )
    scaling: float = Field(0.15, ge=0, lt=1, description="Drawings are stretched by up to so much, each way.")
    dropping: float = Field(0.1, ge=0, lt=1, description="Share of points left out inside a stroke.")
    weight_decay: float = Field(0.01, ge=0, le=1, description="Decay of the weights (AdamW).")
    check_steps: int = Field(500, ge=1, description="Steps between checks on the validation split; the best is kept.")
