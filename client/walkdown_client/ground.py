"""Keeps what people walk on around one place: a thread reads near tiles again and files their triangles.

Tiles come from the disk cache, where drawing them has left them; who does not walk pays nothing for it. What
is farther than ``REACH_M`` is never held, and of a huge model only the nearest ``TRIANGLES_MAX`` triangles.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.errors import Missing, PackageError
from walkdown.i18n import _
from walkdown.messages import Blob, PackageRef
from walkdown.package import (
    TILESET_PATH,
    ElementTable,
    Fetch,
    Manifest,
    TileRef,
    parse_manifest,
    read_tile,
    read_tileset,
)
from walkdown_client.address import Address
from walkdown_client.blob_cache import BlobCache
from walkdown_client.blobs import BlobClient, Cancelled
from walkdown_client.walk.grid import Grid, make_grid
from walkdown_client.walk.matter import Matter, matter_of
from walkdown_client.walk.obstacles import EVERYWHERE, Box, Obstacles
from walkdown_client.walk.soup import GROUND_REACH_M, Within, ground_soup, soup_of

log = logging.getLogger(__name__)

F64 = npt.NDArray[np.float64]
Key = tuple[str, str, int, str]
"""Model, package, base and path of a tile."""

REACH_M = 60.0
AGAIN_AFTER_M = 25.0
"""Who has gone this far has other tiles around him."""

TRIANGLES_MAX = 3_000_000
ALWAYS_M = 10.0
"""Tiles nearer than this are held however many triangles they have."""

AGAIN_SECS = 2.0
JOIN_SECS = 5.0
_PLAN, _LEVEL = "plan", "level"


@dataclass(frozen=True, slots=True, eq=False)
class GroundPackage:
    """A package that is walked on.

    Attributes:
        more_doors: rows of elements that are doors by what the twin says.
    """

    ref: PackageRef
    elements: ElementTable
    more_doors: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Opened:
    """What the thread knows of a package; ``lo`` and ``hi`` (n, 3) are its tiles' boxes, site frame."""

    package: GroundPackage
    manifest: Manifest
    matter: Matter
    tiles: tuple[TileRef, ...]
    lo: F64
    hi: F64

    def key(self, row: int) -> Key:
        """Return what names a tile."""
        ref = self.package.ref
        return ref.model, ref.id, ref.base, self.tiles[row].path

    def box(self, row: int) -> Box:
        """Return the box of a tile, site frame."""
        return self.lo[row], self.hi[row]

    def is_whole(self, row: int, centre: F64) -> bool:
        """Tell whether nothing of a tile is too far away when it is cut out around a place."""
        lo, hi = self.box(row)
        return bool((lo >= centre - REACH_M).all() and (hi <= centre + REACH_M).all())


@dataclass(frozen=True, slots=True)
class _Held:
    """A tile that was handed over: how large, and around which place it was cut out."""

    triangles: int
    centre: F64
    placement: tuple[float, ...]


