"""The shapes of an IFC file: made by the fast kernel, and by the exact one where the fast one is at its end.

A shape that several products share is made once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from walkdown.errors import ImportFailed
from walkdown.i18n import _
from walkdown_server.importers.ifc_kernels import (
    EXACT_KERNEL,
    FAST_KERNEL,
    Complaints,
    Progress,
    Run,
    face_area,
    mesh_area,
)
from walkdown_server.importers.ifc_tree import entities
from walkdown_server.importers.ifc_units import Units

NOT_DRAWN = (
    "IfcFeatureElementSubtraction",
    "IfcSpace",
    "IfcStructuralActivity",
    "IfcStructuralItem",
    "IfcVirtualElement",
    "IfcSpatialZone",
    "IfcExternalSpatialElement",
)
NO_SURFACE = {
    "Annotation2D",
    "BoundingBox",
    "Curve",
    "Curve2D",
    "Curve3D",
    "GeometricCurveSet",
    "Point",
    "PointCloud",
}
"""Representation types without surfaces."""
BODIES = ("Body", "Facetation", "", "Body-FallBack", "Surface")
"""Identifiers of representations that are meant to be seen as the thing, the best first; one is drawn."""

UNSEEN = len(BODIES) + 1
"""The rank of what is not to be seen."""

NO_BODY = {"Annotation", "Axis", "Box", "Clearance", "CoG", "FootPrint", "Plan"}
"""Identifiers of those that are not. What is neither is seen where there is no body."""

SPLINTER = 1e-4
"""Share of a shape's area that skipped faces may have: real files hold seams without width."""

LEAST_ROUND = 24
"""Triangles of the smallest tube that bends by 30° or less from side to side: what has fewer is flat."""

FAST_SHARE = 0.5
"""How far the reading of shapes is when the fast kernel has done what it can."""

