"""Pictures for a report: read within bounds, made smaller, written anew; nothing else of a file passes."""

from __future__ import annotations

import io
import struct
import warnings
import zlib

from walkdown.i18n import mark
from walkdown.review.contents import HEAD_BYTES, has_too_many_scans, media_of, pixels_of

PIXELS_MAX = 64_000_000
"""A larger picture is not decoded; its size stands in the file's header."""

SIDE_MAX = 1280
FORMATS = ("PNG", "JPEG")
_DAMAGED = (OSError, SyntaxError, ValueError, struct.error, zlib.error)


class Unfit(ValueError):
    """A picture that is not shown: ``text`` says why, to be translated and filled with ``values``."""

    def __init__(self, text: str, **values: int) -> None:
        super().__init__(text.format(**values))
        self.text, self.values = text, values


def small_jpeg(data: bytes, *, side: int = SIDE_MAX) -> bytes:
    """Return a picture as a JPEG of at most ``side`` pixels along each side.

    Raises:
        Unfit: it is no PNG or JPEG, damaged or too large.
    """
    from PIL import Image

    pixels = pixels_of(data[:HEAD_BYTES])
    if pixels is not None and pixels.total > PIXELS_MAX:
        text = mark("it has {width} × {height} pixels, at most {most} million are read")
        raise Unfit(text, width=pixels.width, height=pixels.height, most=PIXELS_MAX // 1_000_000)
    if media_of(data) == "image/jpeg" and has_too_many_scans(data):
        raise Unfit(mark("it is no whole PNG or JPEG"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
        picture.draft("RGB", (side, side))
        picture.thumbnail((side, side))
        return _jpeg(_on_white(picture))
    except (
        OSError,
        SyntaxError,
        ValueError,
        struct.error,
        zlib.error,
        Image.DecompressionBombError,
        Warning,
    ) as error:
        raise Unfit(mark("it is no whole PNG or JPEG")) from error


def _on_white(picture: object) -> object:
    from PIL import Image

    assert isinstance(picture, Image.Image)  # noqa: S101 -- for the types alone
    if picture.mode in ("RGB", "L"):
        return picture
    with_alpha = picture.convert("RGBA")
    paper = Image.new("RGB", with_alpha.size, "white")
    paper.paste(with_alpha, mask=with_alpha.getchannel("A"))
    return paper


def _jpeg(picture: object) -> bytes:
    from PIL import Image

    assert isinstance(picture, Image.Image)  # noqa: S101 -- for the types alone
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=82, optimize=True)
    return file.getvalue()
