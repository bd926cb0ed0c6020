"""The geometry draws what the twin names, and its joints move what they should."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from walkdown.package.model import NO_ROW, Joint, Model
from walkdown_server.plant import build_model
from walkdown_server.plant.equipment import catalogue

_MACHINES = "DEP RIN FIL CAP INS LAB ACC PAC PAL".split()
_BELTS = "C0 C1 C2 C3 C4 CRT EMP ACC PAL/ROL".split()


@pytest.fixture(scope="module")
def plant() -> Model:
    return build_model()


@pytest.fixture(scope="module")
def row_of(plant: Model) -> dict[str, int]:
    return {element.key: row for row, element in enumerate(plant.elements)}


@pytest.fixture(scope="module")
def joint_of(plant: Model) -> dict[str, Joint]:
    return {joint.key: joint for joint in plant.joints}


def test_every_thing_of_the_twin_is_drawn(row_of: dict[str, int]) -> None:
    missing = [thing.element for thing in catalogue().things if thing.element and thing.element not in row_of]
    assert missing == []


def test_a_part_of_a_thing_lies_under_the_thing(plant: Model, row_of: dict[str, int]) -> None:
    assert plant.elements[row_of["plant:/L1/FIL/H07"]].parent == row_of["plant:/L1/FIL"]
    assert plant.elements[row_of["plant:/P-101/MOT"]].parent == row_of["plant:/P-101"]
    assert plant.elements[row_of["plant:/P-201"]].parent == row_of["plant:/CIP-1"]
    assert plant.elements[row_of["plant:/L1"]].parent == row_of["plant:/"]


@pytest.mark.parametrize("line", ["L1", "L2"])
def test_every_machine_has_a_panel_a_tower_and_a_cabinet(line: str, row_of: dict[str, int]) -> None:
    for machine in _MACHINES:
        for part in ("HMI", "TWR", "CAB"):
            assert f"plant:/{line}/{machine}/{part}" in row_of


def test_machines_are_groups_and_their_parts_carry_their_name(plant: Model, row_of: dict[str, int]) -> None:
    filler = row_of["plant:/L1/FIL"]
    for surface in plant.surfaces:
        assert filler not in surface.elements
    assert plant.elements[row_of["plant:/L1/FIL/H07"]].name == "Filler 1 · filling head 7"


def test_joints_have_unit_axes_and_earlier_parents(plant: Model) -> None:
    assert len({joint.key for joint in plant.joints}) == len(plant.joints)
    for row, joint in enumerate(plant.joints):
        assert math.isclose(math.hypot(*joint.axis), 1.0, abs_tol=1e-6)
        assert NO_ROW <= joint.parent < row


def test_every_joint_moves_something_or_carries_another(plant: Model) -> None:
    used = {element.joint for element in plant.elements} | {joint.parent for joint in plant.joints}
    assert set(range(len(plant.joints))) <= used


@pytest.mark.parametrize(
    ("machine", "part", "count"), [("RIN", "G", 24), ("FIL", "H", 42), ("CAP", "H", 16), ("LAB", "H", 20)]
)
def test_all_heads_turn_with_their_rotor(
    machine: str, part: str, count: int, plant: Model, row_of: dict[str, int]
) -> None:
    rotor = [joint.key for joint in plant.joints].index(f"plant:/L1/{machine}/rotor")
    assert plant.joints[rotor].kind == "revolute"
    assert math.isclose(plant.joints[rotor].period, math.tau)
    for number in range(1, count + 1):
        assert plant.elements[row_of[f"plant:/L1/{machine}/{part}{number:02d}"]].joint == rotor


def test_the_robot_is_a_chain_of_six_axes(plant: Model, row_of: dict[str, int]) -> None:
    keys = [joint.key for joint in plant.joints]
    rows = [keys.index(f"plant:/L1/PAL/axis{n}") for n in range(1, 7)]
    assert [plant.joints[row].parent for row in rows] == [NO_ROW, *rows[:-1]]
    assert plant.elements[row_of["plant:/L1/PAL/ROB/GRP"]].joint == rows[-1]


def test_vehicles_go_along_x_then_y_then_turn(plant: Model, row_of: dict[str, int]) -> None:
    keys = [joint.key for joint in plant.joints]
    x, y, heading = (keys.index(f"plant:/AGV-1/{name}") for name in ("x", "y", "heading"))
    assert (plant.joints[x].parent, plant.joints[y].parent, plant.joints[heading].parent) == (NO_ROW, x, y)
    assert plant.elements[row_of["plant:/AGV-1/load"]].joint == heading


@pytest.mark.parametrize("line", ["L1", "L2"])
@pytest.mark.parametrize("belt", _BELTS)
def test_goods_look_the_same_one_pitch_further(
    line: str, belt: str, plant: Model, joint_of: dict[str, Joint]
) -> None:
    key = f"plant:/{line}/{belt}/belt"
    joint, row = joint_of[key], [j.key for j in plant.joints].index(key)
    places = _places_on(plant, row)
    assert joint.kind == "flow"
    assert joint.period > 0
    assert len(places) >= 1
    moved = _rounded(places + np.array(joint.axis) * joint.period)
    lanes = Counter((y, z) for _, y, z in _rounded(places))
    left_over = Counter(moved) - Counter(_rounded(places))
    assert sum(left_over.values()) <= len(lanes)


def _places_on(plant: Model, joint: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    rides = np.array([element.joint == joint for element in plant.elements])
    found = [r.translations[rides[r.elements]] for r in plant.repeats]
    return np.concatenate(found).astype(np.float64)


def _rounded(places: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> list[tuple[float, float, float]]:
    return [(round(x, 2), round(y, 2), round(z, 2)) for x, y, z in places.tolist()]


def test_dock_doors_rise_and_fans_turn(joint_of: dict[str, Joint]) -> None:
    for number in range(1, 5):
        assert joint_of[f"plant:/DOOR-{number}/lift"].axis == (0.0, 0.0, 1.0)
    for number in (1, 2):
        assert math.isclose(joint_of[f"plant:/CT-{number}/fan"].period, math.tau)


def test_the_client_can_tell_what_to_hide_and_what_to_ghost(plant: Model) -> None:
    kinds = Counter(element.kind for element in plant.elements)
    for kind in ("roof", "truss", "purlin", "beam", "skylight", "luminaire", "wall_s", "wall_w", "column_s"):
        assert kinds[kind] > 0
    shell = {element.kind for element in plant.elements if element.layer == "shell"}
    assert {"roof", "truss", "purlin", "skylight", "luminaire", "wall_s", "wall_w", "column_s"} <= shell
