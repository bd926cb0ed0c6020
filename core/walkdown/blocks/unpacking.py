"""Bytes of blocks to values, with every check that bytes from elsewhere need."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import zstandard

from walkdown.blocks.shape import (
    AGE_STEP_SECS,
    BLOCK_HEADER,
    ENCODING_BITMAP,
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
from walkdown.codec import decompress
from walkdown.errors import ProtocolError
from walkdown.ragged import Ragged, ragged
from walkdown.signals import DTYPES, Layout
from walkdown.twin import Kind

TIMES_MAX = 4
"""A section holds each value at most so often on average; a server has no reason to say one twice."""

F64 = npt.NDArray[np.float64]


class SignalValues(NamedTuple):
    """Newest values of signals of one kind.

    Attributes:
        indices: (n,) global signal indices. values: (n,) of the kind.
        quality: (n,) uint8. ages_secs: (n,) float64, age of each value when the tick was made.
    """

    kind: Kind
    indices: Ints
    values: npt.NDArray[np.generic]
    quality: Bytes
    ages_secs: F64


def unpack_blocks(payload: bytes | memoryview, layout: Layout, epoch: int) -> tuple[SignalValues, ...]:
    """Decode a SIGNALS section, all its blocks at once; those of another epoch are passed over.

    Of a signal that occurs twice the last value counts.

    Raises:
        ProtocolError: a block is cut, unknown, or longer than its kind allows.
    """
    heads = _read_heads(payload, len(layout.blocks), epoch)
    if not len(heads.number):
        return ()
    raw, heads = _uncompressed(payload, heads, layout)
    sizes = layout.sizes[heads.number]
    prefix, counts, bits = _read_counts(raw, heads, sizes)
    shape = Shape(prefix, counts, layout.widths[heads.number], heads.flags)
    parts = shape.parts(heads.begin)
    _check_lengths(heads, counts, parts)
    if counts.sum() > TIMES_MAX * layout.numeric:
        raise ProtocolError(
            f"a section of {len(counts)} blocks has {counts.sum()} values for {layout.numeric} signals"
        )
    reading = _Reading(raw, ragged(counts), shape, parts=parts)
    rows = reading.rows(heads.encoding, bits)
    wrong = rows >= sizes[reading.at.row]
    if wrong.any():
        size, row = int(sizes[reading.at.row][wrong][0]), int(rows[wrong][0])
        raise ProtocolError(f"a block has {size} values, row {row} is named")
    indices = layout.starts[heads.number][reading.at.row] + rows
    return reading.values_by_kind(layout, heads.number, indices)


class _Heads(NamedTuple):
    """What the headers of blocks say, and where each payload lies in the bytes; all (k,) intp."""

    number: Ints
    encoding: Ints
    flags: Ints
    begin: Ints
    length: Ints

    def first(self, wrong: Bits) -> tuple[int, ...]:
        """Return what is said of the first block that is wrong."""
        place = int(np.flatnonzero(wrong)[0])
        return tuple(int(column[place]) for column in self)


def _read_heads(payload: bytes | memoryview, block_count: int, epoch: int) -> _Heads:
    begin = _find_payloads(memoryview(payload))
    raw = np.frombuffer(payload, np.uint8)
    told = raw[(begin - HEADER_SIZE)[:, None] + np.arange(HEADER_SIZE)].view(BLOCK_HEADER).reshape(-1)
    number, encoding, flags, size = (
        told[name].astype(np.intp) for name in ("block", "encoding", "flags", "size")
    )
    heads = _Heads(number, encoding, flags, begin, size)
    if len(begin) and begin[-1] + heads.length[-1] > len(raw):
        there = len(raw) - int(begin[-1])
        raise ProtocolError(f"block {number[-1]} announces {size[-1]} bytes, {there} are there")
    ours = told["epoch"] == epoch & 0xFFFF
    if not ours.all():
        heads = _Heads(*(column[ours] for column in heads))
    wrong = heads.number >= block_count
    if wrong.any():
        unknown = heads.first(wrong)[0]
        raise ProtocolError(f"block {unknown} is not one of the {block_count} blocks of epoch {epoch}")
    return heads


def _find_payloads(view: memoryview) -> Ints:
    """Return where the payload of each block begins: the one thing that has to be read block by block."""
    begins, offset, size = [], 0, len(view)
    while offset < size:
        offset += HEADER_SIZE
        if offset > size:
            raise ProtocolError(
                f"the SIGNALS section ends inside a block header at byte {offset - HEADER_SIZE}"
            )
        begins.append(offset)
        offset += view[offset - 2] | view[offset - 1] << 8
    return np.array(begins, np.intp)


def _uncompressed(payload: bytes | memoryview, heads: _Heads, layout: Layout) -> tuple[Bytes, _Heads]:
    """Return the bytes with what was compressed behind them, and where each payload lies then."""
    packed = np.flatnonzero(heads.flags & FLAG_ZSTD)
    if not len(packed):
        return np.frombuffer(payload, np.uint8), heads
    view, reader = memoryview(payload), zstandard.ZstdDecompressor()
    limits = 1 + layout.sizes[heads.number] * (layout.widths[heads.number] + 4)
    most = TIMES_MAX * int((1 + layout.sizes * (layout.widths + 4)).sum())
    pieces, total = [], 0
    spans = zip(*(column[packed].tolist() for column in (heads.begin, heads.length, limits)), strict=True)
    for begin, length, limit in spans:
        pieces.append(decompress(view[begin : begin + length], limit=limit, reader=reader))
        total += len(pieces[-1])
        if total > most:
            raise ProtocolError(f"the compressed blocks of a section hold at most {most} bytes together")
    begin, length = heads.begin.copy(), heads.length.copy()
    length[packed] = [len(piece) for piece in pieces]
    begin[packed] = len(payload) + np.cumsum(length[packed]) - length[packed]
    return np.frombuffer(b"".join((payload, *pieces)), np.uint8), heads._replace(begin=begin, length=length)


def _read_counts(raw: Bytes, heads: _Heads, sizes: Ints) -> tuple[Ints, Ints, Bits]:
    """Return how many bytes name rows, how many values follow, and the bits (b, 256) of the bitmaps."""
    unknown = heads.encoding > ENCODING_BITMAP
    if unknown.any():
        raise ProtocolError(f"block encodings 0 to 2 are understood, this one is {heads.first(unknown)[1]}")
    listed, mapped = heads.encoding == ENCODING_LIST, heads.encoding == ENCODING_BITMAP
    prefix = np.select([listed, mapped], [1, (sizes + 7) // 8], 0)
    short = prefix > heads.length
    if short.any():
        size, needed, there = int(sizes[short][0]), int(prefix[short][0]), heads.first(short)[-1]
        noun = "bitmap" if mapped[short][0] else "list"
        raise ProtocolError(f"a {noun} of {size} values needs {needed} bytes, {there} are there")
    counts = sizes.copy()
    counts[listed] = raw[heads.begin[listed]]
    prefix[listed] += counts[listed]
    bits = np.zeros((0, 256), bool)
    if mapped.any():
        byte = np.minimum(heads.begin[mapped][:, None] + np.arange(32), len(raw) - 1)
        found = np.unpackbits(raw[byte], axis=1, bitorder="little").view(bool)
        bits = found & (np.arange(256) < sizes[mapped][:, None])
        counts[mapped] = bits.sum(1)
    return prefix, counts, bits


def _check_lengths(heads: _Heads, counts: Ints, parts: Parts) -> None:
    wrong = parts.end != heads.begin + heads.length
    if wrong.any():
        number, _, _, begin, length = heads.first(wrong)
        needed, count = int(parts.end[wrong][0]) - begin, int(counts[wrong][0])
        raise ProtocolError(f"block {number} with {count} values needs {needed} bytes, it has {length}")


class _Reading:
    """The bytes of a run of blocks whose parts have been found.

    Attributes:
        at: block and place of each value.
    """

    def __init__(self, raw: Bytes, at: Ragged, shape: Shape, *, parts: Parts) -> None:
        self._raw, self.at, self._shape, self._parts = raw, at, shape, parts

    def rows(self, encoding: Ints, bits: Bits) -> Ints:
        """Return the row of each value in its block."""
        rows, mine = self.at.place.copy(), encoding[self.at.row]
        listed = np.flatnonzero(mine == ENCODING_LIST)
        rows[listed] = self._raw[self._parts.rows[self.at.row[listed]] + 1 + rows[listed]]
        rows[mine == ENCODING_BITMAP] = np.nonzero(bits)[1]
        return rows

    def values_by_kind(self, layout: Layout, numbers: Ints, indices: Ints) -> tuple[SignalValues, ...]:
        quality, ages_secs = self._quality(), self._ages_secs()
        found = []
        for kind, (first, stop) in layout.spans.items():
            of_kind = (numbers >= first) & (numbers < stop)
            if of_kind.any():
                mine = slice(None) if of_kind.all() else np.flatnonzero(of_kind[self.at.row])
                values = self._values(mine, DTYPES[kind])
                found.append(SignalValues(kind, indices[mine], values, quality[mine], ages_secs[mine]))
        return tuple(found)

    def _values(self, mine: Ints | slice, dtype: np.dtype[np.generic]) -> npt.NDArray[np.generic]:
        row = self.at.row[mine]
        where, step = self._parts.values[row] + self.at.place[mine], self._shape.counts[row]
        planes = np.zeros((len(row), dtype.itemsize), np.uint8)
        for byte in range(dtype.itemsize):
            planes[:, byte] = self._raw[where + byte * step]
        return planes.view(dtype).reshape(-1)

    def _quality(self) -> Bytes:
        quality = np.zeros(len(self.at.row), np.uint8)
        mine = np.flatnonzero(self._shape.flags[self.at.row] & FLAG_QUALITY)
        place = self.at.place[mine]
        told = self._raw[self._parts.quality[self.at.row[mine]] + (place >> 2)]
        quality[mine] = told >> (2 * (place & 3)).astype(np.uint8) & 3
        return quality

    def _ages_secs(self) -> F64:
        ages = np.zeros(len(self.at.row))
        mine = np.flatnonzero(self._shape.flags[self.at.row] & FLAG_AGES)
        byte = self._parts.ages[self.at.row[mine]] + 2 * self.at.place[mine]
        ages[mine] = (self._raw[byte] + (self._raw[byte + 1].astype(np.intp) << 8)) * AGE_STEP_SECS
        return ages
