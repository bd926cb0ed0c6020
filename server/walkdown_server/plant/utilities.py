"""Inside services of the product: cleaning skids, product filter and pasteuriser."""

from __future__ import annotations

import math

from walkdown_server.plant.builder import Builder
from walkdown_server.plant.fittings import cabinet_body
from walkdown_server.plant.pumps import (
    add_pump,
    automatic_valve,
    flange,
    hand_valve,
    pressure_gauge,
    pump_motor,
)
from walkdown_server.plant.round_shapes import lathe
from walkdown_server.plant.shapes import i_beam

_SKID = i_beam(0.1, 0.12, 0.012)
_CIP_XS = (53.0, 57.4, 61.8, 66.2)


def add_utilities(b: Builder) -> None:
    """Everything that serves the lines and stands in the north bay."""
    with b.group("SERVICES", "Services", "area", opens_path=False):
        for n, x in enumerate(_CIP_XS, 1):
            _cleaning_skid(b, n, x, y=51.0)
        _filter(b, 23.3, 38.6)
        _pasteuriser(b, 24.4, 42.2)


def _cleaning_skid(b: Builder, n: int, x: float, *, y: float) -> None:
    with b.group(f"CIP-{n}", f"Cleaning skid CIP-{n}", "cip_skid"), b.frame((x, y, 0)):
        with b.part("frame", "skid frame", "base"):
            for dy in (-0.9, 0.9):
                b.bar(_SKID, "stainless", (-1.6, dy, 0.08), end=(1.6, dy, 0.08))
            for dx in (-1.55, 0.0, 1.55):
                b.bar(_SKID, "stainless", (dx, -0.9, 0.08), end=(dx, 0.9, 0.08))
            b.box("stainless", (0, 0, 0.14), (3.2, 1.9, 0.02))
            b.box("mark_yellow", (0, 0, 0), (3.6, 2.3, 0.003))
        _cleaning_tanks(b)
        with b.rooted():
            add_pump(b, f"P-{200 + n}", f"Cleaning pump P-{200 + n}", at=(0.1, -0.5), rz=180)
        _cleaning_pipes(b)
        for k, dx in enumerate((-1.0, -0.1)):
            with b.part(f"XV{k + 1}", f"tank valve {k + 1}", "valve"):
                automatic_valve(b, (dx, -0.15, 0.32), size=0.7, along="x")
        with b.part("CAB", "control cabinet", "cabinet"), b.frame((1.2, -0.55, 0.14), rz=0):
            cabinet_body(b, (0.7, 0.35, 1.7), "white")
            b.box("screen", (0, -0.2, 1.25), (0.3, 0.004, 0.2))


def _cleaning_pipes(b: Builder) -> None:
    with b.part("HE", "tube heat exchanger", "heat_exchanger"):
        for dz in (0.9, 1.15, 1.4):
            b.rod("stainless", (0.55, 0.75, dz), (1.5, 0.75, dz), radius=0.09, sides=16)
            flange(b, (0.55, 0.75, dz), 0.13, axis="x")
            flange(b, (1.46, 0.75, dz), 0.13, axis="x")
        for dx in (0.7, 1.4):
            b.box("stainless", (dx, 0.75, 0.16), (0.05, 0.08, 1.4))
    with b.part("pipes", "skid pipes", "pipe"):
        b.pipe(
            "stainless",
            (
                (-1.0, 0.4, 0.32),
                (-1.0, -0.1, 0.32),
                (1.3, -0.1, 0.32),
                (1.3, -0.5, 0.45),
                (0.9, -0.5, 0.45),
            ),
            0.045,
        )
        b.pipe("stainless", ((0.58, -0.5, 0.84), (0.58, -0.5, 1.15), (0.58, 0.75, 1.15)), 0.045)
        b.pipe(
            "stainless",
            ((1.3, 0.75, 1.4), (1.62, 0.75, 1.4), (1.62, 0.75, 2.6), (1.62, 0.2, 2.6), (1.62, 0.2, 5.4)),
            0.05,
        )
        b.pipe("steam", ((1.0, 0.75, 1.5), (1.0, 0.75, 2.9), (1.0, 0.2, 2.9), (1.0, 0.2, 5.4)), 0.045)
        pressure_gauge(b, (0.58, -0.2, 1.18))


