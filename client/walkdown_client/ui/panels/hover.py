"""Name, state and main value of the thing under the cursor."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown.twin import Thing
from walkdown_client.tools import intents as wish
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.rows import has_state

_DEAF = (
    imgui.WindowFlags_.no_scrollbar | imgui.WindowFlags_.no_inputs | imgui.WindowFlags_.no_focus_on_appearing
)
HOVER_AFTER_SECS = 0.3
NAME_MAX_PX = 480.0


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw name, state and main value of the thing that the cursor rests on, beside the cursor."""
    view, twin = frame.view, frame.world.twin
    since = frame.memory.of("hovered since", view.hovered, imgui.get_time)
    if imgui.get_time() - since < HOVER_AFTER_SECS or imgui.get_io().want_capture_mouse:
        return []
    if not twin.has_thing(view.hovered):
        return []
    thing, canvas = twin.thing(view.hovered), frame.canvas
    value, name = _main_value(frame, thing), canvas.fitting(thing.name, canvas.px(NAME_MAX_PX))
    indent = canvas.px(20) if has_state(frame, twin.thing_row[thing.id]) else 0.0
    width = max(canvas.width(name) + indent, canvas.width(value, look.SMALL_PX)) + canvas.px(24)
    mouse, bar = imgui.get_mouse_pos(), frame.layout.top_bar
    x = min(mouse.x + canvas.px(18), bar.width - width - canvas.px(4))
    rect = Rect(x, mouse.y + canvas.px(16), width, canvas.px(54 if value else 34))
    with canvas.window("hover", rect, flags=_DEAF):
        if indent:
            state = int(frame.world.thing_states[twin.thing_row[thing.id]])
            canvas.state(rect.x + canvas.px(18), rect.y + canvas.px(17), state)
        canvas.put(rect.x + canvas.px(12) + indent, rect.y + canvas.px(7), name)
        if value:
            canvas.put(
                rect.x + canvas.px(12),
                rect.y + canvas.px(29),
                value,
                colour=canvas.theme.muted,
                size_px=look.SMALL_PX,
            )
    return []


def _main_value(frame: Frame, thing: Thing) -> str:
    rows = frame.world.twin.signal_rows(thing.id)
    if not rows:
        return thing.type
    table = frame.world.signals
    signal = table.signals[rows[0]]
    text = words.value(signal, table.value(rows[0])) if table.times_ns[rows[0]] else words.UNKNOWN
    return f"{signal.name} {text} {words.unit(signal.unit)}".rstrip()
