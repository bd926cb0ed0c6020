"""What the instruments outside the lines show, by type of equipment and suffix of the signal."""

from __future__ import annotations

import numpy as np

from walkdown_server.plant.process import PlantProcess
from walkdown_server.plant.product_process import DRAINING, FILLING
from walkdown_server.plant.signal_specs import Readings
from walkdown_server.plant.utilities_process import LOADED
from walkdown_server.plant.vehicle_motion import DOOR_TRAVEL

_COLD = np.array([3.1, 3.3, 2.9, 3.4, 3.2, 3.6, 3.5, 3.0])
_TANK_CO2 = np.array([5.42, 5.31, 5.38, 5.40, 5.36, 5.33, 5.35, 5.44])
_EXTRACT = np.array([10.2, 10.1, 10.3, 10.2, 10.2, 10.0, 10.1, 10.2])
_RATED_FLOW = np.array([12.0] * 4 + [30.0] * 4 + [40.0] * 2)


def utility_readings(process: PlantProcess) -> Readings:
    """All readings outside the lines, in the order in which the catalogue lists the things of a type."""
    return {
        **_drives(process),
        **_tanks(process),
        **_valves(process),
        **_pumps(process),
        **_product(process),
        **_headers(process),
        **_cleaning(process),
        **_air(process),
        **_cooling(process),
        **_logistics(process),
        **_building(process),
    }


def _drives(process: PlantProcess) -> Readings:
    drives = process.drives
    return {
        "motor.power": drives.power,
        "motor.speed": drives.speed,
        "motor.current": drives.current,
        "motor.torque": drives.torque,
        "motor.temperature": drives.temperature,
        "motor.vibration": drives.vibration,
        "motor.energy": drives.energy,
        "motor.hours": drives.hours,
    }


def _tanks(process: PlantProcess) -> Readings:
    product = process.product
    level = product.volume / product.capacity
    return {
        "tank.state": product.mode,
        "tank.level": 100 * level,
        "tank.volume": product.volume,
        "tank.temperature": _COLD + 0.4 * (product.mode == FILLING),
        "tank.pressure": 1.15 + 0.12 * (product.mode == FILLING) - 0.06 * (product.mode == DRAINING),
        "tank.co2": _TANK_CO2,
        "tank.extract": _EXTRACT,
    }


def _valves(process: PlantProcess) -> Readings:
    """The tanks' outlet valves, then XV-101 to XV-104."""
    position = process.product.valve
    return {
        "valve.position": 100 * position,
        "valve.open": position > 0.98,
        "valve.closed": position < 0.02,
        "valve.cycles": process.product.valve_cycles,
        "hand valve.open": np.ones(4),
    }


def _pumps(process: PlantProcess) -> Readings:
    product, drives = process.product, process.drives
    mine = drives.pumps
    flow = np.concatenate([product.pump_flow, process.cleaning.flow, process.cooling.flow])
    running = drives.speed[mine] > 30
    inlet = np.concatenate([product.suction, np.full(4, 0.4), np.full(2, 1.6)])
    product_out = np.where(product.running > 0, product.discharge_bar, product.suction)
    lift = np.concatenate(
        [product_out - product.suction, 3.4 * (process.cleaning.flow / 24) ** 2, [2.6, 2.6]]
    )
    share = flow / _RATED_FLOW
    vibration = drives.vibration[mine]
    return {
        "pump.state": running.astype(np.float64),
        "pump.flow": flow,
        "pump.inlet": inlet,
        "pump.outlet": inlet + lift,
        "pump.vibration_de": vibration * 1.35 + 0.1,
        "pump.vibration_nde": vibration * 0.8 + 0.1,
        "pump.bearing_de": drives.bearings,
        "pump.bearing_nde": 21 + 0.8 * (drives.bearings - 21),
        "pump.efficiency": np.maximum(0.0, 72 * (1 - (share - 0.9) ** 2)) * running,
        "pump.leak": np.zeros(10),
    }


def _product(process: PlantProcess) -> Readings:
    product, cooling = process.product, process.cooling
    one = np.ones(1)
    loss, dp = product.exchanger_bar, product.filter_bar
    return {
        "filter.state": one * (product.flushing_secs > 0),
        "filter.dp": one * dp,
        "filter.flow": one * product.flow,
        "filter.inlet": one * product.discharge_bar,
        "filter.outlet": one * (product.discharge_bar - dp),
        "filter.turbidity": one * (0.42 + 1.1 * product.clog),
        "filter.clogging": one * min(100.0, 900 * product.clog),
        "filter.backflushes": one * product.backflushes,
        "heat exchanger.state": one * (product.flow > 1),
        "heat exchanger.product_in": one * cooling.product_in,
        "heat exchanger.hold": one * cooling.hold,
        "heat exchanger.product_out": one * cooling.product_out,
        "heat exchanger.units": one * 0.5 * 1.393 ** (cooling.hold - 60),
        "heat exchanger.steam_valve": one * min(100.0, cooling.heating / 4.2),
        "heat exchanger.duty": one * cooling.heating,
        "heat exchanger.dp": one * loss,
    }


