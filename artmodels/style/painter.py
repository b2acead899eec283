"""The trained style-transfer model at work: pictures in, pictures out."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from pydantic import ValidationError
from torch import Tensor

from artmodels.bundle import Bundle
from artmodels.errors import AtelierError
from artmodels.family import Model
from artmodels.pictures import from_bytes, shrink, to_bytes, to_picture, to_tensor
from artmodels.style.config import StyleConfig
from artmodels.style.network import StyleTransferNet

if TYPE_CHECKING:
    import pandas as pd

STYLE_SIDE = 512
"""A style picture's shorter side is brought down to this: the scale of strokes the network was taught."""


class StylePainter(Model):
    """Repaints pictures of any size in the style of any other."""

    def __init__(self, bundle: Bundle, device: str = "cpu") -> None:
        try:
            config = StyleConfig(**bundle.config)
            self.network = StyleTransferNet(config.width, config.code, config.blocks)
            self.network.load_state_dict(bundle.tensors)
        except ValidationError as error:
            fault = error.errors()[0]
            raise AtelierError(f"The bundle's configuration has {fault['loc'][0]}: {fault['msg']}.") from error
        except RuntimeError as error:
            line = str(error).splitlines()[-1].strip()
            raise AtelierError(f"The bundle's weights do not fit its configuration: {line}") from error
        self.network.eval().requires_grad_(False).to(device)
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.device = device

    @torch.inference_mode()
    def encode(self, picture: np.ndarray) -> Tensor:
        """Return the style code `(1, K)` of a picture `(H, W, 3) uint8`."""
        return self.network.encode_style(self._batch([picture]))

    @torch.inference_mode()
    def paint(self, contents: list[np.ndarray], styles: list[Tensor], alpha: float = 1.0) -> list[np.ndarray]:
        """Repaint pictures.

        Args:
            contents: pictures `(H, W, 3) uint8` of one size.
            styles: a code of `encode` for each.
            alpha: strength, from 0 (the content as it was, as far as the network can) to 1.

        Returns:
            pictures `(H, W, 3) uint8` of the same size.
        """
        # One picture a pass: convolution kernels are chosen by the shape of the batch, and differ in the last bit;
        # so a picture does not depend on its companions. On a CPU a larger batch is no faster.
        return [
            self._paint(self._batch([content]), code, alpha) for content, code in zip(contents, styles, strict=True)
        ]

    def predict(self, rows: "pd.DataFrame", params: Mapping[str, Any]) -> list[bytes]:
        """Columns `content` and `style`: encoded pictures; the answer: PNG files, one a row."""
        alpha = float(params.get("alpha", 1.0))
        if not 0 <= alpha <= 1:
            raise AtelierError(f"alpha={alpha} is not accepted: a number from 0 to 1.")
        return [
            to_bytes(self.paint([from_bytes(content)], [self.encode(shrink(from_bytes(style), STYLE_SIDE))], alpha)[0])
            for content, style in zip(rows["content"], rows["style"], strict=True)
        ]

    def exercise(self, side: int) -> None:
        """Paint a grey picture of `side` x `side` pixels."""
        grey = np.full((side, side, 3), 128, np.uint8)
        self.paint([grey], [self.encode(grey)])

    def _paint(self, content: Tensor, code: Tensor, alpha: float) -> np.ndarray:
        if alpha < 1:
            code = torch.lerp(self.network.encode_style(content), code, alpha)
        return to_picture(self.network(content, code)[0])

    def _batch(self, pictures: list[np.ndarray]) -> Tensor:
        batch = torch.stack([to_tensor(picture) for picture in pictures]).to(self.device)
        return batch.contiguous(memory_format=torch.channels_last)
