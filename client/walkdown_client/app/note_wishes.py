"""What a person wishes of notes goes to the server; what it refuses comes back into the editor.

Nothing that was typed is lost: when somebody else has changed the note meanwhile, or it could not be kept,
the editor opens again with the text and a line that says why, and with what stands there now.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec

from walkdown import messages
from walkdown.i18n import _
from walkdown.messages import Note, PutNote, Reply
from walkdown_client.outgoing import PENDING_MAX
from walkdown_client.placements import point_in_model
from walkdown_client.refusals import reply_sentence
from walkdown_client.tools import intents as wish
from walkdown_client.tools.view_state import NoteDraft, ViewState
from walkdown_client.world import World


class Doing(Protocol):
    """What this needs of :class:`Wishes`."""

    def operate(self, operation: messages.ClientMessage) -> int:
        """Send to the server; returns its number, 0 when that could not be done."""


class NoteWishes:
    """Rules by the class of the wish, for :meth:`Wishes.add`."""

    def __init__(self, world: World, view: ViewState, doing: Doing) -> None:
        self._world, self._view, self._doing = world, view, doing
        self._sent: dict[int, PutNote] = {}

    def rules(self) -> Mapping[type[wish.Intent], Callable[[Any], object]]:
        """Return what is done about each wish."""
        return {wish.PutNote: self._put, wish.RemoveNote: self._remove}

    def hear(self, reply: Reply) -> bool:
        """Take a refusal; tells whether it was of a text, which is in the editor again."""
        sent = self._sent.pop(reply.op, None)
        if sent is None:
            return False
        view = self._view
        draft = self._draft_of(sent, reply)
        if view.draft is None:
            view.draft = draft
            return True
        view.laid_aside = draft  # another one is being written: the text is there for the next
        return False

    def _put(self, intent: wish.PutNote) -> None:
        there = self._world.notes.get(intent.note)
        model = there.model if there else intent.model
        note = PutNote(
            op=1,
            note=intent.note,
            text=intent.text,
            point=there.point if there else point_in_model(self._world.placement(model), intent.point),
            thing=intent.thing,
            model=model,
            base=intent.base,
        )
        if number := self._doing.operate(note):
            self._view.draft = None
            self._remember(number, note)

    def _remove(self, intent: wish.RemoveNote) -> None:
        there = self._world.notes.get(intent.note)
        base = there.number if there else 0
        self._doing.operate(messages.RemoveNote(op=1, note=intent.note, base=base))

    def _remember(self, number: int, note: PutNote) -> None:
        """Keep what was typed until it can no longer be refused."""
        self._sent[number] = note
        for old in [op for op in self._sent if op <= number - PENDING_MAX]:
            del self._sent[old]

    def _draft_of(self, sent: PutNote, reply: Reply) -> NoteDraft:
        """Return the editor's draft with what was typed; saving it again is a choice, whatever is there."""
        current = msgspec.convert(reply.current, Note) if reply.current is not None else None
        there = current or self._world.notes.get(sent.note)
        where = Note(sent.note, sent.text, sent.point, "", "", 0, model=sent.model)
        return NoteDraft(
            sent.note,
            self._world.note_position(where),
            sent.thing,
            sent.text,
            is_new=there is None,
            model=sent.model,
            base=current.number if current else 0,
            meanwhile=_meanwhile(reply, current),
        )


def _meanwhile(reply: Reply, current: Note | None) -> str:
    """Return the line that says why the editor is open again."""
    if reply.code != "conflict":
        return reply_sentence(reply)
    if current is not None:
        return _("Changed meanwhile by {name}, who wrote: {text}").format(name=reply.by, text=current.text)
    if reply.by:
        return _("Removed meanwhile by {name}. Save it to place it again.").format(name=reply.by)
    return _("It is not there any more. Save it to place it again.")
