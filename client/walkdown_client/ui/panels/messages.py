"""What comes and goes over the scene: loading, reconnecting, first steps, toasts, what the cursor is on."""

from __future__ import annotations

import math

from imgui_bundle import imgui

from walkdown.i18n import _, mark, ngettext
from walkdown.twin import Thing
from walkdown_client.input.bindings import BUTTON_TEXT, DRAGS, drag_move
from walkdown_client.tools import intents as wish
from walkdown_client.tools.view_state import HINTS, Toast
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.facts import Loading
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.theme import packed

_STILL = imgui.WindowFlags_.no_scrollbar
_DEAF = _STILL | imgui.WindowFlags_.no_inputs | imgui.WindowFlags_.no_focus_on_appearing

HOVER_AFTER_SECS = 0.3

# ---- loading ----------------------------------------------------------------------------------------


def draw_loading(frame: Frame) -> list[wish.Intent]:
    """Draw how far the models are, as a thin bar under the top bar, and a line that can cancel."""
    loading, canvas, scene = frame.facts.loading, frame.canvas, frame.layout.scene
    if loading is None:
        return []
    text = _progress(loading)
    width = canvas.width(text, look.SMALL_PX) + canvas.px(120)
    rect = Rect(scene.x + (scene.width - width) / 2, scene.y + canvas.px(12), width, canvas.px(40))
    with canvas.window("loading", rect, flags=_STILL):
        x, y = rect.x + canvas.px(12), rect.y + canvas.px(9)
        canvas.put(x, y, text, size_px=look.SMALL_PX)
        _draw_bar(frame, loading, rect)
        imgui.set_cursor_screen_pos((rect.x + rect.width - canvas.px(34), rect.y + canvas.px(6)))
        if canvas.icon_button("close", _("Stop loading; what is here stays"), size_px=26):
            return [wish.CancelLoading()]
    return []


def _progress(loading: Loading) -> str:
    parts = [
        _("Loading {done} of {total}").format(
            done=words.size(loading.bytes_done), total=words.size(loading.bytes_total)
        ),
        _("{done} of {total} elements").format(
            done=words.number(loading.elements_done), total=words.number(loading.elements_total)
        ),
    ]
    if math.isfinite(loading.remaining_secs):
        parts.append(_("{count} s left").format(count=math.ceil(loading.remaining_secs)))
    return " · ".join(parts)


def _draw_bar(frame: Frame, loading: Loading, rect: Rect) -> None:
    canvas, lines = frame.canvas, imgui.get_window_draw_list()
    share = loading.bytes_done / loading.bytes_total if loading.bytes_total else 0.0
    left, right, y = (
        rect.x + canvas.px(8),
        rect.x + rect.width - canvas.px(8),
        rect.y + rect.height - canvas.px(6),
    )
    lines.add_rect_filled((left, y), (right, y + canvas.px(3)), packed(canvas.theme.line), canvas.px(1.5))
    reached = left + (right - left) * min(share, 1.0)
    lines.add_rect_filled((left, y), (reached, y + canvas.px(3)), packed(canvas.theme.accent), canvas.px(1.5))


# ---- connection -------------------------------------------------------------------------------------

_LINES = {
    "connecting": mark("connecting…"),
    "reconnecting": mark("reconnecting…"),
    "refused": mark("the server said no"),
    "closed": mark("the session has ended"),
}


def draw_connection(frame: Frame) -> list[wish.Intent]:
    """Draw one quiet line while the connection is not well; the world stays walkable."""
    world, canvas, scene = frame.world, frame.canvas, frame.layout.scene
    if world.link_state == "live":
        return []
    text = _(_LINES[world.link_state])
    waiting = frame.facts.waiting_notes
    if waiting:
        line = ngettext("{count} note waits here", "{count} notes wait here", waiting)
        text += " " + line.format(count=waiting)
    about = canvas.fitting(world.link_text, canvas.px(520), look.SMALL_PX) if world.link_text else ""
    width = max(canvas.width(text), canvas.width(about, look.SMALL_PX)) + canvas.px(52)
    height = canvas.px(36 if not about else 56)
    shift = canvas.px(12 if frame.facts.loading is None else 60)
    rect = Rect(scene.x + (scene.width - width) / 2, scene.y + shift, width, height)
    with canvas.window("connection", rect, flags=_DEAF):
        canvas.state(
            rect.x + canvas.px(20), rect.y + canvas.px(18), 4 if world.link_state == "connecting" else 2
        )
        canvas.put(rect.x + canvas.px(36), rect.y + canvas.px(8), text)
        if about:
            canvas.put(
                rect.x + canvas.px(36),
                rect.y + canvas.px(30),
                about,
                colour=canvas.theme.muted,
                size_px=look.SMALL_PX,
            )
    return []


