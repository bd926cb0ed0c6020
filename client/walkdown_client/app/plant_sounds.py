"""What sounds in the plant, and what stands between it and one's ears, said to the sound process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from walkdown.messages import Point
from walkdown_client.app.models import Models
from walkdown_client.audio.ambience import streets_of
from walkdown_client.audio.building import Building
from walkdown_client.audio.building_doors import DoorsHeard
from walkdown_client.audio.director import Director
from walkdown_client.audio.machine_places import Drawn
from walkdown_client.audio.orders import Order, RoomBox, Rooms
from walkdown_client.input.camera import Pose
from walkdown_client.packages import Loaded
from walkdown_client.tools.view_state import ViewState
from walkdown_client.world import World

Away = Callable[[], npt.NDArray[np.bool_]]


class PlantSounds:
    """Machines, alarms, steps, walls, rooms and doors of one session.

    Args:
        away: returns (drawn ids,) what this person has hidden, or cut away to look in.

    Attributes:
        building: walls and rooms. director: what sounds.
    """

    def __init__(self, world: World, view: ViewState, models: Models, *, away: Away | None = None) -> None:
        self._world, self._view, self._models = world, view, models
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="walkdown-machines")
        self.building, self.director = Building(), Director(worker=self._worker)
        self._doors, self._rooms = DoorsHeard(self.building, world, away=away), Rooms()
        self._fresh: dict[type[Order], Order] = {}
        self._placed: tuple[int, int] = (-1, -1)
        self._surrounded = -1
        self._last_secs: float | None = None

    def hear(self, loaded: Loaded) -> None:
        """Take what was loaded of a model: its walls keep sound away."""
        self.building.hear(loaded)

    def follow(self, now_secs: float, pose: Pose) -> None:
        """Bring walls, rooms and doors up to date, whether or not somebody hears them."""
        self.building.show(self._world.packages, self._world.twin)
        self.building.listen_from(pose.position)
        for order in self.building.poll():
            self._rooms = order if isinstance(order, Rooms) else self._rooms
            self._fresh[type(order)] = order
        if self.building.revision != self._surrounded:
            self._surrounded = self.building.revision
            self.director.surround(self._rooms.rooms, streets_of(self.building.packages))
        doors = self._doors.look(now_secs=now_secs)
        if doors is not None:
            self._fresh[type(doors)] = doors

    def orders(self, now_secs: float, pose: Pose) -> Iterator[Order]:
        """Yield what is to be said in this frame."""
        yield from self._fresh.values()
        self._fresh.clear()
        self._place_machines()
        delta_secs = 0.0 if self._last_secs is None else now_secs - self._last_secs
        self._last_secs = now_secs
        walking = self._view.walking
        yield from self.director.orders(self._world, ears=pose.position, dt_secs=delta_secs, walking=walking)

    def room_at(self, point: Point) -> RoomBox | None:
        """Return the smallest room in which a point lies, None outdoors."""
        around = [room for room in self._rooms.rooms if _holds(room, point)]
        return min(around, key=lambda room: room.volume_m3, default=None)

    def close(self) -> None:
        """End the threads."""
        self.building.close()
        self._worker.shutdown(cancel_futures=True)

    def _place_machines(self) -> None:
        """Say where things are when models have come, moved or gone."""
        twin = self._world.twin
        placed = (id(twin), self._models.revision)
        if placed != self._placed:
            self._placed = placed
            packages = self._models.packages
            self.director.place(twin, [Drawn(p.elements, p.thing_rows, p.ref.placement) for p in packages])


def _holds(room: RoomBox, point: Point) -> bool:
    return all(low <= x <= high for low, x, high in zip(room.low, point, room.high, strict=True))
