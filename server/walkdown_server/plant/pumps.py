"""Pumps, valves, flanges and instruments of the pipework."""

from __future__ import annotations

from walkdown_server.plant.builder import Builder, Point
from walkdown_server.plant.round_shapes import lathe, ring, sphere

_VOLUTE = ((0.0, 0.0), (0.26, 0.0), (0.3, 0.05), (0.3, 0.2), (0.22, 0.26), (0.0, 0.26))


def add_pump(
    b: Builder, segment: str, name: str, *, at: tuple[float, float], rz: float = 0.0, color: str = "blue"
) -> None:
    """Centrifugal pump on a base; suction to the turned -x at z 0.45, discharge upward at x -0.48."""
    with b.group(segment, name, "pump"), b.frame((*at, 0), rz=rz):
        with b.part("base", "base frame", "base"):
            b.rounded("grey", (0, 0, 0), (1.55, 0.6, 0.12), radius=0.03)
            for x in (-0.62, 0.62):
                for y in (-0.2, 0.2):
                    b.cylinder("zinc", (x, y, 0.12), 0.025, length=0.05, sides=6)
        with b.part("casing", "pump casing", "pump"):
            b.put(lathe(_VOLUTE, 26, 30), "stainless", (-0.62, 0, 0.45), ry=90)
            b.cylinder("stainless", (-0.78, 0, 0.45), 0.09, length=0.18, axis="x", sides=16)
            flange(b, (-0.79, 0, 0.45), 0.15, axis="x")
            b.cylinder("stainless", (-0.48, 0, 0.62), 0.08, length=0.22, sides=14)
            flange(b, (-0.48, 0, 0.82), 0.14)
            b.rounded("dark", (-0.42, 0, 0.12), (0.14, 0.4, 0.2), radius=0.02)
        with b.part("guard", "coupling guard", "guard"):
            b.rounded("yellow", (-0.24, 0, 0.33), (0.2, 0.26, 0.25), radius=0.05)
        with b.part("MOT", "motor", "motor"):
            pump_motor(b, (-0.14, 0, 0.45), color)
        with b.part("sensor", "vibration and temperature sensor", "sensor"):
            b.cylinder("dark", (0.0, -0.2, 0.52), 0.025, length=0.06, axis="-y", sides=8)
            b.pipe(
                "black",
                ((0.0, -0.27, 0.52), (0.0, -0.36, 0.5), (0.2, -0.36, 0.1), (0.7, -0.36, 0.02)),
                0.01,
                sides=5,
            )


def pump_motor(b: Builder, at: Point, color: str) -> None:
    """A finned foot motor along +x."""
    with b.frame(at):
        b.cylinder(color, (0, 0, 0), 0.2, length=0.74, axis="x", sides=20)
        for k in range(9):
            b.cylinder(color, (0.07 + k * 0.066, 0, 0), 0.228, length=0.016, axis="x", sides=20)
        b.rounded("grey", (0.3, 0, 0.18), (0.26, 0.2, 0.14), radius=0.02)
        b.cylinder("grey", (0.74, 0, 0), 0.19, length=0.1, axis="x", sides=20)
        b.cylinder("dark", (0.84, 0, 0), 0.15, length=0.01, axis="x", sides=16)
        for x in (0.12, 0.6):
            b.box("dark", (x, 0, -0.33), (0.12, 0.4, 0.16))
        b.box("zinc", (0.3, -0.226, 0.02), (0.16, 0.006, 0.08))


def flange(b: Builder, at: Point, radius: float, *, axis: str = "z", material: str = "zinc") -> None:
    """A pair of flanges, 4 cm thick."""
    b.cylinder(material, at, radius, length=0.042, axis=axis, sides=14)


def automatic_valve(b: Builder, at: Point, *, size: float = 1.0, along: str = "y") -> None:
    """Seat valve body with a blue-topped actuator, feedback head and air hose."""
    x, y, z = at
    b.put(sphere(10), "stainless", at, scale=(0.12 * size, 0.12 * size, 0.12 * size))
    for side in (-1, 1):
        offset = side * 0.13 * size
        start = (x, y + offset - 0.012, z) if along == "y" else (x + offset - 0.012, y, z)
        flange(b, start, 0.11 * size, axis=along)
    b.cylinder("stainless", (x, y, z), 0.045 * size, length=0.3 * size, sides=10)
    b.cylinder("stainless", (x, y, z + 0.24 * size), 0.1 * size, length=0.28 * size, sides=16)
    b.cylinder("blue", (x, y, z + 0.52 * size), 0.085 * size, length=0.12 * size, sides=16)
    b.cylinder("green", (x, y, z + 0.64 * size), 0.04 * size, length=0.015, sides=10)
    hose = (
        (x, y + 0.09 * size, z + 0.46 * size),
        (x, y + 0.22 * size, z + 0.46 * size),
        (x, y + 0.22 * size, z + 0.8 * size),
    )
    b.pipe("air", hose, 0.008, sides=5)


def hand_valve(b: Builder, at: Point, *, along: str = "y", wheel: str = "red") -> None:
    """Valve with a hand wheel."""
    x, y, z = at
    b.put(sphere(10), "stainless", at, scale=(0.11, 0.11, 0.11))
    for side in (-0.13, 0.13):
        start = (x, y + side - 0.012, z) if along == "y" else (x + side - 0.012, y, z)
        flange(b, start, 0.11, axis=along)
    b.cylinder("stainless", (x, y, z), 0.035, length=0.32, sides=10)
    b.put(ring(0.13, 0.014, sides=20, around=6), wheel, (x, y, z + 0.3))
    b.box(wheel, (x, y, z + 0.292), (0.26, 0.02, 0.016))
    b.box(wheel, (x, y, z + 0.292), (0.02, 0.26, 0.016))


def flow_meter(b: Builder, at: Point) -> None:
    """A magnetic flow meter in an upright pipe with a display head."""
    x, y, z = at
    flange(b, (x, y, z - 0.16), 0.14)
    b.cylinder("blue", (x, y, z - 0.12), 0.125, length=0.24, sides=18)
    flange(b, (x, y, z + 0.12), 0.14)
    b.cylinder("blue", (x, y - 0.12, z), 0.03, length=0.08, axis="-y", sides=8)
    b.rounded("cover", (x, y - 0.27, z - 0.09), (0.18, 0.14, 0.18), radius=0.03)
    b.box("screen", (x, y - 0.342, z - 0.04), (0.11, 0.004, 0.08))


def pressure_gauge(b: Builder, at: Point) -> None:
    """A dial on a short pipe, facing -y."""
    x, y, z = at
    b.cylinder("stainless", (x, y, z), 0.015, length=0.12, sides=8)
    b.cylinder("polished", (x, y + 0.02, z + 0.19), 0.07, length=0.04, axis="-y", sides=16)
    b.cylinder("paper", (x, y - 0.02, z + 0.19), 0.06, length=0.002, axis="-y", sides=16)
    b.box("black", (x + 0.015, y - 0.024, z + 0.19), (0.008, 0.002, 0.05), rz=0)
