"""The three vehicles on their rounds, and the dock doors that open for them and for trucks.

A vehicle drives straight from stop to stop and turns on the spot. Where two rounds cross there is a zone
that only one vehicle at a time may enter; the other waits before it. Positions are metres in the site
frame, headings radians counter-clockwise from east.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import atan2, hypot, pi, sqrt

import numpy as np

from walkdown_server.plant.layout import AGV_PARKING, DOCK_YS

IDLE, DRIVING, LOADING, CHARGING, HOLDING = range(5)
_TOP_SPEED, _ACCELERATION, _TURN_SPEED = 1.4, 0.6, 0.7
_AHEAD = 1.7
_ZONES = ((100.6, 104.0, 27.4, 30.6), (87.0, 90.2, 29.3, 32.5), (89.2, 93.0, 35.6, 41.0))
"""Crossings: x from, x to, y from, y to."""

DOOR_TRAVEL = 3.6
_DOOR_SPEED = 0.45
_CLOSED, _OPENING, _OPEN, _CLOSING = range(4)


@dataclass(frozen=True, slots=True)
class Stop:
    """A point of a round: what is done there and for how long; ``load`` None leaves the load as it is."""

    x: float
    y: float
    secs: float = 0.0
    task: str = ""
    load: bool | None = None
    charge: bool = False
    backwards: bool = False


_CELL_X, _STORE_X, _NORTH, _SOUTH = 102.3, 90.4, 30.9, 29.1


def _from_cell(y: float, line: str, *, aisle_y: float, rack_x: float, rack: str) -> tuple[Stop, ...]:
    """Fetch a pallet at a cell and bring it into the store."""
    return (
        Stop(_CELL_X, _NORTH, task=f"Drive to palletiser {line}"),
        Stop(_CELL_X, y, 14.0, f"Take pallet from palletiser {line}", load=True),
        Stop(_CELL_X, _NORTH, task=f"Bring pallet to rack {rack}", backwards=True),
        Stop(_STORE_X, _NORTH, task=f"Bring pallet to rack {rack}"),
        Stop(_STORE_X, aisle_y, task=f"Bring pallet to rack {rack}"),
        Stop(rack_x, aisle_y, 16.0, f"Store pallet in rack {rack}", load=False),
        Stop(_STORE_X, aisle_y, task="Leave the store", backwards=True),
        Stop(_STORE_X, _NORTH, task="Leave the store", backwards=True),
    )


_ROUNDS: dict[str, tuple[Stop, ...]] = {
    "AGV-1": (
        *_from_cell(22.5, "2", aisle_y=44.3, rack_x=104.0, rack="3"),
        *_from_cell(11.5, "1", aisle_y=50.3, rack_x=108.0, rack="5"),
        Stop(56.0, _NORTH, 45.0, "Charge", charge=True),
    ),
    "AGV-2": (
        Stop(5.2, _SOUTH, task="Bring empty bottles to depalletiser 2"),
        Stop(5.2, 21.0, 12.0, "Set down at depalletiser 2", load=False),
        Stop(5.2, _SOUTH, task="Fetch empty bottles", backwards=True),
        Stop(60.0, _SOUTH, 12.0, "Take empty bottles", load=True),
        Stop(5.2, _SOUTH, task="Bring empty bottles to depalletiser 1"),
        Stop(5.2, 10.0, 12.0, "Set down at depalletiser 1", load=False),
        Stop(5.2, _SOUTH, task="Fetch empty bottles", backwards=True),
        Stop(80.0, _SOUTH, 50.0, "Charge and take empty bottles", load=True, charge=True),
    ),
    "AGV-3": (
        Stop(88.6, 38.3, 6.0, "Wait for an order"),
        Stop(101.0, 38.3, 14.0, "Take pallet from rack 1", load=True),
        Stop(88.6, 38.3, task="Bring pallet to dock 4", backwards=True),
        Stop(88.6, _SOUTH, task="Bring pallet to dock 4"),
        Stop(113.0, _SOUTH, task="Bring pallet to dock 4"),
        Stop(113.0, DOCK_YS[3], 4.0, "Wait for door 4"),
        Stop(117.0, DOCK_YS[3], 12.0, "Set down at dock 4", load=False),
        Stop(113.0, DOCK_YS[3], task="Return to the store", backwards=True),
        Stop(113.0, _SOUTH, task="Return to the store", backwards=True),
        Stop(88.6, _SOUTH, task="Return to the store"),
        Stop(88.6, 38.6, 25.0, "Charge", charge=True),
    ),
}


@dataclass(slots=True)
class Vehicle:
    """One vehicle on its round."""

    id: str
    x: float
    y: float
    heading: float
    stops: Sequence[Stop]
    battery: float
    odometer_km: float
    missions: int
    next: int = 0
    speed: float = 0.0
    waits_secs: float = 0.0
    state: int = IDLE
    loaded: bool = False
    clear: bool = True
    drive_celsius: float = 34.0

    @property
    def stop(self) -> Stop:
        """Where it goes, or stands."""
        return self.stops[self.next]

    def step(self, dt_secs: float, claims: list[str]) -> None:
        """Advance one time step; ``claims`` says which vehicle has each zone, "" when it is free."""
        if self.waits_secs > 0:
            self._stand(dt_secs)
        else:
            self._go(dt_secs, claims)
        self._wear(dt_secs)

    def _stand(self, dt_secs: float) -> None:
        self.speed, self.waits_secs, self.clear = 0.0, self.waits_secs - dt_secs, True
        self.state = CHARGING if self.stop.charge else LOADING if self.stop.load is not None else IDLE
        if self.waits_secs <= 0:
            self._leave()

    def _leave(self) -> None:
        if self.stop.load is not None:
            self.missions += self.stop.load != self.loaded
            self.loaded = self.stop.load
        self.next = (self.next + 1) % len(self.stops)

    def _go(self, dt_secs: float, claims: list[str]) -> None:
        dx, dy = self.stop.x - self.x, self.stop.y - self.y
        distance = hypot(dx, dy)
        if distance < 0.003:
            self._arrive()
            return
        self.state = DRIVING
        back = pi if self.stop.backwards else 0.0
        off = _wrap(atan2(dy, dx) + back - self.heading)
        if abs(off) > 1e-6 and self.speed < 1e-6 and distance > 0.02:
            self.heading = _wrap(self.heading + max(-_TURN_SPEED * dt_secs, min(_TURN_SPEED * dt_secs, off)))
            return
        self._drive(dt_secs, claims)

    def _drive(self, dt_secs: float, claims: list[str]) -> None:
        dx, dy = self.stop.x - self.x, self.stop.y - self.y
        distance = hypot(dx, dy)
        ahead = self.x + dx / distance * _AHEAD, self.y + dy / distance * _AHEAD
        self.clear = self._claim(ahead, claims)
        self.state = DRIVING if self.clear else HOLDING
        step = _ACCELERATION * dt_secs
        wish = min(_TOP_SPEED, sqrt(2 * _ACCELERATION * 0.8 * distance), distance / dt_secs)
        self.speed = min(wish, self.speed + step) if self.clear else max(0.0, self.speed - 3 * step)
        self.x += dx / distance * self.speed * dt_secs
        self.y += dy / distance * self.speed * dt_secs
        self.odometer_km += self.speed * dt_secs / 1000

    def _claim(self, ahead: tuple[float, float], claims: list[str]) -> bool:
        """Claim the zones that are entered, give back those that are left; tell whether the way is free."""
        free = True
        for row, zone in enumerate(_ZONES):
            if _inside(zone, ahead) or _inside(zone, (self.x, self.y)):
                claims[row] = claims[row] or self.id
                free &= claims[row] == self.id
            elif claims[row] == self.id:
                claims[row] = ""
        return free

    def _arrive(self) -> None:
        self.x, self.y, self.speed = self.stop.x, self.stop.y, 0.0
        self.waits_secs = self.stop.secs
        if self.stop.secs <= 0:
            self._leave()

    def _wear(self, dt_secs: float) -> None:
        gain = 0.11 if self.state == CHARGING else -0.0035 - 0.009 * abs(self.speed)
        self.battery = min(98.0, max(5.0, self.battery + gain * dt_secs))
        target = 28.0 + 14.0 * abs(self.speed)
        self.drive_celsius += (target - self.drive_celsius) * dt_secs / 400


def _inside(zone: tuple[float, float, float, float], point: tuple[float, float]) -> bool:
    return zone[0] <= point[0] <= zone[1] and zone[2] <= point[1] <= zone[3]


def _wrap(angle: float) -> float:
    return (angle + pi) % (2 * pi) - pi


class VehicleMotion:
    """All vehicles and doors.

    Attributes:
        vehicles: AGV-1 to AGV-3. lift: (4,) metres that each dock door is open. door_state: (4,).
        door_cycles: (4,) openings so far.
    """

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng([seed, 6])
        self.vehicles = [self._park(identity) for identity in sorted(AGV_PARKING)]
        self._claims = [""] * len(_ZONES)
        self.lift = np.zeros(len(DOCK_YS))
        self.door_state = np.full(len(DOCK_YS), _CLOSED)
        self.door_cycles = self._rng.integers(3000, 9000, len(DOCK_YS))
        self._truck_in_secs = self._rng.uniform(20, 300, len(DOCK_YS))
        self._truck_here_secs = np.zeros(len(DOCK_YS))

    def _park(self, identity: str) -> Vehicle:
        x, y, degrees = AGV_PARKING[identity]
        battery, odometer = float(self._rng.uniform(55, 92)), float(self._rng.uniform(2000, 9000))
        missions = int(self._rng.integers(8000, 40000))
        return Vehicle(identity, x, y, degrees * pi / 180, _ROUNDS[identity], battery, odometer, missions)

    def step(self, dt_secs: float) -> None:
        """Advance vehicles and doors."""
        for vehicle in self.vehicles:
            vehicle.step(dt_secs, self._claims)
        self._open_doors(dt_secs)

    def _open_doors(self, dt_secs: float) -> None:
        self._truck_in_secs -= dt_secs
        came = self._truck_in_secs <= 0
        if came.any():
            self._truck_here_secs[came] = self._rng.uniform(40, 110, int(came.sum()))
            self._truck_in_secs[came] = self._rng.uniform(240, 700, int(came.sum()))
        self._truck_here_secs = np.maximum(self._truck_here_secs - dt_secs, 0)
        near = self._truck_here_secs > 0
        for vehicle in self.vehicles:
            if vehicle.x > 110:
                near |= np.abs(np.array(DOCK_YS) - vehicle.y) < 2.5
        self._move_doors(dt_secs, near)

    def _move_doors(self, dt_secs: float, near: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> None:
        target = np.where(near, DOOR_TRAVEL, 0.0)
        step = _DOOR_SPEED * dt_secs
        was_closed = self.lift <= 0
        self.lift = self.lift + np.minimum(np.maximum(target - self.lift, -step), step)
        self.door_cycles = self.door_cycles + (was_closed & (self.lift > 0))
        moving = np.where(near, _OPENING, _CLOSING)
        ended = np.where(self.lift >= DOOR_TRAVEL, _OPEN, moving)
        self.door_state = np.where(self.lift <= 0, _CLOSED, ended)

    def joint_values(self) -> list[float]:
        """x, y and heading of each vehicle relative to its parking place, then the doors' lifts."""
        values: list[float] = []
        for vehicle in self.vehicles:
            x, y, degrees = AGV_PARKING[vehicle.id]
            values += [vehicle.x - x, vehicle.y - y, _wrap(vehicle.heading - degrees * pi / 180)]
        return values + self.lift.tolist()


def joint_names() -> tuple[str, ...]:
    """Keys of all joints in the order of ``VehicleMotion.joint_values``."""
    vehicles = [
        f"plant:/{identity}/{axis}" for identity in sorted(AGV_PARKING) for axis in ("x", "y", "heading")
    ]
    return (*vehicles, *(f"plant:/DOOR-{n}/lift" for n in range(1, len(DOCK_YS) + 1)))
