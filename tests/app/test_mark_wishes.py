"""What is measured, drawn and attached goes to the server, and what it refuses comes back into the hand."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import msgspec
import numpy as np
import pytest

from tests.client.test_world import world_with
from tests.tools.test_clearance import box
from walkdown import messages
from walkdown.messages import Attached, Mark, Plane, PutMark, Record, RemoveMark, Reply
from walkdown_client.address import parse_address
from walkdown_client.app.file_dialog import FileDialog
from walkdown_client.app.mark_files import MarkFiles, Ways, blob_url
from walkdown_client.app.mark_showing import MarkShowing
from walkdown_client.app.mark_wishes import MarkWishes
from walkdown_client.app.models import Models
from walkdown_client.app.shapes import Shapes
from walkdown_client.events import LinkChanged, Recorded
from walkdown_client.file_sending import FileSending, Offering
from walkdown_client.scene.marks import Marks, MarkView
from walkdown_client.tools import intents as wish
from walkdown_client.tools import mark_intents as marks
from walkdown_client.tools.marking import MarkDraft, mark_of
from walkdown_client.tools.rights import allowed
from walkdown_client.tools.sectioning import UNCUT, Section
from walkdown_client.tools.snapping import Shape, Snapped
from walkdown_client.tools.topic_intents import BeginTopic
from walkdown_client.tools.topic_state import TopicDraft
from walkdown_client.tools.view_rules import carry_out
from walkdown_client.tools.view_state import ViewState

FAR = np.array([6_378_000.0, -4_100_000.0, 250.0])
LINE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0]], np.float64)


class Desk:
    """A world with marks, a link that notes what is sent, and shapes that come when they are asked twice."""

    def __init__(self) -> None:
        self.world, self.view, self.models = world_with(LinkChanged("live")), ViewState(), Models()
        self.shapes: dict[str, Shape | str] = {
            "P": Shape(FAR, box((0, 0, 0), (1, 1, 1))),
            "Q": Shape(FAR + np.array([2, 0, 0]), box((0.5, 0, 0), (1, 1, 1))),
            "R": Shape(FAR, box((0.5, 0.5, 0.5), (3, 3, 3))),
        }
        self.sent: list[Any] = []
        self.said: list[str] = []
        self.done: list[wish.Intent] = []
        self.boxes: list[Any] = []
        self.asked: set[str] = set()
        self.wishes = MarkWishes(self.world, self.view, self.models, doing=self, shapes=cast(Shapes, self))

    def of(self, name: str) -> Shape | str | None:
        if name not in self.asked:
            self.asked.add(name)
            return None
        return self.shapes.get(name, "")

    def operate(self, operation: messages.ClientMessage) -> int:
        self.sent.append(operation)
        return len(self.sent)

    def carry_out(self, intent: wish.Intent) -> None:
        self.done.append(intent)
        if isinstance(intent, BeginTopic):
            self.view.topics.draft = TopicDraft("t")

    def fly_to(self, box: Any) -> None:
        self.boxes.append(box)

    def say(self, title: str, text: str = "") -> None:
        self.said.append(f"{title} {text}".strip())

    def say_error(self, title: str, text: str, details: str = "") -> None:
        self.say(title, text)

    def do(self, intent: wish.Intent) -> None:
        if not carry_out(self.view, intent, {}):
            self.wishes.rules()[type(intent)](intent)

    def record(self, mark: Mark, *, number: int = 9) -> Mark:
        """Everybody gets a mark."""
        made = msgspec.structs.replace(mark, author="Eve", author_id="e", made_ns=5, number=number)
        body = msgspec.to_builtins(made, builtin_types=(bytes,))
        self.world.apply(Recorded(Record(number, 5, "Eve", "e", "mark", body), None))
        return self.world.review.marks[mark.mark]

    def until(self, holds: Callable[[], object]) -> None:
        ends = time.monotonic() + 20
        while not holds():
            assert time.monotonic() < ends
            self.wishes.step()

    @property
    def put(self) -> list[Mark]:
        return [message.mark for message in self.sent if isinstance(message, PutMark)]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def sketched(desk: Desk) -> MarkDraft:
    desk.do(marks.TakeTool("sketch"))
    draft = desk.view.marking.drawn()
    draft.strokes += [LINE, LINE + np.array([0, 0, 1.0])]
    return draft


def measured(desk: Desk) -> None:
    desk.view.marking.take("dimension")
    for x in (0.0, 3.0):
        desk.view.marking.add_point(Snapped(np.array([x, 0, 0]), "vertex"), thing="P", model="")
    desk.do(marks.FinishMark())


# ---- placing ---------------------------------------------------------------------------------------------


def test_enter_places_a_sketch_of_all_strokes_and_the_pen_stays_in_the_hand(desk: Desk) -> None:
    draft = sketched(desk)
    desk.do(marks.FinishMark())
    (mark,) = desk.put
    assert (mark.mark, mark.kind, mark.strokes) == (draft.mark, "sketch", (3, 3))
    assert (desk.view.marking.draft, desk.view.marking.tool) == (None, "sketch")


def test_an_arrow_asks_for_its_text_once_everybody_has_it(desk: Desk) -> None:
    desk.view.marking.take("arrow")
    for x in (0.0, 1.0):
        desk.view.marking.add_point(Snapped(np.array([x, 0, 0]), "face"), thing="P", model="")
    desk.do(marks.FinishMark())
    assert desk.view.marking.tool == ""
    desk.wishes.step()
    said: list[str | None] = [desk.view.marking.writing]
    desk.record(desk.put[0])
    desk.wishes.step()
    said.append(desk.view.marking.writing)
    assert said == [None, ""], "while it waits for the server, keys mean what they always do"
    assert desk.view.marking.selected == desk.put[0].mark


def test_what_is_not_complete_stays_and_says_what_is_missing(desk: Desk) -> None:
    desk.do(marks.TakeTool("area"))
    desk.view.marking.add_point(Snapped(np.zeros(3), "face"), thing="", model="")
    desk.do(marks.FinishMark())
    assert desk.sent == []
    assert desk.view.marking.meanwhile == "Click the next corner"


def test_a_refused_sketch_is_in_the_hand_again_with_the_reason_and_can_be_placed_again(desk: Desk) -> None:
    draft = sketched(desk)
    desk.do(marks.FinishMark())
    desk.do(marks.TakeTool(""))
    assert desk.wishes.hear(Reply(1, 0, "full", "this session holds 10000 marks already"))
    marking = desk.view.marking
    assert marking.tool == "sketch"
    assert marking.draft is not None
    assert marking.draft.mark == draft.mark
    assert "10000" in marking.meanwhile
    desk.do(marks.FinishMark())
    assert [mark.mark for mark in desk.put] == [draft.mark] * 2
    assert desk.put[0].strokes == desk.put[1].strokes


def test_a_refusal_takes_nothing_out_of_a_hand_that_draws_something_else(desk: Desk) -> None:
    first = sketched(desk)
    desk.do(marks.FinishMark())
    second = sketched(desk)
    assert not desk.wishes.hear(Reply(1, 0, "rate", "")), "it has to be said"
    assert desk.view.marking.draft is second
    assert desk.view.marking.laid_aside is not None
    assert desk.view.marking.laid_aside.mark == first.mark


def test_the_text_of_a_mark_names_the_record_that_was_seen_and_a_conflict_is_said(desk: Desk) -> None:
    measured(desk)
    there = desk.record(desk.put[0])
    desk.do(marks.WriteOnMark(there.mark))
    assert desk.view.marking.writing == ""
    desk.do(marks.SetMarkText(there.mark, "  too low "))
    assert (desk.put[-1].text, desk.sent[-1].base) == ("too low", 9)
    assert desk.wishes.hear(
        Reply(2, 0, "conflict", "", msgspec.to_builtins(there, builtin_types=(bytes,)), "Carl")
    )
    assert "Changed meanwhile by Carl" in desk.said[-1]
    assert desk.view.marking.writing == "too low", "what was typed is in the field again"


def test_removing_names_the_record_and_a_refusal_of_something_else_is_not_ours(desk: Desk) -> None:
    measured(desk)
    there = desk.record(desk.put[0])
    desk.do(marks.RemoveMark(there.mark))
    assert desk.sent[-1] == RemoveMark(1, there.mark, 9)
    assert not desk.wishes.hear(Reply(77, 0, "rights", ""))


def test_an_observer_may_look_and_copy_but_neither_measure_for_all_nor_draw_nor_attach(desk: Desk) -> None:
    assert desk.world.welcome is not None
    desk.world.welcome = msgspec.structs.replace(desk.world.welcome, role="observer")
    for kept in (marks.GoToMark, marks.CopyMark, marks.CopyMarks, marks.ShowMarks, marks.SelectMark):
        assert allowed(desk.world, kept)
    for refused in (marks.TakeTool, marks.Measure, marks.FinishMark, marks.AttachHere, marks.RemoveMark):
        assert not allowed(desk.world, refused)


# ---- clearance -------------------------------------------------------------------------------------------


def test_the_clearance_of_the_selection_is_measured_in_a_thread_and_placed_between_the_nearest_points(
    desk: Desk,
) -> None:
    desk.view.selection = ("P", "Q")
    desk.do(marks.MeasureSelection())
    assert desk.view.marking.measuring
    desk.until(lambda: desk.sent)
    (mark,) = desk.put
    assert (mark.kind, mark.thing, mark.other) == ("clearance", "P", "Q")
    assert mark.value == pytest.approx(1.5, abs=1e-5)
    assert mark.anchor[0] == pytest.approx(FAR[0] + 1.75, abs=0.01)
    assert not desk.view.marking.measuring
    desk.wishes.close()


def test_what_touches_has_no_clearance_and_that_is_said(desk: Desk) -> None:
    desk.view.selection = ("P", "R")
    desk.do(marks.MeasureSelection())
    desk.until(lambda: desk.sent)
    assert desk.put[0].value == 0.0
    assert "touch" in desk.said[-1]
    desk.wishes.close()


def test_a_clearance_needs_two_and_something_that_is_drawn(desk: Desk) -> None:
    desk.view.selection = ("P",)
    desk.do(marks.MeasureSelection())
    assert "1 are selected" in desk.said[-1]
    desk.view.selection = ("P", "nothing")
    desk.do(marks.MeasureSelection())
    desk.until(lambda: not desk.view.marking.measuring)
    assert "Nothing is drawn of one of them" in desk.said[-1]
    desk.shapes["Q"] = "it has more than 1000000 triangles"
    desk.view.selection = ("P", "Q")
    desk.do(marks.MeasureSelection())
    desk.until(lambda: not desk.view.marking.measuring)
    assert "1000000 triangles" in desk.said[-1]
    assert desk.sent == []


def test_measuring_can_be_given_up(desk: Desk) -> None:
    desk.view.selection = ("P", "Q")
    desk.do(marks.MeasureSelection())
    desk.do(marks.CancelMeasuring())
    desk.wishes.step()
    assert not desk.view.marking.measuring
    assert desk.sent == []


# ---- topics and the clipboard ----------------------------------------------------------------------------


def test_a_topic_of_a_mark_has_its_place_and_value_and_the_mark_belongs_to_it_once_it_is_made(
    desk: Desk,
) -> None:
    measured(desk)
    there = desk.record(desk.put[0])
    desk.do(marks.TopicOfMark(there.mark))
    draft = desk.view.topics.draft
    assert draft is not None
    assert (draft.title, draft.point, draft.model) == ("3.000 m", there.anchor, "")
    desk.wishes.step()
    assert len(desk.sent) == 1
    topic = msgspec.to_builtins(
        messages.Topic(title="3.000 m", topic="t", index=1, author="Eve", author_id="e")
    )
    body = {"topic": topic, "comments": [], "viewpoints": []}
    desk.world.apply(Recorded(Record(10, 6, "Eve", "e", "topic", body), None))
    desk.wishes.step()
    assert (desk.put[-1].topic, desk.sent[-1].base) == ("t", 9)


def test_all_values_are_copied_as_lines_that_spreadsheets_take(desk: Desk) -> None:
    measured(desk)
    desk.record(desk.put[0])
    desk.do(marks.CopyMarks())
    (copied,) = [intent for intent in desk.done if isinstance(intent, wish.CopyText)]
    head, line = copied.text.splitlines()
    assert head.startswith("kind\tvalue\tnumber\tunit")
    assert line.split("\t")[:4] == ["Distance", "3.000 m", "3", "m"]


# ---- the scene -------------------------------------------------------------------------------------------


class Layer:
    def __init__(self) -> None:
        self.shown: list[MarkView] = []
        self.times = 0

    def show(self, views: Any) -> None:
        self.shown, self.times = list(views), self.times + 1


class Scene:
    def __init__(self) -> None:
        self.kept, self.live = Layer(), Layer()


def test_marks_are_shown_to_all_until_one_hides_them_and_only_what_changes_is_made_again(desk: Desk) -> None:
    measured(desk)
    first = desk.record(desk.put[0])
    scene = Scene()
    showing = MarkShowing(cast(Marks, scene), desk.models)
    showing.update(desk.world, desk.view)
    (view,) = scene.kept.shown
    assert (view.key, view.label, view.kind) == (first.mark, "3.000 m", "dimension")
    showing.update(desk.world, desk.view)
    assert scene.kept.times == 1
    measured(desk)
    desk.record(desk.put[1], number=10)
    showing.update(desk.world, desk.view)
    assert scene.kept.shown[0] is view
    desk.do(marks.ShowMarks())
    showing.update(desk.world, desk.view)
    assert scene.kept.shown == []


def test_a_mark_that_a_section_cuts_away_is_not_drawn_until_the_section_goes(desk: Desk) -> None:
    measured(desk)
    desk.record(desk.put[0])
    scene = Scene()
    showing = MarkShowing(cast(Marks, scene), desk.models)
    for height, count in ((50.0, 1), (-50.0, 0)):
        desk.view.sectioning.put(Section((Plane((0.0, 0.0, height), (0.0, 0.0, 1.0)),)))
        showing.update(desk.world, desk.view)
        assert len(scene.kept.shown) == count
    desk.view.sectioning.put(UNCUT)
    showing.update(desk.world, desk.view)
    assert len(scene.kept.shown) == 1


def test_a_mark_whose_model_is_gone_is_not_drawn_and_going_there_says_so(desk: Desk) -> None:
    draft = MarkDraft("dimension", points=list(LINE[:2]), snaps=["", ""], model="gone")
    mark = mark_of(draft, messages.IN_PLACE)
    assert mark is not None
    desk.record(mark)
    scene = Scene()
    MarkShowing(cast(Marks, scene), desk.models).update(desk.world, desk.view)
    assert scene.kept.shown == []
    desk.do(marks.GoToMark(mark.mark))
    assert "not here now" in desk.said[-1]
    assert desk.boxes == []


def test_what_is_drawn_is_shown_dashed_with_its_value_and_what_was_caught(desk: Desk) -> None:
    scene = Scene()
    showing = MarkShowing(cast(Marks, scene), desk.models)
    desk.do(marks.TakeTool("dimension"))
    desk.view.marking.add_point(Snapped(np.zeros(3), "vertex"), thing="", model="")
    desk.view.marking.live = Snapped(np.array([0.0, 0, 2]), "axis", "z")
    showing.update(desk.world, desk.view)
    (view,) = scene.live.shown
    assert (view.label, view.dashed, view.word) == ("2.000 m", True, "axis z")
    desk.do(marks.TakeTool(""))
    showing.update(desk.world, desk.view)
    assert scene.live.shown == []


# ---- files -----------------------------------------------------------------------------------------------


class Sending:
    def __init__(self, offering: Offering) -> None:
        self.file, self.name, self.part, self.phase, self.text = "f", offering.called, 0.5, "upload", ""
        self.over, self.attached, self.cancelled = False, None, False

    def cancel(self) -> None:
        self.cancelled = True


def files_of(desk: Desk, sendings: list[Sending]) -> MarkFiles:
    def send(offering: Offering) -> FileSending:
        sendings.append(Sending(offering))
        return cast(FileSending, sendings[-1])

    ways = Ways(send, desk.wishes.put, FileDialog(shown=False))
    return MarkFiles(desk.world, desk.view, desk.models, doing=desk, ways=ways)


@pytest.mark.parametrize(("media", "kind"), [("image/jpeg", "photo"), ("application/pdf", "file")])
def test_a_file_becomes_a_mark_at_the_place_once_the_store_has_it(
    desk: Desk, tmp_path: Path, media: str, kind: str
) -> None:
    path, sendings = tmp_path / "valve.jpg", list[Sending]()
    path.write_bytes(b"x")
    desk.view.hover_point = (1.0, 2.0, 3.0)
    files = files_of(desk, sendings)
    files.attach(marks.AttachHere(str(path)))
    desk.view.hover_point = None
    files.step()
    assert [task.name for task in desk.view.marking.attaching] == ["valve.jpg"]
    sendings[0].over, sendings[0].attached = True, Attached("valve.jpg", "0" * 64, 1, media)  # type: ignore[assignment]
    files.step()
    (mark,) = desk.put
    assert (mark.kind, mark.anchor, mark.points) == (kind, (1.0, 2.0, 3.0), b"")
    assert mark.file is not None
    assert desk.view.marking.attaching == ()


def test_a_file_needs_a_place_and_has_to_be_there_and_a_failure_is_said(desk: Desk, tmp_path: Path) -> None:
    sendings: list[Sending] = []
    files = files_of(desk, sendings)
    files.attach(marks.AttachHere(str(tmp_path / "photo.png")))
    assert "Point at a place" in desk.said[-1]
    desk.view.hover_point = (0.0, 0.0, 0.0)
    files.attach(marks.AttachHere(str(tmp_path / "photo.png")))
    assert "There is no file" in desk.said[-1]
    files.attach(marks.AttachHere())
    assert "no dialog" in desk.said[-1]
    (tmp_path / "photo.png").write_bytes(b"x")
    assert files.dropped(tmp_path / "photo.png")
    assert not files.dropped(tmp_path / "model.ifc")
    sendings[0].over, sendings[0].phase, sendings[0].text = True, "failed", "the picture has 60 megapixels"
    files.step()
    assert "60 megapixels" in desk.said[-1]
    assert desk.sent == []


def test_the_link_to_a_file_is_that_of_the_sessions_store() -> None:
    file = Attached("a.pdf", "ab" * 32, 5)
    url = blob_url(file, parse_address("ws://plant.example:8787/review 60"))
    assert url.startswith("http://plant.example:8787/")
    assert url.endswith("/blob/" + "ab" * 32)
