"""Letters of all sizes in one texture, drawn by the engine's font rasteriser as they are needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from panda3d.core import DynamicTextFont, DynamicTextGlyph, Filename, LVecBase4, SamplerState, Texture

from walkdown_client.files import assets_dir

F32 = npt.NDArray[np.float32]

_FILES = ("NotoSans-Regular.ttf", "NotoSansCJKsc-Regular.otf", "NotoSansSymbols-Regular.ttf")
"""Asked one after the other for a letter."""

_PAGE = 1024
_SIZE = 1024
_UNKNOWN = "□"


@dataclass(frozen=True)
class _Glyph:
    """Place in the atlas and on the line, in pixels; ``box`` is left, bottom, right, top."""

    box: tuple[float, float, float, float]
    uv: tuple[float, float, float, float]
    advance: float


@dataclass(frozen=True)
class Line:
    """A line of text that has been laid out.

    Attributes:
        boxes: (n, 4) float32 left, bottom, right, top of each letter, pixels, from the start of the baseline.
        uvs: (n, 4) float32 of the atlas, 0 to 1.
        width: pixels.
    """

    boxes: F32
    uvs: F32
    width: float


class TextAtlas:
    """Lays out lines; upload with :meth:`upload` once a frame.

    Attributes:
        texture: one channel, how much of a pixel a letter covers.
        generation: grows when the atlas was full and all letters got other places.
    """

    def __init__(self, files: Sequence[Path] | None = None) -> None:
        paths = files or [assets_dir() / "fonts" / name for name in _FILES]
        self._paths = [path for path in paths if path.is_file()]
        self._fonts: dict[int, list[DynamicTextFont]] = {}
        self._glyphs: dict[tuple[int, str], _Glyph | None] = {}
        self._lines: dict[tuple[int, str], Line] = {}
        self._pixels = np.zeros((_SIZE, _SIZE), np.uint8)
        self._pen, self._row_height = [1, 1], 0
        self._changed = True
        self.generation = 0
        self.texture = Texture("text atlas")
        self.texture.setup_2d_texture(_SIZE, _SIZE, Texture.T_unsigned_byte, Texture.F_red)
        self.texture.set_minfilter(SamplerState.FT_linear)
        self.texture.set_magfilter(SamplerState.FT_linear)

    def line(self, text: str, size_px: int) -> Line:
        """Lay out one line; letters that no font has become an empty box."""
        key = (size_px, text)
        if key not in self._lines:
            if len(self._lines) > 4000:
                self._lines.clear()
            self._lines[key] = self._lay_out(text, size_px)
        return self._lines[key]

    def upload(self) -> None:
        """Hand new letters to the graphics card."""
        if self._changed:
            self.texture.set_ram_image(self._pixels.tobytes())
            self._changed = False

    def has(self, letter: str) -> bool:
        """Whether some font has this letter."""
        return any(_quad_of(font, letter) is not None for font in self._fonts_of(15))

    def _lay_out(self, text: str, size_px: int) -> Line:
        boxes: list[tuple[float, float, float, float]] = []
        uvs: list[tuple[float, float, float, float]] = []
        pen = 0.0
        for letter in text:
            glyph = self._glyph(letter, size_px)
            if glyph is None:
                pen += size_px * 0.28
                continue
            left, bottom, right, top = glyph.box
            boxes.append((left + pen, bottom, right + pen, top))
            uvs.append(glyph.uv)
            pen += glyph.advance
        shape = (len(boxes), 4)
        return Line(np.array(boxes, np.float32).reshape(shape), np.array(uvs, np.float32).reshape(shape), pen)

    def _glyph(self, letter: str, size_px: int) -> _Glyph | None:
        key = (size_px, letter)
        if key not in self._glyphs:
            self._glyphs[key] = None if letter.isspace() else self._draw(letter, size_px)
        return self._glyphs[key]

    def _draw(self, letter: str, size_px: int) -> _Glyph | None:
        for font in self._fonts_of(size_px):
            quad = _quad_of(font, letter)
            if quad is not None:
                return self._keep(font, letter, quad)
        return self._glyph(_UNKNOWN, size_px) if letter != _UNKNOWN else None

    def _fonts_of(self, size_px: int) -> list[DynamicTextFont]:
        if size_px not in self._fonts:
            self._fonts[size_px] = [_open(path, size_px) for path in self._paths]
        return self._fonts[size_px]

    def _keep(self, font: DynamicTextFont, letter: str, quad: tuple[LVecBase4, LVecBase4]) -> _Glyph:
        """Copy a letter out of the engine's page into the atlas; the engine's quads lie half a texel off."""
        size = font.get_pixels_per_unit()
        box = np.rint(np.array(quad[0]) * size).astype(int)
        texel = np.rint(np.array(quad[1]) * _PAGE - 0.5).astype(int)
        glyph = font.get_glyph(ord(letter))
        if glyph is None or not isinstance(glyph, DynamicTextGlyph):
            raise TypeError(f"expected a drawn letter for {letter!r}, found {glyph!r}")
        page = glyph.get_page()
        drawn: Any = page.get_ram_image()
        pixels = np.frombuffer(drawn, np.uint8).reshape(_PAGE, _PAGE)
        image = pixels[texel[1] : texel[3] + 1, texel[0] : texel[2] + 1]
        x, y = self._place(image.shape[1], image.shape[0])
        self._pixels[y : y + image.shape[0], x : x + image.shape[1]] = image
        self._changed = True
        uv = np.array([x, y, x + image.shape[1], y + image.shape[0]]) / _SIZE
        left, bottom = float(box[0]), float(box[1])
        return _Glyph(
            (left, bottom, left + image.shape[1], bottom + image.shape[0]),
            (float(uv[0]), float(uv[1]), float(uv[2]), float(uv[3])),
            glyph.get_advance() * size,
        )

    def _place(self, width: int, height: int) -> tuple[int, int]:
        """Next free spot; rows of letters from the bottom up. A full atlas starts again from nothing."""
        if self._pen[0] + width + 1 >= _SIZE:
            self._pen = [1, self._pen[1] + self._row_height + 1]
            self._row_height = 0
        if self._pen[1] + height + 1 >= _SIZE:
            self._pixels[:] = 0
            self._pen, self._row_height = [1, 1], 0
            self._glyphs.clear()
            self._lines.clear()
            self.generation += 1
        x, y = self._pen
        self._pen[0] += width + 1
        self._row_height = max(self._row_height, height)
        return x, y


def _open(path: Path, size_px: int) -> DynamicTextFont:
    font = DynamicTextFont(Filename.from_os_specific(str(path)))
    font.set_scale_factor(1)
    font.set_pixels_per_unit(size_px)
    font.set_page_size(_PAGE, _PAGE)
    font.set_native_antialias(True)
    return font


def _quad_of(font: DynamicTextFont, letter: str) -> tuple[LVecBase4, LVecBase4] | None:
    """Extent in font units and in the page, or None when the font lacks the letter."""
    glyph = font.get_glyph(ord(letter))
    dimensions, texels = LVecBase4(), LVecBase4()
    if not isinstance(glyph, DynamicTextGlyph) or not glyph.get_quad(dimensions, texels):
        return None
    return dimensions, texels
