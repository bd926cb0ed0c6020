"""The strip over the tool bar while one measures or draws: what to do next, and what can be chosen."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown.twin import STATE_ATTENTION
from walkdown_client.tools import intents as wish
from walkdown_client.tools import mark_intents as marks
from walkdown_client.tools import measuring
from walkdown_client.tools.marking import MEASURES, STEP_TEXT, Marking
from walkdown_client.tools.snapping import SNAP_TEXT
from walkdown_client.ui import theme as look
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.hints import next_step

NAME = "mark_editor"
WIDTH_PX, HEIGHT_PX = 520.0, 74.0
ABOVE_PX, ABOVE_LEGEND_PX, ABOVE_HINTS_PX = 58.0, 98.0, 104.0
LEGEND_PX = 340.0
"""So wide the legend at the lower left may be."""

_QUIET = imgui.WindowFlags_.no_scrollbar | imgui.WindowFlags_.no_focus_on_appearing


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the strip while a tool is in the hand, or a clearance is being measured."""
    marking = frame.view.marking
    if not marking.tool and not marking.measuring:
        return []
    rect = place_above_bar(frame, WIDTH_PX, HEIGHT_PX)
    found: list[wish.Intent] = []
    with frame.canvas.window(NAME, rect, flags=_QUIET):
        if marking.measuring:
            _draw_waiting(frame, rect, found)
        else:
            _draw_choices(frame, marking, rect, found=found)
            _draw_step(frame, marking, rect)
    return found


def place_above_bar(frame: Frame, width_px: float, height_px: float) -> Rect:
    """Return a place in the middle over the tool bar, over the first steps and over a legend in its way."""
    canvas, scene = frame.canvas, frame.layout.scene
    width, height = min(canvas.px(width_px), scene.width), canvas.px(height_px)
    beside = (scene.width - width) / 2 > canvas.px(LEGEND_PX)
    above = canvas.px(ABOVE_HINTS_PX if next_step(frame) else ABOVE_PX if beside else ABOVE_LEGEND_PX)
    y = scene.y + scene.height - above - height
    return Rect(scene.x + (scene.width - width) / 2, max(y, scene.y), width, height)


def _draw_waiting(frame: Frame, rect: Rect, found: list[wish.Intent]) -> None:
    canvas = frame.canvas
    canvas.put(rect.x + canvas.px(14), rect.y + canvas.px(26), _("Measuring the clearance…"))
    imgui.set_cursor_screen_pos((rect.x + rect.width - canvas.px(96), rect.y + canvas.px(21)))
    if canvas.button(_("Cancel")):
        found.append(marks.CancelMeasuring())


def _draw_choices(frame: Frame, marking: Marking, rect: Rect, *, found: list[wish.Intent]) -> None:
    """Draw what can be chosen about the tool at the left, and what ends it at the right."""
    canvas, y = frame.canvas, rect.y + canvas_inset(frame)
    choices: list[tuple[str, str, wish.Intent, bool]] = []
    if marking.tool in MEASURES:
        choices = [
            (kind, _(measuring.KIND_TEXT[kind]), marks.TakeTool(kind), kind == marking.tool)
            for kind in MEASURES
        ]
    elif marking.tool == "sketch":
        choices = [
            ("show", _("Draw in the air, before the eye"), marks.DrawOnFaces(), not marking.on_faces),
            ("models", _("Draw on the faces under the pen"), marks.DrawOnFaces(), marking.on_faces),
        ]
    for place, (icon, tip, intent, active) in enumerate(choices):
        imgui.set_cursor_screen_pos((rect.x + canvas.px(10 + 34 * place), y))
        if canvas.icon_button(icon, tip, size_px=30, active=active, name=tip) and not active:
            found.append(intent)
    canvas.put(
        rect.x + canvas.px(18 + 34 * len(choices)), y + canvas.px(5), _(measuring.KIND_TEXT[marking.tool])
    )
    _draw_ends(frame, marking, rect, found=found)


def canvas_inset(frame: Frame) -> float:
    """Return how far from the upper edge the buttons of the strip are."""
    return frame.canvas.px(6)


def _draw_ends(frame: Frame, marking: Marking, rect: Rect, *, found: list[wish.Intent]) -> None:
    canvas, draft = frame.canvas, marking.draft
    x, y = rect.x + rect.width - canvas.px(38), rect.y + canvas_inset(frame)
    imgui.set_cursor_screen_pos((x, y))
    if canvas.icon_button("close", _("Put the tool away") + "  Esc", size_px=30):
        found.append(marks.TakeTool(""))
    if marking.tool == "clearance" and len(frame.view.selection) + len(frame.view.elements) == 2:
        verb = _("Measure the two selected")
        imgui.set_cursor_screen_pos((x - canvas.width(verb) - canvas.px(36), y))
        if canvas.button(verb):
            found.append(marks.MeasureSelection())
    if draft is None or not draft.begun:
        return
    imgui.set_cursor_screen_pos((x - canvas.px(34), y))
    tip = _("Take the last stroke back") if draft.strokes else _("Take the last point back")
    if canvas.icon_button("undo", tip + "  Ctrl+Z", size_px=30):
        found.append(marks.TakeBackPoint())
    verb = _("Place sketch") if marking.tool == "sketch" else _("Place area")
    if marking.tool in ("sketch", "area"):
        imgui.set_cursor_screen_pos((x - canvas.px(54) - canvas.width(verb) - canvas.px(14), y))
        if canvas.button(verb, primary=True, enabled=draft.ready):
            found.append(marks.FinishMark())


def _draw_step(frame: Frame, marking: Marking, rect: Rect) -> None:
    """Write what to do next, and what the pointer has caught."""
    canvas, x, y = frame.canvas, rect.x + frame.canvas.px(14), rect.y + frame.canvas.px(44)
    draft = marking.draft
    first = _(STEP_TEXT[marking.tool][0])
    text = marking.meanwhile or (draft.step if draft is not None and draft.kind == marking.tool else first)
    colour = look.STATE_COLOURS[STATE_ATTENTION] if marking.meanwhile else canvas.theme.text
    right = _caught(marking)
    room = rect.width - canvas.px(40) - canvas.width(right, look.SMALL_PX)
    canvas.put_clipped(x, y, text, width=room, colour=colour)
    canvas.put_right(
        rect.x + rect.width - canvas.px(14),
        y + canvas.px(2),
        right,
        colour=canvas.theme.muted,
        size_px=look.SMALL_PX,
    )


def _caught(marking: Marking) -> str:
    """Return the value so far and by what the pointer is caught, or how to have it caught by an axis."""
    live = marking.live
    if live is not None and live.kind:
        caught = f"{_(SNAP_TEXT[live.kind])} {live.axis}".rstrip()
        value = marking.value
        unit = measuring.UNIT_OF.get(marking.tool, "")
        return caught if value is None else f"{measuring.readable(value, unit)} · {caught}"
    begun = marking.draft is not None and bool(marking.draft.points)
    return _("Shift: along an axis") if begun and marking.tool != "clearance" else ""
