"""The options of the GAN family."""

from typing import Literal

from pydantic import Field, field_validator

from artmodels.family import TrainConfig

SMALLEST = 4
"""Side of the map that a generator begins with, in pixels."""


class GanConfig(TrainConfig):
    """Training and architecture of the generator and the discriminator."""

    steps: int = Field(40000, ge=1, description="Optimiser steps, each of a generator and a discriminator.")
    batch_size: int = Field(8, ge=2, le=4096, description="Works a step.")
    learning_rate: float = Field(2e-4, gt=0, le=1, description="Learning rate of both networks.")
    ema_decay: float = Field(0.998, ge=0, lt=1, description="Decay of the weights' moving average, a step.")
    network: Literal["light", "modern", "classic"] = Field(
        "light", description="light: FastGAN; modern: residual and without normalisation (R3GAN); classic: DCGAN."
    )
    resolution: int = Field(64, ge=16, le=512, description="Side of the pictures, in pixels: a power of two.")
    latent: int = Field(64, ge=2, le=1024, description="Numbers that a picture is made from.")
    width: int = Field(16, ge=4, le=512, description="Channels at the finest scale; they double towards the coarsest.")
    widest: int = Field(192, ge=4, le=1024, description="Most channels at any scale.")
    blocks: int = Field(1, ge=1, le=8, description="Residual blocks a scale.")
    classes: Literal["", "style", "genre"] = Field(
        "", description="Column that says of which class a picture shall be."
    )
    min_works: int = Field(12, ge=2, description="Works of the training split that a class needs to be painted.")
    gamma: float = Field(
        0.0, ge=0, description="Weight of the gradient penalties R1 and R2; 0: by the rule for the resolution."
    )
    penalty_every: int = Field(4, ge=1, le=64, description="Steps between the gradient penalties.")
    reconstruct: float = Field(
        1.0,
        ge=0,
        description="Weight of painting the works from the discriminator's own maps (FastGAN), for few works; 0: none. "
        "With network=classic, and below 32 px, there are no such maps.",
    )
    check_steps: int = Field(500, ge=1, description="Steps between diagnoses; the best generator by them is kept.")
    check_samples: int = Field(256, ge=16, le=10000, description="Pictures that a diagnosis looks at.")
    augment: bool = Field(True, description="Show both networks' pictures differently coloured, shifted and cut out.")

    @field_validator("resolution")
    @classmethod
    def _power_of_two(cls, side: int) -> int:
        if side & (side - 1):
            raise ValueError("a power of two is accepted: 16, 32, 64, 128, 256 or 512")
        return side

    def reconstruction(self) -> float:
        """Return the weight of the reconstruction: none where there are no maps to paint from."""
        return self.reconstruct if self.network != "classic" and self.resolution >= 32 else 0.0

    def penalty(self) -> float:
        """Return gamma: as asked for, or in proportion to the pixels (Karras et al. 2020).

        1 at 64 px, between what Huang et al. 2024 publish for ImageNet (1 to 0.1) and faces (2 to 0.2) at that size.
        """
        return self.gamma or self.resolution**2 / 64**2

    def remedy(self) -> str:
        """Return in words what calms a training that goes wrong."""
        raising = f"raise gamma (now {self.penalty():g}), or " if self.penalised else ""
        return f"{raising}lower learning_rate"

    @property
    def penalised(self) -> bool:
        """Whether the discriminator's gradients are penalised: the other networks are held by their normalisation."""
        return self.network == "modern"

    def channels(self) -> list[int]:
        """Return the channels at each scale, from the coarsest (`SMALLEST`) to the finest."""
        scales = (self.resolution // SMALLEST).bit_length()
        return [min(self.widest, self.width << (scales - 1 - scale)) for scale in range(scales)]
