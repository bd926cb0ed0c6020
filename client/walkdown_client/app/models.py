"""Which element belongs to which thing, in the drawn ids of the scene, for all packages of a session."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.messages import PackageRef
from walkdown.package import NO_ROW, ElementTable, Joint
from walkdown_client.packages import PackageOpened
from walkdown_client.tools.intents import ElementInfo
from walkdown_client.twin_index import NOTHING, TwinIndex

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
Ids = npt.NDArray[np.intp]
Box = tuple[F64, F64]

OUTLIER_FACTOR = 50.0
"""A box that reaches this many times the median distance away is left out of "everything"."""


@dataclass(frozen=True, slots=True)
class OpenPackage:
    """A package whose tables are known.

    Attributes:
        scene: the number by which the scene knows it.
        thing_rows: (elements,) int32, the thing that each element belongs to, ``NOTHING`` for none.
    """

    ref: PackageRef
    elements: ElementTable
    joints: tuple[Joint, ...]
    scene: int
    thing_rows: I32


class Models:
    """The open packages of a session, and lookups between things and drawn ids."""

    def __init__(self) -> None:
        self.packages: list[OpenPackage] = []
        self.thing_rows = np.zeros(0, np.int32)
        self.revision = 0
        self._twin: TwinIndex | None = None
        self._ids_of: dict[str, Ids] = {}

    def open(self, opened: PackageOpened, scene: int, twin: TwinIndex) -> OpenPackage:
        """Take a package; returns it with its elements bound to things."""
        self._twin = twin
        rows = bind_elements(opened.elements, twin)
        package = OpenPackage(opened.ref, opened.elements, opened.joints, scene, rows)
        self.packages.append(package)
        end = opened.ref.base + len(rows)
        self.thing_rows = np.pad(
            self.thing_rows, (0, max(end - len(self.thing_rows), 0)), constant_values=NOTHING
        )
        self.thing_rows[opened.ref.base : end] = rows
        self._ids_of.clear()
        self.revision += 1
        return package

    def clear(self) -> None:
        """Forget all packages."""
        self.__init__()  # type: ignore[misc]  # the same as new

    def package_of(self, ref: PackageRef) -> OpenPackage | None:
        """Return the open package of a reference."""
        return next((p for p in self.packages if p.ref == ref), None)

    def ids_of(self, thing_id: str) -> Ids:
        """Return the drawn ids of a thing and of all its parts."""
        if thing_id not in self._ids_of:
            found = [
                package.elements.descendants(row) + package.ref.base
                for package, row in self._rows_of(thing_id)
            ]
            self._ids_of[thing_id] = np.concatenate([np.zeros(0, np.intp), *found])
        return self._ids_of[thing_id]

    def ids_of_all(self, thing_ids: frozenset[str] | tuple[str, ...]) -> Ids:
        """Return the drawn ids of several things."""
        return np.unique(np.concatenate([np.zeros(0, np.intp), *(self.ids_of(t) for t in thing_ids)]))

    def thing_at(self, drawn_id: int) -> str:
        """Return the id of the nearest thing that an element belongs to, "" for none."""
        row = int(self.thing_rows[drawn_id]) if 0 <= drawn_id < len(self.thing_rows) else NOTHING
        return "" if row == NOTHING or self._twin is None else self._twin.catalogue.things[row].id

    def element_at(self, drawn_id: int) -> ElementInfo | None:
        """Return what its model says about an element."""
        for package in self.packages:
            row = drawn_id - package.ref.base
            if 0 <= row < len(package.elements):
                table = package.elements
                properties = tuple((name, str(value)) for name, value in table.properties(row).items())
                return ElementInfo(
                    drawn_id,
                    table.keys[row],
                    table.names[row],
                    table.kinds[row],
                    package.ref.name,
                    properties,
                )
        return None

    def box_of(self, thing_id: str) -> Box | None:
        """Return low and high corner (3,) of what a thing draws, at rest, metres, site frame."""
        boxes = [_site_box(package, np.array([row])) for package, row in self._rows_of(thing_id)]
        return _union([box for box in boxes if box is not None])

    def box_of_ids(self, ids: Ids) -> Box | None:
        """Return the box of some drawn ids."""
        boxes = []
        for package in self.packages:
            rows = ids[(ids >= package.ref.base) & (ids < package.ref.base + len(package.elements))]
            boxes.append(_site_box(package, rows - package.ref.base))
        return _union([box for box in boxes if box is not None])

    def box_of_all(self) -> Box | None:
        """Return the box of everything, without what stands absurdly far away or is mere ground."""
        return _union([box for package in self.packages if (box := _content_box(package)) is not None])

    def _rows_of(self, thing_id: str) -> Iterator[tuple[OpenPackage, int]]:
        if self._twin is None or not self._twin.has_thing(thing_id):
            return
        key = self._twin.thing(thing_id).element
        for package in self.packages:
            row = package.elements.row_of(key) if key else NO_ROW
            if row != NO_ROW:
                yield package, row


def bind_elements(elements: ElementTable, twin: TwinIndex) -> I32:
    """Return for each element the thing it draws, or that of its nearest ancestor; (n,) int32."""
    own = np.full(len(elements), NOTHING, np.int32)
    for row, thing in enumerate(twin.catalogue.things):
        element = elements.row_of(thing.element) if thing.element else NO_ROW
        if element != NO_ROW:
            own[element] = row
    found, ancestors = own.copy(), elements.parents.copy()
    open_rows = np.flatnonzero((found == NOTHING) & (ancestors != NO_ROW))
    while len(open_rows):
        found[open_rows] = own[ancestors[open_rows]]
        ancestors[open_rows] = elements.parents[ancestors[open_rows]]
        open_rows = open_rows[(found[open_rows] == NOTHING) & (ancestors[open_rows] != NO_ROW)]
    return found


def _content_box(package: OpenPackage) -> Box | None:
    table = package.elements
    drawn = np.flatnonzero(table.triangles > 0)
    middle = (table.lo[drawn] + table.hi[drawn]) / 2
    centre = np.median(middle, axis=0) if len(drawn) else np.zeros(3)
    far = np.linalg.norm(middle - centre, axis=1)
    reach = np.linalg.norm(table.hi[drawn] - table.lo[drawn], axis=1) / 2 + far
    usual = np.median(far) if len(far) else 0.0
    kept = drawn[reach <= max(OUTLIER_FACTOR * usual, 1e-3)] if usual > 0 else drawn
    grounds = np.array(["yard" in table.kinds[row] or "ground" in table.kinds[row] for row in kept], bool)
    return _site_box(package, kept[~grounds] if len(kept) and not grounds.all() else kept)


def _site_box(package: OpenPackage, rows: Ids) -> Box | None:
    lo, hi = package.elements.lo[rows], package.elements.hi[rows]
    there = np.isfinite(lo).all(1)
    if not there.any():
        return None
    low, high = lo[there].min(0).astype(np.float64), hi[there].max(0).astype(np.float64)
    placement = np.array(package.ref.placement).reshape(3, 4)
    choice = np.array([[i >> axis & 1 for axis in range(3)] for i in range(8)])
    corners = np.where(choice, high, low) @ placement[:, :3].T + placement[:, 3]
    return corners.min(0), corners.max(0)


def _union(boxes: list[Box]) -> Box | None:
    if not boxes:
        return None
    return np.min([low for low, _ in boxes], axis=0), np.max([high for _, high in boxes], axis=0)
