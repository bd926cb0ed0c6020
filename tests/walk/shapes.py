"""Rooms, stairs and walls of few triangles, and people who walk in them."""

from __future__ import annotations

import math

import numpy as np

from walkdown_client.walk.grid import make_grid
from walkdown_client.walk.obstacles import Obstacles
from walkdown_client.walk.soup import F64, Soup
from walkdown_client.walk.walker import Walker

Point = tuple[float, float, float]
Triangles = list[list[Point]]
FRAME_SECS = 1 / 60


def quad(a: Point, b: Point, c: Point, d: Point) -> Triangles:
    return [[a, b, c], [a, c, d]]


def box(lo: Point, hi: Point) -> Triangles:
    (x0, y0, z0), (x1, y1, z1) = lo, hi
    return [
        *quad((x0, y0, z0), (x1, y0, z0), (x1, y1, z0), (x0, y1, z0)),
        *quad((x0, y0, z1), (x1, y0, z1), (x1, y1, z1), (x0, y1, z1)),
        *quad((x0, y0, z0), (x1, y0, z0), (x1, y0, z1), (x0, y0, z1)),
        *quad((x0, y1, z0), (x1, y1, z0), (x1, y1, z1), (x0, y1, z1)),
        *quad((x0, y0, z0), (x0, y1, z0), (x0, y1, z1), (x0, y0, z1)),
        *quad((x1, y0, z0), (x1, y1, z0), (x1, y1, z1), (x1, y0, z1)),
    ]


FLOOR = quad((-20, -20, 0), (20, -20, 0), (20, 20, 0), (-20, 20, 0))


def tiled_floor(half: int = 6, *, size: float = 1.0) -> Triangles:
    """A floor of many seams."""
    out: Triangles = []
    for i in range(-half, half):
        for j in range(-half, half):
            x, y = i * size, j * size
            out += quad((x, y, 0), (x + size, y, 0), (x + size, y + size, 0), (x, y + size, 0))
    return out


def wall_x(x: float, *, y: tuple[float, float] = (-20, 20), z: tuple[float, float] = (0, 3)) -> Triangles:
    """A sheet without thickness."""
    return quad((x, y[0], z[0]), (x, y[1], z[0]), (x, y[1], z[1]), (x, y[0], z[1]))


def wall_y(y: float, *, x: tuple[float, float] = (-20, 20), z: tuple[float, float] = (0, 3)) -> Triangles:
    return quad((x[0], y, z[0]), (x[1], y, z[0]), (x[1], y, z[1]), (x[0], y, z[1]))


def stairs(rise: float, *, steps: int = 8, tread: float = 0.28, from_x: float = 1.0) -> Triangles:
    """A flight up to the east, and a landing."""
    out: Triangles = []
    end = from_x + tread * steps + 3
    for k in range(steps):
        out += box((from_x + tread * k, -1, 0), (end, 1, rise * (k + 1)))
    return out


def ramp(degrees: float, *, from_x: float = 1.0, length: float = 4.0) -> Triangles:
    height = length * math.tan(math.radians(degrees))
    return quad((from_x, -5, 0), (from_x + length, -5, height), (from_x + length, 5, height), (from_x, 5, 0))


def obstacles_of(triangles: Triangles, *, anchor: F64 | None = None) -> Obstacles:
    """All triangles as one tile, their owners numbered."""
    corners = np.array(triangles, np.float32).reshape(-1, 3, 3)
    found = Obstacles()
    at = np.zeros(3) if anchor is None else anchor
    found.put("tile", make_grid(Soup(at, corners, np.arange(len(corners), dtype=np.int64))))
    return found


def standing(triangles: Triangles, feet: Point = (0.0, 0.0, 0.05)) -> Walker:
    """Somebody who has come to rest."""
    walker = Walker(obstacles_of(triangles), np.array(feet))
    walk(walker, (0.0, 0.0), secs=0.5)
    assert walker.standing
    return walker


def walk(
    walker: Walker, velocity: tuple[float, float], *, secs: float, frame_secs: float = FRAME_SECS
) -> list[F64]:
    """Walk for a while; returns where the feet were after each frame."""
    path = []
    for _frame in range(round(secs / frame_secs)):
        walker.step(frame_secs, velocity)
        path.append(walker.feet.copy())
    return path
