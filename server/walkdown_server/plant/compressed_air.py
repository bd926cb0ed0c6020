"""Compressed air: two compressors with ducts, dryer, receiver and the collector."""

from __future__ import annotations

import math

from walkdown_server.plant.builder import Builder
from walkdown_server.plant.fittings import type_plate
from walkdown_server.plant.pumps import pressure_gauge
from walkdown_server.plant.round_shapes import dome, ring


def add_compressed_air(b: Builder) -> None:
    """``AC-1``, ``AC-2``, ``AD-1`` and ``AR-1``."""
    for n, x in enumerate((72.4, 76.2), 1):
        _compressor(b, n, x, y=55.6)
    _dryer(b)
    _receiver(b)
    with b.part("air-main", "Compressed air collector", "pipe"):
        for x in (72.4, 76.2):
            b.pipe("air", ((x + 1.0, 55.6, 1.9), (x + 1.0, 55.6, 3.2), (x + 1.0, 54.4, 3.2)), 0.05)
        b.pipe("air", ((72.0, 54.4, 3.2), (79.15, 54.4, 3.2), (79.15, 55.7, 3.2), (79.15, 55.7, 2.2)), 0.06)
        b.pipe("air", ((79.65, 55.7, 2.2), (79.65, 55.7, 2.8), (82.6, 55.7, 2.9), (82.6, 54.9, 2.9)), 0.06)
        b.pipe("air", ((82.6, 55.0, 1.1), (82.6, 54.0, 1.1), (82.6, 54.0, 5.35), (82.6, 34.75, 5.35)), 0.06)


def _receiver(b: Builder) -> None:
    with b.group("AR-1", "Air receiver AR-1", "air_receiver"), b.frame((82.6, 55.7, 0)):
        with b.part("vessel", "vessel", "vessel"):
            b.cylinder("air", (0, 0, 0.75), 0.75, length=2.5, sides=32)
            b.put(dome(0.75, 0.35, sides=32), "air", (0, 0, 3.25))
            b.put(dome(0.75, 0.35, sides=32), "air", (0, 0, 0.75), rx=180)
            for z in (1.2, 2.9):
                b.put(ring(0.755, 0.012, sides=32, around=5), "air", (0, 0, z))
            for k in range(4):
                angle = math.pi / 4 + k * math.pi / 2
                b.box("dark", (0.6 * math.cos(angle), 0.6 * math.sin(angle), 0), (0.12, 0.12, 0.9))
            b.cylinder("air", (0, -0.72, 1.6), 0.22, length=0.12, axis="-y", sides=20)
            type_plate(b, (0.3, -0.78, 2.2))
        with b.part("PSV", "safety valve", "valve"):
            b.cylinder("brass", (0, 0, 3.58), 0.05, length=0.3, sides=10)
            b.cylinder("red", (0, 0, 3.88), 0.035, length=0.1, sides=8)
        with b.part("PT", "pressure transmitter", "sensor"):
            pressure_gauge(b, (0.0, -0.76, 2.6))


def _dryer(b: Builder) -> None:
    with b.group("AD-1", "Air dryer AD-1", "air_dryer"), b.frame((79.4, 55.9, 0)):
        with b.part("case", "case", "machine"):
            b.rounded("cover", (0, 0, 0.08), (1.1, 1.3, 1.5), radius=0.05)
            b.box("air", (0, -0.655, 1.2), (1.1, 0.006, 0.1))
            for k in range(9):
                b.box("dark", (0, -0.656, 0.4 + 0.06 * k), (0.8, 0.008, 0.025))
            b.box("screen", (0.3, -0.656, 1.38), (0.2, 0.006, 0.1))
            type_plate(b, (-0.3, -0.654, 1.36))
        with b.part("filters", "filter pair", "filter"):
            for dx in (-0.25, 0.25):
                b.cylinder("air", (dx, -0.2, 1.75), 0.09, length=0.45, sides=14)
                b.cylinder("dark", (dx, -0.2, 1.7), 0.05, length=0.06, sides=10)


def _compressor(b: Builder, n: int, x: float, *, y: float) -> None:
    with b.group(f"AC-{n}", f"Air compressor AC-{n}", "compressor"), b.frame((x, y, 0)):
        with b.part("case", "sound hood", "machine"):
            b.box("dark", (0, 0, 0), (2.5, 1.5, 0.12))
            b.rounded("cover", (0, 0, 0.12), (2.5, 1.5, 1.75), radius=0.06)
            b.box("air", (0, -0.755, 1.5), (2.5, 0.006, 0.16))
            b.box("dark", (0.2, -0.756, 0.2), (0.012, 0.008, 1.6))
            for dx in (-0.9, 0.9):
                for k in range(10):
                    b.box("dark", (dx, -0.756, 0.3 + 0.07 * k), (0.5, 0.008, 0.03))
            b.rounded("black", (0.32, -0.77, 0.9), (0.03, 0.04, 0.2), radius=0.01)
            type_plate(b, (-0.2, -0.757, 0.3))
        with b.part("cooler", "cooler and outlet hood", "duct"):
            b.box("dark", (0.55, 0, 1.87), (1.1, 1.2, 0.02))
            b.rounded("zinc", (0.55, 0.2, 1.89), (1.0, 0.8, 0.4), radius=0.03)
            b.box("zinc", (0.55, 0.2, 2.29), (0.7, 0.7, 1.6))
            b.box("zinc", (0.55, 1.9, 3.3), (0.7, 2.9, 0.6))
        with b.part("HMI", "controller", "hmi"):
            b.rounded("dark", (-0.3, -0.77, 1.18), (0.36, 0.05, 0.26), radius=0.02)
            b.box("screen", (-0.3, -0.797, 1.22), (0.26, 0.004, 0.17))
            b.cylinder("red", (-0.02, -0.76, 1.3), 0.03, length=0.04, axis="-y", sides=12)
        with b.part("MOT", "drive motor", "motor"):
            b.rounded("dark", (-1.3, 0.2, 0.3), (0.16, 0.9, 1.0), radius=0.03)
            for k in range(8):
                b.box("zinc", (-1.385, 0.2, 0.38 + 0.11 * k), (0.012, 0.8, 0.05))
