"""Connected pieces of meshes, each in a frame of its own, and the boxes that stand for parts of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown_client.audio.wall_boxes import F32
from walkdown_client.audio.walls import LENGTH_M, SIDE_M

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_WELD_M = 0.002
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


class Pieces:
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
        self.local = turned(self.corners, cos[:, None], sin[:, None])
        self.normals = turned(across, cos, sin)
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

    def only(self, kept: Mask) -> Pieces | None:
        """Return some of the pieces that are large enough to matter, None without any."""
        kept = kept & _matters(self.sizes)
        if not kept.any():
            return None
        rows = kept[self._piece]
        return Pieces(self.corners[rows], self._owners[rows], self._piece[rows])

    @property
    def piece(self) -> I64:
        """(t,) the piece of each triangle."""
        return self._piece


def _matters(sizes: F64) -> Mask:
    ordered = np.sort(sizes, axis=1)
    return np.asarray((ordered[:, 1] >= SIDE_M) & (ordered[:, 2] >= LENGTH_M))


def turned(places: F64, cos: F64, sin: F64) -> F64:
    """Return places (…, 3) in frames that are turned about z."""
    x, y = places[..., 0], places[..., 1]
    return np.stack([cos * x + sin * y, cos * y - sin * x, places[..., 2]], -1)


def connected(corners: F64, owners: I64) -> I64:
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


def made_parts(pieces: Pieces, rows: I64, lows: F64, *, highs: F64, share: float) -> Parts:
    """Return boxes that are given in the frames of pieces."""
    middles, turns = (lows + highs) / 2, pieces.turns[rows]
    return Parts(
        pieces.owners[rows],
        turned(middles, turns[:, 0], -turns[:, 1]).astype(np.float32),
        (np.maximum(highs - lows, _FACE_M) / 2).astype(np.float32),
        turns.astype(np.float32),
        np.full(len(rows), share, np.float32),
    )


def joined_parts(parts: list[Parts]) -> Parts:
    """Return several together."""
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
