"""What moves: joints go on without jumps, wheels and belts keep step, the robot's arm reaches its goals."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from walkdown.frames import joint_matrices, shortest_difference
from walkdown.package.model import Joint
from walkdown_server.plant import build_model, catalogue, machine_motion, vehicle_motion
from walkdown_server.plant.layout import AGV_PARKING, HALL_LENGTH, HALL_WIDTH
from walkdown_server.plant.line_process import F64, FIL, RIN
from walkdown_server.plant.process import PlantProcess
from walkdown_server.plant.robot_motion import arm_angles, wrist_at
from walkdown_server.plant.vehicle_motion import VehicleMotion

DT_SECS = 0.05
FASTEST_M_PER_SEC, FASTEST_RAD_PER_SEC, FASTEST_GANTRY = 1.45, 3.4, 2.5


@cache
def joints() -> tuple[Joint, ...]:
    return tuple(build_model().joints)


def keys() -> list[str]:
    return [joint.key for joint in joints()]


def process() -> PlantProcess:
    return PlantProcess(catalogue(), keys())


def positions(plant: PlantProcess, secs: float) -> Iterator[F64]:
    for _ in range(round(secs / DT_SECS)):
        plant.step(DT_SECS)
        yield plant.joints()


def test_every_joint_of_the_model_is_moved() -> None:
    plant = process()
    assert sorted(plant.joint_rows.tolist()) == list(range(len(joints())))


def test_joints_that_the_model_lacks_are_left_out() -> None:
    plant = PlantProcess(catalogue(), ["other:/x", "plant:/L1/FIL/rotor"])
    assert plant.joint_rows.tolist() == [1]
    assert plant.joints().shape == (1,)


def test_no_joint_jumps() -> None:
    plant = process()
    moved = [joints()[row] for row in plant.joint_rows]
    period = np.array([joint.period for joint in moved])
    most = np.array([_fastest(joint) for joint in moved]) * DT_SECS
    for before, after in pairwise(positions(plant, 150)):
        step = np.abs(shortest_difference(before, after, period))
        worst = int((step / most).argmax())
        assert step[worst] <= most[worst], moved[worst].key


def _fastest(joint: Joint) -> float:
    if joint.kind == "revolute":
        return (
            10.0
            if "fan" in joint.key
            else 6.0
            if "star" in joint.key or "transfer" in joint.key
            else FASTEST_RAD_PER_SEC
        )
    return FASTEST_GANTRY if "PAC" in joint.key else FASTEST_M_PER_SEC


def test_a_belt_never_moves_half_a_pitch_between_two_ticks() -> None:
    """Else it would seem to run backwards."""
    plant = process()
    rows = [n for n, row in enumerate(plant.joint_rows) if joints()[row].kind == "flow"]
    period = np.array([joints()[plant.joint_rows[row]].period for row in rows])
    for before, after in pairwise(positions(plant, 120)):
        step = shortest_difference(before[rows], after[rows], period)
        assert (step >= -1e-9).all()
        assert (step <= 0.46 * period).all()


def test_belts_and_rollers_repeat_where_the_models_goods_do() -> None:
    pitch = {name: metres for name, _, metres, _ in machine_motion.BELTS}
    for joint in joints():
        if joint.kind == "flow":
            name = joint.key.removesuffix("/belt").partition("/")[2].partition("/")[2]
            assert joint.period == pitch.get(name, machine_motion.ROLLER_PITCH), joint.key


def test_one_bottle_turns_star_rotor_and_belt_by_one_place() -> None:
    names = machine_motion.joint_names()
    arms = np.zeros((2, 6))
    total = np.full((2, 8), 1000.0)
    before = dict(zip(names, machine_motion.joint_values(total, arms), strict=True))
    total[0, [RIN, FIL]] += 1
    after = dict(zip(names, machine_motion.joint_values(total, arms), strict=True))
    places = {"FIL/rotor": -42, "FIL/star_in": 10, "RIN/rotor": -24, "RIN/star_out": 10}
    for name, count in places.items():
        turn = after[f"plant:/L1/{name}"] - before[f"plant:/L1/{name}"]
        assert np.cos(turn - 2 * np.pi / count) == pytest.approx(1, abs=1e-9)
        assert after[f"plant:/L2/{name}"] == before[f"plant:/L2/{name}"]
    belt = "plant:/L1/C1/belt"
    assert float(np.sin((after[belt] - before[belt]) / 0.13 * 2 * np.pi)) == pytest.approx(0, abs=1e-6)


def arm_of(line: str) -> list[Joint]:
    """The six joints of a robot as a model of their own."""
    rows = [row for row, joint in enumerate(joints()) if joint.key.startswith(f"plant:/{line}/PAL/axis")]
    local = {row: n for n, row in enumerate(rows)}
    found = [joints()[row] for row in rows]
    return [Joint(j.key, j.kind, j.origin, j.axis, local.get(j.parent, -1)) for j in found]


def test_the_arms_angles_bring_the_wrist_where_it_should_be() -> None:
    """Forward through the model's own joints gives back what was asked for."""
    local = arm_of("L1")
    rest = np.array([*local[4].origin, 1.0])
    foot = np.array(local[0].origin)
    wanted = wrist_at(np.linspace(0, 4, 90, endpoint=False))
    for wish, angles in zip(wanted, arm_angles(wanted), strict=True):
        x, y, z = joint_matrices(local, angles)[4].astype(np.float64) @ rest
        assert np.hypot(x - foot[0], y - foot[1]) == pytest.approx(wish[1], abs=2e-3)
        assert z == pytest.approx(wish[2], abs=2e-3)
        turn = np.arctan2(y - foot[1], x - foot[0])
        assert np.cos(turn - wish[0]) == pytest.approx(1, abs=1e-6)


