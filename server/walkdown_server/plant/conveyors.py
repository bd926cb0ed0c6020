"""Straight conveyors in sections of about 4 m with goods that ride a ``flow`` joint.

Goods stand exactly one pitch apart along the belt, so that a shift by one pitch looks the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from walkdown.package.model import Surface
from walkdown_server.plant.builder import Builder
from walkdown_server.plant.fittings import drive, gear_motor, photo_eye
from walkdown_server.plant.shapes import F64, channel

_SIDE = channel(0.18, 0.03, 0.004)


@dataclass(frozen=True, slots=True, kw_only=True)
class Belt:
    """One conveyor.

    Attributes:
        start, end: x of both ends, metres; the goods move from start to end (also backwards).
        y: middle of the belt; ``width`` of it; ``height`` of its surface above the floor.
        goods: template of the goods, or None.
        pitch: distance of the goods along the belt, metres.
        lanes: offsets of the rows of goods from the middle; ``stagger`` shifts every second row.
        surface: ``belt`` or ``rollers``.
    """

    start: float
    end: float
    y: float
    width: float = 0.35
    height: float = 1.0
    goods: Surface | None = None
    pitch: float = 0.13
    lanes: Sequence[float] = (0.0,)
    stagger: bool = False
    guides: bool = True
    surface: str = "belt"

    @property
    def low(self) -> float:
        """Smaller x."""
        return min(self.start, self.end)

    @property
    def length(self) -> float:
        """Metres."""
        return abs(self.end - self.start)

    @property
    def way(self) -> int:
        """1 to the east, -1 to the west."""
        return 1 if self.end > self.start else -1


def add_conveyor(b: Builder, segment: str, name: str, *, belt: Belt) -> None:
    """Group ``segment`` with sections, drive, sensors, guides and goods on joint ``belt``."""
    with conveyor(b, segment, name, belt=belt):
        pass


@contextmanager
def conveyor(b: Builder, segment: str, name: str, *, belt: Belt, kind: str = "conveyor") -> Iterator[None]:
    """As ``add_conveyor``; the group stays open for more parts."""
    with b.group(segment, name, kind, length_m=round(belt.length, 2), width_m=belt.width):
        count = max(1, round(belt.length / 4))
        marks = np.linspace(belt.low, belt.low + belt.length, count + 1)
        for k, (x0, x1) in enumerate(pairwise(marks)):
            _section(b, k + 1, x0, x1=x1, belt=belt)
        beside = belt.y - belt.width / 2 - 0.14
        tail = belt.end - belt.way * (2.0 if belt.length > 4 else belt.length * 0.7)
        drive(b, (tail, beside, belt.height - 0.3), rz=-90)
        for k in range(count // 3):
            with b.part(f"MOT{k + 2}", f"drive {k + 2}", "motor"):
                gear_motor(b, (marks[3 * k + 1], beside, belt.height - 0.3), rz=-90)
        _goods(b, belt, marks)
        yield


def _section(b: Builder, n: int, x0: float, *, x1: float, belt: Belt) -> None:
    middle, length, y, z = (x0 + x1) / 2, x1 - x0, belt.y, belt.height
    half = belt.width / 2
    with b.part(f"S{n}", f"section {n}", "conveyor"):
        if belt.surface == "rollers":
            _rollers(b, x0, x1, belt=belt)
        else:
            b.box("belt", (middle, y, z - 0.05), (length, belt.width, 0.05))
            b.box("dark", (middle, y, z - 0.2), (length - 0.1, belt.width * 0.6, 0.14))
        for side in (-1, 1):
            b.bar(
                _SIDE,
                "stainless",
                (x0, y + side * (half + 0.015), z - 0.2),
                end=(x1, y + side * (half + 0.015), z - 0.2),
            )
            b.box("stainless", (middle, y + side * (half + 0.02), z - 0.18), (length, 0.03, 0.2))
    for k, x in enumerate((x0 + 0.5, x1 - 0.5) if length > 3.4 else (middle,), 1):
        with b.part(f"S{n}-leg{k}", f"leg {n}.{k}", "support"):
            _leg(b, x, belt)
    if belt.guides:
        with b.part(f"R{n}", f"guide rails {n}", "guide"):
            _guides(b, x0, x1, belt=belt)
    with b.part(f"EYE{n}", f"light barrier {n}", "sensor"):
        photo_eye(b, (middle + 0.4, y - half - 0.06, z + 0.06))
    with b.part(f"EYE{n}-R", f"reflector {n}", "sensor"):
        b.box("red", (middle + 0.4, y + half + 0.05, z + 0.08), (0.04, 0.012, 0.06))


def _leg(b: Builder, x: float, belt: Belt) -> None:
    half = belt.width / 2
    for side in (-1, 1):
        b.box("stainless", (x, belt.y + side * half, 0.05), (0.05, 0.05, belt.height - 0.2))
        b.cylinder("black", (x, belt.y + side * half, 0), 0.05, length=0.05, sides=10)
    b.box("stainless", (x, belt.y, 0.3), (0.04, belt.width, 0.04))


def _guides(b: Builder, x0: float, x1: float, *, belt: Belt) -> None:
    half, z = belt.width / 2, belt.height
    for side in (-1, 1):
        y = belt.y + side * (half + 0.0)
        for up in (0.09, 0.19):
            b.rod("zinc", (x0, y, z + up), (x1, y, z + up), radius=0.009, sides=6)
        for x in np.linspace(x0 + 0.25, x1 - 0.25, max(2, round((x1 - x0) / 1.2))):
            b.box("stainless", (x, y + side * 0.035, z - 0.04), (0.02, 0.03, 0.25))
            b.box("black", (x, y + side * 0.02, z + 0.08), (0.03, 0.05, 0.025))


def _rollers(b: Builder, x0: float, x1: float, *, belt: Belt) -> None:
    for x in np.arange(x0 + 0.08, x1, 0.16):
        at = (x, belt.y - belt.width / 2, belt.height - 0.05)
        b.cylinder("roller", at, 0.05, length=belt.width, axis="y", sides=10)


def goods_xs(belt: Belt, lane: int = 0) -> list[float]:
    """Places of a lane at rest as x, in the order of travel; one pitch on, the last is at the end."""
    first = belt.pitch * (0.5 if belt.stagger and lane % 2 else 0.0) + 0.001
    places = int((belt.length - first) / belt.pitch + 1e-9)
    return [belt.start + belt.way * (first + k * belt.pitch) for k in range(places)]


def _goods(b: Builder, belt: Belt, marks: F64) -> None:
    if belt.goods is None:
        return
    axis = (float(belt.way), 0.0, 0.0)
    flow = b.joint("belt", "flow", (belt.start, belt.y, belt.height), axis=axis, period=belt.pitch)
    with b.riding(flow):
        for k, (x0, x1) in enumerate(pairwise(marks)):
            with b.part(f"G{k + 1}", f"goods {k + 1}", "goods"):
                for lane, offset in enumerate(belt.lanes):
                    for x in goods_xs(belt, lane):
                        if x0 <= x < x1:
                            b.copy(belt.goods, (x, belt.y + offset, belt.height))
