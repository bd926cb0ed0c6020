"""Levels over a floor, in squares around a person, worked out a little at a time.

What is slow, how much of each source reaches each square, is kept until walls or sources move; what changes
all the time, how loud the sources are, costs one product of matrices. Sources that are drowned by others even
without walls are not followed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown_client.audio.noise import (
    EAR_M,
    QUIETEST_DB,
    NoiseSources,
    free_field,
    levels_db,
    transmission_from,
)
from walkdown_client.audio.reverb import constant_of
from walkdown_client.audio.space import Space

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

CELL_M, CELLS = 2.0, 48
STRIDE_M = 16.0
"""The map moves in steps of this, when the person has come so near to its edge."""

PAIRS_AT_ONCE = 120
"""Squares that are looked at from one source in a step: about 5 ms."""

NEAR_SQUARES = 300
"""So many squares are brought to an end before those that are farther away."""

DROWNED_DB = 25.0
"""So much below all others together, and a source is not followed."""

MOVED_M, LOUDER_DB, FLOOR_M = 0.5, 1.0, 0.5
"""What has moved or changed less is as it was: a source, its sound power, the floor."""

_SILENCE = 1.0
"""0 dB."""


@dataclass(frozen=True, slots=True, eq=False)
class NoiseField:
    """A map as it can be drawn.

    Attributes:
        low: (2,) x and y of the outer corner of the first square, metres, site frame. floor_m: z.
        levels_db: (rows, columns) float32 dB(A), rows towards y; NaN where not yet known.
    """

    low: F64
    floor_m: float
    levels_db: F32
    cell_m: float = CELL_M


class NoiseMap:
    """The squares around one place.

    Attributes:
        pairs: how many pairs of a source and a square have been looked at so far.
    """

    def __init__(self) -> None:
        self.pairs = 0
        self._low, self._floor_m = np.full(2, np.nan), 0.0
        self._points, self._nearest_first = np.zeros((0, 3)), np.zeros(0, np.intp)
        self._space = Space()
        self._space_key: tuple[int, int] = (0, -1)
        self._positions, self._powers_db = np.zeros((0, 3)), np.zeros(0)
        self._shares = np.zeros((0, 0), np.float32)
        self._answers = self._shares
        self._known = self._fresh = self._counts = np.zeros((0, 0), bool)
        self._answers_fresh = False

    def aim(self, around: npt.ArrayLike, *, floor_m: float) -> None:
        """Lay the map around a place (x, y, …), metres, site frame, over a floor."""
        here = np.asarray(around, np.float64)[:2]
        half = CELL_M * CELLS / 2
        gone = np.abs(here - (self._low + half)).max() if len(self._points) else np.inf
        level = abs(floor_m - self._floor_m) < FLOOR_M
        if gone <= STRIDE_M and level:
            return
        low = np.round(here / STRIDE_M) * STRIDE_M - half
        steps = (np.arange(CELLS) + 0.5) * CELL_M
        y, x = np.meshgrid(low[1] + steps, low[0] + steps, indexing="ij")
        self._points = np.stack([x.ravel(), y.ravel(), np.full(x.size, floor_m + EAR_M)], 1)
        self._nearest_first = np.argsort(np.abs(self._points[:, :2] - here).max(1), kind="stable")
        self._move(np.rint((low - self._low) / CELL_M) if level else np.full(2, np.nan))
        self._low, self._floor_m = low, floor_m

    def use(self, space: Space) -> None:
        """Take the walls and rooms as they are now; what is known is kept until it is looked at again."""
        key = id(space), space.revision
        if key != self._space_key:
            self._space, self._space_key = space, key
            self._fresh[:] = False
            self._answers_fresh = False

    def work(self, sources: NoiseSources, *, pairs: int = PAIRS_AT_ONCE) -> bool:
        """Look at some more squares, unknown ones first; tells whether something is left to do."""
        self._follow(sources)
        old = self._counts & ~self._fresh
        unknown = old & ~self._known
        wanted = unknown if unknown.any() else old
        order = self._nearest_first
        nearest = order[wanted.any(0)[order]][:NEAR_SQUARES]
        if not len(nearest):
            return False
        row = int(wanted[:, nearest].sum(1).argmax())
        squares = nearest[wanted[row, nearest]][:pairs]
        self.pairs += len(squares)
        self._shares[row, squares] = transmission_from(
            self._positions[row], self._points[squares], self._space
        )
        self._known[row, squares] = self._fresh[row, squares] = True
        return len(squares) < int(old.sum())

    def field(self, sources: NoiseSources) -> NoiseField:
        """Return the levels now; squares that wait for a source that counts are NaN."""
        self._follow(sources)
        shares = np.where(self._known, self._shares, self._answers)
        levels = np.maximum(levels_db(shares, sources.powers_db), QUIETEST_DB)
        levels[(self._counts & ~self._known).any(0)] = np.nan
        return NoiseField(self._low, self._floor_m, levels.astype(np.float32).reshape(CELLS, CELLS))

    def _move(self, cells: F64) -> None:
        """Keep what is known of squares that are still on the map, which moves by (x, y) cells."""
        count = len(self._positions)
        shares, known, fresh = self._shares, self._known, self._fresh
        self._forget(count)
        if count and np.isfinite(cells).all() and (np.abs(cells) < CELLS).all():
            x, y = cells.astype(int).tolist()
            taken = slice(max(y, 0), CELLS + min(y, 0)), slice(max(x, 0), CELLS + min(x, 0))
            given = slice(max(-y, 0), CELLS + min(-y, 0)), slice(max(-x, 0), CELLS + min(-x, 0))
            for before, now in ((shares, self._shares), (known, self._known), (fresh, self._fresh)):
                grid = now.reshape(count, CELLS, CELLS)
                grid[:, *given] = before.reshape(count, CELLS, CELLS)[:, *taken]

    def _forget(self, count: int) -> None:
        """Know nothing of so many sources."""
        self._shares = np.zeros((count, len(self._points)), np.float32)
        self._known, self._fresh = np.zeros((2, *self._shares.shape), bool)
        self._counts = np.zeros(self._shares.shape, bool)
        self._powers_db, self._answers_fresh = np.full(count, np.nan), False

    def _follow(self, sources: NoiseSources) -> None:
        """Forget what is known of sources that are new or have moved, and see again which count where."""
        if len(self._positions) != len(sources):
            self._positions = np.full((len(sources), 3), np.inf)
            self._forget(len(sources))
        moved = ~(np.abs(sources.positions - self._positions).max(1, initial=0.0) <= MOVED_M)
        louder = ~(np.abs(sources.powers_db - self._powers_db) <= LOUDER_DB)
        if moved.any():
            self._positions[moved] = sources.positions[moved]
            self._fresh[moved] = False
        if moved.any() or not self._answers_fresh:
            self._answers, self._answers_fresh = self._answered(self._positions), True
        if moved.any() or louder.any():
            self._powers_db = np.array(sources.powers_db, np.float64)
            self._counts = self._counting()

    def _answered(self, positions: F64) -> F32:
        """Return (n, k) what each source's room sends to all squares in it, however far they are."""
        rooms = self._space.surroundings
        own, theirs = rooms.rows_of(positions), rooms.rows_of(self._points)
        sent = np.append([4 / constant_of(room) for room in rooms.rooms], 0.0)
        together = (own[:, None] == theirs) & (own[:, None] >= 0)
        return np.asarray(together * sent[own][:, None], np.float32)

    def _counting(self) -> npt.NDArray[np.bool_]:
        """Return (n, k) whose direct sound counts where, if nothing were in the way."""
        direct = np.array([free_field(at, self._points) for at in self._positions]).reshape(
            self._shares.shape
        )
        direct *= (10 ** (self._powers_db / 10))[:, None]
        return np.asarray(direct > np.maximum(direct.sum(0) * 10 ** (-DROWNED_DB / 10), _SILENCE))
