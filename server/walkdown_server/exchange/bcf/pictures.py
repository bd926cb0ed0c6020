"""Pictures in a BCF file, judged by their first bytes: whether they are shown, without decoding them."""

from __future__ import annotations

from walkdown.review.contents import PICTURES, PIXELS_MAX, media_of, pixels_of

MAX_PICTURE_BYTES = 64 << 20


def fault_of(head: bytes, size_bytes: int) -> str:
    """Return why a picture is not shown, "" for one that is.

    Args:
        head: the first ``HEAD_BYTES`` bytes of ``walkdown.review.contents``.
    """
    pixels = pixels_of(head)
    if media_of(head) not in PICTURES or pixels is None:
        return "is neither PNG nor JPEG"
    if not 0 < pixels.total <= PIXELS_MAX:
        most = PIXELS_MAX // 1_000_000
        return f"has {pixels.width} × {pixels.height} pixels, more than {most} million or none"
    if size_bytes > MAX_PICTURE_BYTES:
        return f"has {size_bytes >> 20} MiB"
    return ""
