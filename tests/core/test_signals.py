"""The table of newest values: laid out by the catalogue, written in many ways, read in one."""

from __future__ import annotations

import numpy as np
import pytest

from walkdown.signals import BLOCK_SIZE, SignalTable
from walkdown.twin import BAD, GOOD, KINDS, STALE, Kind, Signal, make_catalogue
from walkdown.twin import Thing as TwinThing


def table(**counts: int) -> SignalTable:
    signals = [
        Signal(f"{kind}{i}", "T", f"{kind} {i}", kind=kind)
        for kind in reversed(KINDS)
        for i in range(counts.get(kind, 0))
    ]
    return SignalTable(make_catalogue(1, things=[TwinThing("T", "thing")], signals=signals).signals)


def test_blocks_hold_one_kind_and_at_most_250() -> None:
    blocks = table(f32=251, enum=3, text=9).blocks
    assert [(b.kind, b.start, b.stop, b.row) for b in blocks] == [
        ("f32", 0, BLOCK_SIZE, 0),
        ("f32", BLOCK_SIZE, BLOCK_SIZE + 1, BLOCK_SIZE),
        ("enum", BLOCK_SIZE + 1, BLOCK_SIZE + 4, 0),
    ]


def test_every_signal_but_texts_is_in_the_block_that_covers_it() -> None:
    t = table(f32=251, bool=2, text=1)
    for index, number in enumerate(t.layout.block_of.tolist()):
        assert t.blocks[number].start <= index < t.blocks[number].stop
    assert t.layout.numeric == len(t.layout.block_of) == 253


@pytest.mark.parametrize(
    ("kind", "value"), [("f32", 1.5), ("f64", -2.25), ("i64", 2**40), ("enum", 7), ("bool", 1)]
)
def test_a_value_is_read_as_it_was_written(kind: Kind, value: float) -> None:
    t = table(f32=3, f64=3, i64=3, enum=3, bool=3)
    index = t.index(f"{kind}1")
    t.write(np.array([index]), np.array([value]), quality=GOOD, times_ns=5)
    assert t.value(index) == value
    assert (t.quality[index], t.times_ns[index]) == (GOOD, 5)


def test_before_the_first_value_everything_is_stale() -> None:
    t = table(f32=1, text=1)
    assert np.isnan(t.value(0))
    assert t.value(1) == ""
    assert (t.quality == STALE).all()


def test_writing_tells_what_changed() -> None:
    t = table(f32=3, enum=1)
    every = np.arange(4)
    assert t.write(every, np.array([1.0, 2.0, 3.0, 1.0]), quality=GOOD, times_ns=1).tolist() == [0, 1, 2, 3]
    assert t.write(every, np.array([1.0, 9.0, 3.0, 1.0]), quality=GOOD, times_ns=2).tolist() == [1]
    assert t.write(every, np.array([1.0, 9.0, 3.0, 1.0]), quality=[0, 0, BAD, 0], times_ns=3).tolist() == [2]


def test_a_nan_that_stays_a_nan_is_no_change() -> None:
    t = table(f32=1)
    t.write(np.array([0]), np.array([np.nan]), quality=GOOD, times_ns=1)
    assert not len(t.write(np.array([0]), np.array([np.nan]), quality=GOOD, times_ns=2))


def test_values_of_one_kind_are_put_where_the_indices_say() -> None:
    t = table(f32=260, enum=4)
    t.put("f32", np.array([250, 259]), np.array([4, 5], "<f4"), quality=BAD, times_ns=8)
    t.put("enum", np.array([263]), np.array([6], np.uint8), quality=[GOOD], times_ns=[9])
    assert [t.value(t.index(name)) for name in ("f32250", "f32259", "enum3")] == [4, 5, 6]
    assert [int(t.quality[i]) for i in (250, 259, 263)] == [BAD, BAD, GOOD]
    assert [int(t.times_ns[i]) for i in (250, 259, 263)] == [8, 8, 9]


def test_numbers_of_mixed_kinds_come_as_floats_and_texts_as_nan() -> None:
    t = table(f32=1, bool=1, text=1)
    t.write(np.array([0, 1]), np.array([2.5, 1]), quality=GOOD, times_ns=1)
    assert t.numbers(np.array([1, 0])).tolist() == [1.0, 2.5]
    assert np.isnan(t.numbers(np.array([2]))).all()


def test_one_write_may_name_signals_of_every_kind_in_any_order() -> None:
    t = table(f32=2, f64=2, i64=2, enum=2, bool=2)
    order = np.array([9, 0, 4, 7, 2, 5])
    t.write(order, np.array([1, 2.5, 3, 4, 5.5, 6]), quality=GOOD, times_ns=1)
    assert [t.value(i) for i in order.tolist()] == [1, 2.5, 3, 4, 5.5, 6]
    assert t.numbers(order).tolist() == [1, 2.5, 3, 4, 5.5, 6]
    assert not len(t.write(np.zeros(0, np.intp), np.zeros(0), quality=GOOD, times_ns=1))


def test_an_unknown_signal_has_no_index() -> None:
    with pytest.raises(KeyError):
        table(f32=1).index("nobody")
