"""From a file's frame to the site's: its unit, its axes, and a zero that is near the bulk of the model."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from walkdown.messages import ImportOptions
from walkdown.package.check import MAX_COORDINATE

F64 = npt.NDArray[np.float64]

NEAR_METRES = 10_000.0
"""A model whose middle lies within it keeps the file's zero: float32 is finer than a millimetre there."""

REACH_METRES = MAX_COORDINATE
"""What lies further from the model's zero cannot be drawn."""

ON_EARTH_METRES = 1e8
"""No reference system counts further."""

UP_FROM_Y = np.array([[1, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]], np.float64)
"""Z-up from Y-up: (x, y, z) of the file is (x, −z, y) of the site."""


def site_from_file(options: ImportOptions, *, unit: float, up: str) -> F64:
    """Return the (4, 4) matrix from a file's coordinates to Z up in metres, without any shift.

    Args:
        options: what the person said; wins.
        unit: metres in one unit of the file, as the file says or its format implies.
        up: ``Y`` or ``Z``, likewise.
    """
    factor = (options.unit or unit) * options.scale
    turn = UP_FROM_Y if (options.up or up) == "Y" else np.eye(4)
    return np.asarray(turn @ np.diag([factor, factor, factor, 1.0]))


def choose_origin(
    points: F64, weights: npt.NDArray[np.float64] | None = None, *, options: ImportOptions
) -> tuple[float, float, float]:
    """Return the point that becomes the model's zero, in whole metres unless the person said it.

    It is the file's own zero when the middle of the model lies within 10 km of it, else that middle: the
    weighted median, which no outlier moves.

    Args:
        points: (n, 3) float64, metres, site axes; those that are no place on Earth do not count.
        weights: (n,) how much each counts, for instance the vertices that it stands for.
        options: an origin in them wins.
    """
    if options.origin is not None:
        return options.origin
    finite = (np.abs(points) <= ON_EARTH_METRES).all(1)
    points = points[finite]
    if not len(points):
        return (0.0, 0.0, 0.0)
    middle = _middle(points, None if weights is None else weights[finite])
    if max(map(abs, middle)) <= NEAR_METRES:
        return (0.0, 0.0, 0.0)
    x, y, z = map(round, middle)
    return (float(x), float(y), float(z))


def counts_from_zero(
    points: F64, weights: npt.NDArray[np.float64], origin: tuple[float, float, float]
) -> bool:
    """Return whether a file counts from a zero of its own, and not from that of its reference system.

    Then an origin that was said is where the file's zero stands, and nothing is to be subtracted: the
    middle of the file lies within 10 km of its zero, and further than that from the origin.
    """
    finite = np.isfinite(points).all(1)
    if not finite.any():
        return False
    middle = np.array(_middle(points[finite], weights[finite]))
    return bool(np.abs(middle).max() <= NEAR_METRES < np.abs(middle - origin).max())


def _middle(points: F64, weights: npt.NDArray[np.float64] | None) -> list[float]:
    heavy = np.ones(len(points)) if weights is None else np.asarray(weights, np.float64)
    return [_median(column, heavy) for column in points.T]


def _median(values: F64, weights: F64) -> float:
    """Return the value below which half of the weight lies."""
    order = np.argsort(values, kind="stable")
    summed = np.cumsum(weights[order])
    return float(values[order[min(np.searchsorted(summed, summed[-1] / 2), len(values) - 1)]])
