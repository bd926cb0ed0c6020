"""The cooling yard south of the hall: chillers, cooling towers with turning fans, pumps, ring main."""

from __future__ import annotations

import math

import numpy as np

from walkdown_server.plant.builder import Builder
from walkdown_server.plant.chilled_water import add_chilled_water
from walkdown_server.plant.fittings import cabinet, type_plate
from walkdown_server.plant.pumps import add_pump
from walkdown_server.plant.round_shapes import lathe, ring
from walkdown_server.plant.shapes import i_beam, prism

_SIDE, _EAVE = 3.6, 3.1
_POST = i_beam(0.14, 0.14, 0.012)
_BLADE = prism(((0.16, -0.05), (0.9, -0.2), (1.0, -0.1), (0.98, 0.16), (0.16, 0.07)))


def add_cooling(b: Builder) -> None:
    """``CH-1``, ``CH-2``, ``CT-1``, ``CT-2``, ``P-301``, ``P-302`` on a slab, and the chilled water main."""
    with b.group("COOLING", "Cooling yard", "area", opens_path=False):
        with b.part("slab", "slab", "floor", layer="floor"):
            b.box("pad", (85, -8.0, -0.3), (27, 10.0, 0.3))
        for n, x in enumerate((76.0, 81.4), 1):
            _chiller(b, n, x, y=-6.6)
        for n, x in enumerate((88.2, 93.6), 1):
            _tower(b, n, x, y=-8.6)
        for n, x in enumerate((76.4, 81.0), 1):
            add_pump(b, f"P-{300 + n}", f"Chilled water pump P-{300 + n}", at=(x, -10.6), color="teal")
        add_chilled_water(b)
        cabinet(b, (97.2, -5.6, 0), (1.6, 0.5, 2.0), rz=-90, tag="cooling-CAB")
        with b.part("yard-fence", "yard bollards", "bollard"):
            for x in np.arange(72.5, 98.5, 2.6):
                b.cylinder("yellow", (float(x), -12.6, 0), 0.09, length=1.0, sides=14)
                b.cylinder("black", (float(x), -12.6, 0.8), 0.092, length=0.08, sides=14)


def _chiller(b: Builder, n: int, x: float, *, y: float) -> None:
    """A packaged water chiller: frame, two vessels, screw compressors, panel."""
    with b.group(f"CH-{n}", f"Chiller CH-{n}", "chiller"), b.frame((x, y, 0)):
        with b.part("frame", "frame", "frame"):
            for dx in (-2.0, 2.0):
                for dy in (-0.75, 0.75):
                    b.box("dark", (dx, dy, 0), (0.12, 0.12, 2.3))
            for dy in (-0.75, 0.75):
                b.box("dark", (0, dy, 0.04), (4.1, 0.12, 0.12))
                b.box("dark", (0, dy, 2.24), (4.1, 0.12, 0.1))
        for k, (z, material, name) in enumerate(
            ((0.6, "insulation", "evaporator"), (1.45, "teal", "condenser"))
        ):
            with b.part(("EVA", "CON")[k], name, "vessel"):
                b.cylinder(material, (-1.8, 0.2, z), 0.34, length=3.6, axis="x", sides=26)
                for dx in (-1.85, 1.75):
                    b.cylinder("dark", (dx, 0.2, z), 0.39, length=0.1, axis="x", sides=26)
                for dx in (-1.2, 1.2):
                    b.box("dark", (dx, 0.2, z - 0.45), (0.1, 0.6, 0.15))
        with b.part("MOT", "screw compressors", "motor"):
            for dx in (-0.95, 0.85):
                b.cylinder("grey", (dx - 0.5, -0.35, 1.95), 0.24, length=1.0, axis="x", sides=20)
                b.cylinder("navy", (dx + 0.5, -0.35, 1.95), 0.2, length=0.3, axis="x", sides=18)
                b.pipe("copper", ((dx, -0.35, 1.75), (dx, -0.35, 1.1), (dx, 0.0, 0.9)), 0.05)
        with b.part("HMI", "control panel", "hmi"):
            b.rounded("white", (0, -0.78, 0.5), (1.5, 0.28, 1.1), radius=0.03)
            b.box("screen", (-0.3, -0.923, 1.15), (0.4, 0.004, 0.26))
            b.cylinder("red", (0.3, -0.92, 1.3), 0.04, length=0.05, axis="-y", sides=12)
            b.box("teal", (0, -0.923, 0.6), (1.4, 0.004, 0.08))
            type_plate(b, (0.5, -0.922, 0.8))


