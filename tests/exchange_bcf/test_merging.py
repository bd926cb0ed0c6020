"""What a file changes in a session: field by field, the later change wins, and nothing newer is lost."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.exchange_bcf.made import (
    BCFV,
    COMMENT,
    TOPIC,
    VIEW,
    WALL,
    bcf,
    comment,
    edited,
    markup,
    view,
    zipped,
)
from tests.exchange_bcf.sessions import NOW_NS, Session, brought
from walkdown.messages import Camera, Comment, Topic, TopicChange, Viewpoint, Vocabulary
from walkdown.review import PlannedTopic
from walkdown_server.exchange.bcf import read
from walkdown_server.exchange.incoming import guid_of
from walkdown_server.exchange.merging import Known, merged_words

OTHER = "44444444-4444-4444-8444-444444444444"
EARLIER, LATER = "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"


def ours() -> Session:
    """A session with a topic of its own, a comment and a view."""
    session = Session()
    topic = Topic(
        topic=TOPIC, title="Pump", status="Open", priority="Low", author="Ada", author_id="id of Ada"
    )
    seen = Viewpoint(VIEW, Camera((0, 0, 0), (0, 1, 0), (0, 0, 1)), TOPIC, selection=(f"ifc:{WALL}",))
    said = Comment(COMMENT, TOPIC, "Look", author="Ada", made_ns=NOW_NS)
    topic = replace(topic, things=seen.selection, made_ns=NOW_NS)
    session.commit("topic", msgspec.to_builtins({"topic": topic, "comments": [said], "viewpoints": [seen]}))
    return session


def put(name: str, text: str) -> Callable[[ET.Element], None]:
    """Set an element of a topic, as another tool would, which leaves dates alone."""

    def change(root: ET.Element) -> None:
        topic = root.find("Topic")
        assert topic is not None
        node = topic.find(name)
        if node is None:
            node = ET.SubElement(topic, name)
        node.text = text

    return change


def all_of(*changes: Callable[[ET.Element], None]) -> Callable[[ET.Element], None]:
    def change(root: ET.Element) -> None:
        for each in changes:
            each(root)

    return change


def modified(date: str) -> Callable[[ET.Element], None]:
    return put("ModifiedDate", date)


def edit(session: Session, **changes: object) -> None:
    session.commit("topic_changed", {"topic": TOPIC, "changes": changes})


def only(topics: Sequence[PlannedTopic]) -> PlannedTopic:
    assert len(topics) == 1
    return topics[0]


# ---- what the file alone has changed ------------------------------------------------------------------


def test_a_new_topic_comes_with_all_it_has_and_where_it_came_from() -> None:
    data = bcf(after=comment() + view(), files={"v.bcfv": BCFV})
    session = Session()
    planned = only(session.bring(data).topics)
    assert (planned.what, planned.title) == ("new", "Pump")
    topic = session.state.topics[TOPIC]
    assert (topic.index, topic.origin, topic.things) == (1, read(data).incoming.sha256, (f"ifc:{WALL}",))
    assert len(session.state.comments_on(TOPIC)) == len(session.state.views_of(TOPIC)) == 1


def test_the_same_file_twice_changes_nothing_the_second_time() -> None:
    session, _file = brought(bcf(after=comment() + view(), files={"v.bcfv": BCFV}))
    before = session.state.snapshot()
    planned = session.bring(bcf(after=comment() + view(), files={"v.bcfv": BCFV}))
    assert [topic.what for topic in planned.topics] == ["same"]
    assert session.state.snapshot() == before


def test_what_another_tool_has_changed_is_taken_though_it_leaves_dates_alone() -> None:
    session = ours()
    back = edited(session.file("2.1"), put("Priority", "High"))
    planned = only(session.bring(back).topics)
    assert (planned.changes, planned.conflicts) == ({"priority": "High"}, ())
    assert session.state.topics[TOPIC].priority == "High"


def test_two_fields_that_two_sides_have_changed_both_stand() -> None:
    session = ours()
    out = session.file("3.0")
    edit(session, status="Closed")
    history = [TopicChange(session.number, session.now_ns, "Ada", "topic_changed", {"status": "Closed"})]
    back = edited(out, all_of(put("Priority", "High"), modified(LATER)))
    planned = only(session.bring(back, Known(history=lambda _topic: history)).topics)
    assert (planned.changes, planned.conflicts) == ({"priority": "High"}, ())
    assert session.state.topics[TOPIC].status == "Closed"


def test_a_title_of_a_view_is_no_title_of_the_topic() -> None:
    session = ours()
    out = session.file("2.1")
    history = [TopicChange(99, session.now_ns + 10**18, "Ada", "viewpoint", {"title": "From the door"})]
    back = edited(out, all_of(put("Title", "Valve"), modified(LATER)))
    planned = only(session.planned(back, Known(history=lambda _topic: history)).topics)
    assert (planned.changes, planned.conflicts) == ({"title": "Valve"}, ())
    edit(session, title="Motor")
    history.append(TopicChange(session.number, session.now_ns, "Ada", "topic_changed", {"title": "Motor"}))
    planned = only(session.planned(back, Known(history=lambda _topic: history)).topics)
    assert [conflict.winner for conflict in planned.conflicts] == ["file"]


def test_a_file_of_the_original_is_told_apart_by_what_it_was() -> None:
    data = bcf("<Priority>Low</Priority>")
    session, file = brought(data)
    edit(session, status="Closed")
    bases = {guid_of(each.topic.topic): each for each in file.incoming.topics}
    back = edited(data, all_of(put("Priority", "High"), modified(LATER)))
    planned = only(session.planned(back, Known(bases)).topics)
    assert (planned.changes, planned.conflicts) == ({"priority": "High"}, ())


def test_an_export_of_another_session_is_not_taken_for_ours() -> None:
    here, there = brought(bcf())[0], brought(bcf())[0]
    edit(there, status="Closed")
    planned = only(here.planned(there.file("3.0")).topics)
    assert planned.changes == {"status": "Closed"}


# ---- what both have changed ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "winner", "why"),
    [
        (LATER, "file", "The file has changed it later."),
        (EARLIER, "here", "It was changed here later."),
    ],
)
def test_of_two_changes_of_a_field_the_later_one_wins(date: str, winner: str, why: str) -> None:
    session = ours()
    out = session.file("2.1")
    edit(session, priority="Critical")
    history = [TopicChange(session.number, session.now_ns, "Ada", "topic_changed", {"priority": "Critical"})]
    back = edited(out, all_of(put("Priority", "High"), modified(date)))
    planned = only(session.bring(back, Known(history=lambda _topic: history)).topics)
    (conflict,) = planned.conflicts
    assert (conflict.field, conflict.here, conflict.file) == ("priority", "Critical", "High")
    assert (conflict.winner, conflict.why) == (winner, why)
    assert session.state.topics[TOPIC].priority == ("High" if winner == "file" else "Critical")


def test_on_a_tie_what_stands_here_stays() -> None:
    session, _file = brought(bcf("<Priority>Low</Priority>"))
    planned = only(session.planned(bcf("<Priority>High</Priority>")).topics)
    assert planned.changes == {}
    assert planned.conflicts[0].why == "Both say the same time; what stands here stays."


def test_where_nothing_is_known_the_dates_decide() -> None:
    session, _file = brought(bcf("<Priority>Low</Priority>"))
    newer = bcf(f"<ModifiedDate>{LATER}</ModifiedDate><Priority>High</Priority>")
    assert only(session.planned(newer).topics).changes == {"priority": "High"}
    older = bcf(f"<ModifiedDate>{EARLIER}</ModifiedDate><Priority>High</Priority>")
    assert only(session.planned(older).topics).changes == {}


# ---- comments -----------------------------------------------------------------------------------------


def changed_comment(text: str, date: str) -> str:
    return comment(text=text).replace(
        "</Comment></Comment>", f"</Comment><ModifiedDate>{date}</ModifiedDate></Comment>"
    )


def test_a_newer_comment_is_never_overwritten() -> None:
    session, _file = brought(bcf(after=comment()))
    said = replace(session.state.comments[COMMENT], text="Newer", changed="Ada", changed_ns=session.now_ns)
    session.commit("comment", msgspec.to_builtins(said))
    planned = only(session.bring(bcf(after=changed_comment("Older", "2026-01-01T00:00:00Z"))).topics)
    assert session.state.comments[COMMENT].text == "Newer"
    assert (planned.conflicts[0].field, planned.conflicts[0].winner) == (f"comment:{COMMENT}", "here")


def test_a_comment_that_was_changed_later_elsewhere_is_taken() -> None:
    session, _file = brought(bcf(after=comment()))
    session.bring(bcf(after=changed_comment("Better", LATER) + comment(OTHER, "New")))
    assert [one.text for one in session.state.comments_on(TOPIC)] == ["Better", "New"]


def test_what_the_file_leaves_out_stays_and_is_noted() -> None:
    data = bcf(after=comment() + comment(OTHER, "Two"))
    session, file = brought(data)
    bases = {TOPIC: file.incoming.topics[0]}
    planned = session.bring(bcf(after=comment()), Known(bases))
    assert len(session.state.comments_on(TOPIC)) == 2
    assert "has 1 comments less on 'Pump' than before; they stay" in planned.notes[-1]


def test_a_comment_that_was_removed_here_does_not_come_back() -> None:
    data = bcf(after=comment() + comment(OTHER, "Two"))
    session, file = brought(data)
    session.commit("comment_removed", {"comment": OTHER})
    planned = session.bring(data, Known({TOPIC: file.incoming.topics[0]}))
    assert only(planned.topics).what == "same"
    assert set(session.state.comments) == {COMMENT}


def test_what_was_made_and_removed_here_does_not_come_back_by_a_file_of_ours() -> None:
    session = ours()
    session.commit("comment", {"comment": OTHER, "topic": TOPIC, "text": "Two"})
    data = session.file("3.0")
    session.commit("comment_removed", {"comment": OTHER})
    session.commit("viewpoint_removed", {"viewpoint": VIEW})
    gone = [
        TopicChange(98, NOW_NS, "Ada", "comment_removed", {"comment": OTHER, "text": "Two"}),
        TopicChange(99, NOW_NS, "Ada", "viewpoint_removed", {"viewpoint": VIEW, "title": ""}),
    ]
    planned = only(session.planned(data, Known(history=lambda _topic: gone)).topics)
    assert (planned.comments, planned.viewpoints) == ((), ())
    gone[0] = replace(gone[0], changes={"comment": OTHER, "text": "Too"})
    planned = only(session.planned(data, Known(history=lambda _topic: gone)).topics)
    assert [one.text for one in planned.comments] == ["Two"], "it was changed elsewhere"


def test_a_comment_whose_guid_another_topic_has_gets_one_of_its_own() -> None:
    session, _file = brought(bcf(after=comment()))
    data = zipped(
        {
            f"{OTHER}/markup.bcf": markup(guid=OTHER, after=comment(text="Else") + view()),
            f"{OTHER}/v.bcfv": BCFV,
        }
    )
    planned = session.bring(data)
    (taken,) = session.state.comments_on(OTHER)
    assert (taken.text, taken.comment != COMMENT) == ("Else", True)
    assert session.state.comments[COMMENT].text == "Look"
    assert any("taken by another topic here" in note for note in planned.notes)
    assert [topic.what for topic in session.planned(data).topics] == ["same"]


# ---- views and pins -----------------------------------------------------------------------------------


def turn(root: ET.Element) -> None:
    node = root.find("PerspectiveCamera/CameraViewPoint/X")
    assert node is not None
    node.text = "12.5"


def test_a_view_that_another_tool_has_moved_is_taken_and_keeps_its_name() -> None:
    session = ours()
    named = replace(session.state.viewpoints[VIEW], title="From the door", time_ns=NOW_NS)
    session.commit("viewpoint", msgspec.to_builtins(named))
    session.bring(edited(session.file("3.0"), turn, file=".bcfv"))
    there = session.state.viewpoints[VIEW]
    assert there.camera is not None
    assert (there.camera.position, there.title, there.time_ns) == ((12.5, 0.0, 0.0), "From the door", NOW_NS)


def test_a_pin_moves_to_what_the_file_selects() -> None:
    session = ours()
    pipe = "2E8YkwPMfB$h99jtn_uAjI"

    def select(root: ET.Element) -> None:
        next(root.iter("Component")).set("IfcGuid", pipe)

    back = edited(session.file("3.0"), select, file=".bcfv")
    session.bring(back)
    assert session.state.topics[TOPIC].things == (f"ifc:{pipe}",)


def test_a_pin_that_somebody_has_put_stays() -> None:
    session = ours()
    edit(session, things=("hall#gltf:/Pump",), point=(1.0, 2.0, 3.0), model="hall")
    session.bring(edited(session.file("3.0"), turn, file=".bcfv"))
    topic = session.state.topics[TOPIC]
    assert (topic.things, topic.point, topic.model) == (("hall#gltf:/Pump",), (1.0, 2.0, 3.0), "hall")


def test_components_that_no_model_has_are_listed() -> None:
    data = bcf(after=view(), files={"v.bcfv": BCFV})
    known = Known(things=lambda thing: thing == "ifc:another")
    assert only(Session().planned(data, known).topics).unresolved == (f"ifc:{WALL}",)
    assert only(Session().planned(data, Known(things=lambda _thing: True)).topics).unresolved == ()


def test_words_of_a_file_are_added_and_none_is_taken_away() -> None:
    here, file = Vocabulary(types=("Issue",)), Vocabulary(types=("issue", "Clash", "Clash"), labels=("MEP",))
    merged = merged_words(here, file)
    assert (merged.types, merged.labels) == (("Issue", "Clash"), ("MEP",))
    assert merged_words(merged, file) == merged


# ---- laws ---------------------------------------------------------------------------------------------

FIELDS = {"Priority": "priority", "Stage": "stage", "Description": "description", "AssignedTo": "assigned"}
WORDS = st.text("abc", min_size=1, max_size=3)


class Together:
    """A session in which people and a file change a topic."""

    def __init__(self, file: bytes, people: dict[str, str]) -> None:
        self.session, self._file, self._people = ours(), file, people
        self._history: list[TopicChange] = []
        self.known = Known(history=lambda _topic: self._history)

    def people(self) -> None:
        for name, word in self._people.items():
            edit(self.session, **{FIELDS[name]: word})
            self._note({FIELDS[name]: word})

    def file(self) -> None:
        planned = only(self.session.bring(self._file, self.known).topics)
        assert planned.conflicts == ()
        if planned.changes:
            self._note(planned.changes)

    def _note(self, changes: dict[str, Any]) -> None:
        made = TopicChange(self.session.number, self.session.now_ns, "Ada", "topic_changed", changes)
        self._history.append(made)


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(st.sampled_from(sorted(FIELDS)), WORDS),
    st.dictionaries(st.sampled_from(sorted(FIELDS)), WORDS),
)
def test_people_and_a_file_converge_in_any_order(elsewhere: dict[str, str], here: dict[str, str]) -> None:
    here = {name: word for name, word in here.items() if name not in elsewhere}
    changes = [put(name, word) for name, word in elsewhere.items()]
    back = edited(ours().file("2.1"), all_of(*changes, modified(LATER)))
    first, second = Together(back, here), Together(back, here)
    first.people()
    first.file()
    second.file()
    second.people()
    for one in (first, second):
        assert only(one.session.planned(back, one.known).topics).changes == {}
        topic = one.session.state.topics[TOPIC]
        assert {name: getattr(topic, FIELDS[name]) for name in elsewhere | here} == elsewhere | here
