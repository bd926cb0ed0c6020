"""A package as it stands in the site: its boxes, tiles and joints, moved by its placement in float64.

What stands in place is returned as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from walkdown.messages import Placement
from walkdown.package.model import Material, Repeat, Surface
from walkdown_client.placements import is_in_place, matrix, scale_of, site_box, to_site
from walkdown_client.scene.tables import F32, Elements, TileContent

F64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PlacedElements:
    """An element table whose boxes are those in the site; the other columns are shared."""

    kinds: Sequence[str]
    names: Sequence[str]
    layers: npt.NDArray[np.integer]
    joints: npt.NDArray[np.integer]
    lo: F32
    hi: F32
    triangles: npt.NDArray[np.integer]
    parents: npt.NDArray[np.int32]


@dataclass(frozen=True)
class PlacedTile:
    """A tile whose geometry is in the site frame."""

    materials: Sequence[Material]
    surfaces: Sequence[Surface]
    repeats: Sequence[Repeat]
    images: Sequence[bytes]


def placed_elements(elements: Elements, placement: Placement) -> Elements:
    """Return an element table as it stands in the site; a turned box grows to the one around it."""
    if is_in_place(placement):
        return elements
    lo, hi = site_box(placement, elements.lo, elements.hi)
    return PlacedElements(
        kinds=elements.kinds,
        names=elements.names,
        layers=np.asarray(elements.layers),
        joints=np.asarray(elements.joints),
        lo=lo.astype(np.float32),
        hi=hi.astype(np.float32),
        triangles=elements.triangles,
        parents=elements.parents,
    )


def placed_tile(tile: TileContent, placement: Placement) -> TileContent:
    """Return a tile as it stands in the site."""
    if is_in_place(placement):
        return tile
    turn = matrix(placement)[:, :3] / scale_of(matrix(placement))
    level = np.array_equal(turn, np.eye(3))
    surfaces = [
        replace(
            surface,
            positions=to_site(placement, surface.positions).astype(np.float32),
            normals=surface.normals if level else (surface.normals @ turn.T).astype(np.float32),
        )
        for surface in tile.surfaces
    ]
    repeats = [_placed_repeat(repeat, placement, turn) for repeat in tile.repeats]
    return PlacedTile(tile.materials, surfaces, repeats, tile.images)


def _placed_repeat(repeat: Repeat, placement: Placement, turn: F64) -> Repeat:
    """Move the copies and leave their shape: one scale commutes with every rotation."""
    rotations = _product(quaternion_of(turn), repeat.rotations.astype(np.float64))
    return replace(
        repeat,
        translations=to_site(placement, repeat.translations).astype(np.float32),
        rotations=rotations.astype(np.float32),
        scales=(repeat.scales * scale_of(matrix(placement))).astype(np.float32),
    )


def placed_joints(matrices: F32, placement: Placement) -> F32:
    """Return what joints do in the site: ``placement · joint · placement⁻¹``; (n, 3, 4) float32 both."""
    if is_in_place(placement):
        return matrices
    move = np.vstack([matrix(placement), [0.0, 0.0, 0.0, 1.0]])
    whole = np.zeros((len(matrices), 4, 4))
    whole[:, :3], whole[:, 3, 3] = matrices, 1.0
    return np.asarray((move @ whole @ np.linalg.inv(move))[:, :3], np.float32)


def quaternion_of(turn: F64) -> F64:
    """Return the unit quaternion (w, x, y, z) of a (3, 3) rotation.

    It is the eigenvector of the largest eigenvalue of Bar-Itzhack's matrix (J. Guidance 23, 2000).
    """
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = turn.tolist()
    known = np.array(
        [
            [xx + yy + zz, zy - yz, xz - zx, yx - xy],
            [zy - yz, xx - yy - zz, xy + yx, xz + zx],
            [xz - zx, xy + yx, yy - xx - zz, yz + zy],
            [yx - xy, xz + zx, yz + zy, zz - xx - yy],
        ]
    )
    return np.asarray(np.linalg.eigh(known)[1][:, -1])


def _product(first: F64, then: F64) -> F64:
    """Return the quaternions that turn by each of ``then`` (n, 4), and after that by ``first`` (4,)."""
    w, v = first[0], first[1:]
    real = w * then[:, :1] - then[:, 1:] @ v[:, None]
    return np.concatenate([real, w * then[:, 1:] + then[:, :1] * v + np.cross(v, then[:, 1:])], 1)
