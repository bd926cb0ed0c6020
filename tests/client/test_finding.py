"""The language of the search: how it is read, and what answers it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkdown.errors import BadInput
from walkdown.i18n import use_language
from walkdown.package import (
    Element,
    ElementTable,
    Model,
    parse_manifest,
    property_columns,
    read_elements,
    write_package,
)
from walkdown.signals import SignalTable
from walkdown.twin import STATE_ALARM, STATE_GOOD, Relation, Signal, Thing, make_catalogue
from walkdown_client.finding import Found, Live, find
from walkdown_client.inventory import Inventory, Part, folded, is_opaque
from walkdown_client.query import Term, Value, number_of, parse, state_codes
from walkdown_client.systems import systems_of_things
from walkdown_client.twin_index import NOTHING, TwinIndex
from walkdown_client.units import converted

GUID = "ifc:2OrWItJ6zAwBNp0OUxK_l8"
CATALOGUE = make_catalogue(
    1,
    things=[
        Thing("L1", "Filling line 1", "line"),
        Thing("L1.FIL", "Filler", "filler", element="plant:/FIL", parent="L1", properties={"Heads": 42}),
        Thing("P-101", "Product pump", "pump", element="plant:/P101"),
        Thing("P-102", "Vacuum pump", "vacuum pump", properties={"Rated power [kW]": 7.5}),
        Thing("HDR", "Product header", "header"),
        Thing("T-1", "Tank", "tank"),
    ],
    signals=[
        Signal("P-101.out", "P-101", "Discharge pressure", unit="bar"),
        Signal("P-102.out", "P-102", "Discharge pressure", unit="bar"),
        Signal("P-102.in", "P-102", "Suction pressure", unit="kPa"),
        Signal("P-101.temp", "P-101", "Temperature", unit="Cel"),
        Signal("L1.FIL.state", "L1.FIL", "Mode", "enum", labels=("Stopped", "Running")),
        Signal("L1.FIL.door", "L1.FIL", "Guard closed", "bool"),
        Signal("L1.FIL.product", "L1.FIL", "Product", "text"),
    ],
    relations=[
        Relation("P-101", "HDR", "connects_to"),
        Relation("P-102", "HDR", "connects_to"),
        Relation("L1.FIL", "HDR", "connects_to"),
    ],
)
PLANT = (
    Element("plant:/FIL", "Filler", "filler"),
    Element("plant:/FIL/lid", "Lid", "part", parent=0),
    Element("plant:/P101", "Pump", "pump"),
)
HOUSE = (
    Element("ifc:b", "House", "IfcBuilding"),
    Element("ifc:s1", "Level 1", "IfcBuildingStorey", parent=0, properties={"Elevation [m]": 0.25}),
    Element("ifc:s2", "Level 2", "IfcBuildingStorey", parent=0),
    Element(
        GUID,
        "Basic wall",
        "IfcWall",
        parent=1,
        properties={
            "Pset_WallCommon.IsExternal": True,
            "Pset_WallCommon.FireRating": "EI60",
            "BaseQuantities.Length [m]": 2.4,
            "Constraints.Offset": "1.5 m",
            "Wall width [m]": 0.417,
        },
    ),
    Element(
        "ifc:w2",
        "Inner wall",
        "IfcWallStandardCase",
        parent=2,
        properties={
            "Pset_WallCommon.IsExternal": False,
            "Pset_WallCommon.FireRating": "EI30",
            "BaseQuantities.Length [mm]": 2400.0,
        },
    ),
    Element(
        "ifc:duct",
        "Duct",
        "IfcDuctSegment",
        parent=2,
        system="Supply air 1",
        properties={"Area [m2]": 0.1, "Width [m]": 0.4},
    ),
    Element("ifc:damper", "Damper", "IfcDamper", parent=5),
)


def table_of(*elements: Element) -> ElementTable:
    files = write_package(Model("small", list(elements)))
    return read_elements(parse_manifest(files["manifest.json"]), files.__getitem__)


def inventory(*, read: bool = True) -> Inventory:
    parts = (Part("Plant", 0, table_of(*PLANT)), Part("House", 100, table_of(*HOUSE)))
    made = Inventory(TwinIndex(CATALOGUE), parts)
    for place, part in enumerate(parts if read else ()):
        made.learn(place, property_columns(part.elements.property_chunks()))
    return made


WHOLE = inventory()


def live() -> Live:
    table = SignalTable(CATALOGUE.signals)
    for name, value in {
        "P-101.out": 4.2,
        "P-102.out": 3.1,
        "P-102.in": 450.0,
        "P-101.temp": 80.0,
        "L1.FIL.state": 1,
        "L1.FIL.door": 1,
    }.items():
        table.write(np.array([table.index(name)]), np.array([value]), quality=0, times_ns=5)
    states = np.array([0, STATE_ALARM, STATE_GOOD, STATE_GOOD, 0, 0], np.uint8)
    return Live(table, states)


def found(text: str, *, read: bool = True) -> Found:
    return find(parse(text), inventory(read=read), live())


def keys(text: str) -> list[str]:
    return [inventory().keys[row] for row in found(text).rows]


# ---- reading ----------------------------------------------------------------------------------------


def test_a_query_is_read_into_its_conditions() -> None:
    query = parse('pump  -type:valve|"hand valve" pressure >= 4.50bar "fire rating"=EI60')
    assert query.terms == (
        Term("", "", (Value("pump"),), "pump"),
        Term(
            "type",
            ":",
            (Value("valve"), Value("hand valve")),
            'type:valve|"hand valve"',
            negated=True,
            known=True,
        ),
        Term("pressure", ">=", (Value("4.50bar", 4.5, 0.01, "bar"),), "pressure >= 4.50bar"),
        Term("fire rating", "=", (Value("EI60"),), '"fire rating"=EI60'),
    )
    assert query.words is None
    assert query.asks_properties


@pytest.mark.parametrize(
    ("text", "words"),
    [("", ()), ("  Pump 101 ", ("pump", "101")), ('"main  Drive"', ("main  drive",)), ("P-101", ("p-101",))],
)
def test_words_alone_are_told_from_conditions(text: str, words: tuple[str, ...]) -> None:
    assert parse(text).words == words
    assert not parse(text).asks_live


def test_a_quote_that_is_not_closed_reaches_to_the_end() -> None:
    assert parse('name:"two wor').terms[0].values == (Value("two wor"),)
    assert parse('"two wor').words == ("two wor",)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("pressure>abc", "expected a number after >, got 'abc'"),
        ("pressure>", "expected a value after >"),
        ("type: ", "expected a value after :"),
        ('name=""', "expected a value after ="),
        (">4", "expected the name of a property before >"),
        ("≤4", "expected the name of a property before ≤"),
        ("state:purple", "expected a state such as good, attention, alarm, got 'purple'"),
        ("a>1|x", "expected a number after >, got 'x'"),
        ("x<2019-05-01", "expected a number after <, got '2019-05-01'"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse(text)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("4", 4.0, ""),
        ("-4.5 bar", -4.5, "bar"),
        ("4,5", 4.5, ""),
        ("45,000", 45000.0, ""),
        ("1.234.567,5", 1234567.5, ""),
        ("1,234,567.5mm", 1234567.5, "mm"),
        (".5", 0.5, ""),
        ("1e-3m", 0.001, "m"),
        ("80°C", 80.0, "°C"),
        ("12%", 12.0, "%"),
        ("3 m³/h", 3.0, "m³/h"),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, number: float, unit: str) -> None:
    value = number_of(text)
    assert value.number == pytest.approx(number)
    assert value.unit == unit


@pytest.mark.parametrize("text", ["P-101", "abc", "1-2", "", "EI60", "1.2.3.x", "-"])
def test_what_is_no_number_is_text(text: str) -> None:
    assert number_of(text).number is None


def test_a_decimal_comma_is_german() -> None:
    try:
        use_language("de")
        assert number_of("4,500").number == 4.5
    finally:
        use_language("en")
    assert number_of("4,500").number == 4500


def test_a_state_is_known_by_its_beginning() -> None:
    assert state_codes("al") == state_codes("ALARM") == (STATE_ALARM,)
    assert state_codes("s") == (4, 6)


def test_units_are_converted_or_told_apart() -> None:
    assert converted(400, unit="kPa", to="bar") == pytest.approx(4)
    assert converted(212, unit="°F", to="Cel") == pytest.approx(100)
    assert converted(1, unit="in", to="mm") == pytest.approx(25.4)
    assert converted(1, unit="l/s", to="m3/h") == pytest.approx(3.6)
    assert converted(4, unit="bar", to="m") is None
    assert converted(4, unit="", to="m") == converted(4, unit="apples", to="m") == 4


PIECES = st.sampled_from(
    [
        '"',
        "-",
        ">",
        ">=",
        "!=",
        ":",
        "=",
        "|",
        "*",
        " ",
        "type",
        "pressure",
        "4",
        "bar",
        "state",
        "(",
        "\\",
        "楼层",
        ".",
    ]
)


@given(st.one_of(st.text(max_size=30), st.lists(PIECES, max_size=12).map("".join)))
def test_whatever_is_typed_is_read_and_answered_or_refused(text: str) -> None:
    try:
        query = parse(text)
    except BadInput:
        return
    rows = find(query, WHOLE, live()).rows
    assert len(np.unique(rows)) == len(rows) <= len(WHOLE)


# ---- answering --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pump", ["P-101", "P-102"]),
        ("pump vac", ["P-102"]),
        ("P-101", ["P-101"]),
        ("-pump tank", ["T-1"]),
        ("type:pump", ["P-101", "P-102"]),
        ("type=pump", ["P-101"]),
        ("TYPE:IfcWall", [GUID, "ifc:w2"]),
        ("type=ifcwall", [GUID]),
        ("type:ifcwall|tank", ["T-1", GUID, "ifc:w2"]),
        ("type:Ifc*Segment", ["ifc:duct"]),
        ("name:wall -name:inner", [GUID]),
        ("name=Tank", ["T-1"]),
        ('name:"vacuum pump"', ["P-102"]),
        (f"key={GUID}", [GUID]),
        ("id:P-10", ["P-101", "P-102"]),
        (GUID, [GUID]),
        ("2orwitj6zaw", [GUID]),
        ("system:supply", ["ifc:duct", "ifc:damper"]),
        ('system:"product header"', ["P-101", "P-102", "HDR"]),
        ("system:line", ["L1", "L1.FIL"]),
        ('storey:"level 2"', ["ifc:s2", "ifc:w2", "ifc:duct", "ifc:damper"]),
        ("storey:level type:wall", [GUID, "ifc:w2"]),
        ("model:house type:storey", ["ifc:s1", "ifc:s2"]),
        ("state:alarm", ["L1.FIL"]),
        ("typ:pump zustand:good", ["P-101", "P-102"]),
        ("楼层:2 类型:wall", ["ifc:w2"]),
        ("state:good|alarm type:pump", ["P-101", "P-102"]),
        ("state!=good type:pump|filler", ["L1.FIL"]),
        ("heads=42", ["L1.FIL"]),
        ("heads>40 heads<43", ["L1.FIL"]),
        ("isexternal=true", [GUID]),
        ("isExternal:no", ["ifc:w2"]),
        ("is_external=1", [GUID]),
        ("isexternal!=yes", ["ifc:w2"]),
        ("Pset_WallCommon.IsExternal=true", [GUID]),
        ('"Fire rating"=EI60', [GUID]),
        ("firerating:ei", [GUID, "ifc:w2"]),
        ("firerating!=EI30", [GUID]),
        ("firerating:*", [GUID, "ifc:w2"]),
        ("-firerating:* type:wall", []),
        ("length:* type:wall", [GUID, "ifc:w2"]),
        ("length=2400mm", [GUID, "ifc:w2"]),
        ("length>=2.4m", [GUID, "ifc:w2"]),
        ("length > 2 m", [GUID, "ifc:w2"]),
        ("length>2.4m", []),
        ("length<3bar", []),
        ("length>100", ["ifc:w2"]),
        ("offset>1.2", [GUID]),
        ("offset>1.2 offset<1600mm", [GUID]),
        ('"rated power">5', ["P-102"]),
        ("ratedpower<8000W", ["P-102"]),
        ("area:0.1", ["ifc:duct"]),
        ("width>0.3", ["ifc:duct"]),
        ("width>0.3 type:wall", [GUID]),
        ("lid", []),
        ("name:lid", []),
    ],
)
def test_a_query_is_answered_by(text: str, expected: list[str]) -> None:
    assert sorted(keys(text)) == sorted(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"discharge pressure">4', ["P-101"]),
        ("type:pump pressure>4", ["P-101", "P-102"]),
        ("pressure>4.3bar", ["P-102"]),
        ("pressure>400kPa", ["P-101", "P-102"]),
        ("temperature>=80", ["P-101"]),
        ("temperature>175°F", ["P-101"]),
        ("temperature!=80", []),
        ("mode=running", ["L1.FIL"]),
        ("mode:stop", []),
        ('"guard closed"=yes', ["L1.FIL"]),
        ("product:x", []),
    ],
)
def test_live_values_are_compared_by_the_names_of_signals(text: str, expected: list[str]) -> None:
    assert keys(text) == expected


def test_a_value_that_never_came_answers_nothing() -> None:
    search = parse("temperature>-1000")
    assert (
        len(find(search, inventory(), Live(SignalTable(CATALOGUE.signals), np.zeros(6, np.uint8))).rows) == 0
    )
    assert len(find(search, inventory(), None).rows) == 0


def test_what_a_word_was_taken_for_is_said() -> None:
    assert found("pressure>4").note == "“pressure” means Discharge pressure, Suction pressure."
    assert found("xyzzy>4").note == "Nothing here has a value called “xyzzy”."
    assert "did you mean “pressure”" in found("presure>4").note
    assert "did you mean “FireRating”" in found("FireRatng=1").note
    assert found("heads>40").note == ""


def test_before_the_properties_are_read_the_answer_says_so() -> None:
    assert found("isexternal=true", read=False).note == "Properties are still being read."
    assert not len(found("isexternal=true", read=False).rows)
    assert found("pump", read=False).note == ""


def test_the_best_name_stands_first_and_letters_in_order_do_when_nothing_else_does() -> None:
    assert keys("filler")[0] == "L1.FIL"
    assert keys("flr") == ["L1.FIL"]
    assert keys("zzz") == []


def test_everything_that_can_be_found_answers_an_empty_query() -> None:
    assert len(keys("")) == len(CATALOGUE.things) + len(HOUSE)


def test_a_negation_of_the_unknown_holds_everywhere() -> None:
    assert keys("-nonsense>4 type:tank") == ["T-1"]


# ---- the rows ---------------------------------------------------------------------------------------


def test_an_element_that_a_thing_draws_is_the_things_row() -> None:
    rows = inventory()
    filler, lid = rows.row_of("L1.FIL"), rows.row_of("plant:/FIL/lid")
    assert (rows.row_of("plant:/FIL"), rows.row_of("unheard of")) == (NOTHING, NOTHING)
    assert rows.is_thing(filler)
    assert rows.drawn[filler] == 0
    assert rows.drawn[rows.row_of("T-1")] == NOTHING
    assert (rows.is_thing(lid), rows.findable[lid], rows.drawn[lid]) == (False, False, 1)
    place = rows.element_row(rows.row_of("ifc:s1"))
    assert place is not None
    assert (place[0].name, place[1]) == ("House", 1)


def test_a_storey_lies_where_it_says_or_where_its_lowest_part_is() -> None:
    rows = inventory()
    assert rows.elevation(rows.row_of("ifc:s1")) == 0.25
    assert np.isnan(rows.elevation(rows.row_of("ifc:s2")))
    assert np.isnan(rows.elevation(rows.row_of("T-1")))


def test_a_thing_of_the_same_model_twice_is_drawn_where_it_stands_first() -> None:
    parts = (Part("A", 0, table_of(*HOUSE)), Part("B", 50, table_of(*HOUSE)))
    twin = TwinIndex(make_catalogue(1, things=[Thing(GUID, "Wall", "IfcWall", element=GUID)]))
    rows = Inventory(twin, parts)
    assert rows.drawn[0] == 3
    assert rows.model_names.of(0) == "A"
    assert rows.storey_names.of(0) == "Level 1"


def test_parts_of_a_line_belong_to_it_and_pipes_join_the_rest() -> None:
    twin = TwinIndex(CATALOGUE)
    named = [NOTHING if row == NOTHING else twin.catalogue.things[row].id for row in systems_of_things(twin)]
    assert named == ["L1", "L1", "HDR", "HDR", "HDR", NOTHING]


def test_names_are_the_same_in_any_spelling_and_guids_are_told_from_names() -> None:
    assert folded("Fire Rating") == folded("fire_rating") == folded("FIRE-RATING")
    assert is_opaque(GUID)
    assert is_opaque("{10A31B7E-8FC2-45EE-836A-1DB9FEF06E04}")
    assert not is_opaque("plant:/L1/FIL/a-rather-long-name")
    assert not is_opaque("P-101")


def test_an_empty_session_has_no_rows() -> None:
    empty = Inventory(TwinIndex(make_catalogue(0)))
    assert len(empty) == 0
    assert len(find(parse("x>1 state:alarm type:a y"), empty).rows) == 0
