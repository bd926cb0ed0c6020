"""What rinser, filler, capper and labeller share: a turning carousel fed by star wheels beside a conveyor."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from walkdown.package.model import Surface
from walkdown_server.plant.builder import Builder
from walkdown_server.plant.layout import BELT_HEIGHT, BOTTLE_LANE, STAR_RADIUS
from walkdown_server.plant.round_shapes import lathe
from walkdown_server.plant.shapes import Shape, prism

_POCKETS = 10
_POCKET_RADIUS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Carousel:
    """Where a rotary machine stands: its rotor touches two stars that touch the bottle lane.

    Attributes:
        x: of the rotor's axis; ``line_y`` is the line's axis; metres.
        radius: pitch circle of the bottles; ``reach`` is how far each star stands from the axis in x.
        heads: number of stations.
    """

    x: float
    line_y: float
    radius: float
    reach: float
    heads: int

    @property
    def lane_y(self) -> float:
        """Y of the bottle conveyor."""
        return self.line_y + BOTTLE_LANE

    @property
    def depth(self) -> float:
        """Distance of the rotor's axis from the bottle lane."""
        return STAR_RADIUS + math.sqrt((self.radius + STAR_RADIUS) ** 2 - self.reach**2)

    @property
    def y(self) -> float:
        """Y of the rotor's axis."""
        return self.lane_y + self.depth

    def angle(self, head: int) -> float:
        """Angle of a head at rest, radians."""
        return math.tau * head / self.heads


@cache
def star_plate() -> Shape:
    """Plate with a pocket for each bottle, unit height."""
    outline = []
    for k in range(_POCKETS):
        middle = math.tau * k / _POCKETS
        outline += [_on(STAR_RADIUS, middle + turn) for turn in (-0.24, -0.15)]
        cx, cy = _on(STAR_RADIUS, middle)
        for t in (-1.5, -math.pi, -4.78):
            outline.append(
                (cx + _POCKET_RADIUS * math.cos(middle + t), cy + _POCKET_RADIUS * math.sin(middle + t))
            )
        outline.append(_on(STAR_RADIUS, middle + 0.15))
    return prism(tuple(outline))


def _on(radius: float, angle: float) -> tuple[float, float]:
    return radius * math.cos(angle), radius * math.sin(angle)


def add_star(
    b: Builder, segment: str, name: str, *, at: tuple[float, float], goods: Surface, color: str = "white"
) -> None:
    """A star wheel with bottles in its pockets, turning on joint ``segment``."""
    x, y = at
    with b.frame((x, y, 0)):
        turning = b.joint(segment, "revolute", (0, 0, BELT_HEIGHT), period=math.tau)
        with b.riding(turning), b.part(segment, name, "starwheel"):
            for z in (BELT_HEIGHT + 0.03, BELT_HEIGHT + 0.17):
                b.put(star_plate(), color, (0, 0, z), scale=(1, 1, 0.025))
            hub = lathe(
                ((0.0, 0.66), (0.12, 0.66), (0.12, 0.9), (0.08, 0.96), (0.08, 1.3), (0.05, 1.36), (0, 1.36)),
                16,
            )
            b.put(hub, "stainless", (0, 0, 0))
            for k in range(_POCKETS):
                b.copy(goods, (*_on(STAR_RADIUS, math.tau * (k + 0.5) / _POCKETS), BELT_HEIGHT))


def add_stars(b: Builder, c: Carousel, before: Surface, *, after: Surface, color: str = "white") -> None:
    """Infeed star ``star_in`` and discharge star ``star_out``, as far from the axis as ``reach``."""
    y = c.lane_y + STAR_RADIUS
    add_star(b, "star_in", "infeed star", at=(c.x - c.reach, y), goods=before, color=color)
    add_star(b, "star_out", "discharge star", at=(c.x + c.reach, y), goods=after, color=color)


@contextmanager
def rotor(b: Builder, c: Carousel) -> Iterator[None]:
    """Frame of the rotor's axis; what is made inside turns on joint ``rotor``."""
    with b.frame((c.x, c.y, 0)):
        turning = b.joint("rotor", "revolute", (0, 0, BELT_HEIGHT), period=math.tau)
        with b.riding(turning):
            yield


@contextmanager
def station(b: Builder, c: Carousel, head: int) -> Iterator[None]:
    """Frame of one head: origin on the pitch circle at floor level, +x points outward."""
    angle = c.angle(head)
    with b.frame((*_on(c.radius, angle), 0), rz=math.degrees(angle)):
        yield


def carousel_body(b: Builder, c: Carousel, column_top: float) -> None:
    """The turning table with bottle plates and the central column."""
    r = c.radius
    table = (
        (0, 0.68),
        (r + 0.16, 0.68),
        (r + 0.16, 0.86),
        (r + 0.1, 0.94),
        (r - 0.12, 0.96),
        (r * 0.5, 0.96),
        (r * 0.4, 1.12),
        (0, 1.12),
    )
    b.put(lathe(table, 48), "stainless", (0, 0, 0))
    b.cylinder("stainless", (0, 0, 1.1), r * 0.26, length=column_top - 1.1, sides=28)


def machine_base(
    b: Builder, low: Sequence[float], high: Sequence[float], *, color: str = "white", band: str = "navy"
) -> None:
    """Plinth from corner ``low`` to ``high`` with a coloured band, a stainless deck and feet."""
    middle = ((low[0] + high[0]) / 2, (low[1] + high[1]) / 2)
    size_x, size_y = high[0] - low[0], high[1] - low[1]
    with b.part("base", "machine base", "base"):
        b.rounded(color, (*middle, 0.13), (size_x, size_y, 0.5), radius=0.06)
        b.box(band, (*middle, 0.5), (size_x + 0.012, size_y + 0.012, 0.06))
        b.box("stainless", (*middle, 0.63), (size_x - 0.08, size_y - 0.08, 0.035))
        xs, ys = (low[0] + 0.3, middle[0], high[0] - 0.3), (low[1] + 0.3, high[1] - 0.3)
        for x in xs:
            for y in ys:
                b.cylinder("black", (x, y, 0), 0.09, length=0.03, sides=12)
                b.cylinder("zinc", (x, y, 0.03), 0.03, length=0.12, sides=8)
