"""Says what changes at the door: a key that is not that of last time, one's own role, being muted."""

from __future__ import annotations

from typing import Protocol

from walkdown.i18n import _
from walkdown_client.tools.rights import ROLE_ABOUT, ROLE_TEXT
from walkdown_client.world import PersonView, World


class Saying(Protocol):
    """Shows messages."""

    def say(self, title: str, text: str = "", *, person: int | None = None) -> None:
        """Show a message that goes away by itself."""

    def say_error(self, title: str, text: str, details: str = "") -> None:
        """Show what went wrong until it is closed."""


class DoorNews:
    """Compares who is here, and as what one is here oneself, with what was before."""

    def __init__(self, saying: Saying) -> None:
        self._saying = saying
        self._revision = -1
        self._me: PersonView | None = None
        self._warned: set[tuple[str, str]] = set()

    def look(self, world: World) -> None:
        """Say what has changed since the last look."""
        if world.people_revision == self._revision:
            return
        self._revision = world.people_revision
        for person in world.people.values():
            self._look_at_key(person)
        me = world.people.get(world.me)
        if me is not None:
            self._look_at_me(me)
            self._me = me

    def _look_at_key(self, person: PersonView) -> None:
        mark = (person.name, person.key)
        if person.key_state != "changed" or mark in self._warned:
            return
        self._warned.add(mark)
        title = _("Another key: {name}") if person.key else _("No key this time: {name}")
        text = _(
            "It may be a new computer, or somebody else with this name: ask them by voice before you rely on "
            "it. Their card under People tells more."
        )
        self._saying.say_error(title.format(name=person.name), text)

    def _look_at_me(self, me: PersonView) -> None:
        before = self._me
        if before is None or before.id != me.id:
            return
        if me.role != before.role:
            title = _("You are {role} now").format(role=_(ROLE_TEXT[me.role]))
            self._saying.say(title, _(ROLE_ABOUT[me.role]))
        if me.muted != before.muted:
            title = _("Nobody hears you now") if me.muted else _("You are heard again")
            text = _("A chair or an admin has muted you.") if me.muted else ""
            self._saying.say(title, text)
