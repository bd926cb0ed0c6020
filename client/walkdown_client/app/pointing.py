"""Shows the others where one points, and what they point at: rays that last, and "look here" for a moment."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from walkdown import messages
from walkdown.frames import F64, rotation_matrices
from walkdown.i18n import _
from walkdown.messages import PingAt, Pinged, Point, PointAt, Welcome
from walkdown_client.audio.alarms import heard_from
from walkdown_client.audio.orders import Play
from walkdown_client.input import camera
from walkdown_client.scene.pointing import Pointers, Ray, Ring
from walkdown_client.tools import intents as wish
from walkdown_client.tools import meeting_intents as meet
from walkdown_client.tools.meeting import PingShown
from walkdown_client.tools.view_state import Offer, ViewState
from walkdown_client.world import World

POINT_EVERY_SECS = 0.1
SMOOTH_SECS = 0.08
"""Time constant with which the end of another's ray moves."""

RING_SECS, CHIP_SECS = 3.0, 8.0
"""How long a place is ringed, and how long the way to it is shown."""

HAND = np.array([0.31, 0.25, -0.45])
"""Where a ray starts, seen from the eye: right, forward, up, metres."""

_WEIGHT = 10.0


class Doing(Protocol):
    """What this needs of :class:`Wishes`."""

    def send(self, operation: messages.ClientMessage) -> bool:
        """Send to the server; tell whether that could be done."""

    def say(
        self, title: str, text: str = "", *, person: int | None = None, offer: Offer | None = None
    ) -> None:
        """Show a message that goes away by itself."""


@dataclass(slots=True)
class _Ping:
    """A place that somebody says to look at, and since when."""

    told: Pinged
    heard_secs: float


