"""The perceptual encoders: small CNNs whose feature maps tell how alike two pictures look.

Each takes `(B, 3, H, W) float in [0, 1], sRGB` and returns its feature maps from fine to coarse. `content_layers`
and `style_layers` are indices into that list.
"""

import hashlib
from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn


class Perceptor(nn.Module):
    """What every perceptual encoder offers; its parameters are frozen by `load_perceptor`."""

    name: ClassVar[str]
    content_layers: ClassVar[tuple[int, ...]]
    style_layers: ClassVar[tuple[int, ...]]
    mean: Tensor
    std: Tensor

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Return the feature maps of `(B, 3, H, W) float in [0, 1]` pictures, fine to coarse."""
        raise NotImplementedError

    def convolutions(self) -> list[nn.Conv2d]:
        """The convolutions in the order in which a picture passes them, without those that only prepare the pixels."""
        return [module for module in self.modules() if isinstance(module, nn.Conv2d)]

    def preprocessing(self) -> tuple[Tensor, Tensor]:
        """What is done to pixels in [0, 1] first: a matrix `(3, 3)` and an offset `(3,)`."""
        scale = 1 / self.std.flatten()
        return torch.diag(scale), -self.mean.flatten() * scale

    def digest(self) -> str:
        """The sha256 of the weights, by which a figure tells what it was seen with."""
        whole = hashlib.sha256()
        for name, tensor in sorted(self.state_dict().items()):
            whole.update(name.encode() + tensor.cpu().numpy().tobytes())
        return whole.hexdigest()

    @classmethod
    def recognises(cls, state: Mapping[str, Tensor]) -> bool:
        """Tell from the key names whether a file holds the weights of this encoder."""
        raise NotImplementedError

    @classmethod
    def from_state(cls, state: Mapping[str, Tensor]) -> "Perceptor":
        """Build the encoder from a file's tensors."""
        network = cls()
        wanted = network.state_dict().keys()
        network.load_state_dict({key: state[key] for key in wanted})
        return network


def _conv(inputs: int, outputs: int) -> nn.Sequential:
    # Reflection: zero padding would draw a frame into the features, and the style loss would paint it.
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1, padding_mode="reflect"), nn.ReLU())


class CompactPerceptor(Perceptor):
    """The project's own: VGG-19 with two layers a scale and narrow ones (`perception.distill` trains it).

    Feature maps at strides 1, 2, 4, 8 and 16, as VGG-19's relu1_1 to relu5_1 (Simonyan and Zisserman 2015).
    """

    name = "compact"
    widths: ClassVar[tuple[int, ...]] = (16, 32, 64, 128, 128)
    content_layers = (2, 3)
    style_layers = (0, 1, 2, 3, 4)

    def __init__(self) -> None:
        super().__init__()
        mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
        self.register_buffer("mean", mean.view(1, 3, 1, 1))
        self.register_buffer("std", std.view(1, 3, 1, 1))
        stages: list[nn.Module] = [_conv(3, self.widths[0])]
        for inputs, outputs in zip(self.widths, self.widths[1:], strict=False):
            stages.append(nn.Sequential(_conv(inputs, inputs), nn.MaxPool2d(2), _conv(inputs, outputs)))
        self.stages = nn.ModuleList(stages)

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Return five maps, 16/32/64/128/128 channels wide."""
        features = [(pictures - self.mean) / self.std]
        for stage in self.stages:
            features.append(stage(features[-1]))
        return features[1:]

    @classmethod
    def recognises(cls, state: Mapping[str, Tensor]) -> bool:
        """Tell by the first stage's key."""
        return "stages.0.0.weight" in state


class _TorchvisionPerceptor(Perceptor):
    """A sequence of layers with torchvision's key names and preprocessing, some of whose maps are tapped."""

    style_layers = (0, 1, 2, 3, 4)
    _taps: ClassVar[frozenset[int]]

    def __init__(self, layers: list[nn.Module]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1), persistent=False)
        self.features = nn.Sequential(*layers)

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Return the tapped maps."""
        features, taps = (pictures - self.mean) / self.std, []
        for index, layer in enumerate(self.features):
            features = layer(features)
            if index in self._taps:
                taps.append(features)
        return taps


class SqueezeNetPerceptor(_TorchvisionPerceptor):
    """SqueezeNet 1.1 (Iandola et al. 2016): relu1, fire3, fire5, fire6 and fire9, 64 to 512 channels wide."""

    name = "squeezenet1_1"
    content_layers = (2, 3)
    _fires: ClassVar[dict[int, tuple[int, int, int]]] = {
        3: (64, 16, 64),
        4: (128, 16, 64),
        6: (128, 32, 128),
        7: (256, 32, 128),
        9: (256, 48, 192),
        10: (384, 48, 192),
        11: (384, 64, 256),
        12: (512, 64, 256),
    }
    _taps: ClassVar[frozenset[int]] = frozenset({1, 4, 7, 9, 12})

    def __init__(self) -> None:
        layers: list[nn.Module] = [nn.Conv2d(3, 64, 3, stride=2), nn.ReLU()]
        for index in range(2, 13):
            if index in self._fires:
                layers.append(_Fire(*self._fires[index]))
            else:
                layers.append(nn.MaxPool2d(3, stride=2, ceil_mode=True))
        super().__init__(layers)

    @classmethod
    def recognises(cls, state: Mapping[str, Tensor]) -> bool:
        """Tell by the first fire module's key."""
        return "features.3.squeeze.weight" in state


