"""The panels of meeting and chat, the strips over the picture, and what a click in them wishes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from tests.ui.conftest import Screen
from tests.ui.plant import NS
from walkdown import messages as m
from walkdown.messages import Person, Record
from walkdown_client.events import Heard, Recorded
from walkdown_client.input.events import ButtonDown, ButtonUp, PointerMoved, Typed, Wheel
from walkdown_client.tools import intents as wish
from walkdown_client.tools import meeting_intents as meet
from walkdown_client.tools.meeting import ItemForm, PingShown
from walkdown_client.tools.view_state import Offer, Toast
from walkdown_client.ui.frame import Frame, Memory
from walkdown_client.ui.panels import palette_meeting
from walkdown_client.ui.panels.chat_flow import flow

pytestmark = pytest.mark.display

LEFT, RIGHT = 44 + 12, 44 + 320 - 24


def record(screen: Screen, kind: str, body: Any, author: str = "a1") -> None:
    world = screen.world
    made = Record(world.last_record + 1, world.session_ns, "Ada", author, kind, msgspec.to_builtins(body))
    world.apply(Recorded(made))


def tell(screen: Screen, number: int, **changes: Any) -> None:
    known = screen.world.people[number]
    said = Person(number, known.name, known.kind, known.colour, role=known.role, author=f"a{number}")
    screen.world.apply(Heard(msgspec.structs.replace(said, **changes)))


def clicks(screen: Screen, x: float, *, top: int, bottom: int, step: int = 9) -> list[wish.Intent]:
    """Click a column from top to bottom and return the different wishes; the panel stays open."""
    found: list[wish.Intent] = []
    panel = screen.view.panel
    for y in range(top, bottom, step):
        found += [w for w in screen.click(x, y) if w not in found]
        screen.view.panel = panel
    return found


@pytest.fixture
def review(screen: Screen) -> Screen:
    """A screen on which a review is on, with the panel of the meeting open."""
    screen.view.preferences.hints_done = ["all"]
    for number in (1, 2, 3, 4):
        tell(screen, number)
    now_ns = screen.world.session_ns
    duties = {"driver": "a2"}
    meeting = m.Meeting(
        "Line 1", "60 %", now_ns - 900 * NS, item="i1", item_ns=now_ns - 840 * NS, duties=duties
    )
    record(screen, "meeting", meeting)
    record(screen, "agenda", m.AgendaItem("i1", "Access", 10.0, "Jörg", order=1))
    record(screen, "agenda", m.AgendaItem("i2", "清洗", 5.0, order=2))
    screen.view.panel = "meeting"
    screen.settle()
    return screen


def test_an_empty_meeting_says_what_it_would_show_and_begins_with_a_button(screen: Screen) -> None:
    screen.view.preferences.hints_done = ["all"]
    screen.view.panel = "meeting"
    screen.settle()
    text = screen.text("meeting")
    for said in (
        "The points of the review are listed here",
        "Questions that are put to the vote are listed here.",
        "What is left for later is listed here.",
        "Nothing has been decided yet.",
        "Who is there is noted while the review is on.",
    ):
        assert said in text
    assert meet.BeginMeeting() in clicks(screen, LEFT + 30, top=150, bottom=260)


def test_the_agenda_says_what_is_on_and_in_words_that_it_takes_too_long(review: Screen) -> None:
    text = review.text("meeting")
    assert "14:00, 4 min over" in text
    assert "14 of 15 min" in text
    assert "Driver: 访客 2" in text
    found = clicks(review, LEFT + 60, top=190, bottom=420)
    assert meet.TurnTo("i2") in found
    assert meet.StepItem(1) in found
    assert meet.TurnTo("i1") not in found
    assert {meet.OpenItem("i1"), meet.OpenItem("i2")} <= set(clicks(review, RIGHT - 36, top=190, bottom=340))


def test_who_has_no_duty_reads_why_and_finds_no_buttons(review: Screen) -> None:
    tell(review, 1, role="participant")
    review.settle()
    assert "A chair, the driver and the scribe change the agenda" in review.text("meeting")
    for button in ("Next point", "Add a point", "End the review…", "Record this decision…"):
        assert button not in review.text("meeting")
    assert not any(isinstance(w, meet.TurnTo) for w in clicks(review, LEFT + 60, top=190, bottom=420))


def test_the_form_of_a_point_is_filled_with_the_keyboard_alone(review: Screen) -> None:
    form = review.view.together.form.item = ItemForm()
    review.settle(frames=4)
    review.settle(Typed("Noise"))
    assert meet.PutItem() in review.settle(ButtonDown("enter"), ButtonUp("enter"))
    form.focus = True
    review.settle(frames=4)
    for typed in ("7,5", "Jörg", "Ladder first"):
        review.settle(ButtonDown("tab"), ButtonUp("tab"))
        review.settle(Typed(typed))
    assert meet.PutItem() in review.settle(ButtonDown("control"), ButtonDown("enter"))
    review.settle(ButtonUp("enter"), ButtonUp("control"))
    assert (form.title, form.minutes, form.owner, form.text) == ("Noise", "7,5", "Jörg", "Ladder first")
    form.wrong = "It needs a title."
    review.settle()
    assert "It needs a title." in review.text("meeting")


def test_a_vote_shows_its_count_and_a_click_votes(review: Screen) -> None:
    record(review, "agenda_removed", {"agenda": "i2"})
    vote = m.Vote("w", "Move it?", ("Yes", "No"), made_ns=1, ballots={"a2": m.Ballot("访客 2", 1)})
    record(review, "vote", vote)
    review.settle()
    assert "1 person has voted. Click your answer." in review.text("meeting")
    found = clicks(review, LEFT + 60, top=330, bottom=560)
    assert {meet.VoteFor("w", 0), meet.VoteFor("w", 1), meet.FinishVote("w")} <= set(found)
    record(review, "vote", msgspec.structs.replace(vote, ended_ns=5))
    review.settle()
    assert "Ended. 1 person has voted." in review.text("meeting")
    assert not any(
        isinstance(w, meet.VoteFor) for w in clicks(review, LEFT + 60, top=330, bottom=560, step=20)
    )


def test_decisions_stand_with_name_role_and_time_and_figures_with_what_it_came_to(review: Screen) -> None:
    record(review, "verdict", m.Verdict("rejected", "No room", "Ada", "a1", "chair", review.world.session_ns))
    record(review, "attended", {"author_id": "a2", "name": "访客 2", "role": "participant", "here": True})
    review.settle()
    text = review.text("meeting")
    assert "Rejected\nNo room\nAda · chair · " in text
    assert "访客 2 · participant · Driver\nsince " in text
    assert "Points of the agenda dealt with\n0 of 2" in text


def test_the_palette_reaches_people_points_votes_and_decisions(review: Screen) -> None:
    record(review, "vote", m.Vote("w", "Move it?", ("Yes", "No"), made_ns=1))
    screen, layout = review, review.interface.layout
    assert layout is not None
    frame = Frame(screen.interface._canvas, screen.world, screen.view, screen.facts, layout, Memory())
    wanted = {
        meet.Follow(3),
        meet.GatherAll((3,), release=False),
        meet.GiveDuty("scribe", 2),
        meet.TurnTo("i2"),
        meet.OpenItem("i1"),
        meet.MoveItem("i2", -1),
        meet.VoteFor("w", 1),
        meet.AskVerdict("approved"),
        meet.SetTogether("come_at_once", on=True),
    }
    assert wanted <= {entry.intent for entry in palette_meeting.meeting_entries(frame)}


# ---- over the picture -----------------------------------------------------------------------------------


def test_following_is_framed_in_their_colour_and_said_in_words(review: Screen) -> None:
    review.view.panel = ""
    review.settle()
    before = review.pixels()[400, 50].tolist()
    review.view.together.following = 2
    review.settle()
    assert review.text("meeting_strip").startswith("Following 访客 2 – Esc to leave")
    assert review.pixels()[400, 46].tolist() != before
    found = [w for x in range(700, 1000, 20) for w in review.click(x, 66)]
    assert meet.StopFollowing() in found
    tell(review, 2, connected=False)
    review.settle()
    assert "whose connection is lost" in review.text("meeting_strip")


def test_in_a_narrow_window_the_words_stay_and_buttons_go(make_screen: Callable[..., Screen]) -> None:
    narrow = make_screen(420, 500)
    narrow.view.panel, narrow.view.together.following, narrow.view.together.places = "", 2, 1
    narrow.settle()
    assert "Following" in narrow.text("meeting_strip")
    assert "Leave" in narrow.text("meeting_strip")
    assert "Return to where I was" not in narrow.text("meeting_strip")


def test_who_calls_sees_how_many_have_come_and_a_click_releases_them(review: Screen) -> None:
    review.view.together.caller, review.view.together.came = True, (2, 11)
    review.view.panel = ""
    review.settle()
    assert "You call: 2 of 11 have come" in review.text("meeting_strip_call")
    assert meet.GatherAll(release=True) in [w for x in range(800, 1000, 20) for w in review.click(x, 66)]


def test_look_here_stands_at_its_place_or_at_the_edge_and_a_click_goes_there(review: Screen) -> None:
    review.view.panel = ""
    review.view.together.pings = (
        PingShown(3, (1.0, 2.0, 3.0), "", 1.0, True, 0.0, 0.0, 0.0, 0.0, 5.0),
        PingShown(2, (4.0, 5.0, 6.0), "", 1.0, False, 0.0, 0.0, 2.2, 0.0, 25.0),
    )
    review.settle()
    assert "Guest 3: look here" in review.text("ping_3")
    assert "↘" in review.text("ping_2")
    assert review.click(800, 450 - 34 - 18) == [meet.GoToPlace((1.0, 2.0, 3.0))]
    assert meet.GoToPlace((4.0, 5.0, 6.0)) in review.click(1500, 455)


def test_hands_are_counted_above_and_stand_first_in_the_list(review: Screen) -> None:
    tell(review, 3, hand=True, looking="L1.CAP", following=2, private=True)
    review.view.together.hands = [3]
    review.view.panel = "people"
    review.settle()
    text = review.text("people")
    assert text.index("Hand 1 · Guest 3") < text.index("Ada")
    assert "looks at Capper · follows 访客 2 · wan" in text
    assert meet.Follow(3) in clicks(review, 44 + 320 - 60, top=130, bottom=180)


# ---- the chat -------------------------------------------------------------------------------------------


def say(screen: Screen, number: int, text: str, *links: str, author: str = "a2") -> None:
    record(screen, "said", m.ChatLine(f"l{number}", text, links, "访客 2", author, screen.world.session_ns))


@pytest.fixture
def chat(review: Screen) -> Screen:
    """A screen with the chat open."""
    review.view.panel, review.view.together.chat.seen = "", 0
    return review


def test_unread_lines_are_counted_until_the_chat_is_open(chat: Screen) -> None:
    say(chat, 1, "hello")
    say(chat, 2, "from me", author="a1")
    chat.settle()
    assert "\n1" in "\n" + chat.text("rail")
    chat.view.panel = "chat"
    chat.settle()
    assert chat.view.together.chat.seen == chat.world.last_record


def test_links_are_named_and_a_click_opens_them(chat: Screen) -> None:
    say(chat, 1, "{0} 灌装机 {1}", "thing:L1.FIL", "topic:gone")
    chat.view.panel = "chat"
    chat.settle()
    assert "@Filler 灌装机 @gone" in chat.text("chat")
    assert meet.OpenLink("thing:L1.FIL") in clicks(chat, LEFT + 20, top=90, bottom=140, step=6)


def test_five_hundred_lines_scroll_and_the_newest_is_shown_first(chat: Screen) -> None:
    for number in range(500):
        say(chat, number, f"line {number} with some words that need more than one row of the panel")
    chat.view.panel = "chat"
    chat.settle(frames=4)
    assert "line 499 " in chat.text("chat")
    assert "line 3 " not in chat.text("chat")
    assert len(chat.text("chat")) < 6000, "only what is in sight is drawn"
    for _turn in range(60):
        chat.frame(PointerMoved(200, 400), Wheel(30))
    chat.settle()
    assert "line 0 " in chat.text("chat")


def test_a_line_is_written_with_a_link_by_keyboard_alone(chat: Screen) -> None:
    chat.view.panel = "chat"
    chat.settle(frames=4)
    chat.settle(Typed("看 @capp"))
    assert "Capper" in chat.text("chat")
    chat.settle(ButtonDown("enter"), ButtonUp("enter"), frames=6)
    form = chat.view.together.chat
    assert form.text == "看 @Capper "
    assert form.labels == {"Capper": "thing:L1.CAP"}
    chat.settle(Typed("!"))
    assert form.text == "看 @Capper !"
    assert meet.SayLine() in chat.settle(ButtonDown("enter"), ButtonUp("enter"))


def test_a_call_takes_no_keyboard_from_who_writes(chat: Screen) -> None:
    chat.view.panel = "chat"
    chat.settle(frames=4)
    chat.settle(Typed("half a "))
    offer = Offer("Come", meet.Come())
    chat.view.say(lambda number: Toast(number, "Jörg calls you", offer=offer))
    chat.settle()
    chat.settle(Typed("line"))
    assert chat.view.together.chat.text == "half a line"
    assert "Jörg calls you\nCome" in chat.text("toast_1")


def test_what_waits_for_the_connection_is_said(chat: Screen) -> None:
    chat.view.panel = "chat"
    chat.view.together.chat.waiting = {"x": "on my way"}
    chat.world.link_state = "reconnecting"
    chat.settle()
    assert "on my way\n1 line waits here" in chat.text("chat")


def test_long_words_and_chinese_wrap_within_the_row(screen: Screen) -> None:
    canvas = screen.interface._canvas
    screen.panel.begin(1 / 60)
    width = 200.0
    laid = flow(canvas, [("a" * 120 + " 灌装机" * 30, ""), ("", ""), ("Filler F-201", "thing:x")], width)
    screen.panel.end()
    assert all(run.x + run.width <= width + 1 for run in laid.runs)
    assert (
        "".join(run.text for run in laid.runs).replace(" ", "") == "a" * 120 + "灌装机" * 30 + "FillerF-201"
    )
    assert laid.rows == laid.runs[-1].row + 1


def test_attendance_names_people_and_no_program_that_has_gone(review: Screen) -> None:
    gone = ((1, 2),)
    for one in (
        m.Attendance("p", "Ana", "chair", spans=gone),
        m.Attendance("b", "Rounds", "participant", "bot", ((1, 0),)),
        m.Attendance("c", "Report", "admin", "bot", gone),
    ):
        review.world.review.attendance[one.author_id] = one
    review.settle()
    text = review.text("meeting")
    assert "Ana · " in text
    assert "Rounds · bot" in text
    assert "Report" not in text
