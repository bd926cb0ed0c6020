"""What was so: values of a signal, and poses, in an interval, through restarts and other catalogues.

Each block is written in full once in ``KEY_SECS``, so that a value is known that did not change in an
interval; as far back a read looks. Everything here may run in any thread.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Iterator

import msgspec
import numpy as np
import numpy.typing as npt

from walkdown.codec import decompress
from walkdown.errors import HistoryError, ProtocolError
from walkdown.signals import DTYPES, SignalTable
from walkdown.twin import Signal
from walkdown_server.history.extraction import (
    NOTHING,
    Interval,
    Place,
    Series,
    between,
    broken_at,
    cut,
    in_order,
    series_of,
    thinned,
)
from walkdown_server.history.poses import heads
from walkdown_server.history.records import POSES_RUN, Run
from walkdown_server.history.ring import Piece, Ring, Segment

KEY_SECS = 60.0
LOOK_BACK_NS = int(1.25e9 * KEY_SECS)
CATALOGUE_SIZE_MAX = 1 << 30

Poses = list[tuple[int, npt.NDArray[np.void]]]
"""(session time, records of ``POSE``) of those who had moved."""

_log = logging.getLogger(__name__)


class _Listed(msgspec.Struct, frozen=True):
    """Of a catalogue what says where a signal lies."""

    signals: tuple[Signal, ...] = ()


class Reading:
    """Reads from a ring.

    Args:
        ring: where. catalogue: hash of the present catalogue. table: laid out by it.
    """

    def __init__(self, ring: Ring, *, catalogue: bytes, table: SignalTable) -> None:
        self._ring = ring
        self._tables: dict[bytes, SignalTable | None] = {catalogue: table}
        self._lock = threading.Lock()

    def series(self, signal: str, interval: Interval, *, points: int | None = None) -> Series:
        """Return the values of a signal in an interval, by its id; first the one that held at its start.

        Args:
            points: at most so many, the extremes among them; None for all.

        Where the past was interrupted there is a point without a value (NaN). Texts have no past.
        """
        wider = Interval(interval.from_ns - LOOK_BACK_NS, interval.to_ns)
        pieces = list(self._overlapping(wider))
        found = [self._from(group, signal, wider) for group in _by_catalogue(pieces)]
        ended = [ended_ns for piece in pieces for ended_ns in piece.ended]
        if not any(len(each.times_ns) for each in found):
            return NOTHING
        series = cut(broken_at(in_order(found), ended), interval)
        return series if points is None else thinned(series, points)

    def broken(self, interval: Interval) -> list[int]:
        """Return the times in an interval from which on there was no past for a while, in order."""
        ended = {time_ns for piece in self._ring.pieces() for time_ns in piece.ended}
        return sorted(time_ns for time_ns in ended if interval.from_ns <= time_ns <= interval.to_ns)

    def poses(self, interval: Interval) -> Poses:
        """Return who had moved when, heads only, oldest first."""
        found: Poses = []
        for piece in self._overlapping(interval):
            run = self._run(piece, POSES_RUN)
            if run is None:
                continue
            mine = between([run], interval)
            ends = np.cumsum(mine.sizes).tolist()
            for time_ns, start, stop in zip(mine.times_ns.tolist(), [0, *ends], ends, strict=False):
                found.append((time_ns, heads(mine.data[start:stop])))
        return found

    def people(self, interval: Interval) -> dict[int, str]:
        """Return the author ids of person numbers that were given in or before an interval."""
        known: dict[int, str] = {}
        for piece in self._overlapping(interval):
            known |= {
                person: author for since_ns, person, author in piece.people if since_ns <= interval.to_ns
            }
        return known

    # ---- inside -----------------------------------------------------------------------------------------

    def _overlapping(self, interval: Interval) -> Iterator[Piece]:
        for piece in self._ring.pieces():
            if piece.first_ns <= interval.to_ns and piece.last_ns >= interval.from_ns:
                yield piece

    def _from(self, pieces: list[Piece], signal: str, interval: Interval) -> Series:
        """Return what pieces with the same catalogue, one after the other, know of a signal."""
        place = self._place(pieces[0].catalogue, signal)
        if place is None:
            return NOTHING
        for piece in pieces:
            if isinstance(piece, Segment):
                piece.expect(place.block)
        runs = [run for piece in pieces if (run := self._run(piece, place.block)) is not None]
        try:
            return series_of(between(runs, interval), place)
        except HistoryError as error:
            _log.warning("a piece of the past is damaged and left out: %s", error)
            return NOTHING

    def _run(self, piece: Piece, number: int) -> Run | None:
        try:
            return self._ring.run(piece, number)
        except FileNotFoundError:
            return None  # it was the oldest, and has just gone
        except (HistoryError, OSError) as error:
            _log.warning("a piece of the past is damaged and left out: %s", error)
            return None

    def _place(self, catalogue: bytes, signal: str) -> Place | None:
        table = self._table(catalogue)
        if table is None:
            return None
        try:
            index = table.index(signal)
        except KeyError:
            return None
        if index >= table.first("text"):
            return None
        number = int(table.layout.block_of[index])
        block = table.blocks[number]
        return Place(number, index - block.start, block.size, DTYPES[block.kind])

    def _table(self, catalogue: bytes) -> SignalTable | None:
        with self._lock:
            if catalogue not in self._tables:
                self._tables[catalogue] = self._read_table(catalogue)
            return self._tables[catalogue]

    def _read_table(self, catalogue: bytes) -> SignalTable | None:
        try:
            raw = decompress(self._ring.catalogue_bytes(catalogue), limit=CATALOGUE_SIZE_MAX)
            return SignalTable(msgspec.msgpack.decode(raw, type=_Listed).signals)
        except (OSError, ProtocolError, msgspec.MsgspecError) as error:
            _log.warning("an earlier catalogue cannot be read, and so not what its signals were: %s", error)
            return None


def _by_catalogue(pieces: list[Piece]) -> Iterator[list[Piece]]:
    """Yield pieces that follow each other and have the same catalogue."""
    for _catalogue, group in itertools.groupby(pieces, lambda piece: piece.catalogue):
        yield list(group)
