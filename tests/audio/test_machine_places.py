"""Things are where their elements are drawn, long ones are heard from their nearest part, floors carry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from walkdown_client.audio.floors import Floors
from walkdown_client.audio.machine_places import Drawn, Spread, Whereabouts, site_boxes, spread_db
from walkdown_client.placements import placed

F32 = npt.NDArray[np.float32]
NONE = (np.nan,) * 3


@dataclass(frozen=True)
class Table:
    lo: F32
    hi: F32
    kinds: tuple[str, ...]
    triangles: npt.NDArray[np.uint32]


def table(*boxes: tuple[tuple[float, ...], tuple[float, ...]], kinds: tuple[str, ...] = ()) -> Table:
    lo, hi = (np.array([box[k] for box in boxes], np.float32).reshape(-1, 3) for k in (0, 1))
    return Table(lo, hi, kinds or ("machine",) * len(boxes), np.ones(len(boxes), np.uint32))


def drawn(elements: Table, rows: list[int], placement: tuple[float, ...] | None = None) -> Drawn:
    return Drawn(elements, np.array(rows, np.int32), placement or placed())


def test_a_thing_is_where_all_that_it_draws_is() -> None:
    boxes = table(((0, 0, 0), (1, 1, 1)), ((3, 0, 0), (4, 2, 1)), (NONE, NONE), ((9, 9, 9), (9, 9, 9)))
    where = Whereabouts(4, [drawn(boxes, [1, 1, 0, -1])])
    np.testing.assert_allclose(where.low[1], (0, 0, 0))
    np.testing.assert_allclose(where.high[1], (4, 2, 1))
    np.testing.assert_allclose(where.middles[1], (2, 1, 0.5))
    assert np.isnan(where.middles[[0, 2, 3]]).all()


def test_a_model_that_was_turned_and_moved_takes_its_things_along() -> None:
    boxes = table(((1, 0, 0), (3, 1, 1)))
    turned = placed((10.0, 20.0, 0.0), heading_rad=np.pi / 2)
    where = Whereabouts(1, [drawn(boxes, [0], turned)])
    np.testing.assert_allclose(where.middles[0], (9.5, 22.0, 0.5), atol=1e-9)
    np.testing.assert_allclose(where.high[0] - where.low[0], (1, 2, 1), atol=1e-9)


def test_boxes_hold_all_corners_of_what_is_turned_by_any_angle() -> None:
    rng = np.random.default_rng(3)
    lo = rng.uniform(-5, 5, (20, 3)).astype(np.float32)
    elements = Table(lo, lo + 2.0, ("x",) * 20, np.ones(20, np.uint32))
    placement = placed((1.0, 2.0, 3.0), heading_rad=0.7, scale=2.0)
    low, high = site_boxes(drawn(elements, [0] * 20, placement))
    site = np.array(placement).reshape(3, 4)
    corners = np.stack([lo, lo + np.array([2, 0, 0]), lo + np.array([0, 2, 2])]) @ site[:, :3].T + site[:, 3]
    assert ((corners >= low - 1e-5) & (corners <= high + 1e-5)).all()


def long_conveyor() -> Whereabouts:
    sections = [((4.0 * k, 0.0, 0.0), (4.0 * k + 4.0, 0.6, 1.0)) for k in range(5)]
    small = ((0.0, 9.0, 0.0), (1.0, 10.0, 1.0))
    return Whereabouts(3, [drawn(table(*sections, small), [2] * 5 + [0])])


def test_a_long_thing_is_heard_from_its_nearest_part() -> None:
    where = long_conveyor()
    spread = where.spread(np.array([0, 1, 2]))
    assert spread.places.tolist() == [2]
    assert spread.lengths.tolist() == [20.0]
    np.testing.assert_allclose(spread.nearest(np.array([13.0, -5.0, 1.7])), [(13.0, 0.0, 1.0)])
    np.testing.assert_allclose(spread.nearest(np.array([90.0, 0.3, 0.5])), [(20.0, 0.3, 0.5)])


def test_a_group_that_draws_nothing_itself_is_no_part() -> None:
    """Its box is that of all below it, with much air in between."""
    group = ((0.0, 0.0, 0.0), (40.0, 40.0, 8.0))
    pipe = ((0.0, 0.0, 5.0), (40.0, 0.2, 5.2))
    elements = table(group, pipe)
    elements.triangles[0] = 0
    where = Whereabouts(1, [drawn(elements, [0, 0])])
    np.testing.assert_allclose(where.high[0], (40, 40, 8))
    spread = where.spread(np.array([0]))
    np.testing.assert_allclose(spread.nearest(np.array([20.0, 20.0, 1.7])), [(20.0, 0.2, 5.0)], atol=1e-6)
    assert np.isnan(Floors([drawn(table(), [])]).below(np.zeros(3))[0])


def test_each_of_several_long_things_has_its_own_nearest_part() -> None:
    rng = np.random.default_rng(5)
    owners = np.sort(rng.integers(0, 7, 60))
    lo = rng.uniform(0, 50, (60, 3))
    present = np.unique(owners)
    spread = Spread(owners, (lo, lo + 1.0), np.ones(len(present)))
    ears = np.array([20.0, 20.0, 1.7])
    for place, point in zip(spread.places.tolist(), spread.nearest(ears), strict=True):
        mine = owners == place
        nearest = np.clip(ears, lo[mine], lo[mine] + 1.0)
        assert np.linalg.norm(point - ears) == pytest.approx(np.linalg.norm(nearest - ears, axis=1).min())
    assert spread.places.tolist() == present.tolist()


def test_nothing_long_is_no_trouble() -> None:
    assert long_conveyor().spread(np.array([0])).nearest(np.zeros(3)).shape == (0, 3)
    assert Whereabouts(0).spread(np.zeros(0, np.intp)).places.tolist() == []


def test_a_long_source_is_quieter_near_by_and_a_point_from_afar() -> None:
    near, middle, far = spread_db(np.full(3, 20.0), np.array([1.0, 10.0, 400.0]))
    assert near == pytest.approx(10 * np.log10(0.05 * 2 * np.arctan(10.0)), abs=1e-6)
    assert near < middle < far <= 0
    assert far > -0.01


FLOORS = Floors(
    [
        drawn(
            table(
                ((0, 0, -0.2), (40, 40, 0)),
                ((5, 5, 3.9), (10, 10, 4)),
                ((0, 0, 9), (40, 40, 10)),
                (NONE, NONE),
                kinds=("floor", "IfcStairFlight", "roof", "ghost"),
            ),
            [0, 0, 0, 0],
        )
    ]
)


@pytest.mark.parametrize(
    ("head", "height", "sound"),
    [
        ((20, 20, 1.7), 0.0, "concrete"),
        ((7, 7, 5.7), 4.0, "metal"),
        ((7, 7, 1.7), 0.0, "concrete"),
        ((20, 20, 8.0), 0.0, "concrete"),
        ((99, 20, 1.5), -0.2, "concrete"),
    ],
)
def test_a_head_is_above_the_highest_thing_below_it(
    head: tuple[float, ...], height: float, sound: str
) -> None:
    found, kind = FLOORS.below(np.array(head))
    assert found == pytest.approx(height)
    assert kind == sound


def test_where_nothing_is_drawn_nobody_knows_the_floor() -> None:
    assert np.isnan(Floors([]).below(np.array([0.0, 0.0, 1.7]))[0])
