"""Pictures in a BCF file, judged by their first bytes: what they are and how large, without decoding them."""

from __future__ import annotations

import struct

MAX_PIXELS = 40_000_000
MAX_PICTURE_BYTES = 64 << 20
HEAD_BYTES = 256 << 10
"""So much of a JPEG may stand before it says its size."""

_NO_SIZE = (0xC4, 0xC8, 0xCC)


def size_of(head: bytes) -> tuple[str, int, int] | None:
    """Return (media type, width, height) in pixels of a PNG or JPEG, None for anything else.

    Args:
        head: the first ``HEAD_BYTES`` bytes.
    """
    if head[:8] == b"\x89PNG\r\n\x1a\n" and head[12:16] == b"IHDR" and len(head) >= 24:
        width, height = struct.unpack(">II", head[16:24])
        return ("image/png", width, height)
    if head[:2] == b"\xff\xd8":
        return _jpeg(head)
    return None


def _jpeg(head: bytes) -> tuple[str, int, int] | None:
    at = 2
    while at + 9 <= len(head) and head[at] == 0xFF:
        kind = head[at + 1]
        if kind == 0xFF:
            at += 1
            continue
        if 0xC0 <= kind <= 0xCF and kind not in _NO_SIZE:
            height, width = struct.unpack(">HH", head[at + 5 : at + 9])
            return ("image/jpeg", width, height)
        at += 2 + struct.unpack(">H", head[at + 2 : at + 4])[0]
    return None


def fault_of(head: bytes, size_bytes: int) -> str:
    """Return why a picture is not shown, "" for one that is."""
    found = size_of(head)
    if found is None:
        return "is neither PNG nor JPEG"
    _media, width, height = found
    if not 0 < width * height <= MAX_PIXELS:
        return f"has {width} × {height} pixels, more than {MAX_PIXELS // 1_000_000} million or none"
    if size_bytes > MAX_PICTURE_BYTES:
        return f"has {size_bytes >> 20} MiB"
    return ""
