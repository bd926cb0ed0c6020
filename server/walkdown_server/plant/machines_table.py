"""The two filling lines: which machines and parts they have, with what differs between them.

Ids are dotted; the element a thing draws is ``plant:/`` and the id with slashes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from walkdown_server.plant.type_plates import Data

LINES = ("L1", "L2")
STATIONS = ("DEP", "RIN", "FIL", "CAP", "INS", "LAB", "PAC", "PAL")
"""The machines that handle every bottle, in the order of the flow."""

CONVEYORS = ("C0", "C1", "C2", "C3", "C4", "CRT", "EMP", "PAL.ROL")
FILLING_HEADS, CAPPING_HEADS, RINSER_GRIPPERS, LABEL_PLATES = 42, 16, 24, 20
BOTTLES_PER_CRATE, CRATES_PER_LAYER, LAYERS_PER_PALLET = 24, 8, 5


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of the plant before it gets serial number and signals.

    Attributes:
        drawn: whether the model has an element of its own for it.
        data: technical data that complete or replace those of the type plate.
    """

    id: str
    type: str
    name: str
    parent: str = ""
    data: Data = field(default_factory=dict)
    functions: tuple[str, ...] = ()
    drawn: bool = True


@dataclass(frozen=True, slots=True)
class LineData:
    """What differs between the lines: bottles per hour, bottle size, belts and words."""

    id: str
    bottles_per_hour: float
    bottle_ml: float
    product: str
    recipe: str
    order: str
    ordered: int


LINE_DATA = (
    LineData("L1", 24000, 500.0, "lemonade, lime", "LIME-500 glass, 24 crate", "A-26117", 240_000),
    LineData("L2", 21600, 330.0, "lemonade, orange", "ORANGE-330 glass, 24 crate", "A-26121", 180_000),
)

_MACHINES = (
    ("DEP", "depalletiser", "Depalletiser", 7.5),
    ("RIN", "rinser", "Rinser", 5.5),
    ("FIL", "filler", "Filler", 15.0),
    ("CAP", "capper", "Capper", 4.0),
    ("INS", "inspector", "Inspector", 0.0),
    ("LAB", "labeller", "Labeller", 5.5),
    ("ACC", "accumulation table", "Accumulation table", 3.0),
    ("PAC", "packer", "Packer", 7.5),
    ("PAL", "palletiser", "Palletiser", 0.0),
)
"""Suffix, type, name, rated power of the main drive in kW (0: none of its own)."""

_CONVEYORS = (
    ("C0", "Infeed conveyor", 2.2, "empty bottles, seven abreast", 12.6, 0.9),
    ("C1", "Conveyor rinser to filler", 1.5, "rinsed bottles, single file", 8.4, 0.35),
    ("C2", "Conveyor capper to labeller", 1.5, "closed bottles, single file", 15.0, 0.35),
    ("C3", "Conveyor labeller to table", 1.5, "labelled bottles, single file", 8.0, 0.35),
    ("C4", "Conveyor table to packer", 2.2, "labelled bottles, four abreast", 2.0, 1.2),
    ("CRT", "Crate conveyor", 2.2, "full crates", 20.3, 0.55),
    ("EMP", "Empties conveyor", 1.5, "empty crates", 22.0, 0.55),
    ("PAL.ROL", "Pallet rollers", 0.75, "pallets", 3.3, 1.2),
)
"""Suffix, name, motor in kW, goods, length in m, width in m."""

_METRES_PER_BOTTLE = {"C4": 0.13 / 4, "CRT": 0.6 / BOTTLES_PER_CRATE, "EMP": 0.8 / BOTTLES_PER_CRATE}
"""Way of a belt for each bottle; of the others 0.13 m."""

_ROLLER_SPEED = 0.2

_MOTOR_DB, _FAST_MOTOR_DB = 67.0, 6.0
"""Sound power level of a motor of 1 kW, A-weighted, dB re 1 pW, and what two poles add."""


