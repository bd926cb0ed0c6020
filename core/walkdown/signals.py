"""The newest value of every signal, in arrays by kind, in blocks of 250.

Both ends hold one :class:`SignalTable`, laid out by the catalogue alone: its signals stand ordered by
kind, each kind has one array, and every 250 signals of one kind are a *block*, the unit of encoding and
of subscription. Blocks are numbered through all kinds but text, whose values travel as messages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.twin import KINDS, STALE, Kind, Signal

BLOCK_SIZE = 250
"""Signals in a block, at most: an index in a block fits a byte."""

DTYPES: dict[Kind, np.dtype[np.generic]] = {
    "f32": np.dtype("<f4"),
    "f64": np.dtype("<f8"),
    "i64": np.dtype("<i8"),
    "enum": np.dtype("u1"),
    "bool": np.dtype("u1"),
}
"""What travels for one value of each kind."""

_BITS: dict[int, np.dtype[np.unsignedinteger]] = {
    1: np.dtype("u1"),
    4: np.dtype("<u4"),
    8: np.dtype("<u8"),
}
"""What values of so many bytes are compared as: a NaN is the same as itself."""

Values = npt.NDArray[np.generic]


@dataclass(frozen=True, slots=True)
class Block:
    """Where one block lies: global signal indices ``start`` to ``stop`` and rows of its kind's array."""

    kind: Kind
    start: int
    stop: int
    row: int

    @property
    def size(self) -> int:
        """How many signals it has."""
        return self.stop - self.start

    @property
    def rows(self) -> slice:
        """Its rows in the array of its kind."""
        return slice(self.row, self.row + self.size)


class Layout:
    """Where all blocks of a catalogue lie, one by one and as columns; signals stand ordered by kind.

    Attributes:
        counts: signals of each kind. first: global index of the first signal of each kind.
        blocks: the layout.
        starts, sizes, widths: (b,) intp, first global index, signals and bytes of a value of each block.
        numeric: how many signals have blocks; they stand before the texts.
        block_of: (numeric,) intp, the block of each signal.
        spans: numbers of the blocks of each kind, from and to.
    """

    def __init__(self, signals: Sequence[Signal]) -> None:
        found = Counter(s.kind for s in signals)
        self.counts: dict[Kind, int] = {kind: found[kind] for kind in KINDS}
        self.first: dict[Kind, int] = {}
        self.spans: dict[Kind, tuple[int, int]] = {}
        blocks: list[Block] = []
        begin = 0
        for kind in KINDS:
            self.first[kind] = begin
            if kind != "text":
                before, count = len(blocks), self.counts[kind]
                for row in range(0, count, BLOCK_SIZE):
                    stop = min(row + BLOCK_SIZE, count)
                    blocks.append(Block(kind, begin + row, begin + stop, row))
                self.spans[kind] = before, len(blocks)
            begin += self.counts[kind]
        self.blocks = tuple(blocks)
        self.starts = np.array([block.start for block in blocks], np.intp)
        self.sizes = np.array([block.size for block in blocks], np.intp)
        self.widths = np.array([DTYPES[block.kind].itemsize for block in blocks], np.intp)
        self.numeric = self.first["text"]
        self.block_of = np.repeat(np.arange(len(blocks)), self.sizes)


