"""Labeller: 20 turning bottle plates in a low wide body, label aggregates with reels outside."""

from __future__ import annotations

from walkdown.package.model import Surface
from walkdown_server.plant.builder import Builder
from walkdown_server.plant.furnishing import furnish
from walkdown_server.plant.goods import LINE_BOTTLE, LINE_LABEL, bottle
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
from walkdown_server.plant.round_shapes import lathe


def add_labeller(b: Builder, line: int, c: Carousel) -> None:
    """20 bottle plates in a low wide body with two label aggregates outside, reels upright."""
    plain = bottle(LINE_BOTTLE[line], cap="cap_gold")
    labelled = bottle(LINE_BOTTLE[line], cap="cap_gold", label=LINE_LABEL[line])
    low, high = (c.x - 1.75, c.lane_y - 0.4), (c.x + 1.75, c.y + 1.6)
    top = 2.15
    with b.group("LAB", f"Labeller {line}", "labeller", heads=c.heads):
        machine_base(b, low, high, color="cover", band="amber")
        _rotor(b, c, plain, labelled=labelled)
        add_stars(b, c, plain, after=labelled, color="blue")
        tunnels = lane_tunnels(low, high, c.lane_y)
        style = GuardStyle(high=top, sill=0.25, skin="cover", rail="grey", post="grey", panel=1.2)
        add_guards(b, rectangle(low, high), style, tunnels=tunnels)
        _roof(b, low, high, top=top)
        for n, (x, rz) in enumerate(((c.x - 2.25, 90.0), (c.x + 2.25, -90.0))):
            with (
                b.part(f"AGG{n + 1}", f"label aggregate {n + 1}", "label_aggregate"),
                b.frame((x, c.y + 0.45, 0), rz=rz),
            ):
                _label_aggregate(b)
        furnish(b, c, low=low, high=high, top=top + 0.1, cab=(c.x, high[1] + 0.7, 1.5))


def _roof(b: Builder, low: tuple[float, float], high: tuple[float, float], *, top: float) -> None:
    """Flaps with panes and a bar between them."""
    middle = (low[0] + high[0]) / 2
    with b.part("roof", "flap roof", "cover"):
        for x in (-1.5, -0.45, 0.45, 1.5):
            b.rounded(
                "cover", (middle + x, (low[1] + high[1]) / 2, top), (0.5, high[1] - low[1], 0.1), radius=0.04
            )
        for y in (low[1] + 0.08, high[1] - 0.08):
            b.rounded("cover", (middle, y, top), (high[0] - low[0], 0.18, 0.1), radius=0.04)
    with b.part("roof-glass", "flap panes", "guard_panel", layer="glass"):
        for x in (-0.975, 0.975):
            b.box(
                "glass",
                (middle + x, (low[1] + high[1]) / 2, top + 0.05),
                (0.6, high[1] - low[1] - 0.3, 0.012),
            )
    with b.part("roof-bar", "roof bar", "cover"):
        b.rounded(
            "grey",
            (middle, (low[1] + high[1]) / 2, top + 0.08),
            (0.5, high[1] - low[1] - 0.4, 0.16),
            radius=0.05,
        )


def _rotor(b: Builder, c: Carousel, plain: Surface, *, labelled: Surface) -> None:
    """Turning plates; the second half of the way round the bottles wear their label."""
    with rotor(b, c):
        with b.part("carousel", "carousel", "carousel"):
            carousel_body(b, c, 1.7)
            head = (
                (0, 1.55),
                (c.radius + 0.12, 1.55),
                (c.radius + 0.12, 1.68),
                (c.radius * 0.5, 1.8),
                (0, 1.8),
            )
            b.put(lathe(head, 40), "cover", (0, 0, 0))
        for k in range(c.heads):
            with station(b, c, k), b.part(f"H{k + 1:02d}", f"bottle plate {k + 1}", "bottle_plate"):
                b.cylinder("rubber", (0, 0, 0.95), 0.06, length=0.05, sides=12)
                b.cylinder("stainless", (0, 0, 1.34), 0.02, length=0.22, sides=8)
                bell = lathe(((0, 1.29), (0.045, 1.29), (0.03, 1.34), (0, 1.34)), 10)
                b.put(bell, "blue", (0, 0, 0))
                b.copy(labelled if k > c.heads // 2 else plain, (0, 0, BELT_HEIGHT))


def _label_aggregate(b: Builder) -> None:
    """Pedestal with two reels on upright plates and a web over rollers; +y points away from the machine."""
    b.rounded("cover", (0, 0, 0.05), (1.0, 0.6, 0.85), radius=0.04)
    b.box("blue", (0, 0.302, 0.66), (0.98, 0.006, 0.06))
    b.rounded("dark", (0, 0.02, 0.9), (1.1, 0.06, 1.0), radius=0.02)
    for x, size, paper in ((-0.26, 0.3, "paper"), (0.3, 0.22, "label_cream")):
        b.cylinder(paper, (x, 0.06, 1.5 - 0.1 * (x > 0)), size, length=0.12, axis="y", sides=24)
        b.cylinder("blue", (x, 0.05, 1.5 - 0.1 * (x > 0)), 0.06, length=0.16, axis="y", sides=14)
    for x, z in ((-0.45, 1.08), (0.0, 1.02), (0.42, 1.1), (0.05, 1.72)):
        b.cylinder("polished", (x, 0.05, z), 0.035, length=0.14, axis="y", sides=12)
    b.rod("paper", (-0.42, 0.11, 1.06), (0.0, 0.11, 1.0), radius=0.012, sides=4)
    b.rounded("cover", (0, -0.32, 0.95), (0.36, 0.5, 0.34), radius=0.03)