class Ground:
    """The obstacles around a place that moves.

    Args:
        address: of the server. cache: where blobs are kept on disk, or None.

    Attributes:
        obstacles: what is held; only the thread that calls :meth:`update` touches it.
    """

    def __init__(self, address: Address, *, cache: BlobCache | None = None) -> None:
        self.obstacles = Obstacles()
        self.obstacles.await_tile(_PLAN, EVERYWHERE)
        self._stop = threading.Event()
        self._blobs = BlobClient(address, cache=cache, cancel=self._stop)
        self._changes: deque[Callable[[], None]] = deque()
        self._wanted: tuple[tuple[GroundPackage, ...], F64] | None = None
        self._asked: tuple[tuple[GroundPackage, ...], F64] | None = None
        self._level: F64 | None = None
        self._wake = threading.Event()
        self._opened: dict[tuple[str, int], _Opened] = {}
        self._held: dict[Key, _Held] = {}
        self._matter: dict[tuple[str, int], Matter] = {}
        self._thread = threading.Thread(target=self._run, name="walkdown-ground", daemon=True)
        self._thread.start()

    def update(self, packages: Sequence[GroundPackage], place: F64, *, level_m: float | None = None) -> None:
        """Say what there is and where the person is, and take what has been read; call it every frame.

        Args:
            place: (3,) metres, site frame.
            level_m: z of the level ground on which models stand that bring no floor.
        """
        self._lay_level(level_m, place)
        wanted = tuple(packages)
        asked = self._asked
        if asked is None or asked[0] != wanted or np.linalg.norm(asked[1] - place) > AGAIN_AFTER_M / 2:
            jumped = asked is None or asked[0] != wanted or np.linalg.norm(asked[1] - place) > AGAIN_AFTER_M
            if jumped:
                self.obstacles.await_tile(_PLAN, EVERYWHERE)
            self._asked = self._wanted = (wanted, place.copy())
            self._wake.set()
        while self._changes:
            self._changes.popleft()()

    def _lay_level(self, level_m: float | None, place: F64) -> None:
        level = self._level
        if level_m is None:
            self._level = None
            self.obstacles.drop(_LEVEL)
        elif level is None or level[2] != level_m or np.abs(level - place)[:2].max() > GROUND_REACH_M / 2:
            self._level = np.array([place[0], place[1], level_m])
            self.obstacles.put(_LEVEL, make_grid(ground_soup(level_m, centre=place)))

    def matter(self, ref: PackageRef) -> Matter | None:
        """Return what the elements of a package are, None while it has not been looked at."""
        return self._matter.get((ref.id, ref.base))

    def end(self) -> None:
        """Let the thread end by itself."""
        self._stop.set()
        self._wake.set()

    def close(self) -> None:
        """End the thread."""
        self.end()
        self._thread.join(JOIN_SECS)

    # ---- the thread ---------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._wake.wait()
                self._wake.clear()
                wanted = self._wanted
                if wanted is not None and not self._bring(*wanted) and not self._stop.wait(AGAIN_SECS):
                    self._wake.set()
        except Cancelled:
            log.debug("the ground is not wanted any more")
        finally:
            self._blobs.close()

    def _bring(self, packages: tuple[GroundPackage, ...], place: F64) -> bool:
        """Read all that is near; returns False when the server was away and it has to be tried again."""
        try:
            opened = [self._open(package) for package in packages]
        except Missing as error:
            log.info("the ground waits for the server: %s", error)
            return False
        near = _near_tiles([o for o in opened if o is not None], place)
        self._plan(near, place)
        total = 0
        for distance_m, owner, row in near:
            if self._wake.is_set():
                return True
            if total > TRIANGLES_MAX and distance_m > ALWAYS_M:
                self._drop(owner.key(row))
                continue
            count = self._hold(owner, row, place)
            if count is None:
                return False
            total += count
        return True

    def _open(self, package: GroundPackage) -> _Opened | None:
        number = (package.ref.id, package.ref.base)
        known = self._opened.get(number)
        if known is None or known.package is not package:
            same = known is not None and known.package.more_doors == package.more_doors
            try:
                known = _moved(known, package) if known is not None and same else self._read_tables(package)
            except PackageError as error:
                log.warning("a model cannot be walked on: %s", error)
                return None
            self._opened[number] = known
            matter = known.matter
            self._changes.append(lambda: self._matter.__setitem__(number, matter))
        return known

    def _read_tables(self, package: GroundPackage) -> _Opened:
        manifest = parse_manifest(self._blobs.fetch(package.ref.manifest))
        tiles = read_tileset(self._fetcher(manifest)(TILESET_PATH))
        table = package.elements
        matter = matter_of(
            table.kinds,
            table.names,
            parents=table.parents,
            joints=table.joints,
            more_doors=package.more_doors,
        )
        return _Opened(package, manifest, matter, tiles, *_site_boxes(package, tiles))

    def _plan(self, near: Sequence[tuple[float, _Opened, int]], place: F64) -> None:
        """Hand over which tiles will come, and take back those that are far or gone."""
        wanted = {owner.key(row): (owner, row) for _distance, owner, row in near}
        for key in self._held.keys() - wanted.keys():
            self._drop(key)
        coming: dict[Hashable, Box] = {
            key: owner.box(row)
            for key, (owner, row) in wanted.items()
            if key not in self._held or self._is_cut_elsewhere(owner, row, place, most_m=REACH_M / 2)
        }
        self._changes.append(lambda: self.obstacles.await_only(coming))

    def _is_cut_elsewhere(self, owner: _Opened, row: int, place: F64, *, most_m: float) -> bool:
        """Tell whether of a held tile too little is held around a place."""
        centre = self._held[owner.key(row)].centre
        return bool(np.linalg.norm(centre - place) > most_m) and not owner.is_whole(row, centre)

    def _hold(self, owner: _Opened, row: int, place: F64) -> int | None:
        """Read a tile unless it is held; return how many triangles it has, None when the server is away."""
        key, placement = owner.key(row), owner.package.ref.placement
        held = self._held.get(key)
        if held is not None and held.placement == placement:
            if not self._is_cut_elsewhere(owner, row, place, most_m=AGAIN_AFTER_M):
                return held.triangles
        try:
            grid = self._read(owner, row, place)
        except Missing as error:
            log.info("the ground waits for the server: %s", error)
            return None
        self._held[key] = _Held(len(grid.soup), place, placement)
        self._changes.append(lambda: self.obstacles.put(key, grid))
        return len(grid.soup)

    def _read(self, owner: _Opened, row: int, place: F64) -> Grid:
        package = owner.package
        within = Within(place - REACH_M, place + REACH_M)
        try:
            fetch = self._fetcher(owner.manifest)
            content = read_tile(fetch(owner.tiles[row].path), lambda _path: b"")
        except PackageError as error:
            log.warning("a part of a model cannot be walked on: %s", error)
            return make_grid(soup_of((), within=within))
        return make_grid(
            soup_of(
                content.surfaces,
                content.repeats,
                within=within,
                placement=package.ref.placement,
                base=package.ref.base,
                kept=owner.matter.solid,
            )
        )

    def _drop(self, key: Key) -> None:
        self._held.pop(key, None)
        self._changes.append(lambda: self.obstacles.drop(key))

    def _fetcher(self, manifest: Manifest) -> Fetch:
        def fetch(path: str) -> bytes:
            info = manifest.blobs.get(path)
            if info is None:
                raise PackageError(
                    _("the package {name!r} has no blob {path!r}").format(name=manifest.name, path=path[:200])
                )
            return self._blobs.fetch(Blob(info.sha256, info.size))

        return fetch