def line_items(line: LineData) -> Iterator[Item]:
    """Every thing of one line, parents before their parts."""
    number = line.id[1:]
    goods: Data = {"nominal speed, 1/h": line.bottles_per_hour, "bottle, mL": line.bottle_ml}
    yield Item(line.id, "line", f"Filling line {line.id[1:]}", "", {**goods, "product": line.product})
    for suffix, kind, name, drive_kw in _MACHINES:
        machine = f"{line.id}.{suffix}"
        yield Item(machine, kind, f"{name} {number}", line.id, dict(goods))
        yield from _control(machine, f"{name} {number}")
        if drive_kw:
            yield motor(machine, f"{name} {number}", drive_kw)
    yield from _heads(line)
    yield from _robot(line.id)
    for suffix, name, drive_kw, load, length, width in _CONVEYORS:
        conveyor = f"{line.id}.{suffix}"
        parent = conveyor.rpartition(".")[0]
        data: Data = {
            "goods": load,
            "length, m": length,
            "width, m": width,
            "rated power, kW": drive_kw,
            "nominal speed, m/s": _nominal_speed(line, suffix),
        }
        yield Item(conveyor, "conveyor", f"{name}, line {number}", parent, data)
        yield motor(conveyor, f"{name}, line {number}", drive_kw)


def _nominal_speed(line: LineData, conveyor: str) -> float:
    """Return the speed of a belt at the filler's nominal pace, m/s."""
    if conveyor == "PAL.ROL":
        return _ROLLER_SPEED
    return round(line.bottles_per_hour / 3600 * _METRES_PER_BOTTLE.get(conveyor, 0.13), 3)


def motor(owner: str, name: str, rated_kw: float, *, speed: float = 1480.0) -> Item:
    """The drive of a machine; current and torque follow from power for a 400 V machine."""
    data: Data = {
        "rated power, kW": rated_kw,
        "rated speed, 1/min": speed,
        "rated current, A": round(rated_kw * 1000 / (3**0.5 * 400 * 0.91 * 0.85), 1),
        "rated torque, N.m": round(rated_kw * 9549 / speed, 1),
        "sound_power_db": round(_MOTOR_DB + 10 * math.log10(rated_kw) + _FAST_MOTOR_DB * (speed > 2000), 1),
    }
    return Item(f"{owner}.MOT", "motor", f"{name} · main drive", owner, data)


def _control(machine: str, name: str) -> Iterator[Item]:
    yield Item(f"{machine}.HMI", "operator panel", f"{name} · operator panel", machine)
    yield Item(f"{machine}.TWR", "signal tower", f"{name} · signal tower", machine)
    yield Item(f"{machine}.CAB", "cabinet", f"{name} · control cabinet", machine)


def _heads(line: LineData) -> Iterator[Item]:
    bottle: Data = {"bottle, mL": line.bottle_ml}
    for prefix, kind, machine, count in (
        ("FIL.H", "filling head", "Filler", FILLING_HEADS),
        ("CAP.H", "capping head", "Capper", CAPPING_HEADS),
        ("RIN.G", "rinser gripper", "Rinser", RINSER_GRIPPERS),
    ):
        parent = f"{line.id}.{prefix[:3]}"
        for number in range(1, count + 1):
            data = bottle if kind == "filling head" else {}
            part = kind.removeprefix("rinser ")
            yield Item(
                f"{line.id}.{prefix}{number:02}",
                kind,
                f"{machine} {line.id[1:]} · {part} {number}",
                parent,
                data,
            )


def _robot(line: str) -> Iterator[Item]:
    cell, name = f"{line}.PAL", f"Palletiser {line[1:]}"
    yield Item(f"{cell}.ROB", "robot", f"{name} · robot", cell)
    for axis in range(1, 7):
        yield Item(f"{cell}.ROB.A{axis}", "robot axis", f"{name} · axis {axis}", f"{cell}.ROB")
    yield Item(f"{cell}.ROB.GRP", "gripper", f"{name} · crate gripper", f"{cell}.ROB")
    yield Item(f"{cell}.FEN", "fence", f"{name} · fence", cell)
    yield Item(f"{cell}.LC", "light curtain", f"{name} · light curtain", cell)
