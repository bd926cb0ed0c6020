"""Who hears whom and by which route, and which eight of many; with lists, no server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from walkdown.messages import Reach, Zone
from walkdown.voice import VOICES_MAX, Route
from walkdown_server.voice.rules import (
    HEARING_METRES,
    KEPT_METRES,
    NOBODY,
    REACHES,
    ZONES_SEEN,
    Bits,
    Places,
    Routes,
    Speaking,
    choose,
    distances,
    routes,
    zones_of,
)

Point = tuple[float, float, float]


@dataclass
class One:
    """Somebody in the room; the row is where they stand in the list."""

    at: Point | None = (0.0, 0.0, 1.7)
    group: int = 0
    reach: Reach = "near"
    heard: bool = True
    presenting: bool = False
    leading: bool = False
    level_db: float = -30.0
    echo: bool = False


def places(people: Sequence[One], rows: Sequence[int], zones: Sequence[Zone] = ()) -> Places:
    metres = np.array([people[row].at or (0.0, 0.0, 0.0) for row in rows], np.float64).reshape(-1, 3)
    return Places(
        np.array(rows, np.intp),
        metres,
        np.array([people[row].at is not None for row in rows], bool),
        zones_of(metres, zones),
        np.array([people[row].group for row in rows], np.int32),
    )


def speaking(talkers: Sequence[One]) -> Speaking:
    return Speaking(
        reach=np.array([REACHES[one.reach] for one in talkers], np.int8),
        heard=np.array([one.heard for one in talkers], bool),
        presenting=np.array([one.presenting for one in talkers], bool),
        leading=np.array([one.leading for one in talkers], bool),
        level_db=np.array([one.level_db for one in talkers], np.float32),
    )


def found(
    people: Sequence[One], talking: Sequence[int], *, zones: Sequence[Zone] = (), before: Bits | None = None
) -> tuple[Routes, Bits]:
    """Return the routes from those who talk to everyone, and who is chosen."""
    rows = list(range(len(people)))
    listeners, talkers = places(people, rows, zones), places(people, talking, zones)
    how = speaking([people[row] for row in talking])
    kept = np.zeros((len(rows), len(talking)), bool) if before is None else before
    metres = distances(listeners, talkers)
    echo = np.array([one.echo for one in people], bool)
    by = routes(listeners, talkers, how, metres=metres, echo=echo, before=kept)
    return by, choose(by, how, metres=metres, before=kept)


def route(talker: One, listener: One, zones: Sequence[Zone] = ()) -> int:
    """Return by which route the first is heard by the second."""
    return int(found([talker, listener], [0], zones=zones)[0][1, 0])


FAR = (5000.0, 0.0, 1.7)
OFFICE = Zone("office", "Office", (0.0, 0.0, 0.0), (5.0, 5.0, 3.0))
HALL = Zone("hall", "Hall", (-50.0, -50.0, 0.0), (50.0, 50.0, 10.0))
LAB = Zone("lab", "Lab", (3.0, 0.0, 0.0), (8.0, 5.0, 3.0))


# ---- routes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("metres", "expected"), [(1, Route.NEAR), (60, Route.NEAR), (60.1, NOBODY)])
def test_who_is_near_is_heard_by_place(metres: float, expected: int) -> None:
    assert route(One(), One(at=(0.0, metres, 1.7))) == expected


def test_who_is_heard_already_is_heard_a_little_further() -> None:
    edge = HEARING_METRES + KEPT_METRES / 2
    people = [One(), One(at=(0.0, edge, 1.7))]
    assert found(people, [0])[0][1, 0] == NOBODY
    assert found(people, [0], before=np.array([[False], [True]]))[0][1, 0] == Route.NEAR


def test_who_has_no_place_is_near_nobody_but_hears_and_is_heard_in_other_ways() -> None:
    assert route(One(at=None), One()) == NOBODY
    assert route(One(), One(at=None)) == NOBODY
    assert route(One(at=None, presenting=True), One()) == Route.PRESENTER
    assert route(One(presenting=True), One(at=None)) == Route.PRESENTER
    assert route(One(at=None, group=3, reach="group"), One(group=3)) == Route.GROUP


def test_nobody_hears_themselves_but_who_asked_for_it() -> None:
    assert found([One()], [0])[0][0, 0] == NOBODY
    assert found([One(echo=True)], [0])[0][0, 0] == Route.ECHO
    assert found([One(presenting=True)], [0])[0][0, 0] == NOBODY


def test_what_is_meant_for_a_group_reaches_the_group_alone_however_far() -> None:
    talker = One(group=2, reach="group")
    assert route(talker, One(at=FAR, group=2)) == Route.GROUP
    assert route(talker, One()) == NOBODY
    assert route(talker, One(group=1)) == NOBODY


def test_what_is_meant_for_a_group_by_who_has_none_reaches_nobody() -> None:
    assert route(One(reach="group"), One()) == NOBODY
    assert route(One(reach="radio"), One(at=FAR)) == NOBODY


def test_a_presenter_may_still_speak_to_their_group_alone() -> None:
    talker = One(group=2, reach="group", presenting=True)
    assert route(talker, One()) == NOBODY
    assert route(talker, One(group=2)) == Route.GROUP


def test_by_radio_one_reaches_the_group_however_far_and_who_is_near() -> None:
    talker = One(group=2, reach="radio")
    assert route(talker, One(at=FAR, group=2)) == Route.RADIO
    assert route(talker, One(at=(3.0, 0.0, 1.7), group=2)) == Route.RADIO
    assert route(talker, One(at=(3.0, 0.0, 1.7))) == Route.NEAR
    assert route(talker, One(at=FAR)) == NOBODY


def test_who_speaks_to_who_is_near_is_not_heard_by_a_distant_group() -> None:
    assert route(One(group=2), One(at=FAR, group=2)) == NOBODY


def test_who_presents_is_heard_everywhere() -> None:
    assert route(One(presenting=True), One(at=FAR)) == Route.PRESENTER
    assert route(One(presenting=True), One(at=(1.0, 1.0, 1.0)), [OFFICE]) == Route.PRESENTER


def test_who_may_not_be_heard_is_heard_by_nobody_but_themselves() -> None:
    muted = One(heard=False, presenting=True, echo=True)
    by, _chosen = found([muted, One()], [0])
    assert by[:, 0].tolist() == [Route.ECHO, NOBODY]


# ---- zones ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "heard"),
    [
        ((1.0, 1.0, 1.0), (4.0, 4.0, 2.0), True),
        ((1.0, 1.0, 1.0), (-1.0, 1.0, 1.0), False),
        ((-1.0, 1.0, 1.0), (-2.0, 1.0, 1.0), True),
        ((1.0, 1.0, 1.0), (1.0, 1.0, 4.0), False),
        ((5.0, 5.0, 3.0), (1.0, 1.0, 1.0), True),
    ],
)
def test_inside_and_outside_of_a_zone_do_not_hear_each_other(one: Point, other: Point, heard: bool) -> None:
    for talker, listener in ((one, other), (other, one)):
        expected = Route.NEAR if heard else NOBODY
        assert route(One(at=talker), One(at=listener), [OFFICE]) == expected


def test_a_room_within_a_hall_is_closed_to_it_both_ways() -> None:
    office, hall = (1.0, 1.0, 1.0), (20.0, 20.0, 1.7)
    for zones in ([OFFICE, HALL], [HALL, OFFICE]):
        assert route(One(at=office), One(at=hall), zones) == NOBODY
        assert route(One(at=hall), One(at=office), zones) == NOBODY
        assert route(One(at=hall), One(at=(30.0, 20.0, 1.7)), zones) == Route.NEAR


def test_where_two_zones_overlap_is_a_place_of_its_own() -> None:
    office, both, lab = ((x, 1.0, 1.0) for x in (1.0, 4.0, 7.0))
    for one, other in ((office, both), (both, lab), (office, lab)):
        assert route(One(at=one), One(at=other), [OFFICE, LAB]) == NOBODY


def test_zones_do_not_stop_groups_and_radio() -> None:
    inside = (1.0, 1.0, 1.0)
    assert route(One(group=1, reach="group"), One(at=inside, group=1), [OFFICE]) == Route.GROUP
    assert route(One(group=1, reach="radio"), One(at=inside, group=1), [OFFICE]) == Route.RADIO


def test_as_many_zones_as_there_can_be_are_told_apart() -> None:
    zones = [
        Zone(f"z{n}", "Z", (n * 10.0, 0.0, 0.0), (n * 10.0 + 5.0, 5.0, 5.0)) for n in range(ZONES_SEEN + 1)
    ]
    inside = zones_of(np.array([[n * 10.0 + 1, 1.0, 1.0] for n in range(ZONES_SEEN)]), zones)
    assert len(set(inside.tolist())) == ZONES_SEEN
    assert 0 not in inside.tolist()


# ---- which eight ---------------------------------------------------------------------------------------


def crowd(count: int, **of_first: object) -> list[One]:
    """A listener, and talkers ever further away; the last of them is the first with these features."""
    people = [One(at=(0.0, 0.0, 1.7))]
    people += [One(at=(2.0 + 2 * n, 0.0, 1.7)) for n in range(count - 1)]
    return [*people, One(**{"at": (50.0, 0.0, 1.7), **of_first})]  # type: ignore[arg-type]


def heard_of(people: list[One], *, before: Sequence[int] = ()) -> set[int]:
    """Return which of the others the first hears."""
    talking = list(range(1, len(people)))
    kept = np.zeros((len(people), len(talking)), bool)
    kept[0, [row - 1 for row in before]] = True
    _by, chosen = found(people, talking, before=kept)
    return {talking[column] for column in np.flatnonzero(chosen[0])}


def test_of_up_to_eight_all_are_sent() -> None:
    assert heard_of(crowd(VOICES_MAX)) == set(range(1, VOICES_MAX + 1))


def test_of_more_the_nearest_are_sent() -> None:
    assert heard_of(crowd(14)) == set(range(1, VOICES_MAX + 1))


@pytest.mark.parametrize(
    ("features", "sent"),
    [
        ({"level_db": -3.0}, True),
        ({"level_db": -25.0}, False),
        ({"presenting": True, "level_db": -60.0}, True),
        ({"presenting": True, "at": FAR}, True),
        ({"leading": True, "at": (19.0, 0.0, 1.7)}, True),
        ({"leading": False, "at": (19.0, 0.0, 1.7)}, False),
    ],
)
def test_who_is_louder_presents_or_leads_comes_before_who_is_nearer(
    features: dict[str, object], sent: bool
) -> None:
    assert (14 in heard_of(crowd(14, **features))) is sent


def test_one_s_own_group_comes_before_who_is_nearer_and_after_who_presents() -> None:
    people = crowd(14)
    people[0].group = 1
    for number in range(8):
        people.append(One(at=FAR, group=1, reach="radio", level_db=-30.0 - number))
    people.append(One(at=FAR, presenting=True, level_db=-90.0))
    rows = set(range(15, 22)) | {23}
    assert heard_of(people) == rows


def test_voices_that_are_alike_do_not_come_and_go() -> None:
    people = [One(at=(0.0, 0.0, 1.7))]
    people += [One(at=(10.0, 0.0, 1.7), level_db=-30.0 + n / 10) for n in range(10)]
    kept = set(range(1, VOICES_MAX + 1))
    assert heard_of(people, before=sorted(kept)) == kept
    assert heard_of(people) == set(range(3, 11))
    people[10].level_db = -20.0
    assert heard_of(people, before=sorted(kept)) == (kept - {1}) | {10}


def test_each_listener_has_their_own_eight() -> None:
    people = [One(at=(x, 0.0, 1.7)) for x in (0.0, 55.0)]
    people += [One(at=(x, 1.0, 1.7)) for x in np.linspace(1, 54, 20).tolist()]
    _by, chosen = found(people, list(range(2, 22)))
    assert np.flatnonzero(chosen[0]).tolist() == list(range(8))
    assert np.flatnonzero(chosen[1]).tolist() == list(range(12, 20))


def test_nobody_who_talks_and_nobody_who_listens_is_no_case_of_its_own() -> None:
    assert found([One()], [])[1].shape == (1, 0)
    assert found([], [])[1].shape == (0, 0)
