"""From the key to the record: what is taken, what is sent, and what comes back when the server says no."""

from __future__ import annotations

from typing import Any, cast

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from tests.client.test_world import world_with
from walkdown import messages
from walkdown.messages import (
    AgendaItem,
    Camera,
    EditTopic,
    Meeting,
    PackageRef,
    Person,
    PutComment,
    PutTopic,
    PutViewpoint,
    Reply,
    ReviewSnapshot,
    Topic,
    TopicChanges,
    Viewpoint,
)
from walkdown.review import ReviewState
from walkdown_client.app.models import Box, Models
from walkdown_client.app.topic_drafts import TopicDrafts
from walkdown_client.app.topic_wishes import TopicWishes
from walkdown_client.events import Heard, LinkChanged
from walkdown_client.file_sending import FileSending, Offering
from walkdown_client.input.controls import Picked
from walkdown_client.tools import intents as wish
from walkdown_client.tools import topic_intents as topics
from walkdown_client.tools.topic_state import TopicDraft
from walkdown_client.tools.view_rules import carry_out
from walkdown_client.tools.view_state import ViewState

PNG = b"\x89PNG picture"
HASH = "5" * 64
THERE = Topic(
    title="Valve",
    topic="t1",
    index=7,
    author="Eve",
    author_id="e",
    number=20,
    status="Open",
    point=(1.0, 2.0, 3.0),
)
EYE = Camera((0.0, 0.0, 2.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


class Upload:
    """Stands in for a file on its way."""

    def __init__(self) -> None:
        self.phase, self.text = "upload", ""

    def cancel(self) -> None:
        self.phase = "cancelled"


class Boxes(Models):
    """Models of which only a box of each thing is known."""

    def box_of(self, name: str) -> Box | None:
        return (np.zeros(3), np.array([2.0, 4.0, 6.0])) if name == "P-1" else None

    def ids_of(self, name: str) -> Any:
        return np.zeros(0, np.intp)


class Desk:
    """A world with one topic, eyes, and a link that notes what is sent."""

    def __init__(self) -> None:
        self.world, self.view = world_with(LinkChanged("live")), ViewState()
        self.world.review = ReviewState.of(ReviewSnapshot((THERE,)))
        self.sent: list[Any] = []
        self.shown: list[Viewpoint] = []
        self.flown: list[Box | None] = []
        self.said: list[str] = []
        self.uploads: list[Upload] = []
        self.taken = True
        drafts = TopicDrafts(
            self.world, self.view, Boxes(), looking=self, send=self.send_file, keep=lambda _data: HASH
        )
        drafts.speaker = lambda: "Jörg"
        self.wishes = TopicWishes(self.world, self.view, Boxes(), doing=self, looking=self, drafts=drafts)

    # what wishes need of the rest

    def operate(self, operation: messages.ClientMessage) -> int:
        self.sent.append(operation)
        return len(self.sent) if self.taken else 0

    def fly_to(self, box: Box | None) -> None:
        self.flown.append(box)

    def say(self, title: str, text: str = "") -> None:
        self.said.append(title)

    def say_error(self, title: str, text: str, details: str = "") -> None:
        self.said.append(f"{title}: {text}")

    def current(self) -> Viewpoint:
        return Viewpoint(f"v{len(self.sent)}", EYE, selection=self.view.selection)

    def show(self, viewpoint: Viewpoint) -> None:
        self.shown.append(viewpoint)

    def snapshot(self) -> bytes:
        return PNG

    def send_file(self, offering: Offering) -> FileSending:
        assert offering.source == PNG
        self.uploads.append(Upload())
        return cast(FileSending, self.uploads[-1])

    # what tests do

    def do(self, *intents: wish.Intent) -> None:
        for intent in intents:
            if not carry_out(self.view, intent, {}):
                self.wishes.rules()[type(intent)](intent)

    def write(self, title: str) -> TopicDraft:
        self.do(topics.BeginTopic())
        self.wishes.step()
        draft = self.view.topics.draft
        assert draft is not None
        draft.title = title
        return draft

    def refuse(self, code: str, current: Topic | None = None) -> bool:
        raw = msgspec.to_builtins(current) if current is not None else None
        return self.wishes.hear(Reply(len(self.sent), 0, code, "The disk is full.", raw, "Jörg"))


@pytest.fixture
def desk() -> Desk:
    return Desk()


# ---- from the key to the record -------------------------------------------------------------------------


def test_one_key_takes_view_selection_place_speaker_item_and_stage(desk: Desk) -> None:
    desk.view.selection = ("P-1",)
    desk.world.review.agenda["a"] = AgendaItem("a", "Filling")
    desk.world.review.meeting = Meeting(stage="60 %", began_ns=1, item="a")
    draft = desk.write("Valve too high")
    assert (draft.things, draft.point, draft.model) == (("P-1",), (1.0, 2.0, 6.0), "")
    assert (draft.speaker, draft.item, draft.stage, draft.status) == ("Jörg", "a", "60 %", "Open")
    assert draft.viewpoint is not None
    assert (draft.viewpoint.topic, draft.viewpoint.camera) == (draft.topic, EYE)
    assert draft.picture == HASH


def test_without_a_selection_the_topic_is_about_what_is_under_the_cursor(desk: Desk) -> None:
    shift = (1.0, 0.0, 0.0, 10.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    desk.world.packages = (
        PackageRef("p", "hall", messages.Blob("a" * 64, 1), 0, 1, model="m", placement=shift),
    )
    desk.view.hovered, desk.view.hover_point, desk.view.hover_model = "V-9", (11.0, 2.0, 3.0), "m"
    draft = desk.write("x")
    assert (draft.things, draft.model, draft.point) == (("V-9",), "m", (1.0, 2.0, 3.0))


def test_with_nothing_under_the_cursor_the_pin_stands_in_the_middle_of_the_picture(desk: Desk) -> None:
    desk.wishes.drafts.ahead = lambda: Picked((4.0, 5.0, 6.0), "V-9")
    draft = desk.write("x")
    assert (draft.things, draft.point) == ((), (4.0, 5.0, 6.0))


def test_a_picture_that_is_there_in_time_is_in_the_same_record(desk: Desk) -> None:
    draft = desk.write("Valve")
    desk.uploads[0].phase = "done"
    desk.do(topics.PlaceTopic())
    desk.wishes.step()
    assert len(desk.sent) == 1
    made = desk.sent[0]
    assert isinstance(made, PutTopic)
    assert (made.topic, made.fields.title) == (draft.topic, "Valve")
    assert made.viewpoint is not None
    assert made.viewpoint.snapshot == HASH
    assert desk.view.topics.draft is None


def test_a_topic_never_waits_for_its_picture_which_follows(desk: Desk) -> None:
    desk.write("Valve")
    desk.do(topics.PlaceTopic())
    made = desk.sent[0]
    assert made.viewpoint.snapshot == ""
    desk.uploads[0].phase = "done"
    desk.wishes.step()
    assert len(desk.sent) == 1, "nobody puts a picture into a view that the server does not have yet"
    kept = replace(made.viewpoint, number=30)
    desk.world.review.viewpoints[kept.viewpoint] = kept
    desk.wishes.step()
    assert desk.sent[1:] == [PutViewpoint(1, replace(kept, snapshot=HASH), 30)]
    desk.wishes.step()
    assert len(desk.sent) == 2


def test_a_picture_that_got_lost_with_the_line_is_offered_again(desk: Desk) -> None:
    desk.write("Valve")
    desk.do(topics.PlaceTopic())
    desk.uploads[0].phase = "failed"
    desk.world.apply(LinkChanged("reconnecting"))
    desk.wishes.step()
    assert len(desk.uploads) == 1
    desk.world.apply(LinkChanged("live"))
    for _try in range(3):
        desk.uploads[-1].phase = "failed"
        desk.wishes.step()
    assert len(desk.uploads) == 3
    assert desk.said == ["The picture of the topic could not be kept: "]


def test_the_picture_of_a_draft_that_is_thrown_away_is_not_sent(desk: Desk) -> None:
    desk.write("Valve")
    desk.do(topics.ForgetDraft())
    desk.wishes.step()
    assert desk.uploads[0].phase == "cancelled"


def test_what_was_laid_aside_comes_back_as_it_was_and_its_view_can_be_taken_anew(desk: Desk) -> None:
    desk.view.selection = ("P-1",)
    draft = desk.write("Valve")
    desk.do(wish.Dismiss())
    desk.view.selection = ("V-9",)
    desk.do(topics.BeginTopic())
    assert desk.view.topics.draft is draft
    assert draft.things == ("P-1",)
    desk.do(topics.RetakeTopic())
    desk.wishes.step()
    assert (draft.title, draft.things) == ("Valve", ("V-9",))
    assert [upload.phase for upload in desk.uploads] == ["cancelled", "upload"]


def test_a_refused_topic_is_in_the_editor_again_and_says_why(desk: Desk) -> None:
    desk.write("Valve")
    desk.uploads[0].phase = "done"
    desk.do(topics.PlaceTopic())
    assert desk.refuse("not-kept")
    assert len(desk.uploads) == 2, "its picture is sent again, for the store may have lost it"
    assert desk.view.topics.draft
    assert (desk.view.topics.draft.title, desk.view.topics.draft.meanwhile) == ("Valve", "The disk is full.")


def test_what_cannot_be_sent_stays_in_the_editor(desk: Desk) -> None:
    desk.taken = False
    desk.write("Valve")
    desk.do(topics.PlaceTopic())
    assert desk.view.topics.draft


# ---- fields -----------------------------------------------------------------------------------------------


def test_a_change_names_the_record_that_was_seen_and_shows_at_once(desk: Desk) -> None:
    desk.do(topics.ChangeTopic("t1", (("title", "Valve V-12"),), 18))
    assert desk.sent == [EditTopic(1, "t1", TopicChanges(title="Valve V-12"), 18)]
    assert desk.view.topics.sent[("t1", "title")].value == "Valve V-12"
    desk.world.review.topics["t1"] = replace(THERE, title="Valve V-12", number=21)
    desk.wishes.step()
    assert not desk.view.topics.sent


def test_two_values_of_one_field_stand_there_until_one_is_chosen(desk: Desk) -> None:
    desk.do(topics.ChangeTopic("t1", (("title", "mine"),), 20))
    assert desk.refuse("conflict", replace(THERE, title="theirs", number=25))
    clash = desk.view.topics.clashes[("t1", "title")]
    assert (clash.mine, clash.theirs, clash.by) == ("mine", "theirs", "Jörg")
    desk.do(topics.KeepMine("t1", "title"))
    assert desk.sent[1] == EditTopic(1, "t1", TopicChanges(title="mine"), 25)
    assert not desk.view.topics.clashes


def test_two_people_who_wrote_the_same_have_no_conflict(desk: Desk) -> None:
    desk.do(topics.ChangeTopic("t1", (("title", "same"),), 20))
    assert desk.refuse("conflict", replace(THERE, title="same", number=25))
    assert not desk.view.topics.clashes
    desk.do(topics.ChangeTopic("t1", (("title", "same"),), 20))
    assert desk.refuse("unchanged"), "which is nothing to tell anybody"


def test_what_could_not_be_kept_is_in_its_field_again(desk: Desk) -> None:
    desk.do(topics.ChangeTopic("t1", (("description", "words"), ("accepted", True)), 20))
    assert not desk.refuse("not-kept"), "why is said besides"
    assert desk.view.topics.typed[("t1", "description")].text == "words"
    assert not desk.view.topics.sent


def test_a_change_of_what_was_removed_says_so(desk: Desk) -> None:
    desk.do(topics.ChangeTopic("t1", (("title", "mine"),), 20))
    del desk.world.review.topics["t1"]
    assert desk.refuse("conflict")
    assert "removed" in desk.said[0]


def test_the_open_topic_is_parked_closed_reopened_and_taken_over_by_one_wish_each(desk: Desk) -> None:
    desk.do(topics.OpenTopic("t1"), topics.ParkTopic(), topics.CloseTopic(), topics.ReopenTopic())
    assert [edit.changes for edit in desk.sent] == [TopicChanges(parked=True), TopicChanges(status="Closed")]
    desk.world.apply(Heard(Person(desk.world.me, "Ada", "person", 0, "")))
    desk.do(topics.AssignToMe())
    assert desk.sent[-1].changes.assigned == "Ada"
    assert desk.sent[-1].changes.accepted is True


def test_who_was_named_without_an_id_gives_theirs_with_the_yes(desk: Desk) -> None:
    desk.world.review.topics["t1"] = replace(THERE, assigned="Ada")
    author = desk.world.welcome.author if desk.world.welcome else ""
    desk.do(topics.AcceptTopic("t1"))
    assert desk.sent[-1].changes.accepted is True
    assert desk.sent[-1].changes.assigned_id in (author, msgspec.UNSET)


# ---- comments and going there -----------------------------------------------------------------------------


def test_a_comment_may_answer_another_and_take_the_view_along(desk: Desk) -> None:
    desk.view.topics.comments["t1"] = "Lower it"
    desk.do(topics.AddComment("t1", " Lower it ", "c0", with_view=True))
    kept, said = desk.sent
    assert isinstance(kept, PutViewpoint)
    assert kept.viewpoint.topic == "t1"
    assert isinstance(said, PutComment)
    assert (said.comment.text, said.comment.reply_to) == ("Lower it", "c0")
    assert said.comment.viewpoint == kept.viewpoint.viewpoint
    assert not desk.view.topics.comments


def test_a_refused_comment_is_in_its_field_again(desk: Desk) -> None:
    desk.do(topics.AddComment("t1", "Lower it"))
    assert not desk.refuse("not-kept")
    assert desk.view.topics.comments["t1"] == "Lower it"


def test_one_goes_to_a_topic_by_its_view_else_by_its_place(desk: Desk) -> None:
    desk.do(topics.GoToTopic("t1"))
    assert desk.flown[0] is not None
    assert desk.flown[0][0].tolist() == [-0.5, 0.5, 1.5]
    view = Viewpoint("v", EYE, topic="t1")
    desk.world.review = ReviewState.of(ReviewSnapshot((THERE,), (), (view,)))
    desk.do(topics.GoToTopic("t1"))
    assert desk.shown == [view]


def test_one_goes_to_where_an_orphaned_topic_was(desk: Desk) -> None:
    desk.world.review.topics["t1"] = replace(THERE, things=("gone",), model="gone")
    desk.do(topics.GoToTopic("t1"))
    assert desk.flown[0] is not None
    desk.world.review.topics["t1"] = replace(THERE, point=None)
    desk.do(topics.GoToTopic("t1"))
    assert desk.said == ["This topic has no place"]
