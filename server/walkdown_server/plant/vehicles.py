"""Driverless vehicles: a low deck with a load, mast, scanners and lamps, on joints x, y and heading."""

from __future__ import annotations

import math

from walkdown_server.plant.builder import Builder
from walkdown_server.plant.goods import LAYER_HEIGHT, PALLET_HEIGHT, crate_layer, pallet
from walkdown_server.plant.layout import AGV_PARKING

_LOADS = {"AGV-1": ("crate", 4), "AGV-2": ("", 0), "AGV-3": ("crate_red", 3)}


def add_vehicles(b: Builder) -> None:
    """``AGV-1`` to ``AGV-3`` where they stand when all joints are 0, and their charging posts."""
    with b.group("AGVS", "Vehicles", "area", opens_path=False):
        for tag, (x, y, heading) in AGV_PARKING.items():
            with b.group(tag, f"Vehicle {tag}", "agv"):
                along = b.joint("x", "prismatic", (x, y, 0), axis=(1, 0, 0))
                with b.riding(along):
                    across = b.joint("y", "prismatic", (x, y, 0), axis=(0, 1, 0))
                with b.riding(across):
                    turning = b.joint("heading", "revolute", (x, y, 0), axis=(0, 0, 1), period=math.tau)
                with b.riding(turning), b.frame((x, y, 0), rz=heading):
                    _vehicle(b)
                    _load(b, *_LOADS[tag])
        for k in range(3):
            with (
                b.part(f"charger-{k + 1}", f"Charging post {k + 1}", "charger"),
                b.frame((87.2, 38.6 + 2.4 * k, 0), rz=180),
            ):
                b.rounded("cover", (0, 0, 0), (0.4, 0.6, 1.3), radius=0.05)
                b.box("screen", (-0.202, 0, 0.95), (0.004, 0.3, 0.18))
                b.box("copper", (-0.22, 0, 0.2), (0.06, 0.34, 0.06))
                b.box("green", (-0.202, 0, 1.18), (0.004, 0.4, 0.03))


def _vehicle(b: Builder) -> None:
    with b.part("body", "body", "agv"):
        b.rounded("cover", (0.1, 0, 0.07), (1.7, 1.0, 0.29), radius=0.09)
        b.rounded("dark", (0.1, 0, 0.03), (1.74, 1.04, 0.14), radius=0.06)
        b.box("navy", (0.1, 0, 0.355), (1.3, 0.7, 0.012))
        b.box("screen", (0.952, 0, 0.24), (0.006, 0.6, 0.04))
        for side in (-1, 1):
            b.box("blue", (0.1, side * 0.502, 0.26), (1.3, 0.006, 0.04))
            for x in (-0.5, 0.65):
                b.cylinder("rubber", (x, side * 0.42 - 0.04, 0.08), 0.08, length=0.08, axis="y", sides=14)
    with b.part("mast", "mast", "agv"):
        b.rounded("cover", (-0.9, 0, 0.06), (0.36, 0.9, 1.3), radius=0.08)
        b.box("hazard", (-0.9, 0, 0.07), (0.37, 0.91, 0.1))
        b.cylinder("dark", (-0.9, 0, 1.36), 0.09, length=0.08, sides=18)
        b.cylinder("navy", (-0.9, 0, 1.44), 0.075, length=0.06, sides=18)
        b.box("screen", (-0.718, 0.12, 1.08), (0.004, 0.34, 0.2))
        for y in (-0.34, 0.34):
            b.cylinder("red", (-0.9, y, 1.34), 0.045, length=0.05, sides=12)
        b.rod("dark", (-1.0, -0.3, 1.36), (-1.0, -0.3, 1.75), radius=0.008, sides=5)
    with b.part("lamp", "warning lamp", "machine_lamp"):
        b.cylinder("amber", (-1.0, 0.25, 1.36), 0.05, length=0.1, sides=12)
    for n, (x, y) in enumerate(((0.86, -0.42), (-0.98, 0.46)), 1):
        with b.part(f"SCAN{n}", f"safety scanner {n}", "sensor"):
            b.cylinder("yellow", (x, y, 0.16), 0.085, length=0.1, sides=16)
            b.cylinder("black", (x, y, 0.26), 0.075, length=0.06, sides=16)


def _load(b: Builder, material: str, layers: int) -> None:
    if not layers:
        return
    with b.part("load", "load", "pallet"):
        b.copy(pallet(), (0.12, 0, 0.37))
        for k in range(layers):
            b.copy(crate_layer(material), (0.12, 0, 0.37 + PALLET_HEIGHT + k * LAYER_HEIGHT))
