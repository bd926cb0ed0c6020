"""Alarms and states: everything that is not well, the worst first."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown.twin import (
    STATE_ALARM,
    STATE_ATTENTION,
    STATE_BAD,
    STATE_GOOD,
    STATE_SIMULATED,
    STATE_STALE,
    Thing,
)
from walkdown_client.tools import intents as wish
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.side import draw_list, scrolled, side_panel

NAME = "states"
ROW_PX = 42.0

ORDER = (STATE_ALARM, STATE_BAD, STATE_ATTENTION, STATE_STALE, STATE_SIMULATED)
"""What is listed, the worst first."""


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the panel when it is open."""
    if frame.view.panel != NAME:
        return []
    with side_panel(frame, NAME, _("Alarms and states")) as found:
        _draw_counts(frame)
        things = _listed(frame)
        with scrolled("rows"):
            if not len(things):
                frame.canvas.empty(
                    _("Nothing needs attention."),
                    _("Alarms, warnings and values that stopped are listed here; a click flies there."),
                )
            height = frame.canvas.px(ROW_PX)
            draw_list(len(things), height, lambda place: _draw_row(frame, int(things[place]), found))
    return found


def _listed(frame: Frame) -> npt.NDArray[np.intp]:
    states = frame.world.thing_states
    rank = np.full(7, -1)
    rank[list(ORDER)] = range(len(ORDER))
    ranks = rank[states]
    listed = np.flatnonzero(ranks >= 0)
    return listed[np.argsort(ranks[listed], kind="stable")]


def _draw_counts(frame: Frame) -> None:
    """Draw how many things are in each state, as shapes with numbers."""
    canvas = frame.canvas
    counts = np.bincount(frame.world.thing_states, minlength=7)
    x, y = imgui.get_cursor_screen_pos()
    for state in (*ORDER, STATE_GOOD):
        text = words.number(int(counts[state]))
        canvas.state(x + canvas.px(7), y + canvas.px(11), state)
        canvas.put(x + canvas.px(19), y, text)
        x += canvas.px(34) + canvas.width(text)
    imgui.dummy((0, canvas.px(26)))


def _draw_row(frame: Frame, row: int, found: list[wish.Intent]) -> None:
    canvas, thing = frame.canvas, frame.world.catalogue.things[row]
    state = int(frame.world.thing_states[row])
    rect, clicked = canvas.row(f"state {thing.id}", chosen=thing.id in frame.view.selection, height_px=ROW_PX)
    if imgui.is_item_hovered():
        found.append(wish.HoverThing(thing.id))
    canvas.tip(f"{thing.name} · {_(look.STATE_WORDS[state])}\n{_('Click to fly there')}")
    canvas.state(rect.x + canvas.px(7), rect.y + canvas.px(13), state)
    x, width = rect.x + canvas.px(22), rect.width - canvas.px(22)
    word = _(look.STATE_WORDS[state])
    canvas.put_right(
        rect.x + rect.width, rect.y + canvas.px(4), word, colour=canvas.theme.muted, size_px=look.SMALL_PX
    )
    room = width - canvas.width(word, look.SMALL_PX) - canvas.px(8)
    canvas.put_clipped(x, rect.y + canvas.px(2), thing.name, width=room)
    line = canvas.fitting(_cause(frame, thing), width, look.SMALL_PX)
    canvas.put(x, rect.y + canvas.px(22), line, colour=canvas.theme.muted, size_px=look.SMALL_PX)
    if clicked:
        found.append(wish.FlyToThing(thing.id))


def _cause(frame: Frame, thing: Thing) -> str:
    """Return the id and the main value of a thing in one line."""
    rows = frame.world.twin.signal_rows(thing.id)
    if not rows:
        return thing.id
    table, row = frame.world.signals, rows[0]
    signal = table.signals[row]
    text = words.value(signal, table.value(row)) if table.times_ns[row] else words.UNKNOWN
    return f"{thing.id} · {signal.name} {text} {words.unit(signal.unit)}".rstrip()
