"""A model stands on something: its own surroundings, or a plain just above its foundations."""

from __future__ import annotations

from tests.render.boxes import BoxModel, small_hall
from walkdown_client.scene.ground import brings_ground, ground_level


def house() -> BoxModel:
    """A slab on footings, and a wall."""
    model = BoxModel()
    model.add_box((0, 0, -1.5), (9, 0.5, -0.3), kind="IfcFooting")
    model.add_box((0, 0, -0.3), (9, 12, 0), kind="IfcSlab", layer="floor")
    model.add_box((0, 0, 0), (9, 0.3, 3), kind="IfcWall")
    return model


def test_a_slab_below_a_house_is_no_ground() -> None:
    assert not brings_ground(house())
    assert not brings_ground(small_hall())


def test_the_ground_lies_above_the_foundations() -> None:
    assert abs(ground_level(house()) + 0.3) < 1e-6


def test_of_foundations_alone_all_is_seen() -> None:
    model = BoxModel()
    model.add_box((0, 0, -1.5), (9, 0.5, -0.3), kind="IfcFooting")
    assert ground_level(model) == -1.5


def test_a_floor_far_beyond_the_walls_is_ground() -> None:
    model = house()
    model.add_box((-50, -50, -0.4), (60, 60, -0.3), kind="slab", layer="floor")
    assert brings_ground(model)


def test_terrain_is_ground_by_its_name() -> None:
    model = house()
    model.add_box((0, 0, -0.5), (9, 12, -0.3), kind="TINRelief", layer="floor")
    assert brings_ground(model)
