"""What a model stands on: its own surroundings, or a plain at the height of its lowest visible part."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from walkdown.package.bulk import bulk_of
from walkdown.package.model import LAYERS, Material
from walkdown_client.scene.chunks import BatchKey, Chunk, Vertices
from walkdown_client.scene.hall import texts_match
from walkdown_client.scene.sky import ground_plane
from walkdown_client.scene.tables import F32, Elements

GROUND = Material("ground", base_color=(0.19, 0.188, 0.182, 1.0), roughness=0.9, pattern="grid")

GROUND_WORDS = ("yard", "ground", "terrain", "tinrelief", "ifcsite", "landuse", "waterbody")
BURIED_WORDS = ("footing", "foundation", "pile", "fundament")
"""Kinds of the surroundings; kinds and names of what lies below them."""

_BEYOND = 1.5
"""A floor so many times as wide as all that stands on it is ground."""

_FLOOR_LAYER = LAYERS.index("floor")


def brings_ground(elements: Elements) -> bool:
    """Whether a model brings its surroundings: ground by its kind, or a floor far beyond what is on it."""
    bulk = bulk_of(elements.lo, elements.hi, elements.triangles)
    floor = bulk & (np.asarray(elements.layers) == _FLOOR_LAYER)
    if not floor.any():
        return False
    if (texts_match(elements.kinds, GROUND_WORDS) & floor).any():
        return True
    rest = bulk & ~floor
    wide = _extent(elements, floor) > _BEYOND * _extent(elements, rest) if rest.any() else np.zeros(3, bool)
    return bool(wide[:2].all())


def ground_level(elements: Elements) -> float:
    """Return the height of the lowest part that is not in the ground itself, as foundations are."""
    bulk = bulk_of(elements.lo, elements.hi, elements.triangles)
    if not bulk.any():
        return 0.0
    buried = texts_match(elements.kinds, BURIED_WORDS) | texts_match(elements.names, BURIED_WORDS)
    seen = bulk & ~buried
    return float(elements.lo[seen if seen.any() else bulk][:, 2].min())


def ground_chunk(lo: F32, hi: F32, material_row: np.uint32) -> Chunk:
    """Return a plain below the box between two corners, (3,) each."""
    positions, triangles = ground_plane(lo, hi)
    count = len(positions)
    vertices = Vertices(
        positions=positions,
        normals=np.tile(np.array([0, 0, 1], np.float32), (count, 1)),
        slots=np.zeros(count, np.uint32),
        materials=np.full(count, material_row, np.uint32),
    )
    return Chunk(
        key=BatchKey(layer=_FLOOR_LAYER, wide=True),
        vertices=vertices,
        span=(0, count),
        triangles=triangles,
        lines=np.zeros((0, 2), np.uint32),
        lo=positions.min(0),
        hi=positions.max(0),
        members=np.zeros(1, np.uint32),
        largest=np.inf,
    )


def _extent(elements: Elements, rows: npt.NDArray[np.bool_]) -> F32:
    return np.asarray(elements.hi[rows].max(0) - elements.lo[rows].min(0))
