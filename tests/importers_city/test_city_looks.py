"""What surfaces look like, and shapes that stand in many places."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.importers_city.conftest import ReadCity
from tests.importers_city.forge import BOX_SHELL, BOX_VALUES, UNIT_BOX, building, city, shell, solid
from walkdown.errors import ImportFailed


def picture(color: str = "red") -> bytes:
    """Returns a PNG file."""
    out = io.BytesIO()
    Image.new("RGB", (4, 4), color).save(out, "PNG")
    return out.getvalue()


def test_walls_roofs_and_ground_have_materials_of_their_own(read_city: ReadCity) -> None:
    assert read_city(city()).materials() == {"GroundSurface": 2, "RoofSurface": 2, "WallSurface": 8}


def test_a_building_that_says_nothing_of_its_surfaces_still_has_a_roof(read_city: ReadCity) -> None:
    drawn = read_city(city({"a": building(solid(semantics=None))}))
    assert drawn.materials() == {"GroundSurface": 2, "RoofSurface": 2, "WallSurface": 8}


def test_other_objects_are_coloured_by_what_they_are(read_city: ReadCity) -> None:
    kinds = ("WaterBody", "LandUse", "SolitaryVegetationObject", "BridgePart", "+Turbine")
    objects = {kind: {"type": kind, "geometry": [solid(semantics=None)]} for kind in kinds}
    drawn = read_city(city(objects))
    assert {"WaterBody", "LandUse", "SolitaryVegetationObject", "other"} <= set(drawn.materials())
    layers = {e.kind: e.layer for e in drawn.model.elements}
    assert (layers["LandUse"], layers["BridgePart"]) == ("floor", "content")


def test_what_only_closes_an_opening_is_not_drawn(read_city: ReadCity) -> None:
    surfaces = [{"type": "ClosureSurface"}, {"type": "RoofSurface"}, {"type": "WallSurface"}]
    drawn = read_city(city({"a": building(solid(semantics={"surfaces": surfaces, "values": [BOX_VALUES]}))}))
    assert drawn.report.triangles == 10
    assert "a surface that only closes an opening" in drawn.said()


@pytest.mark.parametrize(
    "semantics",
    [
        {"surfaces": [{"type": "RoofSurface"}], "values": None},
        {"surfaces": [{"type": "RoofSurface"}], "values": [None]},
        {"surfaces": [{"type": "RoofSurface"}], "values": [[0, None, 99, -1, "x", True, 0, 0, 0]]},
        {"surfaces": [5, None, {"type": 3}], "values": [[0, 1, 2]]},
        {"surfaces": {}, "values": [[0]]},
        {"values": 7},
        "no",
        [],
    ],
)
def test_odd_semantics_never_cost_a_surface(read_city: ReadCity, semantics: Any) -> None:
    assert read_city(city({"a": building(solid(semantics=semantics))})).report.triangles == 12


def test_materials_of_the_file_win_over_semantics(read_city: ReadCity) -> None:
    appearance = {
        "materials": [
            {"name": "brick", "diffuseColor": [1, 0, 0], "transparency": 0.25},
            {"name": "glass", "diffuseColor": [0.5, 0.5, 0.5], "shininess": 1.0},
        ],
        "default-theme-material": "visual",
    }
    values = [[1, None, 0, 0, 0, 99]]
    painted = solid(material={"other": {"value": 1}, "visual": {"values": values}})
    drawn = read_city(city({"a": building(painted)}, appearance=appearance))
    assert drawn.materials() == {"glass": 2, "RoofSurface": 2, "brick": 6, "WallSurface": 2}
    brick = next(m for m in drawn.model.materials if m.name == "brick")
    assert brick.base_color == (1, 0, 0, 0.75)
    glass = next(m for m in drawn.model.materials if m.name == "glass")
    assert glass.base_color[0] == pytest.approx(0.214, abs=1e-3)


def textured(**texture: Any) -> dict[str, Any]:
    """Returns a floor of one textured and one plain square."""
    appearance = {
        "textures": [{"type": "PNG", "image": "appearances/floor.png"}],
        "vertices-texture": [[0.0, 0.0], [1.0, 0.0], [1.0, 0.75], [0.0, 0.75]],
    }
    values = [[[0, 0, 1, 2, 3]], [[None]]]
    floor = {
        "type": "MultiSurface",
        "lod": "2",
        "boundaries": [[[0, 1, 2, 3]], [[4, 5, 6, 7]]],
        "texture": texture or {"rgb": {"values": values}},
    }
    return city({"a": building(floor)}, appearance=appearance)


def test_a_texture_beside_the_file_is_shown_with_its_origin_at_the_top(
    read_city: ReadCity, tmp_path: Path
) -> None:
    (tmp_path / "appearances").mkdir()
    (tmp_path / "appearances" / "floor.png").write_bytes(picture())
    drawn = read_city(textured())
    assert len(drawn.model.images) == 1
    assert drawn.materials()["floor.png"] == 2
    painted = next(s for s in drawn.model.surfaces if s.uvs is not None)
    assert painted.uvs is not None
    for position, uv in zip(painted.positions, painted.uvs, strict=True):
        assert uv == pytest.approx([position[0], 1 - 0.75 * position[1]])


def test_a_missing_texture_is_named_and_the_surface_is_plain(read_city: ReadCity) -> None:
    drawn = read_city(textured())
    assert drawn.report.triangles == 4
    assert not drawn.model.images
    assert "'appearances/floor.png': it is not there" in drawn.said()


def test_a_texture_that_is_no_image_is_named(read_city: ReadCity, tmp_path: Path) -> None:
    (tmp_path / "floor.png").write_bytes(b"not a picture")
    assert "should be a PNG, JPEG or WebP file" in read_city(textured()).said()


@pytest.mark.parametrize(
    "values",
    [
        None,
        [],
        [[[0]]],
        [[[0, 0, 1, 2]]],
        [[[5, 0, 1, 2, 3]]],
        [[["x"]]],
        [[[0, 0, 1, 2, "y"]]],
        [[[0, 0, 1, 2, 99]]],
    ],
)
def test_odd_texture_values_never_cost_a_surface(read_city: ReadCity, tmp_path: Path, values: Any) -> None:
    (tmp_path / "floor.png").write_bytes(picture())
    assert read_city(textured(rgb={"values": values})).report.triangles == 4


def test_an_image_outside_the_folder_is_not_read(read_city: ReadCity, tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "secret.png").write_bytes(picture())
    document = textured()
    for reference in ("../secret.png", str(tmp_path / "secret.png"), "file:///etc/passwd"):
        document["appearance"]["textures"][0]["image"] = reference
        path = tmp_path / "inner" / "town.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        assert not read_city(path).model.images


def instances(count: int, *, heavy: bool, matrix: list[float] | None = None) -> dict[str, Any]:
    """Returns ``count`` trees of one template, one metre apart."""
    many = shell() * 20 if heavy else BOX_SHELL
    templates = {
        "templates": [{"type": "MultiSurface", "lod": "3", "boundaries": many}],
        "vertices-templates": UNIT_BOX,
    }
    trees = {
        str(n): {
            "type": "SolitaryVegetationObject",
            "geometry": [
                {
                    "type": "GeometryInstance",
                    "template": 0,
                    "boundaries": [n],
                    "transformationMatrix": matrix or np.diag([2.0, 2, 2, 1]).reshape(-1).tolist(),
                }
            ],
        }
        for n in range(count)
    }
    places = [[n, 0, 10] for n in range(count)]
    return city(trees, places, **{"geometry-templates": templates})


@pytest.mark.parametrize(("count", "heavy"), [(1, False), (5, False), (2, True)])
def test_few_or_light_copies_are_drawn_in_place(read_city: ReadCity, count: int, heavy: bool) -> None:
    drawn = read_city(instances(count, heavy=heavy))
    assert not drawn.model.repeats
    assert drawn.report.triangles == len(drawn.triangles()) == count * 12 * (20 if heavy else 1)
    assert drawn.triangles().max((0, 1)).tolist() == [count + 1, 2, 12]


def test_many_heavy_copies_are_one_shape_that_repeats(read_city: ReadCity) -> None:
    drawn = read_city(instances(5, heavy=True))
    (repeat,) = drawn.model.repeats
    assert repeat.translations.tolist() == [[n, 0, 10] for n in range(5)]
    assert repeat.scales == pytest.approx(np.full((5, 3), 2.0))
    assert repeat.elements.tolist() == [1, 2, 3, 4, 5]
    assert (drawn.report.copies, drawn.report.triangles) == (5, 5 * 240)


def test_a_matrix_turns_a_copy_about_its_place(read_city: ReadCity) -> None:
    turned = [0.0, -1, 0, 100, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    drawn = read_city(instances(1, heavy=False, matrix=turned))
    assert drawn.triangles().min((0, 1)).tolist() == [99, 0, 10]
    assert drawn.triangles().max((0, 1)).tolist() == [100, 1, 11]


@pytest.mark.parametrize(
    "change",
    [
        {"template": 7},
        {"template": -1},
        {"template": None},
        {"boundaries": []},
        {"boundaries": [99]},
        {"boundaries": [0, 1]},
        {"transformationMatrix": [1.0, 2.0]},
    ],
)
def test_an_odd_copy_is_left_out(read_city: ReadCity, change: dict[str, Any]) -> None:
    document = instances(2, heavy=False)
    document["CityObjects"]["0"]["geometry"][0] |= change
    drawn = read_city(document)
    assert drawn.report.triangles == 12
    assert "were left out" in drawn.said() or "was left out" in drawn.said()


def test_a_template_that_names_itself_is_no_shape(read_city: ReadCity) -> None:
    document = instances(2, heavy=False)
    document["geometry-templates"]["templates"][0] = {
        "type": "GeometryInstance",
        "template": 0,
        "boundaries": [0],
    }
    with pytest.raises(ImportFailed, match=r"a geometry that is not as the format says"):
        read_city(document)
