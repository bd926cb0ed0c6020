"""Models in a session's rules: brought in, replaced, moved, removed, undone, and replayed."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.server.test_session import HERE, Desk
from walkdown.errors import JournalError
from walkdown.messages import (
    IN_PLACE,
    ModelState,
    Placement,
    PlaceModel,
    PutNote,
    Record,
    Redo,
    RemoveModel,
    Reply,
    Trigger,
    Undo,
)
from walkdown_server.journal.kept import entry_of, record_of
from walkdown_server.ruling import Author, BringModel, Draft
from walkdown_server.session import Session

ADA, BOB = Author("a", "Ada", "chair"), Author("b", "Bob", "chair")
HALL = ModelState("hall", "Hall", "p0", author="", author_id="")


def moved(x: float, scale: float = 1.0) -> Placement:
    return (scale, 0.0, 0.0, x, 0.0, scale, 0.0, 0.0, 0.0, 0.0, scale, 0.0)


def session_of(*fixed: ModelState) -> Session:
    return Session(things=["P-101"], disturbances=["clog"], models=fixed)


class ModelDesk(Desk):
    """Also makes the wishes of the server."""

    def bring(self, author: Author, model: str, package: str, placement: Placement | None = None) -> Reply:
        wish = BringModel(model, f"name of {package}", package, placement)
        decided = self.session.decide(wish, author)
        if isinstance(decided, Reply):
            return decided
        record = self.session.expect(decided, time_ns=len(self.log) + 1)
        self.log.append(record)
        return self.session.apply(record).reply

    def models(self) -> dict[str, tuple[str, Placement, int]]:
        return {m.model: (m.package, m.placement, m.revision) for m in self.session.models()}

    def again(self, *fixed: ModelState) -> Session:
        session = session_of(*fixed)
        for record in self.log:
            session.apply(record_of(entry_of(record)))
        return session


@pytest.fixture
def desk() -> ModelDesk:
    return ModelDesk(session=session_of(HALL))


def test_undo_and_redo_go_through_all_that_was_done_to_a_model(desk: ModelDesk) -> None:
    desk.bring(ADA, "m", "p1")
    desk.wish(ADA, PlaceModel, model="m", placement=moved(1))
    desk.bring(ADA, "m", "p2")
    desk.wish(ADA, RemoveModel, model="m")
    states = [None, ("p1", IN_PLACE, 1), ("p1", moved(1), 1), ("p2", moved(1), 2), None]
    seen = []
    for kind in (Undo,) * 4 + (Redo,) * 4:
        assert desk.wish(ADA, kind).number
        seen.append(desk.models().get("m"))
    assert seen == [*states[3::-1], *states[1:]]
    assert desk.wish(ADA, Redo).code == "nothing"


def test_a_removed_model_of_the_start_comes_back_where_it_stood(desk: ModelDesk) -> None:
    desk.wish(ADA, PlaceModel, model="hall", placement=moved(3))
    desk.wish(BOB, RemoveModel, model="hall")
    assert desk.models() == {}
    assert desk.wish(BOB, Undo).number
    assert desk.models() == {"hall": ("p0", moved(3), 1)}
    assert desk.wish(ADA, Undo).number
    assert desk.models() == {"hall": ("p0", IN_PLACE, 1)}


def test_the_kind_of_an_undoing_record_says_what_is_so_now(desk: ModelDesk) -> None:
    desk.bring(ADA, "m", "p1")
    desk.wish(ADA, PlaceModel, model="m", placement=moved(1))
    desk.wish(ADA, Undo)
    desk.wish(ADA, Undo)
    desk.wish(ADA, Redo)
    kinds = [(record.kind, record.undoes) for record in desk.log]
    assert kinds == [
        ("model", 0),
        ("model_placed", 0),
        ("model_placed", 2),
        ("model_removed", 1),
        ("model", 4),
    ]
    assert desk.log[2].body == {"model": "m", "placement": list(IN_PLACE)}


def test_undo_passes_over_a_model_that_another_has_changed_since(desk: ModelDesk) -> None:
    desk.wish(ADA, PlaceModel, model="hall", placement=moved(1))
    desk.wish(BOB, PlaceModel, model="hall", placement=moved(2))
    assert desk.wish(ADA, Undo).code == "nothing"
    assert desk.models()["hall"][1] == moved(2)


def test_a_revision_keeps_the_place_unless_one_is_given(desk: ModelDesk) -> None:
    desk.bring(ADA, "m", "p1", moved(5))
    desk.bring(BOB, "m", "p2")
    assert desk.models()["m"] == ("p2", moved(5), 2)
    desk.bring(BOB, "m", "p3", moved(6))
    assert desk.models()["m"] == ("p3", moved(6), 3)


def test_a_removed_model_can_be_brought_in_again_as_new(desk: ModelDesk) -> None:
    desk.bring(ADA, "m", "p1", moved(5))
    desk.wish(ADA, RemoveModel, model="m")
    desk.bring(ADA, "m", "p2")
    assert desk.models()["m"] == ("p2", IN_PLACE, 1)


@pytest.mark.parametrize(
    ("placement", "words"),
    [
        ((math.nan,) * 12, "finite"),
        (moved(math.inf), "finite"),
        (moved(0, scale=0.0), "one scale"),
        (moved(0, scale=-1.0), "one scale"),
        (moved(0, scale=1e7), "one scale"),
        ((1.0, 0.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0), "stretches"),
        ((1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0), "stretches"),
        ((1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0), "mirrors"),
        (moved(1.1e6), "within 1000000 m"),
    ],
)
def test_a_placement_that_no_model_can_have_is_refused(
    desk: ModelDesk, placement: Placement, words: str
) -> None:
    for reply in (
        desk.wish(ADA, PlaceModel, model="hall", placement=placement),
        desk.bring(ADA, "m", "p1", placement),
    ):
        assert (reply.number, reply.code) == (0, "place")
        assert words in reply.text
    assert desk.models() == {"hall": ("p0", IN_PLACE, 1)}


def test_a_model_that_is_not_there_can_be_neither_moved_nor_removed(desk: ModelDesk) -> None:
    assert desk.wish(ADA, PlaceModel, model="m", placement=moved(1)).code == "unknown"
    assert desk.wish(ADA, RemoveModel, model="m").code == "unknown"
    assert desk.wish(ADA, PlaceModel, model="hall", placement=IN_PLACE).code == "unchanged"
    desk.bring(ADA, "m", "p1")
    assert desk.bring(BOB, "m", "p1").code == "unchanged"


def test_a_session_holds_a_bounded_number_of_models(desk: ModelDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("walkdown_server.session.MODELS_MAX", 2)
    assert desk.session.holds_more_models
    assert desk.bring(ADA, "m", "p1").number
    assert not desk.session.holds_more_models
    assert desk.bring(ADA, "n", "p1").code == "full"
    assert desk.bring(ADA, "m", "p2").number


def test_a_note_stands_on_a_model_and_its_distance_counts_in_the_site(desk: ModelDesk) -> None:
    desk.bring(ADA, "m", "p1", moved(9e5, scale=0.001))
    put = {"note": "n", "text": "x", "model": "m"}
    assert desk.wish(ADA, PutNote, point=(2e6, 0.0, 0.0), **put).number
    assert desk.wish(ADA, PutNote, point=(2e8, 0.0, 0.0), **put).code == "place"
    assert desk.wish(ADA, PutNote, point=(math.inf, 0.0, 0.0), **put).code == "place"
    (note,) = desk.session.snapshot().notes
    assert (note.model, note.point) == ("m", (2e6, 0.0, 0.0))
    assert desk.wish(ADA, PutNote, note="o", text="x", point=HERE, model="nothing").code == "unknown"


def test_a_note_keeps_the_model_and_thing_that_it_lost(desk: ModelDesk) -> None:
    desk.session.learn_things("m", "p1", ["wall"])
    desk.bring(ADA, "m", "p1")
    put = {"text": "x", "point": HERE, "model": "m", "thing": "wall"}
    assert desk.wish(ADA, PutNote, note="n", **put).number
    desk.wish(BOB, RemoveModel, model="m")
    assert not desk.session.knows_thing("wall")
    assert desk.wish(ADA, PutNote, note="n", **put | {"text": "y"}).number
    assert desk.wish(ADA, PutNote, note="o", **put).code == "unknown"
    assert desk.notes() == {"n": "y"}


def test_things_count_while_a_model_has_their_package(desk: ModelDesk) -> None:
    desk.session.learn_things("m", "p1", ["wall"])
    assert desk.session.knows_thing("P-101")
    assert not desk.session.knows_thing("wall")
    desk.bring(ADA, "m", "p1")
    assert desk.session.knows_thing("wall")
    desk.bring(ADA, "m", "p2")
    assert not desk.session.knows_thing("wall")


def test_a_model_that_waits_for_the_disk_is_seen_by_later_wishes_only(desk: ModelDesk) -> None:
    draft = desk.session.decide(BringModel("m", "M", "p1"), ADA)
    assert isinstance(draft, Draft)
    desk.session.expect(draft, time_ns=1)
    assert desk.session.model_ahead("m") is not None
    assert isinstance(desk.session.decide(RemoveModel(op=1, model="m"), BOB), Draft)
    assert "m" not in desk.models()
    desk.session.forget_waiting()
    assert desk.session.model_ahead("m") is None


def test_what_the_server_is_started_with_is_as_it_is_this_time(desk: ModelDesk) -> None:
    desk.wish(ADA, PlaceModel, model="hall", placement=moved(1))
    desk.wish(ADA, RemoveModel, model="hall")
    desk.wish(ADA, Undo)
    newer = ModelState("hall", "Hall", "p0 exported again", author="", author_id="")
    (hall,) = desk.again(newer).models()
    assert (hall.package, hall.placement) == ("p0 exported again", moved(1))
    assert desk.again().models() == ()


def test_a_revision_of_a_model_of_the_start_wins_over_it_at_the_next_start(desk: ModelDesk) -> None:
    desk.bring(ADA, "hall", "p1")
    assert [m.package for m in desk.again(HALL).models()] == ["p1"]
    assert [m.package for m in desk.again().models()] == ["p1"]
    desk.wish(ADA, Undo)
    assert [m.package for m in desk.again(HALL).models()] == ["p0"]


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        ("hologram", {}, "'hologram', which this version does not know"),
        ("model", {"model": "m"}, "cannot be understood"),
        ("model", {}, "cannot be understood"),
        ("model_placed", {"model": "hall", "placement": [1.0]}, "cannot be understood"),
        ("note", {"note": 5}, "cannot be understood"),
    ],
)
def test_a_record_that_makes_no_sense_is_named(
    desk: ModelDesk, kind: str, body: dict[str, object], words: str
) -> None:
    with pytest.raises(JournalError, match=f"record 7 .*{words}"):
        desk.session.apply(Record(7, 1, "Ada", "a", kind, body))
    assert desk.models() == {"hall": ("p0", IN_PLACE, 1)}


def test_a_place_for_a_model_that_is_served_no_more_is_nothing(desk: ModelDesk) -> None:
    desk.wish(ADA, PlaceModel, model="hall", placement=moved(1))
    assert desk.again().models() == ()


WISHES = st.lists(
    st.tuples(
        st.sampled_from([ADA, BOB]),
        st.sampled_from(["bring", "place", "remove", "note", "trigger", "undo", "redo"]),
        st.sampled_from(["hall", "m", "n"]),
        st.integers(0, 3),
    ),
    max_size=40,
)


@given(WISHES)
@settings(max_examples=60)
def test_any_course_of_things_is_the_same_when_read_from_the_journal(
    wishes: list[tuple[Author, str, str, int]],
) -> None:
    desk = ModelDesk(session=session_of(HALL))
    for author, kind, model, n in wishes:
        if kind == "bring":
            desk.bring(author, model, f"p{n}", moved(n) if n % 2 else None)
        elif kind == "place":
            desk.wish(author, PlaceModel, model=model, placement=moved(n))
        elif kind == "remove":
            desk.wish(author, RemoveModel, model=model)
        elif kind == "note":
            desk.wish(author, PutNote, note=f"{author.id}{n}", text="x", point=HERE, model=model)
        elif kind == "trigger":
            desk.wish(author, Trigger, disturbance="clog", active=bool(n % 2))
        else:
            before = desk.models()
            if desk.wish(author, Undo if kind == "undo" else Redo).number and n % 2:
                assert desk.wish(author, Redo if kind == "undo" else Undo).number
                assert desk.models() == before
    again = desk.again(HALL)
    assert sorted(again.models(), key=lambda m: m.model) == sorted(
        desk.session.models(), key=lambda m: m.model
    )
    assert again.snapshot() == desk.session.snapshot()
