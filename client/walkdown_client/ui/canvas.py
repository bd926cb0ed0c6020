"""What panels draw with: windows, text, buttons and rows in the theme, at any scale.

Everything that is written goes through a :class:`Canvas`, which remembers the texts of the frame by panel:
tests and the proof file of a picture read them. Numbers named ``…_px`` are at scale 1; :meth:`Canvas.px`
turns them into pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from imgui_bundle import imgui

from walkdown_client.ui import theme as look
from walkdown_client.ui.fonts import LINE_PER_EM, bold
from walkdown_client.ui.icons import draw_icon
from walkdown_client.ui.shapes import draw_state
from walkdown_client.ui.theme import Rgba, Theme, packed

_FIXED = (
    imgui.WindowFlags_.no_title_bar
    | imgui.WindowFlags_.no_move
    | imgui.WindowFlags_.no_resize
    | imgui.WindowFlags_.no_collapse
    | imgui.WindowFlags_.no_saved_settings
    | imgui.WindowFlags_.no_nav_inputs
)
CLIP_CACHE = 4096


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle in pixels."""

    x: float
    y: float
    width: float
    height: float


class Canvas:
    """The pen of one imgui context.

    Attributes:
        theme: colours in use. scale: UI scale times the display's.
        drawn: texts of this frame, by panel, in the order of drawing.
    """

    def __init__(self) -> None:
        self.theme: Theme = look.DARK
        self.scale = 1.0
        self.drawn: dict[str, list[str]] = {}
        self._texts: list[str] = []
        self._dressed: tuple[Theme, float] | None = None
        self._cursors_to_move: set[str] = set()
        self._clipped: dict[tuple[str, int, float], str] = {}

    def start(self, theme: Theme, scale: float) -> None:
        """Begin a frame."""
        if (theme, scale) != self._dressed:
            self._dressed = (theme, scale)
            self._clipped.clear()
            look.apply(theme, scale)
        self.theme, self.scale = theme, scale
        self.drawn = {}
        self._texts = []

    @staticmethod
    def _font(size_px: float) -> imgui.ImFont | None:
        """Return bold for titles, None for the font in use."""
        return bold() if size_px >= look.TITLE_PX else None

    def px(self, length: float) -> float:
        """Return a length at scale 1 in pixels."""
        return length * self.scale

    # ---- windows ------------------------------------------------------------------------------------

    @contextmanager
    def window(
        self, name: str, rect: Rect, *, flags: int = 0, pivot: tuple[float, float] = (0.0, 0.0)
    ) -> Iterator[None]:
        """Open a window; texts inside count as the panel ``name``.

        Args:
            pivot: the point of the window, as shares of its size, that lies at ``rect.x, rect.y``.
        """
        imgui.set_next_window_pos((rect.x, rect.y), 0, pivot)
        imgui.set_next_window_size((rect.width, rect.height))
        outer, self._texts = self._texts, self.drawn.setdefault(name, [])
        imgui.begin(f"##{name}", None, _FIXED | flags)
        try:
            yield
        finally:
            imgui.end()
            self._texts = outer

    def record(self, text: str) -> None:
        """Remember a text that was drawn by other means."""
        self._texts.append(text)

    # ---- text in the flow ---------------------------------------------------------------------------

    def text(self, text: str, colour: Rgba | None = None, *, size_px: float = look.TEXT_PX) -> None:
        """Write a line where the cursor is."""
        self._texts.append(text)
        imgui.push_font(self._font(size_px), size_px * LINE_PER_EM)
        _plain(text, colour or self.theme.text)
        imgui.pop_font()

    def muted(self, text: str, *, size_px: float = look.SMALL_PX) -> None:
        """Write a line of less weight."""
        self.text(text, self.theme.muted, size_px=size_px)

    def paragraph(self, text: str, colour: Rgba | None = None, *, size_px: float = look.TEXT_PX) -> None:
        """Write text that wraps at the right edge."""
        self._texts.append(text)
        imgui.push_font(self._font(size_px), size_px * LINE_PER_EM)
        imgui.push_text_wrap_pos(0.0)
        _plain(text, colour or self.theme.text)
        imgui.pop_text_wrap_pos()
        imgui.pop_font()

    def section(self, title: str, right: str = "") -> None:
        """Write the head of a section: a small muted title over a thin line."""
        imgui.dummy((0, self.px(4)))
        x, y = imgui.get_cursor_screen_pos()
        width = imgui.get_content_region_avail().x
        self.put(x, y, title, colour=self.theme.muted, size_px=look.SMALL_PX)
        if right:
            self.put_right(x + width, y, right, colour=self.theme.muted, size_px=look.SMALL_PX)
        below = y + self.px(look.SMALL_PX + 5)
        imgui.get_window_draw_list().add_line((x, below), (x + width, below), packed(self.theme.line))
        imgui.dummy((width, self.px(look.SMALL_PX + 7)))

    # ---- text anywhere ------------------------------------------------------------------------------

    def put(
        self, x: float, y: float, text: str, *, colour: Rgba | None = None, size_px: float = look.TEXT_PX
    ) -> None:
        """Write at a place of the output in pixels, top left."""
        self._texts.append(text)
        imgui.push_font(self._font(size_px), size_px * LINE_PER_EM)
        imgui.get_window_draw_list().add_text((round(x), round(y)), packed(colour or self.theme.text), text)
        imgui.pop_font()

    def put_right(
        self, x: float, y: float, text: str, *, colour: Rgba | None = None, size_px: float = look.TEXT_PX
    ) -> None:
        """Write so that the text ends at ``x``."""
        self.put(x - self.width(text, size_px), y, text, colour=colour, size_px=size_px)

    def put_clipped(
        self,
        x: float,
        y: float,
        text: str,
        *,
        width: float,
        colour: Rgba | None = None,
        size_px: float = look.TEXT_PX,
    ) -> None:
        """Write as much as fits into ``width`` pixels; the whole text is remembered."""
        shown = self.fitting(text, width, size_px)
        self.put(x, y, shown, colour=colour, size_px=size_px)
        self._texts[-1] = text

    def width(self, text: str, size_px: float = look.TEXT_PX) -> float:
        """Return how wide a text is in pixels."""
        imgui.push_font(self._font(size_px), size_px * LINE_PER_EM)
        width = imgui.calc_text_size(text).x
        imgui.pop_font()
        return float(width)

    def fitting(self, text: str, width: float, size_px: float = look.TEXT_PX) -> str:
        """Return ``text``, or its beginning and "…" when it is wider than ``width`` pixels."""
        key = (text, round(width), size_px)
        if key not in self._clipped:
            if len(self._clipped) > CLIP_CACHE:
                self._clipped.clear()
            self._clipped[key] = self._clip(text, width, size_px)
        return self._clipped[key]

    def _clip(self, text: str, width: float, size_px: float) -> str:
        if self.width(text, size_px) <= width:
            return text
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            fits = self.width(text[:middle].rstrip() + "…", size_px) <= width
            low, high = (middle, high) if fits else (low, middle - 1)
        return text[:low].rstrip() + "…"

    # ---- marks --------------------------------------------------------------------------------------

    def state(self, x: float, y: float, state: int, *, radius_px: float = 5.5) -> None:
        """Draw the shape of a state about a point."""
        draw_state(imgui.get_window_draw_list(), x, y, radius=self.px(radius_px), state=state)

    def icon(
        self, name: str, x: float, y: float, *, size_px: float = 18.0, colour: Rgba | None = None
    ) -> None:
        """Draw an icon whose top left is x, y."""
        lines = imgui.get_window_draw_list()
        draw_icon(lines, name, (x, y), size=self.px(size_px), colour=packed(colour or self.theme.text))

    def person(self, x: float, y: float, name: str, *, colour: Rgba, radius_px: float = 11.0) -> None:
        """Draw a person's chip about a point: a disc with the first letter."""
        lines = imgui.get_window_draw_list()
        lines.add_circle_filled((x, y), self.px(radius_px), packed(colour))
        letter = name.strip()[:1].upper() or "?"
        size = look.SMALL_PX * radius_px / 11.0
        ink = look.rgb("0B1015")
        self.put(x - self.width(letter, size) / 2, y - self.px(size) * 0.62, letter, colour=ink, size_px=size)

    # ---- things to click ----------------------------------------------------------------------------

    def button(
        self, label: str, *, primary: bool = False, enabled: bool = True, width_px: float = 0.0
    ) -> bool:
        """Draw a button with a verb on it and tell whether it was clicked."""
        self._texts.append(label)
        if primary:
            imgui.push_style_color(imgui.Col_.button.value, imgui.ImVec4(*self.theme.accent))
            imgui.push_style_color(imgui.Col_.button_hovered.value, imgui.ImVec4(*self.theme.accent))
            imgui.push_style_color(imgui.Col_.text.value, imgui.ImVec4(*self.theme.on_accent))
        imgui.begin_disabled(not enabled)
        clicked = imgui.button(label, (self.px(width_px), 0))
        imgui.end_disabled()
        if primary:
            imgui.pop_style_color(3)
        return bool(clicked)

    def icon_button(
        self, icon: str, tip: str, *, size_px: float = 28.0, active: bool = False, name: str = ""
    ) -> bool:
        """Draw a square button with an icon; ``tip`` says what it does."""
        size = self.px(size_px)
        x, y = imgui.get_cursor_screen_pos()
        clicked = imgui.invisible_button(f"{icon}{name}", (size, size))
        hovered = imgui.is_item_hovered()
        lines = imgui.get_window_draw_list()
        if hovered or active:
            fill = self.theme.chosen if active else self.theme.hover
            lines.add_rect_filled((x, y), (x + size, y + size), packed(fill), self.px(look.RADIUS_PX))
        inset = self.px(max((size_px - 18) / 2, 4))
        colour = self.theme.text if hovered or active else self.theme.muted
        draw_icon(lines, icon, (x + inset, y + inset), size=size - 2 * inset, colour=packed(colour))
        self.tip(tip)
        return bool(clicked)

    def row(self, name: str, *, chosen: bool = False, height_px: float = look.ROW_PX) -> tuple[Rect, bool]:
        """Take a row over the whole width; returns where it is and whether it was clicked."""
        x, y = imgui.get_cursor_screen_pos()
        width, height = imgui.get_content_region_avail().x, self.px(height_px)
        imgui.push_style_var(imgui.StyleVar_.item_spacing.value, (0.0, 0.0))
        clicked = imgui.invisible_button(name, (max(width, 1.0), height))
        imgui.pop_style_var()
        if chosen or imgui.is_item_hovered():
            fill = self.theme.chosen if chosen else self.theme.hover
            imgui.get_window_draw_list().add_rect_filled(
                (x - self.px(4), y), (x + width + self.px(4), y + height), packed(fill), self.px(4)
            )
        return Rect(x, y, width, height), bool(clicked)

    def edge(self, x: float, rect: Rect) -> float:
        """Draw the edge by which a panel is made wider; returns how far it was dragged, at scale 1."""
        height = rect.height - self.px(48)
        imgui.set_cursor_screen_pos((x - self.px(3), rect.y + self.px(24)))
        imgui.invisible_button("edge", (self.px(6), max(height, 1.0)))
        if imgui.is_item_hovered() or imgui.is_item_active():
            lines = imgui.get_window_draw_list()
            bottom = rect.y + self.px(24) + height
            lines.add_line((x, rect.y + self.px(24)), (x, bottom), packed(self.theme.accent), self.px(2))
        return imgui.get_io().mouse_delta.x / self.scale if imgui.is_item_active() else 0.0

    def slider(self, name: str, value: float, *, low: float, high: float, text: str) -> float:
        """Draw a line with a title, a figure and a slider under it; returns where the slider stands.

        Args:
            name: what is set. text: the value as people read it.
        """
        x, y = imgui.get_cursor_screen_pos()
        width = imgui.get_content_region_avail().x
        self.put_clipped(x, y, name, width=width - self.width(text) - self.px(12))
        self.put_right(x + width, y, text, colour=self.theme.muted)
        imgui.dummy((0, self.px(look.TEXT_PX + 2)))
        imgui.set_next_item_width(-1.0)
        imgui.push_style_var(imgui.StyleVar_.frame_padding.value, (self.px(4), self.px(1)))
        _changed, value = imgui.slider_float(f"##{name}", value, low, high, "")
        imgui.pop_style_var()
        return float(value)

    def combo(self, name: str, chosen: str, texts: Sequence[str]) -> int | None:
        """Draw a list of which one line is shown; returns the place of the line that was clicked."""
        clicked: int | None = None
        self._texts.append(chosen)
        imgui.set_next_item_width(-1.0)
        if imgui.begin_combo(f"##{name}", chosen):
            for place, text in enumerate(texts):
                self._texts.append(text)
                if imgui.selectable(f"{text}##{place}", text == chosen)[0]:
                    clicked = place
            imgui.end_combo()
        return clicked

    def check(self, text: str, *, on: bool) -> bool:
        """Draw a box with a tick, and a text that wraps beside it; returns whether it was clicked."""
        side, gap = self.px(16), self.px(8)
        x, y = imgui.get_cursor_screen_pos()
        width = max(imgui.get_content_region_avail().x, 1.0)
        imgui.push_font(None, look.TEXT_PX * LINE_PER_EM)
        height = max(float(imgui.calc_text_size(text, wrap_width=width - side - gap).y), side) + self.px(4)
        imgui.pop_font()
        clicked = imgui.invisible_button(text, (width, height))
        lines, hovered = imgui.get_window_draw_list(), imgui.is_item_hovered()
        after = imgui.get_cursor_screen_pos()
        corner = (x + side, y + self.px(2) + side)
        fill = self.theme.chosen if on else self.theme.hover if hovered else self.theme.raised
        lines.add_rect_filled((x, y + self.px(2)), corner, packed(fill), self.px(3))
        if on:
            tick = [(0.2, 0.55), (0.42, 0.78), (0.82, 0.26)]
            points: list[imgui.ImVec2Like] = [
                imgui.ImVec2(x + a * side, y + self.px(2) + b * side) for a, b in tick
            ]
            lines.add_polyline(points, packed(self.theme.accent), self.px(2), 0)
        imgui.set_cursor_screen_pos((x + side + gap, y))
        self.paragraph(text)
        imgui.set_cursor_screen_pos(after)
        return bool(clicked)

    def tip(self, text: str) -> None:
        """Show a text when the pointer rests on what was drawn last."""
        if text and imgui.is_item_hovered(imgui.HoveredFlags_.delay_short | imgui.HoveredFlags_.stationary):
            imgui.begin_tooltip()
            imgui.push_text_wrap_pos(self.px(360))
            self._texts.append(text)
            _plain(text, self.theme.text)
            imgui.pop_text_wrap_pos()
            imgui.end_tooltip()

    def field(self, name: str, hint: str, text: str, *, focus: bool = False, secret: bool = False) -> str:
        """Draw a line to type in and return what it holds; what is ``secret`` is not remembered."""
        self._texts.append(hint if secret else text or hint)
        flags = self._focus(name, wanted=focus)
        imgui.set_next_item_width(-1.0)
        _changed, text = imgui.input_text_with_hint(f"##{name}", hint, text, flags, self._to_end(name))
        return str(text)

    def text_area(
        self, name: str, text: str, *, height_px: float, flags: int = 0, focus: bool = False
    ) -> str:
        """Draw an area of several lines to type in and return what it holds."""
        self._texts.append(text)
        flags |= self._focus(name, wanted=focus)
        size = (-1.0, self.px(height_px))
        _changed, text = imgui.input_text_multiline(f"##{name}", text, size, flags, self._to_end(name))
        return str(text)

    def _focus(self, name: str, *, wanted: bool) -> int:
        """Give the next field the keyboard if that is wanted; returns the flags that the field needs."""
        if wanted:
            imgui.set_keyboard_focus_here()
            self._cursors_to_move.add(name)
        return imgui.InputTextFlags_.callback_always.value if name in self._cursors_to_move else 0

    def _to_end(self, name: str) -> Callable[[imgui.InputTextCallbackData], int] | None:
        """Put the cursor behind what was typed before the field had the keyboard, once."""
        if name not in self._cursors_to_move:
            return None

        def move(data: imgui.InputTextCallbackData) -> int:
            self._cursors_to_move.discard(name)
            data.cursor_pos = data.selection_start = data.selection_end = data.buf_text_len
            return 0

        return move

    def empty(self, what: str, how: str) -> None:
        """Say what a panel would show and how to get it."""
        imgui.dummy((0, self.px(8)))
        self.paragraph(what)
        self.paragraph(how, self.theme.muted, size_px=look.SMALL_PX)


def _plain(text: str, colour: Rgba) -> None:
    imgui.push_style_color(imgui.Col_.text.value, imgui.ImVec4(*colour))
    imgui.text_unformatted(text)
    imgui.pop_style_color()