# ---- first steps ------------------------------------------------------------------------------------

_STEPS = {
    "move": mark("Look round: {drag}; move: W A S D"),
    "click": mark("Click a machine to see what it is"),
    "colour": mark("Press C and choose a value to colour everything by it"),
    "note": mark("Point at something and press N to write a note"),
    "palette": mark("Press Ctrl+K to reach everything by name"),
}


def draw_hints(frame: Frame) -> list[wish.Intent]:
    """Draw the next first step; the strip goes away when all are done, or when it is closed."""
    done = frame.view.preferences.hints_done
    if "all" in done or frame.view.draft is not None:
        return []
    step = next((step for step in HINTS if step not in done), None)
    if step is None:
        return []
    return _draw_hint(frame, step)


def _draw_hint(frame: Frame, step: str) -> list[wish.Intent]:
    canvas, scene = frame.canvas, frame.layout.scene
    text = _(_STEPS[step]).format(drag=_drag_text(frame.view.preferences.preset))
    place = f"{HINTS.index(step) + 1}/{len(HINTS)}"
    width = canvas.width(text) + canvas.width(place) + canvas.px(72)
    rect = Rect(
        scene.x + (scene.width - width) / 2, scene.y + scene.height - canvas.px(96), width, canvas.px(38)
    )
    with canvas.window("hints", rect, flags=_STILL | imgui.WindowFlags_.no_focus_on_appearing):
        x, y = rect.x + canvas.px(14), rect.y + canvas.px(8)
        canvas.put(x, y, place, colour=canvas.theme.accent)
        canvas.put(x + canvas.width(place) + canvas.px(12), y, text)
        imgui.set_cursor_screen_pos((rect.x + rect.width - canvas.px(34), rect.y + canvas.px(6)))
        if canvas.icon_button("close", _("Close these hints"), size_px=26):
            return [wish.HintDone("all")]
    return []


def _drag_text(preset: str) -> str:
    buttons = [d.button for d in DRAGS if drag_move(preset, d.button, frozenset()) in {"orbit", "look"}]
    return _(BUTTON_TEXT[buttons[0]]).lower() if buttons else ""


# ---- toasts -----------------------------------------------------------------------------------------

TOAST_PX, TOASTS_MAX = 360.0, 4


def draw_toasts(frame: Frame) -> list[wish.Intent]:
    """Draw messages from the lower right of the scene upwards, the newest lowest."""
    canvas, scene = frame.canvas, frame.layout.scene
    found: list[wish.Intent] = [
        wish.DismissToast(t.number) for t in frame.view.toasts if t.until_secs < frame.facts.now_secs
    ]
    y = scene.y + scene.height - canvas.px(12)
    shown = [t for t in reversed(frame.view.toasts) if t.until_secs >= frame.facts.now_secs]
    for toast in shown[:TOASTS_MAX]:
        y -= _draw_toast(frame, toast, y, found=found) + canvas.px(8)
    return found


