"""Blocks of a table to bytes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import zstandard

from walkdown.blocks.shape import (
    AGE_STEP_SECS,
    BLOCK_HEADER,
    ENCODING_BITMAP,
    ENCODING_FULL,
    ENCODING_LIST,
    FLAG_AGES,
    FLAG_QUALITY,
    FLAG_ZSTD,
    HEADER_SIZE,
    Bits,
    Bytes,
    Ints,
    Parts,
    Shape,
)
from walkdown.ragged import Ragged, ragged
from walkdown.signals import Layout, SignalTable

FULL_ABOVE = 0.9
"""Above this share of changed values all are named."""
ZSTD_FROM_BYTES = 512
"""A smaller payload shrinks by less than a fifth, and takes as long."""
ZSTD_BELOW = 0.9

_AGE_STEP_NS = round(AGE_STEP_SECS * 1e9)
_AGE_MAX = 65535

# One context: it is used by one thread only, the server's loop.
_compress: Callable[[bytes], bytes] = zstandard.ZstdCompressor(level=1).compress


@dataclass(frozen=True)
class PackedBlocks:
    """Encoded blocks, one right after the other.

    Attributes:
        numbers: (k,) ascending. data: their bytes. ends: (k,) where each ends in them.
    """

    numbers: Ints
    data: bytes
    ends: Ints

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.numbers)

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Yield number and bytes of each."""
        yield from zip(self.numbers.tolist(), self.each, strict=True)

    @cached_property
    def each(self) -> list[bytes]:
        """The bytes of each."""
        return [self.data[a:b] for a, b in itertools.pairwise((0, *self.ends.tolist()))]

    def only(self, wanted: Bits) -> bytes:
        """Return the bytes of those whose number is set in ``wanted``, (number of blocks) bool."""
        chosen = wanted[self.numbers]
        if chosen.all():
            return self.data
        return b"".join([self.each[place] for place in np.flatnonzero(chosen).tolist()])


NO_BLOCKS = PackedBlocks(np.zeros(0, np.intp), b"", np.zeros(0, np.intp))


