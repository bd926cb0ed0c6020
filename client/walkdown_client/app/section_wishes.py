"""What a person wishes of sections and lenses that needs the scene: planes through faces, boxes, the lens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from walkdown.frames import F64
from walkdown.i18n import _
from walkdown.messages import Plane
from walkdown_client.app.models import Models
from walkdown_client.input import camera
from walkdown_client.scene.view import SceneView
from walkdown_client.tools import intents as wish
from walkdown_client.tools import section_intents as cut
from walkdown_client.tools.gizmo import on_plane
from walkdown_client.tools.section_handles import with_plane
from walkdown_client.tools.section_rules import add_plane
from walkdown_client.tools.sectioning import (
    BOX,
    CUTS_MAX,
    NONE,
    PLANES_MAX,
    Section,
    box_around,
    face_normal,
    plane_through,
)
from walkdown_client.tools.view_state import ViewState

BESIDE_PX = 1.0
"""So far from the cursor it is looked how a face lies."""

AROUND_PX = ((1, 0), (0, -1), (-1, 0), (0, 1))
"""Right, above, left and below, pixels from the top left."""

AHEAD_M = 12.0
"""How far what is looked at is taken to be where nothing lies before the eye."""

BEHIND_M, IN_PICTURE = 0.05, 0.85


class Say(Protocol):
    """Shows a message that goes away by itself."""

    def __call__(self, title: str, text: str = "") -> None:
        """Show it."""


class SectionWishes:
    """Rules by the class of the wish, for :meth:`Wishes.add`.

    Args:
        scene: where faces are found. rig: the eye. say: shows a message.
    """

    def __init__(
        self, view: ViewState, models: Models, *, scene: SceneView, rig: camera.Rig, say: Say
    ) -> None:
        self._view, self._models, self._scene = view, models, scene
        self._rig, self._say = rig, say
        self._chosen = NONE

    def rules(self) -> Mapping[type[wish.Intent], Callable[[Any], object]]:
        """Return what is done about each wish."""
        return {
            cut.CutHere: lambda _i: self._cut_here(),
            cut.ToggleSectionBox: lambda _i: self._toggle_box(),
            cut.ToggleOrthogonal: lambda _i: self._toggle_orthogonal(),
            cut.UsualLens: lambda _i: self._usual_lens(),
        }

    # ---- planes and the box -------------------------------------------------------------------------

    def _cut_here(self) -> None:
        place = self._view.hover_point
        if place is None:
            self._say(
                _("Point at a face first"), _("The section plane goes through the face under the cursor.")
            )
            return
        if len(self._view.sectioning.section.planes) >= PLANES_MAX:
            self._say(
                _("There are {count} section planes already").format(count=PLANES_MAX),
                _("Take one away first: Ctrl+X takes the chosen one."),
            )
            return
        middle = np.array(place)
        normal = self._normal_at(middle)
        eye, _towards = self._sight_to(middle)
        plane = plane_through(middle, normal if normal is not None else eye - middle, eye)
        if plane is not None:
            add_plane(self._view, plane)

    def _normal_at(self, place: F64) -> F64 | None:
        """Return how the face at a place lies, (3,): from what is seen beside it."""
        width, height = self._scene.base.win.get_x_size(), self._scene.base.win.get_y_size()
        x, y, _depth = camera.project(self._rig.pose, self._rig.lens, place)[0].tolist()
        px, py = (x + 1) / 2 * width - 0.5, (1 - y) / 2 * height - 0.5
        middle = self._scene.pick(px, py)
        if middle is None:
            return None
        own, any_ = np.full((4, 3), np.nan), np.full((4, 3), np.nan)
        for row, (right, down) in enumerate(AROUND_PX):
            beside = self._scene.pick(px + right * BESIDE_PX, py + down * BESIDE_PX)
            if beside is not None:
                any_[row] = beside.position
                own[row] = beside.position if beside.drawn_id == middle.drawn_id else np.nan
        found = face_normal(middle.position, own)
        return face_normal(middle.position, any_) if found is None else found

    def _sight_to(self, place: F64) -> tuple[F64, F64]:
        """Return where the line of sight to a place starts, and its direction."""
        x, y, _depth = camera.project(self._rig.pose, self._rig.lens, place)[0].tolist()
        return camera.sight(self._rig.pose, self._rig.lens, x, y=y)

    def _toggle_box(self) -> None:
        sectioning = self._view.sectioning
        section = sectioning.section
        if section.box is not None:
            sectioning.put(Section(section.planes))
            return
        marked = self._view.marked
        drawn = self._models.drawn.own_ids_of(marked) if marked else None
        found = self._models.box_of_ids(drawn) if drawn is not None else self._models.box_of_all()
        box = None if found is None else box_around(*found)
        if box is None:
            self._say(_("Nothing is drawn here that a box could go around"))
        elif len(section.planes) + 6 > CUTS_MAX:
            self._say(_("Too many section planes for a box"), _("Take some of them away first."))
        else:
            sectioning.put(replace(section, box=box), chosen=BOX)

    def _centre_handles(self) -> None:
        """Let the handles of a plane that has just been chosen stand in the picture."""
        sectioning = self._view.sectioning
        before, self._chosen = self._chosen, sectioning.chosen
        if sectioning.chosen == before or sectioning.chosen < 0:
            return
        plane = sectioning.section.planes[sectioning.chosen]
        pose, lens = self._rig.pose, self._rig.lens
        x, y, depth = camera.project(pose, lens, plane.point)[0].tolist()
        if depth > BEHIND_M and max(abs(x), abs(y)) < IN_PICTURE:
            return
        normal = np.array(plane.normal)
        middle = on_plane((pose.position, pose.axes[1]), np.array(plane.point), normal, at_least=0.1)
        if middle is None:
            ahead = pose.position + pose.axes[1] * AHEAD_M
            middle = ahead - normal * float(normal @ (ahead - np.array(plane.point)))
        px, py, pz = middle.tolist()
        moved = Plane((px, py, pz), plane.normal)
        sectioning.put(with_plane(sectioning.section, sectioning.chosen, moved))

    # ---- the lens -----------------------------------------------------------------------------------

    def _toggle_orthogonal(self) -> None:
        rig = self._rig
        if self._view.walking and not rig.lens.orthogonal:
            self._say(_("On foot one sees with perspective"), _("Fly first: K."))
            return
        rig.see_flat(not rig.lens.orthogonal, self._looked_at_m())

    def _looked_at_m(self) -> float:
        """Return how far in front of the eye lies what is in the middle of the picture, metres."""
        width, height = self._scene.base.win.get_x_size(), self._scene.base.win.get_y_size()
        hit = self._scene.pick(width / 2, height / 2)
        place = hit.position if hit is not None else self._middle_of_model()
        if place is None:
            return AHEAD_M
        far = float((place - self._rig.pose.position) @ self._rig.pose.axes[1])
        return far if far > BEHIND_M else AHEAD_M

    def _middle_of_model(self) -> F64 | None:
        box = self._models.box_of_all()
        return None if box is None else np.asarray((box[0] + box[1]) / 2)

    def _usual_lens(self) -> None:
        rig = self._rig
        if rig.lens.orthogonal:
            rig.see_flat(False, self._looked_at_m())
        rig.lens = replace(rig.lens, fov_rad=camera.Lens().fov_rad)

    def step(self) -> None:
        """Give somebody on foot a lens with perspective, and put handles where they can be seen."""
        self._centre_handles()
        if self._view.walking and self._rig.lens.orthogonal:
            self._rig.see_flat(False, self._looked_at_m())
