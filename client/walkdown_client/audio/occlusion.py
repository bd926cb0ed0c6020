"""How much of a sound is lost on its way to an ear: rays against coarse boxes that stand upright.

Each source has a straight path, and where a box is in its way some that bend around the box: up, left and
right by a few offsets. A path loses what the boxes lose that it still crosses, and for its bend what a screen
would leave of it; the best path is what is heard. So a sound becomes duller step by step where somebody walks
behind a corner, and never falls silent. Boxes are filed in a grid seen from above, so that only those near a
path are looked at.

Sources: the screen's loss follows ISO 9613-2:1996, 7.4 (20/λ per metre of detour), here begun at 0 dB where the
path grazes the edge, so that nothing jumps there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.ragged import Ints, ragged
from walkdown_client.audio.orders import Walls

F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

LOSS_MAX_DB = 45.0
"""What gets from one part of a building to any other by ways that no ray knows."""

SLOPE_MAX_DB = 24.0
SLOPE_DB = 8.0
"""How much more is lost at 4 kHz than at 1 kHz, where nobody says."""

SPEED_M_S = 343.0
_WAVE_M, _SHORT_WAVE_M = SPEED_M_S / 1000.0, SPEED_M_S / 4000.0

OFFSETS_M = (0.25, 0.6, 1.2, 2.0)
"""How far aside paths bend."""

CELL_M, _CELLS_MAX, _WIDE_CELLS = 6.0, 512, 256
_STEP = 0.7
"""How far apart a path is looked up in the grid, in cells."""

_STEPS_MAX = 48
_TOUCH_M = 0.02
_TINY = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class WallBoxes:
    """Boxes that keep sound away; their own z is up.

    Attributes:
        centres: (m, 3) float32, metres, site frame. halves: (m, 3) half extents along their own axes.
        turns: (m, 2) cosine and sine of the turn about z.
        losses: (m,) dB at 1 kHz. slopes: (m,) dB more at 4 kHz.
        keys: (m,) uint32, by which doors are named.
    """

    centres: F32
    halves: F32
    turns: F32
    losses: F32
    slopes: F32
    keys: npt.NDArray[np.uint32]

    def __len__(self) -> int:
        """Return the number of boxes."""
        return len(self.losses)

    @property
    def reach(self) -> F32:
        """(m, 3) half extents of the boxes about them along the site's axes, metres."""
        across, along = np.abs(self.turns[:, 0]), np.abs(self.turns[:, 1])
        x = across * self.halves[:, 0] + along * self.halves[:, 1]
        y = along * self.halves[:, 0] + across * self.halves[:, 1]
        return np.stack([x, y, self.halves[:, 2]], 1)

    def take(self, rows: npt.NDArray[np.intp] | Mask) -> WallBoxes:
        """Return some of them."""
        return WallBoxes(
            self.centres[rows],
            self.halves[rows],
            self.turns[rows],
            self.losses[rows],
            self.slopes[rows],
            self.keys[rows],
        )

    def order(self) -> Walls:
        """Return what the sound process is told."""
        frames = np.concatenate([self.centres[:, :2], self.turns], 1)
        return Walls(
            frames=_bytes(frames),
            halves=_bytes(self.halves),
            middles=_bytes(self.centres[:, 2]),
            losses=_bytes(self.losses),
            slopes=_bytes(self.slopes),
            keys=self.keys.astype("<u4").tobytes(),
        )


def boxes_of(walls: Walls) -> WallBoxes:
    """Return the boxes of an order; raises ``ValueError`` when its columns do not fit one another."""
    frames = _column(walls.frames).reshape(-1, 4)
    count = len(frames)
    halves, middles = _column(walls.halves).reshape(count, 3), _column(walls.middles).reshape(count, 1)
    losses = _column(walls.losses).reshape(count)
    slopes = _column(walls.slopes).reshape(count) if walls.slopes else np.full(count, SLOPE_DB, np.float32)
    keys = np.frombuffer(walls.keys, "<u4").reshape(count)
    return WallBoxes(np.concatenate([frames[:, :2], middles], 1), halves, frames[:, 2:], losses, slopes, keys)