def _tower(b: Builder, n: int, x: float, *, y: float) -> None:
    """An induced draught tower: basin, louvres, drift casing, fan stack with grille and drive."""
    side, eave = _SIDE, _EAVE
    with b.group(f"CT-{n}", f"Cooling tower CT-{n}", "cooling_tower"), b.frame((x, y, 0)):
        _tower_body(b)
        _tower_fan(b)
        with b.part("ladder", "ladder", "ladder"):
            for dy in (-0.2, 0.2):
                b.rod(
                    "yellow",
                    (side / 2 + 0.14, dy, 0.1),
                    (side / 2 + 0.14, dy, eave + 1.0),
                    radius=0.02,
                    sides=6,
                )
            for z in np.arange(0.4, eave, 0.3):
                b.rod(
                    "yellow",
                    (side / 2 + 0.14, -0.2, float(z)),
                    (side / 2 + 0.14, 0.2, float(z)),
                    radius=0.014,
                    sides=5,
                )


def _tower_fan(b: Builder) -> None:
    """Fan stack with grille, the fan on joint ``fan`` and its motor."""
    eave = _EAVE
    with b.part("stack", "fan stack", "duct"):
        r = 1.35
        wall = (
            (r + 0.16, 0.0),
            (r + 0.04, 0.3),
            (r + 0.1, 0.9),
            (r + 0.06, 0.9),
            (r, 0.3),
            (r + 0.12, 0.0),
        )
        b.put(lathe(wall, 36, 30), "cover", (0, 0, eave))
        b.cylinder("black", (0, 0, eave), r + 0.02, length=0.02, sides=32)
        for k in range(4):
            turn = math.pi / 4 * k
            dx, dy = (r + 0.08) * math.cos(turn), (r + 0.08) * math.sin(turn)
            b.rod("zinc", (-dx, -dy, eave + 0.86), (dx, dy, eave + 0.86), radius=0.012, sides=5)
        for ring_r in (0.5, 0.85, 1.2):
            b.put(ring(ring_r, 0.01, sides=28, around=4), "zinc", (0, 0, eave + 0.87))
    turning = b.joint("fan", "revolute", (0, 0, eave + 0.5), period=math.tau)
    with b.riding(turning), b.part("FAN", "fan", "fan"):
        b.cylinder("dark", (0, 0, eave + 0.4), 0.2, length=0.22, sides=18)
        for k in range(6):
            b.put(_BLADE, "grey", (0, 0, eave + 0.46), rz=60.0 * k, rx=0, scale=(1.3, 1.0, 0.04))
    with b.part("MOT", "fan motor", "motor"):
        b.cylinder("blue", (0, 0, eave + 0.04), 0.16, length=0.34, sides=18)
        b.box("zinc", (0, 0, eave + 0.02), (2.7, 0.12, 0.06))


def _tower_body(b: Builder) -> None:
    """Basin, louvres and casing."""
    side, eave = _SIDE, _EAVE
    with b.part("basin", "basin", "basin"):
        b.rounded("zinc", (0, 0, 0.25), (side + 0.2, side + 0.2, 0.55), radius=0.04)
        for dx in (-1.5, 0.0, 1.5):
            b.box("dark", (dx, 0, 0), (0.16, side, 0.25))
    with b.part("louvres", "air inlet louvres", "louvre"):
        for k in range(9):
            z = 0.9 + 0.14 * k
            for dy in (-side / 2, side / 2):
                b.box("steel", (0, dy, z), (side - 0.1, 0.16, 0.02))
                b.box("steel", (dy, 0, z), (0.16, side - 0.1, 0.02))
        b.box("black", (0, 0, 0.8), (side - 0.4, side - 0.4, 1.4))
    with b.part("casing", "casing", "machine"):
        for dx in (-side / 2, side / 2):
            for dy in (-side / 2, side / 2):
                b.box("zinc", (dx, dy, 0.8), (0.12, 0.12, 1.5))
        b.rounded("cover", (0, 0, 2.2), (side + 0.08, side + 0.08, eave - 2.2), radius=0.05)
        b.box("teal", (0, 0, 2.36), (side + 0.1, side + 0.1, 0.16))
        type_plate(b, (0.9, -side / 2 - 0.05, 2.62))
