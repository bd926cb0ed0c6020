"""Laws of the demo plant's geometry: normals, winding, elements, determinism, bounds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from walkdown.package.model import LAYERS, NO_ROW, Model, Repeat, Surface
from walkdown_server.plant import build_model
from walkdown_server.plant.layout import HALL_LENGTH, HALL_WIDTH, ROOF_HEIGHT


@pytest.fixture(scope="module")
def plant() -> Model:
    return build_model()


def _shapes(model: Model) -> Iterator[Surface]:
    yield from model.surfaces
    yield from (repeat.shape for repeat in model.repeats)


def _drawn_triangles(model: Model) -> int:
    in_place = sum(len(surface.triangles) for surface in model.surfaces)
    copied = sum(len(r.shape.triangles) * len(r.translations) for r in model.repeats)
    return in_place + copied


def test_normals_are_unit_vectors(plant: Model) -> None:
    for surface in _shapes(plant):
        np.testing.assert_allclose(np.linalg.norm(surface.normals, axis=1), 1.0, atol=1e-4)


def test_indices_stay_inside_their_surface(plant: Model) -> None:
    for surface in _shapes(plant):
        count = len(surface.positions)
        assert surface.triangles.max() < count
        assert not len(surface.lines) or surface.lines.max() < count
        assert len(surface.normals) == len(surface.elements) == len(surface.materials) == count
        assert surface.materials.max() < len(plant.materials)


def test_triangles_run_counter_clockwise_seen_from_outside(plant: Model) -> None:
    right = total = 0
    for surface in _shapes(plant):
        a, b, c = (surface.positions[surface.triangles[:, i]] for i in range(3))
        facing = np.cross(b - a, c - a)
        right += int(((facing * surface.normals[surface.triangles].sum(1)).sum(1) > 0).sum())
        total += len(surface.triangles)
    assert right >= 0.999 * total


def test_a_triangle_has_one_material_and_one_element(plant: Model) -> None:
    for surface in plant.surfaces:
        for column in (surface.materials, surface.elements):
            corners = column[surface.triangles]
            assert (corners == corners[:, :1]).all()


def test_a_surface_lies_in_one_layer(plant: Model) -> None:
    for surface in plant.surfaces:
        assert len({plant.elements[row].layer for row in np.unique(surface.elements)}) == 1


def test_keys_are_unique_and_parents_come_first(plant: Model) -> None:
    keys = [element.key for element in plant.elements]
    assert len(set(keys)) == len(keys)
    for row, element in enumerate(plant.elements):
        assert NO_ROW <= element.parent < row
        assert element.layer in LAYERS
        assert element.key.startswith("plant:/")
        assert element.name
        assert element.kind


def test_only_groups_have_no_geometry(plant: Model) -> None:
    drawn = np.zeros(len(plant.elements), bool)
    for surface in plant.surfaces:
        drawn[surface.elements] = True
    for repeat in plant.repeats:
        drawn[repeat.elements] = True
    with_children = {element.parent for element in plant.elements}
    for row, element in enumerate(plant.elements):
        assert drawn[row] or row in with_children, element.key


def test_the_plant_is_big_enough_and_not_too_big(plant: Model) -> None:
    assert 4000 <= len(plant.elements) <= 6000
    assert _drawn_triangles(plant) <= 900_000
    assert len(plant.joints) >= 70


def test_the_same_seed_gives_equal_arrays(plant: Model) -> None:
    again = build_model()
    assert again.elements == plant.elements
    assert again.joints == plant.joints
    assert len(again.surfaces) == len(plant.surfaces)
    for one, other in zip(plant.surfaces, again.surfaces, strict=True):
        for name in ("positions", "normals", "elements", "materials", "triangles", "lines"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    for first, second in zip(plant.repeats, again.repeats, strict=True):
        np.testing.assert_array_equal(first.translations, second.translations)
        np.testing.assert_array_equal(first.rotations, second.rotations)


def test_another_seed_loads_the_racks_differently(plant: Model) -> None:
    assert [e.key for e in build_model(8).elements] != [e.key for e in plant.elements]


def test_what_belongs_to_the_hall_stays_in_the_hall(plant: Model) -> None:
    inside = ("plant:/HALL/column", "plant:/L1/", "plant:/L2/", "plant:/RACK-", "plant:/T-1", "plant:/AGV-")
    rows = np.array([element.key.startswith(inside) for element in plant.elements])
    for surface in plant.surfaces:
        points = surface.positions[rows[surface.elements]]
        assert (points >= [-0.4, -0.01, -0.01]).all()
        assert (points <= [HALL_LENGTH + 0.4, HALL_WIDTH, ROOF_HEIGHT]).all()


def test_copies_are_turned_by_unit_quaternions_and_not_scaled(plant: Model) -> None:
    for repeat in plant.repeats:
        np.testing.assert_allclose(np.linalg.norm(repeat.rotations, axis=1), 1.0, atol=1e-5)
        np.testing.assert_array_equal(repeat.scales, 1.0)
        assert repeat.elements.max() < len(plant.elements)


def test_copies_stand_on_the_floor_or_above(plant: Model) -> None:
    for repeat in plant.repeats:
        assert _lowest(repeat) >= -0.01


def _lowest(repeat: Repeat) -> float:
    _, x, y, _ = repeat.rotations.T.astype(np.float64)
    upright = (np.abs(x) < 1e-6) & (np.abs(y) < 1e-6)
    return float(repeat.translations[upright, 2].min()) + float(repeat.shape.positions[:, 2].min())


def test_glass_is_see_through_and_everything_else_is_not(plant: Model) -> None:
    clear = np.array([material.base_color[3] < 1 for material in plant.materials])
    for surface in plant.surfaces:
        layer = plant.elements[surface.elements[0]].layer
        share = clear[surface.materials].mean()
        assert share == 1.0 if layer == "glass" else share < 0.5


def test_patterns_are_those_the_shader_knows(plant: Model) -> None:
    known = (
        "plain concrete hazard panel glow facade brushed mesh crate glass ground road roof belt leaf screen"
    )
    assert {material.pattern for material in plant.materials} <= {*known.split(), "screen"}
