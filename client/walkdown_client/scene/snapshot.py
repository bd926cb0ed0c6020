"""The picture as it is, without panels, as PNG: scene, outlines, labels and pins of the last frame."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import numpy.typing as npt
from panda3d.core import GraphicsOutput, Texture

from walkdown_client.render.target import BufferSettings, make_buffer
from walkdown_client.scene.view import SceneView

WIDTH_MAX_PX = 1600
_LEVEL = 3
"""Of compression: a picture is made while somebody waits for the next frame."""


def snapshot(view: SceneView) -> bytes:
    """Return the present picture as PNG, at most :data:`WIDTH_MAX_PX` wide; draws only what lies flat."""
    return png(_pixels(view))


def _pixels(view: SceneView) -> npt.NDArray[np.uint8]:
    """Return (height, width, 3) RGB, the top row first."""
    base, window = view.base, view.base.win
    width = max(1, min(window.get_x_size(), WIDTH_MAX_PX))
    height = max(1, round(window.get_y_size() * width / max(1, window.get_x_size())))
    buffer = make_buffer(base, "snapshot", BufferSettings(size=(width, height), sort=50, depth_bits=0))
    texture = Texture("snapshot")
    buffer.add_render_texture(texture, GraphicsOutput.RTM_copy_ram, GraphicsOutput.RTP_color)
    buffer.make_display_region().set_camera(base.cam2d)
    view.draw_flat_alone()
    found = np.frombuffer(bytes(texture.get_ram_image_as("RGB")), np.uint8)
    base.graphicsEngine.remove_window(buffer)
    return found.reshape(height, width, 3)[::-1]


def png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """Return (height, width, 3) RGB as PNG (ISO/IEC 15948), each row filtered by the one above it."""
    height, width, _three = pixels.shape
    above = np.concatenate([np.zeros_like(pixels[:1]), pixels[:-1]])
    rows = np.full((height, 1 + 3 * width), 2, np.uint8)
    rows[:, 1:] = (pixels - above).reshape(height, -1)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = (
        _chunk(b"IHDR", head),
        _chunk(b"IDAT", zlib.compress(rows.tobytes(), _LEVEL)),
        _chunk(b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
