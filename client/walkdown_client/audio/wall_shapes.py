"""Turned boxes from the triangles of walls: connected pieces, or parts of those with holes or bends.

A piece of a mesh that fills its box is that box, turned as most of its faces are. A thin piece that does not,
such as a wall with openings or a slab with a stairwell, is looked at along its thin side through a raster,
and the rectangles that are covered become boxes. A hollow piece, such as all walls of a storey in one mesh,
is first cut into its faces; as each wall has two, each keeps half. What leans, as roofs do, becomes steps.
What is solid, such as the houses of a city, is looked at from above, and as high all over as at its highest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.ragged import ragged
from walkdown_client.audio.occlusion import F32
from walkdown_client.audio.walls import LENGTH_M, SIDE_M, is_thin

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

FULL_SHARE, SOLID_SHARE = 0.9, 0.7
"""How much of its box a piece fills that is that box; the same of what is solid anyway."""

HOLE_M2 = 0.4
"""A hole of this size in a thin piece is an opening."""

CELL_M, BLOCK_CELL_M, CELLS_MAX = 0.3, 1.5, 40
"""Of a raster along each side, of a thin piece and of what is solid."""

STEP_M, STEPS_MAX = 1.5, 12
"""Of the steps that stand for what leans."""

_WELD_M = 0.002
_UPRIGHT, _LEVEL = 0.2, 0.98
_PLANE_M, _TURN_STEPS = 0.1, 64
_FACE_M = 0.03
_PASSES_MAX = 64


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Boxes that stand for triangles.

    Attributes:
        owners: (n,) whose triangles. centres, halves: (n, 3) metres. turns: (n, 2) cosine and sine about z.
        shares: (n,) how much of the owner's loss each keeps.
    """

    owners: I64
    centres: F32
    halves: F32
    turns: F32
    shares: F32


def parts_of(corners: npt.NDArray[np.floating], owners: I64, *, solid: Mask) -> Parts:
    """Return the boxes that stand for some triangles.

    Args:
        corners: (t, 3, 3) metres. owners: (t,) rows of ``solid``.
        solid: (k,) which owners are closed lumps, whose box counts although they do not fill it.
    """
    points = np.asarray(corners, np.float64)
    if not len(points):
        return _joined([])
    pieces = _Pieces(points, owners, _connected(points, owners))
    fill = pieces.volumes / np.maximum(pieces.sizes.prod(1), 1e-12)
    thin = is_thin(pieces.sizes.astype(np.float32))
    holes_m2 = (1 - fill) * pieces.sizes.prod(1) / np.maximum(pieces.sizes.min(1), 1e-6)
    whole = (fill >= FULL_SHARE) & ~(thin & (holes_m2 > HOLE_M2))
    lump = solid[pieces.owners]
    whole |= lump & (fill >= SOLID_SHARE)
    thin, lump = thin & ~whole, lump & ~whole & ~thin
    hollow = pieces.only(~whole & ~thin & ~lump)
    found = [_boxes(pieces.only(whole)), _rasters(pieces.only(thin), share=1.0), _blocks(pieces.only(lump))]
    if hollow is not None:
        found += _faces(hollow)
    return _joined([part for part in found if part is not None])


class _Pieces:
    """Groups of triangles, each with a frame of its own.

    Attributes:
        corners: (t, 3, 3) sorted by piece. owners: (p,). turns: (p, 2). lows, sizes: (p, 3) in the own frame.
        volumes: (p,) that the triangles enclose. first, counts: (p,) where a piece's triangles are.
        local: (t, 3, 3) corners in the frame of their piece. normals: (t, 3) there, twice the area long.
    """

    def __init__(self, corners: F64, owners: I64, labels: I64) -> None:
        order = np.argsort(labels, kind="stable")
        self.corners, self._owners = corners[order], owners[order]
        _labels, self.first, self.counts = np.unique(labels[order], return_index=True, return_counts=True)
        self.owners = self._owners[self.first]
        self._piece = np.repeat(np.arange(len(self.first)), self.counts)
        across = np.cross(self.corners[:, 1] - self.corners[:, 0], self.corners[:, 2] - self.corners[:, 0])
        self.turns = self._find_turns(across)
        cos, sin = self.turns[self._piece].T
        self.local = _turned(self.corners, cos[:, None], sin[:, None])
        self.normals = _turned(across, cos, sin)
        self.lows = np.minimum.reduceat(self.local.min(1), self.first)
        self.sizes = np.maximum.reduceat(self.local.max(1), self.first) - self.lows
        near = self.local[:, 0] - self.lows[self._piece]
        self.volumes = np.abs(np.add.reduceat((near * self.normals).sum(1), self.first)) / 6

    def _find_turns(self, across: F64) -> F64:
        """Return how the most of each piece's upright area is turned, a quarter of a turn being none."""
        flat = across[:, 0] + 1j * across[:, 1]
        area = np.abs(flat)
        turned = np.add.reduceat(area * (flat / np.maximum(area, 1e-12)) ** 4, self.first)
        angle = np.angle(turned) / 4
        angle[np.abs(turned) < 1e-9] = 0.0
        return np.stack([np.cos(angle), np.sin(angle)], 1)

    def only(self, kept: Mask) -> _Pieces | None:
        """Return some of the pieces that are large enough to matter, None without any."""
        kept = kept & _matters(self.sizes)
        if not kept.any():
            return None
        rows = kept[self._piece]
        return _Pieces(self.corners[rows], self._owners[rows], self._piece[rows])

    @property
    def piece(self) -> I64:
        """(t,) the piece of each triangle."""
        return self._piece


