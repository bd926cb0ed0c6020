"""Colouring by a quantity."""

from __future__ import annotations

import numpy as np

from walkdown.signals import SignalTable
from walkdown.twin import BAD, GOOD, STALE, Signal, Thing, make_catalogue
from walkdown_client.tools.colouring import heat_of, quantities

CATALOGUE = make_catalogue(
    1,
    things=[Thing("a", "A"), Thing("b", "B"), Thing("c", "C")],
    signals=[
        Signal("a.t", "a", "Temperature", unit="Cel", minimum=0, maximum=100),
        Signal("b.t", "b", "Temperature", unit="Cel", minimum=-20, maximum=80),
        Signal("c.t", "c", "Temperature", unit="K"),
        Signal("a.s", "a", "State", "enum", labels=("Off", "On", "Fault")),
        Signal("a.x", "a", "Recipe", "text"),
    ],
)


def test_signals_of_one_name_and_unit_are_one_quantity_over_their_common_range() -> None:
    first, *rest = quantities(CATALOGUE)
    assert (first.name, first.unit, first.minimum, first.maximum) == ("Temperature", "Cel", -20, 100)
    assert first.things.tolist() == [0, 1]
    assert [(q.name, q.unit) for q in rest] == [("State", "1"), ("Temperature", "K")]
    assert rest[0].maximum == 2


def test_texts_are_no_quantity() -> None:
    assert "Recipe" not in [q.name for q in quantities(CATALOGUE)]


def test_heat_runs_from_the_minimum_to_the_maximum_and_is_clipped() -> None:
    table, quantity = SignalTable(CATALOGUE.signals), quantities(CATALOGUE)[0]
    table.write(quantity.signals, np.array([40.0, 900.0]), quality=GOOD, times_ns=5)
    heat = heat_of(quantity, table)
    assert heat.heat.tolist() == [128, 255]
    assert heat.known.all()


def test_what_was_never_heard_or_is_stale_is_not_known_but_bad_is() -> None:
    table, quantity = SignalTable(CATALOGUE.signals), quantities(CATALOGUE)[0]
    assert not heat_of(quantity, table).known.any()
    assert not heat_of(quantity, table).heat.any()
    table.write(quantity.signals, np.array([1.0, 2.0]), quality=[STALE, BAD], times_ns=5)
    assert heat_of(quantity, table).known.tolist() == [False, True]
