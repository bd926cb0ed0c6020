"""The triangles of single elements, for measuring: a thread reads their tiles again and picks them out.

Tiles come from the disk cache, where drawing them has left them. Nothing is read until somebody asks; what
was asked for last is read first, and what was wanted least lately is forgotten first.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.errors import Missing, PackageError
from walkdown.i18n import _
from walkdown.messages import Blob, PackageRef
from walkdown.package import (
    TILESET_PATH,
    Manifest,
    Tile,
    TileRef,
    parse_manifest,
    read_tile,
    read_tileset,
)
from walkdown_client.address import Address
from walkdown_client.blob_cache import BlobCache
from walkdown_client.blobs import BlobClient, Cancelled
from walkdown_client.walk.soup import Soup, Within, soup_of

log = logging.getLogger(__name__)

F64 = npt.NDArray[np.float64]

TRIANGLES_MAX = 1_000_000
"""Of what has more no triangles are given: it would take too long to measure."""

KEPT_TRIANGLES = 2_000_000
TILES_KEPT = 6
ASKED_MAX = 16
AROUND_M = 0.01
AGAIN_SECS = 2.0
JOIN_SECS = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Elements of one package that move together.

    Attributes:
        rows: (k,) of its element table. count: how many elements the table has.
        low, high: (3,) box of these elements at rest, in the package's own frame.
        site_from_rest: (3, 4) where the package stands and how its joint has moved them.
    """

    ref: PackageRef
    rows: npt.NDArray[np.intp]
    count: int
    low: F64
    high: F64
    site_from_rest: F64

    @property
    def within(self) -> Within:
        """The box of these elements in the site, a little larger."""
        turn = self.site_from_rest[:, :3]
        middle = turn @ ((self.low + self.high) / 2) + self.site_from_rest[:, 3]
        half = np.abs(turn) @ ((self.high - self.low) / 2) + AROUND_M
        return Within(middle - half, middle + half)


class ElementTriangles:
    """Answers at once with what is here, and reads what is not.

    Args:
        address: of the server. cache: where blobs are kept on disk, or None.
    """

    def __init__(self, address: Address, *, cache: BlobCache | None = None) -> None:
        self._cancel = threading.Event()
        self._blobs = BlobClient(address, cache=cache, cancel=self._cancel)
        self._changed = threading.Condition()
        self._asked: OrderedDict[Hashable, Sequence[Part]] = OrderedDict()
        self._known: OrderedDict[Hashable, tuple[Soup, ...] | str] = OrderedDict()
        self._opened: dict[str, tuple[Manifest, tuple[TileRef, ...]]] = {}
        self._tiles: OrderedDict[str, Tile] = OrderedDict()
        self._thread: threading.Thread | None = None

    def get(self, key: Hashable, parts: Sequence[Part]) -> tuple[Soup, ...] | str | None:
        """Return the triangles of some elements, None while they are read, or a sentence why there are none.

        Args:
            key: the same key means the same elements at the same place.
        """
        with self._changed:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
            if not parts:
                return ()
            self._asked[key] = parts
            self._asked.move_to_end(key)
            while len(self._asked) > ASKED_MAX:
                self._asked.popitem(last=False)
            self._changed.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="walkdown-triangles", daemon=True)
            self._thread.start()
        return None

    def close(self) -> None:
        """End the thread."""
        self._cancel.set()
        with self._changed:
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(JOIN_SECS)

    # ---- the thread -------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while (asked := self._next()) is not None:
                self._answer(*asked)
        except Cancelled:
            log.debug("no triangles are wanted any more")
        finally:
            self._blobs.close()

    def _next(self) -> tuple[Hashable, Sequence[Part]] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._asked or self._cancel.is_set())
            return None if self._cancel.is_set() else self._asked.popitem(last=True)

    def _answer(self, key: Hashable, parts: Sequence[Part]) -> None:
        found: tuple[Soup, ...] | str
        try:
            found = self._read_all(parts)
        except Missing as error:
            log.info("triangles wait for the server: %s", error)
            self._cancel.wait(AGAIN_SECS)
            return  # whoever still wants them asks again
        except PackageError as error:
            found = str(error)
        with self._changed:
            self._known[key] = found
            while len(self._known) > 1 and _triangles(self._known.values()) > KEPT_TRIANGLES:
                self._known.popitem(last=False)

    def _read_all(self, parts: Sequence[Part]) -> tuple[Soup, ...]:
        found: list[Soup] = []
        for part in parts:
            for soup in self._read(part):
                found.append(soup)
                if sum(map(len, found)) > TRIANGLES_MAX:
                    text = _("it has more than {most} triangles, too many to measure: choose a part of it")
                    raise PackageError(text.format(most=TRIANGLES_MAX))
        return tuple(found)

    def _read(self, part: Part) -> list[Soup]:
        manifest, tiles = self._open(part.ref)
        kept = np.zeros(part.count, bool)
        kept[part.rows] = True
        lo = np.array([tile.lo for tile in tiles]).reshape(-1, 3)
        hi = np.array([tile.hi for tile in tiles]).reshape(-1, 3)
        near = (lo <= part.high + AROUND_M).all(1) & (hi >= part.low - AROUND_M).all(1)
        found = []
        for row in np.flatnonzero(near).tolist():
            tile = self._tile(manifest, tiles[row].path)
            soup = soup_of(
                tile.surfaces,
                tile.repeats,
                within=part.within,
                placement=part.site_from_rest,
                base=part.ref.base,
                kept=kept,
            )
            if len(soup):
                found.append(soup)
        return found

    def _open(self, ref: PackageRef) -> tuple[Manifest, tuple[TileRef, ...]]:
        if ref.id not in self._opened:
            manifest = parse_manifest(self._blobs.fetch(ref.manifest))
            self._opened[ref.id] = manifest, read_tileset(self._fetch(manifest, TILESET_PATH))
        return self._opened[ref.id]

    def _tile(self, manifest: Manifest, path: str) -> Tile:
        sha256 = manifest.blobs[path].sha256 if path in manifest.blobs else path
        if sha256 not in self._tiles:
            self._tiles[sha256] = read_tile(self._fetch(manifest, path), lambda _path: b"")
        self._tiles.move_to_end(sha256)
        while len(self._tiles) > TILES_KEPT:
            self._tiles.popitem(last=False)
        return self._tiles[sha256]

    def _fetch(self, manifest: Manifest, path: str) -> bytes:
        info = manifest.blobs.get(path)
        if info is None:
            text = _("the package {name!r} has no blob {path!r}")
            raise PackageError(text.format(name=manifest.name, path=path[:200]))
        return self._blobs.fetch(Blob(info.sha256, info.size))


def _triangles(known: Iterable[tuple[Soup, ...] | str]) -> int:
    return sum(len(soup) for entry in known if not isinstance(entry, str) for soup in entry)