def _matters(sizes: F64) -> Mask:
    ordered = np.sort(sizes, axis=1)
    return np.asarray((ordered[:, 1] >= SIDE_M) & (ordered[:, 2] >= LENGTH_M))


def _turned(places: F64, cos: F64, sin: F64) -> F64:
    """Return places (…, 3) in frames that are turned about z."""
    x, y = places[..., 0], places[..., 1]
    return np.stack([cos * x + sin * y, cos * y - sin * x, places[..., 2]], -1)


def _connected(corners: F64, owners: I64) -> I64:
    """Return (t,) labels, equal where triangles of one owner share corners, directly or by others."""
    grid = np.rint(corners.reshape(-1, 3) / _WELD_M).astype(np.int64)
    grid -= grid.min(0)
    keys = np.concatenate([np.repeat(owners, 3)[:, None], grid], 1)
    spans = keys.max(0) + 1
    if float(spans.astype(np.float64).prod()) < 2**62:
        _keys, vertices = np.unique(
            ((keys[:, 0] * spans[1] + keys[:, 1]) * spans[2] + keys[:, 2]) * spans[3] + keys[:, 3],
            return_inverse=True,
        )
    else:
        _keys, vertices = np.unique(keys, axis=0, return_inverse=True)
    vertices = vertices.reshape(-1, 3)
    order = np.argsort(vertices.ravel(), kind="stable")
    first = np.concatenate([[0], np.flatnonzero(np.diff(vertices.ravel()[order])) + 1])
    of_corner = order // 3
    labels = np.arange(len(vertices))
    for _pass in range(_PASSES_MAX):
        lowest = np.minimum.reduceat(labels[of_corner], first)
        fresh = lowest[vertices].min(1)
        fresh = np.minimum(fresh, fresh[fresh])
        if (fresh == labels).all():
            break
        labels = fresh
    return labels


def _boxes(pieces: _Pieces | None) -> Parts | None:
    """Return the boxes of whole pieces."""
    if pieces is None:
        return None
    rows = np.arange(len(pieces.owners))
    return _parts(pieces, rows, pieces.lows, highs=pieces.lows + pieces.sizes, share=1.0)


def _parts(pieces: _Pieces, rows: I64, lows: F64, *, highs: F64, share: float) -> Parts:
    """Return boxes that are given in the frames of pieces."""
    middles, turns = (lows + highs) / 2, pieces.turns[rows]
    return Parts(
        pieces.owners[rows],
        _turned(middles, turns[:, 0], -turns[:, 1]).astype(np.float32),
        (np.maximum(highs - lows, _FACE_M) / 2).astype(np.float32),
        turns.astype(np.float32),
        np.full(len(rows), share, np.float32),
    )


def _rasters(pieces: _Pieces | None, *, share: float) -> Parts | None:
    """Return rectangles of thin pieces: what is covered, seen along the thin side."""
    if pieces is None:
        return None
    return _seen_along(pieces, pieces.sizes.argmin(1), cell_m=CELL_M, share=share)


def _blocks(pieces: _Pieces | None) -> Parts | None:
    """Return rectangles of what is solid: what is covered, seen from above."""
    if pieces is None:
        return None
    return _seen_along(pieces, np.full(len(pieces.owners), 2), cell_m=BLOCK_CELL_M, share=1.0)


