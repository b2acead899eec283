"""The options of the style-transfer family."""

from pydantic import Field

from artmodels.family import TrainConfig


class StyleConfig(TrainConfig):
    """Training and architecture of the style-transfer network."""

    depth: int = Field(2, ge=1, le=8, description="Convolutions at the encoder's third scale; VGG-19 has 4.")
    code: int = Field(128, ge=16, le=2048, description="Length of the style code.")
    blocks: int = Field(1, ge=0, le=16, description="Residual blocks at the bottleneck.")
    encoder_rate: float = Field(0.1, ge=0, le=1, description="The encoder's share of the learning rate.")
    crop: int = Field(192, ge=32, le=1024, multiple_of=8, description="Side of the training crops, in pixels.")
    texture_weight: float = Field(3.0, ge=0, description="Weight of the covariances, where content weighs 1.")
    moment_weight: float = Field(1.5, ge=0, description="Weight of the means and deviations.")
    looks: int = Field(
        2, ge=1, le=4, description="Sizes at which the teacher looks: whole, half, ... down to 64 pixels a side."
    )
    identity_weight: float = Field(1.0, ge=0, description="Weight of repainting a picture in its own style.")
    warmup: float = Field(0.05, gt=0, lt=1, description="Share of the steps over which the learning rate rises.")
