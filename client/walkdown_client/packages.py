"""Fetches, checks and unpacks the models of a session in a thread, near tiles first.

The frame calls :meth:`PackageLoader.poll` and hands what it gets to the scene. What is fetched lies in the
disk cache, so that a second visit reads from there. When the server vanishes the loader waits for it, and
it never runs further ahead of the frame than :data:`AHEAD_BYTES`, so that memory holds the model once.
"""

from __future__ import annotations

import functools
import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from walkdown.errors import Missing, PackageError
from walkdown.i18n import _
from walkdown.messages import Blob, PackageRef
from walkdown.package import (
    TILESET_PATH,
    ElementTable,
    Fetch,
    Joint,
    Manifest,
    Tile,
    TileRef,
    parse_manifest,
    read_elements,
    read_joints,
    read_tile,
    read_tileset,
)
from walkdown_client.address import Address
from walkdown_client.blob_cache import BlobCache
from walkdown_client.blobs import BlobClient, Cancelled

log = logging.getLogger(__name__)

T = TypeVar("T")
F64 = npt.NDArray[np.float64]

AGAIN_SECS = 2.0
AHEAD_BYTES = 64 << 20
"""Tiles that wait to be taken by the frame, together."""

THREAD_NAME = "walkdown-loader"
IMAGE_FOLDER = "x/"
READERS = 1 if (os.cpu_count() or 1) <= 2 else 2
"""Threads that read tiles: while one checks a hash, which needs no interpreter, the other goes on. On two
processors, which the frame and the cutting use already, a second reader only makes all slower."""

JOIN_SECS = 5.0


@dataclass(frozen=True, slots=True)
class PackageOpened:
    """All of a package is known except its geometry; ``tiles`` follow one by one."""

    ref: PackageRef
    manifest: Manifest
    elements: ElementTable
    joints: tuple[Joint, ...]
    tiles: tuple[TileRef, ...]


@dataclass(frozen=True, slots=True)
class TileLoaded:
    """The arrays of one tile, site frame of its package; ``size_bytes`` is that of its file."""

    ref: PackageRef
    tile_ref: TileRef
    tile: Tile
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class PackageComplete:
    """Every tile of a package has been handed over, or has failed."""

    ref: PackageRef


@dataclass(frozen=True, slots=True)
class LoadFailed:
    """Something could not be loaded; ``text`` is one sentence for people."""

    ref: PackageRef
    text: str


Loaded = PackageOpened | TileLoaded | PackageComplete | LoadFailed


@dataclass(frozen=True, slots=True)
class Progress:
    """How far loading is; totals grow as packages are opened.

    Attributes:
        bytes_done, bytes_total: of everything that is drawn and of its tables.
        tiles_done, tiles_total: tiles.
        elements: in the packages that are open.
    """

    bytes_done: int = 0
    bytes_total: int = 0
    tiles_done: int = 0
    tiles_total: int = 0
    elements: int = 0

    @property
    def fraction(self) -> float:
        """From 0 to 1."""
        return min(self.bytes_done / self.bytes_total, 1.0) if self.bytes_total else 0.0