def _seen_along(pieces: _Pieces, thin: I64, *, cell_m: float, share: float) -> Parts:
    """Return rectangles of what is covered, seen along an axis of each piece."""
    u_axis, v_axis = np.where(thin == 0, 1, 0), np.where(thin == 2, 1, 2)
    spans = np.stack([_pick(pieces.sizes, u_axis), _pick(pieces.sizes, v_axis)], 1)
    cells = np.clip(np.ceil(spans / cell_m), 1, CELLS_MAX).astype(np.int64)
    start = np.cumsum(cells.prod(1)) - cells.prod(1)
    covered = _covered(pieces, np.stack([u_axis, v_axis, thin]), cells=cells, start=start)
    rows, u0, u1, v0, v1 = _rectangles(covered, cells, start)
    step = spans / cells
    lows, highs = pieces.lows[rows].copy(), (pieces.lows + pieces.sizes)[rows].copy()
    every = np.arange(len(rows))
    for axis, one, other, side in ((u_axis, u0, u1, 0), (v_axis, v0, v1, 1)):
        base = _pick(pieces.lows, axis)[rows]
        lows[every, axis[rows]] = base + one * step[rows, side]
        highs[every, axis[rows]] = base + other * step[rows, side]
    return _parts(pieces, rows, lows, highs=highs, share=share)


def _pick(values: F64, axes: I64) -> F64:
    return np.take_along_axis(values, axes[:, None], 1)[:, 0]


def _covered(pieces: _Pieces, axes: I64, *, cells: I64, start: I64) -> Mask:
    """Return of all cells of all pieces, u first, whether their middle is covered."""
    piece = pieces.piece
    facing = np.take_along_axis(pieces.normals, axes[2, piece][:, None], 1)[:, 0]
    length = np.linalg.norm(pieces.normals, axis=1)
    rows = np.flatnonzero(np.abs(facing) > 0.3 * np.maximum(length, 1e-12))
    mine, near = piece[rows], pieces.local[rows] - pieces.lows[piece[rows]][:, None]
    every = np.arange(len(rows))
    flat = np.stack([near[every, :, axes[0, mine]], near[every, :, axes[1, mine]]], -1)
    size = np.stack([_pick(pieces.sizes, axes[0]), _pick(pieces.sizes, axes[1])], 1)[mine]
    flat *= (cells[mine] / np.maximum(size, 1e-9))[:, None]
    first = np.maximum(np.ceil(flat.min(1) - 0.5), 0).astype(np.int64)
    last = np.minimum(np.floor(flat.max(1) - 0.5), cells[mine] - 1).astype(np.int64)
    spans = np.maximum(last - first + 1, 0)
    triangle, place = ragged(spans.prod(1))
    u = first[triangle, 0] + place % np.maximum(spans[triangle, 0], 1)
    v = first[triangle, 1] + place // np.maximum(spans[triangle, 0], 1)
    inside = _inside(flat[triangle], np.stack([u, v], 1) + 0.5)
    covered = np.zeros(int(cells.prod(1).sum()), bool)
    owner = mine[triangle]
    covered[(start[owner] + u + cells[owner, 0] * v)[inside]] = True
    return covered


def _inside(triangles: F64, points: F64) -> Mask:
    """Tell which points (k, 2) lie in triangles (k, 3, 2)."""
    edges = np.roll(triangles, -1, axis=1) - triangles
    away = points[:, None] - triangles
    side = edges[..., 0] * away[..., 1] - edges[..., 1] * away[..., 0]
    return np.asarray((side >= -1e-9).all(1) | (side <= 1e-9).all(1))


def _rectangles(covered: Mask, cells: I64, start: I64) -> tuple[I64, I64, I64, I64, I64]:
    """Return piece, u from and to, v from and to of rectangles that make up what is covered.

    Runs along u are found in all rows at once, and equal runs of rows above each other become one.
    """
    piece, place = ragged(cells.prod(1))
    u, v = place % cells[piece, 0], place // cells[piece, 0]
    before = np.append(False, covered[:-1]) & (u > 0)
    after = np.append(covered[1:], False) & (u < cells[piece, 0] - 1)
    opens, closes = np.flatnonzero(covered & ~before), np.flatnonzero(covered & ~after)
    runs = np.stack([piece[opens], u[opens], u[closes] + 1, v[opens]], 1)
    runs = runs[np.lexsort((runs[:, 3], runs[:, 2], runs[:, 1], runs[:, 0]))]
    step = np.diff(runs, axis=0)
    fresh = np.append(True, (step[:, :3] != 0).any(1) | (step[:, 3] != 1))
    heads = np.flatnonzero(fresh) if len(runs) else np.zeros(0, np.int64)
    tails = np.append(heads[1:], len(runs)) - 1
    return runs[heads, 0], runs[heads, 1], runs[heads, 2], runs[heads, 3], runs[tails, 3] + 1


