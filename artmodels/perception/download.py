"""torchvision's published checkpoints: downloaded once, checked, and never unpickled beyond plain tensors."""

from http.client import HTTPException
from pickle import UnpicklingError

import torch
from torch import Tensor

from artmodels.errors import AtelierError

# The hexadecimal part of each name begins the file's sha256; torch.hub compares them after the download.
PUBLISHED = {
    "squeezenet1_1": "https://download.pytorch.org/models/squeezenet1_1-b8a52dc0.pth",
    "vgg19": "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth",
}

# What torch raises on a file that is no checkpoint, or one that holds more than tensors.
_DAMAGE = (RuntimeError, UnpicklingError, EOFError, LookupError, ValueError, TypeError, AttributeError, AssertionError)


def published_weights(name: str) -> dict[str, Tensor]:
    """Return a published checkpoint's tensors, downloaded to torch's hub folder with a progress bar the first time.

    Raises:
        AtelierError: the download failed, or its checksum is wrong.
    """
    url = PUBLISHED[name]
    try:
        state: dict[str, Tensor] = torch.hub.load_state_dict_from_url(
            url, map_location="cpu", check_hash=True, weights_only=True
        )
    except (OSError, HTTPException) as error:
        raise AtelierError(
            f"{url} cannot be downloaded ({error}): put the file into {torch.hub.get_dir()}/checkpoints, "
            "or name a local .safetensors file."
        ) from error
    except _DAMAGE as error:
        # torch's own words on a pickle say how to load it all the same.
        fault = str(error).splitlines()[0] if isinstance(error, RuntimeError) else "it is no file of plain tensors"
        raise AtelierError(
            f"{url} arrived damaged ({fault}): delete it from {torch.hub.get_dir()}/checkpoints."
        ) from error
    return state
