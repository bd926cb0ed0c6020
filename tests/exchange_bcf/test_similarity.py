"""The laws of moving views from one frame to another: there and back, one after the other, sizes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.exchange_bcf.made import TOPIC, VIEW
from walkdown.messages import Camera, Plane, Segment, Topic, Viewpoint
from walkdown_server.exchange.incoming import same_view
from walkdown_server.exchange.pins import about
from walkdown_server.exchange.similarity import IN_PLACE, Similarity

FAR = (6_000_000.25, -5_300_000.5, 120.0)
AHEAD, UP = (0.36, 0.48, -0.8), (0.48, 0.64, 0.6)
EYE = Camera((10.5, -3.25, 1.7), AHEAD, UP, fov_deg=58.5)
FLAT = Camera((10.5, -3.25, 1.7), AHEAD, UP, fov_deg=0.0, height_m=12.0)
SEEN = Viewpoint(
    VIEW,
    EYE,
    planes=(Plane((0.0, 1.0, 2.5), (0.0, 0.6, 0.8)),),
    lines=(Segment((0.0, 0.0, 0.0), (1.0, 2.0, 3.0)), Segment((4.0, 5.0, 6.0), (7.0, 8.0, 9.0))),
)


def similarity(
    degrees: float, axis: tuple[float, float, float], *, scale: float = 1.0, to: tuple[float, float, float]
) -> Similarity:
    """A turn about an axis of length one by Rodrigues, a scale and a shift."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = math.radians(degrees)
    turn = np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross
    return Similarity.of(np.column_stack([turn * scale, to]))


ALL = [
    similarity(90.0, (0.0, 0.0, 1.0), to=(100.0, 0.0, 0.0)),
    similarity(33.3, (0.6, 0.0, 0.8), scale=0.3048, to=(-5.0, 7.0, 0.1)),
    similarity(-171.0, (0.0, 0.6, 0.8), scale=0.9996, to=FAR),
    similarity(12.0, (0.0, 0.0, 1.0), to=FAR).inverse,
]


@pytest.mark.parametrize("one", ALL)
def test_there_and_back_is_where_it_was(one: Similarity) -> None:
    there = one.view(SEEN)
    assert not same_view(there, SEEN)
    assert same_view(one.inverse.view(there), SEEN)
    (back,) = one.inverse.points(one.points([EYE.position]))
    assert math.dist(back, EYE.position) < 1e-7


@pytest.mark.parametrize("one", ALL)
def test_directions_stay_of_length_one_and_at_right_angles(one: Similarity) -> None:
    there = one.view(SEEN)
    assert there.camera is not None
    vectors = [there.camera.direction, there.camera.up, there.planes[0].normal]
    assert [math.hypot(*each) for each in vectors] == pytest.approx([1.0] * 3, abs=1e-14)
    assert np.dot(there.camera.direction, there.camera.up) == pytest.approx(0.0, abs=1e-14)


def test_a_placement_that_is_a_rotation_only_nearly_gives_directions_of_length_one() -> None:
    rows = np.array(ALL[0].rows).reshape(3, 4)
    rows[0, 0] += 5e-5
    camera = Similarity.of(rows).camera(EYE)
    assert math.hypot(*camera.direction) == pytest.approx(1.0, abs=1e-14)
    assert np.dot(camera.direction, camera.up) == pytest.approx(0.0, abs=1e-14)


@pytest.mark.parametrize("first", ALL[:2])
@pytest.mark.parametrize("then", ALL[:2])
def test_both_at_once_is_one_after_the_other(first: Similarity, then: Similarity) -> None:
    assert same_view(then.after(first).view(SEEN), then.view(first.view(SEEN)))


def test_a_quarter_turn_turns_what_is_seen() -> None:
    camera = ALL[0].camera(Camera((1.0, 2.0, 3.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)))
    assert camera.position == pytest.approx((98.0, 1.0, 3.0))
    assert camera.direction == pytest.approx((-1.0, 0.0, 0.0))
    assert camera.up == pytest.approx((0.0, 0.0, 1.0))


def test_a_scale_changes_how_much_an_orthogonal_camera_sees_and_no_field_of_view() -> None:
    scaled = ALL[1]
    assert scaled.camera(FLAT).height_m == pytest.approx(12.0 * 0.3048)
    assert (scaled.camera(EYE).fov_deg, scaled.camera(EYE).height_m) == (58.5, 0.0)


def test_what_has_not_changed_gets_its_very_numbers_back() -> None:
    one = ALL[2]
    moved = one.view(SEEN)
    back = one.back(Viewpoint(VIEW, FLAT, planes=moved.planes, lines=moved.lines), SEEN)
    assert (back.planes, back.lines) == (SEEN.planes, SEEN.lines)
    assert back.camera is not None
    assert back.camera != EYE
    assert IN_PLACE.back(moved, SEEN) is moved


def test_a_pin_moves_with_the_views_unless_it_stands_on_a_model() -> None:
    one, there = ALL[1], ALL[1].view(SEEN)
    before_the_eye = Topic(topic=TOPIC, title="T", point=about([SEEN])[1])
    assert one.topic(before_the_eye, [SEEN], [there]).point == about([there])[1]
    elsewhere = Topic(topic=TOPIC, title="T", point=(1.0, 2.0, 3.0))
    assert one.topic(elsewhere, [SEEN], [there]).point == one.points([(1.0, 2.0, 3.0)])[0]
    on_a_model = Topic(topic=TOPIC, title="T", point=(1.0, 2.0, 3.0), model="hall")
    assert one.topic(on_a_model, [SEEN], [there]) == on_a_model
