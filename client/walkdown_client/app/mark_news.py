"""Says what others did to one's own marks: somebody who leads may remove them."""

from __future__ import annotations

from typing import Protocol

from walkdown.i18n import _
from walkdown_client.tools.marking import title_of
from walkdown_client.world import World


class Say(Protocol):
    """What this needs of :meth:`Wishes.say`."""

    def __call__(self, title: str, text: str = "") -> None:
        """Show a message that goes away by itself."""


class MarkNews:
    """Remembers one's own marks, so that it can be said which one is gone.

    Args:
        say: shows a message.
    """

    def __init__(self, say: Say) -> None:
        self._say = say
        self._number = 0
        self._revision = -1
        self._own: dict[str, str] = {}

    def look(self, world: World) -> None:
        """Say what has happened since the last call; once a frame."""
        me = world.welcome.author if world.welcome is not None else ""
        if not me or world.review.revision == self._revision:
            return
        self._revision = world.review.revision
        for record in world.review_news:
            if record.number > self._number and record.kind == "mark_removed" and record.author_id != me:
                self._say_removed(record.author, self._own.get(str(record.body.get("mark")), ""))
        self._number = world.last_record
        marks = world.review.marks.values()
        self._own = {mark.mark: title_of(mark) for mark in marks if mark.author_id == me}

    def _say_removed(self, author: str, title: str) -> None:
        if title:
            self._say(_("{name} removed your mark").format(name=author), title)
