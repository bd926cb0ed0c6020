"""What the instruments of the two lines show, by type of equipment and suffix of the signal."""

from __future__ import annotations

import numpy as np

from walkdown_server.plant.belt_state import belt_fill, belt_speed, belt_states
from walkdown_server.plant.line_process import CAP, CAPACITY, DEP, F64, FIL, INS, LAB, PAC, PAL, RIN
from walkdown_server.plant.machine_motion import joint_names
from walkdown_server.plant.machines_table import (
    BOTTLES_PER_CRATE,
    CRATES_PER_LAYER,
    LAYERS_PER_PALLET,
    LINE_DATA,
)
from walkdown_server.plant.process import PlantProcess
from walkdown_server.plant.product_process import BOWL_BAR
from walkdown_server.plant.signal_specs import BLOCKED, FAULT, RUNNING, STARVED, STOPPED, Readings

STATION_TYPES = (
    "depalletiser",
    "rinser",
    "filler",
    "capper",
    "inspector",
    "labeller",
    "packer",
    "palletiser",
)
_TABLE = "accumulation table"
_LAMPS = np.array([0.0, 1.0, 1.0, 2.0, 2.0, 2.0, 3.0])
"""Signal tower by machine state: off, green, amber, red."""

_ROW = {name: row for row, name in enumerate(joint_names())}
_PACKER_X, _PACKER_Z, _LIFT, _ROLLERS = (
    np.array([_ROW[f"plant:/{line.id}/{axis}"] for line in LINE_DATA])
    for axis in ("PAC/axis_x", "PAC/axis_z", "DEP/axis_z", "PAL/ROL/belt")
)
_REELS = np.array([38_000.0, 42_000.0])
"""Labels on a full left and right reel."""

_BOTTLES_PER_PALLET = float(BOTTLES_PER_CRATE * CRATES_PER_LAYER * LAYERS_PER_PALLET)
_EYE_COVERED = 0.62
_SLOWEST = 1.6
"""Bottles per second below which a cycle time says no more."""

_ORDERED = np.array([float(line.ordered) for line in LINE_DATA])
_BEFORE = np.array([31_000.0, 118_000.0])
"""Bottles of the current order that were done before the start."""

_EARLIER = np.array([412_000_000.0, 287_000_000.0])
"""What the lines' counters showed at the start."""


def line_readings(process: PlantProcess) -> Readings:
    """All readings of the lines, in the order in which the catalogue lists the things of a type."""
    return {
        **_lines(process),
        **_stations(process),
        **_table(process),
        **_machines(process),
        **_heads(process),
        **_conveyors(process),
        **_robots(process),
        **_furniture(process),
    }


def produced(process: PlantProcess) -> F64:
    """(2,) bottles of the current order."""
    return np.asarray((_BEFORE + process.lines.total[:, PAC]) % _ORDERED)


def _oee(availability: F64, performance: F64, quality: F64) -> F64:
    """ISO 22400-2: availability × effectiveness × quality ratio, in per cent."""
    return np.asarray(100 * availability * performance * quality)


def _lines(process: PlantProcess) -> Readings:
    lines = process.lines
    done = produced(process)
    return {
        "line.state": lines.state[:, FIL].astype(np.float64),
        "line.rate": lines.flow[:, PAC] * 3600,
        "line.oee": _oee(lines.availability[:, FIL], lines.performance[:, FIL], lines.quality),
        "line.progress": 100 * done / _ORDERED,
        "line.reject_rate": 100 * (1 - lines.quality),
        "line.produced": np.floor(done),
        "line.target": _ORDERED,
    }


def _stations(process: PlantProcess) -> Readings:
    lines = process.lines
    rejects = np.zeros((2, 8))
    rejects[:, INS] = lines.rejected
    quality = np.ones((2, 8))
    quality[:, INS] = lines.quality
    table = {
        "state": lines.state.astype(np.float64),
        "speed": lines.flow * 3600,
        "good": np.floor(_EARLIER[:, None] + lines.total - rejects),
        "rejects": np.floor(rejects),
        "oee": _oee(lines.availability, lines.performance, quality),
        "availability": 100 * lines.availability,
        "performance": 100 * lines.performance,
        "quality": 100 * quality,
        "power": process.energy.station_kw,
        "energy": process.energy.station_kwh,
        "guard": np.ones((2, 8)),
        "estop": np.zeros((2, 8)),
    }
    return {
        f"{kind}.{suffix}": column[:, n]
        for n, kind in enumerate(STATION_TYPES)
        for suffix, column in table.items()
    }


