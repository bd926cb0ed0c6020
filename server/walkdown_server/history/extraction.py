"""One signal out of the encoded blocks in which it came, all updates at once.

Pure. The bytes are those of the wire (see ``docs/protocol.md``): of every update of a block it is found out
whether it names the row, and if so where its value, quality and age lie; all of it with a few numpy calls for
the whole run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import zstandard

from walkdown.codec import decompress
from walkdown.errors import HistoryError, ProtocolError
from walkdown.twin import STALE
from walkdown_server.history.records import BLOCK_HEADER, Run

LIST, BITMAP = 1, 2
QUALITY, AGES, ZSTD = 1, 2, 4
AGE_STEP_NS = 10_000_000
AGE_UNKNOWN = 65535
SAME_NS = 2 * AGE_STEP_NS
"""Ages come in steps: a value that is sent again may seem this much younger or older than it was."""

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]


class Series(NamedTuple):
    """Values of one signal, oldest first.

    Attributes:
        times_ns: (n,) int64 session time. values: (n,) float64, NaN where there is none. quality: (n,) uint8.
    """

    times_ns: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]
    quality: npt.NDArray[np.uint8]

    def where(self, chosen: npt.NDArray[np.generic] | slice) -> Series:
        """Return some of them."""
        return Series(self.times_ns[chosen], self.values[chosen], self.quality[chosen])


_NO_TIMES, _NO_SIZES = np.zeros(0, np.int64), np.zeros(0, np.uint32)
NOTHING = Series(np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.uint8))


class Interval(NamedTuple):
    """From when to when, both included, session time."""

    from_ns: int
    to_ns: int


class Place(NamedTuple):
    """Where a signal lies in the blocks of a catalogue: block number, row, signals of the block, type."""

    block: int
    row: int
    size: int
    dtype: np.dtype[np.generic]


class _Updates(NamedTuple):
    """Updates of one block in ``raw``: (n,) each; ``begin`` is where the payload starts."""

    raw: Bytes
    begin: Ints
    encoding: Bytes
    flags: Bytes


def between(runs: Sequence[Run], interval: Interval) -> Run:
    """Return the updates in an interval of runs that follow each other."""
    times_ns = np.concatenate([_NO_TIMES, *(run.times_ns for run in runs)])
    sizes = np.concatenate([_NO_SIZES, *(run.sizes for run in runs)])
    start, stop = np.searchsorted(times_ns, (interval.from_ns, interval.to_ns + 1)).tolist()
    ends = np.concatenate(([0], np.cumsum(sizes, dtype=np.int64)))
    data = b"".join([run.data for run in runs])[int(ends[start]) : int(ends[stop])]
    return Run(times_ns[start:stop], sizes[start:stop], data)


def series_of(run: Run, place: Place) -> Series:
    """Return the values of one row of a block, in the order in which they came.

    Raises:
        HistoryError: an update is not what the wire allows.
    """
    if not len(run.times_ns):
        return NOTHING
    try:
        return _series_of(run, place)
    except (IndexError, ProtocolError, zstandard.ZstdError) as error:
        raise HistoryError(f"an update of block {place.block} cannot be read ({error})") from error


def _series_of(run: Run, place: Place) -> Series:
    updates = _opened(run, place)
    named, count, at, prefix = _find_row(updates, place)
    raw, begin, flags = updates.raw, updates.begin[named], updates.flags[named]
    count, at, values = count[named], at[named], begin + prefix[named]
    width = place.dtype.itemsize
    planes = raw[values[:, None] + at[:, None] + count[:, None] * np.arange(width)]
    numbers = np.ascontiguousarray(planes).view(place.dtype).reshape(-1).astype(np.float64)
    end = values + count * width
    has_quality, has_ages = (flags & QUALITY) != 0, (flags & AGES) != 0
    quality = np.zeros(len(at), np.uint8)
    where = (end + (at >> 2))[has_quality]
    quality[has_quality] = raw[where] >> (2 * (at[has_quality] & 3)).astype(np.uint8) & 3
    end = end + np.where(has_quality, (count + 3) // 4, 0)
    ages = np.zeros(len(at), np.int64)
    where = (end + 2 * at)[has_ages]
    ages[has_ages] = raw[where] + (raw[where + 1].astype(np.int64) << 8)
    ages[ages == AGE_UNKNOWN] = 0  # it was so at that tick, and nobody knows since when
    return Series(_as_they_came(run.times_ns[named] - ages * AGE_STEP_NS), numbers, quality)


def _as_they_came(times_ns: Ints) -> Ints:
    """Return times that do not say of two values the reverse because their ages were rounded."""
    if len(times_ns) < 2:
        return times_ns
    before = np.maximum.accumulate(times_ns)[:-1]
    reversed_by = before - times_ns[1:]
    rounded = (reversed_by >= 0) & (reversed_by < AGE_STEP_NS)
    return np.append(times_ns[:1], np.where(rounded, before + 1, times_ns[1:]))


def _opened(run: Run, place: Place) -> _Updates:
    """Read the headers, and put what was compressed behind the rest."""
    raw = np.frombuffer(run.data, np.uint8)
    begin = np.cumsum(run.sizes, dtype=np.int64) - run.sizes
    encoding, flags = raw[begin + 4], raw[begin + 5]
    begin += BLOCK_HEADER.size
    packed = np.flatnonzero(flags & ZSTD)
    if len(packed):
        limit = 1 + place.size * (place.dtype.itemsize + 4)
        ends = np.cumsum(run.sizes, dtype=np.int64)[packed].tolist()
        spans = zip(begin[packed].tolist(), ends, strict=True)
        pieces = [decompress(run.data[start:stop], limit=limit) for start, stop in spans]
        lengths = np.array([len(piece) for piece in pieces], np.int64)
        begin[packed] = len(raw) + np.cumsum(lengths) - lengths
        raw = np.frombuffer(b"".join((run.data, *pieces)), np.uint8)
    return _Updates(raw, begin, encoding, flags)


def _find_row(updates: _Updates, place: Place) -> tuple[npt.NDArray[np.bool_], Ints, Ints, Ints]:
    """Return whether updates name the row, how many rows, it at which place, and in how many bytes."""
    raw, begin, encoding = updates.raw, updates.begin, updates.encoding
    row, size, total = place.row, place.size, len(begin)
    named = np.ones(total, bool)
    count, at, prefix = np.full(total, size), np.full(total, row), np.zeros(total, np.int64)
    listed = np.flatnonzero(encoding == LIST)
    if len(listed):
        counts = raw[begin[listed]].astype(np.int64)
        owner = np.repeat(np.arange(len(listed)), counts)
        inside = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
        hits = np.flatnonzero(raw[begin[listed][owner] + 1 + inside] == row)
        named[listed] = False
        named[listed[owner[hits]]] = True
        at[listed[owner[hits]]] = inside[hits]
        count[listed], prefix[listed] = counts, 1 + counts
    mapped = np.flatnonzero(encoding == BITMAP)
    if len(mapped):
        byte_count = (size + 7) // 8
        bits = np.unpackbits(
            raw[begin[mapped][:, None] + np.arange(byte_count)], axis=1, count=size, bitorder="little"
        )
        named[mapped] = bits[:, row] != 0
        at[mapped], count[mapped] = bits[:, :row].sum(1), bits.sum(1)
        prefix[mapped] = byte_count
    return named, count, at, prefix


def in_order(pieces: list[Series]) -> Series:
    """Return all pieces as one series in the order of time, without what was only sent again."""
    joined = Series(
        np.concatenate([piece.times_ns for piece in (NOTHING, *pieces)]),
        np.concatenate([piece.values for piece in (NOTHING, *pieces)]),
        np.concatenate([piece.quality for piece in (NOTHING, *pieces)]),
    )
    joined = joined.where(np.argsort(joined.times_ns, kind="stable"))
    if len(joined.times_ns) < 2:
        return joined
    times, values, quality = joined
    same = (values[1:] == values[:-1]) | (np.isnan(values[1:]) & np.isnan(values[:-1]))
    again = same & (quality[1:] == quality[:-1]) & (times[1:] - times[:-1] <= SAME_NS)
    return joined.where(np.concatenate(([True], ~again)))


def broken_at(series: Series, ended_ns: list[int]) -> Series:
    """Return a series that has no value right after these times: there the past was interrupted."""
    times = np.array(ended_ns, np.int64) + 1
    breaks = Series(times, np.full(len(times), np.nan), np.full(len(times), STALE, np.uint8))
    return in_order([breaks, series])


def cut(series: Series, interval: Interval) -> Series:
    """Return what lies in an interval, and first the value that held at its start."""
    from_ns, to_ns = interval
    start, stop = np.searchsorted(series.times_ns, (from_ns, to_ns + 1)).tolist()
    if start == 0 or (start < stop and series.times_ns[start] == from_ns):
        return series.where(slice(start, stop))
    held = series.where(slice(start - 1, stop))
    times = held.times_ns.copy()
    times[0] = from_ns
    return held._replace(times_ns=times)


def thinned(series: Series, points: int) -> Series:
    """Return at most so many points: first, last, and both extremes of each of equal intervals."""
    times = series.times_ns
    if len(times) <= points:
        return series
    missing = np.flatnonzero(~np.isfinite(series.values))[-(points // 4) :] if points > 3 else times[:0]
    buckets = (points - 2 - len(missing)) // 2
    chosen = {0, len(times) - 1, *missing.tolist()}
    if buckets > 0:
        chosen.update(_extremes(series, buckets).tolist())
    return series.where(np.array(sorted(chosen), np.intp))


def _extremes(series: Series, buckets: int) -> Ints:
    """Return where the lowest and the highest values of each of so many equal intervals stand."""
    passed_secs = (series.times_ns - series.times_ns[0]) / 1e9
    bucket = np.minimum(passed_secs / max(passed_secs[-1], 1e-9) * buckets, buckets - 1).astype(np.int64)
    finite = np.flatnonzero(np.isfinite(series.values))
    by_value = finite[np.lexsort((series.values[finite], bucket[finite]))]
    firsts = np.flatnonzero(np.diff(bucket[by_value], prepend=-1))
    lasts = np.append(firsts[1:], len(by_value)) - 1
    return np.concatenate((by_value[firsts], by_value[lasts]))
