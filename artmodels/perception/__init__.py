"""Pretrained perceptual features, and where their weights come from."""

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from artmodels.errors import AtelierError
from artmodels.perception.download import PUBLISHED, published_weights
from artmodels.perception.networks import PERCEPTORS, Perceptor

__all__ = ["Perceptor", "load_perceptor"]


def load_perceptor(weights: str | Path, device: str = "cpu") -> Perceptor:
    """Load a frozen perceptual encoder.

    Args:
        weights: a `.safetensors` file, or `squeezenet1_1` or `vgg19` for torchvision's published checkpoints.
        device: a torch device.

    Raises:
        AtelierError: the file is missing or damaged, or holds the weights of no known encoder.
    """
    state = _read(weights)
    for kind in PERCEPTORS:
        if kind.recognises(state):
            try:
                network = kind.from_state(state)
            except (KeyError, RuntimeError) as error:
                fault = str(error).splitlines()[-1].strip()
                raise AtelierError(f"{weights} does not hold all the weights of {kind.name}: {fault}") from error
            return network.eval().requires_grad_(False).to(device)
    known = ", ".join(kind.name for kind in PERCEPTORS)
    raise AtelierError(f"{weights} holds the weights of no known perceptual encoder; known are {known}.")


def _read(weights: str | Path) -> dict[str, Tensor]:
    # A caller may have joined the name to a folder, as it does with files.
    if Path(weights).name in PUBLISHED and not Path(weights).exists():
        return published_weights(Path(weights).name)
    try:
        return load_file(weights)
    except FileNotFoundError as error:
        raise AtelierError(
            f"The perceptual encoder {weights} is missing: run `dvc pull`, or name a .safetensors file, "
            "`squeezenet1_1` or `vgg19`."
        ) from error
    except (SafetensorError, OSError) as error:
        raise AtelierError(f"{weights} is not a readable .safetensors file: {error}.") from error
