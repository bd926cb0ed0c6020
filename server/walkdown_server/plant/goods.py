"""What the plant moves: bottles, crates, pallets and their loads, each a template drawn many times."""

from __future__ import annotations

from functools import cache

from walkdown.package.model import Surface
from walkdown_server.plant.builder import Placer
from walkdown_server.plant.round_shapes import lathe
from walkdown_server.plant.shapes import block, face, sides

CRATE_SIZE = (0.4, 0.3, 0.26)
PALLET_HEIGHT = 0.145
LAYER_HEIGHT = 0.27
_BODY = ((0.04, 0.0), (0.042, 0.16), (0.016, 0.235), (0.014, 0.296), (0.0, 0.296))
_CAP = ((0.017, 0.272), (0.017, 0.30), (0.0, 0.30))
_LABEL = ((0.0425, 0.045), (0.0428, 0.13))

LINE_BOTTLE = {1: "bottle", 2: "bottle_brown"}
LINE_LABEL = {1: "label_cream", 2: "label_blue"}
LINE_CRATE = {1: "crate", 2: "crate_red"}


@cache
def bottle(glass: str, *, cap: str = "", label: str = "") -> Surface:
    """A bottle standing on z = 0, with or without cap and label; nobody sees its underside."""
    p = Placer()
    p.put(lathe(_BODY[:-1] if cap else _BODY, 8, 50.0, crease_deg=0.0), glass, (0, 0, 0))
    if cap:
        p.put(lathe(_CAP, 8, 0.0, crease_deg=0.0), cap, (0, 0, 0))
    if label:
        p.put(lathe(_LABEL, 8, 0.0, crease_deg=0.0), label, (0, 0, 0))
    return p.surface()


@cache
def crate(material: str, *, cap: str = "") -> Surface:
    """A crate standing on z = 0; full of capped bottles when ``cap`` is given."""
    p = Placer()
    x, y, z = CRATE_SIZE
    wall, floor = 0.015, 0.06
    p.box(material, (0, 0, 0), (x, y, floor))
    for side in (-1, 1):
        p.box(material, (0, side * (y - wall) / 2, floor), (x, wall, z - floor))
        p.box(material, (side * (x - wall) / 2, 0, floor), (wall, y - 2 * wall, z - floor))
    if cap:
        p.box("black", (0, 0, floor), (x - 2 * wall, y - 2 * wall, 0.12))
        for i in range(4):
            for j in range(3):
                at = (-0.135 + 0.09 * i, -0.09 + 0.09 * j, 0.18)
                p.cylinder(cap, at, 0.018, length=0.10, sides=6)
    return p.surface()


@cache
def pallet() -> Surface:
    """A wooden pallet of 1.2 x 0.8 m standing on z = 0."""
    p = Placer()
    for y in (-0.32, 0.0, 0.32):
        p.put(block(), "wood", (0, y, 0.133), scale=(1.2, 0.2, 0.022))
    for y in (-0.35, 0.35):
        p.put(block(), "wood", (0, y, 0.01), scale=(1.2, 0.1, 0.02))
        for x in (-0.54, 0.0, 0.54):
            p.put(sides(), "wood", (x, y, 0.071), scale=(0.12, 0.1, 0.102))
    return p.surface()


@cache
def crate_layer(material: str) -> Surface:
    """Eight crates as one layer of a pallet: what can be seen of them, and darkness in the gaps."""
    p = Placer()
    wide, deep, high = 0.292, 0.392, 0.255
    p.put(block(), "rubber", (0, 0, high / 2), scale=(1.18, 0.78, high - 0.02))
    for x in (-0.45, -0.15, 0.15, 0.45):
        for side in (-1, 1):
            p.put(face(), material, (x, side * 0.2, high), ry=-90, scale=(1, deep, wide))
            p.put(face(), material, (x, side * 0.396, high / 2), rz=90 * side, scale=(1, wide, high))
    for y in (-0.2, 0.2):
        for side in (-1, 1):
            turn = 0 if side > 0 else 180
            p.put(face(), material, (side * 0.596, y, high / 2), rz=turn, scale=(1, deep, high))
    return p.surface()


@cache
def carton_layer(variant: int) -> Surface:
    """A layer of cartons with tape; the variants differ in how the cartons lie."""
    p = Placer()
    columns, rows = ((2, 2), (3, 2), (2, 3))[variant]
    size_x, size_y = 1.16 / columns, 0.76 / rows
    for i in range(columns):
        for j in range(rows):
            x, y = -0.58 + size_x * (i + 0.5), -0.38 + size_y * (j + 0.5)
            p.put(block(), "carton", (x, y, 0.131), scale=(size_x - 0.012, size_y - 0.012, 0.262))
        p.put(block(), "paper", (-0.58 + size_x * (i + 0.5), 0, 0.131), scale=(0.05, 0.75, 0.266))
    p.put(block(), "paper", (-0.3, -0.379, 0.14), scale=(0.2, 0.004, 0.12))
    return p.surface()


@cache
def wrapped_block(layers: int) -> Surface:
    """A stretch-wrapped block with corner boards and a slip sheet."""
    p = Placer()
    height = layers * LAYER_HEIGHT
    p.rounded("cover", (0, 0, 0), (1.16, 0.76, height), radius=0.03)
    for x in (-0.57, 0.57):
        for y in (-0.37, 0.37):
            p.box("carton", (x, y, 0), (0.04, 0.04, height + 0.005))
    p.box("paper", (0.0, -0.382, height * 0.5), (0.3, 0.004, 0.2))
    return p.surface()
