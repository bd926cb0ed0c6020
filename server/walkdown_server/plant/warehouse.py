"""The store: seven pallet racks, staging lanes, dock doors with levellers, trailers at two docks."""

from __future__ import annotations

from walkdown_server.plant.builder import Builder
from walkdown_server.plant.goods import (
    LAYER_HEIGHT,
    PALLET_HEIGHT,
    carton_layer,
    crate_layer,
    pallet,
    wrapped_block,
)
from walkdown_server.plant.layout import DOCK_YS, HALL_LENGTH
from walkdown_server.plant.shapes import flat_bar

_BRACE = flat_bar(0.05, 0.03)
RACK_YS = (36.0, 40.6, 42.0, 46.6, 48.0, 52.6, 54.0)
_BAYS, _BAY_WIDTH, _FIRST, _LEVEL = 9, 2.9, 92.5, 1.75


def add_warehouse(b: Builder) -> None:
    """``RACK-1`` to ``RACK-7``, ``DOOR-1`` to ``DOOR-4`` and what stands around."""
    with b.group("STORE", "Store", "area", opens_path=False):
        for n, y in enumerate(RACK_YS, 1):
            _rack(b, n, y)
        for n, y in enumerate(DOCK_YS, 1):
            _door(b, n, y)
        for n in (2, 4):
            _trailer(b, n, DOCK_YS[n - 1])
        _staging(b)


def _rack(b: Builder, n: int, y: float) -> None:
    with b.group(f"RACK-{n}", f"Pallet rack {n}", "rack", places=_BAYS * 10):
        for bay in range(_BAYS):
            x = _FIRST + _BAY_WIDTH * bay
            with b.part(f"B{bay + 1}", f"bay {bay + 1}", "rack"):
                _upright(b, x, y)
                if bay == _BAYS - 1:
                    _upright(b, x + _BAY_WIDTH, y)
                for level in range(1, 5):
                    for side in (-0.5, 0.5):
                        b.box(
                            "beam",
                            (x + _BAY_WIDTH / 2, y + side, level * _LEVEL - 0.12),
                            (_BAY_WIDTH - 0.1, 0.05, 0.12),
                        )
            for level in range(5):
                for k, dx in enumerate((0.8, 2.1)):
                    if b.rng.random() < 0.82:
                        place = f"B{bay + 1}-{level + 1}{'AB'[k]}"
                        with b.part(place, f"pallet {bay + 1}.{level + 1}{'AB'[k]}", "pallet"):
                            _load(b, (x + dx, y, level * _LEVEL), level)
        with b.part("guard", "impact guard", "guard"):
            b.box("hazard", (_FIRST - 0.3, y, 0), (0.14, 1.3, 0.4))
            b.box("navy", (_FIRST - 0.1, y, 6.2), (0.04, 0.8, 0.8))
            b.box("paper", (_FIRST - 0.125, y, 6.3), (0.01, 0.5, 0.6))


def _upright(b: Builder, x: float, y: float) -> None:
    for side in (-0.5, 0.5):
        b.box("rack", (x, y + side, 0), (0.1, 0.1, 7.4))
        b.box("dark", (x, y + side, 0), (0.16, 0.16, 0.01))
    for k in range(6):
        b.bar(_BRACE, "rack", (x, y - 0.5, 0.3 + k * 1.2), end=(x, y + 0.5, 1.1 + k * 1.2))


def _load(b: Builder, at: tuple[float, float, float], level: int) -> None:
    """A pallet with 3 or 4 layers of one kind, a little out of line as forklifts leave them."""
    x, y, z = at
    turn = float(b.rng.normal(0, 0.8))
    kind, layers = int(b.rng.integers(0, 6)), int(b.rng.integers(3, 5 if level else 6))
    b.copy(pallet(), at, rz=turn)
    if kind == 5:
        b.copy(wrapped_block(4), (x, y, z + PALLET_HEIGHT), rz=turn)
        return
    template = (crate_layer("crate"), crate_layer("crate_red"), *(carton_layer(v) for v in range(3)))[kind]
    for k in range(layers):
        flip = 180.0 * (k % 2) if kind > 1 else 0.0
        b.copy(template, (x, y, z + PALLET_HEIGHT + k * LAYER_HEIGHT), rz=turn + flip)


