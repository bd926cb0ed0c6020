"""What a panel asks of a catalogue is found, in both directions."""

from __future__ import annotations

import pytest

from walkdown.twin import ModelThings, Relation, Signal, Thing, make_catalogue
from walkdown_client.twin_index import NOTHING, TwinIndex

TWIN = TwinIndex(
    make_catalogue(
        1,
        things=[
            Thing("L1", "Line 1"),
            Thing("L1.FIL", "Filler", element="plant:/L1/FIL", parent="L1"),
            Thing("L1.FIL.MOT", "Motor", parent="L1.FIL"),
            Thing("T-1", "Tank"),
        ],
        signals=[
            Signal("fil.on", "L1.FIL", "on", kind="bool"),
            Signal("fil.a", "L1.FIL", "a"),
            Signal("fil.speed", "L1.FIL", "speed", main=True),
            Signal("mot.temp", "L1.FIL.MOT", "temperature"),
        ],
        relations=[Relation("T-1", "L1.FIL", "feeds"), Relation("L1.FIL", "L1", "part_of")],
    )
)


def test_the_main_signal_comes_first_and_without_a_mark_the_first_is_main() -> None:
    assert [s.id for s in TWIN.signals("L1.FIL")] == ["fil.speed", "fil.a", "fil.on"]
    assert TWIN.main_signal[TWIN.thing_row["L1.FIL.MOT"]] == TWIN.signal_row("mot.temp")
    assert TWIN.main_signal[TWIN.thing_row["T-1"]] == NOTHING


def test_relations_are_seen_from_both_ends() -> None:
    edges = [(e.relation.kind, e.other.id, e.outgoing) for e in TWIN.edges("L1.FIL")]
    assert edges == [("feeds", "T-1", False), ("part_of", "L1", True)]
    assert [(e.other.id, e.outgoing) for e in TWIN.edges("T-1")] == [("L1.FIL", True)]
    assert TWIN.edges("L1.FIL.MOT") == ()


def test_the_tree_is_walked_up_and_down() -> None:
    assert [t.id for t in TWIN.children("L1")] == ["L1.FIL"]
    assert [t.id for t in TWIN.ancestors("L1.FIL.MOT")] == ["L1.FIL", "L1"]


def test_things_that_are_each_others_parent_end() -> None:
    circle = TwinIndex(make_catalogue(1, things=[Thing("a", "a", parent="b"), Thing("b", "b", parent="a")]))
    assert [t.id for t in circle.ancestors("a")] == ["b", "a"]


def test_an_element_leads_to_its_thing() -> None:
    thing = TWIN.thing_of_element("plant:/L1/FIL")
    assert thing is not None
    assert thing.id == "L1.FIL"
    assert TWIN.thing_of_element("plant:/nothing") is None


def test_what_is_not_there_is_said_so() -> None:
    assert TWIN.has_thing("L1")
    assert not TWIN.has_thing("L9")
    with pytest.raises(KeyError):
        TWIN.thing("L9")
    assert TWIN.thing_of_signal.tolist() == [TWIN.thing_row["L1.FIL"]] * 2 + [
        TWIN.thing_row["L1.FIL.MOT"],
        TWIN.thing_row["L1.FIL"],
    ]


def with_model() -> TwinIndex:
    catalogue = make_catalogue(1, things=[Thing("FIL", "Filler", element="plant:/FIL")])
    brought = ModelThings(
        (
            Thing("ifc:hall", "Hall", "IfcBuilding", element="ifc:hall"),
            Thing("ifc:wall", "Wall", "IfcWall", element="ifc:wall", parent="ifc:hall"),
            Thing("FIL", "Not the filler"),
        ),
        (Relation("ifc:wall", "FIL", "connects_to"),),
    )
    return TwinIndex(catalogue, {"m1": brought})


def test_things_of_a_model_stand_behind_those_of_the_catalogue() -> None:
    twin = with_model()
    assert [thing.id for thing in twin.catalogue.things] == ["FIL", "ifc:hall", "ifc:wall"]
    assert twin.thing("FIL").name == "Filler"
    assert [thing.id for thing in twin.children("ifc:hall")] == ["ifc:wall"]
    assert [edge.other.id for edge in twin.edges("ifc:wall")] == ["FIL"]


def test_a_thing_knows_the_model_that_brought_it() -> None:
    twin = with_model()
    assert [twin.model_of(thing) for thing in ("FIL", "ifc:wall", "unheard of")] == ["", "m1", ""]
