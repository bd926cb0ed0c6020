"""The demo plant states how loud its machines are and at which speed they are meant to run."""

from __future__ import annotations

import numpy as np
import pytest

from walkdown.twin import Catalogue
from walkdown_server.plant import catalogue
from walkdown_server.plant.belt_state import belt_speed
from walkdown_server.plant.line_process import PAL, LineProcess
from walkdown_server.plant.machines_table import CONVEYORS, LINES
from walkdown_server.plant.signals_table import SPECS
from walkdown_server.plant.type_plates import SOUND_POWER_DB


@pytest.fixture(scope="module")
def plant() -> Catalogue:
    return catalogue()


def test_everything_with_a_speed_or_a_power_says_how_loud_it_is(plant: Catalogue) -> None:
    heard = {kind for kind, specs in SPECS.items() for spec in specs if spec.suffix in ("speed", "flow")}
    parts = {"filling head", "robot axis"}
    for thing in plant.things:
        if thing.type in heard - parts:
            assert 40 <= float(thing.properties["sound_power_db"]) <= 100, thing.id
    assert set(SOUND_POWER_DB) <= {thing.type for thing in plant.things}


def test_a_stronger_and_a_faster_motor_is_louder(plant: Catalogue) -> None:
    power = {t.id: float(t.properties["sound_power_db"]) for t in plant.things if t.type == "motor"}
    assert power["L1.FIL.MOT"] > power["L1.C1.MOT"]
    assert power["P-201.MOT"] == pytest.approx(power["P-301.MOT"] + 6)


def test_a_belt_runs_at_its_nominal_speed_when_the_line_does(plant: Catalogue) -> None:
    lines = LineProcess(7)
    lines.flow = np.repeat(lines.nominal, 8, 1)
    lines.total[:, PAL] = 1.0
    properties = {thing.id: thing.properties for thing in plant.things}
    nominal = [[properties[f"{line}.{name}"]["nominal speed, m/s"] for name in CONVEYORS] for line in LINES]
    np.testing.assert_allclose(belt_speed(lines), np.array(nominal, np.float64), rtol=2e-3)
