"""Numbers, units and ages as people write them."""

from __future__ import annotations

import math

import pytest

from tests.ui.plant import START_NS
from walkdown.i18n import use_language
from walkdown.twin import Signal
from walkdown_client.ui import words
from walkdown_client.ui.panels.top_bar import clock_text


@pytest.mark.parametrize(
    ("value", "decimals", "language", "text"),
    [
        (42180, 0, "en", "42,180"),
        (42180.5, 1, "de", "42.180,5"),
        (-0.04, 1, "en", "0.0"),
        (-3.25, 2, "zh_CN", "-3.25"),
        (math.nan, 1, "en", "—"),
        (math.inf, 0, "de", "—"),
    ],
)
def test_numbers_follow_the_language(value: float, decimals: int, language: str, text: str) -> None:
    use_language(language)
    assert words.number(value, decimals) == text


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("Cel", "°C"),
        ("m3/h", "m³/h"),
        ("kW.h", "kWh"),
        ("{bottle}/h", "bottle/h"),
        ("/min", "1/min"),
        ("1", ""),
        ("%", "%"),
        ("mm2", "mm²"),
        ("W/(m2.Cel)", "W/(m²·°C)"),
    ],
)
def test_units_are_written_as_people_do(code: str, text: str) -> None:
    assert words.unit(code) == text


@pytest.mark.parametrize(
    ("maximum", "digits"), [(50000, 0), (1000, 0), (999, 0), (100, 1), (10, 2), (1, 3), (0.001, 3)]
)
def test_decimals_fit_the_range(maximum: float, digits: int) -> None:
    assert words.decimals(Signal("s", "t", "S", maximum=maximum)) == digits


def test_every_kind_of_value_has_words() -> None:
    enum = Signal("s", "t", "S", "enum", labels=("Stopped", "Running"))
    assert words.value(enum, 1) == "Running"
    assert words.value(enum, 7) == "7"
    assert words.value(Signal("s", "t", "S", "bool"), 1) == "Yes"
    assert words.value(Signal("s", "t", "S", "bool", labels=("Open", "Closed")), 0) == "Open"
    assert words.value(Signal("s", "t", "S", "i64"), 1234567) == "1,234,567"
    assert words.value(Signal("s", "t", "S", "text"), "") == "—"
    assert words.value(Signal("s", "t", "S", maximum=20), math.nan) == "—"


@pytest.mark.parametrize(
    ("secs", "text"),
    [(0.4, "now"), (-1, "now"), (5, "5 s"), (400, "6 min"), (9000, "2 h"), (400000, "4 d"), (math.inf, "—")],
)
def test_ages_are_short(secs: float, text: str) -> None:
    assert words.age(secs) == text


def test_properties_have_as_many_decimals_as_they_need() -> None:
    assert [words.plain(fact) for fact in (500.0, 1.25, 2019, True, "IP65")] == [
        "500",
        "1.25",
        "2019",
        "Yes",
        "IP65",
    ]
    use_language("de")
    assert words.plain(12.5) == "12,5"


def test_sizes_and_times_are_rounded() -> None:
    assert words.size(12_400_000) == "12.4 MB"
    assert words.size(2_300) == "2 kB"
    assert words.milliseconds(0.0614) == "61 ms"
    assert words.milliseconds(math.nan) == "—"
    assert words.people(1) == "1 person"
    assert words.signals(1512) == "1,512 signals"


def test_the_clock_is_local_time_and_unknown_before_the_first_tick() -> None:
    assert clock_text(0) == "—"
    assert len(clock_text(START_NS)) == 8
