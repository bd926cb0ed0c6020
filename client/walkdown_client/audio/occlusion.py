"""How much of a sound is lost on its way to an ear: rays against coarse boxes that stand upright.

Each source has a straight path, and where a box is in its way some that bend around the box: up, left and
right by a few offsets. A path loses what the boxes lose that it still crosses, and for its bend what a screen
would leave of it; the best path is what is heard. So a sound becomes duller step by step where somebody walks
behind a corner, and never falls silent. Boxes are filed in a grid seen from above, so that only those near a
path are looked at.

Sources: the screen's loss follows ISO 9613-2:1996, 7.4 (20/λ per metre of detour), here begun at 0 dB
where the path grazes the edge, so that nothing jumps there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.ragged import Ints
from walkdown_client.audio.wall_boxes import WallBoxes
from walkdown_client.audio.wall_grid import WallGrid

F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Columns = Sequence[F32]

LOSS_MAX_DB = 45.0
"""What gets from one part of a building to any other by ways that no ray knows."""

SLOPE_MAX_DB = 24.0
SPEED_M_S = 343.0
_WAVE_M, _SHORT_WAVE_M = SPEED_M_S / 1000.0, SPEED_M_S / 4000.0

OFFSETS_M = (0.3, 0.8, 2.0)
"""How far aside paths bend."""

_TOUCH_M = 0.02
SEAM_M = 0.01
"""Boxes are so much larger on all sides, that no sound slips through between two that touch."""

_TINY = np.float32(1e-6)
_KINK_FIRST = np.float32(0.05)


class Occlusion:
    """Boxes, and which of them stand open.

    Attributes:
        tested: how many pairs of a path and a box the last :meth:`losses` looked at.
    """

    def __init__(self, boxes: WallBoxes) -> None:
        self.boxes, self.tested = boxes, 0
        self._losses, self._slopes = boxes.losses, boxes.slopes
        self._reach_2 = (np.linalg.norm(boxes.halves, axis=1) + OFFSETS_M[-1]).astype(np.float32) ** 2
        self._grid = WallGrid(boxes, reach_m=OFFSETS_M[-1])

    def open(self, keys: npt.NDArray[np.uint32]) -> None:
        """Say which boxes let all sound through."""
        shut = ~np.isin(self.boxes.keys, keys)
        self._losses = np.where(shut, self.boxes.losses, np.float32(0))
        self._slopes = np.where(shut, self.boxes.slopes, np.float32(0))

    def losses(self, ears: npt.ArrayLike, sources: npt.ArrayLike) -> tuple[F32, F32]:
        """Return what is lost between one place and n others: dB at 1 kHz, and how much more at 4 kHz.

        Args:
            ears: (3,), sources: (n, 3) metres, site frame.

        Returns:
            (n,) float32 each, 0 where nothing is in the way.
        """
        start, ends = np.asarray(ears, np.float32), np.asarray(sources, np.float32).reshape(-1, 3)
        found = np.zeros((2, len(ends)), np.float32)
        near = self._near(start, ends)
        blocked = self._blocked(start, ends, near) if len(near.box) else None
        if blocked is not None:
            found[:, blocked.rows] = self._around(start, ends[blocked.rows], blocked)
        return found[0], found[1]

    def _near(self, start: F32, ends: F32) -> _Pairs:
        """Return what may be in the way, by source; no pair comes twice."""
        source, box = self._grid.along(start, ends)
        self.tested = len(box)
        away = [(column - at)[box] for column, at in zip(self.boxes.centres.T, start, strict=True)]
        way = (ends - start).T
        length_2 = np.maximum((way * way).sum(0), _TINY)
        ways = [column[source] for column in way]
        share = sum(one * other for one, other in zip(away, ways, strict=True)) / length_2[source]
        np.clip(share, 0.0, 1.0, out=share)
        apart_2 = sum((one - share * other) ** 2 for one, other in zip(away, ways, strict=True))
        near = apart_2 <= self._reach_2[box]
        pairs = np.unique(source[near] * len(self.boxes) + box[near])
        return _Pairs(*np.divmod(pairs, max(len(self.boxes), 1)))

    def _blocked(self, start: F32, ends: F32, near: _Pairs) -> _Blocked | None:
        """Return the sources that are not in sight, None when all are."""
        source, box = near.source, near.box
        frame = _Frames(self.boxes, box)
        ear, end = frame.local(*start), frame.local(*ends[source].T)
        enter, leave = frame.crossed(ear, end)
        outside = ~(frame.holds(ear) | frame.holds(end)) & (self._losses[box] > 0)
        hit = outside & (enter < leave) & (enter < 1) & (leave > 0)
        rows = np.unique(source[hit])
        if not len(rows):
            return None
        wider, leave_wider = frame.crossed(ear, end, wider_m=OFFSETS_M[-1])
        kept = np.isin(source, rows) & outside & (wider < leave_wider) & (wider < 1) & (leave_wider > 0)
        middles = np.clip((enter + leave) / 2, _KINK_FIRST, 1 - _KINK_FIRST)
        kinks = _of_most(source[hit], self._losses[box[hit]], middles[hit].astype(np.float32))
        return _Blocked(rows, kinks, _Pairs(source[kept], box[kept]))

    def _around(self, start: F32, ends: F32, blocked: _Blocked) -> F32:
        """Return (2, k) what is lost on the best path to each of k places that are not in sight."""
        box, first = blocked.pairs.box, np.searchsorted(blocked.pairs.source, blocked.rows)
        row = np.searchsorted(blocked.rows, blocked.pairs.source)
        bends = _bends(start, ends, blocked.kinks)
        frame = _Frames(self.boxes, box)
        ear, end = frame.local(*start), frame.local(*ends[row].T)
        corner = frame.local(*bends[:, row])
        many_ears, many_ends = [c[:, None] for c in ear], [c[:, None] for c in end]
        bent = frame.meets(many_ears, corner) | frame.meets(corner, many_ends)
        met = np.concatenate([frame.meets(many_ears, many_ends), bent], 1)
        self.tested += met.size
        losses = _together(met * self._losses[box, None], first)
        more = _together(met * self._slopes[box, None], first)
        detours = _detours(start, ends, bends)
        screened = _screened(detours, _WAVE_M)
        total = np.minimum(losses + screened, LOSS_MAX_DB)
        more += _screened(detours, _SHORT_WAVE_M) - screened
        best = total.argmin(1)[:, None]
        found = np.concatenate([np.take_along_axis(values, best, 1) for values in (total, more)], 1).T
        return np.asarray(np.minimum(found, [[LOSS_MAX_DB], [SLOPE_MAX_DB]]), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Rows of sources, ascending, and of boxes that may be in their way."""

    source: Ints
    box: Ints