def _headers(process: PlantProcess) -> Readings:
    """Product, water, air, steam."""
    rates = process.energy.rates
    air = process.air
    return {
        "header.pressure": np.array([process.product.header_bar, 4.05 - 0.012 * rates[1], air.bar, 6.02]),
        "header.flow": rates,
        "header.temperature": np.array([process.cooling.product_out, 15.8, 24.5, 164.9]),
        "header.total": process.energy.header_m3,
    }


def _cleaning(process: PlantProcess) -> Readings:
    cip = process.cleaning
    return {
        "cip skid.state": cip.step_no.astype(np.float64),
        "cip skid.temperature": cip.temperature,
        "cip skid.conductivity": cip.conductivity,
        "cip skid.flow": cip.flow,
        "cip skid.turbidity": cip.turbidity,
        "cip skid.level": cip.level,
    }


def _air(process: PlantProcess) -> Readings:
    air, warm = process.air, float(process.hall.temperature[2])
    loaded = (air.load == LOADED).astype(np.float64)
    one = np.ones(1)
    return {
        "compressor.state": air.load,
        "compressor.pressure": air.bar + 0.12 + 0.05 * loaded,
        "compressor.flow": 7.5 * loaded,
        "compressor.load": 100 * air.average_load,
        "compressor.power": process.energy.compressor_kw,
        "compressor.oil_temperature": air.oil,
        "compressor.inlet_temperature": np.array([warm + 2.5, warm + 3.0]),
        "compressor.energy": process.energy.compressor_kwh,
        "compressor.hours": np.array([21_840.0, 20_310.0]) + process.secs / 3600,
        "air dryer.state": one,
        "air dryer.dew_point": one * (3.1 + 0.12 * max(0.0, air.made - 8)),
        "air dryer.inlet_temperature": one * 36.5,
        "air dryer.dp": one * 0.0012 * air.made**2,
        "air dryer.power": one * 2.2,
        "air receiver.pressure": one * air.bar,
        "air receiver.temperature": one * (warm + 4.5),
        "air receiver.condensate": one * (12 + 50 * (process.secs / 1300 % 1.0)),
    }


def _cooling(process: PlantProcess) -> Readings:
    cooling = process.cooling
    return {
        "chiller.state": cooling.running,
        "chiller.supply": cooling.supply,
        "chiller.return": cooling.back,
        "chiller.flow": cooling.flow,
        "chiller.duty": cooling.duty,
        "chiller.power": cooling.power,
        "chiller.cop": cooling.cop,
        "chiller.evaporating": 1.55 + 0.075 * cooling.supply,
        "chiller.condensing": 3.2 + 0.16 * cooling.basin,
        "chiller.energy": process.energy.chiller_kwh,
        "cooling tower.state": np.ones(2),
        "cooling tower.fan": 100 * cooling.fan,
        "cooling tower.basin_temperature": cooling.basin,
        "cooling tower.basin_level": 68 + 6 * np.sin(process.secs / np.array([430.0, 510.0])),
        "cooling tower.conductivity": 1750 + 380 * np.sin(process.secs / np.array([2900.0, 2500.0])),
    }


_OF_VEHICLES = {
    "state": "state",
    "battery": "battery",
    "x": "x",
    "y": "y",
    "speed": "speed",
    "drive_temperature": "drive_celsius",
    "odometer": "odometer_km",
    "missions": "missions",
    "loaded": "loaded",
    "clear": "clear",
}
"""Signal by attribute of a vehicle."""


def _logistics(process: PlantProcess) -> Readings:
    motion, pallets = process.vehicles, process.store.pallets
    moving = motion.door_state % 2
    of_vehicles = {
        f"agv.{name}": np.array([getattr(v, attribute) for v in motion.vehicles], np.float64)
        for name, attribute in _OF_VEHICLES.items()
    }
    return {
        **of_vehicles,
        "agv.heading": np.degrees([v.heading for v in motion.vehicles]),
        "door.state": motion.door_state,
        "door.position": 100 * motion.lift / DOOR_TRAVEL,
        "door.current": 0.1 + 2.6 * moving,
        "door.cycles": motion.door_cycles,
        "rack.pallets": pallets,
        "rack.occupancy": pallets / 0.9,
        "rack.load": pallets * 0.56,
    }


def _building(process: PlantProcess) -> Readings:
    hall, energy = process.hall, process.energy
    readings = {
        "room.temperature": hall.temperature,
        "room.humidity": hall.humidity,
        "room.co2": hall.co2,
        "room.noise": hall.noise,
        "room.light": hall.light,
        "room.occupied": hall.people > 0,
        "energy meter.power": energy.meter_kw,
        "energy meter.reactive": energy.reactive,
        "energy meter.power_factor": energy.factor,
        "energy meter.frequency": np.full(4, 50.0 + 0.02 * np.sin(process.secs / 41)),
        "energy meter.energy": energy.meter_kwh,
    }
    for phase in range(3):
        readings[f"energy meter.voltage_{phase + 1}"] = energy.voltage[:, phase]
        readings[f"energy meter.current_{phase + 1}"] = energy.current[:, phase]
    return readings
