"""Above three hundred people: who is told of whom how often, by cells of 25 m and storeys of 4 m."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from walkdown import codec
from walkdown.codec import HANDS, PoseFlag, Section
from walkdown_server.ticks.cells import (
    CELL_MM,
    NEAR_RUNS,
    NOWHERE,
    RING_RUNS,
    STOREY_MM,
    gather,
    keys_of,
    reach,
)
from walkdown_server.ticks.interest import FAR_TICKS, RING_TICKS, Crowd, Views

CELL, STOREY = CELL_MM / 1000, STOREY_MM / 1000
VIEWER = 1

places = st.tuples(st.integers(-6, 6), st.integers(-6, 6), st.integers(-2, 2))


class Hall:
    """A crowd that sees by cells; the first row is the viewer, who stands in the cell at the origin."""

    def __init__(self, *others: tuple[float, float, float], capacity: int = 40) -> None:
        self.crowd = Crowd(capacity=capacity, everyone_up_to=0)
        self.tick = 0
        self.places = [(CELL / 2, CELL / 2, STOREY / 2), *others]
        for row in range(len(self.places)):
            self.crowd.enter(row, row + 1)
            self.place(row)

    def place(self, row: int, *, flags: int = 0) -> None:
        record = codec.pack_poses([0], [self.places[row]], [[1, 0, 0, 0]], flags=flags)
        self.crowd.place(row, record.tobytes(), now_ns=0)

    def walk(self, row: int, *step: float) -> None:
        self.places[row] = tuple(a + b for a, b in zip(self.places[row], step, strict=True))  # type: ignore[assignment]
        self.place(row)

    def go_on(self) -> Views:
        self.tick += 1
        return self.crowd.views(self.tick, now_ns=0)

    def seen(self, row: int = 0) -> list[int]:
        """Numbers of those of whom a viewer is told in the next tick, sorted."""
        views = self.go_on()
        return people_in(views.sections[views.group_of[row]])


def people_in(sections: bytes) -> list[int]:
    found: list[int] = []
    for kind, payload in codec.unpack_server_frame(codec.pack_server_frame(1, 0, [sections]))[2]:
        unpack = codec.unpack_poses if kind == Section.POSES else codec.unpack_hands
        found += unpack(payload).ids.tolist()
    return sorted(found)


def centre(column: int, row: int, storey: int = 0) -> tuple[float, float, float]:
    return (column + 0.5) * CELL, (row + 0.5) * CELL, (storey + 0.5) * STOREY


def times_told(place: tuple[float, float, float]) -> int:
    """How often in a second the viewer is told of someone there who walks to and fro."""
    hall = Hall(place)
    for _ in range(FAR_TICKS):
        hall.go_on()
    told = 0
    for step in range(FAR_TICKS):
        hall.walk(1, 0.01 if step % 2 else -0.01, 0.0, 0.0)
        told += 2 in hall.seen()
    return told


@pytest.mark.parametrize(
    ("place", "per_sec"),
    [
        (centre(0, 0), 20),
        (centre(1, -1), 20),
        (centre(2, 0), 5),
        (centre(-3, 3), 5),
        (centre(0, 0, 1), 5),
        (centre(3, -3, -1), 5),
        (centre(4, 0), 1),
        (centre(0, 0, 2), 1),
        ((900_000.0, 0.0, 0.0), 1),
    ],
)
def test_who_is_near_is_told_of_twenty_times_who_is_in_the_ring_five_times_others_once(
    place: tuple[float, float, float], per_sec: int
) -> None:
    # in its turn among all a person of the ring is told of to everybody, so that one turn may serve both
    assert times_told(place) in (per_sec, per_sec + 1 if per_sec == 5 else per_sec)


def test_up_to_three_hundred_everyone_sees_everyone() -> None:
    crowd = Crowd(capacity=301)
    for row in range(301):
        crowd.enter(row, row + 1)
        crowd.place(row, codec.pack_poses([0], [[row * 100.0, 0, 0]], [[1, 0, 0, 0]]).tobytes(), now_ns=0)
    assert len(crowd.views(1, now_ns=0).sections) > 100
    crowd.leave(300)
    views = crowd.views(2, now_ns=0)
    assert len(views.sections) == 1
    assert sorted(views.entered) == list(range(300))
    assert len(people_in(crowd.owed(0, told_tick=1, tick=2, now_ns=0))) == 300


def test_who_speaks_or_leads_is_told_of_to_all_at_the_full_rate() -> None:
    hall = Hall(centre(50, 0), centre(60, 0), centre(70, 0))
    hall.crowd.show_always({3})
    for _ in range(FAR_TICKS):
        hall.go_on()
    told = []
    for step in range(1, 9):
        for row in (1, 2, 3):
            hall.places[row] = (hall.places[row][0] + 0.01, *hall.places[row][1:])
            hall.place(row, flags=PoseFlag.SPEAKING if row == 3 else 0)
        told.append(hall.seen())
        assert 3 in told[-1]
        assert 4 in told[-1]
        assert (2 in told[-1]) == (hall.tick % FAR_TICKS == 1), step
    hall.crowd.show_always(set())
    hall.walk(2, 0.01, 0.0, 0.0)
    assert 3 not in hall.seen()


def test_viewers_of_one_cell_share_the_same_bytes_and_who_has_no_place_hears_of_all_once_a_second() -> None:
    hall = Hall(centre(0, 0), centre(9, 9))
    hall.crowd.enter(3, 4)
    views = hall.go_on()
    assert views.group_of[0] == views.group_of[1] != views.group_of[2]
    assert views.group_of[3] == 0
    told = people_in(views.sections[0])
    for _ in range(FAR_TICKS - 1):
        told += people_in(hall.go_on().sections[0])
    assert sorted(told) == [1, 2, 3]


def test_who_enters_a_cell_is_owed_who_is_newly_in_reach_and_no_one_else() -> None:
    others = [centre(column, 0) for column in range(-3, 6)]
    hall = Hall(*others)
    for _ in range(FAR_TICKS):
        hall.go_on()
    hall.walk(0, CELL, 0.0, 0.0)
    views = hall.go_on()
    assert views.entered == [0]
    told = people_in(hall.crowd.owed(0, told_tick=hall.tick - 1, tick=hall.tick, now_ns=0))
    newly = {2 + others.index(centre(column, 0)) for column in (2, 4)}
    turn = {row + 1 for row in range(len(others) + 1) if row % FAR_TICKS == hall.tick % FAR_TICKS}
    assert set(told) == newly | turn | {VIEWER}


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    people=st.lists(places, min_size=2, max_size=12),
    skipping=st.floats(0.0, 0.9),
)
def test_a_viewer_who_walks_and_misses_ticks_is_never_wrong_about_anyone_near_and_right_about_all_in_a_second(
    seed: int, people: list[tuple[int, int, int]], skipping: float
) -> None:
    chance = np.random.default_rng(seed)
    hall = Hall(*(centre(*place) for place in people))
    held: dict[int, tuple[float, ...]] = {}
    told_tick = -1000
    for tick in range(1, 90):
        for row in range(len(hall.places)):
            if chance.random() < 0.5 and tick < 60:
                hall.walk(row, *chance.normal(0, (8.0, 8.0, 1.0)))
        views = hall.go_on()
        if tick < 60 and chance.random() < skipping:
            continue
        if told_tick == tick - 1 and 0 not in views.entered:
            sections = views.sections[views.group_of[0]]
        else:
            sections = hall.crowd.owed(0, told_tick=told_tick, tick=tick, now_ns=0)
        told_tick = tick
        _take(held, sections)
        near, _ = reach(hall.crowd._keys[: len(hall.places)], int(hall.crowd._keys[0]))
        for row in np.flatnonzero(near).tolist():
            assert held[row + 1] == pytest.approx(hall.places[row], abs=1e-3)
    assert len(held) == len(hall.places)
    for row, place in enumerate(hall.places):
        assert held[row + 1] == pytest.approx(place, abs=1e-3)


def _take(held: dict[int, tuple[float, ...]], sections: bytes) -> None:
    for _kind, payload in codec.unpack_server_frame(codec.pack_server_frame(1, 0, [sections]))[2]:
        poses = codec.unpack_poses(payload)
        held.update(zip(poses.ids.tolist(), map(tuple, poses.positions.tolist()), strict=True))


@given(viewer=places, people=st.lists(places, max_size=30))
def test_runs_find_the_same_people_as_distances_between_cells(
    viewer: tuple[int, int, int], people: list[tuple[int, int, int]]
) -> None:
    def keys(cells: list[tuple[int, int, int]]) -> np.ndarray:
        at = np.array(cells, np.int64).reshape(-1, 3)
        return keys_of(at * (CELL_MM, CELL_MM, STOREY_MM) + 1)

    there = np.sort(keys(people))
    near, in_reach = reach(there, int(keys([viewer])[0]))
    apart = [(abs(np.array(p) - viewer)) for p in people]
    assert near.sum() == sum(max(x, y) <= 1 and storey == 0 for x, y, storey in apart)
    assert in_reach.sum() == sum(max(x, y) <= 3 and storey <= 1 for x, y, storey in apart)
    for runs, expected in ((NEAR_RUNS, near), (RING_RUNS, in_reach & ~near)):
        found, sizes = gather(keys([viewer]), there, runs)
        assert sorted(found.tolist()) == np.flatnonzero(expected).tolist()
        assert sizes.tolist() == [len(found)]


def test_nowhere_is_in_reach_of_nothing() -> None:
    here = keys_of(np.zeros((1, 3), np.int64))
    assert not reach(here, NOWHERE)[1].any()
    assert not reach(np.array([NOWHERE]), int(here[0]))[1].any()


def test_hands_are_told_by_cells_too() -> None:
    hall = Hall(centre(0, 0), centre(9, 0))
    hands = np.zeros(1, HANDS)
    hands["pose"] = codec.pack_poses([0], [centre(0, 0)], [[1, 0, 0, 0]])
    hall.crowd.place(1, hands.tobytes(), now_ns=0)
    views = hall.go_on()
    kinds = dict(codec.unpack_server_frame(codec.pack_server_frame(1, 0, [views.sections[1]]))[2])
    assert codec.unpack_hands(kinds[Section.HANDS]).ids.tolist() in ([2], [2, 2])


def test_the_ring_takes_turns() -> None:
    others = [centre(2, row) for row in (-1, 0, 1)]
    hall = Hall(*others)
    for _ in range(FAR_TICKS):
        hall.go_on()
    per_tick = []
    for _ in range(RING_TICKS):
        for row in (1, 2, 3):
            hall.walk(row, 0.01, 0.0, 0.0)
        per_tick.append(
            [p for p in hall.seen() if p != VIEWER and (p - 1) % FAR_TICKS != hall.tick % FAR_TICKS]
        )
    assert max(map(len, per_tick)) <= 1
