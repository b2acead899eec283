"""The options of the music family."""

from typing import Literal

from pydantic import Field

from artmodels.family import TrainConfig


class MusicConfig(TrainConfig):
    """Training and architecture of the composer."""

    steps: int = Field(1500, ge=1, description="Optimiser steps.")
    batch_size: int = Field(8, ge=1, le=4096, description="Windows of pieces a step.")
    learning_rate: float = Field(2e-3, gt=0, le=1, description="Peak learning rate.")
    ema_decay: float = Field(0.995, ge=0, lt=1, description="Decay of the weights' moving average, a step.")
    precision: Literal["32-true", "bf16-mixed"] = Field("32-true", description="Arithmetic of the forward pass.")
    check_steps: int = Field(125, ge=1, description="Steps between checks on the validation split; the best is kept.")
    window: int = Field(160, ge=2, le=4096, description="Most frames of a piece that a step looks at.")
    transpose: int = Field(5, ge=0, le=11, description="Most semitones by which a window is moved up or down.")
    frames_per_quarter: int = Field(
        0, ge=0, le=64, description="Frames of a quarter note, to which finer pieces are thinned; 0: of the coarsest."
    )
    voices: int = Field(
        0, ge=0, le=88, description="Most notes of a frame that is composed; 0: of a frame of the training split."
    )
    cell: Literal["gru", "lstm"] = Field("gru", description="What remembers the frames so far.")
    hidden: int = Field(256, ge=1, le=4096, description="Units of the cell.")
    layers: int = Field(1, ge=1, le=8, description="Cells, one upon the other.")
    embedding: int = Field(128, ge=1, le=4096, description="Numbers that a frame is brought down to for the cell.")
    chain: int = Field(256, ge=1, le=4096, description="Units that see which notes of the frame are chosen already.")
    channels: int = Field(16, ge=1, le=256, description="Channels of what every key sees of the keys around it.")
    history: int = Field(2, ge=1, le=16, description="Frames before this one that a key sees around it.")
    dropout: float = Field(0.5, ge=0, lt=1, description="Share of units that a step leaves out.")
    input_dropout: float = Field(0.1, ge=0, lt=1, description="Share of the notes heard that a step leaves out.")
    weight_decay: float = Field(0.01, ge=0, le=1, description="Decay of the weights (AdamW).")
