"""Walls and rooms of all models of a session, worked out in a thread as models come, move and go.

Who loads packages hands over what comes, a client with a picture as well as a guest without one::

    building = Building()
    for loaded in loader.poll():
        building.hear(loaded)
    building.show(world.packages, world.twin)  # every frame
    building.listen_from(ears)
    for order in building.poll():
        sound.say(order)  # Walls and Rooms, whenever they have changed
    gain, gain_hf = building.space.losses(ears, sources)

Element tables give the first walls at once; the triangles of walls give better ones when all tiles are there.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from walkdown.messages import PackageRef
from walkdown.package import NO_ROW, ElementTable, Joint
from walkdown_client.address import Address
from walkdown_client.audio.building_survey import (
    NO_SURVEY,
    GivenUp,
    Survey,
    in_site,
    rooms_in_site,
    survey_of_shapes,
    survey_of_table,
)
from walkdown_client.audio.orders import Doors, Order, RoomBox, Rooms, Walls
from walkdown_client.audio.rooms import measured_room
from walkdown_client.audio.space import Space
from walkdown_client.audio.wall_boxes import F32, WallBoxes, joined, no_boxes
from walkdown_client.audio.walls import NAMES
from walkdown_client.blob_cache import BlobCache
from walkdown_client.packages import Loaded, PackageComplete, PackageLoader, PackageOpened, TileLoaded
from walkdown_client.twin_index import TwinIndex
from walkdown_client.walk.doors import is_door
from walkdown_client.walk.soup import Within, soup_of

log = logging.getLogger(__name__)

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Key = tuple[str, str, int]

TRIANGLES_MAX = 1_500_000
"""Of the walls of one package; what comes later keeps the boxes of its table."""

MEASURE_AFTER_M = 1.5
"""Who has gone this far may be in another room."""

STOREY_M, AROUND_M = 6.0, 60.0
"""A floor is within reach so far below; without one the lowest walls within this tell where the ground is."""

_EVERYWHERE = Within(np.full(3, -1e7), np.full(3, 1e7))


@dataclass(slots=True, eq=False)
class HeardPackage:
    """A package as far as it is known.

    Attributes:
        ref: where it stands. survey: what it means to sound.
        tiles: by path, corners and rows of the triangles of its walls.
        more_doors: rows that are doors by what the twin says.
    """

    ref: PackageRef
    elements: ElementTable
    joints: tuple[Joint, ...]
    survey: Survey = NO_SURVEY
    tiles: dict[str, tuple[F32, I64]] = field(default_factory=dict)
    more_doors: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Whole:
    """All walls and rooms together."""

    boxes: WallBoxes
    codes: npt.NDArray[np.int32]
    rooms: tuple[RoomBox, ...]


class Building:
    """All that stands between sounds and ears.

    Attributes:
        space: the same as the sound process has, for those who compute with it here.
        planned: the same for maps: without a room that was only measured around the ears, and with all walls
            that this person does not see.
        revision: grows when walls change.
    """

    def __init__(self) -> None:
        self.space, self.planned = Space(), Space()
        self.revision = 0
        self._packages: dict[Key, HeardPackage] = {}
        self._shown: tuple[object, ...] = ()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="walkdown-walls")
        self._jobs: deque[Future[None]] = deque()
        self._orders: deque[tuple[list[Walls | Rooms], Space]] = deque()
        self._whole = _Whole(no_boxes(), np.zeros(0, np.int32), ())
        self._measured: RoomBox | None = None
        self._measured_at = np.full(3, np.inf)
        self._opened = self._heard_through = Doors()
        self._closing = False

    @property
    def packages(self) -> tuple[HeardPackage, ...]:
        """What has been handed over and is shown."""
        return tuple(self._packages.values())

    # ---- what comes ---------------------------------------------------------------------------------

    def hear(self, loaded: Loaded) -> None:
        """Take what a loader has loaded."""
        key = _key(loaded.ref)
        if isinstance(loaded, PackageOpened) and key not in self._packages:
            self._packages[key] = HeardPackage(loaded.ref, loaded.elements, loaded.joints)
            self._shown = ()
        package = self._packages.get(key)
        if package is None:
            return
        if isinstance(loaded, TileLoaded):
            self._begin(lambda: _keep_walls(package, loaded))
        elif isinstance(loaded, PackageComplete):
            self._begin(lambda: self._look_closely(package))

    def show(self, refs: Sequence[PackageRef], twin: TwinIndex) -> None:
        """Say which packages there are and where they stand; call it every frame."""
        shown = (id(twin), *refs)
        if shown == self._shown:
            return
        self._shown = shown
        wanted = {_key(ref): ref for ref in refs}
        self._packages = {key: package for key, package in self._packages.items() if key in wanted}
        for key, package in self._packages.items():
            package.ref = wanted[key]
            doors = _doors_of_twin(package, twin)
            if package.survey is NO_SURVEY or doors != package.more_doors:
                package.more_doors = doors
                self._begin(lambda package=package: self._look(package))  # type: ignore[misc]
        self._begin(self._put_together)

    def open_doors(self, doors: Doors, heard_through: Doors) -> None:
        """Let the doors stand open that do.

        Args:
            heard_through: these, and what this person has taken away for the sake of the view.
        """
        if doors != self._opened:
            self.planned.take(doors)
        self._opened, self._heard_through = doors, heard_through
        self.space.take(heard_through)

    def listen_from(self, ears: npt.ArrayLike) -> None:
        """Say where the ears are (3,), metres, site frame: where a model has no rooms they are measured."""
        here = np.asarray(ears, np.float64)
        if np.linalg.norm(here - self._measured_at) > MEASURE_AFTER_M and not self._jobs:
            self._measured_at = here.copy()
            self._begin(lambda: self._measure(here))

    def poll(self) -> list[Walls | Rooms]:
        """Return what has changed since the last call."""
        while self._jobs and self._jobs[0].done():
            self._jobs.popleft().result()
        said: list[Walls | Rooms] = []
        while self._orders:
            orders, self.space = self._orders.popleft()
            if isinstance(orders[0], Walls):
                self.planned = self.space.another()
                self.planned.take(self._opened)
                self.revision += 1
            self.space.take(self._heard_through)
            said += orders
        return said

    def orders(self) -> list[Order]:
        """Return all that is known now, for ears that have heard nothing yet."""
        return [self._whole.boxes.order(), Rooms(self._whole.rooms), self._opened]

    def floor_below(self, point: npt.ArrayLike) -> float:
        """Return z of the floor on which somebody stands or over which he flies, metres, site frame.

        It is the highest within reach below a place (3,), else the lowest there or around.
        """
        boxes, codes = self._whole.boxes, self._whole.codes
        x, y, z = np.asarray(point, np.float64).tolist()
        away = np.abs(boxes.centres[:, :2] - (x, y)) - boxes.reach[:, :2]
        over = (codes == NAMES.index("concrete")) & (away <= 0).all(1)
        tops = (boxes.centres[:, 2] + boxes.halves[:, 2])[over]
        near = tops[(tops <= z) & (tops >= z - STOREY_M)]
        if len(near):
            return float(near.max())
        if len(tops):
            return float(tops.min())
        around = np.linalg.norm(np.maximum(away, 0.0), axis=1) < AROUND_M
        bottoms = (boxes.centres[:, 2] - boxes.halves[:, 2])[around]
        return float(np.percentile(bottoms, 2)) if len(bottoms) else min(0.0, z)

    def wait(self) -> None:
        """Wait until all that was handed over is worked out; for tests and guests."""
        for job in tuple(self._jobs):
            job.result()

    def close(self) -> None:
        """End the thread."""
        self._closing = True
        self._worker.shutdown(cancel_futures=True)

    # ---- the thread ---------------------------------------------------------------------------------

    def _begin(self, work: Callable[[], None]) -> None:
        if not self._closing:
            self._jobs.append(self._worker.submit(_logged, work))

    def _look(self, package: HeardPackage) -> None:
        package.survey = survey_of_table(package.elements, more_doors=package.more_doors)
        if package.tiles:
            self._look_closely(package)

    def _look_closely(self, package: HeardPackage) -> None:
        if package.survey is NO_SURVEY:
            package.survey = survey_of_table(package.elements, more_doors=package.more_doors)
        shapes = list(package.tiles.values())
        try:
            package.survey = survey_of_shapes(
                package.elements, package.survey, shapes, going_on=lambda: self._wanted(package)
            )
        except GivenUp:
            log.debug("the walls of %s are not wanted any more", package.ref.name)
            return
        self._put_together()

    def _wanted(self, package: HeardPackage) -> bool:
        return not self._closing and self._packages.get(_key(package.ref)) is package

    def _put_together(self) -> None:
        packages = list(self._packages.values())
        boxes = joined([in_site(p.survey, p.ref.placement, base=p.ref.base) for p in packages])
        codes = np.concatenate([np.zeros(0, np.int32), *(p.survey.codes for p in packages)])
        rooms = [room for p in packages for room in rooms_in_site(p.survey, p.ref.placement)]
        self._whole = _Whole(boxes, codes, tuple(rooms))
        self._measured, self._measured_at = None, np.full(3, np.inf)
        space = Space()
        orders: list[Walls | Rooms] = [boxes.order(), Rooms(self._whole.rooms)]
        for order in orders:
            space.take(order, wait=True)
        self._orders.append((orders, space))

    def _measure(self, here: F64) -> None:
        """Measure the room around a place that is in none."""
        whole = self._whole
        known = any((here >= room.low).all() and (here <= room.high).all() for room in whole.rooms)
        found = None if known else measured_room(whole.boxes, whole.codes, here)
        if found == self._measured:
            return
        self._measured = found
        order = Rooms(whole.rooms if found is None else (*whole.rooms, found))
        self._orders.append(([order], self.planned.another(order)))


def read_building(
    address: Address,
    refs: Sequence[PackageRef],
    twin: TwinIndex,
    *,
    cache: BlobCache | None = None,
    timeout_secs: float = 60.0,
) -> Building:
    """Load packages by their hashes and return what they mean to sound; for guests without a picture.

    Blocks; the caller closes what it gets. What could not be loaded in time is left out.
    """
    building, loader = Building(), PackageLoader(address, refs, cache=cache)
    try:
        loader.wait(timeout_secs=timeout_secs)
        for loaded in loader.poll():
            building.hear(loaded)
    finally:
        loader.close()
    building.show(refs, twin)
    building.wait()
    building.poll()
    return building


def _logged(work: Callable[[], None]) -> None:
    """Do some work; a model that nobody foresaw has no walls, and ends nobody's visit."""
    try:
        work()
    except Exception:
        log.exception("the walls and rooms of a model could not be worked out")