def test_the_gripper_always_points_down() -> None:
    local = arm_of("L2")
    for angles in arm_angles(wrist_at(np.linspace(0, 4, 60))):
        down = joint_matrices(local, angles)[5][:, :3] @ np.array([0.0, 0.0, -1.0])
        np.testing.assert_allclose(down, [0, 0, -1], atol=1e-5)


def test_a_standing_line_stands_everywhere() -> None:
    names = [f"plant:/L1/{name}" for name in ("FIL/rotor", "C1/belt", "PAC/axis_x", "PAL/axis1")]
    plant = PlantProcess(catalogue(), names)
    plant.lines.content[:] = 0.0
    plant.lines.speed[:] = 0.0
    plant.air.bar, plant.air.short = 0.5, True
    plant.step(DT_SECS)
    before = plant.joints()
    for _ in range(100):
        plant.step(DT_SECS)
    np.testing.assert_array_equal(plant.joints(), before)


def drive(secs: float) -> Iterator[VehicleMotion]:
    motion = VehicleMotion(7)
    for _ in range(round(secs / 0.1)):
        motion.step(0.1)
        yield motion


def test_vehicles_never_touch_and_never_leave_the_hall() -> None:
    for motion in drive(3600):
        at = np.array([(vehicle.x, vehicle.y) for vehicle in motion.vehicles])
        apart = [np.hypot(*(at[a] - at[b])) for a, b in ((0, 1), (0, 2), (1, 2))]
        assert min(apart) > 1.7
        assert (at > 0.5).all()
        assert (at < [HALL_LENGTH - 0.5, HALL_WIDTH]).all()


def test_vehicles_do_one_mission_after_another_and_never_run_flat() -> None:
    start = [vehicle.missions for vehicle in VehicleMotion(7).vehicles]
    *_, motion = drive(3600)
    assert all(v.missions - s >= 6 for v, s in zip(motion.vehicles, start, strict=True))
    assert all(vehicle.battery > 30 for vehicle in motion.vehicles)


def test_vehicles_start_where_the_model_has_them() -> None:
    values = VehicleMotion(7).joint_values()
    assert values[: 3 * len(AGV_PARKING)] == pytest.approx(np.zeros(9))
    origins = {joint.key: joint.origin[:2] for joint in joints() if joint.key.endswith("/heading")}
    assert origins == {f"plant:/{name}/heading": at[:2] for name, at in AGV_PARKING.items()}


def test_a_dock_door_is_open_when_a_vehicle_goes_through() -> None:
    seen = 0
    for motion in drive(1200):
        vehicle = motion.vehicles[2]
        if vehicle.x > 116.9:
            seen += 1
            assert motion.lift[3] > 2.5
    assert seen > 50


def test_doors_open_for_trucks_too() -> None:
    opened = np.zeros(4, bool)
    for motion in drive(1200):
        opened |= motion.lift > 3
    assert opened.all()


def test_joint_names_are_unique() -> None:
    names = (*machine_motion.joint_names(), *vehicle_motion.joint_names())
    assert len(set(names)) == len(names)
