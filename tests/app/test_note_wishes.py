"""What was typed into a note is never lost: a refusal brings it back into the editor, with the reason."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.client.test_world import world_with
from walkdown import messages
from walkdown.messages import Note, PutNote, Record, RemoveNote, Reply
from walkdown_client.app.note_wishes import NoteWishes
from walkdown_client.events import LinkChanged, Recorded
from walkdown_client.outgoing import PENDING_MAX
from walkdown_client.tools import intents as wish
from walkdown_client.tools.annotate import finished
from walkdown_client.tools.view_rules import carry_out
from walkdown_client.tools.view_state import NoteDraft, ViewState

NOTE = Note("n", "one", (1.0, 2.0, 3.0), "Eve", "e", 5, number=7)


class Desk:
    """A world with one note, and a link that notes what is sent."""

    def __init__(self) -> None:
        self.world, self.view = world_with(LinkChanged("live")), ViewState()
        self.world.apply(Recorded(Record(7, 5, "Eve", "e", "note", {}), NOTE))
        self.sent: list[Any] = []
        self.taken = True
        self.wishes = NoteWishes(self.world, self.view, self)

    def operate(self, operation: messages.ClientMessage) -> int:
        self.sent.append(operation)
        return len(self.sent) if self.taken else 0

    def do(self, intent: wish.Intent) -> None:
        if not carry_out(self.view, intent, self.world.notes):
            self.wishes.rules()[type(intent)](intent)

    def save(self, text: str) -> None:
        draft = self.view.draft
        assert draft is not None
        draft.text = text
        intent = finished(draft)
        assert intent is not None
        self.do(intent)

    @property
    def draft(self) -> NoteDraft:
        assert self.view.draft is not None
        return self.view.draft


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_change_names_the_record_that_was_seen_when_the_editor_opened(desk: Desk) -> None:
    desk.do(wish.EditNote("n"))
    newer = msgspec.structs.replace(NOTE, text="two", number=9)
    desk.world.apply(Recorded(Record(9, 6, "Carl", "c", "note", {}), newer))
    desk.save("mine")
    assert desk.sent == [PutNote(1, "n", "mine", NOTE.point, base=7)]
    assert desk.view.draft is None


def test_a_new_note_has_seen_nothing(desk: Desk) -> None:
    desk.do(wish.BeginNote("", (0.0, 1.0, 2.0)))
    desk.save("new")
    assert desk.sent[0].base == 0


def test_a_conflict_opens_the_editor_with_both_texts(desk: Desk) -> None:
    desk.do(wish.EditNote("n"))
    desk.save("mine")
    current = msgspec.to_builtins(msgspec.structs.replace(NOTE, text="theirs", number=9))
    assert desk.wishes.hear(Reply(1, 0, "conflict", "", current, "Carl"))
    assert desk.draft.text == "mine"
    assert desk.draft.meanwhile == "Changed meanwhile by Carl, who wrote: theirs"
    desk.save("mine all the same")
    assert (desk.sent[1].text, desk.sent[1].base) == ("mine all the same", 9)


def test_what_was_removed_meanwhile_can_be_placed_again(desk: Desk) -> None:
    desk.do(wish.EditNote("n"))
    desk.save("mine")
    desk.world.apply(Recorded(Record(8, 6, "Carl", "c", "note_removed", {"note": "n"}), None))
    assert desk.wishes.hear(Reply(1, 0, "conflict", "", None, "Carl"))
    assert "Removed meanwhile by Carl" in desk.draft.meanwhile
    assert desk.draft.is_new
    desk.save("mine")
    assert desk.sent[1] == PutNote(1, "n", "mine", NOTE.point)


def test_a_text_that_could_not_be_kept_comes_back_with_the_reason(desk: Desk) -> None:
    desk.do(wish.BeginNote("", (0.0, 1.0, 2.0)))
    desk.save("new")
    assert desk.wishes.hear(Reply(1, 0, "not-kept", "The server's disk is full"))
    assert (desk.draft.text, desk.draft.point) == ("new", (0.0, 1.0, 2.0))
    assert "disk is full" in desk.draft.meanwhile
    desk.do(wish.Dismiss())
    assert desk.view.laid_aside
    assert desk.view.laid_aside.text == "new"


def test_while_another_note_is_written_the_text_waits_for_the_next(desk: Desk) -> None:
    desk.do(wish.EditNote("n"))
    desk.save("mine")
    desk.do(wish.BeginNote("", (0.0, 1.0, 2.0)))
    desk.draft.text = "another"
    assert not desk.wishes.hear(Reply(1, 0, "conflict", "", None, "Carl"))
    assert desk.draft.text == "another"
    assert desk.view.laid_aside
    assert desk.view.laid_aside.text == "mine"


def test_a_removal_names_what_was_seen_and_its_refusal_opens_nothing(desk: Desk) -> None:
    desk.do(wish.RemoveNote("n"))
    assert desk.sent == [RemoveNote(1, "n", 7)]
    assert not desk.wishes.hear(Reply(1, 0, "conflict", "", None, "Carl"))
    assert desk.view.draft is None


def test_what_cannot_be_sent_stays_in_the_editor(desk: Desk) -> None:
    desk.taken = False
    desk.do(wish.EditNote("n"))
    desk.save("mine")
    assert desk.draft.text == "mine"


def test_what_can_no_longer_be_refused_is_forgotten(desk: Desk) -> None:
    for index in range(PENDING_MAX + 5):
        desk.do(wish.PutNote(f"n{index}", "x", (0.0, 0.0, 0.0)))
    assert not desk.wishes.hear(Reply(5, 0, "not-kept", ""))
    assert desk.wishes.hear(Reply(6, 0, "not-kept", ""))
