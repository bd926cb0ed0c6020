"""How long rooms answer: Sabine by hand, absorption by what walls are made of, and rooms found by rays."""

from __future__ import annotations

import numpy as np
import pytest

from tests.audio.shapes import Elements
from walkdown_client.audio.orders import RoomBox
from walkdown_client.audio.reverb import (
    T60_MAX_SECS,
    T60_MIN_SECS,
    constant_of,
    reverb_of,
    room_constant_m2,
    sabine_secs,
)
from walkdown_client.audio.rooms import (
    ABSORPTION,
    AIR_PER_M,
    UNKNOWN_SURFACE,
    directions,
    fittings,
    measured_room,
    room_box,
    rooms_of,
)
from walkdown_client.audio.wall_boxes import WallBoxes
from walkdown_client.audio.walls import NAMES, barriers_of

SIDE_M, HEIGHT_M = 8.0, 3.0


def closed_room(*, roof: bool = True) -> tuple[WallBoxes, np.ndarray]:
    """Return the boxes of a room of 8 × 8 × 3 m around (0, 0, 1.5), and their codes."""
    half, thick = SIDE_M / 2, 0.1
    centres, halves = [], []
    for axis in (0, 1):
        for side in (-1, 1):
            centre, size = [0.0, 0.0, HEIGHT_M / 2], [half, half, HEIGHT_M / 2]
            centre[axis], size[axis] = side * (half + thick), thick
            centres.append(centre)
            halves.append(size)
    for z in (-thick, HEIGHT_M + thick)[: 2 if roof else 1]:
        centres.append([0.0, 0.0, z])
        halves.append([half, half, thick])
    count = len(centres)
    codes = np.array([NAMES.index("masonry")] * 4 + [NAMES.index("concrete")] * (count - 4), np.int32)
    return (
        WallBoxes(
            np.array(centres, np.float32),
            np.array(halves, np.float32),
            np.tile(np.array([1.0, 0.0], np.float32), (count, 1)),
            np.full(count, 40.0, np.float32),
            np.full(count, 8.0, np.float32),
            np.arange(count, dtype=np.uint32),
        ),
        codes,
    )


def test_sabine_by_hand() -> None:
    assert sabine_secs(200.0, 32.2) == pytest.approx(1.0)
    assert sabine_secs(1000.0, 80.5) == pytest.approx(2.0)
    assert sabine_secs(400.0, 32.2) == pytest.approx(2 * sabine_secs(200.0, 32.2))


def test_no_room_is_deader_or_livelier_than_rooms_are() -> None:
    assert sabine_secs(1e6, 0.0) == T60_MAX_SECS
    assert sabine_secs(1.0, 1000.0) == T60_MIN_SECS


def test_the_room_constant_by_hand() -> None:
    assert room_constant_m2(50.0, 200.0) == pytest.approx(66.667, abs=0.01)
    assert room_constant_m2(0.0, 200.0) == 0.0
    box = RoomBox((0, 0, 0), (10, 10, 3), 300.0, 0.161 * 300 / 48.0, 0.5)
    assert constant_of(box) == pytest.approx(48.0 / (1 - 48.0 / 320.0))


def test_a_large_room_answers_more_softly_than_a_small_one() -> None:
    small = reverb_of(RoomBox((0, 0, 0), (4, 4, 2.5), 40.0, 0.5, 0.4))
    large = reverb_of(RoomBox((0, 0, 0), (60, 40, 10), 24_000.0, 3.0, 2.0))
    assert 0.0 < large.gain < small.gain <= 1.0


def test_the_air_takes_high_tones_out_of_large_halls() -> None:
    hall = room_box(
        np.zeros(3), np.array([100.0, 60.0, 10.0]), volume_m3=60_000.0, absorptions=(2000.0, 2000.0)
    )
    assert hall.t60_secs == pytest.approx(0.161 * 60_000 / (2000 + AIR_PER_M[0] * 60_000))
    assert hall.t60_high_secs < 0.7 * hall.t60_secs


def test_the_air_swallows_what_iso_9613_1_says() -> None:
    """4.7 dB and 23 dB per km: 4 m = 4 · dB per metre / (10 lg e)."""
    for per_m, db_per_km in zip(AIR_PER_M, (4.7, 23.0), strict=True):
        assert per_m == pytest.approx(4 * db_per_km / 1000 / (10 * np.log10(np.e)), rel=0.01)


