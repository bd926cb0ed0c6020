"""Capper: 16 heads in an octagonal turret, transfer stars from the filler, hopper and cap elevator."""

from __future__ import annotations

import math

from walkdown.package.model import Surface
from walkdown_server.plant.builder import Builder
from walkdown_server.plant.furnishing import furnish
from walkdown_server.plant.goods import LINE_BOTTLE, bottle
from walkdown_server.plant.guards import GuardStyle, add_guards, octagon
from walkdown_server.plant.layout import BELT_HEIGHT, STAR_RADIUS
from walkdown_server.plant.rotary import (
    Carousel,
    add_star,
    carousel_body,
    rotor,
    station,
)
from walkdown_server.plant.round_shapes import lathe
from walkdown_server.plant.shapes import prism


def add_capper(b: Builder, line: int, c: Carousel) -> None:
    """16 capping heads in an octagonal guard; hopper with cap elevator and chute on top."""
    empty = bottle(LINE_BOTTLE[line])
    capped = bottle(LINE_BOTTLE[line], cap="cap_gold")
    size, top = 1.72, 2.75
    with b.group("CAP", f"Capper {line}", "capper", heads=c.heads):
        _base(b, c, size)
        _turret(b, c, capped)
        _stars(b, c, empty, capped=capped)
        _guard(b, c, size, top=top)
        _cap_feed(b, c, top)
        low, high = (c.x - size, c.lane_y - 0.45), (c.x + size, c.y + 1.4)
        furnish(b, c, low=low, high=high, top=top + 0.12, cab=(c.x - 0.5, c.y + 2.2, 1.5))


def _guard(b: Builder, c: Carousel, size: float, *, top: float) -> None:
    """See-through octagon with a white roof and panes in it."""
    with b.frame((c.x, c.y - 0.3, 0)):
        style = GuardStyle(high=top, rail="dark", post="dark", panel=1.5, door_every=2, glass="glass_tinted")
        add_guards(b, octagon(size), style)
        with b.part("roof", "turret roof", "cover"):
            for k in range(8):
                with b.frame((0, 0, 0), rz=45.0 * k):
                    b.box("white", (0, -size + 0.24, top), (1.5, 0.6, 0.12 - 0.002 * (k % 2)))
                    b.rod("white", (0, 0, top + 0.06), (0, -size + 0.1, top + 0.06), radius=0.05, sides=6)
            b.put(prism(octagon(0.72)), "white", (0, 0, top), scale=(1, 1, 0.3))
        with b.part("roof-glass", "roof panes", "guard_panel", layer="glass"):
            b.put(prism(octagon(size - 0.05)), "glass", (0, 0, top + 0.04), scale=(1, 1, 0.012))


def _stars(b: Builder, c: Carousel, empty: Surface, *, capped: Surface) -> None:
    """Two transfer stars bring the bottles from the filler; infeed and discharge star."""
    y = c.lane_y + STAR_RADIUS
    first = c.x - c.reach
    add_star(b, "star_in", "infeed star", at=(first, y), goods=empty, color="robot")
    add_star(b, "transfer_1", "transfer star 1", at=(first - 2 * STAR_RADIUS, y), goods=empty, color="white")
    add_star(b, "transfer_2", "transfer star 2", at=(first - 4 * STAR_RADIUS, y), goods=empty, color="white")
    add_star(b, "star_out", "discharge star", at=(c.x + c.reach, y), goods=capped, color="robot")
    with b.part("bridge", "transfer bridge", "base"):
        b.rounded("white", (first - 2 * STAR_RADIUS, y, 0.13), (2.2, 1.3, 0.5), radius=0.05)
        b.box("stainless", (first - 2 * STAR_RADIUS, y, 0.63), (2.1, 1.2, 0.035))


def _turret(b: Builder, c: Carousel, capped: Surface) -> None:
    """The turning turret with its heads."""
    with rotor(b, c):
        with b.part("carousel", "carousel", "carousel"):
            carousel_body(b, c, 2.2)
            turret = (
                (0, 1.78),
                (c.radius + 0.1, 1.78),
                (c.radius + 0.1, 2.12),
                (c.radius - 0.1, 2.3),
                (0.3, 2.36),
                (0, 2.36),
            )
            b.put(lathe(turret, 36), "dark", (0, 0, 0))
            b.put(lathe(((c.radius + 0.11, 1.86), (c.radius + 0.11, 1.94)), 36), "robot", (0, 0, 0))
        for k in range(c.heads):
            with station(b, c, k), b.part(f"H{k + 1:02d}", f"capping head {k + 1}", "capping_head"):
                _capping_head(b)
                b.copy(capped, (0, 0, BELT_HEIGHT))


