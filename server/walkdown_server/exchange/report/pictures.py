"""Pictures for a report: read within bounds, made smaller, written anew; nothing else of a file passes."""

from __future__ import annotations

import io
import warnings

PIXELS_MAX = 64_000_000
"""A larger picture is not decoded; its size stands in the file's header."""

SIDE_MAX = 1500
FORMATS = ("PNG", "JPEG")


def small_jpeg(data: bytes, *, side: int = SIDE_MAX) -> bytes:
    """Return a picture as a JPEG of at most ``side`` pixels along each side.

    Raises:
        ValueError: it is no PNG or JPEG, damaged or too large; one sentence for people, without its end.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
        width, height = picture.size
        if width * height > PIXELS_MAX:
            text = f"it has {width} × {height} pixels, at most {PIXELS_MAX // 1_000_000} million are read"
            raise ValueError(text)
        picture.draft("RGB", (side, side))
        picture.thumbnail((side, side))
        return _jpeg(_on_white(picture))
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError("it is no whole PNG or JPEG") from error


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
    picture.save(file, "JPEG", quality=86, optimize=True)
    return file.getvalue()
