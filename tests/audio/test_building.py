"""The demo plant as sound meets it: its walls, rooms and doors, as models come, move and go."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterator
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from tests.audio.demo_session import DemoSession
from tests.audio.shapes import plant_files, plant_loaded
from tests.client.test_blobs import Shop, opened
from walkdown.messages import PackageRef, Placement
from walkdown_client.audio.building import Building, read_building
from walkdown_client.audio.building_doors import GAP_M, DoorsHeard
from walkdown_client.audio.noise import noise_at
from walkdown_client.audio.noise_following import NoiseFollowing
from walkdown_client.audio.noise_sources import NoiseMakers
from walkdown_client.audio.orders import Doors, Rooms, Walls
from walkdown_client.packages import PackageComplete
from walkdown_client.placements import placed
from walkdown_client.twin_index import TwinIndex

HALL_MIDDLE, CONTROL_ROOM, YARD = (60.0, 30.0, 1.6), (35.0, 54.0, 5.6), (60.0, -12.0, 1.6)
PUMP = (13.2, 38.0, 0.5)
DOCK, RAMP = (117.0, 6.0, 1.6), (123.0, 6.0, 1.6)
"""Before and behind dock door 1."""


@pytest.fixture(scope="module")
def session() -> DemoSession:
    return DemoSession()


@pytest.fixture(scope="module")
def plant(session: DemoSession) -> Iterator[Building]:
    """The whole demo plant, worked out."""
    building = Building()
    for loaded in plant_loaded():
        building.hear(loaded)
    show(building, session.twin, ref())
    yield building
    building.close()


def ref(placement: Placement | None = None) -> PackageRef:
    known = plant_loaded()[0].ref
    return known if placement is None else msgspec.structs.replace(known, placement=placement)


def show(building: Building, twin: TwinIndex, *refs: PackageRef) -> list[Walls | Rooms]:
    building.show(refs, twin)
    building.wait()
    return building.poll()


def loss_db(building: Building, ears: tuple[float, ...], source: tuple[float, ...]) -> float:
    gains, _gains_hf = building.space.losses(ears, [source])
    return float(-20 * np.log10(gains[0]))


def test_in_the_hall_a_pump_in_sight_is_heard_as_it_is(plant: Building) -> None:
    assert loss_db(plant, (13.2, 34.0, 1.6), PUMP) == 0.0


def test_a_pump_is_duller_from_the_control_room_and_from_the_yard(plant: Building) -> None:
    inside, outside = loss_db(plant, CONTROL_ROOM, PUMP), loss_db(plant, (13.2, 64.0, 1.6), PUMP)
    assert inside > 15
    assert outside > 15
    gains, gains_hf = plant.space.losses(CONTROL_ROOM, [PUMP])
    assert gains_hf[0] < 0.7, "and its high tones more than all"
    assert gains[0] < 0.2


def test_the_hall_is_a_room_that_answers_as_long_as_such_halls_do(plant: Building) -> None:
    hall = plant.space.reverb(HALL_MIDDLE)
    assert 2.0 < hall.t60_secs < 5.0
    assert hall.t60_high_secs < hall.t60_secs
    control_room = plant.space.reverb(CONTROL_ROOM)
    assert 0.3 < control_room.t60_secs < 1.6
    assert control_room.gain > hall.gain
    assert plant.space.reverb(YARD).gain == 0.0
    volumes = sorted(room.volume_m3 for room in plant.space.surroundings.rooms)
    assert volumes[-1] == pytest.approx(120 * 60 * 10.8, rel=0.05)


def test_a_dock_door_that_opens_lets_the_hall_out(session: DemoSession, plant: Building) -> None:
    doors = DoorsHeard(plant, session.world)
    session.world.joint_values = np.zeros(1000)
    doors.look(now_secs=0.0)
    closed = loss_db(plant, RAMP, DOCK)
    table = plant.packages[0].elements
    joint = int(table.joints[table.row_of("plant:/DOOR-1/panel-1")])
    session.world.joint_values[joint] = GAP_M / 2
    assert doors.look(now_secs=0.2) is None, "not yet far enough"
    session.world.joint_values[joint] = 3.0
    assert doors.look(now_secs=0.25) is None, "ten times a second is often enough"
    order = doors.look(now_secs=0.4)
    assert isinstance(order, Doors)
    assert len(order.opened) == 4
    assert loss_db(plant, RAMP, DOCK) == 0.0
    assert closed > 15
    session.world.joint_values[joint] = 0.0
    assert doors.look(now_secs=0.6) == Doors()
    assert loss_db(plant, RAMP, DOCK) == pytest.approx(closed)


def test_a_roof_that_one_takes_off_is_heard_through_and_still_there_for_the_map(
    session: DemoSession, plant: Building
) -> None:
    table = plant.packages[0].elements
    roof = np.array([kind in ("roof", "skylight") for kind in table.kinds])
    away = np.zeros(len(roof), bool)
    doors = DoorsHeard(plant, session.world, away=lambda: away)
    above, machine = (60.0, 29.0, 25.0), (60.0, 29.0, 1.0)
    doors.look(now_secs=0.0)
    assert loss_db(plant, above, machine) > 15
    away |= roof
    assert isinstance(doors.look(now_secs=1.0), Doors)
    assert loss_db(plant, above, machine) == 0.0
    gains, _gains_hf = plant.planned.losses(above, [machine])
    assert gains[0] < 0.2
    away[:] = False
    assert doors.look(now_secs=2.0) == Doors()
    assert loss_db(plant, above, machine) > 15


def test_tables_alone_give_walls_before_any_geometry_is_there(session: DemoSession) -> None:
    building = Building()
    building.hear(plant_loaded()[0])
    orders = show(building, session.twin, ref())
    assert {type(order) for order in orders} == {Walls, Rooms}
    assert loss_db(building, (60.0, -12.0, 3.0), (60.0, 8.0, 3.0)) > 15
    assert building.space.reverb(HALL_MIDDLE).t60_secs > 2.0
    building.close()


def test_walls_move_with_their_model_and_go_with_it(session: DemoSession) -> None:
    building = Building()
    for loaded in plant_loaded()[:1]:
        building.hear(loaded)
    show(building, session.twin, ref())
    ears, source = np.array([60.0, -12.0, 3.0]), np.array([60.0, 8.0, 3.0])
    before = loss_db(building, tuple(ears), tuple(source))
    turned = placed((500.0, 200.0, 10.0), heading_rad=np.pi / 2)
    assert show(building, session.twin, ref(turned))
    assert loss_db(building, tuple(ears), tuple(source)) == 0.0
    there = [(500.0 - p[1], 200.0 + p[0], 10.0 + p[2]) for p in (ears, source)]
    assert loss_db(building, there[0], there[1]) == pytest.approx(before, abs=0.2)
    assert building.space.reverb((500.0 - 30.0, 200.0 + 60.0, 11.6)).t60_secs > 2.0
    assert show(building, session.twin)
    assert not len(building.space.occlusion.boxes)
    assert not show(building, session.twin), "nothing has changed"
    building.close()


def test_what_is_not_wanted_any_more_is_not_worked_out(session: DemoSession) -> None:
    building = Building()
    for loaded in plant_loaded()[:-1]:
        building.hear(loaded)
    building.show((ref(),), session.twin)
    building.wait()
    package = building.packages[0]
    survey = package.survey
    building.show((), session.twin)
    building._begin(lambda: building._look_closely(package))
    building.wait()
    assert package.survey is survey
    building.hear(PackageComplete(ref()))
    building.close()


def test_a_model_that_nobody_foresaw_ends_no_visit(
    session: DemoSession, caplog: pytest.LogCaptureFixture
) -> None:
    building = Building()
    building.hear(plant_loaded()[0])
    table = building.packages[0].elements
    building.packages[0].elements = copy.copy(table)
    building.packages[0].elements.lo = table.lo[:5]  # not as many as there are elements
    show(building, session.twin, ref())
    assert "could not be worked out" in caplog.text
    assert not len(building.space.occlusion.boxes)
    building.close()


def test_where_a_model_has_no_rooms_they_are_measured_around_the_ears(session: DemoSession) -> None:
    """Without its element of kind building, the hall is found by rays."""
    building = Building()
    for loaded in plant_loaded():
        building.hear(loaded)
    show(building, session.twin, ref())
    package = building.packages[0]
    package.survey = replace(package.survey, rooms=())
    building._put_together()
    building.poll()
    assert building.space.reverb(HALL_MIDDLE).gain == 0.0
    building.listen_from(HALL_MIDDLE)
    building.wait()
    (order,) = building.poll()
    assert isinstance(order, Rooms)
    assert 1.5 < building.space.reverb(HALL_MIDDLE).t60_secs < 6.0
    building.listen_from(np.add(HALL_MIDDLE, 0.5))
    assert building.poll() == []
    building.listen_from(YARD)
    building.wait()
    assert building.poll() == [Rooms()]
    building.close()


def test_it_is_loud_at_the_line_and_quiet_in_the_control_room(session: DemoSession, plant: Building) -> None:
    session.run(20.0)
    sources = NoiseMakers().look(session.world, plant.packages, revision=plant.revision)
    assert 50 < (sources.powers_db > 0).sum() <= len(sources)
    line, room = (
        noise_at((34.0, 13.0, 1.6), sources, plant.space),
        noise_at(CONTROL_ROOM, sources, plant.space),
    )
    far = noise_at((60.0, 110.0, 1.6), sources, plant.space)
    assert 65 < line < 95
    assert room < line - 15
    assert far < room


def test_the_number_and_the_map_follow_in_their_thread(session: DemoSession, plant: Building) -> None:
    following = NoiseFollowing(session.world, plant)
    assert np.isnan(following.now.level_db)
    now_secs, here = 0.0, (34.0, 13.0, 1.6)
    following.step(now_secs, here)
    following.wait()
    following.step(now_secs, here)
    assert 60 < following.now.level_db < 95
    assert following.now.field is None
    field = None
    for _turn in range(200):
        now_secs += 1.0
        following.step(now_secs, here, around=lambda: np.array(here))
        following.wait()
        field = following.now.field
        if field is not None and np.isfinite(field.levels_db).sum() > 20:
            break
    assert field is not None
    assert field.floor_m == pytest.approx(0.0, abs=0.1)
    known = field.levels_db[np.isfinite(field.levels_db)]
    assert len(known) > 20
    assert 50 < known.max() < 100
    following.close()


def test_a_guest_without_a_picture_loads_walls_by_their_hashes(session: DemoSession, plant: Building) -> None:
    shop = Shop()
    shop.goods = {hashlib.sha256(data).hexdigest(): data for data in plant_files().values()}
    with opened(shop) as address:
        building = read_building(address, [ref()], session.twin)
    assert len(building.space.occlusion.boxes) == len(plant.space.occlusion.boxes)
    assert loss_db(building, CONTROL_ROOM, PUMP) == pytest.approx(loss_db(plant, CONTROL_ROOM, PUMP))
    building.close()


def test_what_a_server_does_not_have_is_no_wall(session: DemoSession) -> None:
    with opened(Shop()) as address:
        building = read_building(address, [ref()], session.twin, timeout_secs=0.3)
    assert not len(building.space.occlusion.boxes)
    assert loss_db(building, CONTROL_ROOM, PUMP) == 0.0
    building.close()


@pytest.mark.parametrize(
    ("point", "floor_m"),
    [(HALL_MIDDLE, 0.0), (CONTROL_ROOM, 4.0), ((35.0, 54.0, 9.5), 4.0), ((60.0, 30.0, 60.0), 0.0)],
)
def test_the_map_lies_on_the_floor_below(plant: Building, point: tuple[float, ...], floor_m: float) -> None:
    assert plant.floor_below(point) == pytest.approx(floor_m, abs=0.15)
