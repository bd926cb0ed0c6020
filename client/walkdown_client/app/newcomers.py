"""Says who came and who left."""

from __future__ import annotations

from typing import Protocol

from walkdown.i18n import _
from walkdown_client.world import World


class Say(Protocol):
    """Shows a message that goes away by itself."""

    def __call__(self, title: str, text: str = "", *, person: int | None = None) -> None:
        """Show it."""


class Newcomers:
    """Compares who is here with who was.

    Args:
        say: shows a message.
    """

    def __init__(self, say: Say) -> None:
        self._say = say
        self._revision = -1
        self._known: dict[int, str] = {}
        self._me = 0

    def look(self, world: World) -> None:
        """Say what has changed since the last look; those who were here before oneself are no news."""
        if world.people_revision == self._revision or world.me not in world.people:
            return
        self._revision = world.people_revision
        here = {p.id: p.name for p in world.people.values() if p.connected and p.id != world.me}
        if self._me == world.me:
            for number in here.keys() - self._known.keys():
                self._say(_("{name} is here").format(name=here[number]), person=number)
            for number in self._known.keys() - here.keys():
                self._say(_("{name} has left").format(name=self._known[number]))
        self._known, self._me = here, world.me
