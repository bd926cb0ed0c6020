"""What things are coloured by: the chooser on the left and the legend in the scene."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from imgui_bundle import imgui

from walkdown.i18n import _, ngettext
from walkdown.twin import STATES
from walkdown_client.fuzzy import best
from walkdown_client.tools import intents as wish
from walkdown_client.tools.colouring import Quantity, quantities
from walkdown_client.tools.view_state import NOISE
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels import noise_legend
from walkdown_client.ui.panels.side import draw_list, scrolled, search_field, side_panel
from walkdown_client.ui.panels.tool_bar import place_of_bar
from walkdown_client.ui.theme import packed

NAME, LEGEND = "colour", "legend"
LEGEND_PX = (236.0, 74.0)


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the chooser when it is open."""
    if frame.view.panel != NAME:
        return []
    with side_panel(frame, NAME, _("Colour by a value")) as found:
        _draw_modes(frame, found)
        rows = known_quantities(frame)
        frame.canvas.section(_("Values"))
        search = search_field(frame, NAME, _("Name of a value"))
        places = best(search, [f"{q.name} {q.unit}" for q in rows], limit=len(rows))
        with scrolled("rows"):
            if not places:
                frame.canvas.empty(
                    _("Values of the session's signals are listed here."),
                    _("Nothing answers this search.") if search else "",
                )
            draw_list(
                len(places),
                frame.canvas.px(look.ROW_PX),
                lambda place: _draw_row(frame, rows[places[place]], found),
            )
    return found


def known_quantities(frame: Frame) -> Sequence[Quantity]:
    """Return what things of this session can be coloured by."""
    twin = frame.world.twin
    return frame.memory.of("quantities", id(twin), lambda: quantities(twin.catalogue))


def _draw_modes(frame: Frame, found: list[wish.Intent]) -> None:
    canvas, mode = frame.canvas, frame.view.colouring.mode
    for key, text in (
        ("state", _("State of the things")),
        (NOISE, _("How loud it is")),
        ("none", _("The model's own colours")),
    ):
        rect, clicked = canvas.row(f"mode {key}", chosen=mode == key)
        canvas.put(rect.x + canvas.px(4), rect.y + canvas.px(3), text)
        if clicked:
            found.append(wish.ColourBy(key))


def _draw_row(frame: Frame, quantity: Quantity, found: list[wish.Intent]) -> None:
    canvas, colouring = frame.canvas, frame.view.colouring
    chosen = (colouring.mode, colouring.name, colouring.unit) == ("signal", quantity.name, quantity.unit)
    rect, clicked = canvas.row(f"quantity {quantity.name} {quantity.unit}", chosen=chosen)
    count = len(quantity.things)
    canvas.tip(ngettext("{count} thing has it", "{count} things have it", count).format(count=count))
    y, right = rect.y + canvas.px(3), rect.x + rect.width - canvas.px(4)
    canvas.put_right(right, y, words.number(count), colour=canvas.theme.muted)
    unit_x = right - canvas.px(96)
    canvas.put_clipped(rect.x + canvas.px(4), y, quantity.name, width=unit_x - rect.x - canvas.px(12))
    canvas.put(
        unit_x, y + canvas.px(2), words.unit(quantity.unit), colour=canvas.theme.muted, size_px=look.SMALL_PX
    )
    if clicked:
        found.append(wish.ColourBy("signal", quantity.name, quantity.unit))


# ---- legend -----------------------------------------------------------------------------------------


def draw_legend(frame: Frame) -> list[wish.Intent]:
    """Draw what the colours in the scene mean."""
    colouring = frame.view.colouring
    if colouring.mode == "state":
        return _draw_states(frame)
    if colouring.mode == NOISE:
        return noise_legend.draw(frame, _place(frame, *noise_legend.size_px(frame)))
    chosen = next(
        (q for q in known_quantities(frame) if (q.name, q.unit) == (colouring.name, colouring.unit)), None
    )
    return _draw_scale(frame, chosen) if colouring.mode == "signal" and chosen else []


