"""Loose triangles with the element that each belongs to, and how the contents of a tile become some."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.package import Repeat, Surface

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

NOBODY = -1
"""Owner of triangles that belong to no element."""

GROUND_REACH_M = 4096.0
DEGENERATE_M2 = 1e-10
"""A triangle of less than half this area is a line or a point: its neighbours stop people instead."""


@dataclass(frozen=True, slots=True)
class Soup:
    """Triangles, exact near an anchor wherever on earth that is.

    Attributes:
        anchor: (3,) float64, metres, site frame.
        corners: (n, 3, 3) float32, triangle × corner × axis, relative to the anchor.
        owners: (n,) int64, drawn id of the element, or ``NOBODY``.
    """

    anchor: F64
    corners: F32
    owners: I64

    def __len__(self) -> int:
        """Return the number of triangles."""
        return len(self.corners)


@dataclass(frozen=True, slots=True)
class Within:
    """The box that is asked for; what has no part in it is left out.

    Attributes:
        lo, hi: (3,) metres, site frame.
    """

    lo: F64
    hi: F64


def soup_of(
    surfaces: Sequence[Surface],
    repeats: Sequence[Repeat] = (),
    *,
    within: Within,
    placement: npt.ArrayLike | None = None,
    base: int = 0,
    kept: Mask | None = None,
) -> Soup:
    """Return the triangles of a tile that reach into a box.

    Args:
        surfaces, repeats: as the package holds them.
        within: copies of a repeat outside it are never unfolded.
        placement: (3, 4) or (12,) site from package, float64; None leaves everything where it is.
        base: drawn id of the package's first element.
        kept: (elements,) which rows of the package's elements may stop people; None keeps all.
    """
    matrix = np.eye(4)[:3] if placement is None else np.asarray(placement, np.float64).reshape(3, 4)
    anchor = np.round((within.lo + within.hi) / 2)
    shift = matrix[:, 3] - anchor
    parts = [_of_surface(s, matrix[:, :3], shift, kept=kept) for s in surfaces]
    for repeat in repeats:
        parts += _of_repeat(repeat, matrix, within, anchor=anchor, kept=kept)
    corners = np.concatenate([np.zeros((0, 3, 3), np.float32), *(c for c, _rows in parts)])
    rows = np.concatenate([np.zeros(0, np.int64), *(r for _corners, r in parts)])
    inside = _reaches(corners, within.lo - anchor, within.hi - anchor) & _is_sound(corners)
    return Soup(anchor, corners[inside], rows[inside] + base)


def ground_soup(height_m: float, *, centre: npt.ArrayLike) -> Soup:
    """Return two large triangles that belong to nobody: level ground at a height around a point (x, y, …)."""
    x, y = np.round(np.asarray(centre, np.float64)[:2]).tolist()
    square = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32) * GROUND_REACH_M
    return Soup(np.array([x, y, height_m]), square[[[0, 1, 2], [0, 2, 3]]], np.full(2, NOBODY, np.int64))


def _of_surface(
    surface: Surface, turn: F64, shift: F64, *, kept: Mask | None
) -> tuple[F32, npt.NDArray[np.int64]]:
    triangles = surface.triangles
    rows = surface.elements[triangles[:, 0]].astype(np.int64)
    if kept is not None:
        triangles, rows = triangles[kept[rows]], rows[kept[rows]]
    with np.errstate(invalid="ignore", over="ignore"):  # what is not finite is left out later
        placed = (surface.positions.astype(np.float64) @ turn.T + shift).astype(np.float32)
    return placed[triangles], rows


def _of_repeat(
    repeat: Repeat, matrix: F64, within: Within, *, anchor: F64, kept: Mask | None
) -> Iterator[tuple[F32, npt.NDArray[np.int64]]]:
    """Unfold the copies that are near."""
    rows = repeat.elements.astype(np.int64)
    reach = np.linalg.norm(repeat.shape.positions, axis=1).max(initial=0.0) * np.abs(repeat.scales).max(1)
    middles = repeat.translations.astype(np.float64) @ matrix[:, :3].T + matrix[:, 3]
    reach = reach[:, None] * np.linalg.norm(matrix[:, :3], axis=0).max()
    near = (middles + reach >= within.lo).all(1) & (middles - reach <= within.hi).all(1)
    for copy in np.flatnonzero(near if kept is None else near & kept[rows]).tolist():
        turn = matrix[:, :3] @ (_rotation(repeat.rotations[copy]) * repeat.scales[copy].astype(np.float64))
        placed = repeat.shape.positions.astype(np.float64) @ turn.T + (middles[copy] - anchor)
        triangles = repeat.shape.triangles
        yield placed.astype(np.float32)[triangles], np.full(len(triangles), rows[copy], np.int64)


def _rotation(quaternion: F32) -> F64:
    """Return (3, 3) of a unit quaternion (w, x, y, z)."""
    w, x, y, z = quaternion.astype(np.float64).tolist()
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def _reaches(corners: F32, lo: F64, hi: F64) -> Mask:
    return np.asarray((corners.max(1) >= lo).all(1) & (corners.min(1) <= hi).all(1))


def _is_sound(corners: F32) -> Mask:
    """Tell which triangles are finite, smaller than the earth, and have an area."""
    with np.errstate(invalid="ignore", over="ignore"):
        one: F32 = corners[:, 1] - corners[:, 0]
        other: F32 = corners[:, 2] - corners[:, 0]
        across: F32 = np.cross(one, other)
        return np.asarray(
            np.isfinite(across).all(1) & ((across.astype(np.float64) ** 2).sum(1) > DEGENERATE_M2**2)
        )
