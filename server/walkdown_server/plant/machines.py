"""The four rotary machines of a filling line, each with a shape of its own.

Rinser: open top, inverted bottles over a drain ring. Filler: large bowl, clean-air units, product
pipe. Capper: octagonal turret with hopper and cap elevator. Labeller: low wide body, label reels.
"""

from __future__ import annotations

import math

from walkdown_server.plant.builder import Builder
from walkdown_server.plant.fittings import (
    cabinet,
    drive,
    fan_filter,
    gear_motor,
    operator_panel,
    sign_plate,
    signal_tower,
    type_plate,
)
from walkdown_server.plant.goods import LINE_BOTTLE, LINE_LABEL, bottle
from walkdown_server.plant.guards import GuardStyle, Tunnel, add_guards, octagon, rectangle
from walkdown_server.plant.layout import BELT_HEIGHT, STAR_RADIUS
from walkdown_server.plant.rotary import (
    Carousel,
    add_star,
    add_stars,
    carousel_body,
    machine_base,
    rotor,
    station,
)
from walkdown_server.plant.round_shapes import lathe, ring
from walkdown_server.plant.shapes import prism


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
        add_stars(b, c, empty, empty, "teal")
        with b.frame((c.x, c.y, 0)), b.part("hood", "vapour hood", "duct"):
            hood = lathe(((0.0, 2.62), (0.75, 2.62), (0.75, 2.7), (0.3, 3.05), (0.2, 3.1), (0.2, 3.4), (0, 3.4)), 28)
            b.put(hood, "zinc", (0, 0, 0))
            b.pipe("zinc", ((0, 0, 3.4), (0, 0, 4.2), (0, 2.6, 4.2), (0, 2.6, 5.6)), 0.18, sides=16)
        style = GuardStyle(high=2.35, rail="teal", sill=0.12)
        lane = (0.4 - 0.3, 0.4 + 0.3)
        tunnels = (
            Tunnel(side=1, start=lane[0], end=lane[1]),
            Tunnel(side=3, start=high[1] - low[1] - lane[1], end=high[1] - low[1] - lane[0]),
        )
        add_guards(b, rectangle(low, high), style, tunnels=tunnels)
        _rinser_services(b, c, high)
        _furnish(b, low, high, 2.35, cab=(c.x - 0.3, high[1] + 0.75, 1.5))


def _rinser_gripper(b: Builder) -> None:
    b.cylinder("stainless", (-0.16, 0, 1.0), 0.022, 1.12, sides=8)
    b.rounded("teal", (-0.1, 0, 1.44), (0.16, 0.05, 0.09), radius=0.012)
    for side in (-1, 1):
        b.box("black", (0.01, side * 0.028, 1.455), (0.1, 0.014, 0.05))
    b.cylinder("brass", (0.0, 0, 1.36), 0.012, 0.08, sides=6)
    b.cylinder("polished", (0, 0, 0.95), 0.055, 0.045, sides=10)


def _rinser_drain(b: Builder, c: Carousel) -> None:
    r = c.radius
    with b.part("drain", "drain ring", "basin"):
        basin = ((r - 0.3, 0.72), (r + 0.34, 0.72), (r + 0.34, 0.9), (r + 0.32, 0.9), (r + 0.32, 0.74), (r - 0.3, 0.74))
        b.put(lathe(basin, 40), "polished", (0, 0, 0))
    with b.part("bowl", "water distributor", "bowl"):
        bowl = ((0, 2.1), (r * 0.5, 2.1), (r * 0.55, 2.2), (r * 0.4, 2.4), (0.12, 2.45), (0, 2.45))
        b.put(lathe(bowl, 30, 40), "stainless", (0, 0, 0))


