"""The fonts of the interface: Latin first, then Chinese, then symbols; and a bold one for titles."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown_client.files import assets_dir

REGULAR = ("NotoSans-Regular.ttf", "NotoSansCJKsc-Regular.otf", "NotoSansSymbols-Regular.ttf")
BOLD = ("NotoSans-Bold.ttf", "NotoSansCJKsc-Regular.otf", "NotoSansSymbols-Regular.ttf")
LINE_PER_EM = 1.362
"""imgui sizes a font by its line; this font's line is so much higher than its em."""


def load(io: imgui.IO) -> None:
    """Add both fonts to the current context; glyphs are drawn into the atlas when they are first needed."""
    for family in (REGULAR, BOLD):
        for place, name in enumerate(family):
            config = imgui.ImFontConfig()
            config.merge_mode = place > 0
            io.fonts.add_font_from_file_ttf(str(assets_dir() / "fonts" / name), 0.0, config)


def bold() -> imgui.ImFont:
    """Return the bold font of the current context."""
    return imgui.get_io().fonts.fonts[1]
