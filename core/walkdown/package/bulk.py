"""What of a model is its bulk, and what a faulty file has thrown far away."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from walkdown.package.model import F32

USUAL_SHARE = 0.75
FAR_FACTOR = 20.0
"""Three in four parts lie within some reach; what lies so many times farther away is no part of the bulk."""

NEAR_METRES = 200.0
"""What is nearer than this always belongs to the bulk."""


def bulk_of(lo: F32, hi: F32, weights: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
    """Return (n,) which boxes make up the bulk of a model.

    Args:
        lo, hi: (n, 3) corners, metres; not finite where there is none.
        weights: (n,) triangles; what has none is no part of the bulk.
    """
    drawn = np.isfinite(lo).all(1) & np.isfinite(hi).all(1) & (weights > 0)
    found = drawn.copy()
    if drawn.any():
        low, high = lo[drawn].astype(np.float64), hi[drawn].astype(np.float64)
        middle = (low + high) / 2
        centre = np.array([_median(axis, weights[drawn]) for axis in middle.T])
        reach = np.linalg.norm(high - low, axis=1) / 2 + np.linalg.norm(middle - centre, axis=1)
        usual = np.sort(reach)[int(USUAL_SHARE * (len(reach) - 1))]
        found[drawn] = reach <= max(FAR_FACTOR * usual, NEAR_METRES)
    return found


def _median(values: npt.NDArray[np.float64], weights: npt.NDArray[np.integer]) -> float:
    """Return the value up to which half of the weight lies."""
    order = np.argsort(values)
    total = np.cumsum(weights[order], dtype=np.float64)
    return float(values[order][np.searchsorted(total, total[-1] / 2)])


def bulk_box(lo: F32, hi: F32, weights: npt.NDArray[np.integer]) -> tuple[F32, F32]:
    """Return the box around the bulk, (3,) each; one of a metre at zero where nothing is drawn."""
    bulk = bulk_of(lo, hi, weights)
    if not bulk.any():
        return np.zeros(3, np.float32), np.ones(3, np.float32)
    return lo[bulk].min(0), hi[bulk].max(0)