class Pointing:
    """What is pointed at.

    Args:
        rig: the eye. pointers: what the scene draws.
        middle_of: tells the middle of what is selected, None when it has no place.
    """

    def __init__(
        self,
        world: World,
        view: ViewState,
        *,
        rig: camera.Rig,
        pointers: Pointers,
        middle_of: Callable[[str], Point | None],
        doing: Doing,
    ) -> None:
        self._world, self._view, self._taking = world, view, view.together
        self._rig, self._pointers, self._middle_of = rig, pointers, middle_of
        self._doing = doing
        self._told: tuple[PointAt, Welcome | None] = (PointAt(), None)
        self._told_secs = -POINT_EVERY_SECS
        self._ends: dict[int, F64] = {}
        self._pings: dict[int, _Ping] = {}
        self._unheard: list[Pinged] = []
        self._last_secs = 0.0

    def rules(self) -> Mapping[type[wish.Intent], Callable[[Any], object]]:
        """Return what is done about each wish."""
        return {
            meet.TogglePointing: self._toggle,
            meet.PingHere: self._ping,
        }

    def step(self, now_secs: float) -> None:
        """Tell where one points, and bring up to date what the others point at."""
        delta_secs, self._last_secs = now_secs - self._last_secs, now_secs
        self._tell(now_secs)
        self._move_ends(delta_secs)
        self._pointers.rays = [self._ray(number, end) for number, end in sorted(self._ends.items())]
        self._hear_pings(now_secs)
        self._show_pings(now_secs)

    # ---- rays ---------------------------------------------------------------------------------------

    def _toggle(self, _intent: wish.Intent) -> None:
        self._taking.pointing = not self._taking.pointing
        if self._taking.pointing:
            self._doing.say(_("The others see where you point"), _("Shift+P ends it."))

    def _tell(self, now_secs: float) -> None:
        view, world = self._view, self._world
        wanted = PointAt(view.hover_point, view.hovered) if self._taking.pointing else PointAt()
        if wanted.point is None:
            wanted = PointAt()
        due = now_secs - self._told_secs >= POINT_EVERY_SECS and world.link_state == "live"
        before = self._told[0] if self._told[1] is world.welcome else PointAt()
        if due and wanted != before and self._doing.send(wanted):
            self._told, self._told_secs = (wanted, world.welcome), now_secs

    def _move_ends(self, delta_secs: float) -> None:
        """Let the end of each ray move on towards where it was told to be."""
        told = {n: np.array(p.point) for n, p in self._world.together.pointing.items() if p.point is not None}
        told.pop(self._world.me, None)
        if self._taking.pointing and self._view.hover_point is not None:
            told[self._world.me] = np.array(self._view.hover_point)
        kept = math.exp(-delta_secs / SMOOTH_SECS)
        self._ends = {
            number: end + (self._ends[number] - end) * kept if number in self._ends else end
            for number, end in told.items()
        }

    def _ray(self, number: int, end: F64) -> Ray:
        person = self._world.people.get(number)
        colour, name = (person.colour, person.name) if person is not None else (0, "")
        own = number == self._world.me
        return Ray(self._hand_of(number), end, colour, "" if own else name, own)

    def _hand_of(self, number: int) -> F64 | None:
        """Return where somebody's ray starts; None while nobody knows where they are."""
        if number == self._world.me:
            return np.asarray(self._rig.pose.position + HAND @ self._rig.pose.axes)
        found = np.flatnonzero(self._world.people_ids == number)
        if not len(found):
            return None
        place = int(found[0])
        turned = rotation_matrices(self._world.people_quaternions[place : place + 1])[0]
        return np.asarray(self._world.people_positions[place] + turned @ HAND)

    # ---- "look here" --------------------------------------------------------------------------------

    def _ping(self, intent: meet.PingHere) -> None:
        view = self._view
        point = intent.point or view.hover_point
        thing = view.hovered if point is view.hover_point and intent.point is None else ""
        if point is None and view.selected:
            point, thing = self._middle_of(view.selected), view.selected
        if point is None:
            self._doing.say(
                _("Point at something first"), _("P shows the others the place under the cursor.")
            )
        else:
            self._doing.send(PingAt(point, thing))

    def _hear_pings(self, now_secs: float) -> None:
        told, here = self._world.together.pings, self._world.people
        while told:
            ping = told.popleft()
            self._pings.pop(ping.id, None)
            self._pings[ping.id] = _Ping(ping, now_secs)
            self._unheard.append(ping)
            if ping.id != self._world.me and ping.id in here:
                self._say(ping, here[ping.id].name)
        self._pings = {n: p for n, p in self._pings.items() if now_secs - p.heard_secs < CHIP_SECS}

    def _say(self, ping: Pinged, name: str) -> None:
        twin = self._world.twin
        about = twin.thing(ping.thing).name if ping.thing and twin.has_thing(ping.thing) else ""
        offer = Offer(_("Go there"), meet.GoToPlace(ping.point))
        self._doing.say(_("{name}: look here").format(name=name), about, offer=offer)

    def _show_pings(self, now_secs: float) -> None:
        shown = [self._shown(ping, now_secs - ping.heard_secs) for ping in self._pings.values()]
        self._taking.pings = tuple(shown)
        people = self._world.people
        self._pointers.rings = [
            Ring(np.array(one.point), people[one.person].colour, one.age_secs / RING_SECS)
            for one in shown
            if one.age_secs < RING_SECS and one.person in people
        ]

    def _shown(self, ping: _Ping, age_secs: float) -> PingShown:
        pose, lens = self._rig.pose, self._rig.lens
        right, ahead, up = ((np.array(ping.told.point) - pose.position) @ pose.axes.T).tolist()
        x, y, depth = camera.project(pose, lens, [ping.told.point])[0].tolist()
        distance_m = math.hypot(right, ahead, up)
        return PingShown(
            ping.told.id,
            ping.told.point,
            ping.told.thing,
            age_secs,
            seen=depth > 0 and abs(x) <= 1 and abs(y) <= 1,
            x=x,
            y=y,
            right_rad=math.atan2(right, ahead),
            up=up / max(distance_m, 1e-6),
            distance_m=distance_m,
        )

    # ---- what is heard ------------------------------------------------------------------------------

    def orders(self, _now_secs: float, pose: camera.Pose) -> Iterator[Play]:
        """Yield what is to be heard in this frame: a sound from each place that is to be looked at."""
        unheard, self._unheard = self._unheard, []
        for ping in unheard:
            yield heard_from("note", np.array(ping.point), pose.position, weight=_WEIGHT)