def _rinser_services(b: Builder, c: Carousel, high: tuple[float, float]) -> None:
    with b.part("water", "water supply", "pipe"):
        y = high[1] + 0.25
        b.pipe("water", ((c.x + 1.2, y, 5.0), (c.x + 1.2, y, 2.7), (c.x + 1.2, c.y, 2.7), (c.x, c.y, 2.7), (c.x, c.y, 2.4)), 0.05)
        b.cylinder("blue", (c.x + 1.2, y, 3.2), 0.1, 0.18, sides=12)
    with b.part("pump", "rinse pump", "pump"):
        b.cylinder("stainless", (c.x + 1.3, y, 0.18), 0.16, 0.2, axis="z")
        b.cylinder("blue", (c.x + 1.3, y, 0.38), 0.12, 0.32, sides=14)
        b.box("grey", (c.x + 1.3, y, 0), (0.4, 0.4, 0.18))


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
        add_stars(b, c, empty, empty)
        lane = (0.45 - 0.3, 0.45 + 0.3)
        depth = high[1] - low[1]
        tunnels = (
            Tunnel(side=1, start=lane[0], end=lane[1] + 0.75),
            Tunnel(side=3, start=depth - lane[1], end=depth - lane[0]),
        )
        add_guards(b, rectangle(low, high), GuardStyle(high=top, panel=1.1), tunnels=tunnels)
        _filler_roof(b, c, low, high, top)
        _furnish(b, low, high, top + 0.16, cab=(c.x - 0.8, high[1] + 0.8, 2.9))


def _filler_bowl(b: Builder, r: float) -> None:
    profile = ((0, 0), (r + 0.05, 0), (r + 0.2, 0.08), (r + 0.2, 0.32), (r + 0.05, 0.4), (r * 0.72, 0.42), (r * 0.55, 0.62), (r * 0.2, 0.78), (0, 0.8))
    b.put(lathe(profile, 48, 30), "stainless", (0, 0, 2.1))
    for z in (2.18, 2.4):
        b.put(ring(r + 0.205, 0.012, sides=48, around=5), "polished", (0, 0, z))
    for k in range(6):
        angle = math.tau * k / 6
        spoke = (r * 0.62 * math.cos(angle), r * 0.62 * math.sin(angle))
        b.rod("stainless", (0.15 * math.cos(angle), 0.15 * math.sin(angle), 2.84), (*spoke, 2.62), 0.035)
    b.cylinder("polished", (0, 0, 2.85), 0.16, 0.2, sides=18)


def _filling_head(b: Builder) -> None:
    """Lift cylinder, bottle plate, valve with actuator and the hose to the bowl; +x points outward."""
    b.cylinder("polished", (0, 0, 0.94), 0.055, 0.06, sides=10)
    b.cylinder("stainless", (0, 0, 1.4), 0.048, 0.42, sides=10)
    b.cylinder("black", (0, 0, 1.32), 0.03, 0.1, sides=8)
    b.cylinder("polished", (0, 0, 1.82), 0.06, 0.05, sides=10)
    b.cylinder("stainless", (0, 0, 1.87), 0.035, 0.26, sides=8)
    b.rounded("cover", (0.1, 0, 1.56), (0.13, 0.11, 0.26), radius=0.02)
    b.box("navy", (0.167, 0, 1.72), (0.004, 0.07, 0.05))
    b.box("green", (0.167, 0, 1.61), (0.004, 0.02, 0.02))
    b.box("zinc", (-0.12, 0, 0.96), (0.02, 0.03, 0.75))
    b.rod("black", (0.08, 0.03, 1.8), (0.06, 0.03, 2.14), 0.012, sides=5)


