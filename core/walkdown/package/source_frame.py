"""How a source file's own coordinates lie in its package: a rotation, one scale and a shift, in the manifest.

A source says it as ``package_from_source``: twelve numbers with a space between, row by row a 3 × 4 matrix
from the coordinates that the file itself uses, in metres with Z up, to those of the package. Without it they
are the same, and a package whose file was neither moved nor turned says nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]

PACKAGE_FROM_SOURCE = "package_from_source"
TEXT_MAX = 500
FURTHEST_METRES = 1e9
SCALE_MOST = 1e6
TOLERANCE = 1e-4
"""How far it may be from a rotation times a scale, relative to the scale."""


def is_ifc(source: Mapping[str, str]) -> bool:
    """Return whether a source of a package is an IFC file."""
    return source.get("schema", "").upper().startswith("IFC")


def with_frame(source: Mapping[str, str], package_from_source: F64) -> dict[str, str]:
    """Return a source that says where its coordinates lie, a (4, 4) matrix; in place that is nothing."""
    plain = {name: value for name, value in source.items() if name != PACKAGE_FROM_SOURCE}
    if np.array_equal(package_from_source, np.eye(4)):
        return plain
    numbers = (package_from_source[:3] + 0.0).ravel().tolist()  # no -0.0
    return plain | {PACKAGE_FROM_SOURCE: " ".join(map(repr, numbers))}


def frame_of(source: Mapping[str, str]) -> F64:
    """Return the (4, 4) package from source; in place where a source says nothing, or nothing that can be."""
    matrix = np.eye(4)
    words = source.get(PACKAGE_FROM_SOURCE, "")
    if not words or len(words) > TEXT_MAX:
        return matrix
    try:
        numbers = np.array([float(word) for word in words.split()])
    except ValueError:
        return matrix
    if numbers.shape == (12,) and _can_be(numbers.reshape(3, 4)):
        matrix[:3] = numbers.reshape(3, 4)
    return matrix


def _can_be(rows: F64) -> bool:
    """Return whether a (3, 4) matrix is a rotation, one positive scale and a shift within reach."""
    if not np.isfinite(rows).all() or np.abs(rows[:, 3]).max() > FURTHEST_METRES:
        return False
    if np.abs(rows[:, :3]).max() > 2 * SCALE_MOST:
        return False
    scale = math.cbrt(float(np.linalg.det(rows[:, :3])))
    if not 1 / SCALE_MOST <= scale <= SCALE_MOST:
        return False
    turn = rows[:, :3] / scale
    return bool(np.abs(turn.T @ turn - np.eye(3)).max() <= TOLERANCE)
