"""Where the shapes of an IFC file stand and how they look: units, copies, far places, colours."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.importers_ifc.conftest import Read
from tests.importers_ifc.forge import Forge


@pytest.mark.parametrize("unit", ["m", "mm", "ft", "in"])
def test_lengths_in_any_unit_become_metres(unit: str, read: Read) -> None:
    forge = Forge(unit=unit)
    forge.box("IfcWall", "Wall", at=(2, 1, 3), size=(4, 0.2, 3))
    assert read(forge).box("Wall") == [[2.0, 1.0, 3.0], [6.0, 1.2, 6.0]]


def test_a_turned_placement_turns_the_shape(read: Read) -> None:
    forge = Forge()
    wall = forge.box("IfcWall", "Wall", size=(4, 0.2, 3))
    wall.ObjectPlacement = forge.placement((10, 0, 0), x=(0, 1, 0))
    assert read(forge).box("Wall") == [[9.8, 0.0, 0.0], [10.0, 4.0, 3.0]]


def test_a_unit_said_by_the_person_wins_over_the_file(read: Read) -> None:
    forge = Forge(unit="mm")
    forge.box("IfcWall", "Wall", at=(2, 1, 3))
    outcome = read(forge, unit=0.01)
    assert outcome.box("Wall") == [[20.0, 10.0, 30.0], [30.0, 20.0, 40.0]]
    assert "Its unit of length was taken to be 0.01 m, as asked." in outcome.said()


def sphere(rings: int = 12, around: int = 16) -> tuple[list[tuple[float, ...]], list[tuple[int, int, int]]]:
    """Return corners and triangles of a closed ball of radius 1."""
    points: list[tuple[float, ...]] = [
        (
            math.sin(math.pi * ring / rings) * math.cos(2 * math.pi * step / around),
            math.sin(math.pi * ring / rings) * math.sin(2 * math.pi * step / around),
            math.cos(math.pi * ring / rings),
        )
        for ring in range(1, rings)
        for step in range(around)
    ]
    points += [(0.0, 0.0, 1.0), (0.0, 0.0, -1.0)]
    top, bottom = len(points) - 2, len(points) - 1
    triangles: list[tuple[int, int, int]] = []
    for step in range(around):
        after = (step + 1) % around
        triangles.append((top, step, after))
        last = (rings - 2) * around
        triangles.append((bottom, last + after, last + step))
        for ring in range(rings - 2):
            a, b = ring * around + step, ring * around + after
            triangles += [(a, a + around, b + around), (a, b + around, b)]
    return points, triangles


def test_many_copies_of_a_mapped_shape_are_stored_once(read: Read) -> None:
    forge = Forge("IFC4")
    balls = forge.copies("IfcLamp", forge.faces(*sphere()), [(5 * i, 0, 0) for i in range(4)])
    forge.contain(forge.storeys[0], *balls)
    outcome = read(forge)
    assert [len(repeat.elements) for repeat in outcome.model.repeats] == [4]
    assert outcome.model.surfaces == []
    assert outcome.box("IfcLamp 3") == [[14.0, -1.0, -1.0], [16.0, 1.0, 1.0]]


def test_a_round_shape_has_smooth_normals(read: Read) -> None:
    forge = Forge()
    ball = forge.definition([forge.faces(*sphere())], kind="Tessellation")
    forge.root("IfcLamp", Name="Lamp", Representation=ball, ObjectPlacement=forge.placement((0, 0, 0)))
    (surface,) = read(forge).model.surfaces
    outwards = surface.positions / np.linalg.norm(surface.positions, axis=1, keepdims=True)
    assert (surface.normals * outwards).sum(1).min() > 0.99
    assert len(surface.lines) == 0


FAR = (447_000.123, 5_300_000.456, 12.0)


def test_a_placement_far_away_keeps_its_millimetres(read: Read) -> None:
    forge = Forge()
    wall = forge.box("IfcWall", "Wall", at=FAR, size=(4, 0.2, 3))
    forge.contain(forge.storeys[0], wall)
    outcome = read(forge)
    assert np.abs(np.array(outcome.model.origin) - FAR).max() < 10
    assert outcome.box("Wall") == [[447_000.123, 5_300_000.456, 12.0], [447_004.123, 5_300_000.656, 15.0]]
    assert "The model stands far from zero" in outcome.said()


def test_corners_far_away_keep_their_millimetres(read: Read) -> None:
    forge = Forge(unit="m")
    x, y, z = FAR
    corners = [(x, y, z), (x + 1, y, z), (x, y + 1, z), (x, y, z + 1)]
    solid = forge.faces(corners, [(0, 2, 1), (0, 1, 3), (1, 2, 3), (2, 0, 3)])
    shape = forge.definition([solid], kind="Tessellation")
    forge.root("IfcWall", Name="Wall", Representation=shape, ObjectPlacement=forge.placement((0, 0, 0)))
    low, high = read(forge).box("Wall")
    assert low == pytest.approx(FAR, abs=1e-3)
    assert high == pytest.approx([x + 1, y + 1, z + 1], abs=1e-3)


def test_one_object_far_from_the_rest_does_not_move_the_zero(read: Read) -> None:
    forge = Forge()
    for number in range(3):
        forge.box("IfcWall", f"Wall {number}", at=(number, 0, 0))
    forge.box("IfcWall", "Lost", at=(300_000, 0, 0))
    assert read(forge).model.origin == (0.0, 0.0, 0.0)


def test_a_colour_on_the_shape_is_the_colour_of_the_material(read: Read) -> None:
    forge = Forge()
    wall = forge.box("IfcWall", "Wall")
    forge.colour(wall.Representation.Representations[0].Items[0], (1.0, 0.5, 0.0), name="Brick")
    ((name, colour),) = read(forge).colours("Wall")
    assert name == "Brick"
    assert colour == pytest.approx((1.0, 0.214041, 0.0, 1.0))


def test_a_colour_on_the_material_is_used_where_the_shape_has_none(read: Read) -> None:
    forge = Forge()
    wall = forge.box("IfcWall", "Wall")
    material = forge.graph.createIfcMaterial("Copper")
    forge.root("IfcRelAssociatesMaterial", RelatedObjects=[wall], RelatingMaterial=material)
    styled = forge.graph.createIfcStyledItem(None, [forge.style((0.0, 1.0, 0.0), name="Patina")], None)
    shown = forge.graph.createIfcStyledRepresentation(forge.context, "Style", "Material", [styled])
    forge.graph.createIfcMaterialDefinitionRepresentation(None, None, [shown], material)
    ((_name, colour),) = read(forge).colours("Wall")
    assert colour == pytest.approx((0.0, 1.0, 0.0, 1.0))


def test_what_is_transparent_lies_on_the_glass_layer(read: Read) -> None:
    forge = Forge()
    pane = forge.box("IfcWindow", "Pane")
    forge.colour(pane.Representation.Representations[0].Items[0], (0.5, 0.5, 1.0), transparency=0.7)
    outcome = read(forge)
    assert outcome.element("Pane").layer == "glass"
    ((_name, colour),) = outcome.colours("Pane")
    assert colour[3] == pytest.approx(0.3)


def test_two_colours_of_one_shape_stay_apart(read: Read) -> None:
    forge = Forge()
    frame, pane = forge.solid((1, 0.1, 0.1)), forge.solid((1, 0.1, 0.8), corner=(0, 0, 0.1))
    forge.colour(frame, (1, 0, 0), name="Frame")
    forge.colour(pane, (0, 0, 1), transparency=0.5, name="Glass")
    shape = forge.definition([frame, pane])
    forge.root("IfcWindow", Name="Window", Representation=shape, ObjectPlacement=forge.placement((0, 0, 0)))
    outcome = read(forge)
    assert {name for name, _colour in outcome.colours("Window")} == {"Frame", "Glass"}
    assert outcome.element("Window").layer == "content"


def test_equal_files_give_equal_models(read: Read) -> None:
    def once() -> list[bytes]:
        forge = Forge()
        forge.contain(forge.storeys[0], *(forge.box("IfcWall", f"Wall {i}", at=(i, 0, 0)) for i in range(5)))
        return [surface.positions.tobytes() for surface in read(forge).model.surfaces]

    assert once() == once()
