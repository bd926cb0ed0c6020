"""Which colour an element gets from the states and values of things."""

from __future__ import annotations

import numpy as np

from walkdown.signals import SignalTable
from walkdown.twin import (
    GOOD,
    STALE,
    STATE_ALARM,
    STATE_ATTENTION,
    STATE_BAD,
    STATE_GOOD,
    Signal,
    Thing,
    make_catalogue,
)
from walkdown_client.app.colouring import heat_of_elements, heat_rows, machine_rows, state_codes
from walkdown_client.tools.colouring import heat_of, quantities
from walkdown_client.twin_index import NOTHING, TwinIndex


def small_twin() -> TwinIndex:
    return TwinIndex(
        make_catalogue(
            1,
            things=(
                Thing("L1", "Line", "line"),
                Thing("L1.FIL", "Filler", "filler", parent="L1"),
                Thing("L1.FIL.MOT", "Motor", "motor", parent="L1.FIL"),
                Thing("P", "Pump", "pump"),
            ),
            signals=(
                Signal("fil.t", "L1.FIL", "temperature", unit="Cel", minimum=0, maximum=100),
                Signal("p.t", "P", "temperature", unit="Cel", minimum=20, maximum=80),
                Signal("l1.t", "L1", "load", unit="%"),
            ),
        )
    )


ROWS = np.array([NOTHING, 0, 1, 2, 3], np.int32)
"""Five elements: one of nobody, then one of each thing."""


def test_a_part_shows_the_state_of_its_machine_when_that_is_worse() -> None:
    states = np.array([STATE_ALARM, STATE_ATTENTION, STATE_GOOD, STATE_GOOD], np.uint8)
    codes = state_codes(states, machine_rows(small_twin()), ROWS)
    assert codes.tolist() == [0, STATE_ALARM, STATE_ATTENTION, STATE_ATTENTION, STATE_GOOD]


def test_a_part_keeps_its_own_state_when_that_is_worse() -> None:
    states = np.array([STATE_GOOD, STATE_GOOD, STATE_BAD, STATE_GOOD], np.uint8)
    assert state_codes(states, machine_rows(small_twin()), ROWS)[3] == STATE_BAD


def test_a_line_in_alarm_does_not_colour_its_machines() -> None:
    states = np.array([STATE_ALARM, STATE_GOOD, STATE_GOOD, STATE_GOOD], np.uint8)
    assert state_codes(states, machine_rows(small_twin()), ROWS)[2] == STATE_GOOD


def test_a_value_colours_its_thing_and_the_parts_that_have_none_of_their_own() -> None:
    twin = small_twin()
    table = SignalTable(twin.catalogue.signals)
    table.write(np.array([0, 1]), np.array([25.0, 75.0]), quality=[GOOD, STALE], times_ns=1)
    quantity = next(q for q in quantities(twin.catalogue) if q.name == "temperature")
    values, strength = heat_of_elements(heat_of(quantity, table), heat_rows(twin, quantity), ROWS)
    assert np.allclose(values / 255, [0, 0, 0.25, 0.25, 0.75], atol=1 / 255)
    assert strength[:2].tolist() == [0, 0]
    assert strength[2] == strength[3] > strength[4] > 0


def test_a_value_of_a_line_does_not_colour_its_machines() -> None:
    twin = small_twin()
    quantity = next(q for q in quantities(twin.catalogue) if q.name == "load")
    assert heat_rows(twin, quantity).tolist() == [0, NOTHING, NOTHING, NOTHING]
