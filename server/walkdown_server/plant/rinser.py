"""Rinser: 24 grippers turn the bottles upside down over a drain ring; open top, vapour hood."""

from __future__ import annotations

from walkdown_server.plant.builder import Builder
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


def add_rinser(b: Builder, line: int, c: Carousel) -> None:
    """24 grippers that turn the bottles upside down over a drain ring; no roof, a vapour hood instead."""
    empty = bottle(LINE_BOTTLE[line])
    low, high = (c.x - 1.95, c.lane_y - 0.4), (c.x + 1.95, c.y + 1.75)
    with b.group("RIN", f"Rinser {line}", "rinser", heads=c.heads):
        machine_base(b, low, high, band="water")
        with rotor(b, c):
            with b.part("carousel", "carousel", "carousel"):
                carousel_body(b, c, 2.15)
                b.put(ring(c.radius - 0.22, 0.05, sides=36), "water", (0, 0, 2.1))
            for k in range(c.heads):
                with station(b, c, k), b.part(f"G{k + 1:02d}", f"gripper {k + 1}", "gripper"):
                    _rinser_gripper(b)
                    if k % c.heads in range(3, 17):
                        b.copy(empty, (0.02, 0, 1.78), rx=180)
                    else:
                        b.copy(empty, (0.0, 0, BELT_HEIGHT))
        with b.frame((c.x, c.y, 0)):
            _rinser_drain(b, c)
        add_stars(b, c, empty, after=empty, color="teal")
        with b.frame((c.x, c.y, 0)), b.part("hood", "vapour hood", "duct"):
            hood = lathe(
                ((0.0, 2.62), (0.75, 2.62), (0.75, 2.7), (0.3, 3.05), (0.2, 3.1), (0.2, 3.4), (0, 3.4)), 28
            )
            b.put(hood, "zinc", (0, 0, 0))
            b.pipe("zinc", ((0, 0, 3.4), (0, 0, 4.2), (0, 2.6, 4.2), (0, 2.6, 10.7)), 0.18, sides=16)
        style = GuardStyle(high=2.35, rail="teal", sill=0.12)
        tunnels = lane_tunnels(low, high, c.lane_y)
        add_guards(b, rectangle(low, high), style, tunnels=tunnels)
        _rinser_services(b, c, high)
        furnish(b, c, low=low, high=high, top=2.35, cab=(c.x - 0.3, high[1] + 0.75, 1.5))


def _rinser_gripper(b: Builder) -> None:
    b.cylinder("stainless", (-0.16, 0, 1.0), 0.022, length=1.12, sides=8)
    b.rounded("teal", (-0.1, 0, 1.44), (0.16, 0.05, 0.09), radius=0.012)
    for side in (-1, 1):
        b.box("black", (0.01, side * 0.028, 1.455), (0.1, 0.014, 0.05))
    b.cylinder("brass", (0.0, 0, 1.36), 0.012, length=0.08, sides=6)
    b.cylinder("polished", (0, 0, 0.95), 0.055, length=0.045, sides=10)


def _rinser_drain(b: Builder, c: Carousel) -> None:
    r = c.radius
    with b.part("drain", "drain ring", "basin"):
        basin = (
            (r - 0.3, 0.72),
            (r + 0.34, 0.72),
            (r + 0.34, 0.9),
            (r + 0.32, 0.9),
            (r + 0.32, 0.74),
            (r - 0.3, 0.74),
        )
        b.put(lathe(basin, 40), "polished", (0, 0, 0))
    with b.part("bowl", "water distributor", "bowl"):
        bowl = ((0, 2.1), (r * 0.5, 2.1), (r * 0.55, 2.2), (r * 0.4, 2.4), (0.12, 2.45), (0, 2.45))
        b.put(lathe(bowl, 30, 40), "stainless", (0, 0, 0))


def _rinser_services(b: Builder, c: Carousel, high: tuple[float, float]) -> None:
    with b.part("water", "water supply", "pipe"):
        y = high[1] + 0.25
        b.pipe(
            "water",
            (
                (c.x + 1.2, y, 5.0),
                (c.x + 1.2, y, 2.7),
                (c.x + 1.2, c.y, 2.7),
                (c.x, c.y, 2.7),
                (c.x, c.y, 2.4),
            ),
            0.05,
        )
        b.cylinder("blue", (c.x + 1.2, y, 3.2), 0.1, length=0.18, sides=12)
    with b.part("pump", "rinse pump", "pump"):
        b.cylinder("stainless", (c.x + 1.3, y, 0.18), 0.16, length=0.2, axis="z")
        b.cylinder("blue", (c.x + 1.3, y, 0.38), 0.12, length=0.32, sides=14)
        b.box("grey", (c.x + 1.3, y, 0), (0.4, 0.4, 0.18))
