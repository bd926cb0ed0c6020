"""Which elements let people on foot through just now: open doors, and what is not drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.package import NO_ROW, Joint
from walkdown.twin import BAD, Signal
from walkdown_client.app.models import Models, OpenPackage
from walkdown_client.ground import Ground
from walkdown_client.twin_index import NOTHING, TwinIndex
from walkdown_client.walk.doors import LeafJoint, Reading, is_door, is_open
from walkdown_client.world import World

Ids = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]

EVERY_SECS = 0.15
"""How often doors and what is hidden are looked at."""


@dataclass(frozen=True, slots=True)
class Door:
    """The leaf of one door.

    Attributes:
        ids: (n,) drawn ids. signals: indices of what is known of it. joints: index on the wire, and joint.
    """

    ids: Ids
    signals: tuple[int, ...]
    joints: tuple[tuple[int, Joint], ...]


class DoorStates:
    """Follows all doors of the open models.

    Attributes:
        open: (drawn ids,) what stopped nobody when it was looked at last.

    Args:
        undrawn: returns (drawn ids,) what this person has hidden.
        away: the same, and what is cut away for the sake of the view; one can land through that.
    """

    def __init__(
        self, world: World, models: Models, *, undrawn: Callable[[], Mask], away: Callable[[], Mask]
    ) -> None:
        self._world, self._models, self._undrawn, self.away = world, models, undrawn, away
        self._doors: list[Door] = []
        self._known: tuple[object, ...] = ()
        self._next_secs = -math.inf
        self.open: Mask = np.zeros(0, bool)

    @property
    def twin(self) -> TwinIndex:
        """What says which things are doors."""
        return self._world.twin

    def passable(self, ground: Ground, *, now_secs: float) -> Mask | None:
        """Return (drawn ids,) what stops nobody, or None while that was told a moment ago.

        Args:
            ground: knows which elements are leaves of doors.
        """
        known = tuple(ground.matter(package.ref) is not None for package in self._models.packages)
        key = (id(self._world.twin), self._models.revision, known)
        if key == self._known and now_secs < self._next_secs:
            return None
        if key != self._known:
            self._known, self._doors = key, list(self._find(ground))
        self._next_secs = now_secs + EVERY_SECS
        undrawn = self._undrawn()
        self.open = self._look(len(undrawn)) | undrawn
        return self.open

    def _look(self, count: int) -> Mask:
        found = np.zeros(count, bool)
        for door in self._doors:
            if self._is_open(door):
                found[door.ids[door.ids < count]] = True
        return found

    def _is_open(self, door: Door) -> bool:
        values = self._world.joint_values
        joints = (
            LeafJoint(joint.kind, joint.axis[2], float(values[index]) if index < len(values) else 0.0)
            for index, joint in door.joints
        )
        return is_open((self._reading(row) for row in door.signals), joints)

    def _reading(self, row: int) -> Reading:
        """Return a signal's newest value; one that is bad says nothing."""
        table = self._world.signals
        signal, value = table.signals[row], table.value(row)
        if table.quality[row] == BAD or not table.times_ns[row]:
            return Reading(signal.name, signal.unit)
        word = _word(signal, value)
        number = math.nan if word or isinstance(value, str) else float(value)
        return Reading(signal.name, signal.unit, word, number)

    def _find(self, ground: Ground) -> Iterator[Door]:
        twin = self._world.twin
        for package in self._models.packages:
            matter = ground.matter(package.ref)
            if matter is None:
                continue
            rows = np.flatnonzero(matter.doors != NO_ROW)
            doors = matter.doors[rows]
            for door in np.unique(doors).tolist():
                leaf = rows[doors == door]
                yield Door(
                    (leaf + package.ref.base).astype(np.intp),
                    _signals(twin, int(package.thing_rows[door])),
                    tuple(_joints(package, leaf)),
                )


def doors_of_twin(package: OpenPackage, twin: TwinIndex) -> tuple[int, ...]:
    """Return the rows of a package's elements that a thing draws whose type is a door."""
    things = twin.catalogue.things
    drawn = np.unique(package.thing_rows[package.thing_rows != NOTHING]).tolist()
    doors = (things[row].element for row in drawn if is_door(things[row].type))
    rows = (package.elements.row_of(key) for key in doors if key)
    return tuple(row for row in rows if row != NO_ROW)


def _signals(twin: TwinIndex, thing_row: int) -> tuple[int, ...]:
    """Return the signals of the door that a leaf belongs to; those of a room or a machine are not its own."""
    if thing_row == NOTHING:
        return ()
    thing = twin.catalogue.things[thing_row]
    return twin.signal_rows(thing.id) if is_door(thing.type) else ()


def _joints(package: OpenPackage, rows: npt.NDArray[np.int64]) -> Iterator[tuple[int, Joint]]:
    used = np.unique(package.elements.joints[rows])
    for row in used[used != NO_ROW].tolist():
        yield package.ref.joint_base + row, package.joints[row]


def _word(signal: Signal, value: float | int | str) -> str:
    if isinstance(value, str):
        return value
    if signal.labels and 0 <= int(value) < len(signal.labels):
        return signal.labels[int(value)]
    return ("no", "yes")[bool(value)] if signal.kind == "bool" else ""
