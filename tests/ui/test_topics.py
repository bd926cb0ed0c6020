"""The panel of topics: what its list and its cards say, what is typed into them, and what they wish."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace as changed

from tests.ui.conftest import Screen
from tests.ui.plant import NS, START_NS
from walkdown.messages import (
    Attached,
    Camera,
    Comment,
    Document,
    Evidence,
    Person,
    ReviewSnapshot,
    Topic,
    TopicChange,
    Viewpoint,
)
from walkdown.review import ReviewState
from walkdown.review.evidence import (
    EvidenceAlarm,
    EvidenceFile,
    EvidenceModel,
    EvidencePerson,
    EvidenceSignal,
    EvidenceTopic,
    moment,
)
from walkdown_client.events import Heard
from walkdown_client.input.events import ButtonDown, ButtonUp, PointerMoved, Typed
from walkdown_client.tools import intents as wish
from walkdown_client.tools import topic_intents as topics
from walkdown_client.tools.topic_state import Clash, History, Picture, TopicDraft, TopicFacts, TopicsTask
from walkdown_client.ui.panels.evidence import curve_of
from walkdown_client.ui.panels.topic_comments import threaded
from walkdown_client.ui.panels.topic_pick import Line, offers
from walkdown_client.ui.panels.topic_vocabulary import with_words

pytestmark = pytest.mark.display

IDS = [f"{index:08d}-0000-4000-8000-000000000000" for index in range(4)]
TOPICS = (
    Topic(
        title="Valve V-12 cannot be reached",
        topic=IDS[0],
        index=1,
        status="Open",
        assigned="Ada",
        assigned_id="a1",
        due="2026-03-10",
        priority="High",
        discipline="Piping",
        things=("L1.FIL",),
        author="Jörg",
        author_id="j",
        speaker="Inès",
        made_ns=START_NS,
        evidence=Evidence("partial", Attached("evidence-1.json", "e" * 64, 9), ("P-101 sent nothing.",)),
        documents=(Document("d", file=Attached("valve.jpg", "b" * 64, 120_000, "image/jpeg")),),
        related=(IDS[1],),
        number=1,
    ),
    Topic(title="盖子扭矩偏低", topic=IDS[1], index=2, status="Closed", author_id="a1", number=2),
    Topic(
        title="Tray",
        topic=IDS[2],
        index=3,
        status="Waits",
        things=("ifc:GONE",),
        point=(1, 2, 3),
        parked=True,
    ),
)
COMMENTS = (
    Comment("c1", IDS[0], "Lower it by 300 mm.", author="Jörg", author_id="j", number=20),
    Comment("c2", IDS[0], "够了吗?", reply_to="c1", author="Ada", author_id="a1", number=21),
)
VIEWS = (
    Viewpoint(
        "v1", Camera((0.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)), topic=IDS[0], snapshot="a" * 64
    ),
)


@pytest.fixture
def reviewed(screen: Screen) -> Screen:
    """A screen of a review with three topics, whose panel is open."""
    screen.world.review = ReviewState.of(ReviewSnapshot(TOPICS, COMMENTS, VIEWS))
    screen.view.preferences.hints_done = ["move", "click", "talk", "colour", "note", "palette"]
    screen.view.panel, screen.view.topics.read_until = "topics", 10
    screen.facts = replace(
        screen.facts, topics=TopicFacts(knows=lambda key: key in screen.world.twin.thing_row), has_dialog=True
    )
    screen.settle()
    return screen


def wishes(found: list[wish.Intent]) -> list[wish.Intent]:
    return [intent for intent in found if not isinstance(intent, wish.HoverThing)]


def press(screen: Screen, *keys: str) -> list[wish.Intent]:
    downs, ups = [ButtonDown(key) for key in keys], [ButtonUp(key) for key in reversed(keys)]
    return wishes(screen.settle(*downs, frames=1) + screen.settle(*ups, frames=1))


# ---- the list -------------------------------------------------------------------------------------------


def test_the_list_says_in_words_how_each_topic_stands(reviewed: Screen) -> None:
    text = reviewed.text("topics")
    assert "Topics\n2 open of 3" in text
    assert "#1\nValve V-12 cannot be reached\n1\nOpen · Ada · High · Piping\noverdue by 10 days" in text
    assert "#2\n盖子扭矩偏低\nClosed · nobody" in text
    assert "#3\nTray\nWaits · orphaned · parked · nobody" in text
    assert "2" in reviewed.text("top_bar").split("\n"), "the flag says how many are open"


def test_an_empty_list_says_what_it_would_show_and_how_to_get_it(screen: Screen) -> None:
    screen.view.panel = "topics"
    screen.settle()
    assert "press T to make the first one" in screen.text("topics")
    screen.world.apply(Heard(Person(screen.world.me, "Ada", "person", 0, "", role="observer")))
    screen.settle()
    assert "does not allow this" in screen.text("topics")


def test_arrow_keys_go_along_the_list_and_enter_opens_a_topic(reviewed: Screen) -> None:
    press(reviewed, "arrow_down")
    press(reviewed, "arrow_down")
    assert reviewed.view.topics.row == IDS[1]
    reviewed.settle(Typed("tray"))
    assert "1 of 3 shown" in reviewed.text("topics")
    reviewed.view.topics.row = ""
    assert press(reviewed, "enter") == [topics.OpenTopic(IDS[2])]
    reviewed.view.topics.row = IDS[2]
    assert press(reviewed, "control", "enter") == [topics.GoToTopic(IDS[2])]


def test_filters_hold_and_say_when_nothing_is_left(reviewed: Screen) -> None:
    reviewed.view.topics.filters.mine = True
    reviewed.view.unfolded.add("topics/filters")
    reviewed.settle()
    text = reviewed.text("topics")
    assert "✓ Mine" in text
    assert "Every discipline" in text
    assert "Order: Number" in text
    assert "1 of 3 shown" in text
    reviewed.view.topics.filters.parked = True
    reviewed.settle()
    assert "No topic is as you wish to see it." in reviewed.text("topics")


def test_of_ten_thousand_topics_only_those_in_sight_are_drawn(reviewed: Screen) -> None:
    many = [changed(TOPICS[0], topic=f"t{index}", index=index) for index in range(10_000)]
    reviewed.world.review = ReviewState.of(ReviewSnapshot(tuple(many)))
    reviewed.settle()
    text = reviewed.text("topics")
    assert "10,000 open of 10,000" in text
    assert text.count("Valve V-12") < 20
    assert "#9999" in text


def test_the_inspector_lists_the_topics_of_a_thing(reviewed: Screen) -> None:
    reviewed.do(wish.SelectThing("L1.FIL"))
    reviewed.settle()
    text = reviewed.text("inspector")
    assert "Topics\n1 open topic" in text
    assert "#1 Valve V-12 cannot be reached" in text


def test_the_palette_finds_topics_by_number_and_words_and_acts_on_the_open_one(reviewed: Screen) -> None:
    reviewed.do(topics.OpenTopic(IDS[0]), wish.OpenPalette())
    reviewed.view.searches["palette"] = "#1"
    reviewed.settle()
    assert "#1 Valve V-12 cannot be reached" in reviewed.text("palette")
    reviewed.fill("parking list")
    assert "Put topic #1 on the parking list" in reviewed.text("palette")
    reviewed.fill("status in progress")
    assert press(reviewed, "enter")[1:] == [topics.ChangeTopic(IDS[0], (("status", "In progress"),))]
    reviewed.do(wish.OpenPalette(), topics.WriteInto("comment"))
    reviewed.settle()
    reviewed.settle(Typed("Lower it"))
    assert reviewed.view.topics.comments[IDS[0]] == "Lower it", "all of it can be done by keys"


# ---- the card -------------------------------------------------------------------------------------------


@pytest.fixture
def card(reviewed: Screen, make_screen: Callable[..., Screen]) -> Screen:
    """A screen so high that a whole card is in sight."""
    high = make_screen(1000, 2400)
    high.world, high.view, high.facts = reviewed.world, reviewed.view, reviewed.facts
    high.view.topics.topic = IDS[0]
    high.view.preferences.left_width = 420
    high.view.unfolded |= {"topic/evidence", "topic/history"}
    high.settle()
    return high


def evidence() -> EvidenceFile:
    signal = EvidenceSignal(
        "L1.FIL.temp",
        "Product temperature",
        "L1.FIL",
        "Filler",
        "f32",
        "Cel",
        after_ns=(-NS, 0, NS),
        values=(11.0, 12.5, None),
        quality=(0, 0, 2),
    )
    now = moment(START_NS)
    return EvidenceFile(
        "Plant",
        "partial",
        EvidenceTopic(IDS[0]),
        now,
        now,
        now,
        now,
        models=(EvidenceModel("m", "Hall", 3, "c" * 64),),
        people=(
            EvidencePerson("b", "Rounds bot", "participant", "bot"),
            EvidencePerson("a1", "Ada", "chair"),
        ),
        alarms=(EvidenceAlarm("s", "Torque", "L1.CAP", "Capper", "alarm", 1.2, "N.m", limit_value=1.5),),
        signals=(signal,),
    )


def test_the_card_says_all_about_a_topic(card: Screen) -> None:
    history = History(IDS[0], 1, (TopicChange(1, START_NS, "Jörg", "topic"),))
    told = replace(card.facts.topics, history=history, evidence=evidence())
    card.facts = replace(card.facts, topics=told)
    card.settle()
    text = card.text("topics")
    for expected in (
        "Topic #1",
        "brought up by Inès",
        "Owner\nAda",
        "Accept",
        "overdue by 10 days",
        "Discipline\nPiping",
        "Lower it by 300 mm.",
        "够了吗?",
        "About\n1\nFiller",
        "#2 盖子扭矩偏低",
        "valve.jpg · 120 kB",
        "Evidence: complete but for what is missing",
        "P-101 sent nothing.",
        "12.5 °C\nFiller · Product temperature",
        "Alarm · Capper · Torque: 1.20 N·m · limit 1.50 N·m",
        "Ada · chair\nRounds bot · participant",
        "Hall · rev. 3 · cccccccccccc",
        "Jörg\nmade it",
    ):
        assert expected in text


def test_a_value_that_was_bad_is_a_gap_in_its_curve() -> None:
    times, values = curve_of(evidence().signals[0], START_NS)
    assert times.tolist() == [-61.0, -60.0, -59.0]
    assert np.isnan(values[2])
    assert values[:2].tolist() == [11.0, 12.5]


def test_a_field_is_changed_in_place_and_names_what_was_seen(card: Screen) -> None:
    found = card.click(200, 36 + 96)
    found += card.fill("Lower the valve")
    card.world.review.topics[IDS[0]] = changed(TOPICS[0], priority="Low", number=30)
    card.settle()
    assert "Priority\nLow" in card.text("topics"), "what others change elsewhere is seen meanwhile"
    assert card.view.topics.typed[(IDS[0], "title")].text == "Lower the valve"
    assert [w for w in found if isinstance(w, topics.ChangeTopic)] == []
    assert press(card, "enter") == [topics.ChangeTopic(IDS[0], (("title", "Lower the valve"),), 1)]


def test_escape_gives_a_change_up(card: Screen) -> None:
    card.click(200, 36 + 96)
    card.fill("Lower the valve")
    assert press(card, "escape") == []
    card.do(wish.Dismiss())
    card.settle()
    assert not card.view.topics.typed
    assert "Valve V-12 cannot be reached" in card.text("topics")


def test_two_values_of_a_field_stand_side_by_side(card: Screen) -> None:
    card.view.topics.clashes[(IDS[0], "assigned")] = Clash("Inès", "Bob", "Jörg", 30)
    card.settle()
    text = card.text("topics")
    assert "Jörg has changed this meanwhile.\nTheirs: Bob\nMine: Inès\nKeep mine\nTake theirs" in text


def test_a_topic_whose_element_is_gone_says_where_it_was(card: Screen) -> None:
    card.view.topics.topic = IDS[2]
    card.settle()
    text = card.text("topics")
    assert "Orphaned: the models do not have what it is about any more." in text
    assert "Its last place: 1.0 / 2.0 / 3.0 m\nGo to where it was" in text
    assert "ifc:GONE · not in the models any more" in text


def test_who_may_only_look_sees_all_and_reads_why(card: Screen) -> None:
    card.world.apply(Heard(Person(card.world.me, "Ada", "person", 0, "", role="observer")))
    card.settle()
    text = card.text("topics")
    assert "Valve V-12 cannot be reached" in text
    assert "does not allow this" in text
    assert "Accept" not in text.split("\n")


def test_answers_stand_under_what_they_answer() -> None:
    said = [
        Comment(name, "t", name, reply_to=to)
        for name, to in (("a", ""), ("b", "gone"), ("c", "a"), ("d", "c"))
    ]
    assert [(comment.comment, depth) for comment, depth in threaded(said)] == [
        ("a", 0),
        ("c", 1),
        ("d", 2),
        ("b", 0),
    ]
    circle = [Comment("a", "t", "", reply_to="b"), Comment("b", "t", "", reply_to="a")]
    assert sorted(comment.comment for comment, _depth in threaded(circle)) == ["a", "b"]


# ---- the editor and what is taken out ---------------------------------------------------------------------


def test_the_editor_says_what_was_taken_and_places_on_enter(reviewed: Screen) -> None:
    draft = TopicDraft(
        "n", things=("L1.FIL",), point=(1, 2, 3), speaker="Jörg", viewpoint=VIEWS[0], stage="60 %"
    )
    reviewed.view.panel, reviewed.view.topics.draft = "", draft
    reviewed.settle()
    assert press(reviewed, "enter") == [], "a topic needs a title"
    reviewed.settle(Typed("Valve"))
    text = reviewed.text("topic_editor")
    assert "Kept with it: view, pin, values of its things a minute before and after" in text
    assert "brought up by Jörg\nstage 60 %\nFiller ×" in text
    assert draft.title == "Valve"
    assert press(reviewed, "enter") == [topics.PlaceTopic()]
    press(reviewed, "escape")
    assert draft.title == "Valve", "Esc takes nothing away that was written"


def test_enter_in_a_list_of_the_editor_chooses_and_places_nothing(reviewed: Screen) -> None:
    draft = reviewed.view.topics.draft = TopicDraft("n", "Valve")
    reviewed.view.panel = ""
    reviewed.settle()
    found = [w for y in range(760, 560, -20) if not draft.assigned for w in _choose_owner(reviewed, y)]
    assert draft.assigned == "访客 2"
    assert not [w for w in found if isinstance(w, topics.PlaceTopic)]


def _choose_owner(screen: Screen, y: int) -> list[wish.Intent]:
    """Open the list that may be at a height, and type a name into it."""
    found = screen.click(800, y)
    if "Type a name or choose" in screen.text("topic_editor"):
        found += screen.settle(Typed("访客")) + press(screen, "enter")
    return found


def test_a_list_offers_what_answers_and_what_was_typed() -> None:
    lines = [Line("a", "Ada"), Line("j", "Jörg"), Line("i", "Inès")]
    assert [line.value for line in offers("", lines, free=True)] == ["a", "j", "i"]
    assert [line.value for line in offers("jö", lines, free=True)] == ["j", "jö"]
    assert [line.value for line in offers("JÖRG", lines, free=True)] == ["j"]
    assert [line.value for line in offers("Bob", lines, free=True)] == ["Bob"]
    assert offers("Bob", lines, free=False) == []


def test_a_draft_that_came_back_says_why(reviewed: Screen) -> None:
    reviewed.view.topics.draft = TopicDraft("n", "Valve", meanwhile="The disk is full.", picture="a" * 64)
    reviewed.facts = replace(
        reviewed.facts,
        topics=TopicFacts(picture=lambda _sha: Picture("failed", text="The picture is damaged.")),
    )
    reviewed.settle()
    text = reviewed.text("topic_editor")
    assert "The disk is full." in text
    assert "The picture is damaged." in text


@pytest.mark.parametrize(
    ("form", "wished"),
    [
        ({"format": "bcf-2.1"}, topics.TakeOut("bcf-2.1", (), "en")),
        (
            {"format": "html", "scope": "one", "topic": IDS[0], "language": "de"},
            topics.TakeOut("html", (IDS[0],), "de"),
        ),
        ({"format": "pdf", "scope": "listed"}, topics.TakeOut("pdf", (IDS[0],), "en")),
        ({"format": "pack", "scope": "listed"}, topics.TakeOut("pack", (), "en")),
    ],
)
def test_what_is_taken_out_is_what_was_chosen(
    reviewed: Screen, form: dict[str, Any], wished: topics.TakeOut
) -> None:
    reviewed.view.topics.listed = (IDS[0],)
    reviewed.view.panel = "export"
    for name, value in form.items():
        setattr(reviewed.view.topics.export, name, value)
    reviewed.settle()
    assert press(reviewed, "enter") == [wished]


def test_who_leads_says_which_words_the_lists_offer(reviewed: Screen) -> None:
    reviewed.view.panel = "words"
    reviewed.view.topics.words["labels"] = "access\n\n access \nlifting  points\n"
    reviewed.settle()
    assert "Labels" in reviewed.text("words")
    wanted = with_words(reviewed.world.review.vocabulary, reviewed.view.topics.words)
    assert wanted.labels == ("access", "lifting points")
    assert wanted.statuses == reviewed.world.review.vocabulary.statuses
    reviewed.world.apply(Heard(Person(reviewed.world.me, "Ada", "person", 0, "", role="participant")))
    reviewed.settle()
    assert "Health and safety" in reviewed.text("words")
    assert "Save for everybody" not in reviewed.text("words")


def test_files_on_their_way_say_how_far_they_are(reviewed: Screen) -> None:
    tasks = (TopicsTask("f", "review.bcf", "upload", 0.4),)
    reviewed.facts = replace(reviewed.facts, topics=TopicFacts(tasks=tasks, exporting="Report.pdf"))
    reviewed.settle()
    text = reviewed.text("topics")
    assert "review.bcf\nsending · 40 %" in text
    assert "Report.pdf is being made…" in text


def test_the_flag_in_the_top_bar_opens_the_panel(reviewed: Screen) -> None:
    reviewed.view.panel = ""
    reviewed.settle(PointerMoved(800, 400))
    found = [reviewed.click(x, 18) for x in range(1500, 1460, -8)]
    assert [wish.OpenPanel("topics")] in found
