"""One table of materials for all packages, as the shaders read it."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt
from panda3d.core import PNMImage, RenderAttrib, RenderState, SamplerState, Texture

from walkdown.package.model import Material
from walkdown_client.files import shaders_dir
from walkdown_client.render.buffers import BufferTexture
from walkdown_client.render.textures import decode_picture, grey_texture, picture_texture, wrapped

_TEXELS = 3
_PATTERN = re.compile(r"^const int PATTERN_(\w+) = (\d+);", re.MULTILINE)
_WRAPS = {
    "repeat": SamplerState.WM_repeat,
    "clamp": SamplerState.WM_clamp,
    "mirror": SamplerState.WM_mirror,
}


@cache
def patterns() -> dict[str, int]:
    """Names of the surface patterns and their numbers, as ``shaders/patterns.glsl`` defines them."""
    source = (shaders_dir() / "patterns.glsl").read_text(encoding="utf-8")
    return {name.lower(): int(number) for name, number in _PATTERN.findall(source)}


@dataclass(frozen=True)
class Textures:
    """What a textured chunk shows; what its material does not have, or what is damaged, is white.

    Attributes:
        sampler: how both are filtered and how they go on beyond their edges.
    """

    base: Texture
    glow: Texture
    sampler: SamplerState


class MaterialTable:
    """Gives every different material one row. Rows may be asked for in any thread."""

    def __init__(self) -> None:
        self._table = BufferTexture("materials", "f4", capacity=64 * _TEXELS)
        self._rows: dict[tuple[Material, str], int] = {}
        self._materials: list[Material] = []
        self._textures: dict[str, Texture | None] = {}
        self._pictures: dict[str, PNMImage | None] = {}
        self._white = grey_texture(255)
        self._lock = threading.Lock()
        self._uploaded = 0

    @property
    def texture(self) -> Texture:
        """The shader input ``materials``."""
        return self._table.texture

    def rows_of(self, materials: Sequence[Material], images: Sequence[bytes]) -> npt.NDArray[np.uint32]:
        """Return the row of each material; new ones are appended."""
        names = [_name_of(image) for image in images]
        with self._lock:
            return np.array([self._row_of(m, _image_of(m, names)) for m in materials], np.uint32)

    def decode(self, images: Sequence[bytes]) -> None:
        """Decode images ahead of :meth:`textures_of`, which then has little left to do; any thread."""
        for image in images:
            name = _name_of(image)
            with self._lock:
                known = name in self._textures or name in self._pictures
            if not known:
                picture = decode_picture(image)
                with self._lock:
                    if name not in self._textures:
                        self._pictures[name] = picture

    def textures_of(self, material: Material, images: Sequence[bytes]) -> Textures:
        """Return the textures of a material; equal files are decoded once; main thread."""
        base, glow = (
            self._texture_of(images[i]) if i is not None and 0 <= i < len(images) else None
            for i in (material.texture, material.emissive_texture)
        )
        along_u, along_v = material.wrap
        return Textures(base or self._white, glow or self._white, wrapped(_WRAPS[along_u], _WRAPS[along_v]))

    def forget_unused(self) -> None:
        """Let go of textures that nothing shows any more; main thread.

        Panda keeps the states of nodes that are gone until it collects them: first those, then their parts.
        """
        for _part in range(2):
            RenderState.garbage_collect()
            RenderAttrib.garbage_collect()
        with self._lock:
            for name, texture in list(self._textures.items()):
                if texture is None or texture.get_ref_count() <= 1:
                    del self._textures[name]

    def upload(self) -> None:
        """Write new rows to the graphics card; main thread, once a frame."""
        with self._lock:
            fresh = self._materials[self._uploaded :]
            if not fresh:
                return
            self._table.reserve((self._uploaded + len(fresh)) * _TEXELS)
            start = self._uploaded * _TEXELS
            texels = np.array([_texels_of(m) for m in fresh], np.float32).reshape(-1, 4)
            self._table.rows[start : start + len(texels)] = texels
            self._uploaded += len(fresh)
        self._table.upload()

    def _row_of(self, material: Material, image: str) -> int:
        row = self._rows.setdefault((material, image), len(self._materials))
        if row == len(self._materials):
            self._materials.append(material)
        return row

    def _texture_of(self, image: bytes) -> Texture | None:
        self.decode([image])
        name = _name_of(image)
        with self._lock:
            if name not in self._textures:
                picture = self._pictures.pop(name)
                self._textures[name] = None if picture is None else picture_texture(name[:12], picture)
            return self._textures[name]


@lru_cache(maxsize=32)
def _name_of(image: bytes) -> str:
    """Name an image file by what it holds; tiles that share one share the object, which is hashed once."""
    return hashlib.sha256(image).hexdigest()


def _image_of(material: Material, names: Sequence[str]) -> str:
    known = material.texture is not None and 0 <= material.texture < len(names)
    return names[material.texture] if known and material.texture is not None else ""


def _texels_of(material: Material) -> list[float]:
    red, green, blue, alpha = material.base_color
    pattern = patterns().get(material.pattern, patterns()["plain"])
    return [
        *(red, green, blue, material.roughness),
        *(material.metallic, float(pattern), alpha, material.alpha_cutoff),
        *(*material.emissive, 0.0),
    ]
