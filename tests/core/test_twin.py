"""A catalogue is ordered, its ids are unique, and what it refers to exists."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from walkdown.errors import BadInput
from walkdown.twin import (
    KINDS,
    QUALITIES,
    STATE_SIMULATED,
    STATES,
    Catalogue,
    Disturbance,
    Kind,
    Limits,
    Relation,
    Signal,
    Thing,
    make_catalogue,
)

PUMP = Thing("P-1", "pump", element="plant:/P-1", properties={"power_kw": 4.0, "spare": True, "rows": 3})


def test_signals_are_ordered_by_kind_and_otherwise_stay_as_they_were() -> None:
    kinds: tuple[Kind, ...] = ("text", "bool", "f32", "bool")
    given = [Signal(f"s{i}", "P-1", "x", kind=kind) for i, kind in enumerate(kinds)]
    ordered = make_catalogue(1, things=[PUMP], signals=given).signals
    assert [(s.id, s.kind) for s in ordered] == [
        ("s2", "f32"),
        ("s1", "bool"),
        ("s3", "bool"),
        ("s0", "text"),
    ]


def test_a_catalogue_survives_the_wire() -> None:
    catalogue = make_catalogue(
        4,
        things=[PUMP, Thing("P-1.MOT", "motor", parent="P-1", functions=("turn the pump",))],
        signals=[
            Signal(
                "t", "P-1.MOT", "temperature", unit="Cel", limits=Limits(high=80, high_alarm=90), main=True
            )
        ],
        relations=[Relation("P-1.MOT", "P-1", "part_of")],
        disturbances=[Disturbance("hot", "bearing runs hot", "P-1.MOT")],
    )
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(catalogue), type=Catalogue) == catalogue


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"things": [PUMP, PUMP]}, "thing id 'P-1' occurs twice"),
        ({"things": [PUMP], "signals": [Signal("s", "P-1", "x")] * 2}, "signal id 's' occurs twice"),
        ({"signals": [Signal("s", "P-9", "x")]}, "'s' refers to the thing 'P-9'"),
        ({"things": [Thing("a", "a", parent="b")]}, "'a' refers to the thing 'b'"),
        ({"things": [PUMP], "relations": [Relation("P-1", "P-2", "feeds")]}, "refers to the thing 'P-2'"),
        ({"things": [PUMP], "relations": [Relation("P-3", "P-1", "feeds")]}, "refers to the thing 'P-3'"),
        ({"disturbances": [Disturbance("d", "d", "x")]}, "'d' refers to the thing 'x'"),
    ],
)
def test_what_does_not_exist_or_exists_twice_is_named(parts: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        make_catalogue(1, **parts)


def test_the_words_of_states_and_qualities_match_their_numbers() -> None:
    assert STATES[STATE_SIMULATED] == "simulated"
    assert QUALITIES == ("good", "stale", "bad", "simulated")
    assert KINDS[-1] == "text"