def _key(ref: PackageRef) -> Key:
    return ref.model, ref.id, ref.base


def _doors_of_twin(package: HeardPackage, twin: TwinIndex) -> tuple[int, ...]:
    """Return the rows of the elements that a thing draws whose type is a door."""
    model, types = package.ref.model, {thing.type for thing in twin.catalogue.things}
    doors = {kind for kind in types if is_door(kind)}
    things = (thing for thing in twin.catalogue.things if thing.element and thing.type in doors)
    rows = (package.elements.row_of(t.element) for t in things if t.element_model in ("", model))
    return tuple(row for row in rows if row != NO_ROW)


def _keep_walls(package: HeardPackage, loaded: TileLoaded) -> None:
    """Keep the triangles of walls and roads of a tile."""
    if package.survey is NO_SURVEY:
        package.survey = survey_of_table(package.elements, more_doors=package.more_doors)
    held = sum(len(rows) for _corners, rows in package.tiles.values())
    if held > TRIANGLES_MAX or loaded.tile_ref.path in package.tiles:
        return
    kept = np.zeros(len(package.elements), bool)
    kept[package.survey.wanted_rows] = True
    tile = loaded.tile
    soup = soup_of(tile.surfaces, tile.repeats, within=_EVERYWHERE, kept=kept)
    package.tiles[loaded.tile_ref.path] = soup.corners, soup.owners
