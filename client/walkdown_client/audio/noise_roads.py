"""Roads of a city as rows of noise sources: their traffic is not in the data, so it is assumed.

Source: 78 dB(A) per metre is what RLS-19 gives for some 500 light vehicles an hour at 50 km/h on asphalt.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown_client.audio.walls import Table
from walkdown_client.walk.doors import words_of

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

POWER_DB_PER_M = 78.0
ROAD_WORDS = frozenset({"road", "street", "highway", "motorway", "carriageway"})
WIDTH_M, HEIGHT_M = 7.0, 0.5
"""Of a usual road; where engines and tyres make their noise above it."""

APART_M = 15.0
_SPLIT = 6


@dataclass(frozen=True, slots=True, eq=False)
class Roads:
    """What is driven on in a package.

    Attributes:
        rows: of its elements. places: (k, 3) metres, the package's frame. lengths_m: (k,) of road at each.
    """

    rows: npt.NDArray[np.intp]
    places: F64
    lengths_m: F64

    @property
    def powers_db(self) -> F64:
        """(k,) A-weighted sound power level of the traffic on each part, dB re 1 pW."""
        return POWER_DB_PER_M + 10 * np.log10(np.maximum(self.lengths_m, 1e-3))


def no_roads() -> Roads:
    """Return none."""
    return Roads(np.zeros(0, np.intp), np.zeros((0, 3)), np.zeros(0))


def roads_of_table(table: Table) -> Roads:
    """Return which elements are roads; where they run their triangles say."""
    roads = {kind for kind in set(table.kinds) if ROAD_WORDS.intersection(words_of(kind))}
    drawn = np.asarray(table.triangles) > 0
    rows = [row for row, kind in enumerate(table.kinds) if kind in roads and drawn[row]]
    return Roads(np.array(rows, np.intp), np.zeros((0, 3)), np.zeros(0))


def roads_of_shapes(known: Roads, corners: F32, rows: I64) -> Roads:
    """Return roads as sources some metres apart, each for the area around it.

    Args:
        corners: (t, 3, 3) metres. rows: (t,) of elements, roads or not.
    """
    mine = corners[np.isin(rows, known.rows)].astype(np.float64)
    if not len(mine):
        return known
    share = (np.arange(_SPLIT) + 0.5) / _SPLIT
    u, v = np.meshgrid(share, share)
    inside = u + v < 1.0
    weights = np.stack([1 - u[inside] - v[inside], u[inside], v[inside]], 1)
    across = np.cross(mine[:, 1] - mine[:, 0], mine[:, 2] - mine[:, 0])
    area = np.abs(across[:, 2]) / 2 / len(weights)
    points = np.einsum("sk,tkx->tsx", weights, mine).reshape(-1, 3)
    areas = np.repeat(area, len(weights))
    square = np.floor(points[:, :2] / APART_M).astype(np.int64)
    _keys, label = np.unique(square, axis=0, return_inverse=True)
    total = np.bincount(label.ravel(), areas)
    middle = [np.bincount(label.ravel(), areas * points[:, axis]) for axis in range(3)]
    places = np.stack(middle, 1) / np.maximum(total, 1e-9)[:, None] + (0.0, 0.0, HEIGHT_M)
    real = total > WIDTH_M
    return Roads(known.rows, places[real], (total / WIDTH_M)[real])
