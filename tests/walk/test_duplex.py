"""A real house: its stairs are climbed and descended, its doors and walls are what they look like."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks._judge_walks import RADIUS_M, TOLERANCE_M, crossings, nearest_m
from benchmarks._sites import Site, site_of
from tests.walk import shapes
from walkdown_client.walk.standing import nearest_standing
from walkdown_client.walk.walker import RUN_M_S, WALK_M_S, Walker
from walkdown_server.importers.formats import format_of, load_reader
from walkdown_server.importers.task import ReadTask

pytestmark = pytest.mark.slow

DUPLEX = Path(__file__).parents[1] / "data" / "ifc" / "Duplex_A.ifc"
LEVEL_1_M, LEVEL_2_M = 0.02, 3.12
"""Tops of the floors of the two storeys, metres."""

FLIGHTS = [((7.87, -12.6, 1.0), 1.0), ((0.93, -5.3, 1.0), -1.0)]
"""In front of each of the two flights, and which way along y it leads up."""


@pytest.fixture(scope="module")
def duplex() -> Site:
    return site_of("duplex", load_reader(format_of(DUPLEX))(ReadTask(DUPLEX)))


@pytest.mark.parametrize(("foot", "way"), FLIGHTS)
@pytest.mark.parametrize("speed", [WALK_M_S, RUN_M_S])
def test_its_stairs_are_climbed_and_descended(
    duplex: Site, foot: tuple[float, float, float], way: float, speed: float
) -> None:
    obstacles = duplex.obstacles(doors_closed=False)
    start = nearest_standing(obstacles, np.array(foot))
    assert start is not None
    walker = Walker(obstacles, start)
    path = [start, *shapes.walk(walker, (0.0, way * speed), secs=6.5 / speed)]
    assert path[5][2] == pytest.approx(LEVEL_1_M, abs=0.01)
    assert walker.feet[2] == pytest.approx(LEVEL_2_M, abs=0.02)
    down = shapes.walk(walker, (0.0, -way * speed), secs=6.5 / speed)
    assert walker.feet[2] == pytest.approx(LEVEL_1_M, abs=0.01)
    assert crossings(np.array(path + down), duplex.corners(doors_closed=False)) == 0


def test_its_doors_let_people_through_and_stop_them_when_closed(duplex: Site) -> None:
    """Through the front door into the house, or not."""
    door = next(box for box in duplex.boxes_of("door") if box[1, 2] < 3 and np.ptp(box[:, 0]) < 0.5)
    middle = door.mean(0)
    for closed in (False, True):
        obstacles = duplex.obstacles(doors_closed=closed)
        start = nearest_standing(obstacles, np.add(middle, (-0.9, 0.0, 0.5)), reach_m=0.4)
        assert start is not None
        walker = Walker(obstacles, start)
        path = [start, *shapes.walk(walker, (WALK_M_S, 0.0), secs=2.0)]
        assert bool(walker.feet[0] > middle[0] + 0.3) is not closed
        assert crossings(np.array(path), duplex.corners(doors_closed=closed)) == 0
        assert nearest_m(walker.feet, duplex.corners(doors_closed=closed)) > RADIUS_M - TOLERANCE_M
