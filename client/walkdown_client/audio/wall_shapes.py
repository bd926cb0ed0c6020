"""Turned boxes from the triangles of walls: connected pieces, or parts of those with holes or bends.

A piece of a mesh that fills its box is that box, turned as most of its faces are. A thin piece that does not,
such as a wall with openings or a slab with a stairwell, is looked at along its thin side through a raster,
and the rectangles that are covered become boxes. A hollow piece, such as all walls of a storey in one mesh,
is first cut into its faces; as each wall has two, each keeps half. What leans, as roofs do, becomes steps.
What is solid, such as the houses of a city, is looked at from above, and as high all over as at its highest.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from walkdown_client.audio.wall_pieces import (
    F64,
    I64,
    Mask,
    Parts,
    Pieces,
    connected,
    joined_parts,
    made_parts,
)
from walkdown_client.audio.wall_rasters import blocks, rasters
from walkdown_client.audio.walls import is_thin

FULL_SHARE, SOLID_SHARE = 0.9, 0.7
"""How much of its box a piece fills that is that box; the same of what is solid anyway."""

HOLE_M2 = 0.4
"""A hole of this size in a thin piece is an opening."""

STEP_M, STEPS_MAX = 1.5, 12
"""Of the steps that stand for what leans."""

_SPLIT, _SPLIT_MANY, _MANY = 18, 6, 2000
"""Points along a side of each triangle that leans, of few and of many triangles."""

_UPRIGHT, _LEVEL = 0.2, 0.98
_PLANE_M, _TURN_STEPS = 0.1, 64


def parts_of(corners: npt.NDArray[np.floating], owners: I64, *, solid: Mask) -> Parts:
    """Return the boxes that stand for some triangles.

    Args:
        corners: (t, 3, 3) metres. owners: (t,) rows of ``solid``.
        solid: (k,) which owners are closed lumps, whose box counts although they do not fill it.
    """
    points = np.asarray(corners, np.float64)
    if not len(points):
        return joined_parts([])
    pieces = Pieces(points, owners, connected(points, owners))
    fill = pieces.volumes / np.maximum(pieces.sizes.prod(1), 1e-12)
    thin = is_thin(pieces.sizes.astype(np.float32))
    holes_m2 = (1 - fill) * pieces.sizes.prod(1) / np.maximum(pieces.sizes.min(1), 1e-6)
    whole = (fill >= FULL_SHARE) & ~(thin & (holes_m2 > HOLE_M2))
    lump = solid[pieces.owners]
    whole |= lump & (fill >= SOLID_SHARE)
    thin, lump = thin & ~whole, lump & ~whole & ~thin
    hollow = pieces.only(~whole & ~thin & ~lump)
    found = [_boxes(pieces.only(whole)), rasters(pieces.only(thin), share=1.0), blocks(pieces.only(lump))]
    if hollow is not None:
        found += _faces(hollow)
    return joined_parts([part for part in found if part is not None])


def _boxes(pieces: Pieces | None) -> Parts | None:
    """Return the boxes of whole pieces."""
    if pieces is None:
        return None
    rows = np.arange(len(pieces.owners))
    return made_parts(pieces, rows, pieces.lows, highs=pieces.lows + pieces.sizes, share=1.0)


def _faces(hollow: Pieces) -> list[Parts | None]:
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
        flat = Pieces(hollow.corners[~leaning], owners[~leaning], label[~leaning])
        found.append(rasters(flat.only(np.ones(len(flat.owners), bool)), share=0.5))
    if leaning.any():
        slopes = Pieces(hollow.corners[leaning], owners[leaning], label[leaning])
        found.append(_steps(slopes.only(np.ones(len(slopes.owners), bool))))
    return found


def _steps(pieces: Pieces | None) -> Parts | None:
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
    return made_parts(pieces, rows, lows, highs=highs, share=1.0)


def _samples(pieces: Pieces) -> tuple[F64, I64]:
    """Return points (s, 3) spread over all triangles, and the piece of each."""
    split = _SPLIT if len(pieces.local) < _MANY else _SPLIT_MANY
    share = (np.arange(split) + 0.5) / split
    u, v = np.meshgrid(share, share)
    kept = u + v < 1.0
    weights = np.stack([1 - u[kept] - v[kept], u[kept], v[kept]], 1)
    return (
        np.einsum("sk,tkx->tsx", weights, pieces.local).reshape(-1, 3),
        np.repeat(pieces.piece, len(weights)),
    )
