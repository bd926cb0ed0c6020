"""The tank farm: eight tanks in a bund, their pumps, valves and the product line up to the pipe bridge."""

from __future__ import annotations

import math

import numpy as np

from walkdown_server.plant.access import caged_ladder, railing, stairs
from walkdown_server.plant.builder import Builder
from walkdown_server.plant.pumps import (
    add_pump,
    automatic_valve,
    flange,
    flow_meter,
    hand_valve,
    pressure_gauge,
)
from walkdown_server.plant.round_shapes import lathe, ring
from walkdown_server.plant.shapes import i_beam

_RADIUS = 1.75
_FOOT = 1.0
_POST = i_beam(0.12, 0.12, 0.012)
COLUMN_XS = (4.0, 8.6, 13.2, 17.8)


def add_tank_farm(b: Builder) -> None:
    """Tanks ``T-101`` to ``T-108``, pump lines 101 to 104, catwalk and collectors."""
    with b.group("TANKS", "Tank farm", "area", opens_path=False):
        _bund(b)
        for row, (y, height) in enumerate(((44.0, 5.2), (53.5, 6.0))):
            for k, x in enumerate(COLUMN_XS):
                _tank(b, f"T-{101 + k + 4 * row}", (x, y), height=height)
        for k, x in enumerate(COLUMN_XS):
            _pump_line(b, 101 + k, x)
        _collectors(b)
        _catwalk(b)


def _bund(b: Builder) -> None:
    with b.part("bund", "bund wall", "bund"):
        for x, y, size_x, size_y in (
            (11, 35.6, 19.2, 0.2),
            (11, 58.5, 19.2, 0.2),
            (1.5, 47.05, 0.2, 23.1),
            (20.6, 47.05, 0.2, 23.1),
        ):
            b.box("wall", (x, y, 0), (size_x, size_y, 0.5))
            b.box("yellow", (x, y, 0.5), (size_x + 0.02, size_y + 0.02, 0.03))
    with b.part("bund-step", "bund crossing", "stairs"):
        for y, z in ((35.0, 0.25), (35.3, 0.5), (35.9, 0.5), (36.2, 0.25)):
            b.box("zinc", (10.9, y, z - 0.04), (0.9, 0.3, 0.04))
            for x in (10.5, 11.3):
                b.box("dark", (x, y, 0), (0.05, 0.05, z))
    with b.part("bund-sump", "sump grating", "grating"):
        b.box("dark", (19.6, 36.6, 0), (1.0, 0.8, 0.02))
        for k in range(9):
            b.box("zinc", (19.2 + 0.1 * k, 36.6, 0.02), (0.03, 0.78, 0.03))


def _tank(b: Builder, tag: str, at: tuple[float, float], *, height: float) -> None:
    r = _RADIUS
    with b.group(tag, f"Product tank {tag}", "tank", volume_m3=round(math.pi * r * r * height, 1)):
        with b.frame((*at, 0)):
            with b.part("shell", "shell", "tank"):
                body = (
                    (0, 0),
                    (r * 0.35, 0.12),
                    (r, 0.55),
                    (r, height),
                    (r * 0.8, height + 0.3),
                    (r * 0.45, height + 0.46),
                    (0, height + 0.5),
                )
                b.put(lathe(body, 40, 45), "stainless", (0, 0, _FOOT))
                for z in (0.7, height * 0.36, height * 0.68, height - 0.1):
                    b.put(
                        lathe(((r, 0), (r + 0.02, 0), (r + 0.02, 0.06), (r, 0.06)), 40),
                        "stainless",
                        (0, 0, _FOOT + z),
                    )
            with b.part("legs", "legs", "support"):
                for k in range(4):
                    turn = k * math.pi / 2 + 0.78
                    x, y = math.cos(turn) * r * 0.85, math.sin(turn) * r * 0.85
                    b.cylinder("stainless", (x, y, 0.03), 0.09, length=1.6, sides=12)
                    b.cylinder("stainless", (x, y, 0), 0.16, length=0.03, sides=12)
            _tank_openings(b, height)
            _tank_instruments(b, height)
            with b.part("ladder", "ladder", "ladder"):
                caged_ladder(b, (r + 0.12, 0), _FOOT + height)
            with b.part("XV", "outlet valve", "valve"):
                b.cylinder("stainless", (0, 0, 0.72), 0.09, length=0.4, sides=14)
                automatic_valve(b, (0, -0.35, 0.75))


