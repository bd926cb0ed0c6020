"""Rotary filler: 42 heads below a ring bowl, clean-air units on the roof, product pipe from above."""

from __future__ import annotations

import math

from walkdown_server.plant.builder import Builder
from walkdown_server.plant.fittings import (
    fan_filter,
    gear_motor,
)
from walkdown_server.plant.furnishing import furnish
from walkdown_server.plant.goods import LINE_BOTTLE, bottle
from walkdown_server.plant.guards import GuardStyle, add_guards, lane_tunnels, rectangle
from walkdown_server.plant.layout import BELT_HEIGHT
from walkdown_server.plant.rotary import (
    Carousel,
    add_stars,
    carousel_body,
    machine_base,
    rotor,
    station,
)
from walkdown_server.plant.round_shapes import lathe, ring


def add_filler(b: Builder, line: int, c: Carousel) -> None:
    """42 filling heads below a ring bowl; white roof with clean-air units and the product pipe."""
    empty = bottle(LINE_BOTTLE[line])
    low, high = (c.x - 2.7, c.lane_y - 0.45), (c.x + 2.62, c.y + 2.4)
    top = 3.2
    with b.group("FIL", f"Filler {line}", "filler", heads=c.heads):
        machine_base(b, low, high, band="navy")
        with rotor(b, c):
            with b.part("carousel", "carousel", "carousel"):
                carousel_body(b, c, 2.3)
            with b.part("bowl", "product bowl", "bowl"):
                _filler_bowl(b, c.radius)
            for k in range(c.heads):
                with station(b, c, k), b.part(f"H{k + 1:02d}", f"filling head {k + 1}", "filling_head"):
                    _filling_head(b)
                    b.copy(empty, (0, 0, BELT_HEIGHT))
        add_stars(b, c, empty, after=empty)
        tunnels = lane_tunnels(low, high, c.lane_y, right=0.75)
        add_guards(b, rectangle(low, high), GuardStyle(high=top, panel=1.1), tunnels=tunnels)
        _filler_roof(b, c, low, high=high, top=top)
        furnish(b, c, low=low, high=high, top=top + 0.16, cab=(c.x - 0.8, high[1] + 0.8, 2.9))


def _filler_bowl(b: Builder, r: float) -> None:
    profile = (
        (0, 0),
        (r + 0.05, 0),
        (r + 0.2, 0.08),
        (r + 0.2, 0.32),
        (r + 0.05, 0.4),
        (r * 0.72, 0.42),
        (r * 0.55, 0.62),
        (r * 0.2, 0.78),
        (0, 0.8),
    )
    b.put(lathe(profile, 48, 30), "stainless", (0, 0, 2.1))
    for z in (2.18, 2.4):
        b.put(ring(r + 0.205, 0.012, sides=48, around=5), "polished", (0, 0, z))
    for k in range(6):
        angle = math.tau * k / 6
        spoke = (r * 0.62 * math.cos(angle), r * 0.62 * math.sin(angle))
        b.rod(
            "stainless", (0.15 * math.cos(angle), 0.15 * math.sin(angle), 2.84), (*spoke, 2.62), radius=0.035
        )
    b.cylinder("polished", (0, 0, 2.85), 0.16, length=0.2, sides=18)


def _filling_head(b: Builder) -> None:
    """Lift cylinder, bottle plate, valve with actuator and the hose to the bowl; +x points outward."""
    b.cylinder("polished", (0, 0, 0.94), 0.055, length=0.06, sides=10)
    b.cylinder("stainless", (0, 0, 1.4), 0.048, length=0.42, sides=10)
    b.cylinder("black", (0, 0, 1.32), 0.03, length=0.1, sides=8)
    b.cylinder("polished", (0, 0, 1.82), 0.06, length=0.05, sides=10)
    b.cylinder("stainless", (0, 0, 1.87), 0.035, length=0.26, sides=8)
    b.rounded("cover", (0.1, 0, 1.56), (0.13, 0.11, 0.26), radius=0.02)
    b.box("navy", (0.167, 0, 1.72), (0.004, 0.07, 0.05))
    b.box("green", (0.167, 0, 1.61), (0.004, 0.02, 0.02))
    b.box("zinc", (-0.12, 0, 0.96), (0.02, 0.03, 0.75))
    b.rod("black", (0.08, 0.03, 1.8), (0.06, 0.03, 2.14), radius=0.012, sides=5)


def _filler_roof(
    b: Builder, c: Carousel, low: tuple[float, float], *, high: tuple[float, float], top: float
) -> None:
    middle = ((low[0] + high[0]) / 2, (low[1] + high[1]) / 2)
    split = c.y + 0.75
    with b.part("roof", "enclosure roof", "cover"):
        wide = high[0] - low[0] + 0.1
        b.rounded(
            "white",
            (middle[0], (split + high[1] + 0.05) / 2, top),
            (wide, high[1] + 0.05 - split, 0.16),
            radius=0.05,
        )
        b.rounded("white", (middle[0], low[1] + 0.27, top), (wide, 0.64, 0.16), radius=0.05)
        for x, size in ((low[0] + 0.22, 0.54), (middle[0], 0.9), (high[0] - 0.22, 0.54)):
            b.rounded("white", (x, (low[1] + split) / 2, top), (size, split - low[1], 0.16), radius=0.05)
    with b.part("skylight", "roof panes", "guard_panel", layer="glass"):
        for x0, x1 in ((low[0] + 0.49, middle[0] - 0.45), (middle[0] + 0.45, high[0] - 0.49)):
            b.box(
                "glass",
                ((x0 + x1) / 2, (low[1] + 0.59 + split) / 2, top + 0.1),
                (x1 - x0, split - low[1] - 0.59, 0.012),
            )
    for n, x in enumerate((-1.75, -0.15, 1.45)):
        with b.part(f"FFU{n + 1}", f"clean-air unit {n + 1}", "fan_filter"):
            fan_filter(b, (c.x + x, high[1] - 0.95, top + 0.16), (1.2, 1.0, 0.36))
    _supplies(b, c)
    with b.part("lamp", "machine lamp", "machine_lamp"):
        for y in (low[1] + 0.35, high[1] - 0.35):
            b.box("lamp", (c.x, y, top - 0.05), (3.2, 0.08, 0.03))
    with b.part("MOT2", "bowl lift drive", "motor"):
        gear_motor(b, (c.x + 1.9, low[1] + 0.7, top + 0.4), size=1.6, rz=180)


def _supplies(b: Builder, c: Carousel) -> None:
    """Product and counter-pressure gas from the pipes above."""
    with b.part("product", "product supply", "pipe"):
        b.cylinder("polished", (c.x, c.y, 3.0), 0.12, length=0.5, sides=18)
        b.pipe(
            "stainless",
            ((c.x, c.y, 3.5), (c.x, c.y, 4.1), (c.x, c.y + 1.6, 4.1), (c.x, c.y + 1.6, 5.3)),
            0.075,
            sides=14,
        )
        b.cylinder("zinc", (c.x, c.y + 1.6, 4.6), 0.12, length=0.03)
        b.cylinder("blue", (c.x, c.y + 0.8, 4.16), 0.09, length=0.2, sides=14)
    with b.part("gas", "counter-pressure gas", "pipe"):
        b.pipe(
            "air",
            (
                (c.x + 0.35, c.y, 3.3),
                (c.x + 0.35, c.y, 3.8),
                (c.x + 0.35, c.y + 1.6, 3.8),
                (c.x + 0.35, c.y + 1.6, 5.0),
            ),
            0.04,
        )
