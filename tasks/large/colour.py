"""Whatever colours a picture that is being streamed holds become 8-bit sRGB."""

import pyvips

from tasks.decode import BadPicture

_DEPTHS = ("uchar", "ushort")


def to_srgb(picture: pyvips.Image) -> pyvips.Image:
    """Return a picture as three bands of 8 bits, sRGB; nothing is computed before the pixels are asked for.

    An embedded profile is followed (perceptual intent), CMYK without one is taken as common offset print, alpha is laid
    on white.

    Raises:
        BadPicture: the pixels have no agreed meaning, as floating-point ones.
    """
    if picture.format not in _DEPTHS:
        raise BadPicture("undecodable", f"{picture.format} pixels have no agreed white; 8 or 16 bits are accepted")
    if picture.get_typeof("icc-profile-data"):
        coloured = picture.icc_transform("srgb", embedded=True, intent="perceptual", depth=8)
    else:
        coloured = picture.colourspace("srgb")
    if coloured.hasalpha():
        coloured = coloured.flatten(background=255)
    if coloured.bands != 3:
        raise BadPicture("undecodable", f"{picture.bands} channels are no colours; grey, RGB and CMYK are accepted")
    return coloured.cast("uchar")
