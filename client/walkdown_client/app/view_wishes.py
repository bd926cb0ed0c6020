"""How this person sees things, as viewpoints: what is seen now, seeing as one does, and its picture.

::

    before = views.current()
    views.show(viewpoint)       # a short flight; what it names and nobody here knows is listed
    views.show(before)          # back again
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

import numpy as np

from walkdown.i18n import _
from walkdown.messages import Viewpoint
from walkdown_client.app.eyes import camera_of, eye_of
from walkdown_client.app.models import Models
from walkdown_client.input import camera
from walkdown_client.scene.snapshot import snapshot
from walkdown_client.scene.view import SceneView
from walkdown_client.tools.view_state import Toast, ViewState
from walkdown_client.tools.viewing import Named, Taken, sound_camera, take, viewpoint_of
from walkdown_client.world import World

FAR_M = 50.0
"""What is farther away is changed to at once: nobody is flown through a plant."""

LISTED_MAX, TOLD_SECS = 20, 15.0
SHARED, FOLLOWED = TOLD = "shared", "followed"
"""By these ids people tell each other what they see."""


class Views:
    """Views of one person.

    Args:
        scene: what is drawn. rig: the eye.

    Attributes:
        leaving: called before the eye goes elsewhere. fade_to: takes the eye to what is far.
    """

    def __init__(
        self,
        world: World,
        view: ViewState,
        models: Models,
        *,
        scene: SceneView,
        rig: camera.Rig,
    ) -> None:
        self._world, self._view, self._models = world, view, models
        self._scene, self._rig = scene, rig
        self._told: tuple[str, Taken] = ("", Taken())
        self.leaving: Callable[[], None] = lambda: None
        self.fade_to: Callable[[camera.Pose, camera.Lens], None] = self._jump_to

    def current(self) -> Viewpoint:
        """Return how things are seen now, under a new id."""
        eye = camera_of(self._rig.pose, self._rig.lens)
        made, left = viewpoint_of(
            self._view, eye, viewpoint=str(uuid.uuid4()), time_ns=max(self._world.session_ns, 0)
        )
        if left:
            note = _("{count} names have no room in a view and were left out.").format(count=left)
            self.tell(made, Taken(notes=(note,)))
        return made

    def show(self, viewpoint: Viewpoint) -> None:
        """See as a viewpoint does; one without a camera leaves the eye where it is.

        What it names and nobody here knows is listed to the person. While somebody shares with all, what whom
        one follows shows besides is left alone.
        """
        if self._view.viewing.shared_by and viewpoint.viewpoint in TOLD:
            return
        self._go_to(viewpoint)
        taken = take(self._view, viewpoint, known=self.known)
        kept = viewpoint.viewpoint in self._world.review.viewpoints
        self._view.viewing.shown = viewpoint if kept or viewpoint.lines else None
        self.tell(viewpoint, taken)

    def snapshot(self) -> bytes:
        """Return what is seen as PNG, without panels, at most 1600 pixels wide."""
        return snapshot(self._scene)

    def known(self, name: str) -> Named:
        """Tell whether a name is that of a thing, of an element that is no thing, or of nothing here."""
        if self._world.twin.has_thing(name):
            return "thing"
        return "element" if name in self._models.drawn.names else ""

    def _go_to(self, viewpoint: Viewpoint) -> None:
        eye = sound_camera(viewpoint.camera)
        if eye is None:
            return
        pose, lens = eye_of(eye, self._rig.lens)
        far = float(np.linalg.norm(pose.position - self._rig.pose.position)) > FAR_M
        self.leaving()
        self._view.walking = False
        if far or self._view.preferences.together.cut:
            self.fade_to(pose, lens)
        else:
            self._rig.fly_to(pose, pose.position + pose.axes[1], lens=lens)

    def _jump_to(self, pose: camera.Pose, lens: camera.Lens) -> None:
        self._rig.fly_to(pose, pose.position + pose.axes[1], duration_secs=0.0, lens=lens)

    def tell(self, viewpoint: Viewpoint, taken: Taken) -> None:
        """Say what could not be done, once for a view."""
        if (viewpoint.viewpoint, taken) == self._told or not (taken.unknown or taken.notes):
            return
        self._told = (viewpoint.viewpoint, taken)
        title = _("Not all of this view is here")
        lines = list(taken.notes)
        if taken.unknown:
            count = len(taken.unknown)
            lines.append(_("It names {count} things that no model here has.").format(count=count))
        details, until = "\n".join(taken.unknown[:LISTED_MAX]), time.monotonic() + TOLD_SECS
        self._view.say(
            lambda number: Toast(number, title, " ".join(lines), details, until_secs=until, is_warning=True)
        )
