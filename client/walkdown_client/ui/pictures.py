"""Pictures of the session's store as textures of the interface: decoded in a thread, few at a time.

A picture of more pixels than anybody needs is refused by its head, before it is decoded.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from panda3d.core import PNMImage, SamplerState, Texture

from walkdown.i18n import _
from walkdown.review.contents import HEAD_BYTES, PIXELS_MAX, has_too_many_scans, media_of, pixels_of
from walkdown_client.render.textures import read_picture
from walkdown_client.tools.topic_state import Picture
from walkdown_client.ui.renderer import ImGuiPanda

log = logging.getLogger(__name__)

SMALL_MAX_PX, LARGE_MAX_PX = 480, 1600
KEPT = 48
"""So many textures are kept; those that were not drawn for longest go first."""

Fetch = Callable[[str], bytes | str | None]
"""Returns a file by its SHA-256, None while it is on its way, or why it does not come."""

WAITS = Picture("waits")


class Pictures:
    """The pictures of one interface.

    Args:
        panel: where they are drawn. fetch: from where they come.
    """

    def __init__(self, panel: ImGuiPanda, fetch: Fetch) -> None:
        self._panel, self._fetch = panel, fetch
        self._shown: OrderedDict[tuple[str, bool], Picture] = OrderedDict()
        self._decoding: dict[tuple[str, bool], Future[PNMImage | str]] = {}
        self._pool = ThreadPoolExecutor(1, "walkdown-pictures")

    def small(self, sha256: str) -> Picture:
        """Return a picture as large as lists show it."""
        return self._of((sha256, False))

    def large(self, sha256: str) -> Picture:
        """Return a picture as large as a window shows it."""
        return self._of((sha256, True))

    def close(self) -> None:
        """Let go of all."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for picture in self._shown.values():
            self._panel.remove_texture(picture.texture)
        self._shown.clear()

    def _of(self, key: tuple[str, bool]) -> Picture:
        if key in self._shown:
            self._shown.move_to_end(key)
            return self._shown[key]
        if key not in self._decoding:
            data = self._fetch(key[0])
            if isinstance(data, bytes):
                self._decoding[key] = self._pool.submit(
                    decoded, data, LARGE_MAX_PX if key[1] else SMALL_MAX_PX
                )
            return Picture("failed", text=data) if isinstance(data, str) else WAITS
        if not self._decoding[key].done():
            return WAITS
        return self._take(key, self._decoding.pop(key).result())

    def _take(self, key: tuple[str, bool], image: PNMImage | str) -> Picture:
        if isinstance(image, str):
            picture = Picture("failed", text=image)
        else:
            width, height = image.get_x_size(), image.get_y_size()
            picture = Picture("there", self._panel.add_texture(_texture(image)), width, height)
        self._shown[key] = picture
        while len(self._shown) > KEPT:
            _oldest, gone = self._shown.popitem(last=False)
            self._panel.remove_texture(gone.texture)
        return picture


def decoded(data: bytes, size_max_px: int) -> PNMImage | str:
    """Return a PNG or JPEG made no larger than that, or one sentence that says why it cannot be shown."""
    pixels = pixels_of(data[:HEAD_BYTES])
    if pixels is None:
        return _("This is no PNG or JPEG picture.")
    if media_of(data) == "image/jpeg" and has_too_many_scans(data):
        return _("The picture is damaged.")
    if pixels.total > PIXELS_MAX:
        text = _("The picture has {count} megapixels; at most {most} are shown.")
        return text.format(count=round(pixels.total / 1e6), most=round(PIXELS_MAX / 1e6))
    image = read_picture(data)
    if image is None:
        return _("The picture is damaged.")
    largest = max(image.get_x_size(), image.get_y_size())
    if largest > size_max_px:
        part = size_max_px / largest
        small = PNMImage(
            max(round(image.get_x_size() * part), 1),
            max(round(image.get_y_size() * part), 1),
            image.get_num_channels(),
        )
        small.quick_filter_from(image)
        return small
    return image


def _texture(image: PNMImage) -> Texture:
    texture = Texture("picture")
    texture.load(image)
    texture.set_minfilter(SamplerState.FT_linear)
    texture.set_magfilter(SamplerState.FT_linear)
    return texture
