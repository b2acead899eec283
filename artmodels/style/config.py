"""The options of the style-transfer family."""

from pydantic import Field

from artmodels.family import TrainConfig


class StyleConfig(TrainConfig):
    """Training and architecture of the style-transfer network."""

    width: int = Field(16, ge=4, le=128, description="Channels of the content encoder's first layer.")
    code: int = Field(256, ge=16, le=2048, description="Length of the style code.")
    blocks: int = Field(4, ge=1, le=16, description="Residual blocks at the bottleneck.")
    crop: int = Field(160, ge=32, le=1024, multiple_of=4, description="Side of the training crops, in pixels.")
    texture_weight: float = Field(3.0, ge=0, description="Weight of the covariances, where content weighs 1.")
    moment_weight: float = Field(1.5, ge=0, description="Weight of the means and deviations.")
    identity_weight: float = Field(1.0, ge=0, description="Weight of repainting a picture in its own style.")
    warmup: float = Field(0.05, gt=0, lt=1, description="Share of the steps over which the learning rate rises.")