class _Fire(nn.Module):
    def __init__(self, inputs: int, squeezed: int, expanded: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(inputs, squeezed, 1)
        self.expand1x1 = nn.Conv2d(squeezed, expanded, 1)
        self.expand3x3 = nn.Conv2d(squeezed, expanded, 3, padding=1)

    def forward(self, features: Tensor) -> Tensor:
        squeezed = self.squeeze(features).relu()
        return torch.cat([self.expand1x1(squeezed), self.expand3x3(squeezed)], 1).relu()


class VggPerceptor(_TorchvisionPerceptor):
    """VGG-19 (Simonyan and Zisserman 2015): relu1_1 to relu5_1, 64/128/256/512/512 channels wide."""

    name = "vgg19"
    content_layers = (3,)
    _plan: ClassVar[tuple[int, ...]] = (
        64,
        64,
        0,
        128,
        128,
        0,
        256,
        256,
        256,
        256,
        0,
        512,
        512,
        512,
        512,
        0,
        512,
    )
    _taps: ClassVar[frozenset[int]] = frozenset({1, 6, 11, 20, 29})

    def __init__(self) -> None:
        layers: list[nn.Module] = []
        inputs = 3
        for width in self._plan:
            if width == 0:
                layers.append(nn.MaxPool2d(2))
            else:
                layers += [nn.Conv2d(inputs, width, 3, padding=1, padding_mode="reflect"), nn.ReLU()]
                inputs = width
        super().__init__(layers)

    @classmethod
    def recognises(cls, state: Mapping[str, Tensor]) -> bool:
        """Tell by the width of the first convolution of the fifth block."""
        return "features.28.weight" in state


class DistilledVggPerceptor(Perceptor):
    """VGG-19 up to relu5_1, compressed 16 times by Collaborative Distillation (Wang et al. 2020).

    Only the fifth encoder of the published five is used: one pass through it gives all five maps.
    """

    name = "vgg19_distilled"
    content_layers = (2, 3)
    style_layers = (0, 1, 2, 3, 4)
    _prefix: ClassVar[str] = "enc5."
    _plan: ClassVar[tuple[tuple[str, int, int], ...]] = (
        ("conv11", 3, 16),
        ("conv12", 16, 16),
        ("conv21", 16, 32),
        ("conv22", 32, 32),
        ("conv31", 32, 64),
        ("conv32", 64, 64),
        ("conv33", 64, 64),
        ("conv34", 64, 64),
        ("conv41", 64, 128),
        ("conv42", 128, 128),
        ("conv43", 128, 128),
        ("conv44", 128, 128),
        ("conv51", 128, 128),
    )

    def __init__(self) -> None:
        super().__init__()
        self.conv0 = nn.Conv2d(3, 3, 1)
        for name, inputs, outputs in self._plan:
            setattr(self, name, nn.Conv2d(inputs, outputs, 3, padding=1, padding_mode="reflect"))

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Return relu1_1 to relu5_1, 16/32/64/128/128 channels wide."""
        features, taps = self.conv0(pictures), []
        for name, _, _ in self._plan:
            features = getattr(self, name)(features).relu()
            if name.endswith("1"):
                taps.append(features)
            if name in ("conv12", "conv22", "conv34", "conv44"):
                features = nn.functional.max_pool2d(features, 2)
        return taps

    def convolutions(self) -> list[nn.Conv2d]:
        """All but the first, which prepares the pixels."""
        return super().convolutions()[1:]

    def preprocessing(self) -> tuple[Tensor, Tensor]:
        """The first convolution."""
        assert self.conv0.bias is not None
        return self.conv0.weight[:, :, 0, 0], self.conv0.bias

    @classmethod
    def recognises(cls, state: Mapping[str, Tensor]) -> bool:
        """Tell by the fifth encoder's deepest layer."""
        return "enc5.conv51.weight" in state

    @classmethod
    def from_state(cls, state: Mapping[str, Tensor]) -> "Perceptor":
        """Build from the published file: take `enc5`, leave the other encoders, decoders and heads."""
        prefix = cls._prefix
        return super().from_state({key.removeprefix(prefix): value for key, value in state.items() if prefix in key})


PERCEPTORS: tuple[type[Perceptor], ...] = (
    CompactPerceptor,
    SqueezeNetPerceptor,
    VggPerceptor,
    DistilledVggPerceptor,
)
