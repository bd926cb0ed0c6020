"""What a file is by its bytes, whatever it is called: its media type, and of a picture how many pixels.

Nothing is decoded: only heads are read, so that a file that would fill the memory is known before it does.
"""

from __future__ import annotations

import re
import struct
from itertools import islice
from mmap import mmap
from typing import NamedTuple

PIXELS_MAX = 40_000_000
"""A picture of more is not taken: it would take 160 MB of everybody's memory."""

HEAD_BYTES = 1 << 20
"""So much of a file's beginning is enough here: a JPEG may carry another picture before its size."""

SCANS_MAX = 100
"""A JPEG comes in a dozen passes over all its pixels; thousands would keep a processor busy for hours."""

OCTETS = "application/octet-stream"
PICTURES = ("image/png", "image/jpeg")

_BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"OggS", "audio/ogg"),
)
_TEXT_LOOKED_AT = 4096
_NO_SIZE = frozenset((0xC4, 0xC8, 0xCC))
"""Among the markers C0 to CF of a JPEG those that do not begin a frame."""

_SCAN = re.compile(rb"\xff\xda")
"""Stands in a JPEG nowhere but before a pass over its pixels, or in another picture that it carries."""

_ALONE = frozenset((0x01, *range(0xD0, 0xDA)))
"""Markers of a JPEG that nothing follows."""


class Pixels(NamedTuple):
    """How large a picture is."""

    width: int
    height: int

    @property
    def total(self) -> int:
        """How many there are."""
        return self.width * self.height


def media_of(head: bytes) -> str:
    """Return the media type of a file by its first bytes, ``application/octet-stream`` when nothing tells."""
    for beginning, media in _BEGINNINGS:
        if head.startswith(beginning):
            return media
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return "text/plain" if _is_text(head[:_TEXT_LOOKED_AT]) else OCTETS


def _is_text(head: bytes) -> bool:
    """Tell whether bytes are text in UTF-8, which may be cut at the end."""
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3 or error.reason != "unexpected end of data":
            return False
        text = head[: error.start].decode("utf-8")
    return bool(text) and all(letter.isprintable() or letter in "\t\r\n\f\ufeff" for letter in text)


def pixels_of(head: bytes) -> Pixels | None:
    """Return how large a PNG or JPEG says it is, by its first bytes; None when it does not say."""
    media = media_of(head)
    if media == "image/png":
        if len(head) < 24 or head[12:16] != b"IHDR":
            return None
        return Pixels(*struct.unpack_from(">II", head, 16))
    return _pixels_of_jpeg(head) if media == "image/jpeg" else None


def _pixels_of_jpeg(head: bytes) -> Pixels | None:
    """Go from marker to marker until one begins a frame."""
    at = 2
    while at + 9 <= len(head):
        if head[at] != 0xFF:
            return None
        marker = head[at + 1]
        if marker == 0xFF or marker in _ALONE:
            at += 1 if marker == 0xFF else 2
            continue
        (size,) = struct.unpack_from(">H", head, at + 2)
        if 0xC0 <= marker <= 0xCF and marker not in _NO_SIZE:
            height, width = struct.unpack_from(">HH", head, at + 5)
            return Pixels(width, height)
        at += 2 + max(size, 2)
    return None


def has_too_many_scans(data: bytes | mmap) -> bool:
    """Tell of the bytes of a JPEG whether it passes over its pixels too often, see :data:`SCANS_MAX`."""
    return next(islice(_SCAN.finditer(data), SCANS_MAX, None), None) is not None


def fault_of_pixels(pixels: Pixels) -> str:
    """Return why a picture of this size is not taken, one sentence in English, or ""."""
    if pixels.total > PIXELS_MAX:
        came, most = pixels.total / 1e6, PIXELS_MAX / 1e6
        return (
            f"The picture has {pixels.width} × {pixels.height} = {came:.1f} million pixels, "
            f"at most {most:.0f} million are taken; make it smaller."
        )
    return "" if pixels.total else "The picture has no pixels."
