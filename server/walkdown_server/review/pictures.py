"""Whether a photo or snapshot from outside may be kept: looked at before it is decoded, within bounds."""

from __future__ import annotations

import mmap
import struct
import threading
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from walkdown.review.contents import (
    HEAD_BYTES,
    PICTURES,
    fault_of_pixels,
    has_too_many_scans,
    media_of,
    pixels_of,
)

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_turn = threading.Lock()
"""One picture at a time is decoded: a large one takes memory."""

SHRUNK = 256
"""A JPEG is decoded to about so many pixels a side to see whether it can be."""


def fault_of_picture(path: Path) -> str:
    """Return why a PNG or JPEG cannot be taken, one sentence; "" for a sound one and for other files.

    Costs little memory whatever the file says: its size in pixels is read from its head first.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if media_of(head) not in PICTURES:
        return ""
    pixels = pixels_of(head)
    if pixels is None:
        return "The picture is damaged: it does not say how large it is."
    if media_of(head) == "image/jpeg" and _has_too_many_scans(path):
        return "The picture is made to take long: it passes over its pixels too often; save it again."
    return fault_of_pixels(pixels) or _damage(path)


def _has_too_many_scans(path: Path) -> bool:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return has_too_many_scans(data)


def _damage(path: Path) -> str:
    """Return what is wrong with a picture whose size is known, as far as a look through it shows."""
    from PIL import Image, UnidentifiedImageError

    try:
        with _turn, Image.open(path, formats=("PNG", "JPEG")) as picture:
            if picture.format == "PNG":
                picture.verify()
            else:
                _look_through(picture)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, struct.error, zlib.error) as error:
        return f"The picture is damaged ({' '.join(str(error)[:200].split()) or 'it breaks off'})."
    except Image.DecompressionBombError:
        return "The picture is not what its head says; save it again."
    return ""


def _look_through(picture: ImageFile) -> None:
    """Decode a JPEG at an eighth of its size; a progressive one is believed, as it may take any time."""
    if "progressive" not in picture.info:
        picture.draft("RGB", (SHRUNK, SHRUNK))
        picture.load()