class PackageLoader:
    """Loads packages, one after the other.

    Args:
        address: of the server.
        packages: what to load.
        cache: where blobs are kept on disk, or None.
        eye: (3,) metres, site frame: what is near to it comes first.
    """

    def __init__(
        self,
        address: Address,
        packages: Sequence[PackageRef],
        *,
        cache: BlobCache | None = None,
        eye: npt.ArrayLike = (0.0, 0.0, 0.0),
    ) -> None:
        self.packages = tuple(packages)
        self.progress = Progress(bytes_total=sum(ref.manifest.size for ref in packages))
        self._cancel = threading.Event()
        self._blobs = BlobClient(address, cache=cache, cancel=self._cancel)
        self._for_panels = BlobClient(address, cache=cache, cancel=self._cancel)
        self._properties: dict[str, bytes] = {}
        self._images: dict[str, bytes] = {}
        self._loaded: deque[Loaded] = deque()
        self._taken = threading.Condition()
        self._ahead_bytes = 0
        self._all_at_once = False
        self._eye = np.array(eye, np.float64)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix=THREAD_NAME)
        self._counting = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=THREAD_NAME, daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether something is still being loaded, or waits for :meth:`poll`."""
        return self._thread.is_alive() or bool(self._loaded)

    def poll(self, at_most: int = 1_000_000) -> list[Loaded]:
        """Return what has been loaded since the last call, oldest first, ``at_most`` so many."""
        taken = [self._loaded.popleft() for _index in range(min(len(self._loaded), at_most))]
        with self._taken:
            self._ahead_bytes -= sum(loaded.size_bytes for loaded in taken if isinstance(loaded, TileLoaded))
            self._taken.notify()
        return taken

    def look_from(self, position: npt.ArrayLike) -> None:
        """Load what is near this point (3,), metres, site frame, first from now on."""
        self._eye = np.array(position, np.float64)

    def wait(self, *, timeout_secs: float) -> bool:
        """Wait until everything has been loaded, without taking any of it; return whether it has."""
        with self._taken:
            self._all_at_once = True
            self._taken.notify()
        self._thread.join(timeout_secs)
        return not self.running

    def close(self) -> None:
        """Stop loading and end the thread."""
        self._cancel.set()
        with self._taken:
            self._taken.notify()
        self._thread.join(JOIN_SECS)
        self._for_panels.close()

    def _run(self) -> None:
        try:
            for ref in self.packages:
                self._load(ref)
        except Cancelled:
            log.debug("loading was cancelled")
        finally:
            self._readers.shutdown(cancel_futures=True)
            self._blobs.close()

    def _load(self, ref: PackageRef) -> None:
        opened = self._patiently(ref, lambda: self._open(ref))
        if opened is None:
            return
        self._loaded.append(opened)
        self._load_tiles(opened)
        self._images.clear()
        self._warm_properties(opened)
        self._loaded.append(PackageComplete(ref))

    def _load_tiles(self, opened: PackageOpened) -> None:
        """Hand over all tiles, those that are near when their turn comes first."""
        waiting = _Waiting(opened.tiles)
        reading: deque[tuple[TileRef, Future[Tile | None]]] = deque()
        while len(waiting) or reading:
            while len(waiting) and len(reading) <= READERS:
                tile_ref = waiting.take_nearest(_eye_in(opened.ref, self._eye))
                reading.append((tile_ref, self._readers.submit(self._read_tile, opened, tile_ref)))
            tile_ref, future = reading.popleft()
            tile = future.result()
            if tile is not None:
                size_bytes = opened.manifest.blobs[tile_ref.path].size
                self._wait_for_room(size_bytes)
                self._loaded.append(TileLoaded(opened.ref, tile_ref, tile, size_bytes))
            self._advance(tiles_done=1)

    def _read_tile(self, opened: PackageOpened, tile_ref: TileRef) -> Tile | None:
        fetch = self._fetcher(opened.manifest)
        return self._patiently(opened.ref, lambda: read_tile(fetch(tile_ref.path), fetch))

    def _wait_for_room(self, size_bytes: int) -> None:
        """Wait until the frame has taken what was loaded before."""
        with self._taken:
            self._taken.wait_for(
                lambda: self._ahead_bytes < AHEAD_BYTES or self._all_at_once or self._cancel.is_set()
            )
            self._ahead_bytes += size_bytes
        if self._cancel.is_set():
            raise Cancelled(_("loading was cancelled"))

    def _open(self, ref: PackageRef) -> PackageOpened:
        manifest = parse_manifest(self._blobs.fetch(ref.manifest, on_bytes=self._count))
        if manifest.id != ref.id or manifest.element_count != ref.count:
            raise PackageError(
                _("expected package {expected} with {count} elements, got {found} with {other}").format(
                    expected=ref.id[:12],
                    count=ref.count,
                    found=manifest.id[:12],
                    other=manifest.element_count,
                )
            )
        fetch = self._fetcher(manifest)
        tiles = read_tileset(fetch(TILESET_PATH))
        skipped = {*manifest.tables.properties, manifest.tables.edges}
        size = sum(blob.size for path, blob in manifest.blobs.items() if path not in skipped)
        self._advance(bytes_total=size, tiles_total=len(tiles), elements=manifest.element_count)
        return PackageOpened(
            ref, manifest, read_elements(manifest, fetch), read_joints(manifest, fetch), tiles
        )

    def _patiently(self, ref: PackageRef, load: Callable[[], T]) -> T | None:
        """Return what ``load`` gives; wait for a server that is away; None when the data is bad."""
        while True:
            try:
                return load()
            except PackageError as error:
                self._loaded.append(LoadFailed(ref, str(error)))
                return None
            except Missing as error:
                self._loaded.append(LoadFailed(ref, str(error)))
            if self._cancel.wait(AGAIN_SECS):
                raise Cancelled(_("loading was cancelled"))

    def _fetcher(self, manifest: Manifest) -> Fetch:
        """Return how the blobs of a package are got by path; works in this thread and in the frame's."""

        def fetch(path: str) -> bytes:
            info = manifest.blobs.get(path)
            if info is None:
                raise PackageError(
                    _("the package {name!r} has no blob {path!r}").format(name=manifest.name, path=path[:200])
                )
            for kept in (self._properties, self._images):
                if info.sha256 in kept:
                    return kept[info.sha256]
            mine = threading.current_thread().name.startswith(THREAD_NAME)
            client = self._blobs if mine else self._for_panels
            data = client.fetch(Blob(info.sha256, info.size), on_bytes=self._count if mine else _ignore)
            if path.startswith(IMAGE_FOLDER):
                self._images[info.sha256] = data  # tiles share images: read once, and the same object for all
            return data

        return fetch

    def _warm_properties(self, opened: PackageOpened) -> None:
        """Have the properties at hand before somebody clicks; without them a click waits for the server."""
        fetch = self._fetcher(opened.manifest)
        for path in opened.manifest.tables.properties:
            data = self._patiently(opened.ref, functools.partial(fetch, path))
            if data is not None:
                self._properties[opened.manifest.blobs[path].sha256] = data

    def _count(self, count: int) -> None:
        self._advance(bytes_done=count)

    def _advance(self, **more: int) -> None:
        """Add to the progress; the frame reads one object that is swapped."""
        with self._counting:
            now = self.progress
            self.progress = replace(now, **{name: getattr(now, name) + count for name, count in more.items()})


def _ignore(_count: int) -> None:
    """Count nothing: what a panel asks for is no part of the loading."""


def _eye_in(package: PackageRef, eye: F64) -> F64:
    """Return a point of the site in the package's own frame."""
    site_from_package = np.array(package.placement).reshape(3, 4)
    return np.asarray(np.linalg.solve(site_from_package[:, :3], eye - site_from_package[:, 3]))


class _Waiting:
    """Tiles that have not been read yet."""

    def __init__(self, tiles: Sequence[TileRef]) -> None:
        self._tiles = tiles
        self._rows = np.arange(len(tiles))
        self._low = np.array([tile.lo for tile in tiles]).reshape(-1, 3)
        self._high = np.array([tile.hi for tile in tiles]).reshape(-1, 3)

    def __len__(self) -> int:
        return len(self._rows)

    def take_nearest(self, eye: F64) -> TileRef:
        """Return the tile whose box is nearest to a point (3,), and forget it."""
        low, high = self._low[self._rows], self._high[self._rows]
        place = int(np.linalg.norm(np.maximum(np.maximum(low - eye, eye - high), 0.0), axis=1).argmin())
        row = int(self._rows[place])
        self._rows = np.delete(self._rows, place)
        return self._tiles[row]
