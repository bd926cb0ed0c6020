"""Where a model stands: the maths of a :data:`walkdown.messages.Placement`, in float64.

A placement is ``site_from_package``, 3 × 4 row-major, metres: ``site = scale · turn · package + shift``.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from walkdown.errors import BadInput
from walkdown.i18n import _
from walkdown.messages import IN_PLACE, Placement, Point

F64 = npt.NDArray[np.float64]
SQUARE_TOLERANCE = 1e-6
"""How far the columns of a placement may be from square and equally long, relative to its scale."""


def matrix(placement: Placement) -> F64:
    """Return it as (3, 4) float64."""
    return np.array(placement, np.float64).reshape(3, 4)


def placement_of(site_from_package: npt.ArrayLike) -> Placement:
    """Return a (3, 4) matrix as a placement.

    Raises:
        BadInput: it is no rotation with one scale and a translation.
    """
    rows = np.asarray(site_from_package, np.float64).reshape(3, 4)
    size = scale_of(rows)
    square = rows[:, :3].T @ rows[:, :3] / size**2 if size > 0 else np.zeros((3, 3))
    if not np.isfinite(rows).all() or np.abs(square - np.eye(3)).max() > SQUARE_TOLERANCE:
        raise BadInput(
            _("a placement is a rotation, one scale and a translation; got {matrix}").format(
                matrix=np.round(rows, 3).tolist()
            )
        )
    return tuple(rows.ravel().tolist())


def placed(
    position: npt.ArrayLike = (0.0, 0.0, 0.0), *, heading_rad: float = 0.0, scale: float = 1.0
) -> Placement:
    """Return the placement of a model whose zero is put at ``position`` (3,), metres, site frame.

    Args:
        heading_rad: turned about the vertical, counter-clockwise seen from above.
        scale: made so much larger.
    """
    turn = about((0.0, 0.0, 1.0), heading_rad) * scale
    return placement_of(np.concatenate([turn, np.asarray(position, np.float64).reshape(3, 1)], 1))


def shifted(placement: Placement, by: npt.ArrayLike) -> Placement:
    """Return a placement moved by (3,) metres of the site."""
    rows = matrix(placement)
    rows[:, 3] += np.asarray(by, np.float64)
    return tuple(rows.ravel().tolist())


def about(axis: npt.ArrayLike, angle_rad: float) -> F64:
    """Return the (3, 3) rotation about an axis, by Rodrigues' formula."""
    x, y, z = np.asarray(axis, np.float64) / np.linalg.norm(np.asarray(axis, np.float64))
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.asarray(np.eye(3) + math.sin(angle_rad) * cross + (1 - math.cos(angle_rad)) * cross @ cross)


def scale_of(site_from_package: F64) -> float:
    """Return the one scale in a (3, 4) or (3, 3) matrix."""
    return float(np.linalg.norm(site_from_package[:, 0]))


def heading_of(site_from_package: F64) -> float:
    """Return by how much the model's east is turned from the site's, radians, seen from above."""
    return math.atan2(site_from_package[1, 0], site_from_package[0, 0])


def to_site(placement: Placement, points: npt.ArrayLike) -> F64:
    """Return points (…, 3) of a model's frame in the site frame, metres."""
    rows = matrix(placement)
    return np.asarray(np.asarray(points, np.float64) @ rows[:, :3].T + rows[:, 3])


def to_model(placement: Placement, points: npt.ArrayLike) -> F64:
    """Return points (…, 3) of the site frame in a model's frame, metres; the inverse of :func:`to_site`."""
    rows = matrix(placement)
    away = np.asarray(points, np.float64) - rows[:, 3]
    return np.asarray(away @ rows[:, :3] / scale_of(rows) ** 2)


def site_box(placement: Placement, low: npt.ArrayLike, high: npt.ArrayLike) -> tuple[F64, F64]:
    """Return the site's boxes about a model's boxes: (…, 3) low and high corners, metres.

    The reach of a turned box along each axis is the sum of what its edges reach (Arvo, Graphics Gems, 1990).
    """
    low, high = np.asarray(low, np.float64), np.asarray(high, np.float64)
    middle = to_site(placement, (low + high) / 2)
    half = (high - low) / 2 @ np.abs(matrix(placement)[:, :3]).T
    return middle - half, middle + half


def point_in_site(placement: Placement, point: Point) -> Point:
    """Return one point of a model's frame in the site frame."""
    x, y, z = to_site(placement, point).tolist()
    return x, y, z


def point_in_model(placement: Placement, point: Point) -> Point:
    """Return one point of the site in a model's frame."""
    x, y, z = to_model(placement, point).tolist()
    return x, y, z


def is_in_place(placement: Placement) -> bool:
    """Tell whether a model stands where its own coordinates say."""
    return placement == IN_PLACE
