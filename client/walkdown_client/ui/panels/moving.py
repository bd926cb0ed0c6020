"""The figures of a model that is being moved, as fields: position, heading and size."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown.messages import Placement
from walkdown_client.placements import heading_of, matrix, scale_of
from walkdown_client.tools import gizmo
from walkdown_client.tools import intents as wish
from walkdown_client.tools.gizmo import Moving
from walkdown_client.ui import theme as look
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.side import entered

STEP_M, STEP_DEG, STEP_SCALE = 0.1, 15.0, 0.1


def draw_moving(frame: Frame, found: list[wish.Intent]) -> None:
    """Draw the fields while a model is being moved; what is typed shows on one's own screen at once."""
    moving, canvas = frame.view.moving, frame.canvas
    if moving is None:
        return
    canvas.text(_("Moving {name}").format(name=moving.name), size_px=look.TITLE_PX)
    frame.view.moving = replace(moving, now=_fields(frame, moving))
    if canvas.button(_("Leave it here"), primary=True) or entered():
        found.append(wish.PlaceMoved())
    imgui.same_line()
    if canvas.button(_("Give up")):
        found.append(wish.GiveUpMove())
    canvas.paragraph(
        _("Drag an arrow, the square or the ring; Ctrl snaps, Shift tilts, Enter leaves it, Esc gives up."),
        canvas.theme.muted,
        size_px=look.SMALL_PX,
    )


def _fields(frame: Frame, moving: Moving) -> Placement:
    rows = matrix(moving.now)
    labels = (_("East, m"), _("North, m"), _("Up, m"))
    steps = [
        _number(frame, label, float(value), step=STEP_M) - float(value)
        for label, value in zip(labels, rows[:, 3], strict=True)
    ]
    heading, size = math.degrees(heading_of(rows)), scale_of(rows)
    turn = _number(frame, _("Heading, °"), heading, step=STEP_DEG) - heading
    wanted = _number(frame, _("Size"), size, step=STEP_SCALE)
    placement = gizmo.shifted(moving.now, steps) if np.any(steps) else moving.now
    if turn:
        placement = gizmo.turned(placement, moving.pivot, axis="z", angle_rad=math.radians(turn))
    if wanted != size and gizmo.SCALE_MIN <= wanted <= gizmo.SCALE_MAX:
        placement = gizmo.grown(placement, moving.pivot, wanted / size)
    return placement


def _number(frame: Frame, label: str, value: float, *, step: float) -> float:
    """Draw a field of one number; returns the number when it has just been changed, else ``value``."""
    canvas = frame.canvas
    canvas.record(label)
    imgui.set_next_item_width(canvas.px(170))
    changed, number = imgui.input_double(label, value, step, step * 10, "%.3f")
    return float(number) if changed and math.isfinite(number) else value
