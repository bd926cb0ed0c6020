"""The file of evidence says all by itself, and one from strangers is read within bounds."""

from __future__ import annotations

import json

import numpy as np
import pytest

from walkdown.errors import BadInput
from walkdown.review import evidence
from walkdown.review.evidence import (
    EvidenceFile,
    EvidenceSignal,
    EvidenceTopic,
    Series,
    columns,
    moment,
    pack_evidence,
    unpack_evidence,
)

MADE_NS = 1_772_439_330_120_000_000
NAN = float("nan")


def written(*signals: EvidenceSignal) -> EvidenceFile:
    made = moment(MADE_NS)
    return EvidenceFile(
        "Hall 3",
        "complete",
        EvidenceTopic("t", 7),
        made=made,
        written=made,
        begin=made,
        end=made,
        signals=signals,
    )


def signal_of(values: list[float], *, single: bool = False) -> EvidenceSignal:
    times = MADE_NS + np.arange(len(values)) * 1000 - 1000
    series = Series(times, np.array(values), np.zeros(len(values), np.uint8))
    after, numbers, quality = columns(series, made_ns=MADE_NS, single=single)
    return EvidenceSignal("p", "Pressure", "P-1", "Pump", after_ns=after, values=numbers, quality=quality)


def test_what_is_written_is_read_again() -> None:
    file = written(signal_of([1.5, NAN, -2e9]))
    again = unpack_evidence(pack_evidence(file))
    assert again == file
    times, values, quality = again.signals[0].series(MADE_NS)
    assert times.tolist() == [MADE_NS - 1000, MADE_NS, MADE_NS + 1000]
    assert np.array_equal(values, [1.5, NAN, -2e9], equal_nan=True)
    assert quality.dtype == np.uint8


def test_the_file_is_plain_json_with_both_kinds_of_time_and_no_value_as_null() -> None:
    plain = json.loads(pack_evidence(written(signal_of([1.5, NAN]))))
    assert plain["format"] == "walkdown.evidence.1"
    assert plain["made"] == {"ns": MADE_NS, "utc": "2026-03-02T08:15:30.120000Z"}
    assert plain["signals"][0]["values"] == [1.5, None]
    assert plain["qualities"] == ["good", "stale", "bad", "simulated"]


def test_numbers_of_single_precision_have_the_digits_that_they_have() -> None:
    values = [float(np.float32(value)) for value in (3.3, 0.001, -98765432.1, 0.0)]
    assert signal_of(values, single=True).values == (3.3, 0.001, -98765430.0, 0.0)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "this is no evidence"),
        (b"[" * 100_000, "this is no evidence"),
        (b'{"format": "walkdown.evidence.2"}', "this is no evidence"),
        (b"\xff\xfe", "this is no evidence"),
        (b" " * (evidence.SIZE_MAX + 1), "at most 33554432 are read"),
    ],
)
def test_what_is_no_evidence_is_refused_with_a_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        unpack_evidence(data)


def test_columns_of_different_lengths_are_damage() -> None:
    plain = json.loads(pack_evidence(written(signal_of([1.5, 2.5]))))
    del plain["signals"][0]["values"][1]
    with pytest.raises(BadInput, match="p has 2 times, 1 values and 2 qualities"):
        unpack_evidence(json.dumps(plain).encode())
