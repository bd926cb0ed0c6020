"""Numpy arrays that shaders read as buffer textures, one upload per change."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from panda3d.core import Geom, Texture

_FORMATS: dict[tuple[str, int], tuple[Any, Any]] = {
    ("u1", 4): (Texture.T_unsigned_byte, Texture.F_rgba8i),
    ("u4", 1): (Texture.T_unsigned_int, Texture.F_r32i),
    ("f4", 4): (Texture.T_float, Texture.F_rgba32),
}


class BufferTexture:
    """A table of texels that grows; write into :attr:`rows`, then :meth:`upload`.

    In GLSL it is a ``usamplerBuffer`` (u1 x 4, u4 x 1) or a ``samplerBuffer`` (f4 x 4); texels are in
    the order R, G, B, A.

    Attributes:
        texture: what a shader input takes; stays the same object when the table grows.
        rows: (capacity, channels) array; a new one after :meth:`reserve`.
    """

    def __init__(self, name: str, dtype: str, *, channels: int = 4, capacity: int = 1) -> None:
        self._kind = _FORMATS[dtype, channels]
        self.texture = Texture(name)
        self.rows: npt.NDArray[Any] = np.zeros((0, channels), dtype)
        self.reserve(capacity)

    def reserve(self, capacity: int) -> None:
        """Make room for at least ``capacity`` texels; what was there stays."""
        if capacity <= len(self.rows):
            return
        grown = np.zeros((max(capacity, len(self.rows) * 3 // 2, 16), self.rows.shape[1]), self.rows.dtype)
        grown[: len(self.rows)] = self.rows
        self.rows = grown
        self.texture.setup_buffer_texture(len(grown), *self._kind, Geom.UH_dynamic)
        self.upload()

    def upload(self) -> None:
        """Hand the whole table to the graphics card with the next frame."""
        self.texture.set_ram_image(memoryview(self.rows).cast("B"))  # type: ignore[arg-type]
