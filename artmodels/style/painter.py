"""The trained style-transfer model at work: pictures in, pictures out."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from artmodels.bundle import Bundle, build_filled, fitting
from artmodels.errors import AtelierError
from artmodels.family import Model
from artmodels.pictures import from_bytes, resize_to, to_bytes, to_picture, to_tensor
from artmodels.precision import fastest_dtype
from artmodels.style.colours import keep_colours
from artmodels.style.config import StyleConfig
from artmodels.style.controls import Controls, check_mask, parse_controls
from artmodels.style.network import Recipe, StyleTransferNet, pad
from artmodels.style.statistics import Statistics

if TYPE_CHECKING:
    import pandas as pd

STYLE_SIDE = 512
"""A style picture's shorter side becomes this, times `brush`: the scale of strokes the network was taught."""

ENLARGED = 4
"""A style smaller than `STYLE_SIDE` is enlarged at most this many times."""

STYLE_PIXELS = 4_000_000
"""A style is looked at with at most so many pixels, whatever its proportions."""

SURVEY_PIXELS = 1024 * 1024
"""The statistics of a content with more pixels are those of a copy of this many, as Chen et al. 2022: the network was
taught none of the statistics that fine detail has, and so a picture of any size can be painted tile by tile."""

MARGIN = 72
"""Pixels around a tile that its own depend on, a multiple of the network's stride; what is farther away is not seen."""

Style = Sequence[Statistics]
"""A style picture, encoded: its statistics at every scale."""