def _filler_roof(b: Builder, c: Carousel, low: tuple[float, float], high: tuple[float, float], top: float) -> None:
    middle = ((low[0] + high[0]) / 2, (low[1] + high[1]) / 2)
    split = c.y + 0.75
    with b.part("roof", "enclosure roof", "cover"):
        wide = high[0] - low[0] + 0.1
        b.rounded("white", (middle[0], (split + high[1] + 0.05) / 2, top), (wide, high[1] + 0.05 - split, 0.16), radius=0.05)
        b.rounded("white", (middle[0], low[1] + 0.12, top), (wide, 0.34, 0.16), radius=0.05)
        for x in (low[0] + 0.12, middle[0], high[0] - 0.12):
            b.rounded("white", (x, (low[1] + split) / 2, top), (0.34, split - low[1], 0.16), radius=0.05)
    with b.part("skylight", "roof panes", "guard_panel", layer="glass"):
        for x0, x1 in ((low[0] + 0.29, middle[0] - 0.17), (middle[0] + 0.17, high[0] - 0.29)):
            b.box("glass", ((x0 + x1) / 2, (low[1] + 0.29 + split) / 2, top + 0.1), (x1 - x0, split - low[1] - 0.29, 0.012))
    for n, x in enumerate((-1.75, -0.15, 1.45)):
        with b.part(f"FFU{n + 1}", f"clean-air unit {n + 1}", "fan_filter"):
            fan_filter(b, (c.x + x, high[1] - 0.95, top + 0.16), (1.2, 1.0, 0.36))
    with b.part("product", "product supply", "pipe"):
        b.cylinder("polished", (c.x, c.y, 3.0), 0.12, 0.5, sides=18)
        b.pipe("stainless", ((c.x, c.y, 3.5), (c.x, c.y, 4.1), (c.x, c.y + 1.6, 4.1), (c.x, c.y + 1.6, 5.3)), 0.075, sides=14)
        b.cylinder("zinc", (c.x, c.y + 1.6, 4.6), 0.12, 0.03)
        b.cylinder("blue", (c.x, c.y + 0.8, 4.16), 0.09, 0.2, sides=14)
    with b.part("gas", "counter-pressure gas", "pipe"):
        b.pipe("air", ((c.x + 0.35, c.y, 3.3), (c.x + 0.35, c.y, 3.8), (c.x + 0.35, c.y + 1.6, 3.8), (c.x + 0.35, c.y + 1.6, 5.0)), 0.04)
    with b.part("lamp", "machine lamp", "machine_lamp"):
        for y in (low[1] + 0.35, high[1] - 0.35):
            b.box("lamp", (c.x, y, top - 0.05), (3.2, 0.08, 0.03))
    with b.part("MOT2", "bowl lift drive", "motor"):
        gear_motor(b, (c.x + 1.9, low[1] + 0.7, top + 0.4), size=1.6, rz=180)


