"""Follows somebody: one's eye is where theirs is, and sees as they show, until one moves or they leave.

Nobody's eye is moved unless they agreed: by wishing to follow, by "Come", or by a preference. Any movement of
one's own ends following and leaves one where one is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
from msgspec.structs import replace

from walkdown.i18n import _
from walkdown.messages import Viewpoint
from walkdown_client.app.eyes import eye_of
from walkdown_client.app.places import FAR_M, Places, Views, ahead_of
from walkdown_client.input import camera
from walkdown_client.tools import intents as wish
from walkdown_client.tools import meeting_intents as meet
from walkdown_client.tools import meeting_rules as rules
from walkdown_client.tools.view_state import Offer, ViewState
from walkdown_client.tools.viewing import sound_camera, take
from walkdown_client.world import World

GONE_SECS = 2.0
"""Who is not listed for so long has left; after a new connection people are told one after another."""


class Say(Protocol):
    """Shows a message that goes away by itself."""

    def __call__(
        self,
        title: str,
        text: str = "",
        *,
        person: int | None = None,
        offer: Offer | None = None,
        stays: bool = False,
    ) -> None:
        """Show it."""


class Following:
    """Whom one person follows.

    Args:
        rig: the eye. views: how things are seen. places: where one was. say: shows a message.
    """

    def __init__(
        self,
        world: World,
        view: ViewState,
        *,
        rig: camera.Rig,
        views: Views,
        places: Places,
        say: Say,
    ) -> None:
        self._world, self._view, self._taking = world, view, view.together
        self._rig, self._views, self._places, self._say = rig, views, places, say
        self._set: camera.Pose | None = None
        self._shown: Viewpoint | None = None
        self._name = ""
        self._there_secs = 0.0

    def rules(self) -> Mapping[type[wish.Intent], Callable[[Any], object]]:
        """Return what is done about each wish."""
        return {
            meet.Follow: lambda i: self._follow_or_stop(i.person),
            meet.StopFollowing: lambda _i: self.leave(_("You stay where you are.")),
            meet.GoBack: lambda _i: self._go_back(),
            meet.GoToPlace: lambda i: self.go_to(i.point),
            wish.GoToPerson: self._go_to_person,
        }

    def _follow_or_stop(self, person: int | None) -> None:
        if self._taking.following and person in (None, self._taking.following):
            self.leave(_("You stay where you are."))
            return
        meant = self._meant() if person is None else person
        if meant:
            self.follow(meant)
        else:
            self._view.panel = "people"
            self._say(_("Nobody to follow is in the picture"), _("Choose somebody in the list of people."))

    def _meant(self) -> int:
        """Return who is meant when nobody is named: whose card is open, else who is in the picture."""
        world, chosen = self._world, self._view.person
        if chosen in world.people and chosen != world.me and self._view.panel == "people":
            return chosen
        if not len(world.people_ids):
            return 0
        seen = camera.project(self._rig.pose, self._rig.lens, world.people_positions)
        inside = (seen[:, 2] > 0) & (np.abs(seen[:, :2]) <= 1.0).all(1)
        if not inside.any():
            return int(world.people_ids[0]) if len(world.people_ids) == 1 else 0
        off = np.where(inside, np.hypot(seen[:, 0], seen[:, 1]), np.inf)
        return int(world.people_ids[int(off.argmin())])

    def follow(self, number: int) -> bool:
        """Follow somebody from now on; tells whether that can be, and says so when not."""
        person = self._world.people.get(number)
        if person is None or number == self._world.me:
            return False
        if rules.would_circle(self._world.people, me=self._world.me, person=number):
            title = _("{name} follows you already").format(name=person.name)
            self._say(title, _("Two who follow each other would go nowhere."))
            return False
        if self.pose_of(number) is None:
            self._say(_("Nobody knows yet where {name} is").format(name=person.name))
            return False
        if not self._taking.following:
            self._places.remember()
        self._taking.following, self._name = number, person.name
        self._set = self._shown = None
        self._places.travel(lambda: self.pose_of(number))
        return True

    def leave(self, text: str = "", *, title: str = "") -> None:
        """Follow nobody from now on, and stay; says so when there is a text."""
        name, self._name, self._taking.following = self._name, "", 0
        self._set = self._shown = None
        if name and text:
            offer = Offer(_("Return"), meet.GoBack()) if self._taking.places else None
            self._say(title or _("You follow {name} no more").format(name=name), text, offer=offer)

    def go_to(self, point: wish.Point) -> None:
        """Go to where a point fills the picture, and follow nobody from now on."""
        self.leave(_("You went elsewhere."))
        self._places.go_to(point)

    def _go_to_person(self, intent: wish.GoToPerson) -> None:
        """Go beside somebody, without a name to the nearest."""
        world = self._world
        number = intent.person
        if number is None and len(world.people_ids):
            far = np.linalg.norm(world.people_positions - self._rig.pose.position, axis=1)
            number = int(world.people_ids[int(far.argmin())])
        theirs = self.pose_of(number) if number is not None else None
        if theirs is None:
            return
        self.leave(_("You went elsewhere."))
        self._places.remember()
        end = camera.beside(theirs.position, theirs.quaternion)
        self._places.travel(lambda: end)

    def _go_back(self) -> None:
        self.leave()
        if not self._places.go_back():
            self._say(
                _("There is nowhere to return to"),
                _("Where you were is kept when you follow somebody, are called, or fly somewhere."),
            )

    # ---- every frame --------------------------------------------------------------------------------

    def step(self, now_secs: float) -> None:
        """Keep up with whom one follows, or notice that one does so no more."""
        number = self._taking.following
        if not number or number in self._world.people:
            self._there_secs = now_secs
        if not number:
            if self._name:
                self.leave(_("You stay where you are."))  # Esc was pressed
        elif now_secs - self._there_secs > GONE_SECS:
            title = _("{name} has left").format(name=self._name)
            self.leave(_("You stay where they were."), title=title)
        elif self._goes_round(number):
            title = _("{name} follows you already").format(name=self._name)
            self.leave(_("Two who follow each other would go nowhere."), title=title)
        elif self._moved_oneself():
            self.leave(_("You moved, and stay where you are."))
        else:
            self._take_their_place(number)
            self._see_as_they_do(number)

    def _goes_round(self, number: int) -> bool:
        """Tell whether two began to follow each other at once, and oneself is the one who leaves."""
        world = self._world
        return world.me > number and rules.would_circle(world.people, me=world.me, person=number)

    def _moved_oneself(self) -> bool:
        """Tell whether the eye is not where following has put it."""
        rig, flight = self._rig, self._places.flight
        if self._places.changing and rig.flight in (None, flight):
            return False
        if rig.flight is not None:
            return rig.flight is not flight
        if self._view.walking:
            return True
        if flight is not None and rig.pose is flight.end:
            self._places.flight, self._set = None, rig.pose
        return self._set is None or rig.pose is not self._set

    def _take_their_place(self, number: int) -> None:
        pose = self.pose_of(number)
        if pose is None or self._places.changing:
            return
        if self._places.flight is not None:
            self._places.flight.end, self._places.flight.target = pose, ahead_of(pose)
        elif np.linalg.norm(pose.position - self._rig.pose.position) > FAR_M:
            self._places.travel(lambda: self.pose_of(number))
        else:
            self._rig.pose = self._set = pose

    def _see_as_they_do(self, number: int) -> None:
        """See what they show – section, what is hidden, colours – unless one wanders alone."""
        told = self._world.together.views.get(number)
        if told is None or told.view is None or self._taking.alone:
            return
        eye = sound_camera(told.view.camera)
        if eye is not None and self._places.flight is None:
            self._rig.lens = eye_of(eye, self._rig.lens)[1]
        shown = replace(told.view, camera=None, selection=(), viewpoint="", time_ns=0)
        if shown != self._shown:
            self._shown = shown
            take(self._view, shown, known=self._views.known, selects=False)

    def pose_of(self, number: int) -> camera.Pose | None:
        """Return where somebody's head is, None while nobody knows."""
        found = np.flatnonzero(self._world.people_ids == number)
        if not len(found):
            return None
        place = int(found[0])
        position = self._world.people_positions[place].copy()
        return camera.pose_from_quaternion(position, self._world.people_quaternions[place])
