"""The bulk of a model is told from what a faulty file has thrown away."""

from __future__ import annotations

import numpy as np

from tests.package.sample import grid
from walkdown.package import Element, Material, Model, read_tile, read_tileset, write_package
from walkdown.package.bulk import bulk_box, bulk_of
from walkdown.package.model import F32, U32


def boxes(*corners: tuple[float, float, float, float, float, float]) -> tuple[F32, F32, U32]:
    found = np.array(corners, np.float32).reshape(-1, 6)
    return found[:, :3], found[:, 3:], np.full(len(found), 12, np.uint32)


HOUSE = (0, 0, 0, 10, 10, 10)
GARAGE = (15, 0, 0, 20, 6, 3)
THROWN = (300_000, 0, 0, 300_001, 1, 1)


def test_what_is_thrown_far_away_is_left_out() -> None:
    lo, hi, weights = boxes(HOUSE, GARAGE, THROWN)
    assert bulk_of(lo, hi, weights).tolist() == [True, True, False]
    low, high = bulk_box(lo, hi, weights)
    assert (low.tolist(), high.tolist()) == ([0, 0, 0], [20, 10, 10])


def test_of_two_the_one_with_most_triangles_is_the_bulk() -> None:
    lo, hi, _ = boxes(THROWN, HOUSE)
    assert bulk_of(lo, hi, np.array([12, 40_000])).tolist() == [False, True]


def test_one_part_that_reaches_to_the_horizon_is_left_out() -> None:
    rods = [(float(x), 0, 0, x + 1.0, 1, 1) for x in range(20)]
    lo, hi, weights = boxes(*rods, (0, 0, 0, 300_000, 1, 1))
    assert bulk_of(lo, hi, weights).tolist() == [True] * 20 + [False]


def test_screws_do_not_make_their_hall_an_outlier() -> None:
    screws = [(50 + x / 100, 20, 1, 50.005 + x / 100, 20.01, 1.01) for x in range(100)]
    assert bulk_of(*boxes(*screws, (0, 0, 0, 100, 40, 12))).all()


def test_a_city_and_a_pipeline_are_whole() -> None:
    rng = np.random.default_rng(2)
    houses = [(x, y, 0.0, x + 10, y + 10, 9.0) for x, y in rng.uniform(0, 4000, (500, 2)).tolist()]
    pipes = [(100.0 * x, 0, 0, 100.0 * x + 100, 1, 1) for x in range(600)]
    assert bulk_of(*boxes(*houses)).all()
    assert bulk_of(*boxes(*pipes)).all()


def test_what_draws_nothing_is_no_part_of_it() -> None:
    lo, hi, weights = boxes(HOUSE, THROWN)
    weights[1] = 0
    lo = np.concatenate([lo, np.full((1, 3), np.nan, np.float32)])
    hi = np.concatenate([hi, np.full((1, 3), np.nan, np.float32)])
    assert bulk_of(lo, hi, np.append(weights, 12)).tolist() == [True, False, False]
    assert bulk_box(lo[1:], hi[1:], np.zeros(2, np.uint32))[0].tolist() == [0, 0, 0]


def test_in_a_package_an_outlier_has_a_tile_of_its_own_and_costs_the_others_no_precision() -> None:
    near = grid(40, elements=[0] * 40, materials=[0] * 40, origin=(0.123, 0.456, 0.789))
    far = grid(1, elements=[1], materials=[0], origin=(300_000, 300_000, 0))
    elements = [Element("a:/near", "near"), Element("a:/far", "far")]
    files = write_package(Model("thrown", elements, [Material("grey")], [near, far]))
    refs = read_tileset(files["tileset.json"])
    assert len(refs) == 2
    tiles = {ref.lo[0] > 1e5: read_tile(files[ref.path]) for ref in refs}
    (surface,) = tiles[False].surfaces
    assert np.abs(np.sort(surface.positions, 0) - np.sort(near.positions, 0)).max() < 1e-5


def scattered(count: int, *, over_m: float, triangles: int) -> Model:
    """Returns elements of a few triangles each, anywhere in a square."""
    model = Model("scattered", materials=[Material("grey")])
    for row, (x, y) in enumerate(np.random.default_rng(4).uniform(0, over_m, (count, 2)).tolist()):
        model.elements.append(Element(f"a:/{row}", "house"))
        model.surfaces.append(
            grid(triangles, elements=[row] * triangles, materials=[0] * triangles, origin=(x, y, 0))
        )
    return model


def test_a_city_is_cut_into_few_tiles_and_a_crowded_plant_into_small_ones() -> None:
    city = read_tileset(write_package(scattered(400, over_m=1000.0, triangles=20))["tileset.json"])
    plant = read_tileset(write_package(scattered(400, over_m=80.0, triangles=250))["tileset.json"])
    assert len(city) <= 12
    assert len(plant) >= 12
    assert max(ref.hi[0] - ref.lo[0] for ref in plant) < 320
