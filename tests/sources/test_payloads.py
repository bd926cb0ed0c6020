"""Payloads as plants send them become values, or a reason."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from walkdown.twin import KINDS
from walkdown_server.sources.payloads import MAX_PAYLOAD_BYTES, Format, Reading, Unusable, read_payload

NUMBER, WHOLE, SWITCH, TEXT = (Format(kind) for kind in ("f32", "i64", "bool", "text"))
STATE = Format("enum", labels=("stopped", "running"))
DEEP = Format("f64", path=("sensors", "1", "t"))


@pytest.mark.parametrize(
    ("data", "form", "value"),
    [
        (b"23.5", NUMBER, 23.5),
        (b" -1e3\n", NUMBER, -1000.0),
        (b"+7", NUMBER, 7.0),
        (b"007", NUMBER, 7.0),
        (b'"42"', NUMBER, 42.0),
        (b'{"value": 5}', NUMBER, 5.0),
        (b'{"v": "6.5", "unit": "bar"}', NUMBER, 6.5),
        (b"true", NUMBER, 1.0),
        (b'{"sensors": [{"t": 1}, {"t": 2.25}]}', DEEP, 2.25),
        (b"50", Format("f32", scale=0.1, offset=-40.0), -35.0),
        (b"12", WHOLE, 12),
        (b"12.0", WHOLE, 12),
        (b"-9223372036854775808", WHOLE, -(2**63)),
        (b"on", SWITCH, 1),
        (b"False", SWITCH, 0),
        (b"1", SWITCH, 1),
        (b"running", STATE, 1),
        (b"0", STATE, 0),
        (b'{"value": "stopped"}', STATE, 0),
        (b"batch 7", TEXT, "batch 7"),
        (b'"quoted"', TEXT, "quoted"),
        (b"12.5", TEXT, "12.5"),
    ],
)
def test_a_usable_payload_becomes_its_value(data: bytes, form: Format, value: object) -> None:
    assert read_payload(data, form) == Reading(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("data", "form", "reason"),
    [
        (b"", NUMBER, "'' holds no number"),
        (b"warm", NUMBER, "'warm' holds no number"),
        (b"nan", NUMBER, "holds no number"),
        (b"Infinity", NUMBER, "holds no number"),
        (b"1e999", NUMBER, "holds no number"),
        (b"1_000", NUMBER, "holds no number"),
        (b"0x10", NUMBER, "holds no number"),
        (b"[1, 2]", NUMBER, "holds no number"),
        (b"null", NUMBER, "nothing at value"),
        (b"{}", NUMBER, "nothing at value"),
        (b'{"value": null}', NUMBER, "nothing at value"),
        (b'{"value": 1', NUMBER, "damaged JSON"),
        (b"\xff\xfe\x00", NUMBER, "neither text nor JSON"),
        (b"[" * 50_000, NUMBER, "damaged JSON"),
        (b" " * (MAX_PAYLOAD_BYTES + 1), NUMBER, "may have 65536 bytes, but has 65537"),
        (b'{"sensors": []}', DEEP, "nothing at sensors.1.t"),
        (b'{"sensors": 5}', DEEP, "nothing at sensors.1.t"),
        (b"1.5", WHOLE, "holds no number"),
        (b"9223372036854775808", WHOLE, "holds no number"),
        (b"perhaps", SWITCH, "holds no true or false"),
        (b"2", SWITCH, "holds no true or false"),
        (b"walking", STATE, "holds no state"),
        (b"256", STATE, "holds no state"),
        (b'{"value": {}}', TEXT, "holds no text"),
        (b"x" * 100 + b"!", NUMBER, "…"),
    ],
)
def test_what_is_of_no_use_says_why(data: bytes, form: Format, reason: str) -> None:
    result = read_payload(data, form)
    assert isinstance(result, Unusable)
    assert reason in result.reason


@pytest.mark.parametrize(
    ("time", "time_ns"),
    [
        (1_700_000_000, 1_700_000_000_000_000_000),
        (1_700_000_000_123, 1_700_000_000_123_000_000),
        (1_700_000_000_123_456, 1_700_000_000_123_456_000),
        (1_700_000_000_123_456_789, 1_700_000_000_123_456_789),
        ("2023-11-14T22:13:20+00:00", 1_700_000_000_000_000_000),
        ("2023-11-14 22:13:20", 1_700_000_000_000_000_000),
        ("2023-11-14T22:13:20.5Z", 1_700_000_000_500_000_000),
        ("yesterday", None),
        (-1, None),
        (True, None),
        (None, None),
    ],
)
def test_the_time_of_a_payload_is_read_in_any_usual_form(time: object, time_ns: int | None) -> None:
    data = json.dumps({"value": 1, "at": time}).encode()
    assert read_payload(data, Format("f32", time_path=("at",))) == Reading(1.0, time_ns)


@settings(max_examples=60)
@given(st.binary(max_size=200) | st.text(max_size=60).map(str.encode), st.sampled_from(KINDS))
def test_no_payload_raises(data: bytes, kind: str) -> None:
    form = Format(kind, labels=("a", "b"), time_path=("t",))  # type: ignore[arg-type]
    assert isinstance(read_payload(data, form), Reading | Unusable)
