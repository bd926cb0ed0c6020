"""The body of a person who walks: an upright capsule, and what it touches where it stands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walkdown_client.walk.facets import Axis, Contacts, Facets, no_facets
from walkdown_client.walk.obstacles import Obstacles
from walkdown_client.walk.soup import F64, Mask

RADIUS_M = 0.25
HEIGHT_M = 1.75
EYE_M = 1.65
SKIN_M = 0.01
"""People keep this much more away from faces than from edges, so that the seams of a floor stop nobody."""

_LOW_M, _HIGH_M = RADIUS_M + SKIN_M, HEIGHT_M - RADIUS_M
_INNER_PAD = np.array([0.2, 0.2, 0.8])
_INNER_ROOM = np.array([0.1, 0.1, 0.4])
"""What a single move may reach: the inner triangles are looked up again before it could go further."""

_OUTER_PAD = np.array([1.2, 1.2, 1.6])
_DENSE_PAD = np.array([0.4, 0.4, 1.2])
_MANY = 6000
"""Where there are more triangles than this around somebody, less is prepared at a time."""
_SIZE_LO = np.array([-_LOW_M, -_LOW_M, 0.0])
_SIZE_HI = np.array([_LOW_M, _LOW_M, HEIGHT_M])


@dataclass(frozen=True, slots=True)
class Touch:
    """What a body meets at one place.

    Attributes:
        contacts: with every triangle in reach.
        floors: (n,) whether one can stand on the triangle.
        base: z of the facets' origin, metres, site frame.
        hard: (n,) how far a move has to go along each normal at least, never above 0.
        soft: (n,) the same, with the skin kept from faces.
    """

    contacts: Contacts
    floors: Mask
    base: float
    hard: F64
    soft: F64


class Body:
    """Looks up what is near a place, and keeps it while the place hardly changes."""

    def __init__(self, obstacles: Obstacles) -> None:
        self.obstacles = obstacles
        self._revision = -1
        self._outer, self._inner = no_facets(), no_facets()
        self._outer_at = self._inner_at = np.full(3, np.inf)
        self._pad = self._next_pad = _OUTER_PAD

    def touch(self, feet: F64) -> Touch:
        """Return what a body whose feet are at (3,), metres, site frame, meets."""
        facets = self._near(feet)
        found = facets.contacts(_axis(feet - facets.origin))
        hard = np.minimum(RADIUS_M - found.distances, 0.0)
        soft = np.where(found.on_face, _LOW_M - found.distances, hard)
        return Touch(found, facets.floors, float(facets.origin[2]), hard, soft)

    def fits(self, feet: F64) -> bool:
        """Tell whether a body has room here."""
        facets = self._near(feet)
        axis = _axis(feet - facets.origin)
        if not len(facets):
            return True
        return bool(facets.contacts(axis).distances.min() >= RADIUS_M - 1e-6) and not facets.cut(axis)

    def known(self, feet: F64) -> bool:
        """Tell whether all that can be met here has been loaded."""
        return not self.obstacles.awaited(feet + _SIZE_LO - _OUTER_PAD, feet + _SIZE_HI + _OUTER_PAD)

    def _near(self, feet: F64) -> Facets:
        if self._revision != self.obstacles.revision:
            self._revision = self.obstacles.revision
            self._outer_at = self._inner_at = np.full(3, np.inf)
        if (np.abs(feet - self._inner_at) > _INNER_PAD - _INNER_ROOM).any():
            self._look_around(feet)
        return self._inner

    def _look_around(self, feet: F64) -> None:
        if (np.abs(feet - self._outer_at) > self._pad - _INNER_PAD).any():
            self._outer_at, self._pad = feet.copy(), self._next_pad
            self._outer = self.obstacles.around(feet + _SIZE_LO - self._pad, feet + _SIZE_HI + self._pad)
            if len(self._outer) > _MANY:
                self._next_pad = _DENSE_PAD
            elif len(self._outer) < _MANY // 8:
                self._next_pad = _OUTER_PAD
        self._inner_at = feet.copy()
        here = feet - self._outer.origin
        self._inner = self._outer.reaching(here + _SIZE_LO - _INNER_PAD, here + _SIZE_HI + _INNER_PAD)


def _axis(feet: F64) -> Axis:
    x, y, z = feet.tolist()
    return x, y, z + _LOW_M, z + _HIGH_M