class StylePainter(Model):
    """Repaints pictures of any size in the style of any other."""

    def __init__(self, bundle: Bundle, device: str = "cpu", dtype: torch.dtype | None = None) -> None:
        """Take a bundle's network to a device; `dtype` None: the fastest that shows no difference."""
        with fitting():
            config = StyleConfig(**bundle.config)
            self.network = build_filled(
                lambda: StyleTransferNet(config.depth, config.code, config.blocks), bundle.tensors
            )
        self.network.eval().requires_grad_(False).to(device)
        self.network.encoder.to(dtype or fastest_dtype(device))
        self.network.decoder.to(dtype or fastest_dtype(device))
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.device = device

    @torch.inference_mode()
    def encode(self, picture: np.ndarray, brush: float = 1.0) -> Style:
        """Encode a style picture `(H, W, 3) uint8`; its strokes come out `brush` times as large."""
        return self.network.survey(self._batch(resize_to(picture, _style_side(picture, brush))))

    @torch.inference_mode()
    def plan(
        self,
        content: np.ndarray,
        styles: Sequence[Style],
        shares: Sequence[float] = (1.0,),
        alpha: float = 1.0,
        mask: np.ndarray | None = None,
    ) -> Recipe:
        """Work out how a content becomes a mixture of styles: all that is needed of it as a whole.

        Args:
            content: `(H, W, 3) uint8`; a small copy will do, of `SURVEY_PIXELS` or so.
            styles: results of `encode`.
            shares: the share of each style; they sum to 1.
            alpha: strength, from 0 (the content itself) to 1.
            mask: `(H, W) uint8`, the part of the content that counts, from 0 to 255; None: all of it.
        """
        small = self._batch(survey_copy(content))
        weights = None
        if mask is not None:
            weights = functional.interpolate(torch.tensor(mask)[None, None].float(), small.shape[2:], mode="area")
        return self.network.recipe(self.network.survey(small, weights), styles, shares, alpha)

    @torch.inference_mode()
    def apply(self, content: np.ndarray, recipe: Recipe) -> np.ndarray:
        """Paint `(H, W, 3) uint8`, a whole picture or a tile with its margin, as a recipe says."""
        height, width = content.shape[:2]
        features = self.network.encode_content(self._batch(content))
        return to_picture(self.network.paint(features, recipe)[0, :, :height, :width])

    @torch.inference_mode()
    def paint(self, contents: Sequence[np.ndarray], styles: Sequence[Style], alpha: float = 1.0) -> list[np.ndarray]:
        """Repaint pictures `(H, W, 3) uint8`, each in a style of its own (of `encode`), with a strength from 0 to 1."""
        # One picture a pass: convolution kernels are chosen by the shape of the batch, and differ in the last bit;
        # so a picture does not depend on its companions. On a CPU a larger batch is no faster.
        return [
            self.repaint(content, [style], Controls(alpha=alpha))
            for content, style in zip(contents, styles, strict=True)
        ]

    @torch.inference_mode()
    def repaint(
        self,
        content: np.ndarray,
        styles: Sequence[Style],
        controls: Controls,
        masks: Sequence[np.ndarray] | None = None,
    ) -> np.ndarray:
        """Repaint one picture with an artist's controls.

        Args:
            content: `(H, W, 3) uint8`.
            styles: results of `encode`.
            controls: strength, shares of the styles, whose colours.
            masks: `(H, W) uint8`, one a style: where it is used. None: the styles are mixed everywhere.

        Raises:
            AtelierError: a mask is of another size, or leaves out everything.
        """
        if masks is None:
            painted = self._paint_whole(content, styles, controls)
        else:
            for mask in masks:
                check_mask(mask, content)
            regions = zip(styles, masks, strict=True)
            recipes = [self.plan(content, [style], alpha=controls.alpha, mask=mask) for style, mask in regions]
            painted = self.apply_regions(content, recipes, masks)
        return keep_colours(painted, content) if controls.keep_colours else painted

    def predict(self, rows: "pd.DataFrame", params: Mapping[str, Any]) -> list[bytes]:
        """Columns `content` and `style`: encoded pictures; the answer: PNG files, one a row.

        A row may name `more_styles`, a list of further pictures, and `masks`, a picture for each style.
        """
        controls = parse_controls(params)
        return [to_bytes(self._serve(row, controls)) for row in rows.to_dict("records")]

    def exercise(self) -> float:
        """Paint a grey picture; return its megapixels."""
        grey = np.full((1000, 1000, 3), 128, np.uint8)
        self.paint([grey], [self.encode(grey)])
        return 1.0

    def _paint_whole(self, content: np.ndarray, styles: Sequence[Style], controls: Controls) -> np.ndarray:
        height, width = content.shape[:2]
        shares = controls.shares_of(len(styles))
        if height * width > SURVEY_PIXELS:
            return self.apply(content, self.plan(content, styles, shares, controls.alpha))
        # As above, but encoded once: what is surveyed is what is painted.
        pictures = self._batch(content)
        features = self.network.encode_content(pictures)
        statistics = self.network.measure_maps(pad(pictures), features)
        recipe = self.network.recipe(statistics, styles, shares, controls.alpha)
        return to_picture(self.network.paint(features, recipe)[0, :, :height, :width])

    def apply_regions(self, content: np.ndarray, recipes: Sequence[Recipe], masks: Sequence[np.ndarray]) -> np.ndarray:
        """Paint `(H, W, 3) uint8`, a whole picture or a tile with its margin: a region for each recipe, then joined.

        Args:
            content: what is painted.
            recipes: results of `plan`, each with its region's mask.
            masks: `(H, W) uint8`, one a recipe: where it is used, from 0 to 255.
        """
        total = np.zeros(content.shape, np.float32)
        covered = np.zeros((*content.shape[:2], 1), np.float32)
        for recipe, mask in zip(recipes, masks, strict=True):
            if not mask.any():
                continue
            share = mask[..., None].astype(np.float32) / 255
            total += share * self.apply(content, recipe)
            covered += share
        # Where masks overlap they share the place; what none covers stays as it is.
        kept = np.clip(1 - covered, 0, 1)
        joined = (total + kept * content) / np.maximum(covered + kept, 1e-6)
        return np.asarray(joined.round().clip(0, 255).astype(np.uint8))

    def _serve(self, row: Mapping[str, Any], controls: Controls) -> np.ndarray:
        content = from_bytes(row["content"])
        pictures = [row["style"], *_listed(row.get("more_styles"))]
        styles = [self.encode(from_bytes(picture), controls.brush) for picture in pictures]
        masks = [from_bytes(mask)[..., 0] for mask in _listed(row.get("masks"))]
        if masks and len(masks) != len(styles):
            raise AtelierError(f"masks holds {len(masks)} pictures where there are {len(styles)} styles: one each.")
        return self.repaint(content, styles, controls, masks or None)

    def _batch(self, picture: np.ndarray) -> Tensor:
        return to_tensor(picture)[None].to(self.device).contiguous(memory_format=torch.channels_last)


def _style_side(picture: np.ndarray, brush: float) -> int:
    """The shorter side at which a style is looked at; neither a stamp nor a ribbon is enlarged beyond reason."""
    height, width = picture.shape[:2]
    short = min(height, width)
    most = short * (STYLE_PIXELS / (height * width)) ** 0.5
    return max(1, round(min(STYLE_SIDE * brush, ENLARGED * short * max(1, brush), most)))


def _listed(cell: Any) -> list[bytes]:
    """The files in a cell of a table; a cell that was left out holds None, or pandas's own sign for nothing."""
    return list(cell) if isinstance(cell, list | tuple | np.ndarray) else []


def survey_copy(content: np.ndarray) -> np.ndarray:
    """Return a content `(H, W, 3) uint8`, or a copy of `SURVEY_PIXELS` if it has more, by area averaging."""
    height, width = content.shape[:2]
    if height * width <= SURVEY_PIXELS:
        return content
    return resize_to(content, max(1, round(min(height, width) * (SURVEY_PIXELS / (height * width)) ** 0.5)))
