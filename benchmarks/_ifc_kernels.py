"""Times our two geometry kernels together against OpenCASCADE alone, and checks that both make the same."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from walkdown_server.importers.ifc_file import open_ifc
from walkdown_server.importers.ifc_kernels import EXACT_KERNEL, Run, mesh_area
from walkdown_server.importers.ifc_shapes import NOT_DRAWN, Shapes, read_shapes
from walkdown_server.importers.ifc_tree import entities

REPEATS = 3
AREA_TOLERANCE = 0.01
"""Both make circles of different numbers of sides."""


def compare_kernels(paths: Sequence[Path]) -> tuple[float, float]:
    """Return the seconds that all shapes of the files took us, and OpenCASCADE alone.

    Files are parsed before; each side reads each file ``REPEATS`` times by turns, and its best time counts.

    Raises:
        AssertionError: an element that OpenCASCADE draws is missing, or has another area.
    """
    ours_secs, theirs_secs = 0.0, 0.0
    for path in paths:
        graph = open_ifc(path).graph
        ours, theirs = [], []
        for _repeat in range(REPEATS):
            start = time.perf_counter()
            shapes = read_shapes(graph)
            middle = time.perf_counter()
            areas = _areas_by_opencascade(graph)
            ours.append(middle - start)
            theirs.append(time.perf_counter() - middle)
        _check_equal(path.name, shapes, areas)
        ours_secs += min(ours)
        theirs_secs += min(theirs)
    return ours_secs, theirs_secs


def _areas_by_opencascade(graph: Any) -> dict[int, float]:
    """Return the area of each product; a shape that several share is taken from the buffers once."""
    hidden = [thing for kind in NOT_DRAWN for thing in entities(graph, kind)]
    by_shape: dict[str, float] = {}
    found: dict[int, float] = {}
    for element in Run(graph, EXACT_KERNEL, exclude=hidden):
        geometry = element.geometry
        if geometry.id not in by_shape:
            points = np.frombuffer(geometry.verts_buffer, np.float64).reshape(-1, 3)
            triangles = np.frombuffer(geometry.faces_buffer, np.int32).reshape(-1, 3)
            by_shape[geometry.id] = mesh_area(points, triangles)
        found[int(element.id)] = by_shape[geometry.id]
    return found


def _check_equal(name: str, shapes: Shapes, areas: dict[int, float]) -> None:
    for number, area in areas.items():
        if area > 0:
            shape = shapes.shapes[shapes.drawn[number]]
            found = mesh_area(shape.points, shape.triangles)
            assert abs(found - area) <= AREA_TOLERANCE * area, f"{name} #{number}: {found} m², not {area} m²"
