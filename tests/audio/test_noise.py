"""Levels in dB(A): closed forms, walls, rooms, the map in squares, and roads."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.audio.shapes import Elements, one_wall
from walkdown_client.audio.levels import together_db
from walkdown_client.audio.noise import (
    THRESHOLDS,
    NoiseSources,
    noise_at,
    transmission_from,
    walls_of_cube,
)
from walkdown_client.audio.noise_map import CELL_M, CELLS, STRIDE_M, NoiseMap
from walkdown_client.audio.noise_roads import POWER_DB_PER_M, WIDTH_M, roads_of_shapes, roads_of_table
from walkdown_client.audio.noise_sources import points_of
from walkdown_client.audio.orders import RoomBox, Rooms
from walkdown_client.audio.reverb import constant_of
from walkdown_client.audio.space import Space

HALL = RoomBox((-30.0, -20.0, 0.0), (30.0, 20.0, 10.0), 24_000.0, 2.5, 1.5)


def sources(*places: tuple[float, float, float], powers_db: float | list[float] = 100.0) -> NoiseSources:
    return NoiseSources(
        np.array(places, np.float64), np.broadcast_to(powers_db, len(places)).astype(np.float64)
    )


def hall() -> Space:
    space = Space()
    space.take(Rooms((HALL,)))
    return space


def test_a_source_over_a_plane_by_hand() -> None:
    """L_p = L_W - 20 lg r - 8 dB."""
    assert noise_at((10.0, 0.0, 1.0), sources((0, 0, 1))) == pytest.approx(72.0, abs=0.03)
    assert noise_at((100.0, 0.0, 1.0), sources((0, 0, 1), powers_db=90.0)) == pytest.approx(42.0, abs=0.03)


def test_twice_as_far_is_six_decibels_less() -> None:
    near, far = (noise_at((r, 0.0, 0.0), sources((0, 0, 0))) for r in (20.0, 40.0))
    assert near - far == pytest.approx(6.02, abs=0.01)


def test_two_equal_sources_are_three_decibels_more_and_ten_are_ten() -> None:
    one = noise_at((10.0, 0.0, 0.0), sources((0, 0, 0)))
    assert noise_at((10.0, 0.0, 0.0), sources(*[(0, 0, 0)] * 2)) - one == pytest.approx(3.01, abs=0.01)
    assert noise_at((10.0, 0.0, 0.0), sources(*[(0, 0, 0)] * 10)) - one == pytest.approx(10.0, abs=0.01)


def test_at_a_machine_it_is_no_louder_than_at_one_metre() -> None:
    assert noise_at((0.1, 0.0, 0.0), sources((0, 0, 0))) == noise_at((1.0, 0.0, 0.0), sources((0, 0, 0)))


def test_where_nothing_sounds_nothing_is_heard() -> None:
    assert noise_at((0.0, 0.0, 0.0), sources((10, 0, 0), powers_db=-120.0)) == -math.inf
    assert noise_at((0.0, 0.0, 0.0), NoiseSources(np.zeros((0, 3)), np.zeros(0))) == -math.inf


def test_an_endless_wall_takes_its_loss() -> None:
    boxes = one_wall(loss_db=25.0, half_length_m=500.0)
    boxes.halves[:, 2] = 500.0
    space = Space()
    space.take(boxes.order())
    free, behind = (noise_at((10.0, 0.0, 1.5), sources((0, 0, 1.5)), s) for s in (None, space))
    assert free - behind == pytest.approx(25.0, abs=0.01)


def test_in_a_room_the_reverberant_field_adds_by_hand() -> None:
    """L_p = L_W + 10 lg (Q / 4 π r² + 4 / R) with Q = 2."""
    constant = constant_of(HALL)
    for r in (2.0, 10.0, 40.0):
        place = (-20.0 + r, 0.0, 1.5)
        expected = 100 + 10 * np.log10(2 / (4 * np.pi * r**2) + 4 / constant)
        assert noise_at(place, sources((-20, 0, 1.5)), hall()) == pytest.approx(expected, abs=0.01)


def test_far_away_in_a_hall_it_is_as_loud_everywhere() -> None:
    levels = [noise_at((x, 0.0, 1.5), sources((-29, 0, 1.5)), hall()) for x in (10.0, 20.0, 29.0)]
    assert max(levels) - min(levels) < 0.6
    assert levels[0] > noise_at((10.0, 0.0, 1.5), sources((-29, 0, 1.5))) + 5


def test_outside_the_hall_its_walls_sound_too() -> None:
    outside = (50.0, 0.0, 1.5)
    more = noise_at(outside, sources((0, 0, 1.5)), hall()) - noise_at(outside, sources((0, 0, 1.5)))
    assert more == pytest.approx(10 * np.log10(1 + walls_of_cube(HALL)))
    assert walls_of_cube(HALL) == pytest.approx(24_000 ** (2 / 3) / (0.161 * 24_000 / 2.5))


def test_a_place_hears_the_same_by_source_and_by_place() -> None:
    places = np.array([(5.0, 3.0, 1.5), (-10.0, 8.0, 1.5), (50.0, 0.0, 1.5)])
    share = transmission_from(np.array([1.0, 2.0, 1.5]), places, hall())
    for row, place in enumerate(places):
        level = noise_at(place, sources((1.0, 2.0, 1.5)), hall())
        assert 100 + 10 * np.log10(share[row]) == pytest.approx(level, abs=1e-3)


def test_thresholds_rise_and_say_for_whom() -> None:
    assert [t.level_db for t in THRESHOLDS] == [45.0, 55.0, 80.0, 85.0]
    assert all("work place" in t.text or "residents" in t.text for t in THRESHOLDS)


# ---- the map ----------------------------------------------------------------------------------------


def finished(noise: NoiseMap, all_sources: NoiseSources) -> None:
    while noise.work(all_sources):
        pass


def test_each_square_has_the_level_of_its_middle() -> None:
    noise, both = NoiseMap(), sources((-4.0, 3.0, 1.0), (9.0, -6.0, 2.0), powers_db=[90.0, 95.0])
    noise.use(hall())
    noise.aim((0.0, 0.0), floor_m=0.0)
    finished(noise, both)
    field = noise.field(both)
    assert np.isfinite(field.levels_db).all()
    for row, column in ((0, 0), (20, 20), (24, 30), (47, 5)):
        x, y = field.low + (np.array([column, row]) + 0.5) * CELL_M
        expected = noise_at((x, y, 1.5), both, hall())
        assert field.levels_db[row, column] == pytest.approx(expected, abs=0.15)


def test_squares_are_unknown_until_they_have_been_looked_at_and_near_ones_come_first() -> None:
    noise, one = NoiseMap(), sources((0.0, 0.0, 1.0))
    noise.aim((0.0, 0.0), floor_m=0.0)
    assert noise.work(one, pairs=50)
    known = np.isfinite(noise.field(one).levels_db)
    assert known.sum() == 50
    rows, columns = np.nonzero(known)
    assert np.abs(rows - CELLS / 2).max() < 6
    assert np.abs(columns - CELLS / 2).max() < 6


def test_louder_machines_cost_no_new_look_at_walls() -> None:
    noise, one = NoiseMap(), sources((0.0, 0.0, 1.0), powers_db=80.0)
    noise.aim((0.0, 0.0), floor_m=0.0)
    finished(noise, one)
    looked, quiet = noise.pairs, noise.field(one)
    louder = sources((0.0, 0.0, 1.0), powers_db=92.0)
    assert not noise.work(louder)
    np.testing.assert_allclose(noise.field(louder).levels_db - quiet.levels_db, 12.0, atol=1e-3)
    assert noise.pairs == looked == CELLS * CELLS


def test_what_is_drowned_is_not_looked_at() -> None:
    both = sources((0.0, 0.0, 1.0), (0.0, 1.0, 1.0), powers_db=[100.0, 60.0])
    noise = NoiseMap()
    noise.aim((0.0, 0.0), floor_m=0.0)
    finished(noise, both)
    assert noise.pairs == CELLS * CELLS


def test_a_map_that_moves_keeps_what_it_knows() -> None:
    noise, one = NoiseMap(), sources((0.0, 0.0, 1.0))
    noise.aim((0.0, 0.0), floor_m=0.0)
    finished(noise, one)
    before, looked = noise.field(one), noise.pairs
    noise.aim((STRIDE_M / 2, 0.0), floor_m=0.0)
    assert noise.field(one).low.tolist() == before.low.tolist(), "it does not move for a few steps"
    noise.aim((STRIDE_M * 1.2, 0.0), floor_m=0.0)
    shifted = noise.field(one)
    cells = round((shifted.low[0] - before.low[0]) / CELL_M)
    assert cells == STRIDE_M / CELL_M
    np.testing.assert_array_equal(shifted.levels_db[:, :-cells], before.levels_db[:, cells:])
    assert np.isnan(shifted.levels_db[:, -cells:]).all()
    finished(noise, one)
    assert noise.pairs - looked == cells * CELLS
    assert np.isfinite(noise.field(one).levels_db).all()


def test_who_drives_about_keeps_no_square_unknown() -> None:
    """Its way is looked at again and again, and yet what is far away gets its turn."""
    noise, both = NoiseMap(), sources((0.0, 0.0, 1.0), (4.0, 0.0, 1.0))
    noise.aim((0.0, 0.0), floor_m=0.0)
    for look in range(80):
        both = sources((0.0, 0.0, 1.0), (4.0, float(look % 20), 1.0))
        assert noise.work(both, pairs=120)
    assert np.isfinite(noise.field(both).levels_db).all()
    finished(noise, both)
    anew = NoiseMap()
    anew.aim((0.0, 0.0), floor_m=0.0)
    finished(anew, both)
    np.testing.assert_allclose(noise.field(both).levels_db, anew.field(both).levels_db, atol=1e-4)


def test_a_new_wall_is_looked_at_while_the_old_levels_stay() -> None:
    noise, one = NoiseMap(), sources((0.0, 0.0, 1.0))
    noise.aim((0.0, 0.0), floor_m=0.0)
    finished(noise, one)
    before = noise.field(one)
    walls = Space()
    walls.take(one_wall(half_length_m=40.0).order())
    noise.use(walls)
    np.testing.assert_array_equal(noise.field(one).levels_db, before.levels_db)
    finished(noise, one)
    east = noise.field(one).levels_db[CELLS // 2, -10]
    assert east < before.levels_db[CELLS // 2, -10] - 4


def test_another_storey_is_another_map() -> None:
    noise, one = NoiseMap(), sources((0.0, 0.0, 1.0))
    noise.aim((0.0, 0.0), floor_m=0.0)
    finished(noise, one)
    noise.aim((0.0, 0.0), floor_m=4.0)
    assert np.isnan(noise.field(one).levels_db).all()


def test_without_any_source_it_is_quiet_everywhere() -> None:
    noise, none = NoiseMap(), NoiseSources(np.zeros((0, 3)), np.zeros(0))
    noise.aim((0.0, 0.0), floor_m=0.0)
    assert not noise.work(none)
    assert (noise.field(none).levels_db == 0.0).all()


# ---- sources ----------------------------------------------------------------------------------------


def test_a_long_machine_is_several_points_with_the_power_of_one() -> None:
    low = np.array([[0.0, 0.0, 0.0], [5.0, 5.0, 0.0], [np.nan] * 3])
    high = np.array([[30.0, 1.0, 2.0], [6.0, 7.0, 1.0], [np.nan] * 3])
    owner, places, less_db = points_of(low, high)
    assert owner.tolist() == [0] * 5 + [1, 2]
    np.testing.assert_allclose(places[:5, 0], (3, 9, 15, 21, 27))
    np.testing.assert_allclose(places[5], (5.5, 6.0, 0.5))
    assert np.isnan(places[6]).all()
    assert 10 * np.log10((10 ** (-less_db[:5] / 10)).sum()) == pytest.approx(0.0)


def test_a_road_is_as_loud_as_it_is_long() -> None:
    table = Elements()
    table.add("Road", (0, 0, 0), (140, 7, 0))
    table.add("Building", (0, 20, 0), (10, 30, 9))
    road = np.array([[[0, 0, 0], [140, 0, 0], [140, 7, 0]], [[0, 0, 0], [140, 7, 0], [0, 7, 0]]], np.float32)
    known = roads_of_table(table)
    assert known.rows.tolist() == [0]
    found = roads_of_shapes(known, road, np.zeros(2, np.int64))
    assert found.lengths_m.sum() == pytest.approx(140 * 7 / WIDTH_M, rel=0.05)
    assert together_db(found.powers_db) == pytest.approx(POWER_DB_PER_M + 10 * np.log10(140), abs=0.3)
    assert len(found.places) > 7
    assert ((found.places >= (0, 0, 0)) & (found.places <= (140, 7, 1))).all()


def test_where_there_is_no_road_nothing_is_driven() -> None:
    table = Elements()
    table.add("wall", (0, 0, 0), (4, 0.2, 3))
    known = roads_of_table(table)
    found = roads_of_shapes(known, np.zeros((2, 3, 3), np.float32), np.zeros(2, np.int64))
    assert not len(found.places)
