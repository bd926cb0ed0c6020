"""Pictures of the store become textures: few at a time, none too large, and what cannot be shown says why."""

from __future__ import annotations

import io
import struct
import zlib
from typing import cast

import pytest
from panda3d.core import Texture
from PIL import Image

from walkdown_client.ui import pictures
from walkdown_client.ui.pictures import Pictures, decoded
from walkdown_client.ui.renderer import ImGuiPanda


def png(width: int, height: int, *, says: tuple[int, int] | None = None) -> bytes:
    """A red picture, whose head may say that it is larger than it is."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", *(says or (width, height)), 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\xff\0\0" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


class Panel:
    """Stands in for the renderer: counts textures."""

    def __init__(self) -> None:
        self.textures: dict[int, Texture] = {}
        self.count = 0

    def add_texture(self, texture: Texture) -> int:
        self.count += 1
        self.textures[self.count] = texture
        return self.count

    def remove_texture(self, number: int) -> None:
        self.textures.pop(number, None)


def test_a_large_picture_is_made_as_small_as_lists_show_it() -> None:
    image = decoded(png(100, 40), 50)
    assert not isinstance(image, str)
    assert (image.get_x_size(), image.get_y_size()) == (50, 20)
    assert image.get_red(10, 10) == 1.0


def jpeg(*, tables: bool) -> bytes:
    """Return a JPEG in passes, maybe without the tables that say what its numbers mean."""
    file = io.BytesIO()
    Image.new("RGB", (60, 40)).save(file, "JPEG", progressive=True)
    whole = file.getvalue()
    return whole if tables else whole[: whole.index(b"\xff\xdb")] + whole[whole.index(b"\xff\xc2") :]


def test_a_jpeg_in_passes_is_shown() -> None:
    image = decoded(jpeg(tables=True), 480)
    assert not isinstance(image, str)
    assert (image.get_x_size(), image.get_y_size()) == (60, 40)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (png(4, 4, says=(8000, 8000)), "64 megapixels; at most 40"),
        (b"GIF89a nothing", "no PNG or JPEG"),
        (b"", "no PNG or JPEG"),
        (png(4, 4)[:60], "damaged"),
        (jpeg(tables=False), "damaged"),
        (b"\xff\xd8\xff\xc0\0\x11\x08\0\4\0\4\3" + b"\xff\xda" * 101, "damaged"),
    ],
)
def test_what_cannot_be_shown_says_why(data: bytes, why: str) -> None:
    assert why in str(decoded(data, 480))


def test_a_picture_waits_comes_and_goes_when_others_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "KEPT", 2)
    panel, store = Panel(), {"a": png(4, 2), "b": png(2, 2), "c": png(2, 2), "bad": b"x"}
    shown = Pictures(
        cast(ImGuiPanda, panel), lambda name: store.get(name, "it is gone" if name == "gone" else None)
    )
    assert shown.small("later").state == "waits"
    assert (shown.small("gone").state, shown.small("gone").text) == ("failed", "it is gone")
    for name in ("a", "b", "c", "bad"):
        assert shown.small(name).state == "waits"
        shown._decoding[(name, False)].result()
        picture = shown.small(name)
        assert picture.state == ("failed" if name == "bad" else "there")
    assert list(panel.textures) == [3], "only the newest are kept"
    assert shown.small("c").width == 2
    shown.close()
    assert not panel.textures
