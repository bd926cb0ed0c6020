"""The pointer catches what a person means: corners before edges before faces, and axes of the site."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.test_clearance import FAR, box
from walkdown_client.input import camera
from walkdown_client.tools.snapping import (
    Pointer,
    Shape,
    Snapped,
    corners_of,
    feature_edges,
    on_axis,
    snap,
)

F64 = npt.NDArray[np.float64]

SIZE = 800
ORIGIN = np.array([10.0, 20.0, 30.0])


def by(x: float, y: float, z: float) -> F64:
    return np.array([x, y, z], np.float64)


class Eye:
    """A camera at which a box from 0 to 1 is seen slanting."""

    def __init__(self, at: npt.ArrayLike = (0.0, 0.0, 0.0)) -> None:
        self.zero = np.asarray(at, np.float64)
        self.pose = camera.look_at(self.zero + by(4.0, -5.0, 3.0), self.zero + by(0.5, 0.5, 0.5))
        self.lens = camera.Lens(math.radians(40), 1.0)

    def project(self, points: F64) -> F64:
        seen = camera.project(self.pose, self.lens, points)
        return np.stack([(seen[:, 0] + 1) / 2 * SIZE, (1 - seen[:, 1]) / 2 * SIZE, seen[:, 2]], 1)

    def ray(self, point: npt.ArrayLike) -> tuple[F64, F64]:
        away = np.asarray(point, np.float64) - self.pose.position
        return self.pose.position, away / np.linalg.norm(away)

    def pointer(
        self, point: npt.ArrayLike, *, dx: float = 0.0, dy: float = 0.0, hit: F64 | None = None
    ) -> Pointer:
        """The pointer some pixels beside a point of the site, over a surface there."""
        at = np.asarray(point, np.float64)
        x, y, _depth = self.project(at[None])[0] + (dx, dy, 0)
        sight = camera.sight(self.pose, self.lens, 2 * x / SIZE - 1, y=1 - 2 * y / SIZE)
        return Pointer(x, y, sight, self.project, at if hit is None else hit)


BOX = Shape((0, 0, 0), box((0, 0, 0), (1, 1, 1)))


def test_a_box_has_twelve_edges_and_eight_corners_however_its_faces_are_cut() -> None:
    assert len(feature_edges(BOX.corners)) == 12
    assert len(BOX.vertices) == 8
    halved = np.concatenate([box((0, 0, 0), (1, 1, 1))[[0]] * 1.0, box((0, 0, 0), (1, 1, 1))[1:]])
    assert len(feature_edges(halved)) == 12
    turned = BOX.corners[:, [0, 2, 1]]
    assert len(feature_edges(np.concatenate([BOX.corners[:6], turned[6:]]))) == 12, "whichever way they turn"


def test_a_pipe_has_edges_at_its_ends_alone_and_no_corners() -> None:
    angles = np.linspace(0, 2 * np.pi, 33)
    low = np.stack([np.cos(angles), np.sin(angles), np.zeros(33)], 1)
    high = low + by(0, 0, 3)
    first = np.stack([low[:-1], low[1:], high[1:]], 1)
    pipe = np.concatenate([first, np.stack([low[:-1], high[1:], high[:-1]], 1)])
    edges = feature_edges(pipe)
    assert len(edges) == 64
    assert set(np.round(edges[..., 2].ravel(), 6)) == {0.0, 3.0}
    assert len(corners_of(edges)) == 0


def test_a_plate_ends_at_its_outline_and_the_line_between_its_triangles_is_no_edge() -> None:
    plate = np.array([[[0, 0, 0], [2, 0, 0], [2, 2, 0]], [[0, 0, 0], [2, 2, 0], [0, 2, 0]]], np.float64)
    assert len(feature_edges(plate)) == 4
    assert len(corners_of(feature_edges(plate))) == 4


def test_points_that_meet_within_a_tenth_of_a_millimetre_are_one() -> None:
    apart = BOX.corners + np.random.default_rng(1).uniform(-1e-5, 1e-5, BOX.corners.shape)
    for shift in (0.0, 5e-5, 1e-4, 0.00635, 6.4):
        assert len(feature_edges(apart + shift)) == 12


@pytest.mark.parametrize("zero", [np.zeros(3), FAR])
def test_a_corner_is_caught_before_an_edge_and_an_edge_before_a_face_with_all_digits(zero: F64) -> None:
    eye, shape = Eye(zero), Shape(zero, BOX.corners)
    corner = snap(shape, eye.pointer(zero + by(1, 0, 1), dx=5, dy=4))
    assert corner.kind == "vertex"
    assert np.allclose(corner.point - zero, (1, 0, 1), atol=1e-8)
    edge = snap(shape, eye.pointer(zero + by(0.5, 0, 1), dy=5))
    assert edge.kind == "edge"
    assert np.allclose((edge.point - zero)[1:], (0, 1), atol=1e-8)
    assert abs((edge.point - zero)[0] - 0.5) < 0.05
    rough = zero + by(0.5, 0.0004, 0.5)
    face = snap(shape, eye.pointer(zero + by(0.5, 0, 0.5), hit=rough))
    assert face.kind == "face"
    assert np.allclose(face.point - zero, (0.5, 0, 0.5), atol=1e-6), "exact, though the pick was not"


def test_what_the_element_itself_hides_is_not_caught() -> None:
    eye = Eye()
    before = eye.pose.position
    behind = np.array([0.0, 1.0, 0.0])
    towards = (behind - before) / np.linalg.norm(behind - before)
    front = before + towards * ((0 - before[1]) / towards[1])
    found = snap(BOX, eye.pointer(behind, hit=front))
    assert found.kind == "face"
    assert found.point[1] == pytest.approx(0.0, abs=1e-9)


def test_beyond_its_reach_nothing_is_caught_and_without_a_shape_the_place_is_meant() -> None:
    eye = Eye()
    assert snap(BOX, eye.pointer((1, 0, 0.5), dx=-30, hit=np.array([0.9, 0, 0.5]))).kind == "face"
    there = snap(None, eye.pointer((1, 0, 1)))
    assert there.kind == "place"
    assert there.point.tolist() == [1, 0, 1]


@given(st.sampled_from((0, 1, 2)), st.floats(0.5, 20), st.floats(-0.04, 0.04), st.booleans())
def test_what_is_within_three_degrees_of_an_axis_is_taken_to_it(
    axis: int, far: float, aside: float, back: bool
) -> None:
    point = ORIGIN.copy()
    point[axis] += -far if back else far
    point[(axis + 1) % 3] += aside * far
    found = on_axis(Snapped(point, "face"), ORIGIN, Eye().ray(point))
    assert found is not None
    assert (found.kind, found.axis) == ("axis", "xyz"[axis])
    assert np.delete(found.point - ORIGIN, axis).tolist() == [0.0, 0.0]


def test_what_slants_more_stays_where_it_is_and_so_does_a_corner() -> None:
    slanting = Snapped(ORIGIN + by(2.0, 0.3, 0), "face")
    assert on_axis(slanting, ORIGIN, Eye().ray(slanting.point)) is slanting
    corner = Snapped(ORIGIN + by(2.0, 0.02, 0), "vertex")
    assert on_axis(corner, ORIGIN, Eye().ray(corner.point)) is corner


def test_with_shift_a_corner_says_how_far_along_an_axis_and_nothing_at_all_is_needed() -> None:
    eye = Eye(ORIGIN)
    corner = Snapped(ORIGIN + by(0.5, 0.4, 3.0), "vertex")
    found = on_axis(corner, ORIGIN, eye.ray(corner.point), held=True)
    assert found is not None
    assert found.axis == "z"
    assert (found.point - ORIGIN).tolist() == [0, 0, 3]
    in_the_air = ORIGIN + by(0.0, 0.0, 2.0)
    found = on_axis(None, ORIGIN, eye.ray(in_the_air), held=True)
    assert found is not None
    assert np.allclose(found.point, in_the_air, atol=1e-9)
    assert on_axis(None, ORIGIN, eye.ray(in_the_air)) is None
