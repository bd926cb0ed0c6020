"""The section as numbers: its planes and its box, what can be done with them, and whose section that is."""

from __future__ import annotations

import math

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown.messages import Plane
from walkdown_client.tools import intents as wish
from walkdown_client.tools import section_intents as cut
from walkdown_client.tools.meeting_intents import WanderAlone
from walkdown_client.tools.sectioning import BOX, SectionBox, at_distance, distance_of
from walkdown_client.ui import theme as look
from walkdown_client.ui.frame import Frame

AXES = ("X", "Y", "Z")
FIELD_PX = 76.0
ACROSS = 0.9999


def draw(frame: Frame, found: list[wish.Intent]) -> None:
    """Draw the section part of the panel Views."""
    canvas, sectioning = frame.canvas, frame.view.sectioning
    section = sectioning.section
    canvas.muted(_("Section"))
    _draw_buttons(frame, found)
    if not section:
        canvas.paragraph(
            _("Nothing is cut away. Point at a face and press Shift+X, or X for a box around the selection."),
            canvas.theme.muted,
            size_px=look.SMALL_PX,
        )
    for number, plane in enumerate(section.planes):
        _draw_plane(frame, number, plane, found=found)
    if section.box is not None:
        _draw_box(frame, section.box, found)
    _draw_sharing(frame, found)


def _draw_buttons(frame: Frame, found: list[wish.Intent]) -> None:
    canvas, section = frame.canvas, frame.view.sectioning.section
    box = _("Take the box away") if section.box is not None else _("Box around the selection")
    if canvas.button(box):
        found.append(cut.ToggleSectionBox())
    if section:
        imgui.same_line()
        if canvas.button(_("Cut nothing")):
            found.append(cut.ClearSection())


def plane_name(number: int, plane: Plane) -> str:
    """Return a plane in words: its number, and across which axis it lies."""
    axis = max(range(3), key=lambda place: abs(plane.normal[place]))
    if abs(plane.normal[axis]) > ACROSS:
        return _("Plane {number}, across {axis}").format(number=number + 1, axis=AXES[axis])
    tilt = math.degrees(math.acos(min(abs(plane.normal[2]), 1.0)))
    return _("Plane {number}, {angle}° from level").format(number=number + 1, angle=round(tilt))


def _draw_plane(frame: Frame, number: int, plane: Plane, *, found: list[wish.Intent]) -> None:
    canvas, sectioning = frame.canvas, frame.view.sectioning
    name = f"plane {number}"
    rows: tuple[tuple[str, str, wish.Intent, bool], ...] = (
        ("move", _("Handles on it, or no more"), cut.ChoosePlane(number), sectioning.chosen == number),
        ("flip", _("Cut away the other side"), cut.FlipPlane(number), False),
        ("align", _("Turn it across the nearest axis"), cut.AlignPlane(number), False),
        ("bin", _("Take it away"), cut.RemovePlane(number), False),
    )
    canvas.paragraph(plane_name(number, plane))
    for icon, tip, intent, active in rows:
        if canvas.icon_button(icon, tip, size_px=24, active=active, name=name):
            found.append(intent)
        imgui.same_line(0, canvas.px(2))
    imgui.new_line()
    typed = _number(frame, f"{name} at", label=_("at, m"), value=distance_of(plane))
    if typed is not None:
        found.append(cut.PutPlane(number, at_distance(plane, typed)))


def _draw_box(frame: Frame, box: SectionBox, found: list[wish.Intent]) -> None:
    canvas, sectioning = frame.canvas, frame.view.sectioning
    canvas.paragraph(_("Section box"))
    imgui.same_line()
    if canvas.icon_button(
        "move", _("Handles on its faces, or no more"), size_px=24, active=sectioning.chosen == BOX, name="box"
    ):
        found.append(cut.ChoosePlane(BOX))
    low, high = list(box.low), list(box.high)
    for axis, letter in enumerate(AXES):
        for corner, label in ((low, _("{axis} from, m")), (high, _("{axis} to, m"))):
            typed = _number(
                frame, f"box {letter} {corner is high}", label=label.format(axis=letter), value=corner[axis]
            )
            if typed is not None:
                corner[axis] = typed
                found.append(cut.PutSectionBox((low[0], low[1], low[2]), (high[0], high[1], high[2])))


def _number(frame: Frame, name: str, *, label: str, value: float) -> float | None:
    """Draw a number that can be typed; returns it once Enter was pressed or the field was left."""
    canvas = frame.canvas
    x, y = imgui.get_cursor_screen_pos()
    canvas.put(x, y + canvas.px(4), label, colour=canvas.theme.muted, size_px=look.SMALL_PX)
    imgui.set_cursor_screen_pos((x + canvas.px(96), y))
    imgui.set_next_item_width(canvas.px(FIELD_PX))
    _changed, typed = imgui.input_double(f"##{name}", value, 0.0, 0.0, "%.3f")
    done = imgui.is_item_deactivated_after_edit()
    return float(typed) if done and math.isfinite(typed) else None


def _draw_sharing(frame: Frame, found: list[wish.Intent]) -> None:
    """Draw whose section one sees, and the check that shares one's own."""
    canvas, view = frame.canvas, frame.view
    shared = frame.world.together.shared_by_all
    if view.viewing.shared_by:
        person = frame.world.people.get(view.viewing.shared_by)
        name = person.name if person else _("somebody")
        canvas.paragraph(_("This is the view of {name}, shown to all.").format(name=name), canvas.theme.muted)
        if canvas.button(_("Look in my own way")):
            found.append(WanderAlone(True))
    elif shared is not None and shared.id != frame.world.me and view.together.alone:
        if canvas.button(_("See what is shown to all")):
            found.append(WanderAlone(False))
    elif frame.may(cut.ShareForAll) and canvas.check(
        _("Everybody sees my section, what I hide and my colours"), on=view.viewing.sharing
    ):
        found.append(cut.ShareForAll())