def _door(b: Builder, n: int, y: float) -> None:
    x = HALL_LENGTH
    with b.group(f"DOOR-{n}", f"Dock door {n}", "door"):
        lift = b.joint("lift", "prismatic", (x, y, 0), axis=(0, 0, 1))
        with b.riding(lift):
            for k in range(7):
                with b.part(f"panel-{k + 1}", f"panel {k + 1}", "door"):
                    b.rounded("grey", (x - 0.14, y, k * 0.57 + 0.01), (0.06, 3.5, 0.56), radius=0.015)
                    if k == 3:
                        for dy in (-1.0, 0.0, 1.0):
                            b.box("glass_tinted", (x - 0.175, y + dy, k * 0.57 + 0.2), (0.01, 0.5, 0.2))
        with b.part("frame", "frame", "door_frame"):
            for side in (-1.8, 1.8):
                b.box("dark", (x - 0.14, y + side, 0), (0.14, 0.12, 8.2))
                b.box("hazard", (x - 0.5, y + side * 1.05, 0), (0.2, 0.2, 1.1))
            b.box("dark", (x - 0.16, y, 4.0), (0.2, 3.7, 0.3))
            b.cylinder("zinc", (x - 0.3, y - 1.8, 8.1), 0.1, length=3.6, axis="y", sides=12)
        with b.part("leveller", "dock leveller", "leveller"):
            b.box("zinc", (x - 1.4, y, 0), (2.2, 2.1, 0.02))
            for side in (-1.1, 1.1):
                b.box("hazard", (x - 1.4, y + side, 0), (2.2, 0.1, 0.025))
        _dock_lights(b, n, y)
        with b.part("shelter", "dock shelter", "door_frame"):
            for side in (-1.9, 1.9):
                b.box("black", (x + 0.4, y + side, 0.2), (0.6, 0.3, 4.0))
            b.box("black", (x + 0.4, y, 4.2), (0.6, 4.1, 0.3))


def _dock_lights(b: Builder, n: int, y: float) -> None:
    x = HALL_LENGTH
    with b.part("lights", "dock lights", "signal_tower"):
        b.rounded("dark", (x - 0.2, y + 2.2, 2.0), (0.12, 0.2, 0.5), radius=0.03)
        b.cylinder(
            "green" if n % 2 == 0 else "sign_green",
            (x - 0.26, y + 2.2, 2.12),
            0.06,
            length=0.03,
            axis="-x",
            sides=14,
        )
        b.cylinder(
            "red" if n % 2 == 0 else "red_lamp",
            (x - 0.26, y + 2.2, 2.36),
            0.06,
            length=0.03,
            axis="-x",
            sides=14,
        )
        b.rounded("grey", (x - 0.2, y + 2.2, 1.1), (0.12, 0.3, 0.5), radius=0.03)


def _trailer(b: Builder, n: int, y: float) -> None:
    """A white semi-trailer backed up to a dock."""
    with b.part(f"trailer-{n}", f"Trailer at dock {n}", "trailer"), b.frame((HALL_LENGTH + 0.8, y, -0.05)):
        b.rounded("cover", (6.6, 0, 1.1), (13.0, 2.5, 2.8), radius=0.05)
        b.box("navy", (6.6, 0, 1.7), (12.7, 2.512, 0.5))
        b.box("dark", (6.6, 0, 0.9), (12.8, 1.0, 0.2))
        for x in (1.9, 3.2, 4.5):
            for side in (-1.2, 0.85):
                b.cylinder("rubber", (x, side, 0.5), 0.5, length=0.35, axis="y", sides=20)
                b.cylinder("zinc", (x, side - 0.01, 0.5), 0.24, length=0.37, axis="y", sides=14)
        for side in (-0.8, 0.8):
            b.box("dark", (10.6, side, 0), (0.12, 0.12, 1.0))
        b.box("red_lamp", (0.09, -1.05, 1.0), (0.02, 0.3, 0.12))
        b.box("red_lamp", (0.09, 1.05, 1.0), (0.02, 0.3, 0.12))


def _staging(b: Builder) -> None:
    spots = [
        (105.2 + 1.4 * k, DOCK_YS[lane] + dy)
        for lane, count in ((0, 5), (1, 3), (2, 6), (3, 2))
        for k in range(count)
        for dy in (-0.85, 0.85)
    ]
    spots += [(3.0, y) for y in (8.0, 9.4, 10.8, 19.0, 20.4, 21.8)]
    for n, (x, y) in enumerate(spots, 1):
        with b.part(f"staged-{n}", f"Staged pallet {n}", "pallet"):
            material = "crate" if n % 3 else "crate_red"
            b.copy(pallet(), (x, y, 0))
            for k in range(3 + n % 3):
                b.copy(crate_layer(material), (x, y, PALLET_HEIGHT + k * LAYER_HEIGHT))
