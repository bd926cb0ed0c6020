"""What a person wishes of meeting and chat reaches the server, and nothing that was typed is lost."""

from __future__ import annotations

import pytest

from tests.app.company_desk import Desk
from walkdown import messages as m
from walkdown.messages import AgendaItem, ChatLine, Meeting, Reply, Viewpoint
from walkdown_client.app.chat_wishes import ChatWishes
from walkdown_client.app.meeting_wishes import MeetingWishes
from walkdown_client.tools import intents as wish
from walkdown_client.tools import meeting_intents as meet
from walkdown_client.tools.chat_links import put_link


class Chair(Desk):
    """Ada leads a review with three points."""

    def __init__(self) -> None:
        super().__init__()
        self.meeting = MeetingWishes(self.world, self.view, views=self.views, doing=self)
        self.gone_to: list[m.Point] = []
        self.chat = ChatWishes(self.world, self.view, views=self.views, go_to=self.gone_to.append, doing=self)
        self.rules = {**self.meeting.rules(), **self.chat.rules()}
        self.record("meeting", Meeting("Line 1", "60 %", began_ns=1, item="i2"))
        for place, title in enumerate(("Old topics", "Access", "Cleaning"), 1):
            self.record("agenda", AgendaItem(f"i{place}", title, 10.0, order=place * 1000))

    def item(self, name: str) -> AgendaItem:
        return self.world.review.agenda[name]


@pytest.fixture
def chair() -> Chair:
    return Chair()


def test_a_review_begins_with_what_was_typed_or_with_the_name_of_the_session(chair: Chair) -> None:
    assert chair.do(meet.BeginMeeting(stage="30 %")) == m.OpenMeeting(1, "Walkdown", "30 %")
    chair.view.together.form.title = "Line 2"
    assert chair.do(meet.BeginMeeting()) == m.OpenMeeting(1, "Line 2", "")


def test_its_end_and_its_decision_are_asked_about_first(chair: Chair) -> None:
    chair.do(meet.AskToEndMeeting())
    assert chair.view.question is not None
    assert "Nothing has been decided yet." in chair.view.question.text
    assert chair.do(chair.view.question.then) == m.CloseMeeting(1)
    chair.sent.clear()
    chair.do(meet.AskVerdict("rejected", "No room to open the guard"))
    assert chair.sent == []
    assert "Rejected" in chair.view.question.title
    sent = chair.do(chair.view.question.then)
    assert sent == m.GiveVerdict(1, "rejected", "No room to open the guard")


def test_one_steps_through_the_agenda_and_is_told_at_its_ends(chair: Chair) -> None:
    assert chair.do(meet.StepItem(1)) == m.StepAgenda(1, "i3")
    assert chair.do(meet.StepItem(-1)) == m.StepAgenda(1, "i1")
    chair.record("meeting", Meeting("Line 1", "60 %", began_ns=1, item="i3"))
    chair.sent.clear()
    chair.do(meet.StepItem(1))
    assert (chair.sent, chair.said) == ([], ["This is the last point of the agenda"])


def test_who_has_no_duty_is_told_who_steps(chair: Chair) -> None:
    chair.tell(1, role="participant")
    chair.do(meet.StepItem(1))
    assert chair.sent == []
    assert "Who leads, drives, or writes" in chair.said[0]
    chair.record("meeting", Meeting("Line 1", began_ns=1, item="i2", duties={"scribe": "a1"}))
    assert chair.do(meet.StepItem(1)) == m.StepAgenda(1, "i3")


def test_a_new_point_comes_last_and_needs_a_title_and_a_number(chair: Chair) -> None:
    chair.do(meet.OpenItem())
    form = chair.view.together.form.item
    assert form is not None
    chair.do(meet.PutItem())
    assert (chair.sent, form.wrong) == ([], "It needs a title.")
    form.title, form.minutes = "Noise", "a while"
    chair.do(meet.PutItem())
    assert "number up to 1,440" in form.wrong
    form.minutes, form.owner = "7,5", "Jörg"
    sent = chair.do(meet.PutItem()).item
    assert (sent.title, sent.minutes, sent.owner) == ("Noise", 7.5, "Jörg")
    assert sent.order > chair.item("i3").order
    assert chair.view.together.form.item is None


