"""The frame of every panel on the left: title, close button, and lists that only draw what is in sight."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown_client.tools import intents as wish
from walkdown_client.ui import theme as look
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame

K = TypeVar("K", bound=str)

WIDTH_MIN_PX, WIDTH_MAX_PX = 260.0, 640.0


@contextmanager
def side_panel(frame: Frame, name: str, title: str, *, count: str = "") -> Iterator[list[wish.Intent]]:
    """Open a panel on the left; yields the list to which its wishes are added."""
    found: list[wish.Intent] = []
    rect = frame.layout.left or Rect(0, 0, 1, 1)
    imgui.push_style_var(imgui.StyleVar_.window_rounding.value, 0.0)
    with frame.canvas.window(name, rect):
        _draw_title(frame, name, title, count=count, found=found)
        yield found
        moved = frame.canvas.edge(rect.x + rect.width - frame.canvas.px(3), rect)
        preferences = frame.view.preferences
        preferences.left_width = limited_width(preferences.left_width + moved)
    imgui.pop_style_var()


def limited_width(width_px: float) -> float:
    """Return the width of a panel at scale 1 that its edge may be dragged to."""
    return min(max(width_px, WIDTH_MIN_PX), WIDTH_MAX_PX)


def _draw_title(frame: Frame, name: str, title: str, *, count: str, found: list[wish.Intent]) -> None:
    canvas = frame.canvas
    x, y = imgui.get_cursor_screen_pos()
    width = imgui.get_content_region_avail().x
    canvas.put(x, y, title, size_px=look.TITLE_PX)
    if count:
        shift = canvas.width(title, look.TITLE_PX) + canvas.px(8)
        canvas.put(x + shift, y + canvas.px(3), count, colour=canvas.theme.muted)
    imgui.set_cursor_screen_pos((x + width - canvas.px(24), y))
    if canvas.icon_button("close", _("Close"), size_px=24):
        found.append(wish.OpenPanel(name))
    imgui.set_cursor_screen_pos((x, y + canvas.px(34)))
    imgui.dummy((0, 0))


def search_field(frame: Frame, name: str, hint: str, *, focus: bool = False) -> str:
    """Draw a search field that keeps what was typed.

    Args:
        focus: it gets the keyboard when its panel opens.
    """
    searches = frame.view.searches
    searches[name] = frame.canvas.field(
        f"search {name}", hint, searches.get(name, ""), focus=focus and imgui.is_window_appearing()
    )
    imgui.dummy((0, frame.canvas.px(2)))
    return searches[name]


def entered() -> bool:
    """Tell whether Enter has just been pressed in a field of the panel that is being drawn."""
    return imgui.is_window_focused() and imgui.is_key_pressed(imgui.Key.enter, False)


def draw_list(count: int, height: float, draw_row: Callable[[int], None]) -> None:
    """Call ``draw_row`` for the rows of a long list that are in sight."""
    clipper = imgui.ListClipper()
    clipper.begin(count, height)
    while clipper.step():
        for place in range(clipper.display_start, clipper.display_end):
            draw_row(place)
    clipper.end()


def choice(frame: Frame, texts: Mapping[K, str], chosen: str) -> K | None:
    """Draw buttons of which one is chosen, in as many lines as they need; returns what was clicked."""
    canvas = frame.canvas
    clicked: K | None = None
    right = imgui.get_cursor_screen_pos().x + imgui.get_content_region_avail().x
    for place, (key, text) in enumerate(texts.items()):
        if place and imgui.get_item_rect_max().x + canvas.width(text) + canvas.px(22) < right:
            imgui.same_line(0, canvas.px(4))
        if _segment(frame, text, active=key == chosen):
            clicked = key
    return clicked


def _segment(frame: Frame, text: str, *, active: bool) -> bool:
    if active:
        imgui.push_style_color(imgui.Col_.button.value, imgui.ImVec4(*frame.canvas.theme.chosen))
    clicked = frame.canvas.button(text)
    if active:
        imgui.pop_style_color()
    return clicked


@contextmanager
def scrolled(name: str) -> Iterator[None]:
    """Open a part that takes the rest of the panel and scrolls by itself."""
    imgui.begin_child(name, (0, 0))
    try:
        yield
    finally:
        imgui.end_child()
