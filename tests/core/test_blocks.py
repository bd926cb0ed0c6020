"""Many blocks at once are, byte by byte, what one block after the other would be."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core import single_block
from tests.core.single_block import (
    ENCODING_BITMAP,
    ENCODING_FULL,
    ENCODING_LIST,
    FLAG_AGES,
    FLAG_QUALITY,
    FLAG_ZSTD,
    HEADER,
    pack_block,
)
from walkdown.blocks import NO_BLOCKS, SignalValues, pack_blocks, unpack_blocks
from walkdown.blocks.unpacking import TIMES_MAX
from walkdown.errors import ProtocolError
from walkdown.signals import DTYPES, Layout, SignalTable
from walkdown.twin import BAD, KINDS, Kind, Signal

STEP_NS = 10_000_000
NOW_NS = 10**15
NUMBER_KINDS = KINDS[:-1]


def table_of(**counts: int) -> SignalTable:
    return SignalTable(
        [Signal(f"{kind}{i}", "T", "s", kind=kind) for kind in KINDS for i in range(counts.get(kind, 0))]
    )


TWO = table_of(f32=2)
MANY = table_of(f32=251, enum=3)


@dataclass(frozen=True)
class Case:
    """A table, which of its values change and which of its blocks are sent."""

    table: SignalTable
    changed: npt.NDArray[np.bool_] | None
    numbers: npt.NDArray[np.intp]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    counts = {kind: draw(st.sampled_from([0, 1, 9, 250, 251, 600])) for kind in NUMBER_KINDS}
    table = table_of(**counts, text=draw(st.integers(0, 2)))
    chance = np.random.default_rng(draw(st.integers(0, 2**32)))
    for kind, column in table.values.items():
        noise = chance.integers(0, 256, column.nbytes, np.uint8)
        column[:] = noise.view(DTYPES[kind]) if draw(st.booleans()) else 7
    count = len(table.signals)
    worst = draw(st.sampled_from([1, 4]))
    table.quality[:] = chance.integers(0, worst, count)
    steps = chance.integers(0, draw(st.sampled_from([1, 20, 70_000])), count)
    table.times_ns[:] = NOW_NS - STEP_NS * steps
    share = draw(st.sampled_from([None, 0.0, 0.004, 0.1, 0.5, 0.95, 1.0]))
    changed = None if share is None else chance.random(count) < share
    sent = chance.random(len(table.blocks)) < draw(st.sampled_from([0.3, 1.0]))
    return Case(table, changed, np.flatnonzero(sent))


def one_by_one(case: Case) -> list[bytes]:
    table = case.table
    packed = []
    for number in case.numbers.tolist():
        block = table.blocks[number]
        span = slice(block.start, block.stop)
        packed.append(
            pack_block(
                70_001,
                number,
                table.values[block.kind][block.rows],
                changed=None if case.changed is None else case.changed[span],
                quality=table.quality[span],
                ages_secs=(NOW_NS - table.times_ns[span]) / 1e9,
            )
        )
    return packed


def joined(found: tuple[SignalValues, ...], kind: Kind) -> list[npt.NDArray[np.generic]]:
    parts = [part for part in found if part.kind == kind]
    assert len(parts) <= 1
    return list(parts[0][1:]) if parts else [np.zeros(0)] * 4


@settings(deadline=None)
@given(cases())
def test_any_changes_become_the_bytes_of_one_block_after_the_other(case: Case) -> None:
    packed = pack_blocks(70_001, case.table, case.numbers, changed=case.changed, now_ns=NOW_NS)
    assert dict(packed) == dict(zip(case.numbers.tolist(), one_by_one(case), strict=True))
    assert packed.data == b"".join(packed.each)


@settings(deadline=None)
@given(cases())
def test_any_blocks_are_read_as_one_block_after_the_other(case: Case) -> None:
    data = b"".join(one_by_one(case))
    found = unpack_blocks(data, case.table.layout, 70_001)
    single = list(single_block.unpack_blocks(data, case.table.blocks, 70_001))
    for kind in NUMBER_KINDS:
        mine = [update for update in single if case.table.blocks[update.block].kind == kind]
        indices, values, quality, ages = joined(found, kind)
        starts = [case.table.blocks[update.block].start for update in mine]
        every = [start + update.rows for start, update in zip(starts, mine, strict=True)]
        assert indices.tolist() == [i for part in every for i in part.tolist()]
        assert values.tobytes() == b"".join(update.values.tobytes() for update in mine)
        assert quality.tolist() == [q for update in mine for q in update.quality.tolist()]
        assert ages.tolist() == [age for update in mine for age in update.ages_secs.tolist()]


@settings(deadline=None)
@given(cases())
def test_a_table_that_takes_what_was_sent_is_the_same_where_something_changed(case: Case) -> None:
    data = pack_blocks(1, case.table, case.numbers, changed=case.changed, now_ns=NOW_NS).data
    mine = SignalTable(case.table.signals, case.table.layout)
    for found in unpack_blocks(data, mine.layout, 1):
        mine.put(found.kind, found.indices, found.values, quality=found.quality, times_ns=0)
    count = case.table.layout.numeric
    sent = np.isin(case.table.layout.block_of, case.numbers)
    if case.changed is not None:
        sent &= case.changed[:count]
    for kind, column in case.table.values.items():
        first = case.table.first(kind)
        told = sent[first : first + len(column)]
        assert mine.values[kind][told].tobytes() == column[told].tobytes()
    assert mine.quality[:count][sent].tolist() == case.table.quality[:count][sent].tolist()


@settings(deadline=None)
@given(st.data())
def test_a_flipped_byte_is_what_it_is_for_one_block_after_the_other(data: st.DataObject) -> None:
    case = data.draw(cases())
    payload = bytearray(b"".join(one_by_one(case)))
    if not payload:
        return
    place = data.draw(st.integers(0, len(payload) - 1))
    payload[place] ^= data.draw(st.integers(1, 255))
    expected: int | None = None
    with contextlib.suppress(ProtocolError):
        blocks = single_block.unpack_blocks(bytes(payload), case.table.blocks, 70_001)
        expected = sum(len(update.rows) for update in blocks)
    if expected is None:
        with pytest.raises(ProtocolError):
            unpack_blocks(bytes(payload), case.table.layout, 70_001)
    else:
        found = unpack_blocks(bytes(payload), case.table.layout, 70_001)
        assert sum(len(part.indices) for part in found) == expected


@given(st.binary(max_size=300))
def test_any_bytes_are_values_or_a_protocol_error(data: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        unpack_blocks(data, MANY.layout, 1)


def head_of(changed: int, *, quality: int = 0, ages_ns: int = 0) -> tuple[int, ...]:
    table = table_of(f32=250)
    table.values["f32"][:] = np.random.default_rng(1).random(250)
    table.quality[:] = quality
    table.times_ns[:] = NOW_NS - ages_ns
    packed = pack_blocks(1, table, np.array([0]), changed=np.arange(250) < changed, now_ns=NOW_NS)
    return HEADER.unpack_from(packed.data)


@pytest.mark.parametrize(
    ("changed", "encoding"),
    [(1, ENCODING_LIST), (20, ENCODING_LIST), (60, ENCODING_BITMAP), (240, ENCODING_FULL)],
)
def test_the_share_of_changes_chooses_the_encoding(changed: int, encoding: int) -> None:
    assert head_of(changed)[2] == encoding


def test_good_values_that_are_new_say_neither_quality_nor_age() -> None:
    assert head_of(20)[3] == 0
    assert head_of(20, quality=BAD)[3] == FLAG_QUALITY
    assert head_of(20, ages_ns=STEP_NS)[3] == FLAG_AGES


def test_equal_values_are_compressed_and_small_blocks_never() -> None:
    table = table_of(f32=500)
    table.values["f32"][:] = 1
    packed = pack_blocks(1, table, np.array([0, 1]), changed=None, now_ns=0)
    assert [HEADER.unpack_from(data)[3] & FLAG_ZSTD for _, data in packed] == [FLAG_ZSTD] * 2
    assert len(packed.data) < 150
    assert head_of(20)[3] & FLAG_ZSTD == 0


def test_only_the_wanted_blocks_are_joined() -> None:
    packed = pack_blocks(1, MANY, np.arange(3), changed=None, now_ns=0)
    wanted = np.array([True, False, True])
    assert packed.only(wanted) == packed.each[0] + packed.each[2]
    assert packed.only(np.ones(3, bool)) == packed.data
    assert NO_BLOCKS.only(wanted) == b""


def test_blocks_of_another_epoch_are_passed_over() -> None:
    one, two = (pack_blocks(epoch, TWO, np.array([0]), changed=None, now_ns=0).data for epoch in (1, 2))
    assert len(unpack_blocks(one + two, TWO.layout, 2)[0].indices) == 2
    assert unpack_blocks(one, TWO.layout, 3) == ()


def test_of_a_signal_that_occurs_twice_the_last_value_counts() -> None:
    table = table_of(f32=2)
    blocks = []
    for value in (1, 2):
        table.values["f32"][:] = value
        blocks.append(pack_blocks(1, table, np.array([0]), changed=None, now_ns=0).data)
    (found,) = unpack_blocks(b"".join(blocks), table.layout, 1)
    table.put(found.kind, found.indices, found.values, quality=found.quality, times_ns=0)
    assert table.values["f32"].tolist() == [2, 2]


@pytest.mark.parametrize(
    ("header", "body", "words"),
    [
        ((1, 5, 0, 0, 0), b"", "block 5 is not one of the 1"),
        ((1, 0, 0, 0, 9), b"1234", "announces 9 bytes, 4 are there"),
        ((1, 0, 3, 0, 0), b"", "encodings 0 to 2"),
        ((1, 0, 0, 0, 5), b"12345", "needs 8 bytes, it has 5"),
        ((1, 0, 1, 0, 6), b"\x01\x07abcd", "has 2 values, row 7 is named"),
        ((1, 0, 1, 0, 0), b"", "a list of 2 values needs 1 bytes, 0 are there"),
        ((1, 0, 2, 0, 0), b"", "a bitmap of 2 values needs 1 bytes"),
        ((1, 0, 0, 4, 3), b"abc", "cannot be read"),
    ],
)
def test_a_wrong_block_is_refused_in_words(header: tuple[int, ...], body: bytes, words: str) -> None:
    with pytest.raises(ProtocolError, match=words):
        unpack_blocks(HEADER.pack(*header) + body, TWO.layout, 1)


def test_half_a_header_is_refused_with_its_place() -> None:
    whole = pack_blocks(1, TWO, np.array([0]), changed=None, now_ns=0).data
    with pytest.raises(ProtocolError, match=f"inside a block header at byte {len(whole)}"):
        unpack_blocks(whole + b"123", TWO.layout, 1)


def test_a_small_block_that_would_unpack_to_much_is_refused_before_it_does() -> None:
    bomb = zstandard.ZstdCompressor().compress(bytes(50_000_000))
    header = HEADER.pack(1, 0, ENCODING_FULL, FLAG_ZSTD, len(bomb))
    with pytest.raises(ProtocolError, match="announces 50000000"):
        unpack_blocks(header + bomb, MANY.layout, 1)


def test_many_small_blocks_that_would_unpack_to_much_are_refused() -> None:
    layout = Layout([Signal(str(i), "T", "s", kind="f64") for i in range(250)])
    body = zstandard.ZstdCompressor().compress(bytes(250 * 8))
    block = HEADER.pack(1, 0, ENCODING_FULL, FLAG_ZSTD, len(body)) + body
    assert len(unpack_blocks(block * TIMES_MAX, layout, 1)[0].indices) == TIMES_MAX * 250
    with pytest.raises(ProtocolError, match="hold at most 12004 bytes"):
        unpack_blocks(block * 1000, layout, 1)


def test_a_section_that_says_everything_again_and_again_is_refused() -> None:
    block = pack_blocks(1, TWO, np.array([0]), changed=None, now_ns=0).data
    with pytest.raises(ProtocolError, match="a section of 5 blocks has 10 values for 2 signals"):
        unpack_blocks(block * 5, TWO.layout, 1)
