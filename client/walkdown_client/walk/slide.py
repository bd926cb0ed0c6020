"""How far one may move: the wished move, shortened and turned so that nothing is entered.

A triangle and an upright axis are convex, so the plane through the triangle's nearest point parts them. As
long as the axis does not move nearer to that plane than the body's radius, it does not come nearer to the
triangle either, however long the move is: ``normal · move ≥ radius − distance``. Every move that keeps this
for all triangles in reach is safe along its whole way; nothing is ever tunnelled through.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
Flat = tuple[float, float]
Limit = tuple[float, float, float]
"""x and y of a normal, and the least that its product with a move may be."""

LIMITS_MAX = 12
"""No more walls than this are weighed against each other; :func:`shortened` heeds all."""

_SLACK = 1e-9


def on_the_level(move: Flat, normals: F64, needed: F64) -> Flat:
    """Return the level move next to ``move`` that keeps all limits, or no move.

    Args:
        move: x and y, metres.
        normals: (2, n), not necessarily of unit length. needed: (n,).
    """
    missing = needed - normals[0] * move[0] - normals[1] * move[1]
    if not len(missing) or missing.max() <= _SLACK:
        return move
    limits = _limits(normals, needed, missing, reach=math.hypot(*move))
    for limit in limits:  # what keeps all limits and lies next on one of them is the nearest of all
        place = _foot(move, limit)
        if place is not None and _keeps(place, limits):
            return place
    corners = (_corner(one, other) for one, other in itertools.combinations(limits, 2))
    kept = (place for place in corners if place is not None and _keeps(place, limits))
    return min(kept, key=lambda place: math.dist(place, move), default=(0.0, 0.0))


def _limits(normals: F64, needed: F64, missing: F64, *, reach: float) -> list[Limit]:
    """Return the limits that matter to a move of a length, the most violated first, equal ones once."""
    reach += max(float(needed.max()), 0.0)
    rows = np.flatnonzero(needed > -np.hypot(normals[0], normals[1]) * reach - _SLACK)
    rows = rows[np.argsort(-missing[rows], kind="stable")]
    found: dict[Limit, Limit] = {}
    for x, y, least in np.stack([normals[0, rows], normals[1, rows], needed[rows]], 1).tolist():
        found.setdefault((round(x, 4), round(y, 4), round(least, 5)), (x, y, least))
        if len(found) == LIMITS_MAX:
            break
    return list(found.values())


def _foot(move: Flat, limit: Limit) -> Flat | None:
    """Return where a move that breaks a limit would just keep it."""
    nx, ny, least = limit
    square = nx * nx + ny * ny
    step = least - nx * move[0] - ny * move[1]
    if step <= 0 or square < _SLACK:
        return None
    return move[0] + step / square * nx, move[1] + step / square * ny


def _corner(one: Limit, other: Limit) -> Flat | None:
    """Return where two limits meet."""
    (ax, ay, a), (bx, by, b) = one, other
    area = ax * by - ay * bx
    if abs(area) < 1e-6:
        return None
    return (a * by - b * ay) / area, (b * ax - a * bx) / area


def _keeps(place: Flat, limits: list[Limit]) -> bool:
    x, y = place
    for nx, ny, least in limits:
        if nx * x + ny * y < least - 1e-8:
            return False
    return True


def in_the_air(move: F64, normals: F64, needed: F64) -> F64:
    """Return a move (3,) near ``move`` that slides along what is in the way.

    Args:
        move: (3,) metres. normals: (3, n) unit. needed: (n,).
    """
    now = move.copy()
    hit: list[F64] = []
    for _turn in range(8):
        missing = needed - now @ normals
        if not len(missing) or missing.max() <= _SLACK:
            break
        worst = int(missing.argmax())
        normal = normals[:, worst]
        now = now + missing[worst] * normal
        if hit:
            now = _along_both(now, normal, hit[-1])
        hit.append(normal)
    return now


def _along_both(move: F64, one: F64, other: F64) -> F64:
    """Return the part of a move along the crease of two planes, when it goes against the second."""
    crease = np.array(
        [
            one[1] * other[2] - one[2] * other[1],
            one[2] * other[0] - one[0] * other[2],
            one[0] * other[1] - one[1] * other[0],
        ]
    )
    square = float(crease @ crease)
    if float(move @ other) >= 0 or square < 1e-6:
        return move
    return np.asarray(crease * (float(move @ crease) / square))


def shortened(move: F64, normals: F64, needed: F64) -> F64:
    """Return as much of a move (3,) as keeps all limits; no move always does.

    Args:
        normals: (3, n). needed: (n,), none above 0.
    """
    towards = move @ normals
    missing = towards < needed - 1e-12
    if not missing.any():
        return move
    share = float((needed[missing] / towards[missing]).min())
    return move * max(share * (1 - 1e-9), 0.0)
