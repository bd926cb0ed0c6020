"""What walls and open doors leave of a sound, and how the room around answers."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from tests.audio.shapes import one_wall
from walkdown_client.audio.occlusion import LOSS_MAX_DB, Occlusion
from walkdown_client.audio.orders import Doors, RoomBox, Rooms, Walls
from walkdown_client.audio.space import AT_ONCE, Space
from walkdown_client.audio.wall_boxes import SLOPE_DB, WallBoxes, boxes_of, joined, no_boxes

EARS = (0.0, 0.0, 1.7)
BEHIND = (10.0, 0.0, 1.7)


def space_of(boxes: WallBoxes) -> Space:
    space = Space()
    space.take(boxes.order())
    return space


def random_walls(count: int, *, side_m: float, seed: int = 1) -> WallBoxes:
    """Return walls of all directions strewn over a square."""
    rng = np.random.default_rng(seed)
    turn = rng.uniform(0, 2 * np.pi, count)
    return WallBoxes(
        np.column_stack([rng.uniform(0, side_m, (count, 2)), rng.uniform(0, 6, count)]).astype(np.float32),
        np.column_stack([rng.uniform(1, 4, count), np.full(count, 0.1), rng.uniform(1, 3, count)]).astype(
            np.float32
        ),
        np.column_stack([np.cos(turn), np.sin(turn)]).astype(np.float32),
        np.full(count, 30.0, np.float32),
        np.full(count, 8.0, np.float32),
        np.arange(count, dtype=np.uint32),
    )


def test_in_sight_nothing_at_all_is_lost() -> None:
    gains, gains_hf = space_of(one_wall()).losses(EARS, [(4.0, 1.0, 1.0), (-10.0, 0.0, 1.7), BEHIND])
    assert gains[:2].tolist() == gains_hf[:2].tolist() == [1.0, 1.0]
    assert gains[2] < 0.2


def test_without_walls_and_without_sounds_there_is_nothing_to_lose() -> None:
    assert Space().losses(EARS, [BEHIND])[0].tolist() == [1.0]
    gains, gains_hf = space_of(one_wall()).losses(EARS, np.zeros((0, 3)))
    assert len(gains) == len(gains_hf) == 0


@pytest.mark.parametrize("loss_db", [6.0, 20.0, 30.0])
def test_behind_an_endless_wall_its_loss_is_heard(loss_db: float) -> None:
    boxes = one_wall(loss_db=loss_db)
    endless = WallBoxes(
        boxes.centres, np.array([[0.1, 500, 500]], np.float32), boxes.turns, *columns_of(boxes)
    )
    loss, more = Occlusion(endless).losses(EARS, [BEHIND])
    assert loss[0] == pytest.approx(loss_db, abs=1e-3)
    assert more[0] == pytest.approx(8.0, abs=1e-3)
    gains, gains_hf = space_of(endless).losses(EARS, [BEHIND])
    assert 20 * np.log10(gains[0]) == pytest.approx(-loss_db, abs=0.01)
    assert 20 * np.log10(gains_hf[0]) == pytest.approx(-8.0, abs=0.01)


def columns_of(boxes: WallBoxes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return boxes.losses, boxes.slopes, boxes.keys


def test_no_wall_keeps_more_than_gets_around_the_building() -> None:
    walls = joined([one_wall(loss_db=300.0, half_length_m=500.0, key=key) for key in range(5)])
    tall = WallBoxes(walls.centres, walls.halves * (1, 1, 500), walls.turns, *columns_of(walls))
    loss, _more = Occlusion(tall).losses(EARS, [BEHIND])
    assert loss[0] == LOSS_MAX_DB


def test_sound_bends_over_a_low_wall_and_around_a_short_one() -> None:
    low = WallBoxes(
        np.array([[5, 0, 1.0]], np.float32),
        np.array([[0.1, 500, 1.0]], np.float32),
        np.array([[1, 0]], np.float32),
        *columns_of(one_wall(loss_db=45.0)),
    )
    over, _more = Occlusion(low).losses(EARS, [BEHIND])
    around, _more = Occlusion(one_wall(loss_db=45.0, half_length_m=1.0)).losses(EARS, [BEHIND])
    assert 2.0 < over[0] < 10.0
    assert 5.0 < around[0] < 20.0


def test_who_walks_behind_a_corner_hears_less_in_steps_that_do_not_jump() -> None:
    places = [(10.0, y, 1.7) for y in np.arange(14.0, -0.1, -0.1)]
    loss, _more = Occlusion(one_wall(loss_db=40.0, half_length_m=4.0)).losses(EARS, places)
    assert loss[0] == 0.0
    assert (np.diff(loss) >= -0.5).all()
    assert np.diff(loss).max() < 9.0
    assert loss[-1] > 15.0


@pytest.mark.parametrize(("turn_deg", "in_sight"), [(45.0, 1), (-45.0, 0)])
def test_turned_walls_stand_where_they_are_turned_to(turn_deg: float, in_sight: int) -> None:
    """A wall through (5, 0), across the way to one of two places."""
    boxes, angle = one_wall(half_length_m=4.0), np.radians(turn_deg)
    turn = np.array([[np.cos(angle), np.sin(angle)]], np.float32)
    turned = Occlusion(WallBoxes(boxes.centres, boxes.halves, turn, *columns_of(boxes)))
    loss, _more = turned.losses((5.0, -3.0, 1.0), [(8.0, 0.0, 1.0), (2.0, 0.0, 1.0)])
    assert loss[in_sight] == 0.0
    assert loss[1 - in_sight] > 10.0


def test_who_is_inside_a_box_is_not_kept_out_by_it() -> None:
    tank = WallBoxes(
        np.array([[5, 0, 1.5]], np.float32),
        np.ones((1, 3), np.float32),
        *turned_of(),
        *columns_of(one_wall()),
    )
    loss, _more = Occlusion(tank).losses((5.2, 0.1, 1.7), [(10.0, 0.0, 1.7)])
    assert loss[0] == 0.0
    assert Occlusion(tank).losses(EARS, [(5.0, 0.0, 1.0)])[0][0] == 0.0


def turned_of() -> tuple[np.ndarray]:
    return (np.array([[1, 0]], np.float32),)


def test_between_two_walls_that_touch_nothing_slips_through() -> None:
    left, right = one_wall(half_length_m=3.0), one_wall(half_length_m=3.0)
    left.centres[:, 1], right.centres[:, 1] = -3.0, 3.0
    loss, _more = Occlusion(joined([left, right])).losses(EARS, [BEHIND])
    assert loss[0] > 10.0


def test_an_open_door_lets_all_through_and_a_closed_one_is_duller() -> None:
    space = space_of(one_wall(key=7))
    closed, closed_hf = space.losses(EARS, [BEHIND])
    space.take(Doors(np.array([3, 7], "<u4").tobytes()))
    assert [values[0] for values in space.losses(EARS, [BEHIND])] == [1.0, 1.0]
    space.take(Doors())
    again, _hf = space.losses(EARS, [BEHIND])
    assert again[0] == closed[0] < 0.2
    assert closed_hf[0] < 0.6


def test_doors_that_were_told_before_the_walls_stay_open() -> None:
    space = Space()
    space.take(Doors(np.array([7], "<u4").tobytes()))
    space.take(one_wall(key=7).order())
    assert space.losses(EARS, [BEHIND])[0][0] == 1.0


def test_two_walls_keep_more_than_one_and_less_than_twice_as_much() -> None:
    near, far = one_wall(half_length_m=500.0), one_wall(half_length_m=500.0)
    far.centres[:, 0] = 7.0
    for boxes in (near, far):
        boxes.halves[:, 2] = 500.0
    loss, _more = Occlusion(joined([near, far])).losses(EARS, [BEHIND])
    assert loss[0] == pytest.approx(45.0)
    near.losses[:], far.losses[:] = 20.0, 10.0
    assert Occlusion(joined([near, far])).losses(EARS, [BEHIND])[0][0] == pytest.approx(25.0)


def test_very_many_walls_are_filed_beside_the_sound_and_the_last_told_win() -> None:
    space = space_of(one_wall(half_length_m=500.0))
    many = random_walls(AT_ONCE + 1, side_m=200.0)
    space.take(many.order())
    space.take(no_boxes().order())
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and thread.daemon:
            thread.join(10.0)
    assert not len(space.occlusion.boxes)
    space.take(many.order(), wait=True)
    assert len(space.occlusion.boxes) == AT_ONCE + 1


def test_an_order_says_all_of_the_boxes() -> None:
    boxes = random_walls(20, side_m=30.0)
    again = boxes_of(boxes.order())
    for name in ("centres", "halves", "turns", "losses", "slopes", "keys"):
        np.testing.assert_array_equal(getattr(again, name), getattr(boxes, name))


def test_without_slopes_what_is_usual_counts() -> None:
    order = one_wall().order()
    plain = Walls(order.frames, order.halves, order.middles, order.losses, order.keys)
    assert boxes_of(plain).slopes.tolist() == [SLOPE_DB]


@pytest.mark.parametrize("name", ["halves", "middles", "losses", "keys", "slopes"])
def test_columns_that_do_not_fit_are_refused(name: str) -> None:
    order = one_wall().order()
    parts = {n: getattr(order, n) for n in ("frames", "halves", "middles", "losses", "keys", "slopes")}
    parts[name] += b"\0\0\0\0"
    with pytest.raises(ValueError, match=r"reshape|size"):
        Space().take(Walls(**parts))


def test_the_grid_finds_the_same_as_looking_at_every_box() -> None:
    boxes = random_walls(400, side_m=80.0)
    rng = np.random.default_rng(2)
    sources = np.column_stack([rng.uniform(0, 80, (60, 2)), rng.uniform(0, 5, 60)])
    found, _more = Occlusion(boxes).losses((40.0, 40.0, 1.7), sources)
    for row, source in enumerate(sources):
        alone, _more = Occlusion(boxes.take(_near(boxes, source))).losses((40.0, 40.0, 1.7), [source])
        assert found[row] == pytest.approx(alone[0], abs=1e-3)


def _near(boxes: WallBoxes, source: np.ndarray) -> np.ndarray:
    """Return the boxes whose middles lie within 8 m of the way, worked out plainly."""
    start, way = np.array([40.0, 40.0, 1.7]), source - np.array([40.0, 40.0, 1.7])
    share = np.clip(((boxes.centres - start) @ way) / (way @ way), 0, 1)
    away = np.linalg.norm(boxes.centres - start - share[:, None] * way, axis=1)
    return np.flatnonzero(away < 8.0)


def test_a_hundred_thousand_walls_cost_no_more_looks_than_those_on_the_way() -> None:
    """40 sources within 40 m: of 4 million pairs of source and wall, under one in fifty is looked at."""
    occlusion = Occlusion(random_walls(100_000, side_m=700.0))
    rng = np.random.default_rng(3)
    ears = np.array([350.0, 350.0, 1.7])
    sources = ears + np.column_stack([rng.uniform(-40, 40, (40, 2)), rng.uniform(-1, 3, 40)])
    occlusion.losses(ears, sources)
    assert 1000 < occlusion.tested < 80_000


def test_no_walls_have_no_reach() -> None:
    assert no_boxes().reach.shape == (0, 3)


def room(low: float, high: float, *, t60: float = 1.0, volume: float = 300.0) -> RoomBox:
    return RoomBox((low, 0.0, 0.0), (high, 10.0, 3.0), volume, t60, t60 / 2)


def test_a_room_answers_inside_and_not_outdoors() -> None:
    space = Space()
    assert space.reverb((5.0, 5.0, 1.5)).gain == 0.0
    space.take(Rooms((room(0, 10, t60=0.8),)))
    inside = space.reverb((5.0, 5.0, 1.5))
    assert inside.t60_secs == pytest.approx(0.8)
    assert inside.t60_high_secs == pytest.approx(0.4)
    assert 0.0 < inside.gain <= 1.0
    assert space.reverb((12.0, 5.0, 1.5)).gain == 0.0


def test_going_from_a_small_room_into_a_hall_changes_the_answer_little_by_little() -> None:
    space = Space()
    space.take(Rooms((room(0, 10, t60=0.5), room(10, 60, t60=4.0, volume=20_000.0))))
    way = [space.reverb((x, 5.0, 1.5)) for x in np.arange(8.0, 12.0, 0.05)]
    t60 = np.array([answer.t60_secs for answer in way])
    gains = np.array([answer.gain for answer in way])
    assert t60[0] == pytest.approx(0.5)
    assert t60[-1] == pytest.approx(4.0)
    assert (np.diff(t60) >= -1e-9).all()
    assert np.diff(t60).max() < 0.6
    assert np.abs(np.diff(gains)).max() < 0.15
    assert gains[-1] < gains[0], "a hall answers long, and not loud"


def test_a_cabin_in_a_hall_counts_for_who_is_in_it() -> None:
    space = Space()
    space.take(Rooms((room(0, 60, t60=4.0, volume=20_000.0), room(20, 26, t60=0.4, volume=180.0))))
    assert space.reverb((23.0, 5.0, 1.5)).t60_secs == pytest.approx(0.4)
    assert space.reverb((40.0, 5.0, 1.5)).t60_secs == pytest.approx(4.0)