class SignalTable:
    """Newest values of all signals.

    Attributes:
        values: one array per kind (text apart), NaN or 0 before the first value.
        texts: (number of text signals) list of str.
        quality: (n,) uint8 over all signals, STALE before the first value.
        times_ns: (n,) int64 session time of each value, 0 before the first.
        layout: where the blocks lie.
    """

    def __init__(self, signals: Sequence[Signal], layout: Layout | None = None) -> None:
        self.signals = tuple(signals)
        self.layout = layout or Layout(self.signals)
        counts, self._first = self.layout.counts, self.layout.first
        self.values: dict[Kind, Values] = {
            kind: np.full(counts[kind], np.nan if kind in ("f32", "f64") else 0, DTYPES[kind])
            for kind in KINDS[:-1]
        }
        self.texts = [""] * counts["text"]
        self.quality = np.full(len(self.signals), STALE, np.uint8)
        self.times_ns = np.zeros(len(self.signals), np.int64)
        self._index = {s.id: i for i, s in enumerate(self.signals)}

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks one by one."""
        return self.layout.blocks

    def index(self, signal_id: str) -> int:
        """Return the global index of a signal.

        Raises:
            KeyError: there is none of that id.
        """
        return self._index[signal_id]

    def blocks_of(self, signal_ids: Iterable[str]) -> tuple[int, ...]:
        """Return the numbers of the blocks that hold these signals; texts and unknown ones have none."""
        found = (self._index.get(signal_id, len(self.signals)) for signal_id in signal_ids)
        return tuple(sorted({int(self.layout.block_of[i]) for i in found if i < self.layout.numeric}))

    def first(self, kind: Kind) -> int:
        """Return the global index of the first signal of a kind."""
        return self._first[kind]

    def value(self, index: int) -> float | int | str:
        """Return the newest value of one signal as a Python number or text."""
        kind = self.signals[index].kind
        row = index - self._first[kind]
        return self.texts[row] if kind == "text" else self.values[kind][row].item()

    def numbers(self, indices: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
        """Return (n,) float64 of signals of any numeric kind, NaN for texts."""
        out = np.full(len(indices), np.nan)
        for kind, mine in self._by_kind(indices):
            out[mine] = self.values[kind][indices[mine] - self._first[kind]]
        return out

    def write(
        self,
        indices: npt.NDArray[np.intp],
        values: npt.NDArray[np.generic],
        *,
        quality: npt.ArrayLike,
        times_ns: npt.ArrayLike,
    ) -> npt.NDArray[np.intp]:
        """Store newest values of numeric signals and return the indices whose value or quality changed.

        Args:
            indices: (n,) global signal indices, no text signals among them.
            values: (n,) numbers; each is converted to its signal's kind.
            quality: scalar or (n,) uint8.
            times_ns: scalar or (n,) int64 session time of the values.
        """
        changed = np.zeros(len(indices), bool)
        for kind, mine in self._by_kind(indices):
            column, rows = self.values[kind], indices[mine] - self._first[kind]
            new, bits = values[mine].astype(column.dtype), _BITS[column.dtype.itemsize]
            changed[mine] = new.view(bits) != column[rows].view(bits)
            column[rows] = new
        new_quality = np.broadcast_to(np.asarray(quality, np.uint8), (len(indices),))
        changed |= self.quality[indices] != new_quality
        self.quality[indices] = new_quality
        self.times_ns[indices] = times_ns
        return np.asarray(indices[changed])

    def put(
        self,
        kind: Kind,
        indices: npt.NDArray[np.intp],
        values: npt.NDArray[np.generic],
        *,
        quality: npt.ArrayLike,
        times_ns: npt.ArrayLike,
    ) -> None:
        """Store newest values of signals of one kind; of one that is named twice the last counts.

        Args:
            kind: any but text. indices: (k,) global signal indices of that kind.
            values: (k,) of the kind's type. quality: scalar or (k,) uint8.
            times_ns: scalar or (k,) int64 session time of the values.
        """
        self.values[kind][indices - self._first[kind]] = values
        self.quality[indices] = quality
        self.times_ns[indices] = times_ns

    def _by_kind(self, indices: npt.NDArray[np.intp]) -> Iterator[tuple[Kind, npt.NDArray[np.intp] | slice]]:
        """Yield which of the indices belong to each numeric kind; usually all are of one."""
        if not len(indices):
            return
        lowest, highest = int(indices.min()), int(indices.max())
        for kind, column in self.values.items():
            first = self._first[kind]
            stop = first + len(column)
            if first <= lowest and highest < stop:
                yield kind, slice(None)
            elif lowest < stop and first <= highest:
                mine = np.flatnonzero((indices >= first) & (indices < stop))
                if len(mine):
                    yield kind, mine
