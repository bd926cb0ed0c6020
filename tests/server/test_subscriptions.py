"""Layers and areas become blocks: what is below, what stands there, and what has no place."""

from __future__ import annotations

import numpy as np
import pytest

from walkdown.messages import Area, Blob, PackageRef, Placement, Subscribe
from walkdown.signals import BLOCK_SIZE, Layout
from walkdown.twin import Signal, Thing, make_catalogue
from walkdown_server.ticks.subscriptions import Boxes, Subscriptions

THINGS = (
    Thing("hall", "Hall", "building"),
    Thing("L1", "Line 1", "line", parent="hall"),
    Thing("P-1", "Pump", "pump", element="pump", parent="L1"),
    Thing("M-1", "Motor", "motor", parent="P-1"),
    Thing("F-1", "Filler", "filler", element="filler", parent="L1"),
    Thing("W", "Weather", "weather"),
)
BLOCK = {"hall": 0, "L1": 1, "P-1": 2, "M-1": 3, "F-1": 4, "W": 5}
"""Each thing has a block of its own."""

HERE: Placement = (1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0)
TURNED: Placement = (0, -1, 0, 100, 1, 0, 0, 0, 0, 0, 1, 0)
"""A quarter turn to the left about the vertical, then 100 m east."""


def subscriptions() -> Subscriptions:
    signals = [Signal(f"{t.id}.{i}", t.id, "s") for t in THINGS for i in range(BLOCK_SIZE)]
    catalogue = make_catalogue(1, things=THINGS, signals=[*signals, Signal("text", "W", "t", kind="text")])
    made = Subscriptions(catalogue, Layout(catalogue.signals))
    lo, hi = np.array([[0, 0, 0], [20, 0, 0]], float), np.array([[2, 1, 1], [22, 1, 1]], float)
    made.learn("p", Boxes(("pump", "filler"), lo, hi))
    return made


def shown(placement: Placement = HERE) -> tuple[PackageRef, ...]:
    return (PackageRef("p", "plant", Blob("0" * 64, 1), 0, 2, model="plant", placement=placement),)


def things_of(message: Subscribe, placement: Placement = HERE) -> set[str]:
    wanted = subscriptions().wanted(message, shown(placement))
    assert wanted is not None
    return {thing for thing, block in BLOCK.items() if wanted[block]}


@pytest.mark.parametrize(
    ("layers", "things"),
    [
        (("pump",), {"P-1", "M-1"}),
        (("P-1",), {"P-1", "M-1"}),
        (("line",), {"L1", "P-1", "M-1", "F-1"}),
        (("hall",), {"hall", "L1", "P-1", "M-1", "F-1"}),
        (("motor", "W"), {"M-1", "W"}),
        (("nothing like it",), set()),
        ((), set()),
    ],
)
def test_a_layer_is_a_type_or_a_thing_with_all_below(layers: tuple[str, ...], things: set[str]) -> None:
    assert things_of(Subscribe(layers=layers)) == things


@pytest.mark.parametrize(
    ("area", "things"),
    [
        (Area(1, 0.5, 3), {"hall", "L1", "P-1", "M-1", "W"}),
        (Area(21, 0.5, 3), {"hall", "L1", "F-1", "W"}),
        (Area(11, 0.5, 3), {"hall", "L1", "W"}),
        (Area(4.9, 0, 3), {"hall", "L1", "P-1", "M-1", "W"}),
        (Area(5.1, 0, 3), {"hall", "L1", "W"}),
        (Area(4.9, 3, 3), {"hall", "L1", "W"}),
        (Area(0, 500, 3), {"W"}),
    ],
)
def test_who_has_no_box_stands_with_its_parts_or_its_whole_or_everywhere(
    area: Area, things: set[str]
) -> None:
    assert things_of(Subscribe(area=area)) == things


def test_an_area_follows_a_model_that_was_moved_and_turned() -> None:
    assert things_of(Subscribe(area=Area(100, 1, 2)), TURNED) == {"hall", "L1", "P-1", "M-1", "W"}
    assert things_of(Subscribe(area=Area(99.5, 21, 2)), TURNED) == {"hall", "L1", "F-1", "W"}
    assert things_of(Subscribe(area=Area(1, 0.5, 3)), TURNED) == {"W"}


def test_all_that_is_said_has_to_hold() -> None:
    near = Area(1, 0.5, 3)
    assert things_of(Subscribe(layers=("L1",), area=near)) == {"L1", "P-1", "M-1"}
    assert things_of(Subscribe(blocks=(2, 5, 60000), area=near)) == {"P-1", "W"}
    assert things_of(Subscribe(blocks=(4,), layers=("pump",))) == set()


def test_one_signal_of_a_block_has_to_fulfil_all_and_not_several_together() -> None:
    things = (Thing("a", "a", "pump", element="a"), Thing("b", "b", "fan", element="b"))
    catalogue = make_catalogue(1, things=things, signals=[Signal("x", "a", "x"), Signal("y", "b", "y")])
    made = Subscriptions(catalogue, Layout(catalogue.signals))
    lo = np.array([[0, 0, 0], [50, 0, 0]], float)
    made.learn("p", Boxes(("a", "b"), lo, lo + 1))
    wanted = made.wanted(Subscribe(layers=("pump",), area=Area(50, 0, 5)), shown())
    assert wanted is not None
    assert not wanted.any()


def test_an_element_of_another_model_of_the_same_key_draws_nothing_here() -> None:
    thing = Thing("a", "a", element="a", element_model="mine")
    catalogue = make_catalogue(1, things=[thing], signals=[Signal("x", "a", "x")])
    made = Subscriptions(catalogue, Layout(catalogue.signals))
    made.learn("p", Boxes(("a",), np.zeros((1, 3)), np.ones((1, 3))))
    far = Subscribe(area=Area(500, 0, 1))
    theirs, mine = made.wanted(far, shown()), made.wanted(far, (*shown(), _as_mine()))
    assert theirs is not None
    assert mine is not None
    assert theirs.tolist() == [True], "it has no place, and is everywhere"
    assert mine.tolist() == [False]


def _as_mine() -> PackageRef:
    return PackageRef("p", "plant", Blob("0" * 64, 1), 2, 2, model="mine", placement=HERE)


def test_without_models_everything_is_everywhere() -> None:
    made, far = subscriptions(), Subscribe(area=Area(0, 500, 3))
    before, after = made.wanted(far, shown()), made.wanted(far, ())
    assert before is not None
    assert after is not None
    assert before.sum() == 1
    assert after.all()


def test_nothing_said_is_everything_and_numbers_alone_are_those_blocks() -> None:
    assert subscriptions().wanted(Subscribe(), shown()) is None
    assert things_of(Subscribe(blocks=(0, 5))) == {"hall", "W"}
