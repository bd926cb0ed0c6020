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

    @property
    def complete(self) -> bool:
        """Whether every square is known."""
        return bool(np.isfinite(self.levels_db).all())


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
        self._known = self._counts = np.zeros((0, 0), bool)

    def aim(self, around: npt.ArrayLike, *, floor_m: float) -> None:
        """Lay the map around a place (x, y, …), metres, site frame, over a floor."""
        here = np.asarray(around, np.float64)[:2]
        half = CELL_M * CELLS / 2
        gone = np.abs(here - (self._low + half)).max() if len(self._points) else np.inf
        if gone <= STRIDE_M and abs(floor_m - self._floor_m) < FLOOR_M:
            return
        self._low = np.round(here / STRIDE_M) * STRIDE_M - half
        self._floor_m = floor_m
        steps = (np.arange(CELLS) + 0.5) * CELL_M
        y, x = np.meshgrid(self._low[1] + steps, self._low[0] + steps, indexing="ij")
        self._points = np.stack([x.ravel(), y.ravel(), np.full(x.size, floor_m + EAR_M)], 1)
        away = np.abs(self._points[:, :2] - here).max(1)
        self._nearest_first = np.argsort(away, kind="stable")
        self._begin()

    def use(self, space: Space) -> None:
        """Take the walls and rooms as they are now; what was known is looked at again when they changed."""
        key = id(space), space.revision
        if key != self._space_key:
            self._space, self._space_key = space, key
            self._begin()

    def work(self, sources: NoiseSources, *, pairs: int = PAIRS_AT_ONCE) -> bool:
        """Look at some more squares; tells whether something is left to do."""
        self._follow(sources)
        wanted = self._counts & ~self._known
        waiting = np.flatnonzero(wanted.any(1))
        if not len(waiting):
            return False
        row = int(waiting[np.argmax(sources.powers_db[waiting])])
        order = self._nearest_first
        squares = order[wanted[row, order]][:pairs]
        self.pairs += len(squares)
        self._shares[row, squares] = transmission_from(
            self._positions[row], self._points[squares], self._space
        )
        self._known[row, squares] = True
        return len(squares) < int(wanted.sum())

    def field(self, sources: NoiseSources) -> NoiseField:
        """Return the levels now; squares that wait for a source that counts are NaN."""
        self._follow(sources)
        levels = np.maximum(levels_db(self._shares, sources.powers_db), QUIETEST_DB)
        levels[(self._counts & ~self._known).any(0)] = np.nan
        return NoiseField(self._low, self._floor_m, levels.astype(np.float32).reshape(CELLS, CELLS))

    def _begin(self) -> None:
        """Know nothing any more."""
        self._positions, self._powers_db = np.full((0, 3), np.nan), np.zeros(0)

    def _follow(self, sources: NoiseSources) -> None:
        """Forget what is known of sources that are new or have moved, and see again which count where."""
        if len(self._positions) != len(sources):
            self._positions = np.full((len(sources), 3), np.inf)
            self._powers_db = np.full(len(sources), np.nan)
            self._shares = np.zeros((len(sources), len(self._points)), np.float32)
            self._known = np.zeros(self._shares.shape, bool)
        moved = ~(np.abs(sources.positions - self._positions).max(1, initial=0.0) <= MOVED_M)
        louder = ~(np.abs(sources.powers_db - self._powers_db) <= LOUDER_DB)
        if moved.any():
            self._positions[moved] = sources.positions[moved]
            self._known[moved] = False
            self._shares[moved] = self._answered(self._positions[moved])
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