@dataclass(frozen=True, slots=True, eq=False)
class _Blocked:
    """Sources that are not in sight.

    Attributes:
        rows: (k,) ascending. kinks: (k,) at which share of its way each path bends.
        pairs: the boxes that matter to them.
    """

    rows: Ints
    kinks: F32
    pairs: _Pairs


class _Frames:
    """The own frames of k boxes; places are columns x, y, z, of k or of k × p."""

    def __init__(self, boxes: WallBoxes, rows: Ints) -> None:
        self._centres, self._halves = boxes.centres[rows].T, boxes.halves[rows].T
        self._turns = boxes.turns[rows].T

    def local(self, x: npt.ArrayLike, y: npt.ArrayLike, z: npt.ArrayLike) -> Columns:
        """Return places of the site in the frame of each box."""
        places = [np.asarray(axis, np.float32) for axis in (x, y, z)]
        many = places[0].ndim == 2
        centres = self._centres[..., None] if many else self._centres
        cos, sin = self._turns[..., None] if many else self._turns
        x, y, z = (place - centre for place, centre in zip(places, centres, strict=True))
        return [cos * x + sin * y, cos * y - sin * x, z]

    def holds(self, places: Columns) -> Mask:
        """Tell which boxes hold a place: who is inside is not kept out."""
        x, y, z = (np.abs(place) <= half + _TOUCH_M for place, half in zip(places, self._halves, strict=True))
        return np.asarray(x & y & z)

    def crossed(self, starts: Columns, ends: Columns, *, wider_m: float = SEAM_M) -> tuple[F32, F32]:
        """Return where lines enter and leave the boxes, as shares of their length: the slab method."""
        enters, leaves = [], []
        for start, end, half in zip(starts, ends, self._halves, strict=True):
            per_way = 1.0 / (end - start + _TINY)
            middle = start * per_way
            across = np.abs(per_way)
            wide = half + np.float32(wider_m)
            across *= wide if across.ndim == 1 else wide[:, None]
            enters.append(-middle - across)
            leaves.append(across - middle)
        enter = np.maximum(np.maximum(enters[0], enters[1]), enters[2])
        return enter, np.minimum(np.minimum(leaves[0], leaves[1]), leaves[2])

    def meets(self, starts: Columns, ends: Columns) -> Mask:
        """Tell which boxes lines cross."""
        enter, leave = self.crossed(starts, ends)
        return np.asarray((enter < leave) & (enter < 1) & (leave > 0))


def _of_most(source: Ints, losses: F32, shares: F32) -> F32:
    """Return of each source the share of what loses most."""
    order = np.lexsort((losses, source))
    last = np.append(np.flatnonzero(np.diff(source[order])), len(order) - 1)
    return np.asarray(shares[order][last])


def _bends(start: F32, ends: F32, shares: F32) -> F32:
    """Return (3, n, p) the corners of the paths around what stands at a share of the way to each end."""
    way = (ends - start).T
    length = np.maximum(np.hypot(way[0], way[1]), _TINY)
    aside = np.stack([-way[1] / length, way[0] / length, np.zeros_like(length)])
    up = np.zeros_like(aside)
    up[2] = 1.0
    offsets = np.array(OFFSETS_M, np.float32)
    parts = [direction[:, :, None] * offsets for direction in (up, aside, -aside)]
    middle = start[:, None] + way * shares
    return np.asarray(middle[:, :, None] + np.concatenate(parts, 2), np.float32)


def _detours(start: F32, ends: F32, bends: F32) -> F32:
    """Return (n, 1 + p) by how many metres each path is longer than the straight one, which comes first."""
    straight = np.linalg.norm(ends - start, axis=1)[:, None]
    bent = np.linalg.norm(bends - start[:, None, None], axis=0)
    bent += np.linalg.norm(bends - ends.T[:, :, None], axis=0)
    return np.pad(np.maximum(bent - straight, 0.0), ((0, 0), (1, 0))).astype(np.float32)


def _screened(detours_m: F32, wave_m: float) -> F32:
    return np.asarray(10.0 * np.log10(1.0 + 20.0 / wave_m * detours_m), np.float32)


def _together(losses: F32, first: Ints) -> F32:
    """Return (n, p) what several boxes lose: the most of one, and half of what the others do.

    Boxes often stand for the same wall, its lining or its neighbour's end; adding all would count it twice.
    """
    most = np.maximum.reduceat(losses, first, axis=0)
    return np.asarray((most + np.add.reduceat(losses, first, axis=0)) / 2, np.float32)