def _table(process: PlantProcess) -> Readings:
    lines = process.lines
    flow = lines.flow[:, [LAB, PAC]].mean(1)
    fill = lines.fill[:, 5]
    waiting = np.where(fill > 0.95, BLOCKED, np.where(fill < 0.02, STARVED, STOPPED))
    values = {
        "state": np.where(flow > 0, RUNNING, waiting),
        "speed": flow * 3600,
        "good": np.floor(_EARLIER + lines.total[:, PAC]),
        "rejects": np.zeros(2),
        "oee": _oee(lines.availability[:, PAC], lines.performance[:, PAC], np.ones(2)),
        "availability": 100 * lines.availability[:, PAC],
        "performance": 100 * lines.performance[:, PAC],
        "quality": np.full(2, 100.0),
        "power": 0.6 + 1.7 * flow / lines.nominal[:, 0],
        "energy": process.energy.station_kwh[:, LAB] * 0.4,
        "guard": np.ones(2),
        "estop": np.zeros(2),
        "fill": 100 * fill,
        "bottles": np.floor(fill * CAPACITY[5]),
    }
    return {f"{_TABLE}.{suffix}": column for suffix, column in values.items()}


def _machines(process: PlantProcess) -> Readings:
    return {**_wet_end(process), **_dry_end(process)}


def _wet_end(process: PlantProcess) -> Readings:
    lines, heads, product = process.lines, process.heads, process.product
    rinsing = (lines.flow[:, RIN] > 0).astype(np.float64)
    return {
        "rinser.water_pressure": 2.9 - 0.45 * rinsing,
        "rinser.water_flow": 2600 * rinsing * lines.flow[:, RIN] / lines.nominal[:, 0],
        "rinser.water_temperature": np.array([16.4, 16.7]),
        "filler.bowl_level": 100 * product.bowl_level,
        "filler.bowl_pressure": BOWL_BAR + 0.15 * (product.bowl_level - 0.62),
        "filler.bowl_temperature": product_warmth(process),
        "filler.product_flow": product.bowl_flow,
        "filler.co2": np.array([5.35, 5.28]),
        "filler.fill_mean": heads.volume.mean(1),
        "capper.torque_mean": heads.torque.mean(1),
        "capper.hopper": 35 + 55 * (1 - lines.total[:, CAP] / 20_000 % 1.0),
        "capper.chute": np.full(2, 0.9) * min(1.0, process.air.bar / 6),
    }


def product_warmth(process: PlantProcess) -> F64:
    """(2,) °C in the bowls: what leaves the pasteuriser, warmed on its way through the hall."""
    return process.cooling.product_out + np.array([0.7, 1.1])


def _dry_end(process: PlantProcess) -> Readings:
    lines = process.lines
    used = lines.total[:, LAB]
    full, seconds = float(BOTTLES_PER_CRATE), 1 / np.maximum(lines.flow, _SLOWEST)
    return {
        "depalletiser.lift": 1.1 + process.machine_joints[_LIFT],
        "depalletiser.layer": np.floor(lines.total[:, DEP] / 96 % 8),
        "depalletiser.pallets": np.floor(210_000 + lines.total[:, DEP] / (96 * 8)),
        "inspector.reject_rate": 100 * (1 - lines.quality),
        "inspector.camera_temperature": np.array([43.0, 44.5]),
        "inspector.exposure": np.array([182.0, 176.0]),
        "inspector.underfill": np.floor(lines.rejected * 0.6),
        "inspector.no_cap": np.floor(lines.rejected * 0.25),
        "inspector.reject": (lines.rejected % 1.0 < 0.12) & (lines.flow[:, INS] > 0),
        "labeller.reel_left": 100 - 94 * (used / _REELS[0] + np.array([0.31, 0.62])) % 94,
        "labeller.reel_right": 100 - 94 * (used / _REELS[1] + np.array([0.74, 0.12])) % 94,
        "labeller.offset": np.array([0.12, -0.2]),
        "labeller.glue_temperature": np.array([154.6, 155.2]),
        "labeller.labels": np.floor(_EARLIER + used),
        "packer.cycle_time": (2 * full * seconds)[:, PAC] * (lines.flow[:, PAC] > 0),
        "packer.gripper_pressure": 4.2 * np.full(2, min(1.0, process.air.bar / 6)),
        "packer.x": process.machine_joints[_PACKER_X] - 1.25,
        "packer.z": -process.machine_joints[_PACKER_Z],
        "packer.crates": np.floor((_EARLIER + lines.total[:, PAC]) / full),
        "palletiser.cycle_time": (2 * full * seconds)[:, PAL] * (lines.flow[:, PAL] > 0),
        "palletiser.layers": np.floor(lines.total[:, PAL] / full / CRATES_PER_LAYER) + 91_000,
        "palletiser.pallets": np.floor(lines.total[:, PAL] / _BOTTLES_PER_PALLET) + 18_200,
    }


