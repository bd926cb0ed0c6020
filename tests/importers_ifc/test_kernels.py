"""What the two kernels make together is what the exact one makes alone."""

from __future__ import annotations

from collections.abc import Callable

import ifcopenshell.geom
import numpy as np
import pytest

from tests.importers_ifc.forge import Forge
from tests.importers_ifc.solids import SOLIDS, Made, clipping, csg_block, extrusion, faces_with_a_bow
from walkdown_server.importers.ifc_kernels import EXACT_KERNEL, Run, face_area, mesh_area
from walkdown_server.importers.ifc_shapes import Shapes, read_shapes


def wall_of(forge: Forge, made: Made) -> int:
    """Add a wall of one item, and return its number."""
    item, kind = made
    shape = forge.definition([item], kind=kind)
    wall = forge.root(
        "IfcWall", Name="Wall", Representation=shape, ObjectPlacement=forge.placement((0, 0, 0))
    )
    return int(wall.id())


def exact_area(forge: Forge) -> float:
    (element,) = Run(forge.graph, EXACT_KERNEL, exclude=forge.graph.by_type("IfcOpeningElement"))
    points = np.frombuffer(element.geometry.verts_buffer, np.float64).reshape(-1, 3)
    return mesh_area(points, np.frombuffer(element.geometry.faces_buffer, np.int32).reshape(-1, 3))


def area(shapes: Shapes) -> float:
    (shape,) = shapes.shapes.values()
    return mesh_area(shape.points, shape.triangles)


@pytest.mark.parametrize("solid", SOLIDS, ids=lambda solid: solid.__name__)
def test_a_solid_of_any_kind_is_as_large_as_the_exact_kernel_makes_it(solid: Callable[[Forge], Made]) -> None:
    forge = Forge(unit="m")
    wall = wall_of(forge, solid(forge))
    shapes = read_shapes(forge.graph)
    assert list(shapes.drawn) == [wall]
    assert area(shapes) == pytest.approx(exact_area(forge), rel=0.005)


def test_a_wall_has_the_hole_that_its_opening_cuts() -> None:
    forge = Forge()
    wall = forge.box("IfcWall", "Wall", size=(4, 0.2, 3))
    hole = forge.box("IfcOpeningElement", "Hole", at=(1, -0.1, 1), size=(1, 0.4, 1))
    forge.root("IfcRelVoidsElement", RelatingBuildingElement=wall, RelatedOpeningElement=hole)
    shapes = read_shapes(forge.graph)
    assert shapes.exact == [wall.id()]
    assert area(shapes) == pytest.approx(2 * (12 + 0.8 + 0.6) - 2 + 0.8)


def test_a_face_that_the_fast_kernel_skips_sends_the_shape_to_the_exact_one() -> None:
    forge = Forge(unit="m")
    wall = wall_of(forge, faces_with_a_bow(forge, half_width=0.5))
    assert read_shapes(forge.graph).exact == [wall]


@pytest.mark.parametrize("unit", ["m", "mm"])
def test_a_seam_without_width_may_be_skipped(unit: str) -> None:
    forge = Forge(unit=unit)
    wall_of(forge, faces_with_a_bow(forge, half_width=1e-5))
    shapes = read_shapes(forge.graph)
    assert shapes.exact == []
    assert area(shapes) == pytest.approx(6.0 * forge.metres**2)


def test_all_that_share_a_shape_are_made_again_together() -> None:
    forge = Forge(unit="m")
    lamps = forge.copies("IfcLamp", faces_with_a_bow(forge)[0], [(0, 0, 0), (5, 0, 0)])
    shapes = read_shapes(forge.graph)
    assert shapes.exact == [lamp.id() for lamp in lamps]
    assert len(shapes.shapes) == 1


def shown(*solids: tuple[str, Callable[[Forge], Made]]) -> Shapes:
    """Return what is made of a wall with several representations."""
    forge = Forge(unit="m")
    graph = forge.graph
    found = []
    for use, solid in solids:
        view = {"ContextType": "Model", "ParentContext": forge.context, "TargetView": "MODEL_VIEW"}
        context = graph.create_entity("IfcGeometricRepresentationSubContext", ContextIdentifier=use, **view)
        item, kind = solid(forge)
        found.append(graph.createIfcShapeRepresentation(context, use, kind, [item]))
    shape = graph.createIfcProductDefinitionShape(None, None, found)
    forge.root("IfcWall", Name="Wall", Representation=shape, ObjectPlacement=forge.placement((0, 0, 0)))
    return read_shapes(graph)


ROOM_TO_WORK, WALL, CLIPPED = csg_block, extrusion, clipping
AREAS: dict[Callable[[Forge], Made], float] = {WALL: 14.0, CLIPPED: 3.664}


@pytest.mark.parametrize(
    ("solids", "expected"),
    [
        ([("Clearance", ROOM_TO_WORK), ("Body", WALL)], WALL),
        ([("Body", WALL), ("Clearance", ROOM_TO_WORK)], WALL),
        ([("Box", ROOM_TO_WORK), ("Facetation", WALL)], WALL),
        ([("Body", CLIPPED), ("Reference", WALL)], CLIPPED),
        ([("Reference", WALL)], WALL),
    ],
)
def test_of_several_representations_the_body_is_drawn(
    solids: list[tuple[str, Callable[[Forge], Made]]], expected: Callable[[Forge], Made]
) -> None:
    shapes = shown(*solids)
    (name,) = shapes.drawn.values()
    made = shapes.shapes[name]
    assert mesh_area(made.points, made.triangles) == pytest.approx(AREAS[expected], rel=1e-3)
    assert shapes.missing == []


def test_room_that_is_kept_clear_is_not_drawn() -> None:
    shapes = shown(("Clearance", ROOM_TO_WORK))
    assert shapes.drawn == {}
    assert shapes.missing == []


def test_a_shape_of_which_no_kernel_can_make_all_is_named() -> None:
    forge = Forge(unit="m")
    cylinder = forge.graph.createIfcRightCircularCylinder(forge.axes((3, 0, 0)), 2.0, 0.5)
    items = [csg_block(forge)[0], forge.graph.createIfcCsgSolid(cylinder)]
    shape = forge.definition(items, kind="CSG")
    tank = forge.root(
        "IfcTank", Name="Tank", Representation=shape, ObjectPlacement=forge.placement((0, 0, 0))
    )
    shapes = read_shapes(forge.graph)
    assert list(shapes.drawn) == shapes.partial == [tank.id()]


def test_the_fast_kernel_makes_what_it_can() -> None:
    forge = Forge(unit="m")
    wall_of(forge, extrusion(forge))
    assert read_shapes(forge.graph).exact == []


def test_the_area_of_a_face_that_crosses_itself_is_not_nothing() -> None:
    forge = Forge(unit="m")
    bow = faces_with_a_bow(forge)[0].FbsmFaces[0].CfsFaces[-1]
    assert face_area(bow) >= 1.0


def test_both_kernels_are_there() -> None:
    assert all(map(ifcopenshell.geom.has_geometry_library, ("cgal-simple", "opencascade")))