def add_capper(b: Builder, line: int, c: Carousel) -> None:
    """16 capping heads in an octagonal guard; hopper with cap elevator and chute on top."""
    empty = bottle(LINE_BOTTLE[line])
    capped = bottle(LINE_BOTTLE[line], cap="cap_gold")
    size, top = 1.72, 2.75
    with b.group("CAP", f"Capper {line}", "capper", heads=c.heads):
        with b.frame((c.x, c.y - 0.3, 0)):
            with b.part("base", "machine base", "base"):
                b.put(prism(octagon(size - 0.02)), "white", (0, 0, 0.13), scale=(1, 1, 0.5))
                b.put(prism(octagon(size)), "robot", (0, 0, 0.5), scale=(1, 1, 0.06))
                b.put(prism(octagon(size - 0.08)), "stainless", (0, 0, 0.63), scale=(1, 1, 0.035))
                for x in (-1.1, 1.1):
                    for y in (-1.1, 1.1):
                        b.cylinder("zinc", (x, y, 0), 0.08, 0.14, sides=10)
        with rotor(b, c):
            with b.part("carousel", "carousel", "carousel"):
                carousel_body(b, c, 2.2)
                turret = ((0, 1.78), (c.radius + 0.1, 1.78), (c.radius + 0.1, 2.12), (c.radius - 0.1, 2.3), (0.3, 2.36), (0, 2.36))
                b.put(lathe(turret, 36), "dark", (0, 0, 0))
                b.put(lathe(((c.radius + 0.11, 1.86), (c.radius + 0.11, 1.94)), 36), "robot", (0, 0, 0))
            for k in range(c.heads):
                with station(b, c, k), b.part(f"H{k + 1:02d}", f"capping head {k + 1}", "capping_head"):
                    _capping_head(b)
                    b.copy(capped, (0, 0, BELT_HEIGHT))
        y = c.lane_y + STAR_RADIUS
        first = c.x - c.reach
        add_star(b, "star_in", "infeed star", (first, y), empty, "robot")
        add_star(b, "transfer_1", "transfer star 1", (first - 2 * STAR_RADIUS, y), empty, "white")
        add_star(b, "transfer_2", "transfer star 2", (first - 4 * STAR_RADIUS, y), empty, "white")
        add_star(b, "star_out", "discharge star", (c.x + c.reach, y), capped, "robot")
        with b.part("bridge", "transfer bridge", "base"):
            b.rounded("white", (first - 2 * STAR_RADIUS, y, 0.13), (2.2, 1.3, 0.5), radius=0.05)
            b.box("stainless", (first - 2 * STAR_RADIUS, y, 0.63), (2.1, 1.2, 0.035))
        with b.frame((c.x, c.y - 0.3, 0)):
            style = GuardStyle(high=top, rail="dark", post="dark", panel=1.5, door_every=2, glass="glass_tinted")
            add_guards(b, octagon(size), style)
            with b.part("roof", "turret roof", "cover"):
                for k in range(8):
                    with b.frame((0, 0, 0), rz=45.0 * k):
                        b.box("white", (0, -size + 0.12, top), (1.5, 0.3, 0.12))
                        b.rod("white", (0, 0, top + 0.06), (0, -size + 0.1, top + 0.06), 0.05, sides=6)
                b.put(prism(octagon(0.62)), "white", (0, 0, top), scale=(1, 1, 0.3))
            with b.part("roof-glass", "roof panes", "guard_panel", layer="glass"):
                b.put(prism(octagon(size - 0.05)), "glass", (0, 0, top + 0.04), scale=(1, 1, 0.012))
        _cap_feed(b, c, top)
        _furnish(b, (c.x - size, c.lane_y - 0.45), (c.x + size, c.y + 1.4), top + 0.12, cab=(c.x, c.y + 2.2, 1.5))


def _capping_head(b: Builder) -> None:
    b.cylinder("polished", (0, 0, 0.94), 0.055, 0.06, sides=10)
    b.cylinder("polished", (0, 0, 1.5), 0.032, 0.3, sides=10)
    chuck = lathe(((0, 1.29), (0.03, 1.29), (0.05, 1.33), (0.05, 1.43), (0.035, 1.5), (0, 1.5)), 12)
    b.put(chuck, "stainless", (0, 0, 0))
    b.cylinder("robot", (0, 0, 1.62), 0.055, 0.16, sides=12)
    b.cylinder("dark", (0, 0, 2.12), 0.045, 0.22, sides=10)
    b.box("zinc", (-0.1, 0, 0.96), (0.02, 0.03, 0.6))


