"""The region of a style in a large picture, read box by box."""

from pathlib import Path

import numpy as np
import pyvips

from artmodels.errors import AtelierError
from tasks.decode import read_header
from tasks.large.colour import to_srgb
from tasks.large.paint import Box
from tasks.large.source import in_words


class LargeMask:
    """A mask file as 8-bit grey, of the size that its picture is painted in.

    Args:
        path: the file.
        content: width and height of the picture that it belongs to, as its file has them.
        size: width and height in which the picture is painted.

    Raises:
        AtelierError: the mask has another size than the picture, or is black all over.
        BadPicture: the file is refused; says why.
    """

    def __init__(self, path: Path, content: tuple[int, int], size: tuple[int, int]) -> None:
        header = read_header(path)
        if (header.width, header.height) != content:
            raise AtelierError(
                f"{path} has {header.width} x {header.height} pixels where the picture has {content[0]} x "
                f"{content[1]}: the same size is accepted."
            )
        with in_words():
            # Laid out in a temporary file where it is large: boxes are read in any order.
            grey = to_srgb(pyvips.Image.new_from_file(str(path), access="random").autorot())[0]
            scaled = grey.resize(size[0] / grey.width, vscale=size[1] / grey.height, kernel="linear")
            self._picture = grey if size == content else scaled
            if self._picture.max() == 0:
                raise AtelierError(f"{path} is black all over: paint the region white where the style is wanted.")

    def crop(self, box: Box) -> np.ndarray:
        """Return `(h, w) uint8`, what lies in a box."""
        width, height = box.right - box.left, box.bottom - box.top
        with in_words():
            return _as_grey(self._picture.crop(box.left, box.top, width, height))

    def survey(self, height: int, width: int) -> np.ndarray:
        """Return a small copy `(height, width) uint8`, by area averaging."""
        with in_words():
            factors = self._picture.width / width, self._picture.height / height
            return _as_grey(self._picture.reduce(*factors, kernel="linear").crop(0, 0, width, height))


def _as_grey(picture: pyvips.Image) -> np.ndarray:
    return np.frombuffer(picture.write_to_memory(), np.uint8).reshape(picture.height, picture.width)