def _heads(process: PlantProcess) -> Readings:
    heads = process.heads
    earlier = (_EARLIER / 42)[:, None], (_EARLIER / 16)[:, None]
    pressure = (2.9 - 0.45 * heads.spraying) * heads.spraying
    values = {
        "filling head.flow": heads.flow,
        "filling head.volume": heads.volume,
        "filling head.valve": heads.valve,
        "filling head.fills": np.floor(earlier[0]) + heads.fills,
        "capping head.torque": heads.torque,
        "capping head.angle": heads.angle,
        "capping head.caps": np.floor(earlier[1]) + heads.caps,
        "rinser gripper.pressure": pressure,
        "rinser gripper.closed": heads.gripping,
    }
    return {name: value.ravel() for name, value in values.items()}


def _conveyors(process: PlantProcess) -> Readings:
    lines = process.lines
    fill = belt_fill(lines)
    passed_in = lines.total[:, [DEP, RIN, CAP, LAB, PAC, PAC, PAC, PAL]]
    passed_out = lines.total[:, [RIN, FIL, INS, LAB, PAC, PAL, PAC, PAL]]
    values: Readings = {
        "state": belt_states(lines),
        "speed": belt_speed(lines),
        "fill": 100 * fill,
        "eye_in": (passed_in % 1.0 < _EYE_COVERED) & (fill > 0.02),
        "eye_out": (passed_out % 1.0 < _EYE_COVERED) & (fill > 0.02),
        "jam": np.zeros((2, 8)),
    }
    return {f"conveyor.{suffix}": value.ravel() for suffix, value in values.items()}


def _robots(process: PlantProcess) -> Readings:
    robots, lines = process.robots, process.lines
    gripped = robots.payload > 40
    state = np.where(lines.state[:, PAL] == FAULT, 3, np.where(robots.moving, 1, 2))
    rolling = process.machine_joints[_ROLLERS] % 2.0 > 0
    return {
        "robot.state": state,
        "robot.cycle_time": (2 * BOTTLES_PER_CRATE / np.maximum(lines.flow[:, PAL], _SLOWEST))
        * robots.moving,
        "robot.power": robots.power,
        "robot.controller_temperature": np.array([36.5, 37.8]),
        "robot.payload": robots.payload,
        "robot.cycles": np.floor(robots.cycles) + 3_140_000,
        "robot axis.position": robots.angle.ravel(),
        "robot axis.speed": robots.speed.ravel(),
        "robot axis.temperature": robots.temperature.ravel(),
        "robot axis.current": robots.current.ravel(),
        "gripper.vacuum": np.where(gripped, -61.0, -2.0),
        "gripper.closed": gripped,
        "fence.gate": np.ones(2),
        "light curtain.state": rolling.astype(np.float64),
        "light curtain.mutings": np.floor(lines.total[:, PAL] / _BOTTLES_PER_PALLET) + 18_230,
    }


def _furniture(process: PlantProcess) -> Readings:
    """Operator panels, towers and cabinets: nine machines a line, the table seventh."""
    states = np.insert(process.lines.state, 6, RUNNING, axis=1)
    running = (states == RUNNING).ravel()
    warm = float(process.hall.temperature[2])
    return {
        "operator panel.operator": process.hall.operators.ravel(),
        "operator panel.temperature": np.where(running, warm + 13.5, warm + 12.5),
        "signal tower.lamp": _LAMPS[states].ravel(),
        "signal tower.horn": (states == FAULT).ravel(),
        "cabinet.temperature": process.hall.cabinets.ravel(),
        "cabinet.door": np.ones(18),
        "cabinet.fan": (process.hall.cabinets > 30).ravel(),
    }
