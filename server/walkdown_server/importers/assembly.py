"""Elements, shapes and their places become a model: the half of every reader that no format changes.

A reader adds materials, elements and shapes, and says where each shape stands; ``finish`` chooses the
model's zero, leaves out what lies beyond reach, draws what occurs often as repeats and the rest in place.
Points are float64 until the zero is known.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from walkdown.errors import ImportFailed
from walkdown.i18n import _, mark
from walkdown.package.model import NO_ROW, Element, Material, Model, Surface
from walkdown_server.importers.frame import F64, REACH_METRES, choose_origin, counts_from_zero
from walkdown_server.importers.placement import Placements, make_repeat, place, separable
from walkdown_server.importers.report import Note
from walkdown_server.importers.shapes import Shape, clean, median_of, middle_of, part_of, surface_of
from walkdown_server.importers.task import ReadTask

OWN = 0xFFFFFFFF
"""The row of a placement whose shape has elements of its own."""

MAX_FAR_COPIES = 1000
MIN_COPIES = 3
MIN_REPEATED_TRIANGLES = 200
MAX_TRIANGLES = 100_000_000

FAR = mark("it lies more than 1,000 km from the rest")
FAR_CORNERS = mark("a triangle with a corner more than 1,000 km from the rest")
LOCAL = mark("{name} counts from its own zero, which is put at the origin that was given.")
MOVED = mark("The model stands far from zero; its origin is now ({x}, {y}, {z}) m.")


@dataclass(slots=True)
class Assembly:
    """One file on its way into a model.

    Attributes:
        task: whose report is told what is left out.
        model: grows; complete after ``finish``.
        shift: (3,) float64, what ``finish`` has subtracted from all places: the model's zero, or nothing.
    """

    task: ReadTask
    model: Model
    shift: F64 = field(default_factory=lambda: np.zeros(3))
    _shapes: list[Surface] = field(default_factory=list)
    _middles: list[F64] = field(default_factory=list)
    _places: dict[int, list[Placements]] = field(default_factory=dict)
    _materials: dict[Material, int] = field(default_factory=dict)

    def add_element(self, element: Element) -> int:
        """Return the row of a new element."""
        self.model.elements.append(element)
        return len(self.model.elements) - 1

    def add_material(self, material: Material) -> int:
        """Return the row of a material; equal ones share it."""
        if material not in self._materials:
            self._materials[material] = len(self.model.materials)
            self.model.materials.append(material)
        return self._materials[material]

    def add_shape(self, shape: Shape) -> int | None:
        """Return the number of a shape, None when nothing of it can be drawn."""
        cleaned = clean(shape, self.task.report)
        if cleaned is None:
            return None
        middle = middle_of(cleaned.positions)
        self._shapes.append(surface_of(cleaned, middle))
        self._middles.append(middle)
        return len(self._shapes) - 1

    def add_surface(self, surface: Surface) -> int:
        """Return the number of a shape that another reader has made; its elements do not count."""
        self._shapes.append(surface)
        self._middles.append(np.zeros(3))
        return len(self._shapes) - 1

    def see_through(self, shape: int) -> bool:
        """Return whether all materials of a shape are blended."""
        used = np.unique(self._shapes[shape].materials).tolist()
        return all(self.model.materials[m].base_color[3] < 1 for m in used)

    def place(self, shape: int, row: int, matrices: F64) -> None:
        """Draw a shape as the element ``row``, once for each of (k, 4, 4) or (4, 4) site from shape."""
        stacked = np.asarray(matrices, np.float64).reshape(-1, 4, 4).copy()
        stacked[:, :3, 3] += stacked[:, :3, :3] @ self._middles[shape]
        elements = np.full(len(stacked), row, np.uint32)
        self._places.setdefault(shape, []).append(Placements(elements, stacked))

    def place_own(self, shape: int, matrix: F64) -> None:
        """Draw a shape that has elements of its own once, at the (4, 4) site from shape."""
        self.place(shape, OWN, matrix)

    def finish(self) -> Model:
        """Return the model, with all shapes drawn about its zero.

        Raises:
            ImportFailed: nothing can be drawn, or too much.
        """
        placements = {shape: _stack(places) for shape, places in sorted(self._places.items())}
        self._check_size(placements)
        self._choose_zero(placements)
        for shape, stacked in placements.items():
            self._draw(self._shapes[shape], stacked)
        if not (self.model.surfaces or self.model.repeats):
            raise nothing_to_draw(self.task)
        return self.model

    def _check_size(self, placements: dict[int, Placements]) -> None:
        total = sum(len(self._shapes[shape].triangles) * len(p.elements) for shape, p in placements.items())
        if total > MAX_TRIANGLES:
            raise ImportFailed(
                _("a model may draw {limit} triangles, but this one draws {count}: split it").format(
                    limit=MAX_TRIANGLES, count=total
                )
            )
        if not total:
            raise nothing_to_draw(self.task)
        self.task.report.triangles += total

    def _choose_zero(self, placements: dict[int, Placements]) -> None:
        """Move the placements near zero, and say where it was."""
        shapes = self._shapes
        points = np.concatenate([_centres(shapes[s], p.matrices) for s, p in placements.items()])
        weights = np.concatenate(
            [np.full(len(p.elements), len(shapes[s].positions)) for s, p in placements.items()]
        )
        if not np.isfinite(points).any():
            raise ImportFailed(_("the file places all its parts infinitely far away"))
        options = self.task.options
        self.model.origin = choose_origin(points, weights, options=options)
        if options.epsg is not None:
            self.model.epsg = options.epsg
        if any(self.model.origin) and options.origin is None:
            x, y, z = (f"{metres:.0f}" for metres in self.model.origin)
            self.task.report.note(Note(MOVED, {"x": x, "y": y, "z": z}))
        if options.origin is not None and counts_from_zero(points, weights, options.origin):
            self.task.report.note(Note(LOCAL, {"name": self.task.path.name}))
            return
        self.shift = np.array(self.model.origin, np.float64)
        for stacked in placements.values():
            stacked.matrices[:, :3, 3] -= self.shift

    def _draw(self, shape: Surface, placements: Placements) -> None:
        """Add copies as a repeat where they are many and heavy enough, in place otherwise."""
        near = _within_reach(shape, placements)
        if not near.all():
            self._draw_near_parts(shape, placements.take(~near))
        placements = placements.take(near)
        alike = separable(placements.matrices)
        if alike.sum() >= MIN_COPIES and len(shape.triangles) > MIN_REPEATED_TRIANGLES:
            self.model.repeats.append(make_repeat(shape, placements.take(alike)))
            self.task.report.copies += int(alike.sum())
            placements = placements.take(~alike)
        if len(placements.elements):
            self.model.surfaces.append(_placed(shape, placements))

    def _draw_near_parts(self, shape: Surface, placements: Placements) -> None:
        """Draw what can be drawn of copies that reach too far; of very many, nothing."""
        count = len(placements.elements)
        if count > MAX_FAR_COPIES:
            name = "" if placements.elements[0] == OWN else self.model.elements[placements.elements[0]].name
            self.task.report.skip(FAR, count, name=name)
            self.task.report.triangles -= count * len(shape.triangles)
            return
        for number in range(count):
            one = slice(number, number + 1)
            self._draw_near_part(shape, Placements(placements.elements[one], placements.matrices[one]))

    def _draw_near_part(self, shape: Surface, placement: Placements) -> None:
        """Draw those triangles of one copy that can be drawn, and name the elements of others."""
        points = shape.positions @ placement.matrices[0, :3, :3].T + placement.matrices[0, :3, 3]
        near = np.asarray((np.abs(points) <= REACH_METRES).all(1), bool)
        kept = np.asarray(near[shape.triangles].all(1), bool)
        self.task.report.triangles -= int((~kept).sum())
        whole = _placed(shape, placement)
        rows = whole.elements[whole.triangles[:, 0]]
        still_there = set(np.unique(rows[kept]).tolist())
        for row, count in zip(*np.unique(rows[~kept], return_counts=True), strict=True):
            partly, name = int(row) in still_there, self.model.elements[int(row)].name
            self.task.report.skip(FAR_CORNERS if partly else FAR, int(count) if partly else 1, name=name)
        if kept.any():
            self.model.surfaces.append(part_of(whole, kept, near))


def _placed(shape: Surface, placements: Placements) -> Surface:
    """Return all copies of a shape in their places; one with elements of its own keeps them."""
    placed = place(shape, placements)
    return replace(placed, elements=shape.elements) if placements.elements[0] == OWN else placed


def _within_reach(shape: Surface, placements: Placements) -> npt.NDArray[np.bool_]:
    """Return (k,) whether all of each copy can be drawn."""
    boxes = np.einsum("kij,nj->kni", placements.matrices[:, :3, :3], _corners(shape))
    far = boxes + placements.matrices[:, None, :3, 3]
    return np.asarray((np.abs(far) <= REACH_METRES).all((1, 2)), bool)


def nothing_to_draw(task: ReadTask) -> ImportFailed:
    """Return the error of a file of which nothing is left, with the reasons."""
    skipped = sorted(task.report.skipped.items())
    reasons = "; ".join(f"{count} × {_(reason)}" for reason, count in skipped)
    text = _("nothing in the file can be drawn ({reasons})")
    return ImportFailed(text.format(reasons=reasons or _("it has no meshes")))


def root_element(scheme: str, task: ReadTask) -> Element:
    """Return the element of a whole file, above all others."""
    return Element(f"{scheme}:/", task.path.stem[:200], kind="model", parent=NO_ROW)


def _stack(places: list[Placements]) -> Placements:
    elements = np.concatenate([p.elements for p in places])
    return Placements(elements, np.concatenate([p.matrices for p in places]))


def _centres(shape: Surface, matrices: F64) -> F64:
    middle = median_of(shape.positions)
    return np.asarray(matrices[:, :3, :3] @ middle + matrices[:, :3, 3])


def _corners(shape: Surface) -> F64:
    """Return the (8, 3) corners of the shape's box."""
    low, high = shape.positions.min(0).astype(np.float64), shape.positions.max(0).astype(np.float64)
    choice = np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, -1).T
    return np.asarray(np.where(choice, high, low))
