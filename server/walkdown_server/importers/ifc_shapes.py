"""The shapes of an IFC file, as ifcopenshell's geometry kernels make them.

The fast kernel (CGAL, with OpenCASCADE for what CGAL refuses) returns some shapes empty without a word, so
those are made again by OpenCASCADE alone. One thread: two were slower. A shape that several products share
is returned once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import ifcopenshell.geom
import numpy as np
import numpy.typing as npt

from walkdown.errors import ImportFailed
from walkdown.i18n import _
from walkdown_server.importers.ifc_tree import entities

FAST_KERNEL = "hybrid-cgal-simple-opencascade"
EXACT_KERNEL = "opencascade"
NOT_DRAWN = (
    "IfcOpeningElement",
    "IfcSpace",
    "IfcVirtualElement",
    "IfcSpatialZone",
    "IfcExternalSpatialElement",
)

F64 = npt.NDArray[np.float64]
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Style:
    """How a surface looks, as the kernel found it; colours are sRGB, 0 to 1.

    Attributes:
        number: of the entity that says so; 0 where it is the kernel's own choice for the class.
        transparency: 0 for opaque.
    """

    number: int
    name: str
    rgb: tuple[float, float, float]
    transparency: float


@dataclass(frozen=True, slots=True)
class IfcShape:
    """Triangles in their own frame, as a kernel made them.

    Attributes:
        points: (n, 3) float64, metres.
        triangles: (m, 3) int32, counter-clockwise seen from outside where the file says so.
        styles: (m,) int64, rows of ``palette``.
        normals: (n, 3) float64, or None where the kernel made flat faces of round ones.
    """

    points: F64
    triangles: npt.NDArray[np.int32]
    styles: npt.NDArray[np.int64]
    palette: tuple[Style, ...]
    normals: F64 | None


@dataclass(slots=True)
class Shapes:
    """All that a file draws.

    Attributes:
        shapes: by the kernel's name for them.
        matrices: file from shape, (4, 4) float64, metres: for each product that draws, by its number.
        drawn: the name of each product's shape, by its number.
        refilled: products whose shape the fast kernel left empty and the exact one made.
        empty: products whose shape both left empty.
    """

    shapes: dict[str, IfcShape] = field(default_factory=dict)
    matrices: dict[int, F64] = field(default_factory=dict)
    drawn: dict[int, str] = field(default_factory=dict)
    refilled: list[int] = field(default_factory=list)
    empty: list[int] = field(default_factory=list)

    @property
    def triangle_count(self) -> int:
        """As drawn, copies included."""
        counts = {name: len(shape.triangles) for name, shape in self.shapes.items()}
        return sum(counts[name] for name in self.drawn.values())


def read_shapes(graph: Any, progress: Progress = lambda part: None) -> Shapes:
    """Return all shapes of a file.

    Args:
        graph: ``ifcopenshell.file``.
        progress: is told the part that is done, from 0 to 1.

    Raises:
        ImportFailed: the kernel refuses the file as a whole.
    """
    try:
        return _read(graph, progress)
    except RuntimeError as error:
        raise ImportFailed(
            _("the file is damaged: the geometry kernel refuses it ({reason})").format(
                reason=str(error)[:200]
            )
        ) from None


def _read(graph: Any, progress: Progress) -> Shapes:
    found = Shapes()
    hidden = [thing for kind in NOT_DRAWN for thing in entities(graph, kind)]
    empty = _run(graph, found, FAST_KERNEL, exclude=hidden, progress=progress)
    if empty:
        again = [graph.by_id(number) for number in empty]
        found.empty = _run(graph, found, EXACT_KERNEL, include=again)
        found.refilled = sorted(set(empty) & set(found.drawn))
        found.empty = sorted(set(empty) - set(found.drawn))
    return found


def _run(
    graph: Any, found: Shapes, kernel: str, *, progress: Progress = lambda part: None, **which: Any
) -> list[int]:
    """Add what one kernel makes and return the products that it left empty."""
    empty = []
    for element in _elements(graph, kernel, progress=progress, **which):
        name = f"{kernel}/{element.geometry.id}"
        if name not in found.shapes:
            shape = _shape(element.geometry, rounded=kernel == EXACT_KERNEL)
            if shape is None:
                empty.append(int(element.id))
                continue
            found.shapes[name] = shape
        number = int(element.id)
        matrix = np.array(element.transformation.matrix, np.float64).reshape(4, 4, order="F")
        found.drawn[number], found.matrices[number] = name, matrix
    return empty


def _elements(graph: Any, kernel: str, *, progress: Progress, **which: Any) -> Iterator[Any]:
    geometry: Any = ifcopenshell.geom  # its annotations are incomplete
    settings = geometry.settings()
    settings.set("weld-vertices", False)  # welded, there would be no normals of faces
    iterator = geometry.iterator(settings, graph, 1, geometry_library=kernel, **which)
    if not iterator.initialize():
        return
    while True:
        yield iterator.get()
        progress(iterator.progress() / 100)
        if not iterator.next():
            return


def _shape(geometry: Any, *, rounded: bool) -> IfcShape | None:
    """Return the kernel's buffers as arrays of our own, or None where there is nothing to see."""
    triangles = np.frombuffer(geometry.faces_buffer, np.int32).reshape(-1, 3)
    points = np.frombuffer(geometry.verts_buffer, np.float64).reshape(-1, 3)
    if not len(triangles) or not np.isfinite(points[triangles]).all((1, 2)).any():
        return None
    styles = np.frombuffer(geometry.material_ids_buffer, np.int32).astype(np.int64)
    normals = np.frombuffer(geometry.normals_buffer, np.float64).reshape(-1, 3)
    palette = tuple(_style(material) for material in geometry.materials)
    return IfcShape(
        points=points.copy(),
        triangles=triangles.copy(),
        styles=np.where(styles < 0, len(palette), styles),
        palette=(*palette, PLAIN),
        normals=normals.copy() if rounded and normals.shape == points.shape else None,
    )


PLAIN = Style(0, "DefaultMaterial", (0.7, 0.7, 0.7), 0.0)
"""What a face looks like that has no style."""


def _style(material: Any) -> Style:
    colour = material.get_color()
    rgb = tuple(min(max(float(part), 0.0), 1.0) for part in (colour.r(), colour.g(), colour.b()))
    transparency = float(material.transparency)
    return Style(
        number=max(int(material.instance_id()), 0),
        name=str(material.name),
        rgb=(rgb[0], rgb[1], rgb[2]),
        transparency=min(max(transparency, 0.0), 1.0) if transparency == transparency else 0.0,
    )
