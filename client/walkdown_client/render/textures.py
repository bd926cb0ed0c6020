"""Pictures and volumes as textures."""

from __future__ import annotations

import io
import struct
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt
from panda3d.core import PNMImage, SamplerState, StringStream, Texture

U8 = npt.NDArray[np.uint8]
JPEG_BEGINS = b"\xff\xd8"


def volume_texture(name: str, values: U8) -> Texture:
    """3D texture of (z, y, x, channels) uint8 with 2 or 4 channels, linearly filtered, clamped."""
    depth, height, width, channels = values.shape
    made = Texture(name)
    if channels == 4:
        made.setup_3d_texture(width, height, depth, Texture.T_unsigned_byte, Texture.F_rgba8)
    else:
        made.setup_3d_texture(width, height, depth, Texture.T_unsigned_byte, Texture.F_rg)
    in_memory = values[..., [2, 1, 0, 3]] if channels == 4 else values
    made.set_ram_image(np.ascontiguousarray(in_memory).tobytes())
    return _smooth(made)


def image_texture(name: str, values: npt.NDArray[Any], *, mipmaps: bool = False) -> Texture:
    """2D texture of (height, width) uint8 or float32, or (height, width, 4) uint8; row 0 is at the bottom."""
    height, width = values.shape[:2]
    made = Texture(name)
    if values.ndim == 3:
        made.setup_2d_texture(width, height, Texture.T_unsigned_byte, Texture.F_rgba8)
        values = values[..., [2, 1, 0, 3]]
    elif values.dtype == np.float32:
        made.setup_2d_texture(width, height, Texture.T_float, Texture.F_r32)
    else:
        made.setup_2d_texture(width, height, Texture.T_unsigned_byte, Texture.F_red)
    made.set_ram_image(np.ascontiguousarray(values).tobytes())
    _smooth(made)
    if mipmaps:
        made.set_minfilter(SamplerState.FT_linear_mipmap_linear)
    return made


def read_picture(data: bytes) -> PNMImage | None:
    """Pixels of a PNG or JPEG file, None when it is damaged; any thread, the interpreter is not held up.

    Pillow reads JPEGs where it is: Panda3D's reader ends the whole program at a damaged one.
    """
    if data.startswith(JPEG_BEGINS) and find_spec("PIL") is not None:
        plain = _plain_pixels(data)
        if plain is None:
            return None
        data = plain
    image = PNMImage()
    return image if image.read(StringStream(data)) else None


def _plain_pixels(jpeg: bytes) -> bytes | None:
    """Return a JPEG as PPM or PGM, None when it is damaged."""
    from PIL import Image

    plain = io.BytesIO()
    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as picture:
            picture.convert("L" if picture.mode == "L" else "RGB").save(plain, "PPM")
    except (OSError, SyntaxError, ValueError, struct.error, Image.DecompressionBombError):
        return None
    return plain.getvalue()


def decode_picture(data: bytes) -> PNMImage | None:
    """The same with the rows as glTF counts them."""
    image = read_picture(data)
    if image is None:
        return None
    image.flip(False, True, False)  # glTF counts rows from the top
    return image


def picture_texture(name: str, image: PNMImage) -> Texture:
    """Texture (sRGB) of a decoded picture; how it is read is up to a sampler."""
    made = Texture(name)
    made.load(image)
    made.set_format(Texture.F_srgb_alpha if image.has_alpha() else Texture.F_srgb)
    return made


def wrapped(along_u: Any, along_v: Any) -> SamplerState:
    """How a texture of a model is read: mipmapped, also at flat angles, and so beyond its edges."""
    made = SamplerState()
    made.set_wrap_u(along_u)
    made.set_wrap_v(along_v)
    made.set_minfilter(SamplerState.FT_linear_mipmap_linear)
    made.set_magfilter(SamplerState.FT_linear)
    made.set_anisotropic_degree(4)
    return made


def grey_texture(level: int) -> Texture:
    """One texel of a grey from 0 to 255, opaque."""
    return image_texture("grey", np.array([[[level, level, level, 255]]], np.uint8))


def far_depth() -> Texture:
    """A depth texture of one texel that shades nothing."""
    made = Texture("no shadow")
    made.setup_2d_texture(1, 1, Texture.T_float, Texture.F_depth_component)
    made.set_ram_image(np.ones(1, np.float32).tobytes())
    made.set_minfilter(SamplerState.FT_shadow)
    made.set_magfilter(SamplerState.FT_shadow)
    return made


def _smooth(texture: Texture) -> Texture:
    texture.set_wrap_u(SamplerState.WM_clamp)
    texture.set_wrap_v(SamplerState.WM_clamp)
    texture.set_wrap_w(SamplerState.WM_clamp)
    texture.set_minfilter(SamplerState.FT_linear)
    texture.set_magfilter(SamplerState.FT_linear)
    return texture
