"""Tells the others how one takes part – what one looks at, whom one follows, one's hand – and hears theirs.

What is looked at is the thing in the middle of the picture, looked up at most once a second.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from walkdown import messages
from walkdown.i18n import _
from walkdown.messages import Attend, SetRole, Welcome
from walkdown_client.input import camera
from walkdown_client.tools import intents as wish
from walkdown_client.tools import meeting_intents as meet
from walkdown_client.tools import meeting_rules as rules
from walkdown_client.tools.view_state import Offer, ViewState
from walkdown_client.world import PersonView, World

LOOK_EVERY_SECS = 1.0


class Doing(Protocol):
    """What this needs of :class:`Wishes`."""

    def send(self, operation: messages.ClientMessage) -> bool:
        """Send to the server; tell whether that could be done."""

    def say(
        self, title: str, text: str = "", *, person: int | None = None, offer: Offer | None = None
    ) -> None:
        """Show a message that goes away by itself."""

    def take_back(self, title: str) -> None:
        """Take messages of this title away."""


class Attending:
    """How one person takes part.

    Args:
        rig: the eye. middle: tells which thing is in the middle of the picture, "" for none.
    """

    def __init__(
        self,
        world: World,
        view: ViewState,
        *,
        rig: camera.Rig,
        middle: Callable[[], str],
        doing: Doing,
    ) -> None:
        self._world, self._view, self._taking = world, view, view.together
        self._rig, self._middle, self._doing = rig, middle, doing
        self._told = Attend()
        self._told_in: Welcome | None = None
        self._looking, self._looked_secs = "", -LOOK_EVERY_SECS
        self._looked_from: object = None
        self._revision = -1
        self._presenting = False
        self._promised: set[int] = set()

    def rules(self) -> Mapping[type[wish.Intent], Callable[[Any], object]]:
        """Return what is done about each wish."""
        return {
            meet.RaiseHand: self._raise_hand,
            meet.GiveWord: self._give_word,
            meet.WanderAlone: self._wander,
        }

    def step(self, now_secs: float) -> None:
        """Tell what has changed about oneself, and hear what has changed about the others."""
        self._look(now_secs)
        if self._world.presence_revision != self._revision:
            self._revision = self._world.presence_revision
            self._hear_people()
        self._tell()

    # ---- oneself ------------------------------------------------------------------------------------

    def _raise_hand(self, intent: meet.RaiseHand) -> None:
        self._taking.hand = not self._taking.hand if intent.up is None else intent.up

    def _wander(self, intent: meet.WanderAlone) -> None:
        self._taking.alone = not self._taking.alone if intent.alone is None else intent.alone
        if self._taking.alone:
            self._doing.say(_("You look at things in your own way"), _("Others see that you do. U ends it."))
        else:
            self._doing.say(_("You see again what is shown to all"))

    def _look(self, now_secs: float) -> None:
        """Look up what is in the middle of the picture, unless the eye has stayed where it was."""
        due = now_secs - self._looked_secs >= LOOK_EVERY_SECS
        seen = (id(self._rig.pose), self._view.hidden, self._view.isolated)
        if due and seen != self._looked_from and self._rig.flight is None:
            self._looked_secs, self._looked_from = now_secs, seen
            self._looking = self._middle()

    def _tell(self) -> None:
        taking, world = self._taking, self._world
        now = Attend(self._looking, taking.following, taking.hand, taking.alone)
        if world.link_state != "live" or (now == self._told and world.welcome is self._told_in):
            return
        if self._doing.send(now):
            self._told, self._told_in = now, world.welcome

    # ---- the others ---------------------------------------------------------------------------------

    def _hear_people(self) -> None:
        self._keep_promises()
        taking, people = self._taking, self._world.people
        before, taking.hands = taking.hands, rules.in_order_of_hands(taking.hands, people)
        for number in taking.hands:
            if number not in before and number != self._world.me and rules.leads(self._world):
                self._say_hand(people[number])
        for number in before:
            if number not in taking.hands and number in people:
                self._doing.take_back(_hand_title(people[number]))
        own = rules.me(self._world)
        presenting = own is not None and own.presenting
        if presenting and not self._presenting and taking.hand:
            taking.hand = False
            self._doing.say(_("You have the word"), _("Everybody hears you, wherever they are."))
        self._presenting = presenting

    def _say_hand(self, person: PersonView) -> None:
        verb = _("Let them take part") if person.role == "observer" else _("Give the word")
        offer = Offer(verb, meet.GiveWord(person.id))
        self._doing.say(_hand_title(person), person=person.id, offer=offer)

    def _give_word(self, intent: meet.GiveWord) -> None:
        """Let somebody speak: an observer becomes a participant first, and has the word when they are one."""
        person = self._world.people.get(intent.person)
        if person is None:
            return
        if person.role == "observer":
            self._promised.add(person.id)
            self._doing.send(SetRole(1, person.id, "participant"))
        elif person.presenting:
            self._doing.say(_("{name} is heard everywhere already").format(name=person.name))
        else:
            self._doing.send(messages.Present(1, person.id, presenting=True))

    def _keep_promises(self) -> None:
        """Give the word to those who may speak by now."""
        for number in sorted(self._promised):
            person = self._world.people.get(number)
            if person is None or person.role != "observer":
                self._promised.discard(number)
            if person is not None and person.role != "observer":
                self._doing.send(messages.Present(1, number, presenting=True))


def _hand_title(person: PersonView) -> str:
    return _("{name} raises a hand").format(name=person.name)
