"""Pictures of the catalog become packed training images."""

import hashlib
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from artmodels.errors import AtelierError
from artmodels.images import COLUMNS, INDEX, PIXELS
from tasks.decode import BadPicture, decode
from tasks.threads import map_in_order


def pack_images(rows: pd.DataFrame, data: Path, folder: Path, size: int, longest: int) -> None:
    """Write the pictures as packed images, for `artmodels.images.PackedImages`, replacing `folder`.

    A picture's shorter side becomes `size` pixels, by area averaging; a smaller picture stays as it is. What
    is longer than `longest` then loses both ends. Equal rows and pictures give equal bytes.

    Args:
        rows: the catalog's rows, each with its `split`; packed in this order.
        data: what the column `file` is relative to.
        folder: where `images.bin` and `index.parquet` go.
        size: shorter side, in pixels.
        longest: longest side, in pixels; at least `size`.

    Raises:
        AtelierError: a picture is missing or damaged, or `longest` is less than `size`.
    """
    if longest < size:
        raise AtelierError(f"pack.longest is {longest}; at least pack.size = {size} is accepted.")
    with _replacing_folder(folder) as part:
        shrink = partial(shrunk, size=size, longest=longest)
        with (part / PIXELS).open("wb") as file:
            places, sha256 = _write(map_in_order(shrink, [data / name for name in rows["file"]]), file)
        described = rows.drop(columns=["height", "width"]).reset_index(drop=True)
        index = pd.concat([described, pd.DataFrame(places, columns=["offset", "height", "width"])], axis=1)
        table = pa.Table.from_pandas(index[list(COLUMNS)], preserve_index=False)
        # So that the digest of the index answers for the pixels, too.
        pq.write_table(table.replace_schema_metadata({"images_sha256": sha256}), part / INDEX)


def _write(images: Iterator[np.ndarray], file: BinaryIO) -> tuple[np.ndarray, str]:
    """Write images one after the other; return (N, 3) offset, height, width, and the sha256 of it all."""
    digest, places, offset = hashlib.sha256(), [], 0
    for image in images:
        file.write(image.data)
        digest.update(image.data)
        places.append((offset, *image.shape[:2]))
        offset += image.nbytes
    return np.array(places, np.int64).reshape(-1, 3), digest.hexdigest()


def shrunk(source: Path | bytes, size: int, longest: int) -> np.ndarray:
    """Decode a stored picture and make it small: (H, W, 3) uint8, contiguous.

    Raises:
        AtelierError: it is missing or damaged.
    """
    try:
        # It was within the limits when it came in.
        image = decode(source, max_pixels=2**62, min_side=1).image
    except BadPicture as error:
        name = source if isinstance(source, Path) else "A picture of the data"
        raise AtelierError(f"{name}: {error}; run `dvc checkout` to put it back.") from error
    height, width = image.shape[:2]
    ratio = min(1.0, size / min(height, width))
    height, width = max(1, round(height * ratio)), max(1, round(width * ratio))
    if ratio < 1:
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    top, left = max(0, (height - longest) // 2), max(0, (width - longest) // 2)
    return np.ascontiguousarray(image[top : top + longest, left : left + longest])


@contextmanager
def _replacing_folder(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder, which takes the place of `folder` when the block ends well."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left_behind in folder.parent.glob(f".{folder.name}.*"):
        shutil.rmtree(left_behind)
    part = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
    part.mkdir()
    try:
        yield part
        # A folder that is not empty cannot be replaced in one step; DVC has taken it away before this runs.
        shutil.rmtree(folder, ignore_errors=True)
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