def test_what_others_changed_besides_what_was_typed_is_kept(chair: Chair) -> None:
    chair.do(meet.OpenItem("i2"))
    form = chair.view.together.form.item
    assert form is not None
    form.text = "Ladder is 40 cm too far"
    number = chair.record(
        "agenda", m.AgendaItem("i2", "Access", 10.0, order=2000, viewpoints=("v1",), done=True)
    )
    sent = chair.do(meet.PutItem())
    assert (sent.item.viewpoints, sent.item.done, sent.item.text) == (
        ("v1",),
        True,
        "Ladder is 40 cm too far",
    )
    assert sent.base == number, "no conflict: nobody else typed into these fields"


def test_a_point_that_somebody_else_wrote_meanwhile_is_a_conflict_and_the_form_opens_again(
    chair: Chair,
) -> None:
    chair.do(meet.OpenItem("i2"))
    form = chair.view.together.form.item
    assert form is not None
    seen = chair.item("i2").number
    form.title = "Access and escape"
    chair.record("agenda", m.AgendaItem("i2", "Access by ladder", 10.0, order=2000), author="a2", name="Jörg")
    sent = chair.do(meet.PutItem())
    assert sent.base == seen
    refusal = Reply(len(chair.sent), 0, "conflict", "somebody else", by="Jörg")
    assert chair.meeting.hear(refusal)
    again = chair.view.together.form.item
    assert again is not None
    assert again.title == "Access and escape"
    assert again.wrong == "Changed meanwhile by Jörg; it is now: Access by ladder"
    assert chair.do(meet.PutItem()).base == chair.item("i2").number, "saving it again is a choice"


def test_points_are_moved_parked_and_brought_back(chair: Chair) -> None:
    moved = chair.do(meet.MoveItem("i3", -1)).item
    assert chair.item("i1").order < moved.order < chair.item("i2").order
    parked = chair.do(meet.ParkItem()).item
    assert (parked.item, parked.parked) == ("i2", True), "without a name the one that is on"
    chair.record("agenda", parked)
    assert not chair.do(meet.ParkItem("i2", parked=False)).item.parked
    chair.view.together.form.parking = "Who pays?"
    line = chair.do(meet.ParkText("Who pays?")).item
    assert (line.title, line.parked, chair.view.together.form.parking) == ("Who pays?", True, "")


def test_a_view_is_kept_and_belongs_to_a_point(chair: Chair) -> None:
    chair.do(meet.AttachView("i2"))
    kept, point = chair.sent[-2:]
    assert isinstance(kept, m.PutViewpoint)
    assert (kept.viewpoint.title, kept.viewpoint.topic) == ("Access", "")
    assert point.item.viewpoints == (kept.viewpoint.viewpoint,)
    chair.record("agenda", point.item)
    name = kept.viewpoint.viewpoint
    assert chair.do(meet.AttachView("i2", name, attached=False)).item.viewpoints == ()


def test_prepared_views_are_those_of_the_point_that_is_on(chair: Chair) -> None:
    chair.do(meet.StepView(1))
    assert chair.said == ["No views are prepared Shift+V keeps what you see as one."]
    for place, name in enumerate(("v1", "v2", "v3")):
        chair.record("viewpoint", Viewpoint(name, title=name, order=place))
    chair.do(meet.StepView(1))
    chair.record("agenda", AgendaItem("i2", "Access", order=2000, viewpoints=("v3", "v2")))
    for _twice in range(3):
        chair.do(meet.StepView(1))
    assert [view.viewpoint for view in chair.views.shown] == ["v1", "v3", "v2"]
    assert chair.said[-1] == "This is the last prepared view"


