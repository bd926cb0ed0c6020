"""The newest value of every signal, in arrays by kind, in blocks of 250.

Both ends hold one :class:`SignalTable`, laid out by the catalogue alone: its signals stand ordered by
kind, each kind has one array, and every 250 signals of one kind are a *block*, the unit of encoding and
of subscription. Blocks are numbered through all kinds but text, whose values travel as messages.
"""

from __future__ import annotations

from collections.abc import Sequence
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


def layout_blocks(signals: Sequence[Signal]) -> tuple[Block, ...]:
    """Cut the catalogue's signals into blocks; the text signals at its end have none."""
    blocks: list[Block] = []
    begin = 0
    for kind in KINDS[:-1]:
        count = sum(1 for s in signals if s.kind == kind)
        for row in range(0, count, BLOCK_SIZE):
            stop = min(row + BLOCK_SIZE, count)
            blocks.append(Block(kind, begin + row, begin + stop, row))
        begin += count
    return tuple(blocks)


class SignalTable:
    """Newest values of all signals.

    Attributes:
        values: one array per kind (text apart), NaN or 0 before the first value.
        texts: (number of text signals) list of str.
        quality: (n,) uint8 over all signals, STALE before the first value.
        times_ns: (n,) int64 session time of each value, 0 before the first.
        blocks: the layout.
    """

    def __init__(self, signals: Sequence[Signal]) -> None:
        self.signals = tuple(signals)
        self.blocks = layout_blocks(self.signals)
        counts = {kind: sum(1 for s in self.signals if s.kind == kind) for kind in KINDS}
        self.values: dict[Kind, Values] = {
            kind: np.full(counts[kind], np.nan if kind in ("f32", "f64") else 0, DTYPES[kind])
            for kind in KINDS[:-1]
        }
        self.texts = [""] * counts["text"]
        self.quality = np.full(len(self.signals), STALE, np.uint8)
        self.times_ns = np.zeros(len(self.signals), np.int64)
        starts: list[int] = np.cumsum([0, *counts.values()]).tolist()
        self._first: dict[Kind, int] = dict(zip(KINDS, starts, strict=False))
        self._index = {s.id: i for i, s in enumerate(self.signals)}
        self.block_of = np.full(len(self.signals), -1, np.int32)
        for number, block in enumerate(self.blocks):
            self.block_of[block.start : block.stop] = number

    def index(self, signal_id: str) -> int:
        """Return the global index of a signal.

        Raises:
            KeyError: there is none of that id.
        """
        return self._index[signal_id]

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
        for kind in KINDS[:-1]:
            first = self._first[kind]
            mine = (indices >= first) & (indices < first + len(self.values[kind]))
            out[mine] = self.values[kind][indices[mine] - first].astype(np.float64)
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
        for kind in KINDS[:-1]:
            first, column = self._first[kind], self.values[kind]
            mine = np.flatnonzero((indices >= first) & (indices < first + len(column)))
            if not len(mine):
                continue
            rows = indices[mine] - first
            new = values[mine].astype(column.dtype)
            changed[mine] = new.view(f"V{new.itemsize}") != column[rows].view(f"V{new.itemsize}")
            column[rows] = new
        new_quality = np.broadcast_to(np.asarray(quality, np.uint8), (len(indices),))
        changed |= self.quality[indices] != new_quality
        self.quality[indices] = new_quality
        self.times_ns[indices] = times_ns
        return np.asarray(indices[changed])

    def write_block(
        self,
        number: int,
        rows: npt.NDArray[np.intp],
        values: npt.NDArray[np.generic],
        *,
        quality: npt.ArrayLike,
        times_ns: npt.ArrayLike,
    ) -> None:
        """Store newest values of one block.

        Args:
            number: the block's number.
            rows: (k,) positions inside the block.
            values: (k,) of the block's kind.
            quality: scalar or (k,) uint8.
            times_ns: scalar or (k,) int64 session time of the values.
        """
        block = self.blocks[number]
        self.values[block.kind][block.row + rows] = values
        self.quality[block.start + rows] = quality
        self.times_ns[block.start + rows] = times_ns