def _place(frame: Frame, width_px: float, height_px: float) -> Rect:
    """Return where the legend lies: at the lower left, above the tool bar where it would lie under it."""
    canvas, scene = frame.canvas, frame.layout.scene
    width, height = canvas.px(width_px), canvas.px(height_px)
    x, y = scene.x + canvas.px(12), scene.y + scene.height - height - canvas.px(12)
    bar = place_of_bar(frame)
    if bar is not None and x + width > bar.x:
        y = bar.y - height - canvas.px(8)
    return Rect(x, y, width, height)


def _draw_states(frame: Frame) -> list[wish.Intent]:
    """Draw the states that occur, in one line."""
    canvas = frame.canvas
    counts = np.bincount(frame.world.thing_states, minlength=len(STATES))
    texts = [
        (s, f"{_(look.STATE_WORDS[s])} {words.number(int(counts[s]))}") for s in range(1, 7) if counts[s]
    ]
    if not texts:
        return []
    width = sum(canvas.width(text, look.SMALL_PX) / canvas.scale + 34 for _state, text in texts) + 4
    rect = _place(frame, width, 30)
    with canvas.window(LEGEND, rect, flags=imgui.WindowFlags_.no_inputs | imgui.WindowFlags_.no_scrollbar):
        x, y = rect.x + canvas.px(12), rect.y + canvas.px(6)
        for state, text in texts:
            canvas.state(x + canvas.px(5), rect.y + rect.height / 2, state, radius_px=5)
            canvas.put(x + canvas.px(16), y, text, size_px=look.SMALL_PX)
            x += canvas.width(text, look.SMALL_PX) + canvas.px(34)
    return []


def _draw_scale(frame: Frame, quantity: Quantity) -> list[wish.Intent]:
    canvas = frame.canvas
    rect = _place(frame, *LEGEND_PX)
    found: list[wish.Intent] = []
    with canvas.window(LEGEND, rect, flags=imgui.WindowFlags_.no_scrollbar):
        x, y, width = rect.x + canvas.px(12), rect.y + canvas.px(6), rect.width - canvas.px(24)
        unit = words.unit(quantity.unit)
        title = quantity.name + (f" · {unit}" if unit else "")
        canvas.put_clipped(x, y, title, width=width - canvas.px(24))
        imgui.set_cursor_screen_pos((x + width - canvas.px(18), y))
        if canvas.icon_button("close", _("Colour by state"), size_px=20):
            found.append(wish.ColourBy("state"))
        bar = Rect(x, y + canvas.px(25), width, canvas.px(10))
        _draw_bar(bar)
        _draw_ends(frame, quantity, bar)
    return found


def _draw_bar(bar: Rect) -> None:
    lines, step = imgui.get_window_draw_list(), bar.width / (len(look.HEAT) - 1)
    for place, (left, right) in enumerate(zip(look.HEAT, look.HEAT[1:], strict=False)):
        x = bar.x + place * step
        corners = packed(left), packed(right), packed(right), packed(left)
        lines.add_rect_filled_multi_color((x, bar.y), (x + step, bar.y + bar.height), *corners)


def _draw_ends(frame: Frame, quantity: Quantity, bar: Rect) -> None:
    canvas, y = frame.canvas, bar.y + bar.height + frame.canvas.px(3)
    low, high = _ends(quantity)
    canvas.put(bar.x, y, low, colour=canvas.theme.muted, size_px=look.SMALL_PX)
    canvas.put_right(bar.x + bar.width, y, high, colour=canvas.theme.muted, size_px=look.SMALL_PX)
    stale = _("grey: no value")
    middle = bar.x + (bar.width - canvas.width(stale, look.SMALL_PX)) / 2
    canvas.put(middle, y, stale, colour=canvas.theme.muted, size_px=look.SMALL_PX)


def _ends(quantity: Quantity) -> tuple[str, str]:
    if quantity.labels:
        return quantity.labels[0], quantity.labels[-1]
    digits = 0 if quantity.maximum - quantity.minimum > 20 else 1
    return words.number(quantity.minimum, digits), words.number(quantity.maximum, digits)