def test_a_vote_has_yes_no_and_abstention_unless_answers_are_given(chair: Chair) -> None:
    sent = chair.do(meet.AskVote("Move the platform?"))
    assert (sent.question, sent.options, sent.item) == (
        "Move the platform?",
        ("Yes", "No", "Abstain"),
        "i2",
    )
    assert chair.do(meet.AskVote("Which?", ("A", " ", "A", "B "))).options == ("A", "B")
    chair.sent.clear()
    chair.do(meet.AskVote("Which?", ("A",)))
    assert chair.sent == []
    assert "2 to 20 answers" in chair.said[-1]
    assert chair.do(meet.VoteFor("w", 2)) == m.CastVote(1, "w", 2)


# ---- the chat -------------------------------------------------------------------------------------------


def test_a_line_goes_out_with_its_links_and_the_field_is_empty_again(chair: Chair) -> None:
    chair.view.selection = ("L1.FIL",)
    form = chair.view.together.chat
    form.text = "look at @fil"
    chair.do(meet.InsertLink())
    assert form.text == "look at @Filler "
    form.text += "now"
    chair.chat.step()
    sent = chair.do(meet.SayLine())
    assert (sent.text, sent.links) == ("look at {0} now", ("thing:L1.FIL",))
    assert (form.text, form.labels) == ("", {})
    assert list(form.waiting.values()) == ["look at @Filler now"]
    chair.record("said", ChatLine(sent.line, sent.text, sent.links, "Ada", "a1", 1))
    chair.chat.step()
    assert form.waiting == {}


def test_two_things_of_one_name_stay_two_links(chair: Chair) -> None:
    form = chair.view.together.chat
    put_link(form, "thing:A", "Pump")
    put_link(form, "thing:B", "Pump")
    sent = chair.do(meet.SayLine())
    assert (sent.text, sent.links) == ("{1} {0}", ("thing:B", "thing:A"))


def test_a_line_that_is_refused_is_in_the_field_again(chair: Chair) -> None:
    form = chair.view.together.chat
    chair.do(meet.SayLine("hello"))
    assert chair.chat.refused(Reply(len(chair.sent), 0, "rate", "too many"))
    assert (form.text, form.waiting) == ("hello", {})
    assert "This was not written to all" in chair.said[0]
    assert not chair.chat.refused(Reply(99, 0, "rate", "of something else"))


def test_who_is_named_is_told_unless_the_chat_is_open_and_old_lines_are_no_news(chair: Chair) -> None:
    line = ChatLine("l1", "{0} your turn", ("person:a1",), "Jörg", "a2", 1)
    chair.record("said", line)
    chair.chat.step()
    assert chair.said == []
    chair.record("said", m.ChatLine("l2", "{0} and now", ("person:a1",), "Jörg", "a2", 1))
    chair.chat.step()
    assert chair.said == ["Jörg writes to you @Ada and now"]
    chair.view.panel = "chat"
    chair.record("said", m.ChatLine("l3", "{0} again", ("person:a1",), "Jörg", "a2", 1))
    chair.chat.step()
    assert len(chair.said) == 1


@pytest.mark.parametrize(
    ("link", "way"),
    [
        ("thing:L1.FIL", wish.FlyToThing("L1.FIL")),
        ("note:n1", wish.GoToNote("n1")),
        ("person:a3", wish.GoToPerson(3)),
    ],
)
def test_a_link_leads_to_what_it_names(chair: Chair, link: str, way: wish.Intent) -> None:
    chair.do(meet.OpenLink(link))
    assert chair.carried == [way]


def test_a_link_to_what_is_gone_says_so_and_one_to_a_view_shows_it(chair: Chair) -> None:
    chair.do(meet.OpenLink("thing:NOWHERE"))
    assert chair.said == ["What this link names is not here now"]
    chair.record("viewpoint", Viewpoint("v1", title="South"))
    chair.do(meet.OpenLink("viewpoint:v1"))
    assert chair.views.shown[-1].viewpoint == "v1"
    chair.record("mark", m.Mark("k", "arrow", (1.0, 2.0, 3.0)))
    chair.do(meet.OpenLink("mark:k"))
    assert chair.gone_to == [(1.0, 2.0, 3.0)]
