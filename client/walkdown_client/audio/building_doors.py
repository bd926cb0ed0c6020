"""Which doors stand open to sound, by the joints of their leaves and their signals, ten times a second.

A leaf that moves by a joint is where that has brought it, whatever a signal says; a door of which nothing is
known is where its model shows it: closed. Sound needs less of a gap than people.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.package import NO_ROW, Joint
from walkdown.twin import BAD
from walkdown_client.audio.building import Building, HeardPackage
from walkdown_client.audio.orders import Doors
from walkdown_client.twin_index import TwinIndex
from walkdown_client.walk.doors import Reading, is_door, said_open, share_of
from walkdown_client.world import World

EVERY_SECS = 0.1
GAP_SHARE = 0.1
GAP_M, GAP_RAD = 0.15, math.radians(8.0)
"""How far a leaf has to have moved."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """What moves a door.

    Attributes:
        key: by which the walls name it. signals: indices on the wire. joints: index on the wire, and joint.
    """

    key: int
    signals: tuple[int, ...]
    joints: tuple[tuple[int, Joint], ...]


class DoorsHeard:
    """Follows all doors of a building.

    Args:
        away: returns (drawn ids,) what this person has hidden, or cut away to look in: that is heard through
            as well, as it is walked through.
    """

    def __init__(
        self, building: Building, world: World, *, away: Callable[[], npt.NDArray[np.bool_]] | None = None
    ) -> None:
        self._building, self._world, self._away = building, world, away
        self._leaves: tuple[Leaf, ...] = ()
        self._known: tuple[object, ...] = ()
        self._told = Doors()
        self._walls = np.zeros(0, np.uint32)
        self._next_secs = -math.inf

    def look(self, *, now_secs: float) -> Doors | None:
        """Return which doors are open when that has changed, and let the building know it."""
        if now_secs < self._next_secs:
            return None
        self._next_secs = now_secs + EVERY_SECS
        known = (id(self._world.twin), self._building.revision)
        if known != self._known:
            self._known = known
            self._leaves = tuple(self._find())
            self._walls = np.unique(self._building.space.occlusion.boxes.keys)
        opened = np.array([leaf.key for leaf in self._leaves if self._is_open(leaf)], np.uint32)
        through = np.union1d(opened, self._taken_away())
        told = Doors(through.astype("<u4").tobytes())
        if told == self._told:
            return None
        self._told = told
        self._building.open_doors(Doors(opened.astype("<u4").tobytes()), told)
        return told

    def _taken_away(self) -> npt.NDArray[np.uint32]:
        """Return the keys of walls that this person does not see."""
        if self._away is None:
            return np.zeros(0, np.uint32)
        ids = np.flatnonzero(self._away()).astype(np.uint32)
        return np.intersect1d(self._walls, ids)

    def _find(self) -> Iterator[Leaf]:
        """Find the doors of which something may be known."""
        for package in self._building.packages:
            barriers, base = package.survey.barriers, package.ref.base
            order = np.argsort(barriers.doors, kind="stable")
            doors, first = np.unique(barriers.doors[order], return_index=True)
            leaves = np.split(barriers.rows[order], first[1:]) if len(doors) else []
            for door, rows in zip(doors.tolist(), leaves, strict=True):
                if door == NO_ROW:
                    continue
                joints = tuple(_joints(package, rows))
                signals = _signals(self._world.twin, package, door)
                if signals or joints:
                    yield Leaf(door + base, signals, joints)

    def _is_open(self, leaf: Leaf) -> bool:
        if leaf.joints:
            return any(self._has_moved(index, joint) for index, joint in leaf.joints)
        readings = [self._reading(row) for row in leaf.signals]
        said = [said for reading in readings if (said := said_open(reading)) is not None]
        if said:
            return all(said)
        shares = [share for reading in readings if (share := share_of(reading)) is not None]
        return any(share >= GAP_SHARE for share in shares)

    def _has_moved(self, index: int, joint: Joint) -> bool:
        values = self._world.joint_values
        value = abs(float(values[index])) if index < len(values) else 0.0
        return value >= (GAP_RAD if joint.kind == "revolute" else GAP_M)

    def _reading(self, row: int) -> Reading:
        """Return a signal's newest value; one that is bad says nothing."""
        table = self._world.signals
        signal, value = table.signals[row], table.value(row)
        if table.quality[row] == BAD or not table.times_ns[row]:
            return Reading(signal.name, signal.unit)
        if isinstance(value, str):
            return Reading(signal.name, signal.unit, value)
        if signal.labels and 0 <= int(value) < len(signal.labels):
            return Reading(signal.name, signal.unit, signal.labels[int(value)])
        if signal.kind == "bool":
            return Reading(signal.name, signal.unit, ("no", "yes")[bool(value)])
        return Reading(signal.name, signal.unit, value=float(value))


def _signals(twin: TwinIndex, package: HeardPackage, door: int) -> tuple[int, ...]:
    thing = twin.thing_of_element(package.elements.keys[door], package.ref.model)
    return twin.signal_rows(thing.id) if thing is not None and is_door(thing.type) else ()


def _joints(package: HeardPackage, rows: npt.NDArray[np.intp]) -> Iterator[tuple[int, Joint]]:
    used = np.unique(package.elements.joints[rows])
    for row in used[used != NO_ROW].tolist():
        yield package.ref.joint_base + row, package.joints[row]
