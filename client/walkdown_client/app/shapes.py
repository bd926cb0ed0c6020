"""The shapes of elements as they stand now, for measuring: which triangles they are, and where."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

import numpy as np
import numpy.typing as npt

from walkdown.frames import joint_matrices
from walkdown_client.app.models import Models, OpenPackage
from walkdown_client.element_triangles import Part
from walkdown_client.placements import matrix
from walkdown_client.tools.snapping import Shape
from walkdown_client.walk.soup import Soup
from walkdown_client.world import World

F64 = npt.NDArray[np.float64]
Ids = npt.NDArray[np.intp]

KEPT = 64


class Triangles(Protocol):
    """What this needs of :class:`walkdown_client.element_triangles.ElementTriangles`."""

    def get(self, key: tuple[bytes, ...], parts: list[Part]) -> tuple[Soup, ...] | str | None:
        """Return triangles, None while they are read, or a sentence why there are none."""


class Shapes:
    """Shapes by drawn id and by name.

    Args:
        triangles: where triangles come from.
    """

    def __init__(self, world: World, models: Models, triangles: Triangles) -> None:
        self._world, self._models, self._triangles = world, models, triangles
        self._made: dict[tuple[bytes, ...], Future[Shape]] = {}
        self._pool: ThreadPoolExecutor | None = None

    def at(self, drawn_id: int) -> Shape | None:
        """Return the shape of one element, None while it is not known or cannot be."""
        found = self._of(np.array([drawn_id], np.intp))
        return found if isinstance(found, Shape) else None

    def of(self, name: str) -> Shape | str | None:
        """Return the shape of a thing, or of the element of a key, with all its parts.

        None while it is being read; a sentence says why there is none, "" when nothing is drawn of it.
        """
        ids = self._models.ids_of(name)
        return self._of(ids) if len(ids) else ""

    def _of(self, ids: Ids) -> Shape | str | None:
        parts = [part for package in self._models.packages for part in self._parts(package, ids)]
        key = tuple(
            part.ref.id.encode() + part.rows.tobytes() + part.site_from_rest.tobytes() for part in parts
        )
        if key not in self._made:
            found = self._triangles.get(key, parts)
            if not isinstance(found, tuple):
                return found
            if len(self._made) >= KEPT:
                self._made.pop(next(iter(self._made)))
            self._made[key] = self._make(found)
        if not self._made[key].done():
            return None
        shape = self._made[key].result()
        return shape if len(shape) else ""

    def _make(self, found: tuple[Soup, ...]) -> Future[Shape]:
        """Make a shape, and find what of it catches, in a thread: that takes a while where it is large."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, "walkdown-shapes")
        return self._pool.submit(lambda: shape_of(found).warm())

    def close(self) -> None:
        """End the thread."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _parts(self, package: OpenPackage, ids: Ids) -> Iterator[Part]:
        """Yield the rows of a package that are among drawn ids, those of each joint together."""
        table, base = package.elements, package.ref.base
        rows = ids[(ids >= base) & (ids < base + len(table))] - base
        rows = rows[np.isfinite(table.lo[rows]).all(1)]
        site_from_package = matrix(package.ref.placement)
        joints = np.asarray(table.joints)[rows] if len(package.joints) else np.full(len(rows), -1)
        for joint in np.unique(joints).tolist():
            own = rows[joints == joint]
            moved = self._moved(package, site_from_package, joint) if joint >= 0 else site_from_package
            low = table.lo[own].min(0).astype(np.float64)
            high = table.hi[own].max(0).astype(np.float64)
            yield Part(package.ref, own, len(table), low, high, moved)

    def _moved(self, package: OpenPackage, site_from_package: F64, joint: int) -> F64:
        """Return (3, 4) where the elements of a joint are now, from where they are at rest."""
        first, values = package.ref.joint_base, np.zeros(len(package.joints))
        known = self._world.joint_values[first : first + package.ref.joint_count]
        values[: len(known)] = known
        now = joint_matrices(package.joints, values)[joint].astype(np.float64)
        turn = site_from_package[:, :3]
        shift = turn @ now[:, 3] + site_from_package[:, 3]
        return np.asarray(np.concatenate([turn @ now[:, :3], shift[:, None]], 1))


def shape_of(soups: tuple[Soup, ...]) -> Shape:
    """Return triangles that were read as one shape, exact about the first anchor."""
    if not soups:
        return Shape(np.zeros(3), np.zeros((0, 3, 3)))
    origin = soups[0].anchor
    corners = [soup.corners.astype(np.float64) + (soup.anchor - origin) for soup in soups]
    return Shape(origin, np.concatenate(corners))