def _tank_openings(b: Builder, height: float) -> None:
    r = _RADIUS
    with b.part("manway", "manway", "manway"):
        b.cylinder("stainless", (0, -r + 0.08, 2.1), 0.32, length=0.2, axis="-y", sides=24)
        b.put(ring(0.32, 0.03, sides=26, around=6), "zinc", (0, -r - 0.1, 2.1), rx=90)
        b.put(ring(0.12, 0.014, sides=16, around=5), "dark", (0, -r - 0.17, 2.1), rx=90)
        b.box("zinc", (0.36, -r - 0.08, 2.02), (0.08, 0.1, 0.16))
    with b.part("vent", "vent and spray ball line", "pipe"):
        top = _FOOT + height + 0.35
        b.pipe(
            "stainless", ((0.3, 0, top), (0.3, 0, top + 0.6), (0.7, 0, top + 0.6), (0.7, 0, top + 0.35)), 0.06
        )
        b.cylinder("stainless", (-0.4, 0.4, top - 0.05), 0.12, length=0.25, sides=16)
        b.cylinder("zinc", (-0.4, 0.4, top + 0.2), 0.17, length=0.03, sides=16)
    with b.part("AGI", "agitator drive", "motor"):
        b.cylinder("grey", (0, 0, _FOOT + height + 0.48), 0.18, length=0.18, sides=18)
        b.cylinder("blue", (0, 0, _FOOT + height + 0.66), 0.14, length=0.4, sides=18)
        for k in range(5):
            b.cylinder("blue", (0, 0, _FOOT + height + 0.7 + 0.07 * k), 0.155, length=0.012, sides=18)


def _tank_instruments(b: Builder, height: float) -> None:
    r = _RADIUS
    with b.part("LT", "level transmitter", "sensor"):
        x, y = r * 0.72, -r * 0.74
        b.rod("cover", (x, y, 1.7), (x, y, _FOOT + height - 0.3), radius=0.025)
        for z in (1.75, _FOOT + height * 0.5, _FOOT + height - 0.35):
            b.rod("stainless", (x, y, z), (x * 0.93, y * 0.93, z), radius=0.02, sides=6)
        b.rounded("blue", (x, y - 0.05, 1.5), (0.14, 0.12, 0.2), radius=0.03)
        b.cylinder("blue", (-0.3, -0.6, _FOOT + height + 0.36), 0.09, length=0.25, sides=14)
    with b.part("TT", "temperature transmitter", "sensor"):
        b.rod("stainless", (-r * 0.6, -r * 0.78, 2.3), (-r * 0.68, -r * 0.9, 2.3), radius=0.03)
        b.rounded("blue", (-r * 0.72, -r * 0.95, 2.24), (0.12, 0.12, 0.14), radius=0.03)
    with b.part("sign", "name board", "sign"):
        b.box("navy", (-r * 0.55, -r * 0.88, 3.3), (0.6, 0.02, 0.36), rz=-32)
        b.box("paper", (-r * 0.55 - 0.006, -r * 0.88 - 0.012, 3.36), (0.5, 0.01, 0.24), rz=-32)
    with b.part("sample", "sample tap", "valve"):
        b.rod("stainless", (0.5, -r * 0.92, 1.75), (0.5, -r - 0.08, 1.75), radius=0.02)
        b.cylinder("red", (0.5, -r - 0.05, 1.78), 0.03, length=0.05, sides=10)


def _pump_line(b: Builder, number: int, x: float) -> None:
    """From the two tanks of a column to the collector above the bund wall."""
    with b.part(f"L-{number}", f"suction line {number}", "pipe"):
        b.pipe(
            "stainless",
            ((x, 43.65, 0.75), (x, 40.7, 0.75), (x, 40.7, 0.45), (x, 38.78, 0.45)),
            0.075,
            sides=14,
        )
        side = x - 1.1
        b.pipe(
            "stainless",
            ((x, 53.15, 0.75), (x, 51.3, 0.75), (side, 51.3, 0.75), (side, 42.2, 0.75), (x, 42.2, 0.75)),
            0.06,
            sides=12,
        )
        for y in (41.0, 43.0):
            b.box("zinc", (x, y, 0), (0.08, 0.08, 0.68))
        for y in (44.5, 47.5, 50.0):
            b.box("zinc", (side, y, 0), (0.08, 0.08, 0.69))
    with b.part(f"XV-{number}", f"Automatic valve XV-{number}", "valve"):
        automatic_valve(b, (x, 41.5, 0.75))
    with b.part(f"HV-{number}", f"Hand valve HV-{number}", "valve"):
        hand_valve(b, (x, 39.75, 0.45))
    add_pump(b, f"P-{number}", f"Product pump P-{number}", at=(x, 38.0), rz=-90)
    _discharge(b, number, x)


