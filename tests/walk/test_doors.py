"""Which doors stop people, and which elements can stop anybody."""

from __future__ import annotations

import math

import numpy as np
import pytest

from walkdown.package import NO_ROW
from walkdown_client.walk.doors import LeafJoint, Reading, is_door, is_immaterial, is_open, words_of
from walkdown_client.walk.matter import matter_of


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("IfcDoorStandardCase", ["door"]),
        ("IfcDoor", ["door"]),
        ("door", ["door"]),
        ("guard_door", ["guard", "door"]),
        ("Dock door 2", ["dock", "door"]),
        ("FireDoor", ["fire", "door"]),
        ("", []),
        ("42", []),
    ],
)
def test_a_kind_is_words(kind: str, words: list[str]) -> None:
    assert words_of(kind) == words


@pytest.mark.parametrize("kind", ["IfcDoor", "door", "Dock door 3", "fire_door", "gate", "SlidingDoor.001"])
def test_a_way_through_is_a_door(kind: str) -> None:
    assert is_door(kind)


@pytest.mark.parametrize(
    "kind", ["guard_door", "cabinet door", "door_frame", "IfcWall", "Door handle", "indoor", "", "outdoors"]
)
def test_what_nobody_goes_through_is_none(kind: str) -> None:
    assert not is_door(kind)


def test_rooms_and_openings_are_no_matter() -> None:
    assert is_immaterial("IfcSpace")
    assert is_immaterial("IfcOpeningElement")
    assert not is_immaterial("IfcWall")


def test_a_door_of_which_nothing_is_known_is_open() -> None:
    assert is_open()
    assert is_open([Reading("Cycles", value=4000.0), Reading("Motor current", "A", value=0.1)])


@pytest.mark.parametrize(
    ("word", "opened"),
    [("closed", False), ("open", True), ("Locked", False), ("unlocked", True), ("opening", True)],
)
def test_a_word_decides(word: str, opened: bool) -> None:
    assert is_open([Reading("State", word=word)]) is opened


@pytest.mark.parametrize(("word", "opened"), [("yes", False), ("no", True), ("on", False), ("off", True)])
def test_a_lock_that_says_yes_is_closed(word: str, opened: bool) -> None:
    assert is_open([Reading("Locked", word=word)]) is opened
    assert is_open([Reading("Occupied", word=word)])


def test_a_lock_counts_more_than_a_leaf_that_stands_open() -> None:
    turned = [LeafJoint("revolute", 1.0, math.pi / 2)]
    assert is_open([], turned)
    assert not is_open([Reading("State", word="locked")], turned)
    assert not is_open([Reading("State", word="open"), Reading("Lock", word="locked")], turned)


@pytest.mark.parametrize(("value", "opened"), [(0.0, False), (40.0, False), (75.0, True), (math.nan, True)])
def test_a_share_says_how_far(value: float, opened: bool) -> None:
    assert is_open([Reading("Opening", "%", value=value)]) is opened


@pytest.mark.parametrize(
    ("joint", "opened"),
    [
        (LeafJoint("prismatic", 1.0, 0.0), False),
        (LeafJoint("prismatic", 1.0, 1.0), False),
        (LeafJoint("prismatic", 1.0, 3.6), True),
        (LeafJoint("prismatic", 0.0, 0.8), True),
        (LeafJoint("prismatic", 0.0, -0.8), True),
        (LeafJoint("revolute", 1.0, -1.2), True),
        (LeafJoint("revolute", 1.0, 0.2), False),
    ],
)
def test_a_leaf_lets_through_when_it_has_moved_far_enough(joint: LeafJoint, opened: bool) -> None:
    assert is_open([], [joint]) is opened


def test_parts_of_a_door_belong_to_it_and_its_frame_does_not() -> None:
    kinds = ["door", "door", "part", "door_frame", "IfcWall", "part", "IfcSpace"]
    names = ["Dock door 1", "panel 1", "handle", "frame", "wall", "box", "room"]
    matter = matter_of(
        kinds,
        names,
        parents=[NO_ROW, 0, 1, 0, NO_ROW, 4, NO_ROW],
        joints=[NO_ROW, 3, 3, NO_ROW, NO_ROW, 2, NO_ROW],
    )
    assert matter.doors.tolist() == [0, 0, 0, NO_ROW, NO_ROW, NO_ROW, NO_ROW]
    assert matter.solid.tolist() == [True, True, True, True, True, False, False]


def test_where_a_format_has_no_classes_the_name_says_what_is_a_door() -> None:
    matter = matter_of(
        ["group", "part", "part", "pump"],
        ["Front door", "leaf", "Doormat", "door"],
        parents=[NO_ROW, 0, NO_ROW, NO_ROW],
        joints=np.full(4, NO_ROW),
    )
    assert matter.doors.tolist() == [0, 0, NO_ROW, NO_ROW]


def test_the_twin_can_say_that_an_element_is_a_door() -> None:
    matter = matter_of(["thing"], ["x"], parents=[NO_ROW], joints=[NO_ROW], more_doors=[0])
    assert matter.doors.tolist() == [0]