def _faces(hollow: _Pieces) -> list[Parts | None]:
    """Return what stands for hollow pieces: their upright and level faces, and steps for those that lean."""
    length = np.maximum(np.linalg.norm(hollow.normals, axis=1), 1e-12)
    up = np.abs(hollow.normals[:, 2]) / length
    upright, level = up < _UPRIGHT, up > _LEVEL
    labels = hollow.piece * 4 + np.where(upright, 0, np.where(level, 1, 2))
    angle = np.angle(hollow.normals[:, 0] + 1j * hollow.normals[:, 1]) % np.pi
    turn = np.rint(angle / np.pi * _TURN_STEPS).astype(np.int64) % _TURN_STEPS
    middle = hollow.local.mean(1)
    axis = turn * (np.pi / _TURN_STEPS)
    away = np.where(upright, middle[:, 0] * np.cos(axis) + middle[:, 1] * np.sin(axis), middle[:, 2])
    plane = np.rint(away / _PLANE_M).astype(np.int64)
    leaning = ~upright & ~level
    keys = np.stack([labels, np.where(upright, turn, 0), np.where(leaning, 0, plane)], 1)
    _keys, label = np.unique(keys, axis=0, return_inverse=True)
    label = label.reshape(-1)
    owners = hollow.owners[hollow.piece]
    found: list[Parts | None] = []
    if not leaning.all():
        flat = _Pieces(hollow.corners[~leaning], owners[~leaning], label[~leaning])
        found.append(_rasters(flat.only(np.ones(len(flat.owners), bool)), share=0.5))
    if leaning.any():
        slopes = _Pieces(hollow.corners[leaning], owners[leaning], label[leaning])
        found.append(_steps(slopes.only(np.ones(len(slopes.owners), bool))))
    return found


def _steps(pieces: _Pieces | None) -> Parts | None:
    """Return upright boxes in squares that follow what leans."""
    if pieces is None:
        return None
    cells = np.clip(np.ceil(pieces.sizes[:, :2] / STEP_M), 1, STEPS_MAX).astype(np.int64)
    step = pieces.sizes[:, :2] / cells
    samples, piece = _samples(pieces)
    place = np.floor((samples[:, :2] - pieces.lows[piece, :2]) / np.maximum(step[piece], 1e-9)).astype(
        np.int64
    )
    place = np.clip(place, 0, cells[piece] - 1)
    key = (piece * STEPS_MAX + place[:, 0]) * STEPS_MAX + place[:, 1]
    order = np.argsort(key, kind="stable")
    unique, first = np.unique(key[order], return_index=True)
    z = samples[order, 2]
    rows = unique // STEPS_MAX**2
    at = np.stack([unique // STEPS_MAX % STEPS_MAX, unique % STEPS_MAX], 1)
    lows = np.concatenate(
        [pieces.lows[rows, :2] + at * step[rows], np.minimum.reduceat(z, first)[:, None]], 1
    )
    highs = np.concatenate([lows[:, :2] + step[rows], np.maximum.reduceat(z, first)[:, None]], 1)
    return _parts(pieces, rows, lows, highs=highs, share=0.5)


def _samples(pieces: _Pieces) -> tuple[F64, I64]:
    """Return points (s, 3) spread over all triangles, and the piece of each."""
    share = (np.arange(8) + 0.5) / 8
    u, v = np.meshgrid(share, share)
    kept = u + v < 1.0
    weights = np.stack([1 - u[kept] - v[kept], u[kept], v[kept]], 1)
    return (
        np.einsum("sk,tkx->tsx", weights, pieces.local).reshape(-1, 3),
        np.repeat(pieces.piece, len(weights)),
    )


def _joined(parts: list[Parts]) -> Parts:
    none = np.zeros((0, 3), np.float32)
    every = [
        Parts(np.zeros(0, np.int64), none, none, none[:, :2], none[:, 0]),
        *parts,
    ]
    return Parts(
        np.concatenate([part.owners for part in every]),
        np.concatenate([part.centres for part in every]),
        np.concatenate([part.halves for part in every]),
        np.concatenate([part.turns for part in every]),
        np.concatenate([part.shares for part in every]),
    )