def joined(parts: list[WallBoxes]) -> WallBoxes:
    """Return the boxes of several parts together."""
    every = [no_boxes(), *parts]
    return WallBoxes(
        np.concatenate([part.centres for part in every]),
        np.concatenate([part.halves for part in every]),
        np.concatenate([part.turns for part in every]),
        np.concatenate([part.losses for part in every]),
        np.concatenate([part.slopes for part in every]),
        np.concatenate([part.keys for part in every]),
    )


def no_boxes() -> WallBoxes:
    """Return none."""
    empty = np.zeros((0, 3), np.float32)
    flat = np.zeros(0, np.float32)
    return WallBoxes(empty, empty, np.zeros((0, 2), np.float32), flat, flat, np.zeros(0, np.uint32))


class Occlusion:
    """Boxes, and which of them stand open.

    Attributes:
        tested: how many pairs of a path and a box the last :meth:`losses` looked at.
    """

    def __init__(self, boxes: WallBoxes) -> None:
        self.boxes, self.tested = boxes, 0
        self._losses, self._slopes = boxes.losses, boxes.slopes
        self._radii = np.linalg.norm(boxes.halves, axis=1).astype(np.float32)
        self._grid = _Grid(boxes)

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
        pairs = self._near(start, ends)
        if pairs is not None:
            self._walk(start, ends, *pairs, found)
        return found[0], found[1]

    def _near(self, start: F32, ends: F32) -> tuple[Ints, Ints] | None:
        """Return rows of sources and of boxes that may be in their way, by source; no pair comes twice."""
        source, box = self._grid.along(start, ends)
        self.tested = len(box)
        if not len(box):
            return None
        way = ends - start
        length_2 = np.maximum((way * way).sum(1), _TINY)
        to_box = self.boxes.centres[box] - start
        share = np.clip(np.einsum("ij,ij->i", to_box, way[source]) / length_2[source], 0.0, 1.0)
        apart = to_box - way[source] * share[:, None]
        reach = self._radii[box] + OFFSETS_M[-1]
        near = np.einsum("ij,ij->i", apart, apart) <= reach * reach
        pairs = np.unique(source[near] * len(self.boxes) + box[near])
        return (pairs // len(self.boxes), pairs % len(self.boxes)) if len(pairs) else None

    def _walk(self, start: F32, ends: F32, source: Ints, box: Ints, found: F32) -> None:
        """Fill in (2, n) what is lost at 1 kHz and how much more at 4 kHz."""
        frame = _Frames(self.boxes, box)
        ear, end = frame.local(start), frame.local(ends[source])
        outside = ~(frame.holds(ear) | frame.holds(end)) & (self._losses[box] > 0)
        enter, leave = frame.crossed(ear, end)
        hit = outside & (enter < leave) & (enter < 1) & (leave > 0)
        blocked = np.unique(source[hit])
        if not len(blocked):
            return
        kinks = _kinks(
            source, np.where(hit, self._losses[box], 0.0), np.clip((enter + leave) / 2, 0.05, 0.95)
        )
        kept = np.isin(source, blocked) & outside
        source, box = source[kept], box[kept]
        rows, first = np.unique(source, return_index=True)
        bends = _bends(start, ends[rows], kinks[np.searchsorted(kinks[:, 0], rows), 1])
        row_of = np.searchsorted(rows, source)
        frame = _Frames(self.boxes, box)
        ear, end = frame.local(start)[:, None], frame.local(ends[source])[:, None]
        corner = frame.local(bends[row_of])
        met = np.concatenate([frame.meets(ear, end), frame.meets(ear, corner) | frame.meets(corner, end)], 1)
        self.tested += met.size
        losses = _together(met * self._losses[box, None], first)
        slopes = _together(met * self._slopes[box, None], first)
        detours = _detours(start, ends[rows], bends)
        total = np.minimum(losses + _screened(detours, _WAVE_M), LOSS_MAX_DB)
        more = slopes + _screened(detours, _SHORT_WAVE_M) - _screened(detours, _WAVE_M)
        best = total.argmin(1)
        every = np.arange(len(rows))
        found[0, rows] = total[every, best]
        found[1, rows] = np.minimum(more[every, best], SLOPE_MAX_DB)


class _Frames:
    """The own frames of k boxes."""

    def __init__(self, boxes: WallBoxes, rows: Ints) -> None:
        self._centres, self._halves, turns = boxes.centres[rows], boxes.halves[rows], boxes.turns[rows]
        self._cos, self._sin = turns[:, 0], turns[:, 1]

    def local(self, points: F32) -> F32:
        """Return points (3,), (k, 3) or (k, p, 3) in the frame of each box: (k, 3) or (k, p, 3)."""
        many = points.ndim == 3
        away = points - (self._centres[:, None] if many else self._centres)
        cos, sin = (self._cos[:, None], self._sin[:, None]) if many else (self._cos, self._sin)
        x, y = away[..., 0], away[..., 1]
        return np.stack([cos * x + sin * y, cos * y - sin * x, away[..., 2]], -1)

    def holds(self, points: F32) -> Mask:
        """Tell which boxes hold a point (k, 3) of their frame: who is inside is not kept out."""
        return np.asarray((np.abs(points) <= self._halves + _TOUCH_M).all(1))

    def crossed(self, starts: F32, ends: F32) -> tuple[F32, F32]:
        """Return where lines (k, …, 3) enter and leave the boxes, as shares of their length (k, …)."""
        way = ends - starts
        per_way = 1.0 / np.where(np.abs(way) < _TINY, np.float32(_TINY), way)
        halves = self._halves.reshape(len(self._halves), *(1,) * (way.ndim - 2), 3)
        one, other = (-halves - starts) * per_way, (halves - starts) * per_way
        return np.minimum(one, other).max(-1), np.maximum(one, other).min(-1)

    def meets(self, starts: F32, ends: F32) -> Mask:
        """Tell which boxes lines (k, p, 3) cross: (k, p)."""
        enter, leave = self.crossed(starts, ends)
        return np.asarray((enter < leave) & (enter < 1) & (leave > 0))


class _Grid:
    """Squares seen from above, and which boxes reach into each or are near it."""

    def __init__(self, boxes: WallBoxes) -> None:
        margin = OFFSETS_M[-1] + CELL_M * _STEP / 2
        centres, reach = boxes.centres[:, :2], boxes.reach[:, :2] + margin
        low, high = centres - reach, centres + reach
        self._low = low.min(0) if len(boxes) else np.zeros(2, np.float32)
        extent = float((high.max(0) - self._low).max()) if len(boxes) else 0.0
        self._cell_m = max(CELL_M, extent / _CELLS_MAX)
        self._wide = int(extent / self._cell_m) + 1
        first = ((low - self._low) / self._cell_m).astype(np.intp)
        spans = ((high - self._low) / self._cell_m).astype(np.intp) - first + 1
        large = spans.prod(1) > _WIDE_CELLS
        self._everywhere = np.flatnonzero(large)
        self._file(first[~large], spans[~large], np.flatnonzero(~large))

    def _file(self, first: Ints, spans: Ints, rows: Ints) -> None:
        box, place = ragged(spans.prod(1))
        x = first[box, 0] + place % spans[box, 0]
        cells = x + self._wide * (first[box, 1] + place // spans[box, 0])
        order = np.argsort(cells, kind="stable")
        self._boxes = rows[box[order]]
        counts = np.bincount(cells, minlength=self._wide * self._wide)
        self._starts = np.concatenate([[0], np.cumsum(counts)])

    def along(self, start: F32, ends: F32) -> tuple[Ints, Ints]:
        """Return rows of lines' ends and of boxes that are near the line there; some pairs come twice."""
        source, cells = self._cells(start, ends)
        counts = self._starts[cells + 1] - self._starts[cells]
        visit, place = ragged(counts)
        found = self._boxes[self._starts[cells[visit]] + place]
        count = len(self._everywhere)
        every = np.repeat(np.arange(len(ends)), count), np.tile(self._everywhere, len(ends))
        return np.concatenate([source[visit], every[0]]), np.concatenate([found, every[1]])

    def _cells(self, start: F32, ends: F32) -> tuple[Ints, Ints]:
        """Return rows of lines and the cells that each goes through."""
        way = ends[:, :2] - start[:2]
        length_m = np.sqrt((way * way).sum(1))
        steps = np.minimum(np.ceil(length_m / (self._cell_m * _STEP)).astype(np.intp) + 1, _STEPS_MAX)
        source, place = ragged(steps)
        share = place / np.maximum(steps - 1, 1)[source]
        at = np.floor((start[:2] + way[source] * share[:, None] - self._low) / self._cell_m).astype(np.intp)
        inside = ((at >= 0) & (at < self._wide)).all(1)
        cells = at[:, 0] + self._wide * at[:, 1]
        fresh = np.ones(len(cells), bool)
        fresh[1:] = (cells[1:] != cells[:-1]) | (source[1:] != source[:-1])
        kept = inside & fresh
        return source[kept], cells[kept]


def _kinks(source: Ints, losses: F32, shares: F32) -> npt.NDArray[np.float64]:
    """Return (rows, 2) each source, and where on its way the box stands that keeps most from it."""
    order = np.lexsort((losses, source))
    last = np.append(np.flatnonzero(np.diff(source[order])), len(order) - 1)
    return np.stack([source[order][last], shares[order][last]], 1)


def _bends(start: F32, ends: F32, shares: npt.NDArray[np.float64]) -> F32:
    """Return (n, p, 3) the corners of the paths around what stands at a share of the way to each end."""
    way = ends - start
    flat = np.stack([-way[:, 1], way[:, 0], np.zeros(len(way), np.float32)], 1)
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    aside = np.where(length > _TINY, flat / np.maximum(length, _TINY), np.array([1, 0, 0], np.float32))
    up = np.broadcast_to(np.array([0, 0, 1], np.float32), aside.shape)
    offsets = np.array(OFFSETS_M, np.float32)[:, None]
    directions = np.stack([up, aside, -aside], 1)
    corners = (start + way * shares[:, None])[:, None, None] + directions[:, :, None] * offsets
    return corners.reshape(len(ends), -1, 3).astype(np.float32)


def _detours(start: F32, ends: F32, bends: F32) -> F32:
    """Return (n, 1 + p) by how many metres each path is longer than the straight one, which comes first."""
    straight = np.linalg.norm(ends - start, axis=1)[:, None]
    bent = np.linalg.norm(bends - start, axis=2) + np.linalg.norm(ends[:, None] - bends, axis=2)
    return np.maximum(np.concatenate([straight, bent], 1) - straight, 0.0).astype(np.float32)


def _screened(detours_m: F32, wave_m: float) -> F32:
    return np.asarray(10.0 * np.log10(1.0 + 20.0 / wave_m * detours_m), np.float32)


def _together(losses: F32, first: Ints) -> F32:
    """Return (n, p) what several boxes lose: the most of one, and half of what the others do.

    Boxes often stand for the same wall, its lining or its neighbour's end; adding all would count it twice.
    """
    most = np.maximum.reduceat(losses, first, axis=0)
    return np.asarray((most + np.add.reduceat(losses, first, axis=0)) / 2, np.float32)


def _bytes(values: F32) -> bytes:
    return np.ascontiguousarray(values, "<f4").tobytes()


def _column(data: bytes) -> F32:
    return np.frombuffer(data, "<f4")
