"""Calls people together, and hears when one is called: nobody is moved who has not agreed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from walkdown import messages
from walkdown.i18n import _, ngettext
from walkdown.messages import Gathered
from walkdown_client.app.following import Following
from walkdown_client.input import camera
from walkdown_client.tools import intents as wish
from walkdown_client.tools import meeting_intents as meet
from walkdown_client.tools import meeting_rules as rules
from walkdown_client.tools.view_state import Offer, ViewState
from walkdown_client.world import World


class Doing(Protocol):
    """What this needs of :class:`Wishes`."""

    def send(self, operation: messages.ClientMessage) -> bool:
        """Send to the server; tell whether that could be done."""

    def say(
        self,
        title: str,
        text: str = "",
        *,
        person: int | None = None,
        offer: Offer | None = None,
        stays: bool = False,
    ) -> None:
        """Show a message."""


class Gathering:
    """Who calls whom, as far as it concerns one person.

    Args:
        rig: the eye. following: takes one to who calls.
    """

    def __init__(
        self, world: World, view: ViewState, *, rig: camera.Rig, following: Following, doing: Doing
    ) -> None:
        self._world, self._view, self._taking = world, view, view.together
        self._rig, self._following, self._doing = rig, following, doing
        self._call = (0, 0)
        self._came_to = 0

    def rules(self) -> Mapping[type[wish.Intent], Callable[[Any], object]]:
        """Return what is done about each wish."""
        return {
            meet.GatherAll: self._gather,
            meet.Come: lambda _i: self._come(),
        }

    def step(self) -> None:
        """Hear who calls or releases, and count who has come."""
        call, taking = self._world.together.gathered, self._taking
        if taking.called_by and taking.called_by not in self._world.people:
            self._forget_call()
        if call is not None and (call.by, call.count) != self._call:
            self._call = (call.by, call.count)
            self._hear(call)
        elif call is None:
            taking.caller = False
        taking.came = rules.have_come(self._world, self._beside()) if taking.caller else (0, 0)

    # ---- calling ------------------------------------------------------------------------------------

    def _gather(self, intent: meet.GatherAll) -> None:
        release = self._taking.caller if intent.release is None else intent.release
        if not rules.may_gather(self._world):
            text = _("A chair, who presents, and the driver can call people together.")
            self._doing.say(_("This is not for you here"), text)
        elif not release and len(self._world.people) < 2:
            self._doing.say(_("Nobody else is here who could come"))
        elif self._doing.send(messages.Gather(intent.people, release)):
            self._taking.caller = not release
            if not release:
                self._say_called(len(intent.people) or len(self._world.people) - 1)

    def _say_called(self, count: int) -> None:
        text = ngettext("{count} person is asked to come.", "{count} people are asked to come.", count)
        about = _("Who has come is shown above the picture.")
        self._doing.say(_("You call"), text.format(count=count) + " " + about)

    def _beside(self) -> list[int]:
        """Return who stands beside oneself."""
        far = np.linalg.norm(self._world.people_positions - self._rig.pose.position, axis=1)
        near: list[int] = self._world.people_ids[far < rules.NEAR_M].tolist()
        return near

    # ---- being called -------------------------------------------------------------------------------

    def _hear(self, call: Gathered) -> None:
        taking, me = self._taking, self._world.me
        if call.by == me:
            taking.caller = not call.release
            return
        taking.caller = False
        if call.release:
            self._be_released(call)
        elif not call.people or me in call.people:
            self._be_called(call)

    def _be_called(self, call: Gathered) -> None:
        self._forget_call()
        self._taking.called_by = call.by
        if self._view.preferences.together.come_at_once or self._taking.following == call.by:
            self._come()
            return
        person = self._world.people.get(call.by)
        title = _("{name} calls you").format(name=person.name if person is not None else _("Somebody"))
        self._doing.say(title, self._where(call.by), offer=Offer(_("Come"), meet.Come()), stays=True)

    def _where(self, number: int) -> str:
        """Return where somebody is who calls, and what coming means."""
        person, pose = self._world.people.get(number), self._following.pose_of(number)
        about = _("You follow them then; B returns you to where you are now.")
        if person is not None and self._world.twin.has_thing(person.looking):
            thing = self._world.twin.thing(person.looking).name
            return _("They look at {thing}.").format(thing=thing) + " " + about
        if pose is not None:
            far = round(float(np.linalg.norm(pose.position - self._rig.pose.position)))
            return _("They are {count} m away.").format(count=far) + " " + about
        return about

    def _come(self) -> None:
        number = self._taking.called_by
        self._forget_call()
        if number and (number == self._taking.following or self._following.follow(number)):
            self._came_to = number

    def _forget_call(self) -> None:
        """Take away that somebody calls."""
        self._taking.called_by = 0
        self._view.toasts = [toast for toast in self._view.toasts if not _offers_to_come(toast.offer)]

    def _be_released(self, call: Gathered) -> None:
        self._forget_call()
        came_to, self._came_to = self._came_to, 0
        if came_to == call.by == self._taking.following:
            name = self._world.people[call.by].name if call.by in self._world.people else _("Somebody")
            self._following.leave(
                _("You stay where you are."), title=_("{name} lets you go").format(name=name)
            )


def _offers_to_come(offer: Offer | None) -> bool:
    return offer is not None and isinstance(offer.intent, meet.Come)
