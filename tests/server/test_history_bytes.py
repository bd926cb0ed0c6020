"""The past as bytes: one signal out of many encoded blocks, thinned and cut; damage is found."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkdown.blocks import pack_blocks
from walkdown.errors import HistoryError
from walkdown.signals import DTYPES, SignalTable
from walkdown.twin import GOOD, STALE, Kind, Signal
from walkdown_server.history import extraction as found
from walkdown_server.history import records
from walkdown_server.history.extraction import Interval, Place, Series
from walkdown_server.history.records import (
    LOG_MAGIC,
    TRAILER,
    Contents,
    Entry,
    Gathered,
    pack_batch,
    pack_header,
    pack_segment,
    read_contents,
    read_log,
    read_run,
)

SECOND = 1_000_000_000
CATALOGUE = bytes(range(32))
KINDS: tuple[Kind, ...] = ("f32", "f64", "i64", "enum", "bool")


def table_of(kind: Kind, count: int) -> SignalTable:
    return SignalTable(tuple(Signal(f"s{i}", "t", f"s{i}", kind=kind) for i in range(count)))


@given(
    kind=st.sampled_from(KINDS),
    count=st.integers(1, 300),
    shares=st.lists(st.sampled_from([0.005, 0.05, 0.3, 0.95, None]), min_size=1, max_size=12),
    seed=st.integers(0, 2**32 - 1),
)
def test_every_value_that_a_block_told_is_found_with_its_time_and_quality(
    kind: Kind, count: int, shares: list[float | None], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    table, gathered = table_of(kind, count), Gathered(CATALOGUE)
    row = int(rng.integers(count))
    expected: list[tuple[int, float, int]] = []
    for step, share in enumerate(shares):
        now_ns = (step + 1) * SECOND
        changed = np.ones(count, bool) if share is None else rng.random(count) < share
        ages_ns = rng.integers(0, 5, count) * 100_000_000 if step % 2 else np.zeros(count, np.int64)
        new = rng.integers(0, 2 if kind == "bool" else 200, count)
        rows = np.flatnonzero(changed)
        table.write(rows, new[rows], quality=rng.integers(0, 4, len(rows)), times_ns=now_ns - ages_ns[rows])
        numbers = np.unique(table.layout.block_of[rows])
        packed = pack_blocks(3, table, numbers, changed=None if share is None else changed, now_ns=now_ns)
        gathered.take(Entry(records.Kind.BLOCKS, now_ns, packed.data))
        if row in rows or (len(packed) and told_in_full(packed, table, row)):
            expected.append((int(table.times_ns[row]), float(table.value(row)), int(table.quality[row])))
    number = int(table.layout.block_of[row])
    block = table.blocks[number]
    run = gathered.run(number)
    place = Place(number, row - block.start, block.size, DTYPES[kind])
    series = found.NOTHING if run is None else found.series_of(run, place)
    got = list(zip(series.times_ns.tolist(), series.values.tolist(), series.quality.tolist(), strict=True))
    assert len(got) == len(expected)
    for (time_ns, value, quality), (told_ns, told, told_quality) in zip(got, expected, strict=True):
        assert (value, quality) == (told, told_quality) or (math.isnan(value) and math.isnan(told))
        assert told_ns == 0 or abs(time_ns - told_ns) <= 5_000_000


def told_in_full(packed: object, table: SignalTable, row: int) -> bool:
    number = int(table.layout.block_of[row])
    return any(n == number and data[4] == 0 for n, data in packed)  # type: ignore[attr-defined]


def test_a_value_that_came_right_after_another_is_later_although_ages_are_rounded() -> None:
    table, gathered, tick_ns = table_of("f32", 1), Gathered(CATALOGUE), SECOND
    for value, written_ns, told_ns in ((1.0, -3, 0), (2.0, 1, 58), (3.0, 59, 116)):
        times_ns, now_ns = tick_ns + written_ns * 1_000_000, tick_ns + told_ns * 1_000_000
        table.write(np.arange(1), np.array([value]), quality=GOOD, times_ns=times_ns)
        packed = pack_blocks(3, table, np.arange(1), changed=None, now_ns=now_ns)
        gathered.take(Entry(records.Kind.BLOCKS, now_ns, packed.data))
    run = gathered.run(0)
    assert run is not None
    series = found.in_order([found.series_of(run, Place(0, 0, 1, DTYPES["f32"]))])
    assert series.values.tolist() == [1.0, 2.0, 3.0]
    assert (np.diff(series.times_ns) > 0).all()


def test_the_value_that_held_at_the_start_of_an_interval_comes_first() -> None:
    series = Series(np.array([10, 20, 30]), np.array([1.0, 2.0, 3.0]), np.zeros(3, np.uint8))
    cut = found.cut(series, Interval(15, 25))
    assert cut.times_ns.tolist() == [15, 20]
    assert cut.values.tolist() == [1.0, 2.0]
    assert found.cut(series, Interval(20, 25)).times_ns.tolist() == [20]
    assert found.cut(series, Interval(1, 9)).times_ns.tolist() == []
    assert found.cut(series, Interval(40, 50)).values.tolist() == [3.0]


def test_thinning_keeps_both_ends_every_extreme_of_an_interval_and_an_interruption() -> None:
    times = np.arange(10_000) * SECOND
    values = np.sin(times / 3e11)
    values[1234], values[7000], values[5000] = 99.0, -99.0, np.nan
    thin = found.thinned(Series(times, values, np.zeros(10_000, np.uint8)), 100)
    assert len(thin.times_ns) <= 100
    assert {99.0, -99.0, values[0], values[-1]} <= set(thin.values.tolist())
    assert np.isnan(thin.values).sum() == 1
    assert (np.diff(thin.times_ns) > 0).all()


@pytest.mark.parametrize("points", [2, 3, 4, 5])
def test_thinning_to_a_few_points_keeps_to_them(points: int) -> None:
    series = Series(np.arange(50) * SECOND, np.arange(50.0), np.zeros(50, np.uint8))
    thin = found.thinned(series, points)
    assert 2 <= len(thin.times_ns) <= points
    assert thin.values[[0, -1]].tolist() == [0.0, 49.0]


def test_what_was_only_sent_again_is_there_once() -> None:
    again = Series(np.array([10, 10 + 9_000_000, SECOND]), np.array([1.0, 1.0, 1.0]), np.zeros(3, np.uint8))
    assert found.in_order([again]).times_ns.tolist() == [10, SECOND]


def test_a_past_that_was_interrupted_has_no_value_there() -> None:
    series = Series(np.array([10, 30]), np.array([1.0, 2.0]), np.full(2, GOOD, np.uint8))
    broken = found.broken_at(series, [19])
    assert np.isnan(broken.values[1])
    assert broken.quality.tolist() == [GOOD, STALE, GOOD]
    assert math.isnan(found.cut(broken, Interval(25, 40)).values[0])


def gathered_blocks() -> Gathered:
    table, gathered = table_of("f32", 600), Gathered(CATALOGUE)
    gathered.take(Entry(records.Kind.STARTED, SECOND, (5).to_bytes(8, "little")))
    gathered.take(Entry(records.Kind.PERSON, SECOND, b"\x07\x00ada"))
    for step in range(1, 30):
        table.write(np.arange(600), np.full(600, step), quality=GOOD, times_ns=step * SECOND)
        packed = pack_blocks(3, table, np.arange(3), changed=None, now_ns=step * SECOND)
        gathered.take(Entry(records.Kind.BLOCKS, step * SECOND, packed.data))
    return gathered


def opened(segment: bytes) -> Contents:
    size, checksum = TRAILER.unpack(segment[-TRAILER.size :])
    return read_contents(segment[-TRAILER.size - size : -TRAILER.size], checksum)


def test_a_segment_holds_what_was_gathered() -> None:
    gathered = gathered_blocks()
    segment = pack_segment(gathered)
    contents = opened(segment)
    assert (contents.first_ns, contents.last_ns) == (SECOND, 29 * SECOND)
    assert contents.ended == (5,)
    assert contents.people == ((SECOND, 7, "ada"),)
    numbers, offsets, sizes = (
        np.frombuffer(column, np.uint32).tolist()
        for column in (contents.numbers, contents.offsets, contents.sizes)
    )
    assert numbers == [0, 1, 2]
    for number, offset, size in zip(numbers, offsets, sizes, strict=True):
        run, same = read_run(segment[offset : offset + size], SECOND), gathered.run(number)
        assert same is not None
        assert run.data == same.data
        assert run.times_ns.tolist() == same.times_ns.tolist()


def test_a_flipped_byte_of_a_segment_changes_nothing_or_is_found() -> None:
    segment = bytearray(pack_segment(gathered_blocks()))
    contents = opened(bytes(segment))
    offset, size = (int.from_bytes(column[:4], "little") for column in (contents.offsets, contents.sizes))
    whole, caught = read_run(bytes(segment[offset : offset + size]), SECOND), 0
    for place in range(offset, offset + size):
        damaged = bytearray(segment)
        damaged[place] ^= 0x10
        try:
            assert read_run(bytes(damaged[offset : offset + size]), SECOND).data == whole.data
        except HistoryError:
            caught += 1
    assert caught > 0.9 * size
    segment[-TRAILER.size - 3] ^= 1
    with pytest.raises(HistoryError, match="checksum"):
        opened(bytes(segment))


def test_a_log_that_is_cut_at_any_byte_gives_every_whole_batch_before() -> None:
    batches = [pack_batch([Entry(records.Kind.POSES, step, bytes(step))]) for step in range(1, 20)]
    header = pack_header(LOG_MAGIC, CATALOGUE)
    log = header + b"".join(batches)
    ends = np.cumsum([len(header), *map(len, batches)]).tolist()
    for cut in range(len(header), len(log) + 1):
        catalogue, entries, end = read_log(log[:cut])
        whole = sum(stop <= cut for stop in ends) - 1
        assert (catalogue, len(entries), end) == (CATALOGUE, whole, ends[whole])
    with pytest.raises(HistoryError, match="expected"):
        read_log(b"something else" * 9)
