"""Whatever colours a picture file holds become 8-bit sRGB."""

import io
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

_CMS_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK", "Lab": "LAB"}
_SRGB = ImageCms.createProfile("sRGB")


def to_srgb(picture: Image.Image) -> tuple[Image.Image, str | None]:
    """Return a loaded picture as 8-bit sRGB, mode RGB, with a note on what was left out.

    The picture itself comes back if nothing had to be done. Alpha is laid on white.

    Raises:
        ValueError: the pixels have no agreed meaning: floating-point, or grey beyond 16 bits.
    """
    if picture.mode.startswith("I"):
        return _from_deep_grey(picture), None
    if picture.mode == "F":
        raise ValueError("floating-point pixels have no agreed white; 8 or 16 bits are accepted")
    profile = picture.info.get("icc_profile")
    if picture.has_transparency_data:
        layers = picture.convert("RGBA")
        colours, note = _through_profile(layers.convert("RGB"), profile)
        white = Image.new("RGB", picture.size, "white")
        white.paste(colours, mask=layers.getchannel("A"))
        return white, note
    return _through_profile(picture.convert("RGB") if picture.mode in ("P", "1") else picture, profile)


def _from_deep_grey(picture: Image.Image) -> Image.Image:
    """Scale 16-bit grey to 8 bits: 0..65535 becomes 0..255, rounded. Pillow's own conversion clips at 255."""
    grey = np.asarray(picture).astype(np.int64)
    if grey.min() < 0 or grey.max() > 65535:
        raise ValueError("grey values outside 0..65535; 8 or 16 bits are accepted")
    return Image.fromarray(((grey + 128) // 257).astype(np.uint8)).convert("RGB")


def _through_profile(picture: Image.Image, profile: bytes | None) -> tuple[Image.Image, str | None]:
    """Convert to sRGB through the embedded profile; a broken or ill-fitting one is noted and left out."""
    if picture.mode == "LAB":
        return _transformed(picture, ImageCms.createProfile("LAB")), None
    if profile and not _is_srgb(profile):
        try:
            opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            mode = _CMS_MODES.get(opened.profile.xcolor_space.strip(), "")
            if mode == picture.mode or (picture.mode, mode) == ("L", "RGB"):
                return _transformed(picture.convert(mode), opened), None
            return picture.convert("RGB"), f"colour profile for {mode or 'other'} pixels left out"
        except (ImageCms.PyCMSError, OSError):
            return picture.convert("RGB"), "broken colour profile left out"
    return (picture if picture.mode == "RGB" else picture.convert("RGB")), None


def _transformed(picture: Image.Image, profile: ImageCms.ImageCmsProfile | ImageCms.core.CmsProfile) -> Image.Image:
    """Convert from `profile` to sRGB, perceptual intent."""
    changed = ImageCms.profileToProfile(picture, profile, _SRGB, outputMode="RGB")
    if changed is None:
        raise ImageCms.PyCMSError("no transform")
    return changed


@lru_cache(maxsize=64)
def _is_srgb(profile: bytes) -> bool:
    """Whether an embedded profile only says what we assume anyway; files of one origin share theirs."""
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return "srgb" in (opened.profile.profile_description or "").lower()
    except (ImageCms.PyCMSError, OSError):
        return False