def _cap_feed(b: Builder, c: Carousel, top: float) -> None:
    x, y = c.x + 0.4, c.y + 0.1
    with b.part("hopper", "cap hopper", "hopper"):
        profile = ((0.12, 0.0), (0.16, 0.3), (0.62, 0.85), (0.62, 1.2), (0.58, 1.2), (0.58, 0.85), (0.1, 0.3), (0.1, 0.0))
        b.put(lathe(profile, 26), "stainless", (x, y, top + 0.55))
        b.cylinder("cap_gold", (x, y, top + 1.36), 0.57, 0.26, sides=26)
        for k in range(3):
            angle = math.tau * k / 3 + 0.5
            foot = (x + 0.55 * math.cos(angle), y + 0.55 * math.sin(angle))
            b.rod("stainless", (*foot, top + 0.1), (*foot, top + 1.4), 0.03)
    with b.part("sorter", "cap sorter", "sorter"):
        b.put(lathe(((0, 0), (0.42, 0), (0.46, 0.1), (0.46, 0.24), (0, 0.24)), 26), "cover", (x, y, top + 0.3))
        b.pipe("stainless", ((x - 0.3, y - 0.2, top + 0.35), (x - 0.9, y - 0.5, top + 0.3), (x - 1.0, y - 0.6, 2.2)), 0.05)
    with b.part("elevator", "cap elevator", "conveyor"):
        foot, head = (c.x + 0.9, c.y + 2.6, 0.5), (c.x + 0.45, c.y + 0.5, top + 1.75)
        with b.frame(foot):
            b.rounded("cover", (0, 0.1, -0.35), (0.9, 0.8, 0.75), radius=0.05)
            b.box("cap_gold", (0, 0.1, 0.36), (0.78, 0.68, 0.06))
        b.rod("cover", foot, head, 0.16, sides=4)
        b.rod("robot", (head[0], head[1] - 0.1, head[2] - 0.05), (head[0], head[1] + 0.4, head[2] - 0.25), 0.19, sides=12)