def _draw_toast(frame: Frame, toast: Toast, y: float, *, found: list[wish.Intent]) -> float:
    """Draw one message whose lower edge is ``y`` and return its height in pixels."""
    canvas, scene = frame.canvas, frame.layout.scene
    width = min(canvas.px(TOAST_PX), scene.width - canvas.px(24))
    name, x = f"toast_{toast.number}", scene.x + scene.width - width - canvas.px(12)
    flags = _STILL | imgui.WindowFlags_.always_auto_resize | imgui.WindowFlags_.no_focus_on_appearing
    imgui.set_next_window_size_constraints((width, 0), (width, scene.height))
    with canvas.window(name, Rect(x, y, width, 0), flags=flags, pivot=(0.0, 1.0)):
        imgui.set_cursor_pos((canvas.px(12), canvas.px(10)))
        _draw_toast_head(frame, toast, width, found=found)
        if toast.text:
            canvas.paragraph(toast.text, canvas.theme.muted, size_px=look.SMALL_PX)
        _draw_toast_foot(frame, toast, found)
        return float(imgui.get_window_size().y)


def _draw_toast_head(frame: Frame, toast: Toast, width: float, *, found: list[wish.Intent]) -> None:
    canvas = frame.canvas
    x, y = imgui.get_cursor_screen_pos()
    if toast.is_error:
        canvas.state(x + canvas.px(7), y + canvas.px(10), 5)
    elif toast.person is not None and toast.person in frame.world.people:
        person = frame.world.people[toast.person]
        canvas.person(
            x + canvas.px(8),
            y + canvas.px(10),
            person.name,
            colour=look.person_colour(person.colour),
            radius_px=9,
        )
    else:
        canvas.state(x + canvas.px(7), y + canvas.px(10), 1)
    canvas.put_clipped(x + canvas.px(24), y, toast.title, width=width - canvas.px(76))
    imgui.set_cursor_screen_pos((x + width - canvas.px(46), y - canvas.px(2)))
    if canvas.icon_button("close", _("Close"), size_px=24):
        found.append(wish.DismissToast(toast.number))
    imgui.set_cursor_screen_pos((x, y + canvas.px(26)))
    imgui.dummy((0, 0))


def _draw_toast_foot(frame: Frame, toast: Toast, found: list[wish.Intent]) -> None:
    canvas = frame.canvas
    if toast.person is not None and toast.person in frame.world.people and canvas.button(_("Go there")):
        found += [wish.GoToPerson(toast.person), wish.DismissToast(toast.number)]
    if not toast.details:
        return
    if imgui.tree_node_ex("##details", imgui.TreeNodeFlags_.span_avail_width.value, _("Details")):
        canvas.paragraph(toast.details, canvas.theme.muted, size_px=look.SMALL_PX)
        if canvas.button(_("Copy")):
            found.append(wish.CopyText(f"{toast.title}\n{toast.text}\n{toast.details}".strip()))
        imgui.tree_pop()


# ---- under the cursor -------------------------------------------------------------------------------


def draw_hover(frame: Frame) -> list[wish.Intent]:
    """Draw name, state and main value of the thing that the cursor rests on, beside the cursor."""
    view, twin = frame.view, frame.world.twin
    since = frame.memory.of("hovered since", view.hovered, imgui.get_time)
    if imgui.get_time() - since < HOVER_AFTER_SECS or imgui.get_io().want_capture_mouse:
        return []
    if not twin.has_thing(view.hovered):
        return []
    thing, canvas = twin.thing(view.hovered), frame.canvas
    value = _main_value(frame, thing)
    name = words.said(thing.name)
    width = max(canvas.width(name) + canvas.px(22), canvas.width(value, look.SMALL_PX)) + canvas.px(24)
    mouse, bar = imgui.get_mouse_pos(), frame.layout.top_bar
    x = min(mouse.x + canvas.px(18), bar.width - width - canvas.px(4))
    rect = Rect(x, mouse.y + canvas.px(16), width, canvas.px(54 if value else 34))
    with canvas.window("hover", rect, flags=_DEAF):
        state = int(frame.world.thing_states[twin.thing_row[thing.id]])
        canvas.state(rect.x + canvas.px(18), rect.y + canvas.px(17), state)
        canvas.put(rect.x + canvas.px(32), rect.y + canvas.px(7), name)
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
        return words.said(thing.type)
    table = frame.world.signals
    signal = table.signals[rows[0]]
    text = words.value(signal, table.value(rows[0])) if table.times_ns[rows[0]] else words.UNKNOWN
    return f"{words.said(signal.name)} {text} {words.unit(signal.unit)}".rstrip()
