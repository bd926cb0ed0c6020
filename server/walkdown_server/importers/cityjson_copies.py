"""Shapes that a CityJSON file uses many times (its geometry templates), each where it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
import numpy as np

from walkdown.i18n import mark
from walkdown.package.model import Model, Surface
from walkdown_server.importers.assembly import MIN_COPIES, MIN_REPEATED_TRIANGLES
from walkdown_server.importers.cityjson_file import Geometry
from walkdown_server.importers.cityjson_shape import check_triangles
from walkdown_server.importers.frame import F64, REACH_METRES
from walkdown_server.importers.placement import Placements, make_repeat, place, separable
from walkdown_server.importers.report import ImportReport

_FAR = mark("a copy more than 1,000 km from the model")
_WRONG = mark("a copy of a template that is not there, or without a place")

_PLACE = msgspec.json.Decoder(tuple[int])

Shapes = Callable[[int, str], list[Surface]]
"""Returns the surfaces of a template, by its number, for objects of a kind."""


@dataclass(slots=True)
class Copies:
    """Where each template stands.

    Attributes:
        templates: how many there are.
    """

    report: ImportReport
    templates: int
    rows: dict[int, list[int]] = field(default_factory=dict)
    matrices: dict[int, list[F64]] = field(default_factory=dict)
    kinds: dict[int, str] = field(default_factory=dict)

    def add(self, geometry: Geometry, points: F64, linear: F64, *, row: int, kind: str) -> bool:
        """Add one copy.

        Args:
            geometry: of type GeometryInstance.
            points: (v, 3) site coordinates of the part's vertices, float64.
            linear: (3, 3) from the file's axes and unit to the site's.
            row: of the element that draws it. kind: of its object.

        Raises:
            msgspec.MsgspecError: its place is not one vertex.
        """
        reference = _PLACE.decode(geometry.boundaries)[0]
        matrix = np.array(geometry.matrix or np.eye(4).reshape(-1), np.float64)
        known = geometry.template is not None and 0 <= geometry.template < self.templates
        wrong = not known or not 0 <= reference < len(points)
        if wrong or matrix.shape != (16,) or not np.isfinite(matrix).all():
            self.report.skip(_WRONG)
            return False
        assert geometry.template is not None  # noqa: S101 - it was checked above
        placed = np.eye(4)
        placed[:3] = linear @ matrix.reshape(4, 4)[:3]
        placed[:3, 3] += points[reference]
        self.rows.setdefault(geometry.template, []).append(row)
        self.matrices.setdefault(geometry.template, []).append(placed)
        self.kinds.setdefault(geometry.template, kind)
        return True

    def draw(self, model: Model, shapes: Shapes) -> None:
        """Add all copies to a model, about its origin."""
        for template in sorted(self.rows):
            matrices = np.stack(self.matrices[template])
            matrices[:, :3, 3] -= model.origin
            placements = Placements(np.array(self.rows[template], np.uint32), matrices)
            for shape in shapes(template, self.kinds[template]):
                check_triangles(self.report.triangles + len(shape.triangles) * len(matrices))
                self._draw_shape(model, shape, placements)

    def _draw_shape(self, model: Model, shape: Surface, placements: Placements) -> None:
        reach = np.abs(shape.positions).max() * np.abs(placements.matrices[:, :3, :3]).sum(2).max(1)
        near = np.abs(placements.matrices[:, :3, 3]).max(1) + reach <= REACH_METRES
        if not near.all():
            self.report.skip(_FAR, int((~near).sum()))
            placements = placements.take(near)
        self.report.triangles += len(shape.triangles) * len(placements.elements)
        alike = separable(placements.matrices)
        if alike.sum() >= MIN_COPIES and len(shape.triangles) > MIN_REPEATED_TRIANGLES:
            model.repeats.append(make_repeat(shape, placements.take(alike)))
            self.report.copies += int(alike.sum())
            placements = placements.take(~alike)
        if len(placements.elements):
            model.surfaces.append(place(shape, placements))