def add_labeller(b: Builder, line: int, c: Carousel) -> None:
    """20 bottle plates in a low wide body with two label aggregates outside, reels upright."""
    plain = bottle(LINE_BOTTLE[line], cap="cap_gold")
    labelled = bottle(LINE_BOTTLE[line], cap="cap_gold", label=LINE_LABEL[line])
    low, high = (c.x - 1.75, c.lane_y - 0.4), (c.x + 1.75, c.y + 1.6)
    top = 2.15
    with b.group("LAB", f"Labeller {line}", "labeller", heads=c.heads):
        machine_base(b, low, high, color="cover", band="amber")
        with rotor(b, c):
            with b.part("carousel", "carousel", "carousel"):
                carousel_body(b, c, 1.7)
                head = ((0, 1.55), (c.radius + 0.12, 1.55), (c.radius + 0.12, 1.68), (c.radius * 0.5, 1.8), (0, 1.8))
                b.put(lathe(head, 40), "cover", (0, 0, 0))
            for k in range(c.heads):
                with station(b, c, k), b.part(f"H{k + 1:02d}", f"bottle plate {k + 1}", "bottle_plate"):
                    b.cylinder("rubber", (0, 0, 0.95), 0.06, 0.05, sides=12)
                    b.cylinder("stainless", (0, 0, 1.34), 0.02, 0.22, sides=8)
                    bell = lathe(((0, 1.29), (0.045, 1.29), (0.03, 1.34), (0, 1.34)), 10)
                    b.put(bell, "blue", (0, 0, 0))
                    b.copy(labelled if k > c.heads // 2 else plain, (0, 0, BELT_HEIGHT))
        add_stars(b, c, plain, labelled, "blue")
        lane = (0.4 - 0.3, 0.4 + 0.3)
        depth = high[1] - low[1]
        tunnels = (
            Tunnel(side=1, start=lane[0], end=lane[1]),
            Tunnel(side=3, start=depth - lane[1], end=depth - lane[0]),
        )
        style = GuardStyle(high=top, sill=0.25, skin="cover", rail="grey", post="grey", panel=1.2)
        add_guards(b, rectangle(low, high), style, tunnels=tunnels)
        with b.part("roof", "flap roof", "cover"):
            for x in (-1.68, -0.35, 0.35, 1.68):
                b.rounded("cover", (c.x + x, (low[1] + high[1]) / 2, top), (0.16, high[1] - low[1], 0.1), radius=0.04)
            for y in (low[1] + 0.08, high[1] - 0.08):
                b.rounded("cover", (c.x, y, top), (high[0] - low[0], 0.18, 0.1), radius=0.04)
        with b.part("roof-glass", "flap panes", "guard_panel", layer="glass"):
            for x in (-1.02, 1.02):
                b.box("glass", (c.x + x, (low[1] + high[1]) / 2, top + 0.05), (1.2, high[1] - low[1] - 0.3, 0.012))
        with b.part("roof-bar", "roof bar", "cover"):
            b.rounded("grey", (c.x, (low[1] + high[1]) / 2, top + 0.08), (0.5, high[1] - low[1] - 0.4, 0.16), radius=0.05)
        for n, (x, rz) in enumerate(((c.x - 2.25, 90.0), (c.x + 2.25, -90.0))):
            with b.part(f"AGG{n + 1}", f"label aggregate {n + 1}", "label_aggregate"), b.frame((x, c.y + 0.45, 0), rz=rz):
                _label_aggregate(b)
        _furnish(b, low, high, top + 0.1, cab=(c.x, high[1] + 0.7, 1.5))


def _label_aggregate(b: Builder) -> None:
    """Pedestal with two reels on upright plates and a web over rollers; +y points away from the machine."""
    b.rounded("cover", (0, 0, 0.05), (1.0, 0.6, 0.85), radius=0.04)
    b.box("blue", (0, 0.302, 0.66), (0.98, 0.006, 0.06))
    b.rounded("dark", (0, 0.02, 0.9), (1.1, 0.06, 1.0), radius=0.02)
    for x, size, paper in ((-0.26, 0.3, "paper"), (0.3, 0.22, "label_cream")):
        b.cylinder(paper, (x, 0.06, 1.5 - 0.1 * (x > 0)), size, 0.12, axis="y", sides=24)
        b.cylinder("blue", (x, 0.05, 1.5 - 0.1 * (x > 0)), 0.06, 0.16, axis="y", sides=14)
    for x, z in ((-0.45, 1.08), (0.0, 1.02), (0.42, 1.1), (0.05, 1.72)):
        b.cylinder("polished", (x, 0.05, z), 0.035, 0.14, axis="y", sides=12)
    b.rod("paper", (-0.42, 0.11, 1.06), (0.0, 0.11, 1.0), 0.012, sides=4)
    b.rounded("cover", (0, -0.32, 0.95), (0.36, 0.5, 0.34), radius=0.03)


def _furnish(b: Builder, low: tuple[float, float], high: tuple[float, float], top: float, *, cab: tuple[float, float, float]) -> None:
    """Panel, tower, cabinet, drive, plates and a swinging cable duct; ``cab`` is x, y and width."""
    operator_panel(b, (low[0] - 0.1, low[1] - 0.45, 0), rz=-20)
    signal_tower(b, (high[0] - 0.2, low[1] + 0.2, top))
    cabinet(b, (cab[0], cab[1], 0), (cab[2], 0.5, 2.0), rz=180, color="white")
    drive(b, (high[0] - 0.35, high[1] + 0.12, 0.42), rz=90, size=1.9)
    with b.part("plates", "plates and cables", "sign"):
        sign_plate(b, ((low[0] + high[0]) / 2, low[1] - 0.02, top - 0.2), width=1.1)
        type_plate(b, (low[0] + 0.5, low[1] - 0.01, 0.28))
        b.pipe("black", ((cab[0] - 0.3, cab[1], 2.0), (cab[0] - 0.3, cab[1], 2.5), (cab[0] - 0.3, high[1] - 0.1, 2.5), (cab[0] - 0.3, high[1] - 0.1, top + 0.02)), 0.035, sides=8)
        b.pipe("black", ((cab[0] - 0.1, cab[1], 2.0), (cab[0] - 0.1, cab[1], 2.4), (cab[0] - 0.1, high[1] - 0.05, 2.4), (cab[0] - 0.1, high[1] - 0.05, 0.65)), 0.03, sides=8)
