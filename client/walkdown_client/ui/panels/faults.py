"""Disturbances of the demo plant: start one and see what follows from it."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown.twin import Disturbance
from walkdown_client.tools import intents as wish
from walkdown_client.tools.rights import why_not
from walkdown_client.ui import theme as look
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.side import scrolled, side_panel

NAME = "faults"


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the panel when it is open."""
    if frame.view.panel != NAME:
        return []
    disturbances = frame.world.catalogue.disturbances
    with side_panel(frame, NAME, _("Disturbances")) as found, scrolled("rows"):
        if not disturbances:
            frame.canvas.empty(
                _("Scripted faults of the demo plant are started here."), _("This session's plant has none.")
            )
        else:
            frame.canvas.paragraph(
                _("Everybody in the session sees what follows."),
                frame.canvas.theme.muted,
                size_px=look.SMALL_PX,
            )
            if not frame.may(wish.TriggerDisturbance):
                frame.canvas.paragraph(why_not(frame.world.role), size_px=look.SMALL_PX)
        for disturbance in disturbances:
            _draw_one(frame, disturbance, found)
    return found


def _draw_one(frame: Frame, disturbance: Disturbance, found: list[wish.Intent]) -> None:
    canvas, active = frame.canvas, disturbance.id in frame.world.disturbances
    canvas.section(_("running") if active else "")
    imgui.push_id(disturbance.id)
    canvas.text(disturbance.name)
    if disturbance.about:
        canvas.paragraph(disturbance.about, canvas.theme.muted, size_px=look.SMALL_PX)
    may = frame.may(wish.TriggerDisturbance)
    if canvas.button(_("End it") if active else _("Start it"), primary=not active, enabled=may):
        found.append(wish.TriggerDisturbance(disturbance.id, not active))
    imgui.same_line()
    if canvas.button(_("Go there")):
        found.append(wish.FlyToThing(disturbance.thing))
    imgui.pop_id()
