"""One person on foot: gravity, floors, steps, slopes and walls.

Nothing here knows frames or keys: :meth:`Walker.step` is told for how long and with which velocity, and moves
in parts so short that no floor's seam and no step is missed. What may not be entered, and why nothing is ever
tunnelled through, stands in ``slide``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from walkdown_client.walk.body import EYE_M, RADIUS_M, SKIN_M, Body, Touch
from walkdown_client.walk.facets import WALKABLE
from walkdown_client.walk.obstacles import Obstacles
from walkdown_client.walk.slide import Flat, in_the_air, on_the_level, shortened
from walkdown_client.walk.soup import F64, Mask

WALK_M_S, RUN_M_S = 1.4, 4.0
STEP_M = 0.25
STEP_SLACK_M = 0.005
GRAVITY_M_S2 = 9.81
TERMINAL_M_S = 40.0
START_SECS = 0.08
"""Time constant with which walking starts, turns and stops."""

AIR_SECS = 0.5
"""The same while falling."""

SLEEP_SECS = 0.25
"""A frame that took longer counts as this long: who looked away does not walk on."""

PART_M = 0.06
FALL_PART_M = 0.3
LOST_BELOW_M = 20.0
WEDGED_SECS = 0.3
SAFE_SECS = 0.5
"""Who has stood firmly for this long will be brought back there."""

_FIRM = 0.5
"""Upward part of the normal of an edge on which somebody who falls comes to stand."""

_HELD = 0.05
"""The same for somebody who stood already: he rolls off no step that he climbs."""

_SURE = 0.9
"""The same for a place to which somebody may be brought back: not the brink of an edge."""

_NEAR_M = 0.006
_LOWERINGS, _STEPPINGS = 4, 3


@dataclass(frozen=True, slots=True)
class Support:
    """What a body stands on: its height above the site's zero, metres, and the normal's upward part."""

    height: float
    up: float


class Walker:
    """A person on foot.

    Args:
        obstacles: what there is.
        feet: (3,) metres, site frame, between the soles.
        bottom_m: z of the lowest thing there is; who falls well below it is brought back.

    Attributes:
        feet: (3,) float64 where the person stands.
        standing: whether there is a floor below. holding: what is around is still being loaded.
        lost: how often the person fell out of the world and was brought back.
    """

    def __init__(self, obstacles: Obstacles, feet: F64, *, bottom_m: float = -math.inf) -> None:
        self.body = Body(obstacles)
        self.feet: F64 = np.array(feet, np.float64)
        self.bottom_m = bottom_m
        self.standing, self.holding, self.lost = False, False, 0
        self._velocity = np.zeros(3)
        self._floor_m, self._up = math.inf, 0.0
        self._safe = self.feet.copy()
        self._stood_secs = self._wedged_secs = 0.0
        self._touched: Touch | None = None
        self._touched_at = np.full(3, np.nan)
        self._revision = -1

    @property
    def eye(self) -> F64:
        """(3,) metres, site frame."""
        return np.add(self.feet, (0.0, 0.0, EYE_M))

    def put(self, feet: F64) -> None:
        """Stand somewhere else, at rest."""
        self.feet = np.array(feet, np.float64)
        self._velocity[:] = 0.0
        self.standing, self._floor_m = False, math.inf
        self._safe = self.feet.copy()

    def lowered(self, feet: F64) -> F64 | None:
        """Return where the feet (3,) come to stand when they are let down a step, None without a floor."""
        found, support = self._lowered(feet, most_m=2 * STEP_M)
        return None if support is None else found

    def step(self, delta_secs: float, wish: Flat) -> None:
        """Walk on.

        Args:
            delta_secs: since the last step; long ones count as ``SLEEP_SECS``.
            wish: x and y of the velocity that is wanted, metres a second, site frame.
        """
        self.holding = not self.body.known(self.feet)
        if self.holding:
            self._velocity[:] = 0.0
            return
        left = min(max(delta_secs, 0.0), SLEEP_SECS)
        self._turn_to(wish, left)
        for _part in range(200):
            if left <= 1e-9:
                break
            part = min(left, self._part_secs())
            left -= part
            if self.standing:
                self._walk(part)
            else:
                self._fall(part)
        self._note_place(delta_secs)

    def _turn_to(self, wish: Flat, secs: float) -> None:
        kept = math.exp(-secs / (START_SECS if self.standing else AIR_SECS))
        self._velocity[0] = wish[0] + (self._velocity[0] - wish[0]) * kept
        self._velocity[1] = wish[1] + (self._velocity[1] - wish[1]) * kept
        if not any(wish) and math.hypot(*self._velocity[:2].tolist()) < 1e-3:
            self._velocity[:2] = 0.0

    def _part_secs(self) -> float:
        """Return for how long one part of a step may last."""
        x, y, z = self._velocity.tolist()
        falling = abs(z) + GRAVITY_M_S2 * 0.02
        return min(PART_M / max(math.hypot(x, y), 1e-9), FALL_PART_M / falling if not self.standing else 1.0)

    # ---- on the ground ------------------------------------------------------------------------------

    def _walk(self, secs: float) -> None:
        move = (float(self._velocity[0]) * secs, float(self._velocity[1]) * secs)
        if move != (0.0, 0.0):
            here = self._touch(self.feet)
            way = self._glide(here, move)
            gone = float(way[0] * move[0] + way[1] * move[1])
            if gone < 0.9 * (move[0] ** 2 + move[1] ** 2) and self._step_up(here, move, gone):
                return
            self.feet = self.feet + way
        self._settle()

    def _glide(self, here: Touch, move: Flat) -> F64:
        """Return the move (3,) along floor and walls."""
        normals = here.contacts.normals
        ramps = here.floors & (normals[2] >= WALKABLE)
        ramps &= here.contacts.distances < RADIUS_M + 2 * SKIN_M + math.hypot(*move)
        rise = _rise(here, ramps, move)
        slope = rise / max(move[0] ** 2 + move[1] ** 2, 1e-12)
        tilted = normals[:2] + normals[2] * (np.array(move) * slope)[:, None]
        flat = _between_walls(here, move, tilted, walls=~ramps)
        if flat != move:
            rise = _rise(here, ramps, flat)
        return shortened(np.array([*flat, rise]), normals, here.hard)

    def _step_up(self, here: Touch, move: Flat, gone: float) -> bool:
        """Roll up the edge of a floor that is in the way; return False when there is none or no room."""
        steps = self._steps(here, move)
        if not (steps & here.floors).any():
            return False
        walls = ~self._is_step(here) & ~(here.floors & (here.contacts.normals[2] >= WALKABLE))
        flat = _between_walls(here, move, here.contacts.normals[:2], walls=walls)
        if flat[0] * move[0] + flat[1] * move[1] < gone + 1e-6:
            return False
        edges = _points(here, steps, self.feet)
        for _turn in range(_STEPPINGS):
            feet = np.add(self.feet, (*flat, _rolled_up(edges, self.feet, flat)))
            there = self._touch(feet)
            entered = there.contacts.distances < RADIUS_M - 1e-7
            if not entered.any():
                return self._stand_on_step(feet, there)
            if (entered & ~self._is_step(there)).any():
                return False
            edges = np.concatenate([edges, _points(there, entered, feet)])
        return False

    def _steps(self, here: Touch, move: Flat) -> Mask:
        """Tell which contacts are low enough to step over, in the way and near."""
        found = here.contacts
        towards = found.normals[0] * move[0] + found.normals[1] * move[1] < 0
        near = found.distances < RADIUS_M + math.hypot(*move) + 2 * SKIN_M
        return np.asarray(towards & near & (found.normals[2] < WALKABLE) & self._is_step(here), bool)

    def _is_step(self, here: Touch) -> Mask:
        heights = here.contacts.heights + here.base
        low = heights <= self._floor_m + STEP_M + STEP_SLACK_M
        return np.asarray(low & (heights > float(self.feet[2]) + 0.002), bool)

    def _stand_on_step(self, feet: F64, there: Touch) -> bool:
        support = _support(there, _HELD)
        if support is None or support.height > self._floor_m + STEP_M + STEP_SLACK_M:
            return False
        self._stand(feet, support)
        return True

    def _settle(self) -> None:
        """Follow the floor down a step or a slope, or begin to fall."""
        feet, support = self._lowered(self.feet, most_m=STEP_M + SKIN_M)
        held = self._wedged_secs > WEDGED_SECS and float(self.feet[2] - feet[2]) < _NEAR_M
        if support is not None:
            self._wedged_secs = 0.0
            self._stand(feet, support)
        elif held:
            self._stand(feet, Support(float(feet[2]), 1.0))
        else:
            self.standing, self._wedged_secs = False, 0.0

    def _stand(self, feet: F64, support: Support) -> None:
        self.feet, self._floor_m, self._up = feet, support.height, support.up
        self.standing, self._velocity[2] = True, 0.0

    def _lowered(self, feet: F64, *, most_m: float) -> tuple[F64, Support | None]:
        """Let a body down until it touches something; return where it is then, and on which floor if any."""
        left = most_m
        for _turn in range(_LOWERINGS):
            here = self._touch(feet)
            below = here.contacts.normals[2] > _HELD
            room = (here.contacts.distances[below] - RADIUS_M - SKIN_M) / here.contacts.normals[2][below]
            drop = min(max(float(room.min(initial=math.inf)), 0.0), left, 0.35)
            support = _support(here, _HELD)
            if drop < 1e-4 or support is not None:
                break
            feet = feet - np.array([0.0, 0.0, drop])
            left -= drop
        else:
            support = _support(self._touch(feet), _HELD)
        return feet, support

    # ---- in the air ---------------------------------------------------------------------------------

    def _fall(self, secs: float) -> None:
        self._velocity[2] = max(self._velocity[2] - GRAVITY_M_S2 * secs, -TERMINAL_M_S)
        here = self._touch(self.feet)
        normals = here.contacts.normals
        way = shortened(in_the_air(self._velocity * secs, normals, here.soft), normals, here.hard)
        self.feet = self.feet + way
        if float(way[2]) > 0.999 * float(self._velocity[2]) * secs:
            self._velocity = np.minimum(way / secs, (math.inf, math.inf, 0.0))
            self._land(secs, still=float(np.abs(way).max()) < 1e-4 + 0.02 * secs)

    def _land(self, secs: float, *, still: bool) -> None:
        """Come to stand on a floor, or between things too steep to stand on when there is no way down."""
        here = self._touch(self.feet)
        support = _support(here, _FIRM)
        self._wedged_secs = self._wedged_secs + secs if still else 0.0
        if support is not None:
            self._wedged_secs = 0.0
            self._stand(self.feet, support)
        elif self._wedged_secs > WEDGED_SECS:
            self._stand(self.feet, Support(float(self.feet[2]), 1.0))

    # ---- places -------------------------------------------------------------------------------------

    def _note_place(self, secs: float) -> None:
        """Remember safe places, and return to the last one from below the world."""
        self._stood_secs = self._stood_secs + secs if self.standing and self._up > _SURE else 0.0
        if self._stood_secs >= SAFE_SECS:
            self._stood_secs, self._safe = 0.0, self.feet.copy()
        if self.feet[2] < self.bottom_m - LOST_BELOW_M:
            self.lost += 1
            self.put(self._safe)

    def _touch(self, feet: F64) -> Touch:
        """Return what is met at a place; asking twice costs once."""
        revision = self.body.obstacles.revision
        if self._touched is None or revision != self._revision or (feet != self._touched_at).any():
            self._touched, self._touched_at, self._revision = self.body.touch(feet), feet, revision
        return self._touched


def _between_walls(here: Touch, move: Flat, normals: F64, *, walls: Mask) -> Flat:
    """Return the level move that keeps the skin from faces, or where that is too narrow, does without."""
    flat = on_the_level(move, normals[:, walls], here.soft[walls])
    return flat if flat != (0.0, 0.0) else on_the_level(move, normals[:, walls], here.hard[walls])


def _points(here: Touch, rows: Mask, feet: F64) -> F64:
    """Return (k, 3) the nearest points of some triangles below the middle of a body, metres, site frame."""
    found = here.contacts
    across = found.normals[:2, rows] * found.distances[rows]
    return np.stack([*(feet[:2, None] - across), found.heights[rows] + here.base], 1)


def _rolled_up(edges: F64, feet: F64, move: Flat) -> float:
    """Return how far up a body moves when it rolls over points (k, 3) while it makes a level move."""
    away = np.hypot(edges[:, 0] - feet[0] - move[0], edges[:, 1] - feet[1] - move[1])
    reach = RADIUS_M + SKIN_M
    over = np.sqrt(np.maximum(reach**2 - away**2, 0.0))
    rises = np.where(away < reach, edges[:, 2] + over - reach - feet[2], 0.0)
    return max(float(rises.max()), 0.0)


def _rise(here: Touch, ramps: Mask, move: Flat) -> float:
    """Return how far a level move leads up, or with a negative sign down, the slopes that are touched.

    It leads down no further than everything else below allows.
    """
    if not ramps.any():
        return 0.0
    rows = np.flatnonzero(ramps)
    nx, ny, nz = here.contacts.normals[:, rows]
    rise = float(((here.soft[rows] - nx * move[0] - ny * move[1]) / nz).max())
    if rise < -1e-9:
        below = np.flatnonzero(here.contacts.normals[2] > _HELD)
        nx, ny, nz = here.contacts.normals[:, below]
        rise = max(rise, min(float(((here.hard[below] - nx * move[0] - ny * move[1]) / nz).max()), 0.0))
    return rise


def _support(here: Touch, least_up: float) -> Support | None:
    """Return the floor that carries a body: the highest that it touches from above."""
    found = here.contacts
    carried = here.floors & (found.normals[2] > least_up)
    carried &= found.distances - RADIUS_M - SKIN_M <= _NEAR_M * found.normals[2]
    if not carried.any():
        return None
    rows = np.flatnonzero(carried)
    best = rows[found.heights[rows].argmax()]
    return Support(float(found.heights[best]) + here.base, float(found.normals[2][best]))
