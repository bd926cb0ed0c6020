"""Colours, sizes and words of the interface: dark and light.

Colours are (red, green, blue, alpha), 0 to 1, in display space. A state is never told by colour alone: each
has a shape (``shapes``) and a word.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from imgui_bundle import imgui

from walkdown.i18n import mark
from walkdown_client.ui.fonts import LINE_PER_EM

Rgba = tuple[float, float, float, float]

TEXT_PX, SMALL_PX, TITLE_PX = 15.0, 13.0, 18.0
GRID_PX, RADIUS_PX = 4.0, 6.0
TOP_BAR_PX, RAIL_PX, STATUS_PX, PANEL_PX, ROW_PX = 36.0, 44.0, 26.0, 320.0, 26.0
NARROW_PX = 900.0
"""Below this width there is one panel at a time."""


def rgb(hexadecimal: str, alpha: float = 1.0) -> Rgba:
    """Return a colour written as ``11161C``."""
    r, g, b = (int(hexadecimal[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return r, g, b, alpha


@lru_cache(maxsize=512)
def packed(colour: Rgba, alpha: float = 1.0) -> int:
    """Return a colour as imgui's draw lists take it, its alpha times ``alpha``."""
    r, g, b, a = (round(min(max(part, 0.0), 1.0) * 255) for part in (*colour[:3], colour[3] * alpha))
    return a << 24 | b << 16 | g << 8 | r


@dataclass(frozen=True, slots=True)
class Theme:
    """One set of colours.

    Attributes:
        raised: buttons and fields. hover: what the pointer is on. chosen: the selected row.
        on_accent: text on ``accent``.
    """

    name: str
    background: Rgba
    panel: Rgba
    line: Rgba
    text: Rgba
    muted: Rgba
    accent: Rgba
    on_accent: Rgba
    raised: Rgba
    hover: Rgba
    chosen: Rgba


DARK = Theme(
    name="dark",
    background=rgb("11161C"),
    panel=rgb("1A212A", 0.94),
    line=rgb("2B3540"),
    text=rgb("E6EDF3"),
    muted=rgb("93A1AF"),
    accent=rgb("4DA3FF"),
    on_accent=rgb("0B1015"),
    raised=rgb("2A3541"),
    hover=rgb("344250"),
    chosen=rgb("20405F"),
)
LIGHT = Theme(
    name="light",
    background=rgb("EEF1F4"),
    panel=rgb("FBFCFD", 0.96),
    line=rgb("D3DAE1"),
    text=rgb("1A222B"),
    muted=rgb("556270"),
    accent=rgb("0B62C4"),
    on_accent=rgb("FFFFFF"),
    raised=rgb("E9EDF1"),
    hover=rgb("DDE4EB"),
    chosen=rgb("CFE3F8"),
)
THEMES = {theme.name: theme for theme in (DARK, LIGHT)}

STATE_COLOURS: tuple[Rgba, ...] = (
    rgb("7D8B99"),
    rgb("009E73"),
    rgb("E69F00"),
    rgb("D55E00"),
    rgb("7F8C98"),
    rgb("B8455B"),
    rgb("CC79A7"),
)
"""By the codes of ``walkdown.twin.STATES``: Okabe–Ito where a state has one of its colours."""

STATE_WORDS = (
    mark("No state"),
    mark("Good"),
    mark("Attention"),
    mark("Alarm"),
    mark("Stale"),
    mark("Bad"),
    mark("Simulated"),
)
QUALITY_WORDS = (mark("good"), mark("stale"), mark("bad"), mark("simulated"))
QUALITY_STATES = (1, 4, 5, 6)
"""The state whose shape and colour a quality of ``walkdown.twin.QUALITIES`` shares."""

SELECTED = rgb("F0E442")
PEOPLE: tuple[Rgba, ...] = tuple(
    map(rgb, ("4DA3FF", "E58BB0", "57C4A0", "E8B04B", "A98BE8", "6CC7E0", "EE8A6B", "A7C957"))
)
"""Colours of people; a person's number modulo their count."""

HEAT = tuple(map(rgb, ("56718F", "3E9A9A", "D9C74A", "E88A2E", "9E2A2B")))
"""Blue-grey, teal, yellow, orange, dark red."""


def person_colour(number: int) -> Rgba:
    """Return the colour of a person by his colour number."""
    return PEOPLE[number % len(PEOPLE)]


def contrast(one: Rgba, other: Rgba) -> float:
    """Return the WCAG contrast of two opaque colours, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Rgba) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def apply(theme: Theme, scale: float) -> None:
    """Dress the current imgui context."""
    style, pair = imgui.get_style(), imgui.ImVec2
    style.font_size_base, style.font_scale_main = TEXT_PX * LINE_PER_EM, scale
    style.window_padding = pair(12 * scale, 10 * scale)
    style.frame_padding = pair(8 * scale, 4 * scale)
    style.item_spacing = pair(8 * scale, 6 * scale)
    style.item_inner_spacing = pair(6 * scale, 4 * scale)
    style.window_rounding = style.frame_rounding = style.popup_rounding = RADIUS_PX * scale
    style.child_rounding = style.grab_rounding = style.scrollbar_rounding = RADIUS_PX * scale
    style.scrollbar_size, style.grab_min_size = 8.0 * scale, 12.0 * scale
    style.window_border_size = style.popup_border_size = 1.0
    style.window_min_size = pair(8, 8)
    style.hover_stationary_delay, style.hover_delay_short = 0.1, 0.3
    for role, colour in _roles(theme).items():
        style.set_color_(role.value, imgui.ImVec4(*colour))


def _roles(theme: Theme) -> dict[imgui.Col_, Rgba]:
    role, none = imgui.Col_, (0.0, 0.0, 0.0, 0.0)
    return {
        role.text: theme.text,
        role.text_disabled: theme.muted,
        role.window_bg: theme.panel,
        role.popup_bg: (*theme.panel[:3], 0.98),
        role.child_bg: none,
        role.border: theme.line,
        role.frame_bg: theme.raised,
        role.frame_bg_hovered: theme.hover,
        role.frame_bg_active: theme.hover,
        role.button: theme.raised,
        role.button_hovered: theme.hover,
        role.button_active: theme.chosen,
        role.header: theme.chosen,
        role.header_hovered: theme.hover,
        role.header_active: theme.chosen,
        role.separator: theme.line,
        role.slider_grab: theme.accent,
        role.slider_grab_active: theme.accent,
        role.check_mark: theme.accent,
        role.scrollbar_bg: none,
        role.scrollbar_grab: theme.line,
        role.scrollbar_grab_hovered: theme.muted,
        role.scrollbar_grab_active: theme.muted,
        role.text_selected_bg: theme.chosen,
        role.nav_cursor: theme.accent,
        role.resize_grip: none,
        role.resize_grip_hovered: theme.line,
        role.resize_grip_active: theme.accent,
    }
