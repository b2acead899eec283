"""The options of the classifier family."""

from typing import Literal

from pydantic import Field

from artmodels.family import TrainConfig


class ClassifierConfig(TrainConfig):
    """Training and architecture of the classifier."""

    steps: int = Field(400, ge=1, description="Optimiser steps.")
    batch_size: int = Field(128, ge=1, le=4096, description="Samples a step.")
    learning_rate: float = Field(0.002, gt=0, le=1, description="Peak learning rate of the heads.")
    ema_decay: float = Field(0.99, ge=0, lt=1, description="Decay of the weights' moving average, a step.")
    precision: Literal["32-true", "bf16-mixed"] = Field(
        "32-true", description="Arithmetic of the forward pass; the heads are too small to gain by bf16."
    )
    network: Literal["moments", "classic"] = Field(
        "moments",
        description="moments: feature statistics at several depths; classic: convolutions, pooling, dense layers.",
    )
    weights: str = Field(
        "",
        pattern=r"^$|\.safetensors$|^squeezenet1_1$|^vgg19$",
        description="Encoder of `moments`: a .safetensors file, squeezenet1_1 or vgg19; empty: that of params.yaml.",
    )
    pretrained: bool = Field(True, description="Begin with the encoder's weights; false: from random ones.")
    tune: float = Field(
        0.0, ge=0, le=1, description="The encoder's learning rate, as a share of the heads'; 0: it stays as it is."
    )
    side: int = Field(256, ge=32, le=1024, description="Shorter side of the pictures that are read, in pixels.")
    views: int = Field(2, ge=1, le=64, description="Ways each work is seen: whole, mirrored, then random crops.")
    min_works: int = Field(12, ge=2, description="Works of the training split that a class needs to be learnt.")
    codes: int = Field(256, ge=2, le=4096, description="Numbers that a picture's statistics are brought down to.")
    memory: int = Field(
        1400, ge=2, le=16384, description="Most works that are remembered; 1400: 7.5 MB with SqueezeNet."
    )
    sharpness: float = Field(0.8, gt=0, le=100, description="How fast likeness fades with the distance of codes.")
    balance: float = Field(0.5, ge=0, le=1, description="0: works weigh the same in the loss; 1: classes do.")
    smoothing: float = Field(0.1, ge=0, lt=1, description="Label smoothing.")
    weight_decay: float = Field(0.01, ge=0, le=1, description="Decay of the weights (AdamW).")
