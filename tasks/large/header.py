"""The few bytes that make rows of pixels a TIFF file."""

import struct

# Rows to a strip, as the format calls them: what a reader holds at once.
_ROWS = 64
_SHORT, _LONG, _LONG8 = 3, 4, 16


def tiff_header(width: int, height: int) -> bytes:
    """Return what stands before `height` rows of `width` 8-bit RGB pixels in an uncompressed BigTIFF.

    libvips maps raw files into memory, where their pages count; a TIFF it reads.
    """
    strips = -(-height // _ROWS)
    first = 16 + 8 + 10 * 20 + 8
    start = first + 16 * strips
    full = _ROWS * width * 3
    sizes = [full] * (strips - 1) + [height * width * 3 - full * (strips - 1)]
    # A table of one entry stands in the place of its address.
    offsets_at, sizes_at = (first, first + 8 * strips) if strips > 1 else (start, sizes[0])
    fields = (
        *((256, _LONG, 1, width), (257, _LONG, 1, height)),
        # 8 bits in each of three samples; no compression; RGB.
        *((258, _SHORT, 3, 8 | 8 << 16 | 8 << 32), (259, _SHORT, 1, 1), (262, _SHORT, 1, 2)),
        *((273, _LONG8, strips, offsets_at), (277, _SHORT, 1, 3), (278, _LONG, 1, _ROWS)),
        *((279, _LONG8, strips, sizes_at), (284, _SHORT, 1, 1)),
    )
    head = struct.pack("<2sHHHQQ", b"II", 43, 8, 0, 16, len(fields))
    head += b"".join(struct.pack("<HHQQ", *field) for field in fields) + bytes(8)
    offsets = range(start, start + full * strips, full)
    return head + struct.pack(f"<{strips}Q", *offsets) + struct.pack(f"<{strips}Q", *sizes)