def _cleaning_tanks(b: Builder) -> None:
    for k, (dx, material, name) in enumerate(
        ((-1.0, "stainless", "caustic tank"), (-0.1, "stainless", "acid tank"))
    ):
        with b.part(f"TK{k + 1}", name, "tank"):
            body = ((0, 0.25), (0.2, 0.28), (0.42, 0.5), (0.42, 1.9), (0.3, 2.02), (0, 2.06))
            b.put(lathe(body, 26, 40), material, (dx, 0.4, 0))
            for turn in range(3):
                angle = math.tau * turn / 3 + 0.5
                b.cylinder(
                    "stainless",
                    (dx + 0.34 * math.cos(angle), 0.4 + 0.34 * math.sin(angle), 0.14),
                    0.035,
                    length=0.4,
                    sides=8,
                )
            b.put(lathe(((0.425, 1.2), (0.425, 1.32)), 26), ("red", "amber")[k], (dx, 0.4, 0))
            b.cylinder("stainless", (dx, 0.4, 2.04), 0.12, length=0.08, sides=16)
            b.cylinder("blue", (dx + 0.2, 0.5, 2.0), 0.05, length=0.2, sides=10)


def _filter(b: Builder, x: float, y: float) -> None:
    with b.group("FT-101", "Product filter FT-101", "filter"), b.frame((x, y, 0)):
        _filter_vessel(b)
        with b.part("DPT", "pressure drop transmitter", "sensor"):
            b.rounded("blue", (0.5, -0.3, 1.4), (0.16, 0.12, 0.2), radius=0.03)
            b.pipe("stainless", ((0.5, -0.3, 1.6), (0.5, -0.3, 2.1), (0.4, -0.1, 2.1)), 0.012, sides=6)
            b.pipe("stainless", ((0.5, -0.3, 1.4), (0.5, -0.3, 1.0), (0.4, -0.1, 1.0)), 0.012, sides=6)
        with b.part("XV", "backwash valve", "valve"):
            b.cylinder("stainless", (0, 0, 0.3), 0.06, length=0.32, sides=12)
            automatic_valve(b, (0, -0.3, 0.32), size=0.8)
        with b.part("pipes", "filter pipes", "pipe"):
            b.pipe(
                "stainless",
                ((-0.9, -1.6, 2.2), (-0.9, 0, 2.2), (-0.9, 0, 1.6), (-0.4, 0, 1.6)),
                0.09,
                sides=14,
            )
            b.pipe("stainless", ((0.3, 0, 0.9), (0.7, 0, 0.9), (0.7, 2.4, 0.9)), 0.09, sides=14)


def _filter_vessel(b: Builder) -> None:
    with b.part("vessel", "filter vessel", "filter"):
        body = (
            (0, 0.6),
            (0.15, 0.62),
            (0.42, 0.85),
            (0.42, 2.3),
            (0.46, 2.3),
            (0.46, 2.42),
            (0.42, 2.42),
            (0.3, 2.62),
            (0, 2.68),
        )
        b.put(lathe(body, 32, 30), "polished", (0, 0, 0))
        for k in range(10):
            angle = math.tau * k / 10
            b.cylinder(
                "zinc", (0.44 * math.cos(angle), 0.44 * math.sin(angle), 2.26), 0.02, length=0.2, sides=6
            )
        for k in range(3):
            angle = math.tau * k / 3 + 0.4
            b.rod(
                "stainless",
                (0.36 * math.cos(angle), 0.36 * math.sin(angle), 1.1),
                (0.5 * math.cos(angle), 0.5 * math.sin(angle), 0.0),
                radius=0.035,
            )
        b.box("navy", (0, -0.43, 1.6), (0.4, 0.02, 0.22))
        b.box("paper", (0, -0.445, 1.64), (0.32, 0.006, 0.14))


