"""Takes one's eye elsewhere with comfort, and keeps where it was, so that one can return.

What is near is flown to; what is far is changed to behind a dark picture. Whatever else starts a flight – to
a thing, a person, a note, a view – is noticed, and where one was before it is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from walkdown.frames import F64
from walkdown.messages import Viewpoint
from walkdown_client.input import camera
from walkdown_client.tools import intents as wish
from walkdown_client.tools.appearance import Appearance
from walkdown_client.tools.view_state import ViewState
from walkdown_client.tools.viewing import Named, appearance_of, wear

FAR_M = 50.0
"""What is farther away is reached by a short fade, not by a flight."""

DARKEN_SECS, LIGHTEN_SECS = 0.1, 0.15
STILL_EVERY_SECS = 0.5
"""How often the view is kept while nothing moves, to be returned to."""

SAME_PLACE_M, SAME_PLACE_RAD = 1.0, 0.15
PLACE_HALF_M = 1.5
PLACES_MAX = 20

End = Callable[[], camera.Pose | None]
"""Tells where a way ends, asked when it gets there; None for nowhere."""


class Views(Protocol):
    """What is needed of the part that knows how this person sees things."""

    def current(self) -> Viewpoint:
        """Return how things are seen now."""

    def show(self, viewpoint: Viewpoint) -> None:
        """See as a viewpoint does; one without a camera leaves the eye where it is."""

    def known(self, name: str) -> Named:
        """Tell what a name is that of."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody was and how they saw things."""

    pose: camera.Pose
    lens: camera.Lens
    seen: Appearance


@dataclass(slots=True)
class _Cut:
    """A change of place behind a dark picture; ``end`` says where to when it is dark."""

    end: End
    elapsed_secs: float = 0.0
    placed: bool = False


class Places:
    """Where one person is, and was.

    Args:
        rig: the eye.

    Attributes:
        flight: the newest that started here, None when it is over.
    """

    def __init__(self, view: ViewState, *, rig: camera.Rig) -> None:
        self._view, self._taking, self._rig = view, view.together, rig
        self.flight: camera.Flight | None = None
        self._known_flight: camera.Flight | None = None
        self._cut: _Cut | None = None
        self._kept: list[Place] = []
        self._still: Place | None = None
        self._still_secs, self._last_secs = -STILL_EVERY_SECS, 0.0

    @property
    def changing(self) -> bool:
        """Whether the picture is dark because the place changes."""
        return self._cut is not None

    def step(self, now_secs: float) -> None:
        """Notice flights, and go on with a change of place."""
        delta_secs, self._last_secs = now_secs - self._last_secs, now_secs
        self._watch_flights(now_secs)
        self._change_place(delta_secs)

    # ---- going --------------------------------------------------------------------------------------

    def travel(self, end: End) -> None:
        """Fly to a pose, or change to it behind a dark picture when it is far or flights are not wished."""
        pose = end()
        if pose is None:
            return
        if _apart_m(pose, self._rig.pose) > FAR_M or self._view.preferences.together.cut:
            self._cut = _Cut(end)
        else:
            self._fly(pose, camera.FLIGHT_SECS)

    def fade_to(self, pose: camera.Pose, lens: camera.Lens) -> None:
        """Change to a pose and a lens behind a dark picture."""

        def end() -> camera.Pose:
            self._rig.lens = replace(lens, aspect=self._rig.lens.aspect)
            return pose

        self._cut = _Cut(end)

    def go_to(self, point: wish.Point) -> None:
        """Go to where a point fills the picture."""
        middle = np.array(point)
        self.remember()
        box = (middle - PLACE_HALF_M, middle + PLACE_HALF_M)
        pose = camera.frame_from_above(self._rig.pose, self._rig.lens, box)
        self.travel(lambda: pose)

    def go_back(self) -> bool:
        """Return to the newest place that was kept; tells whether there was one."""
        if not self._kept:
            return False
        place = self._kept.pop()
        self._taking.places = len(self._kept)
        wear(self._view, place.seen)
        self._rig.lens = replace(place.lens, aspect=self._rig.lens.aspect)
        self.travel(lambda: place.pose)
        return True

    def _fly(self, pose: camera.Pose, duration_secs: float) -> None:
        self._rig.fly_to(pose, ahead_of(pose), duration_secs=duration_secs, lens=self._rig.lens)
        self.flight = self._known_flight = self._rig.flight

    def _change_place(self, delta_secs: float) -> None:
        """Darken the picture, put the eye elsewhere, and lighten it again."""
        cut = self._cut
        if cut is None:
            return
        cut.elapsed_secs += delta_secs
        if not cut.placed and cut.elapsed_secs >= DARKEN_SECS:
            cut.placed = True
            pose = cut.end()
            if pose is not None:
                self._fly(pose, 0.0)
        self._taking.dark = _darkness(cut)
        if cut.elapsed_secs >= DARKEN_SECS + LIGHTEN_SECS:
            self._cut, self._taking.dark = None, 0.0

    # ---- keeping ------------------------------------------------------------------------------------

    def remember(self) -> None:
        """Keep where one is now, unless it was the last that was kept."""
        self._keep(self._here())

    def _here(self) -> Place:
        return Place(self._rig.pose, self._rig.lens, appearance_of(self._view))

    def leave_here(self) -> None:
        """Keep where one is before one goes elsewhere by one's own wish; who follows kept theirs before."""
        if not self._taking.following:
            self.remember()

    def _watch_flights(self, now_secs: float) -> None:
        """Keep where one was when a flight begins that was wished elsewhere."""
        flight = self._rig.flight
        if flight is None:
            if now_secs - self._still_secs >= STILL_EVERY_SECS and self._cut is None:
                self._still, self._still_secs = self._here(), now_secs
        elif flight is not self._known_flight:
            self._known_flight = flight
            if not self._taking.following and self._still is not None:
                self._keep(replace(self._still, pose=flight.start))

    def _keep(self, place: Place) -> None:
        if not self._kept or not _same(place, self._kept[-1]):
            self._kept = [*self._kept, place][-PLACES_MAX:]
        self._taking.places = len(self._kept)


def _darkness(cut: _Cut) -> float:
    """Return how dark the picture is, 0 to 1."""
    if not cut.placed:
        return cut.elapsed_secs / DARKEN_SECS
    return max(1.0 - (cut.elapsed_secs - DARKEN_SECS) / LIGHTEN_SECS, 0.0)


def ahead_of(pose: camera.Pose) -> F64:
    """Return a point before an eye, about which a flight to it turns."""
    return np.asarray(pose.position + pose.axes[1])


def _apart_m(a: camera.Pose, b: camera.Pose) -> float:
    return float(np.linalg.norm(a.position - b.position))


def _same(a: Place, b: Place) -> bool:
    """Tell whether two places are about the same, and show the same."""
    near = _apart_m(a.pose, b.pose) < SAME_PLACE_M
    turned = abs(camera.wrapped(a.pose.heading_rad - b.pose.heading_rad))
    turned += abs(a.pose.pitch_rad - b.pose.pitch_rad)
    return near and turned < SAME_PLACE_RAD and a.seen == b.seen