def small_room(wall_kind: str) -> Elements:
    """Return a room of 8 × 5 × 3 m with four walls of a kind."""
    table = Elements()
    room = table.group("room")
    for lo, hi in (
        ((0, 0, 0), (8, 0.1, 3)),
        ((0, 4.9, 0), (8, 5, 3)),
        ((0, 0, 0), (0.1, 5, 3)),
        ((7.9, 0, 0), (8, 5, 3)),
    ):
        table.add(wall_kind, lo, hi, above=room)
    return table


def test_a_room_is_as_large_as_its_walls_and_swallows_by_what_they_are() -> None:
    table = small_room("wall")
    (room,) = rooms_of(table, barriers_of(table))
    np.testing.assert_allclose(room.high - room.low, (8, 5, 3), atol=1e-5)
    walls = 2 * (8 * 3 + 5 * 3)
    expected = [
        walls * ABSORPTION["masonry"][band] + 80 * UNKNOWN_SURFACE[band] + 40 * fittings(120.0)[band]
        for band in (0, 1)
    ]
    np.testing.assert_allclose(room.absorptions, expected, rtol=0.02)
    box = room.box(room.low, room.high, scale=1.0)
    assert box.volume_m3 == pytest.approx(120.0)
    assert box.t60_secs == pytest.approx(0.161 * 120 / (expected[0] + AIR_PER_M[0] * 120), rel=0.02)


def test_homes_are_furnished_more_than_halls() -> None:
    assert fittings(50.0).tolist() == fittings(200.0).tolist() == [0.35, 0.40]
    assert fittings(1e5).tolist() == [0.15, 0.20]
    assert 0.15 < fittings(600.0)[0] < 0.35


def test_a_ceiling_that_swallows_makes_a_room_shorter() -> None:
    bare, padded = small_room("wall"), small_room("wall")
    padded.add("ceiling", (0, 0, 2.9), (8, 5, 3), above=0)
    answers = []
    for table in (bare, padded):
        (room,) = rooms_of(table, barriers_of(table))
        answers.append(room.box(room.low, room.high, scale=1.0).t60_secs)
    assert answers[1] < 0.75 * answers[0]


def test_a_model_twice_as_large_has_a_room_eight_times_as_large() -> None:
    table = small_room("wall")
    (room,) = rooms_of(table, barriers_of(table))
    once, twice = (room.box(room.low * s, room.high * s, scale=s) for s in (1.0, 2.0))
    assert twice.volume_m3 == pytest.approx(8 * once.volume_m3)
    assert once.t60_secs < twice.t60_secs < 2 * once.t60_secs


def test_a_building_with_storeys_is_no_hall_and_a_room_without_size_is_none() -> None:
    table = Elements()
    building = table.group("building")
    storey = table.group("storey", above=building)
    for offset in range(4):
        table.add("wall", (offset, 0, 0), (offset + 0.1, 5, 3), above=storey)
    table.add("IfcSpace", (np.nan,) * 3, (np.nan,) * 3)
    table.add("room", (0, 0, 0), (8, 5, 0.4))
    assert rooms_of(table, barriers_of(table)) == ()


def test_rays_go_evenly_into_all_directions() -> None:
    ways = directions(240)
    np.testing.assert_allclose(np.linalg.norm(ways, axis=1), 1.0, atol=1e-6)
    np.testing.assert_allclose(ways.mean(0), 0.0, atol=0.01)
    np.testing.assert_allclose((ways**2).mean(0), 1 / 3, atol=0.01)


@pytest.mark.parametrize("ears", [(0.0, 0.0, 1.6), (1.5, -1.0, 1.5)])
def test_a_room_is_measured_from_wherever_one_stands_in_it(ears: tuple[float, float, float]) -> None:
    boxes, codes = closed_room()
    found = measured_room(boxes, codes, ears)
    assert found is not None
    volume, surface = SIDE_M**2 * HEIGHT_M, 2 * SIDE_M**2 + 4 * SIDE_M * HEIGHT_M
    assert found.volume_m3 == pytest.approx(volume, rel=0.15)
    np.testing.assert_allclose(found.low, (-4, -4, 0), atol=0.4)
    np.testing.assert_allclose(found.high, (4, 4, 3), atol=0.4)
    absorbed = surface * 0.025 + SIDE_M**2 * fittings(volume)[0]
    assert found.t60_secs == pytest.approx(0.161 * volume / absorbed, rel=0.25)


def test_under_the_open_sky_there_is_no_room() -> None:
    boxes, codes = closed_room(roof=False)
    assert measured_room(boxes, codes, (0.0, 0.0, 1.6)) is None
    assert measured_room(boxes, codes, (500.0, 0.0, 1.6)) is None
    assert measured_room(boxes, codes, (20.0, 0.0, 1.6)) is None