def _pasteuriser(b: Builder, x: float, y: float) -> None:
    """A plate heat exchanger with its holding tube and steam valve."""
    with b.group("HX-101", "Flash pasteuriser HX-101", "heat_exchanger"), b.frame((x, y, 0)):
        _plate_pack(b)
        with b.part("XV", "steam control valve", "valve"):
            automatic_valve(b, (0.6, -1.1, 1.5), along="x")
        with b.part("HV", "hand valve", "valve"):
            hand_valve(b, (-0.25, -1.35, 1.6), wheel="blue")
        with b.part("TT", "temperature transmitter", "sensor"):
            b.rounded("blue", (-0.25, -1.15, 1.72), (0.12, 0.12, 0.14), radius=0.03)
        _pasteuriser_pipes(b)
        with b.part("MOT", "booster pump motor", "motor"):
            pump_motor(b, (0.9, 0.9, 0.4), "blue")
            b.box("grey", (1.2, 0.9, 0), (1.1, 0.5, 0.1))


def _pasteuriser_pipes(b: Builder) -> None:
    out = ((-0.25, -0.95, 1.6), (-0.25, -1.9, 1.6), (0, -4.0, 2.6), (0, -8.5, 2.6), (0.6, -8.5, 2.6))
    steam = ((0.25, -0.95, 1.5), (0.6, -1.1, 1.5), (1.4, -1.1, 1.5), (1.4, -1.1, 3.2), (1.4, -7.1, 3.2))
    cold = ((-0.25, -0.95, 0.5), (-0.25, -1.3, 0.5), (1.9, -1.3, 0.5), (1.9, -1.3, 3.5), (1.9, -6.7, 3.5))
    with b.part("pipes", "pipes", "pipe"):
        b.pipe("stainless", (*out, (0.6, -8.5, 5.1)), 0.09, sides=14)
        b.pipe("insulation", (*steam, (1.4, -7.1, 5.1)), 0.08, sides=12)
        b.pipe("insulation", (*cold, (1.9, -6.7, 5.6)), 0.09, sides=12)


def _plate_pack(b: Builder) -> None:
    """Frame, plates and the holding tube beside them."""
    with b.part("frame", "frame plates", "frame"):
        for dy, wide in ((-0.9, 0.1), (0.95, 0.08)):
            b.rounded("navy", (0, dy, 0.1), (0.8, wide, 1.8), radius=0.02)
        b.rod("polished", (0, -0.9, 1.82), (0, 1.3, 1.82), radius=0.05)
        b.rod("polished", (0, -0.9, 0.24), (0, 1.3, 0.24), radius=0.04)
        b.box("dark", (0, 1.3, 0), (0.2, 0.12, 1.95))
        for dx in (-0.36, 0.36):
            for z in (0.5, 1.0, 1.5):
                b.rod("zinc", (dx, -1.0, z), (dx, 1.1, z), radius=0.02, sides=6)
        b.box("dark", (0, -0.9, 0), (0.9, 0.2, 0.1))
    with b.part("plates", "plate pack", "plate_pack"):
        for k in range(26):
            b.box("stainless" if k % 2 else "zinc", (0, -0.8 + 0.062 * k, 0.34), (0.66, 0.05, 1.42))
    with b.part("holding", "holding tube", "pipe"):
        path = [(-0.9, -0.6 if k % 4 in (0, 3) else 1.0, 0.5 + 0.22 * (k // 2)) for k in range(12)]
        b.pipe("insulation", path, 0.07, sides=12)
        for dy in (-0.4, 0.8):
            b.box("stainless", (-0.9, dy, 0), (0.06, 0.06, 2.0))