def pack_blocks(
    epoch: int, table: SignalTable, numbers: Ints, *, changed: Bits | None, now_ns: int
) -> PackedBlocks:
    """Encode blocks of a table, each in the encoding that its share of changed values deserves.

    Args:
        epoch: of the catalogue. numbers: (k,) of the blocks, ascending.
        changed: (number of signals) bool, which values are sent; None for all.
        now_ns: session time of the frame, from which ages count.
    """
    if not len(numbers):
        return NO_BLOCKS
    chosen = _choose(table.layout, numbers, changed)
    at = ragged(chosen.counts)
    quality = table.quality[chosen.signals]
    ages = (now_ns - table.times_ns[chosen.signals] + _AGE_STEP_NS // 2) // _AGE_STEP_NS
    ages = ages.clip(0, _AGE_MAX)
    flags = FLAG_QUALITY * _any(quality, at, len(numbers)) + FLAG_AGES * _any(ages, at, len(numbers))
    shape = Shape(chosen.prefix, chosen.counts, table.layout.widths[numbers], flags)
    lengths = shape.parts(np.zeros_like(flags)).end
    begin = np.cumsum(lengths + HEADER_SIZE) - lengths
    writing = _Writing(chosen, at, shape, parts=shape.parts(begin))
    writing.put_heads((epoch & 0xFFFF, numbers, chosen.encoding, flags, lengths))
    writing.put_rows(chosen.signals - table.layout.starts[numbers][at.row])
    writing.put_values(table)
    writing.put_quality(quality)
    writing.put_ages(ages)
    return _compressed(numbers, writing.out.tobytes(), ends=writing.parts.end, lengths=lengths)


def _any(found: npt.NDArray[np.generic], at: Ragged, count: int) -> Ints:
    """Return (count,) 1 where a row has anything but zeros."""
    return np.bincount(at.row[found != 0], minlength=count).clip(0, 1)


class _Chosen(NamedTuple):
    """What is sent of each block: encoding, bytes that name rows, count (k,), and all signals (m,)."""

    encoding: Ints
    prefix: Ints
    counts: Ints
    signals: Ints


def _choose(layout: Layout, numbers: Ints, changed: Bits | None) -> _Chosen:
    sizes = layout.sizes[numbers]
    if changed is None:
        at, none = ragged(sizes), np.zeros(len(numbers), np.intp)
        return _Chosen(none, none, sizes, layout.starts[numbers][at.row] + at.place)
    place = np.full(len(layout.blocks), -1)
    place[numbers] = np.arange(len(numbers))
    signals = np.flatnonzero(changed[: layout.numeric])
    row = place[layout.block_of[signals]]
    signals, row = signals[row >= 0], row[row >= 0]
    counts = np.bincount(row, minlength=len(numbers))
    full, few = counts > FULL_ABOVE * sizes, counts * 8 < sizes
    if full.any():
        at = ragged(sizes[full])
        whole = layout.starts[numbers][full][at.row] + at.place
        signals = np.sort(np.concatenate([signals[~full[row]], whole]))
        counts = np.where(full, sizes, counts)
    encoding = np.select([full, few], [ENCODING_FULL, ENCODING_LIST], ENCODING_BITMAP)
    prefix = np.select([full, few], [0, 1 + counts], (sizes + 7) // 8)
    return _Chosen(encoding, prefix, counts, signals)


class _Writing:
    """The bytes of a run of blocks while they are put together.

    Attributes:
        out: the bytes. parts: where the parts of each block begin in them.
    """

    def __init__(self, chosen: _Chosen, at: Ragged, shape: Shape, *, parts: Parts) -> None:
        self._chosen, self._at, self._shape, self.parts = chosen, at, shape, parts
        self.out: Bytes = np.zeros(int(parts.end[-1]), np.uint8)

    def put_heads(self, columns: tuple[npt.ArrayLike, ...]) -> None:
        heads = np.zeros(len(self.parts.rows), BLOCK_HEADER)
        for name, column in zip(BLOCK_HEADER.names or (), columns, strict=True):
            heads[name] = column
        begin = self.parts.rows - HEADER_SIZE
        self.out[begin[:, None] + np.arange(HEADER_SIZE)] = heads.view(np.uint8).reshape(-1, HEADER_SIZE)

    def put_rows(self, rows: Ints) -> None:
        """Name the rows of each block: none, listed, or a bit for each."""
        begin, row, place = self.parts.rows, self._at.row, self._at.place
        listed = self._chosen.encoding == ENCODING_LIST
        mapped = self._chosen.encoding == ENCODING_BITMAP
        if listed.any():
            self.out[begin[listed]] = self._shape.counts[listed]
            mine = listed[row]
            self.out[(begin[row] + 1 + place)[mine]] = rows[mine]
        if mapped.any():
            mine = mapped[row]
            byte = begin[row[mine]] + (rows[mine] >> 3)
            np.add.at(self.out, byte, np.left_shift(1, rows[mine] & 7).astype(np.uint8))

    def put_values(self, table: SignalTable) -> None:
        """Put the values, byte-shuffled: signals stand ordered by kind, so each kind is a span of them."""
        signals, row = self._chosen.signals, self._at.row
        where, step = self.parts.values[row] + self._at.place, self._shape.counts[row]
        for kind, column in table.values.items():
            first = table.first(kind)
            a, b = np.searchsorted(signals, (first, first + len(column))).tolist()
            if a == b:
                continue
            planes = column[signals[a:b] - first].view(np.uint8).reshape(b - a, -1)
            for byte in range(planes.shape[1]):
                self.out[where[a:b] + byte * step[a:b]] = planes[:, byte]

    def put_quality(self, quality: Bytes) -> None:
        told = np.flatnonzero(quality)
        place = self._at.place[told]
        byte = self.parts.quality[self._at.row[told]] + (place >> 2)
        np.add.at(self.out, byte, (quality[told] & 3) << (2 * (place & 3)).astype(np.uint8))

    def put_ages(self, ages: npt.NDArray[np.int64]) -> None:
        mine = np.flatnonzero(self._shape.flags[self._at.row] & FLAG_AGES)
        byte = self.parts.ages[self._at.row[mine]] + 2 * self._at.place[mine]
        self.out[byte] = ages[mine] & 0xFF
        self.out[byte + 1] = ages[mine] >> 8


def _compressed(numbers: Ints, data: bytes, *, ends: Ints, lengths: Ints) -> PackedBlocks:
    """Compress the payloads that are worth it; they are few, or the change is great."""
    large = np.flatnonzero(lengths >= ZSTD_FROM_BYTES)
    pieces: list[bytes] = []
    done, saved = 0, np.zeros(len(numbers), np.intp)
    for place, end, length in zip(large.tolist(), ends[large].tolist(), lengths[large].tolist(), strict=True):
        smaller = _compress(data[end - length : end])
        if len(smaller) < ZSTD_BELOW * length:
            head = np.frombuffer(data, BLOCK_HEADER, 1, end - length - HEADER_SIZE).copy()
            head["flags"] |= FLAG_ZSTD
            head["size"] = len(smaller)
            pieces += [data[done : end - length - HEADER_SIZE], head.tobytes(), smaller]
            done, saved[place] = end, length - len(smaller)
    if not pieces:
        return PackedBlocks(numbers, data, ends)
    pieces.append(data[done:])
    return PackedBlocks(numbers, b"".join(pieces), ends - np.cumsum(saved))
