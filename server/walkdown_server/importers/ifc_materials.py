"""Styles of an IFC file become materials, and its shapes surfaces that use them."""

from __future__ import annotations

from typing import Any

import numpy as np

from walkdown.package.model import Material
from walkdown_server.importers.assembly import Assembly
from walkdown_server.importers.ifc_shapes import IfcShape, Style
from walkdown_server.importers.looks import linear_color
from walkdown_server.importers.shapes import Shape

ROUGH, GLASSY = 0.75, 0.1
MAX_NAME = 200


class Palette:
    """The materials of a file as its shapes need them."""

    def __init__(self, graph: Any, assembly: Assembly) -> None:
        self._graph = graph
        self._assembly = assembly
        self._rows: dict[Style, int] = {}

    def shape(self, shape: IfcShape) -> Shape:
        """Return a shape with a material at every vertex; vertices where two materials meet are doubled."""
        if (shape.styles == shape.styles[0]).all():
            row = self._row(shape.palette[int(shape.styles[0])])
            return Shape(shape.points, shape.triangles, row, normals=shape.normals)
        rows = np.zeros(len(shape.palette), np.uint32)
        for style in np.unique(shape.styles).tolist():
            rows[style] = self._row(shape.palette[style])
        pairs = shape.triangles.reshape(-1).astype(np.int64) * len(rows) + np.repeat(shape.styles, 3)
        kept, corners = np.unique(pairs, return_inverse=True)
        vertices = kept // len(rows)
        return Shape(
            positions=shape.points[vertices],
            triangles=corners.reshape(-1, 3),
            materials=rows[kept % len(rows)],
            normals=None if shape.normals is None else shape.normals[vertices],
        )

    def _row(self, style: Style) -> int:
        if style not in self._rows:
            self._rows[style] = self._assembly.add_material(self._material(style))
        return self._rows[style]

    def _material(self, style: Style) -> Material:
        color = linear_color(style.rgb, 1.0 - style.transparency)
        return Material(
            name=self._name(style),
            base_color=color,
            roughness=ROUGH if color[3] == 1 else GLASSY,
            double_sided=True,  # face sets of real files turn their faces any way round
        )

    def _name(self, style: Style) -> str:
        """Return what the file calls a style, or its class where the colour is only the kernel's choice."""
        if not style.number:
            return style.name[:MAX_NAME]
        entity = self._graph.by_id(style.number)
        return str(getattr(entity, "Name", None) or style.name).strip()[:MAX_NAME]
