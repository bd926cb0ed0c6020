"""Says what one's own undo has taken back, or repeated: it may be something that is out of sight."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from walkdown.i18n import _, mark
from walkdown_client.events import Event, Recorded
from walkdown_client.world import World

UNDOS_KEPT = 200
WHAT: Mapping[str, str] = {
    "note": mark("a note"),
    "topic": mark("a topic"),
    "topic_changed": mark("a change of a topic"),
    "comment": mark("a comment"),
    "viewpoint": mark("a view"),
    "mark": mark("a mark"),
    "vocabulary": mark("the words of the lists"),
    "agenda": mark("a point of the agenda"),
    "meeting": mark("a step of the meeting"),
    "model": mark("a model"),
    "model_placed": mark("the place of a model"),
    "zone": mark("a zone"),
    "disturbance": mark("a disturbance"),
}
"""What a record is about, by its kind; removals are about the same."""


class UndoNews:
    """Hears every record.

    Args:
        say: shows a message that goes away by itself.
    """

    def __init__(self, world: World, say: Callable[[str], object]) -> None:
        self._world, self._say = world, say
        self._undos: dict[int, None] = {}

    def hear(self, event: Event) -> None:
        """Say it if a record takes one of one's own changes back."""
        welcome = self._world.welcome
        if not isinstance(event, Recorded) or not event.record.undoes or welcome is None:
            return
        record = event.record
        if record.author_id != welcome.author:
            return
        what = WHAT.get(record.kind.removesuffix("_removed"))
        if what is not None:
            again = record.undoes in self._undos
            text = _("Repeated: {what}") if again else _("Taken back: {what}")
            self._say(text.format(what=_(what)))
        if record.undoes not in self._undos:
            self._undos[record.number] = None
            for old in list(self._undos)[:-UNDOS_KEPT]:
                del self._undos[old]