F64 = npt.NDArray[np.float64]


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
        normals: (n, 3) float64, or None where the kernel may have made flat faces of round ones.
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
        ranks: how far down in ``BODIES`` it was found.
        exact: products whose shape the fast kernel could not make, and the exact one did.
        missing: products that should have a shape, which neither could make.
        partial: products of whose shape the exact kernel could make only a part.
        wrong_types: what the kernels said of values that are not of the type that IFC demands.
    """

    shapes: dict[str, IfcShape] = field(default_factory=dict)
    matrices: dict[int, F64] = field(default_factory=dict)
    drawn: dict[int, str] = field(default_factory=dict)
    ranks: dict[int, int] = field(default_factory=dict)
    exact: list[int] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    partial: list[int] = field(default_factory=list)
    wrong_types: list[str] = field(default_factory=list)


def read_shapes(graph: Any, progress: Progress = lambda part: None) -> Shapes:
    """Return all shapes of a file.

    Args:
        graph: ``ifcopenshell.file``.
        progress: is told the part that is done, from 0 to 1.

    Raises:
        ImportFailed: the kernel refuses the file as a whole.
    """
    found = Shapes()
    hidden = [thing for kind in NOT_DRAWN for thing in entities(graph, kind)]
    complaints = _add(
        found, graph, FAST_KERNEL, progress=lambda part: progress(part * FAST_SHARE), exclude=hidden
    )
    _drop_incomplete(found, graph, complaints)
    again = _without_shape(graph, found, hidden={thing.id() for thing in hidden})
    things = [graph.by_id(number) for number in again]
    if things:
        _add_exactly(
            found, graph, progress=lambda part: progress(FAST_SHARE + part * (1 - FAST_SHARE)), things=things
        )
    if found.wrong_types and not found.drawn:
        raise ImportFailed(
            _("the file is damaged: the geometry kernel refuses it ({reason})").format(
                reason=found.wrong_types[0][:200]
            )
        )
    found.exact = [number for number in again if number in found.drawn]
    found.missing = [number for number in again if number not in found.drawn]
    return found


def _add_exactly(found: Shapes, graph: Any, *, things: list[Any], progress: Progress) -> None:
    """Add what the exact kernel makes of some products; one by one where one of them spoils all."""
    before = len(found.drawn)
    complaints = _add(found, graph, EXACT_KERNEL, progress=progress, include=things)
    if len(found.drawn) == before:
        for thing in things:
            complaints |= _add(found, graph, EXACT_KERNEL, progress=lambda part: None, include=[thing])
    found.partial = sorted(
        number
        for number, about in complaints.items()
        if number in found.drawn and (about.other or about.faces)
    )


def _add(
    found: Shapes, graph: Any, kernel: str, *, progress: Progress, **which: Any
) -> dict[int, Complaints]:
    """Add what one kernel makes, and return its complaints."""
    try:
        run = Run(graph, kernel, progress=progress, **which)
        _take(found, run, kernel=kernel)
    except RuntimeError as error:
        found.wrong_types.append((str(error).splitlines() or [type(error).__name__])[0])
        return {}
    found.wrong_types += run.wrong_types()
    return run.complaints()


def _take(found: Shapes, run: Iterable[Any], *, kernel: str) -> None:
    """Take over the shapes of one pass."""
    for element in run:
        number, rank = int(element.id), _rank(element.context)
        if rank is None or rank >= found.ranks.get(number, UNSEEN):
            continue
        name = f"{kernel}/{element.geometry.id}"
        if name not in found.shapes:
            shape = _shape(element.geometry, exact=kernel == EXACT_KERNEL)
            if shape is None:
                continue
            found.shapes[name] = shape
        matrix = np.array(element.transformation.matrix, np.float64).reshape(4, 4, order="F")
        found.drawn[number], found.matrices[number], found.ranks[number] = name, matrix, rank


def _drop_incomplete(found: Shapes, graph: Any, complaints: dict[int, Complaints]) -> None:
    """Take out the shapes that are not whole, with all products that share them."""
    square = Units(graph).metres ** 2
    damaged = set()
    for number, about in complaints.items():
        name = found.drawn.get(number)
        if name is not None and (about.other or about.faces):
            shape = found.shapes[name]
            skipped = sum(face_area(graph.by_id(face)) for face in about.faces) * square
            if about.other or skipped > SPLINTER * mesh_area(shape.points, shape.triangles):
                damaged.add(name)
    for number in [number for number, name in found.drawn.items() if name in damaged]:
        del found.drawn[number], found.matrices[number], found.ranks[number]
    for name in damaged:
        del found.shapes[name]


def _without_shape(graph: Any, found: Shapes, *, hidden: set[int]) -> list[int]:
    """Return the products that should have a shape, but have none, or none of their best."""
    return [
        product.id()
        for product in graph.by_type("IfcProduct")
        if product.id() not in hidden and _best_rank(product) < found.ranks.get(product.id(), UNSEEN)
    ]


def _rank(identifier: str | None) -> int | None:
    """Return how far down in ``BODIES`` a representation is, None for one that is not to be seen."""
    word = identifier or ""
    if word in NO_BODY:
        return None
    return BODIES.index(word) if word in BODIES else len(BODIES)


def _best_rank(product: Any) -> int:
    """Return the rank of the best surfaces or solids of a product, ``UNSEEN`` where it has none."""
    ranks = [
        _rank(one.RepresentationIdentifier)
        for one in getattr(product.Representation, "Representations", None) or ()
        if one.is_a("IfcShapeModel") and one.Items and one.RepresentationType not in NO_SURFACE
    ]
    return min((rank for rank in ranks if rank is not None), default=UNSEEN)


def _shape(geometry: Any, *, exact: bool) -> IfcShape | None:
    """Return the kernel's buffers as arrays of our own, or None where there is nothing to see."""
    triangles = np.frombuffer(geometry.faces_buffer, np.int32).reshape(-1, 3)
    points = np.frombuffer(geometry.verts_buffer, np.float64).reshape(-1, 3)
    if not len(triangles) or not np.isfinite(points[triangles]).all((1, 2)).any():
        return None
    styles = np.frombuffer(geometry.material_ids_buffer, np.int32).astype(np.int64)
    normals = np.frombuffer(geometry.normals_buffer, np.float64).reshape(-1, 3)
    palette = tuple(_style(material) for material in geometry.materials)
    good = normals.shape == points.shape and (exact or len(triangles) < LEAST_ROUND)
    return IfcShape(
        points=points.copy(),
        triangles=triangles.copy(),
        styles=np.where(styles < 0, len(palette), styles),
        palette=(*palette, PLAIN),
        normals=normals.copy() if good else None,
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
