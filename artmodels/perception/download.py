"""torchvision's published checkpoints: downloaded once, checked, and never unpickled beyond plain tensors."""

from urllib.error import URLError

import torch
from torch import Tensor

from artmodels.errors import AtelierError

# The hexadecimal part of each name begins the file's sha256; torch.hub compares them after the download.
PUBLISHED = {
    "squeezenet1_1": "https://download.pytorch.org/models/squeezenet1_1-b8a52dc0.pth",
    "vgg19": "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth",
}


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
    except (URLError, TimeoutError) as error:
        raise AtelierError(
            f"{url} cannot be downloaded ({error}): put the file into {torch.hub.get_dir()}/checkpoints, "
            "or name a local .safetensors file."
        ) from error
    except RuntimeError as error:
        raise AtelierError(f"{url} arrived damaged: {error}") from error
    return state