def _base(b: Builder, c: Carousel, size: float) -> None:
    """Octagonal plinth with a coloured band."""
    with b.frame((c.x, c.y - 0.3, 0)):
        with b.part("base", "machine base", "base"):
            b.put(prism(octagon(size - 0.02)), "white", (0, 0, 0.13), scale=(1, 1, 0.5))
            b.put(prism(octagon(size)), "robot", (0, 0, 0.5), scale=(1, 1, 0.06))
            b.put(prism(octagon(size - 0.08)), "stainless", (0, 0, 0.63), scale=(1, 1, 0.035))
            for x in (-1.1, 1.1):
                for y in (-1.1, 1.1):
                    b.cylinder("zinc", (x, y, 0), 0.08, length=0.14, sides=10)


def _capping_head(b: Builder) -> None:
    b.cylinder("polished", (0, 0, 0.94), 0.055, length=0.06, sides=10)
    b.cylinder("polished", (0, 0, 1.5), 0.032, length=0.3, sides=10)
    chuck = lathe(((0, 1.29), (0.03, 1.29), (0.05, 1.33), (0.05, 1.43), (0.035, 1.5), (0, 1.5)), 12)
    b.put(chuck, "stainless", (0, 0, 0))
    b.cylinder("robot", (0, 0, 1.62), 0.055, length=0.16, sides=12)
    b.cylinder("dark", (0, 0, 2.12), 0.045, length=0.22, sides=10)
    b.box("zinc", (-0.1, 0, 0.96), (0.02, 0.03, 0.6))


def _cap_feed(b: Builder, c: Carousel, top: float) -> None:
    x, y = c.x + 0.4, c.y + 0.1
    with b.part("hopper", "cap hopper", "hopper"):
        profile = (
            (0.12, 0.0),
            (0.16, 0.3),
            (0.62, 0.85),
            (0.62, 1.2),
            (0.58, 1.2),
            (0.58, 0.85),
            (0.1, 0.3),
            (0.1, 0.0),
        )
        b.put(lathe(profile, 26), "stainless", (x, y, top + 0.55))
        b.cylinder("cap_gold", (x, y, top + 1.36), 0.57, length=0.26, sides=26)
        for k in range(3):
            angle = math.tau * k / 3 + 0.5
            foot = (x + 0.55 * math.cos(angle), y + 0.55 * math.sin(angle))
            b.rod("stainless", (*foot, top + 0.1), (*foot, top + 1.4), radius=0.03)
    with b.part("sorter", "cap sorter", "sorter"):
        b.put(
            lathe(((0, 0), (0.42, 0), (0.46, 0.1), (0.46, 0.24), (0, 0.24)), 26), "cover", (x, y, top + 0.3)
        )
        b.pipe(
            "stainless",
            ((x - 0.3, y - 0.2, top + 0.35), (x - 0.9, y - 0.5, top + 0.3), (x - 1.0, y - 0.6, 2.2)),
            0.05,
        )
    _cap_elevator(b, c, top)


def _cap_elevator(b: Builder, c: Carousel, top: float) -> None:
    with b.part("elevator", "cap elevator", "conveyor"):
        pit, head = (c.x + 0.9, c.y + 2.6, 0.5), (c.x + 0.45, c.y + 0.5, top + 1.75)
        with b.frame(pit):
            b.rounded("cover", (0, 0.1, -0.35), (0.9, 0.8, 0.75), radius=0.05)
            b.box("cap_gold", (0, 0.1, 0.36), (0.78, 0.68, 0.06))
        b.rod("cover", pit, head, radius=0.16, sides=4)
        b.rod(
            "robot",
            (head[0], head[1] - 0.1, head[2] - 0.05),
            (head[0], head[1] + 0.4, head[2] - 0.25),
            radius=0.19,
            sides=12,
        )
