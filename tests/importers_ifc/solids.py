"""Solids of every kind that real IFC files are made of, each in a few lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tests.importers_ifc.forge import Forge

Made = tuple[Any, str]
"""An item of a representation, and the type of the representation."""

SQUARE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
ELL = ((0.0, 0.0), (2.0, 0.0), (2.0, 1.0), (1.0, 1.0), (1.0, 2.0), (0.0, 2.0))
HOLE = ((0.25, 0.25), (0.25, 0.75), (0.75, 0.75), (0.75, 0.25))


def polyline(forge: Forge, corners: Sequence[Sequence[float]]) -> Any:
    points = [forge.graph.createIfcCartesianPoint(tuple(map(float, corner))) for corner in corners]
    return forge.graph.createIfcPolyline([*points, points[0]])


def profile(forge: Forge, outside: Sequence[Sequence[float]], *holes: Sequence[Sequence[float]]) -> Any:
    if not holes:
        return forge.graph.createIfcArbitraryClosedProfileDef("AREA", None, polyline(forge, outside))
    inner = [polyline(forge, hole) for hole in holes]
    return forge.graph.createIfcArbitraryProfileDefWithVoids("AREA", None, polyline(forge, outside), inner)


def direction(forge: Forge, *parts: float) -> Any:
    return forge.graph.createIfcDirection(tuple(map(float, parts)))


def extruded(forge: Forge, shape: Any, *, depth: float = 1.0, corner: Sequence[float] = (0, 0, 0)) -> Any:
    return forge.graph.createIfcExtrudedAreaSolid(shape, forge.axes(corner), direction(forge, 0, 0, 1), depth)


def flat_axes(forge: Forge) -> Any:
    return forge.graph.createIfcAxis2Placement2D(forge.graph.createIfcCartesianPoint((0.0, 0.0)))


def extrusion(forge: Forge) -> Made:
    return extruded(forge, profile(forge, ELL)), "SweptSolid"


def extrusion_with_a_hole(forge: Forge) -> Made:
    return extruded(forge, profile(forge, SQUARE, HOLE)), "SweptSolid"


def extruded_pipe(forge: Forge) -> Made:
    ring = forge.graph.createIfcCircleHollowProfileDef("AREA", None, flat_axes(forge), 0.5, 0.1)
    return extruded(forge, ring, depth=3.0), "SweptSolid"


def steel_section(forge: Forge) -> Made:
    section = forge.graph.createIfcIShapeProfileDef(
        "AREA", None, flat_axes(forge), 0.2, 0.4, 0.01, 0.02, 0.02
    )
    return extruded(forge, section, depth=3.0), "SweptSolid"


def revolution(forge: Forge) -> Made:
    graph = forge.graph
    axis = graph.createIfcAxis1Placement(
        graph.createIfcCartesianPoint((-1.0, 0.0, 0.0)), direction(forge, 0, 1, 0)
    )
    solid = graph.createIfcRevolvedAreaSolid(profile(forge, SQUARE), forge.axes((0, 0, 0)), axis, 1.5)
    return solid, "SweptSolid"


def swept_disk(forge: Forge) -> Made:
    points = [
        forge.graph.createIfcCartesianPoint(p) for p in ((0.0, 0.0, 0.0), (2.0, 0.0, 0.0), (2.0, 2.0, 0.0))
    ]
    return forge.graph.createIfcSweptDiskSolid(
        forge.graph.createIfcPolyline(points), 0.1, None, 0.0, 2.0
    ), "AdvancedSweptSolid"


def clipping(forge: Forge) -> Made:
    graph = forge.graph
    at = graph.createIfcAxis2Placement3D(
        graph.createIfcCartesianPoint((0.0, 0.0, 0.5)), direction(forge, 1, 0, 1), direction(forge, 0, 1, 0)
    )
    half = graph.createIfcHalfSpaceSolid(graph.createIfcPlane(at), False)
    return graph.createIfcBooleanClippingResult("DIFFERENCE", extrusion(forge)[0], half), "Clipping"


def difference(forge: Forge) -> Made:
    drill = extruded(forge, profile(forge, HOLE), depth=0.5, corner=(0, 0, 0.75))
    return forge.graph.createIfcBooleanResult(
        "DIFFERENCE", extruded(forge, profile(forge, SQUARE)), drill
    ), "CSG"


def union(forge: Forge) -> Made:
    other = extruded(forge, profile(forge, SQUARE), corner=(0.5, 0.5, 0.5))
    return forge.graph.createIfcBooleanResult("UNION", extruded(forge, profile(forge, SQUARE)), other), "CSG"


def csg_block(forge: Forge) -> Made:
    block = forge.graph.createIfcBlock(forge.axes((0, 0, 0)), 1.0, 2.0, 3.0)
    return forge.graph.createIfcCsgSolid(block), "CSG"


def face(forge: Forge, *loops: Sequence[Sequence[float]]) -> Any:
    graph = forge.graph
    bounds = []
    for number, loop in enumerate(loops):
        points = [graph.createIfcCartesianPoint(tuple(map(float, corner))) for corner in loop]
        kind = "IfcFaceBound" if number else "IfcFaceOuterBound"
        bounds.append(graph.create_entity(kind, graph.createIfcPolyLoop(points), True))
    return graph.createIfcFace(bounds)


def box_faces(forge: Forge, *, open_top: bool = False, hole: bool = False) -> list[Any]:
    """Six faces of a cube; the lower one may have a hole."""
    a, b, c, d = ((0, 0), (1, 0), (1, 1), (0, 1))
    low, high = [(*p, 0) for p in (a, b, c, d)], [(*p, 1) for p in (a, b, c, d)]
    sides = [(low[i], low[(i + 1) % 4], high[(i + 1) % 4], high[i]) for i in range(4)]
    bottom = [low[::-1]] + ([[(x, y, 0.0) for x, y in HOLE[::-1]]] if hole else [])
    return [
        face(forge, *bottom),
        *([] if open_top else [face(forge, high)]),
        *(face(forge, s) for s in sides),
    ]


def faceted_brep(forge: Forge) -> Made:
    shell = forge.graph.createIfcClosedShell(box_faces(forge))
    return forge.graph.createIfcFacetedBrep(shell), "Brep"


def open_faces_with_a_hole(forge: Forge) -> Made:
    faces = forge.graph.createIfcConnectedFaceSet(box_faces(forge, open_top=True, hole=True))
    return forge.graph.createIfcFaceBasedSurfaceModel([faces]), "SurfaceModel"


def shell_model(forge: Forge) -> Made:
    shell = forge.graph.createIfcOpenShell(box_faces(forge, open_top=True))
    return forge.graph.createIfcShellBasedSurfaceModel([shell]), "SurfaceModel"


def faces_with_a_bow(forge: Forge, *, half_width: float = 0.5) -> Made:
    """A cube and, above it, a face whose edge passes one point twice."""
    w = half_width
    bow = ((0, -w, 2), (1, 0, 2), (2, -w, 2), (2, w, 2), (1, 0, 2), (0, w, 2))
    faces = forge.graph.createIfcConnectedFaceSet([*box_faces(forge), face(forge, bow)])
    return forge.graph.createIfcFaceBasedSurfaceModel([faces]), "SurfaceModel"


def triangles(forge: Forge) -> Made:
    corners = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)]
    return forge.faces(corners, [(0, 2, 1), (0, 1, 3), (1, 2, 3), (2, 0, 3)]), "Tessellation"


def polygons_with_a_hole(forge: Forge) -> Made:
    graph = forge.graph
    points = graph.createIfcCartesianPointList3D([(*map(float, p), 0.0) for p in (*SQUARE, *HOLE)])
    with_hole = graph.createIfcIndexedPolygonalFaceWithVoids([1, 2, 3, 4], [[5, 6, 7, 8]])
    return graph.createIfcPolygonalFaceSet(points, False, [with_hole], None), "Tessellation"


SOLIDS: tuple[Callable[[Forge], Made], ...] = (
    extrusion,
    extrusion_with_a_hole,
    extruded_pipe,
    steel_section,
    revolution,
    swept_disk,
    clipping,
    difference,
    union,
    csg_block,
    faceted_brep,
    open_faces_with_a_hole,
    shell_model,
    faces_with_a_bow,
    triangles,
    polygons_with_a_hole,
)
