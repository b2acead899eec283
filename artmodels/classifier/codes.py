"""The space of the training works: codes for what is common among them, strangeness for what is not."""

import torch
from torch import Tensor, nn

_CLIP = 5.0


class CodeSpace(nn.Module):
    """Principal components of the training works' descriptors.

    A descriptor's part inside the space is its code. What is left over is its strangeness: large for a picture that
    is unlike anything seen in training.
    """

    centre: Tensor
    scale: Tensor
    basis: Tensor
    shrink: Tensor

    def __init__(self, descriptor: int, codes: int) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(descriptor))
        self.register_buffer("scale", torch.ones(descriptor))
        self.register_buffer("basis", torch.zeros(descriptor, codes))
        self.register_buffer("shrink", torch.ones(codes))

    @classmethod
    def of_works(cls, descriptors: Tensor, codes: int, seed: int) -> "CodeSpace":
        """Fit the space to descriptors `(N, D)`; it has fewer codes than asked for where there are few works.

        Axes are brought half-way to equal deviation: left as they are, two or three axes decide all distances; equal,
        the noise of the last ones does.
        """
        codes = min(codes, *descriptors.shape)
        space = cls(descriptors.shape[1], codes)
        deviation = descriptors.std(0, correction=0)
        space.centre.copy_(descriptors.mean(0))
        # A number that hardly ever changes must not become a loud one.
        space.scale.copy_(deviation + 0.01 * deviation.square().mean().sqrt() + 1e-8)
        normal = space.normalise(descriptors)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            space.basis.copy_(torch.pca_lowrank(normal, codes, center=False, niter=4)[2])
        parts = normal @ space.basis
        half = parts.std(0, correction=0).clamp(min=1e-6).rsqrt()
        # To a mean squared length of 1, so that the same sharpness suits any encoder.
        space.shrink.copy_(half / (parts * half).square().sum(1).mean().sqrt().clamp(min=1e-6))
        return space

    def normalise(self, descriptors: Tensor) -> Tensor:
        """Bring each number of `(N, D)` to mean 0 and deviation 1, no further than five deviations out."""
        return ((descriptors - self.centre) / self.scale).clamp(-_CLIP, _CLIP)

    def forward(self, descriptors: Tensor) -> tuple[Tensor, Tensor]:
        """Return codes `(N, K)` and strangeness `(N,)`, the squared length of what the codes leave out."""
        normal = self.normalise(descriptors)
        parts = normal @ self.basis
        return parts * self.shrink, (normal.square().sum(1) - parts.square().sum(1)).clamp(min=0)
