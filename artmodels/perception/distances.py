"""How far apart two pictures look: in content, and in style. Scale-free, so that every encoder can be used."""

import torch
from torch import Tensor
from torch.nn import functional

_EPSILON = 1e-6


def content_distances(features: Tensor, reference: Tensor) -> Tensor:
    """Mean squared distance of `(B, C, H, W)` feature maps, each channel brought to mean 0 and deviation 1: `(B,)`.

    Normalised, because a channel's mean and deviation are style (Huang and Belongie 2017): what is compared is where
    things are. 0 when equal, 2 when unrelated.
    """
    difference = functional.instance_norm(features) - functional.instance_norm(reference)
    return difference.square().mean(dim=(1, 2, 3))


def moment_distances(features: Tensor, reference: Tensor) -> Tensor:
    """Squared distance of the channels' means and deviations, relative to the reference's deviations: `(B,)`."""
    (mean, deviation), (wanted_mean, wanted_deviation) = _moments(features), _moments(reference)
    distance = (mean - wanted_mean).square().mean(1) + (deviation - wanted_deviation).square().mean(1)
    return distance / (wanted_deviation.square().mean(1) + _EPSILON)


def covariance_distances(features: Tensor, reference: Tensor) -> Tensor:
    """Squared Frobenius distance of the channels' covariances, relative to the reference's norm: `(B,)`.

    The Gram matrix of Gatys et al. 2016 with the means taken out, which otherwise drown the texture.
    """
    wanted = covariance(reference)
    return (covariance(features) - wanted).square().sum((1, 2)) / (wanted.square().sum((1, 2)) + _EPSILON)


def _moments(features: Tensor) -> tuple[Tensor, Tensor]:
    variance, mean = torch.var_mean(features, dim=(2, 3), correction=0)
    return mean, (variance + _EPSILON).sqrt()


def covariance(features: Tensor) -> Tensor:
    """Covariances of the channels of `(B, C, H, W)` feature maps: `(B, C, C)`."""
    flat = (features - features.mean(dim=(2, 3), keepdim=True)).flatten(2)
    return flat @ flat.transpose(1, 2) / flat.shape[2]
