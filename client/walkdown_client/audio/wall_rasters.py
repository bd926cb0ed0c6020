"""Rectangles that make up what a piece of a mesh covers, seen along one of its axes through a raster."""

from __future__ import annotations

import numpy as np

from walkdown.ragged import ragged
from walkdown_client.audio.wall_pieces import F64, I64, Mask, Parts, Pieces, made_parts

CELL_M, BLOCK_CELL_M, CELLS_MAX = 0.3, 1.5, 40
"""Of a raster along each side, of a thin piece and of what is solid."""


def rasters(pieces: Pieces | None, *, share: float) -> Parts | None:
    """Return rectangles of thin pieces: what is covered, seen along the thin side."""
    if pieces is None:
        return None
    return _seen_along(pieces, pieces.sizes.argmin(1), cell_m=CELL_M, share=share)


def blocks(pieces: Pieces | None) -> Parts | None:
    """Return rectangles of what is solid: what is covered, seen from above."""
    if pieces is None:
        return None
    return _seen_along(pieces, np.full(len(pieces.owners), 2), cell_m=BLOCK_CELL_M, share=1.0)


def _seen_along(pieces: Pieces, thin: I64, *, cell_m: float, share: float) -> Parts:
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
    return made_parts(pieces, rows, lows, highs=highs, share=share)


def _pick(values: F64, axes: I64) -> F64:
    return np.take_along_axis(values, axes[:, None], 1)[:, 0]


def _covered(pieces: Pieces, axes: I64, *, cells: I64, start: I64) -> Mask:
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
    fresh = np.append(True, (step[:, :3] != 0).any(1) | (step[:, 3] != 1))[: len(runs)]
    heads, tails = np.flatnonzero(fresh), np.flatnonzero(np.append(fresh[1:], True)[: len(runs)])
    return runs[heads, 0], runs[heads, 1], runs[heads, 2], runs[heads, 3], runs[tails, 3] + 1
