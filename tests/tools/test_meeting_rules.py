"""What follows from a review as it stands."""

from __future__ import annotations

import pytest

from walkdown import messages as m
from walkdown.messages import AgendaItem, Ballot, Meeting, Topic, Vote
from walkdown.review import ReviewState
from walkdown_client.tools import meeting_rules as rules
from walkdown_client.tools.chat_links import asked_for, put_link
from walkdown_client.tools.meeting import ChatForm
from walkdown_client.world import PersonView

SEC = 10**9


def person(number: int, **changes: object) -> PersonView:
    view = {"name": f"P{number}", "kind": "person", "colour": 0, "selected": "", "connected": True, **changes}
    return PersonView(number, **view)  # type: ignore[arg-type]  # fields by name


def review(*orders: int) -> ReviewState:
    items = {f"i{n}": AgendaItem(f"i{n}", f"Point {n}", 10.0, order=o) for n, o in enumerate(orders)}
    return ReviewState(agenda=items)


def test_who_follows_oneself_by_way_of_others_is_found_and_others_circles_do_no_harm() -> None:
    people = {1: person(1), 2: person(2, following=1), 3: person(3, following=2), 4: person(4, following=5)}
    people[5] = person(5, following=4)
    assert rules.would_circle(people, me=1, person=3)
    assert not rules.would_circle(people, me=3, person=1)
    assert not rules.would_circle(people, me=1, person=4)


def test_hands_keep_their_order() -> None:
    people = {n: person(n, hand=n != 2) for n in range(1, 5)}
    assert rules.in_order_of_hands([4, 2], people) == [4, 1, 3]


@pytest.mark.parametrize(
    ("orders", "item", "steps", "result"),
    [
        ((0, 1000, 2000), "i2", -1, ["i0", "i2", "i1"]),
        ((0, 1000, 2000), "i0", 1, ["i1", "i0", "i2"]),
        ((0, 1000, 2000), "i0", 2, ["i1", "i2", "i0"]),
        ((5, 6, 7), "i2", -2, ["i2", "i0", "i1"]),
        ((5, 6, 7), "i0", 1, ["i1", "i0", "i2"]),
        ((7, 7, 7), "i2", -1, ["i0", "i2", "i1"]),
        ((0, 1000, 2000), "i0", -1, ["i0", "i1", "i2"]),
        ((0, 1000, 2000), "i9", 1, ["i0", "i1", "i2"]),
    ],
)
def test_a_point_moves_where_it_is_wished_also_where_there_is_no_gap(
    orders: tuple[int, ...], item: str, steps: int, result: list[str]
) -> None:
    state = review(*orders)
    for name, order in rules.moved(rules.agenda(state), item, steps).items():
        state.agenda[name] = m.AgendaItem(name, name, order=order)
    assert [one.item for one in rules.agenda(state)] == result


def test_a_move_between_two_others_changes_one_point_alone() -> None:
    assert list(rules.moved(rules.agenda(review(0, 1000, 2000)), "i2", -1)) == ["i2"]


def test_the_next_point_is_the_first_when_none_is_on_and_none_at_the_end() -> None:
    state = review(2000, 1000)
    assert rules.item_beside(state, 1) == "i1"
    state.meeting = Meeting(began_ns=1, item="i1")
    assert rules.item_beside(state, 1) == "i0"
    assert rules.item_beside(state, -1) is None
    assert rules.item_beside(ReviewState(), 1) is None


def test_time_runs_for_the_point_that_is_on_alone() -> None:
    state = review(0, 1000)
    state.agenda["i0"] = AgendaItem("i0", "x", spent_secs=30.0)
    state.meeting = Meeting(began_ns=SEC, item="i0", item_ns=10 * SEC)
    assert rules.spent_secs(state, state.agenda["i0"], 15 * SEC) == 35.0
    assert rules.spent_secs(state, state.agenda["i1"], 15 * SEC) == 0.0
    state.meeting = Meeting(began_ns=SEC, ended_ns=12 * SEC, item="i0", item_ns=10 * SEC)
    assert rules.spent_secs(state, state.agenda["i0"], 15 * SEC) == 30.0


def test_a_vote_is_told_by_answers_with_the_names() -> None:
    ballots = {"a": Ballot("Jörg", 1), "b": Ballot("Ada", 1), "c": Ballot("Inès", 0)}
    vote = Vote("w", "?", ("Yes", "No", "Abstain"), ballots=ballots)
    assert rules.tally(vote) == [("Yes", ["Inès"]), ("No", ["Ada", "Jörg"]), ("Abstain", [])]


def test_the_summary_counts_what_happened_since_the_review_began() -> None:
    state = review(0)
    state.meeting = Meeting(began_ns=100)
    for number, (made, status, changed, is_parked) in enumerate(
        (
            (50, "Open", 0, False),
            (50, "Closed", 150, False),
            (150, "Open", 0, True),
            (50, "Closed", 60, False),
        )
    ):
        state.topics[str(number)] = Topic(
            topic=str(number), title="x", made_ns=made, status=status, changed_ns=changed, parked=is_parked
        )
    state.votes["w"] = Vote("w", "?", ("a", "b"), made_ns=150)
    found = rules.summary(state)
    assert (found.new, found.closed, found.open, found.parked) == (1, 1, 2, 1)
    assert (found.votes, found.done, found.items) == (1, 0, 1)


# ---- the chat -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "plain",
        "看 @Filler F-201。",
        "@Filler and @Filler F-201",
        "{0} is no link @Filler",
        "@nobody here",
        "a{1}b",
    ],
)
def test_a_line_reads_as_it_was_typed(typed: str) -> None:
    labels = {"Filler": "thing:a", "Filler F-201": "thing:b"}
    text, links = rules.written(typed, labels)
    names = {link: label for label, link in labels.items()}
    read = "".join(part or f"@{names[link]}" for part, link in rules.pieces(text, links))
    assert read.replace("\N{WORD JOINER}", "") == typed


def test_numbers_without_a_link_are_text() -> None:
    assert rules.pieces("{0} and {7}", ("thing:a",)) == [("", "thing:a"), (" and {7}", "")]


def test_what_is_typed_after_an_at_sign_is_looked_for_and_replaced() -> None:
    assert asked_for("look @fil") == "fil"
    assert asked_for("look @") == ""
    assert asked_for("look @fil ") is None
    form = ChatForm("look @fil")
    put_link(form, "thing:a", "Filler")
    assert (form.text, form.labels, form.version) == ("look @Filler ", {"Filler": "thing:a"}, 1)