def _discharge(b: Builder, number: int, x: float) -> None:
    with b.part(f"D-{number}", f"discharge line {number}", "pipe"):
        top = 4.79
        b.pipe(
            "stainless",
            ((x, 38.48, 0.84), (x, 38.48, 2.05), (x, 37.0, 2.05), (x, 37.0, top)),
            0.075,
            sides=14,
        )
        flange(b, (x, 37.0, 4.2), 0.13)
    with b.part(f"NV-{number}", f"Check valve NV-{number}", "valve"):
        flange(b, (x, 38.48, 1.2), 0.13)
        b.cylinder("stainless", (x, 38.48, 1.24), 0.11, length=0.22, sides=16)
        flange(b, (x, 38.48, 1.46), 0.13)
    with b.part(f"FM-{number}", f"Flow meter {number}", "sensor"):
        flow_meter(b, (x, 37.0, 3.2))
    with b.part(f"PI-{number}", f"Pressure gauge {number}", "sensor"):
        pressure_gauge(b, (x, 37.7, 2.1))


def _collectors(b: Builder) -> None:
    with b.part("collector", "product collector", "pipe"):
        b.pipe(
            "stainless", ((3.4, 37, 4.9), (22.4, 37, 4.9), (22.4, 37, 2.2), (22.4, 37.7, 2.2)), 0.11, sides=14
        )
        for x in np.arange(6.3, 22, 4.6):
            flange(b, (float(x), 37, 4.9), 0.17, axis="x")
    with b.part("collector-cip", "cleaning return", "pipe"):
        b.pipe(
            "water",
            ((3.4, 36.7, 5.4), (22.0, 36.7, 5.4), (22.0, 34.2, 5.4), (24.0, 34.2, 5.4)),
            0.07,
            sides=12,
        )
    for n, x in enumerate((6.9, 12.0, 16.4, 21.2), 1):
        with b.part(f"support-{n}", f"pipe support {n}", "support"):
            b.bar(_POST, "zinc", (x, 36.4, 0.02), end=(x, 36.4, 5.7))
            for z in (4.7, 5.25):
                b.box("zinc", (x, 36.75, z), (0.1, 0.9, 0.08))
            b.box("zinc", (x, 36.4, 0), (0.3, 0.3, 0.02))
    _top_lines(b)


def _top_lines(b: Builder) -> None:
    """Pipes along the catwalk that enter the front tanks from above."""
    for k, (material, name) in enumerate(
        (("stainless", "filling line"), ("water", "cleaning supply"), ("steam", "steam supply"))
    ):
        with b.part(f"top-{k + 1}", name, "pipe"):
            y, z = 48.35 + 0.32 * k, 7.5 + 0.25 * k
            b.pipe(
                material,
                (
                    (3, y, z),
                    (21.2 + 0.3 * k, y, z),
                    (21.2 + 0.3 * k, 36.2 + 0.4 * k, z),
                    (21.2 + 0.3 * k, 36.2 + 0.4 * k, 5.6),
                ),
                0.08,
                sides=12,
            )
            for x in COLUMN_XS:
                b.pipe(
                    material,
                    (
                        (x + 0.2 * k, y, z),
                        (x + 0.2 * k, 46.4 + 0.3 * k, z),
                        (x + 0.2 * k, 46.4 + 0.3 * k, 6.2 - 0.1 * k),
                        (x + 0.2 * k, 44.6, 6.55),
                    ),
                    0.05,
                    sides=8,
                )


def _catwalk(b: Builder) -> None:
    with b.part("catwalk", "catwalk", "grating"):
        b.box("zinc", (11, 48.75, 6.0), (18.4, 0.9, 0.05))
        for y in (48.3, 49.2):
            b.box("dark", (11, y, 5.85), (18.4, 0.06, 0.2))
        for x in (2.2, 6.3, 10.9, 15.5, 19.8):
            b.bar(_POST, "zinc", (x, 48.75, 0.02), end=(x, 48.75, 5.85))
            b.box("zinc", (x, 48.75, 5.75), (0.1, 1.0, 0.1))
    railing(b, "catwalk-rail-s", [(1.8, 48.3), (20.2, 48.3)], z=6.05)
    railing(b, "catwalk-rail-n", [(20.2, 49.2), (1.8, 49.2), (1.8, 48.3)], z=6.05)
    stairs(b, "catwalk-stairs", "catwalk stairs", top=(20.2, 48.75, 6.0), rz=180.0, width=0.9)
