"""Carries out the wishes about sections and views that change only one person's view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from walkdown.messages import Plane
from walkdown_client.tools import section_intents as cut
from walkdown_client.tools.intents import Intent
from walkdown_client.tools.section_handles import with_plane
from walkdown_client.tools.sectioning import (
    BOX,
    NONE,
    PLANES_MAX,
    UNCUT,
    Section,
    aligned,
    flipped,
    sound_box,
    sound_plane,
)
from walkdown_client.tools.view_state import ViewState


def add_plane(view: ViewState, plane: Plane) -> bool:
    """Cut by one more plane and take it by its handles; tells whether there was room for it."""
    section = view.sectioning.section
    if len(section.planes) >= PLANES_MAX:
        return False
    view.sectioning.put(replace(section, planes=(*section.planes, plane)), chosen=len(section.planes))
    return True


def _choose(view: ViewState, intent: cut.ChoosePlane) -> None:
    sectioning = view.sectioning
    again = intent.number == sectioning.chosen
    sectioning.put(sectioning.section, chosen=NONE if again else intent.number)


def _put(view: ViewState, intent: cut.PutPlane) -> None:
    plane = sound_plane(intent.plane)
    if plane is not None and 0 <= intent.number < len(view.sectioning.section.planes):
        view.sectioning.put(with_plane(view.sectioning.section, intent.number, plane))


def _change(view: ViewState, number: int, change: Callable[[Plane], Plane]) -> None:
    section, meant = view.sectioning.section, view.sectioning.meant(number)
    if meant >= 0:
        view.sectioning.put(with_plane(section, meant, change(section.planes[meant])))


def _remove(view: ViewState, intent: cut.RemovePlane) -> None:
    sectioning = view.sectioning
    meant = sectioning.meant(intent.number)
    if meant < 0:
        return
    planes = sectioning.section.planes
    kept = Section(planes[:meant] + planes[meant + 1 :], sectioning.section.box)
    chosen = sectioning.chosen
    sectioning.put(kept, chosen=NONE if chosen == meant else chosen - (chosen > meant))


def _put_box(view: ViewState, intent: cut.PutSectionBox) -> None:
    box = sound_box(intent.low, intent.high)
    if box is not None:
        view.sectioning.put(replace(view.sectioning.section, box=box), chosen=BOX)


def _clear(view: ViewState, _intent: Intent) -> None:
    view.sectioning.put(UNCUT)


def _leave_view(view: ViewState, _intent: Intent) -> None:
    view.viewing.shown, view.viewing.painted = None, ()


def _toggle_pins(view: ViewState, intent: cut.TogglePins) -> None:
    viewing = view.viewing
    if intent.closed:
        viewing.closed_pins = not viewing.closed_pins
        viewing.pins |= viewing.closed_pins
    else:
        viewing.pins = not viewing.pins


def _edit_view(view: ViewState, intent: cut.EditView) -> None:
    view.viewing.editing, view.viewing.title = intent.view, ""
    view.panel = "views" if intent.view else view.panel


SECTION_RULES: dict[type[Intent], Callable[[ViewState, Any], None]] = {
    cut.ChoosePlane: _choose,
    cut.PutPlane: _put,
    cut.FlipPlane: lambda view, intent: _change(view, intent.number, flipped),
    cut.AlignPlane: lambda view, intent: _change(view, intent.number, aligned),
    cut.RemovePlane: _remove,
    cut.PutSectionBox: _put_box,
    cut.ClearSection: _clear,
    cut.LeaveView: _leave_view,
    cut.TogglePins: _toggle_pins,
    cut.EditView: _edit_view,
}
