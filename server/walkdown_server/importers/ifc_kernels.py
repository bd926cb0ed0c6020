"""Runs ifcopenshell's geometry kernels, and tells for which products their answer is not all of the shape.

The fast kernel (CGAL's simple one) knows no booleans and no curved surfaces; it leaves such products out,
or empty, or skips faces, and only its log says so. One thread: two were slower.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import ifcopenshell.geom
import numpy as np
import numpy.typing as npt

FAST_KERNEL = "cgal-simple"
EXACT_KERNEL = "opencascade"

FACE_SKIPPED = "Failed to convert face, skipping:"
LOOP_FAILED = {"GEO081", "GEO085"}
"""Codes of the errors that come before a face is skipped."""

SHAPE_PARTS = (
    "IfcRepresentationItem",
    "IfcRepresentation",
    "IfcRepresentationMap",
    "IfcProductRepresentation",
    "IfcProfileDef",
    "IfcObjectPlacement",
)
"""What stands between an entity and the products that are drawn with it."""

MAX_USERS = 100_000
WRONG_TYPE = "Requested type"

_NUMBER = re.compile(r"#(\d+)=")

Progress = Callable[[float], None]


@dataclass(slots=True)
class Complaints:
    """What a kernel's log says about one product.

    Attributes:
        faces: numbers of the faces that it skipped.
        other: whether it complains about more than such faces.
    """

    faces: list[int] = field(default_factory=list)
    other: bool = False


class Run:
    """One pass of a kernel over a file; iterate over its shapes, then ask for its complaints."""

    def __init__(
        self, graph: Any, kernel: str, *, progress: Progress = lambda part: None, **which: Any
    ) -> None:
        """Prepare a pass.

        Args:
            graph: ``ifcopenshell.file``.
            kernel: its name.
            progress: is told the part that is done, from 0 to 1.
            which: ``include`` or ``exclude``, lists of products.
        """
        self._graph = graph
        geometry: Any = ifcopenshell.geom  # the annotations of both are incomplete
        wrapper: Any = ifcopenshell.ifcopenshell_wrapper
        self._log = wrapper.logger()
        self._log.output_format(self._log.FMT_INMEMORY)
        self._log.verbosity(self._log.LOG_WARNING)
        settings = geometry.settings()
        settings.set("weld-vertices", False)  # welded, there would be no normals of faces
        self._iterator = geometry.iterator(
            settings, graph, 1, geometry_library=kernel, logger=self._log, **which
        )
        self._progress = progress

    def __iter__(self) -> Iterator[Any]:
        """Yield the kernel's shapes, each once for each product that has it."""
        if not self._iterator.initialize():
            return
        while True:
            yield self._iterator.get()
            self._progress(self._iterator.progress() / 100)
            if not self._iterator.next():
                return

    def wrong_types(self) -> list[str]:
        """Return what was said of values that are not of the type that IFC demands."""
        messages = (message.message for message in self._log.log_messages())
        return [text.splitlines()[0] for text in messages if text.startswith(WRONG_TYPE)]

    def complaints(self) -> dict[int, Complaints]:
        """Return what was not well, by the number of the product."""
        found: dict[int, Complaints] = {}
        for message in self._log.log_messages():
            product, instance = _NUMBER.match(message.product), _NUMBER.match(message.instance)
            failed = message.severity >= self._log.LOG_ERROR and message.code not in LOOP_FAILED
            if product is not None:
                about = found.setdefault(int(product[1]), Complaints())
                if message.message.startswith(FACE_SKIPPED) and instance is not None:
                    about.faces.append(int(instance[1]))
                else:
                    about.other |= failed
            elif failed and instance is not None:
                for number in _products_of(self._graph, int(instance[1])):
                    found.setdefault(number, Complaints()).other = True
        return found


def _products_of(graph: Any, number: int) -> set[int]:
    """Return the products that are drawn by means of an entity."""
    found: set[int] = set()
    seen, waiting = {number}, [graph.by_id(number)]
    while waiting and len(seen) < MAX_USERS:
        for user in graph.get_inverse(waiting.pop()):
            if user.id() in seen:
                continue
            seen.add(user.id())
            if user.is_a("IfcProduct"):
                found.add(user.id())
            elif any(map(user.is_a, SHAPE_PARTS)):
                waiting.append(user)
    return found


def face_area(face: Any) -> float:
    """Return at least the area of an ``IfcFace``, in the file's unit squared; infinity for curved edges.

    Each loop counts as the triangles between its first corner and its edges, even where it crosses itself.
    """
    area = 0.0
    for bound in face.Bounds:
        if not bound.Bound.is_a("IfcPolyLoop"):
            return np.inf
        corners = np.array([point.Coordinates for point in bound.Bound.Polygon], np.float64)
        arms = corners[1:] - corners[0]
        area += float(np.linalg.norm(np.cross(arms[:-1], arms[1:]), axis=1).sum()) / 2
    return area


def mesh_area(points: npt.NDArray[np.float64], triangles: npt.NDArray[np.int32]) -> float:
    """Return the area of (m, 3) triangles of (n, 3) points."""
    corners = points[triangles]
    sides = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return float(np.linalg.norm(sides, axis=1).sum()) / 2
