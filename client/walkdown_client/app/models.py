"""Which element belongs to which thing, in the drawn ids of the scene, for all packages of a session."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import msgspec
import numpy as np
import numpy.typing as npt

from walkdown.messages import IN_PLACE, PackageRef
from walkdown.package import ElementTable, Joint
from walkdown.package.ancestry import nearest_above
from walkdown.package.bulk import bulk_of
from walkdown_client.app.drawn import DrawnElements
from walkdown_client.packages import PackageOpened
from walkdown_client.tools.intents import ElementInfo
from walkdown_client.twin_index import NOTHING, TwinIndex

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
Ids = npt.NDArray[np.intp]
Box = tuple[F64, F64]


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


def key_of(ref: PackageRef) -> tuple[str, str, int]:
    """Return what stays of a reference when its model is moved."""
    return ref.model, ref.id, ref.base


class Models:
    """The open packages of a session, and lookups between things and drawn ids."""

    def __init__(self) -> None:
        self.packages: list[OpenPackage] = []
        self.thing_rows = np.zeros(0, np.int32)
        self.revision = 0
        self._twin: TwinIndex | None = None
        self._drawn: DrawnElements | None = None
        self._ids_of: dict[str, Ids] = {}

    def open(self, opened: PackageOpened, scene: int, twin: TwinIndex) -> OpenPackage:
        """Take a package; returns it with its elements bound to things."""
        self._twin = twin
        rows = bind_elements(opened.elements, twin, opened.ref.model)
        package = OpenPackage(opened.ref, opened.elements, opened.joints, scene, rows)
        self.packages.append(package)
        end = opened.ref.base + len(rows)
        self.thing_rows = np.pad(
            self.thing_rows, (0, max(end - len(self.thing_rows), 0)), constant_values=NOTHING
        )
        self.thing_rows[opened.ref.base : end] = rows
        self._changed()
        return package

    def close(self, package: OpenPackage) -> None:
        """Forget a package that has been removed."""
        self.packages.remove(package)
        self.thing_rows[package.ref.base : package.ref.base + len(package.elements)] = NOTHING
        self._changed()

    def place(self, package: OpenPackage, ref: PackageRef) -> None:
        """Take note that a package stands somewhere else."""
        self.packages[self.packages.index(package)] = replace(package, ref=ref)
        self._changed()

    def bind(self, twin: TwinIndex) -> None:
        """Bind all elements to the things of a twin that has changed."""
        if twin is self._twin:
            return
        self._twin = twin
        self.packages = [
            replace(p, thing_rows=bind_elements(p.elements, twin, p.ref.model)) for p in self.packages
        ]
        for package in self.packages:
            base = package.ref.base
            self.thing_rows[base : base + len(package.elements)] = package.thing_rows
        self._changed()

    def _changed(self) -> None:
        self._ids_of.clear()
        self._drawn = None
        self.revision += 1

    def package_of(self, ref: PackageRef) -> OpenPackage | None:
        """Return the open package of a reference, wherever that says that it stands."""
        return next((p for p in self.packages if key_of(p.ref) == key_of(ref)), None)

    def package_at(self, drawn_id: int) -> OpenPackage | None:
        """Return the package that an element belongs to."""
        return next((p for p in self.packages if 0 <= drawn_id - p.ref.base < len(p.elements)), None)

    def own_box_of_model(self, model: str) -> Box | None:
        """Return the box of what a model draws in the model's own frame."""
        at_home = [replace(p, ref=msgspec.structs.replace(p.ref, placement=IN_PLACE)) for p in self.packages]
        return _union([b for p in at_home if p.ref.model == model and (b := _content_box(p)) is not None])

    def box_of_model(self, model: str) -> Box | None:
        """Return the box of what a model draws, without what stands absurdly far away."""
        return _union(
            [b for p in self.packages if p.ref.model == model and (b := _content_box(p)) is not None]
        )

    @property
    def drawn(self) -> DrawnElements:
        """Lookups by name into all that is drawn."""
        if self._drawn is None:
            tables = [(package.ref.base, package.elements) for package in self.packages]
            models = [package.ref.model for package in self.packages]
            self._drawn = DrawnElements(tables, self._twin, models=models)
        return self._drawn

    def ids_of(self, name: str) -> Ids:
        """Return the drawn ids of a thing, or of the element of a key, and of all its parts."""
        if name not in self._ids_of:
            self._ids_of[name] = self.drawn.ids_of((name,))
        return self._ids_of[name]

    def ids_of_all(self, names: Collection[str]) -> Ids:
        """Return the drawn ids of several things and elements."""
        return self.drawn.ids_of(names)

    def thing_at(self, drawn_id: int) -> str:
        """Return the id of the nearest thing that an element belongs to, "" for none."""
        row = int(self.thing_rows[drawn_id]) if 0 <= drawn_id < len(self.thing_rows) else NOTHING
        return "" if row == NOTHING or self._twin is None else self._twin.catalogue.things[row].id

    def element_at(self, drawn_id: int) -> ElementInfo | None:
        """Return an element that is no thing itself, None for others."""
        package = self.package_at(drawn_id)
        if package is None:
            return None
        table, row = package.elements, drawn_id - package.ref.base
        key, model = table.keys[row], package.ref.model
        if self._twin is not None:
            if self._twin.thing_of_element(key, model) is not None:
                return None
            (key,) = self._twin.names_of_elements((key,), model)
        return ElementInfo(drawn_id, key, table.names[row], table.kinds[row], package.ref.name)

    def box_of(self, name: str) -> Box | None:
        """Return low and high corner (3,) of a thing, or an element by key, at rest, metres, site frame."""
        return self.box_of_ids(self.drawn.own_ids_of((name,)))

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


def bind_elements(elements: ElementTable, twin: TwinIndex, model: str = "") -> I32:
    """Return for each element of a model the thing it draws, or that of its nearest ancestor; (n,) int32."""
    return nearest_above(twin.rows_of_elements(elements.keys, model), elements.parents)


def _content_box(package: OpenPackage) -> Box | None:
    table = package.elements
    kept = np.flatnonzero(bulk_of(table.lo, table.hi, table.triangles))
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