def _near_tiles(opened: Sequence[_Opened], place: F64) -> list[tuple[float, _Opened, int]]:
    """Return distance, package and row of all tiles that are near, nearest first."""
    found: list[tuple[float, _Opened, int]] = []
    for owner in opened:
        apart = np.linalg.norm(np.maximum(np.maximum(owner.lo - place, place - owner.hi), 0.0), axis=1)
        found += [(float(apart[row]), owner, row) for row in np.flatnonzero(apart <= REACH_M).tolist()]
    return sorted(found, key=lambda entry: entry[0])


def _moved(known: _Opened, package: GroundPackage) -> _Opened:
    boxes = _site_boxes(package, known.tiles)
    return _Opened(package, known.manifest, known.matter, known.tiles, *boxes)


def _site_boxes(package: GroundPackage, tiles: Sequence[TileRef]) -> tuple[F64, F64]:
    """Return (n, 3) lowest and highest corners of all tiles, site frame."""
    lo = np.array([tile.lo for tile in tiles]).reshape(-1, 3)
    hi = np.array([tile.hi for tile in tiles]).reshape(-1, 3)
    matrix = np.array(package.ref.placement).reshape(3, 4)
    middle = (lo + hi) / 2 @ matrix[:, :3].T + matrix[:, 3]
    half = (hi - lo) / 2 @ np.abs(matrix[:, :3]).T
    return middle - half, middle + half
