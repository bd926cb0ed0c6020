"""Foreign glTF files become what they mean."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from PIL import Image

from tests.importers.conftest import DATA, Read, only
from tests.importers.forge import TRIANGLE, Forge, glb, triangle
from walkdown.errors import ImportFailed
from walkdown.package import NO_ROW, Model, parse_manifest, read_elements, write_package
from walkdown_server.importers.merge import Part, merge
from walkdown_server.importers.report import ImportReport


def bounds(model: Model) -> Any:
    """Returns the corners of all that a model draws, copies included."""
    files = write_package(model)
    table = read_elements(parse_manifest(files["manifest.json"]), files.__getitem__)
    return np.array([np.nanmin(table.lo, 0), np.nanmax(table.hi, 0)])


def drawn(model: Model) -> int:
    copies = sum(len(r.shape.triangles) * len(r.elements) for r in model.repeats)
    return sum(len(s.triangles) for s in model.surfaces) + copies


def keys(model: Model) -> list[str]:
    return [element.key for element in model.elements]


@pytest.mark.parametrize(
    ("name", "nodes", "triangles"),
    [("CesiumMilkTruck", 5, 3624), ("nested", 3, 36), ("small_warehouse", 80, 15003)],
)
def test_real_files_come_in_whole(read: Read, name: str, nodes: int, triangles: int) -> None:
    """Compares with what another reader draws: triangles, and bounds turned from Y up to Z up."""
    model, report = read(DATA / f"{name}.glb")
    assert (report.elements_in, report.elements_out, len(model.elements)) == (nodes, nodes, nodes + 1)
    assert drawn(model) == report.triangles == triangles
    judge = trimesh.load_scene(DATA / f"{name}.glb").bounds
    expected = [[judge[0][0], -judge[1][2], judge[0][1]], [judge[1][0], -judge[0][2], judge[1][1]]]
    np.testing.assert_allclose(bounds(model), expected, atol=2e-3)


def test_the_truck_keeps_its_hierarchy_names_and_texture(read: Read) -> None:
    model, _ = read(DATA / "CesiumMilkTruck.glb")
    assert keys(model) == [
        "gltf:/",
        "gltf:/Cesium_Milk_Truck",
        "gltf:/Cesium_Milk_Truck/node3",
        "gltf:/Cesium_Milk_Truck/node3/Wheels",
        "gltf:/Cesium_Milk_Truck/node1",
        "gltf:/Cesium_Milk_Truck/node1/Wheels",
    ]
    assert [e.parent for e in model.elements] == [NO_ROW, 0, 1, 2, 1, 4]
    assert [e.kind for e in model.elements] == ["model", "part", "group", "part", "group", "part"]
    truck = next(m for m in model.materials if m.name == "truck")
    assert (truck.texture, truck.metallic, truck.roughness) == (0, 0.0, 1.0)
    assert Image.open(io.BytesIO(model.images[0])).size == (2048, 2048)


def test_the_warehouse_keeps_instances_and_extras(read: Read) -> None:
    model, report = read(DATA / "small_warehouse.glb")
    assert report.copies == sum(len(r.elements) for r in model.repeats) == 15
    shelf = next(e for e in model.elements if e.name == "aws_robomaker_warehouse_ShelfF_01_001")
    assert shelf.properties["model"] == "aws_robomaker_warehouse_ShelfF_01"
    assert len(set(keys(model))) == 81
    assert any("%2F" in key for key in keys(model))


def test_y_up_becomes_z_up(read: Read) -> None:
    forge = Forge()
    forge.node(mesh=forge.mesh(POSITION=TRIANGLE), translation=[10, 20, 30])
    model, _ = read(forge.glb())
    assert only(model).positions.tolist() == [[10, -30, 20], [11, -30, 20], [10, -30, 21]]


def test_normals_are_flat_where_the_file_has_none(read: Read) -> None:
    forge = Forge()
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 0, 1], [1, 1, 0]], np.float32)
    forge.node(mesh=forge.mesh(POSITION=square, indices=np.array([0, 2, 1, 1, 2, 3], np.uint16)))
    surface = only(read(forge.glb())[0])
    np.testing.assert_allclose(surface.normals, [[0, 0, 1]] * 3 + [[-1, 0, 0]] * 3, atol=1e-6)


def test_nested_rotation_and_scale_apply_in_order(read: Read) -> None:
    forge = Forge()
    half = float(np.sqrt(0.5))
    child = forge.node(mesh=forge.mesh(POSITION=TRIANGLE), translation=[1, 0, 0])
    forge.node(children=[child], rotation=[0, half, 0, half], scale=[2, 3, 4])
    model, _ = read(forge.glb(1))
    # glTF: scale (2, 0, 0) → turn 90° about Y → (0, 0, -2); Z up: (0, 2, 0)
    np.testing.assert_allclose(only(model).positions, [[0, 2, 0], [0, 4, 0], [0, 2, 3]], atol=1e-6)


def test_a_mirrored_part_keeps_its_outside_outside(read: Read) -> None:
    forge = Forge()
    forge.node(mesh=forge.mesh(POSITION=TRIANGLE), scale=[-1, 1, 1])
    surface = only(read(forge.glb())[0])
    a, b, c = surface.positions[surface.triangles[0]]
    assert np.dot(np.cross(b - a, c - a), surface.normals[0]) > 0


def test_names_that_occur_twice_get_different_keys(read: Read) -> None:
    forge = Forge()
    mesh = forge.mesh(POSITION=TRIANGLE)
    for name in ("bolt", "bolt", "bolt[2]", "a/b", "50%", "bolt"):
        forge.node(mesh=mesh, name=name)
    model, _ = read(forge.glb())
    assert keys(model)[1:] == [
        "gltf:/bolt",
        "gltf:/bolt[2]",
        "gltf:/bolt[2][2]",
        "gltf:/a%2Fb",
        "gltf:/50%25",
        "gltf:/bolt[3]",
    ]


def test_a_path_that_is_too_long_becomes_a_number(read: Read) -> None:
    forge = Forge()
    forge.node(mesh=forge.mesh(POSITION=TRIANGLE), name="x" * 2000)
    assert keys(read(forge.glb())[0])[1] == "gltf:/#0"


def sphere() -> tuple[np.ndarray, np.ndarray]:
    ball = trimesh.creation.icosphere(subdivisions=2)
    return ball.vertices.astype(np.float32), ball.faces.astype(np.uint32).ravel()


@pytest.mark.parametrize(("copies", "repeated"), [(2, 0), (3, 3)])
def test_three_copies_of_a_heavy_mesh_are_a_repeat(read: Read, copies: int, repeated: int) -> None:
    forge = Forge()
    points, faces = sphere()
    mesh = forge.mesh(POSITION=points, indices=faces)
    for number in range(copies):
        forge.node(mesh=mesh, translation=[3 * number, 0, 0], rotation=[0, 0, 0.6, 0.8], scale=[1, 2, 1])
    model, report = read(forge.glb())
    assert report.copies == repeated
    assert drawn(model) == copies * 320
    judge = trimesh.load_scene(io.BytesIO(forge.glb()), file_type="glb").bounds
    if repeated:  # a repeat's box is that of its turned box, which is larger
        assert (bounds(model)[0] <= [judge[0][0], -judge[1][2], judge[0][1]]).all()
    else:
        np.testing.assert_allclose(bounds(model)[0], [judge[0][0], -judge[1][2], judge[0][1]], atol=1e-5)


def test_copies_that_are_sheared_or_mirrored_are_drawn_in_place(read: Read) -> None:
    forge = Forge()
    points, faces = sphere()
    mesh = forge.mesh(POSITION=points, indices=faces)
    sheared = np.eye(4)
    sheared[0, 1] = 0.5
    for matrix in (np.eye(4), np.eye(4), np.eye(4), sheared, np.diag([-1.0, 1, 1, 1])):
        forge.node(mesh=mesh, matrix=matrix.T.ravel().tolist())
    model, report = read(forge.glb())
    assert report.copies == 3
    assert np.unique(only(model).elements).tolist() == [4, 5]


def test_a_repeat_stands_where_the_same_mesh_in_place_would(read: Read) -> None:
    points, faces = sphere()
    places = [([1, 2, 3], [0.5, 0.5, 0.5, 0.5]), ([0, 0, 0], [0, 0, 0, 1]), ([-4, 5, 6], [0.6, 0, 0, -0.8])]

    def made(count: int) -> Model:
        forge = Forge()
        for _ in range(count):
            mesh = forge.mesh(POSITION=points, indices=faces)
        for number, (translation, rotation) in enumerate(places):
            where = {"translation": translation, "rotation": rotation, "scale": [1, 2, 3]}
            forge.node(mesh=number if count > 1 else mesh, **where)
        return read(forge.glb())[0]

    repeat, single = made(1).repeats[0], made(3).surfaces
    for copy, surface in enumerate(single):
        w, *xyz = repeat.rotations[copy].astype(float)
        scaled = repeat.shape.positions * repeat.scales[copy].astype(float)
        turned = scaled + 2 * np.cross(xyz, np.cross(xyz, scaled) + w * scaled) + repeat.translations[copy]
        np.testing.assert_allclose(turned, surface.positions, atol=1e-5)


def test_copies_made_with_the_instancing_extension_are_drawn(read: Read) -> None:
    forge = Forge()
    mesh = forge.mesh(POSITION=TRIANGLE)
    places = forge.array(np.array([[0, 0, 0], [10, 0, 0]], np.float32))
    half = float(np.sqrt(0.5))
    turns = forge.array(np.array([[0, 0, 0, 1], [0, half, 0, half]], np.float32))
    instancing = {"attributes": {"TRANSLATION": places, "ROTATION": turns}}
    forge.node(mesh=mesh, translation=[0, 0, 5], extensions={"EXT_mesh_gpu_instancing": instancing})
    model, report = read(forge.glb())
    assert report.triangles == 2
    expected = [[0, -5, 0], [1, -5, 0], [0, -5, 1], [10, -5, 0], [10, -4, 0], [10, -5, 1]]
    np.testing.assert_allclose(only(model).positions, expected, atol=1e-6)
    assert only(model).elements.tolist() == [1] * 6


def test_a_tile_of_our_own_can_be_imported_again(read: Read) -> None:
    model, _ = read(DATA / "small_warehouse.glb")
    files = write_package(model)
    tiles = [path for path in files if b"EXT_mesh_gpu_instancing" in files[path]]
    again = [read(files[path])[0] for path in tiles]
    assert sum(drawn(m) for m in again) == sum(
        len(r.shape.triangles) * len(r.elements) for r in model.repeats
    )


@pytest.mark.parametrize(
    ("attributes", "sentence"),
    [
        ({}, "equally many places"),
        ({"TRANSLATION": 0, "SCALE": 2}, "equally many places"),
        ({"TRANSLATION": 1}, "placed by 3 finite numbers"),
        ({"TRANSLATION": -1}, "has a wrong EXT_mesh_gpu_instancing"),
    ],
)
def test_wrong_copies_are_named(read: Read, attributes: dict[str, int], sentence: str) -> None:
    forge = Forge()
    forge.array(TRIANGLE)
    forge.array(np.full((2, 3), np.nan, np.float32))
    forge.array(np.ones((2, 3), np.float32))
    copies = {"EXT_mesh_gpu_instancing": {"attributes": attributes}}
    forge.node(mesh=forge.mesh(POSITION=TRIANGLE), extensions=copies)
    with pytest.raises(ImportFailed, match=sentence):
        read(forge.glb())


def test_strips_and_fans_become_triangles_that_face_one_way(read: Read) -> None:
    forge = Forge()
    strip = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]], np.float32)
    fan = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
    forge.node(mesh=forge.mesh(POSITION=strip, mode=5))
    forge.node(mesh=forge.mesh(POSITION=fan, mode=6))
    model, _ = read(forge.glb())
    for surface in model.surfaces:
        assert len(surface.triangles) == 2
        np.testing.assert_allclose(surface.normals, [[0, -1, 0]] * 6, atol=1e-6)


def test_interleaved_and_sparse_accessors_are_read(read: Read) -> None:
    forge = Forge()
    mixed = np.zeros((3, 6), np.float32)
    mixed[:, :3], mixed[:, 3:] = TRIANGLE, [0, 0, 1]
    number = forge.array(mixed.reshape(-1))
    view = forge.document["bufferViews"][0] | {"byteStride": 24}
    forge.document["bufferViews"][0] = view
    forge.document["accessors"][number] |= {"count": 3, "type": "VEC3"}
    normal = forge.document["accessors"][number] | {"byteOffset": 12}
    forge.document["accessors"].append(normal)
    turned = len(forge.document["accessors"]) - 1
    where, what = forge.array(np.array([1], np.uint16)), forge.array(np.array([[5, 0, 0]], np.float32))
    views = [forge.document["accessors"][n]["bufferView"] for n in (where, what)]
    indices, values = {"bufferView": views[0], "componentType": 5123}, {"bufferView": views[1]}
    sparse = {"count": 1, "indices": indices, "values": values}
    forge.document["accessors"][number] = forge.document["accessors"][number] | {"sparse": sparse}
    forge.node(mesh=forge.mesh(POSITION=number, NORMAL=turned))
    surface = only(read(forge.glb())[0])
    assert surface.positions.tolist() == [[0, 0, 0], [5, 0, 0], [0, 0, 1]]
    assert surface.normals.tolist() == [[0, -1, 0]] * 3


def test_a_box_gets_its_twelve_edges_as_lines(read: Read) -> None:
    box = trimesh.creation.box()
    forge = Forge()
    faces = box.faces.astype(np.uint16).ravel()
    forge.node(
        mesh=forge.mesh(
            POSITION=box.vertices.astype(np.float32), NORMAL=box.vertices.astype(np.float32), indices=faces
        )
    )
    assert len(only(read(forge.glb())[0]).lines) == 12


def test_what_cannot_be_drawn_is_counted_with_its_reason(read: Read) -> None:
    forge = Forge()
    forge.node(mesh=forge.mesh(POSITION=TRIANGLE))
    forge.node(mesh=forge.mesh(POSITION=TRIANGLE, mode=1))
    forge.node(name="camera")
    bad = TRIANGLE.copy()
    bad[1, 1] = np.nan
    forge.node(mesh=forge.mesh(POSITION=bad))
    _, report = read(forge.glb())
    assert (report.elements_in, report.elements_out) == (4, 1)
    assert report.skipped == {
        "a mesh part with lines instead of triangles": 1,
        "a mesh part with positions that are not numbers": 1,
        "a node that draws nothing": 3,
    }


def test_extras_become_flat_properties(read: Read) -> None:
    forge = Forge()
    extras = {"serial": "A-7", "power": {"kW": 5.5}, "tags": [1, "b"], "on": True, "none": None, "big": 2**70}
    forge.node(mesh=forge.mesh(POSITION=TRIANGLE), extras=extras)
    model, _ = read(forge.glb())
    assert model.elements[1].properties == {
        "serial": "A-7",
        "power.kW": 5.5,
        "tags": '[1, "b"]',
        "on": True,
        "big": str(2**70),
    }
    write_package(model)


def test_a_model_far_from_zero_gets_an_origin(read: Read) -> None:
    forge = Forge()
    forge.node(mesh=forge.mesh(POSITION=TRIANGLE), translation=[92000.25, 3, -436000.5])
    model, report = read(forge.glb())
    assert np.abs(only(model).positions).max() < 10
    x, y, z = only(model).positions[0].astype(float) + model.origin
    assert (x, y, z) == (92000.25, 436000.5, 3)
    assert any("far from zero" in note for note in report.notes)


def test_a_gltf_with_its_files_beside_it_is_read(read: Read, tmp_path: Path) -> None:
    (tmp_path / "my data.bin").write_bytes(TRIANGLE.tobytes())
    document = triangle(buffers=[{"byteLength": 36, "uri": "my%20data.bin"}])
    (tmp_path / "model.gltf").write_text(json.dumps(document), encoding="utf-8")
    model, _ = read(tmp_path / "model.gltf")
    assert drawn(model) == 1
    assert model.sources[0]["file"] == "model.gltf"


def test_files_given_together_share_one_origin(read: Read, tmp_path: Path) -> None:
    parts = []
    for name, x in (("a", 92000), ("b", 92010)):
        forge = Forge()
        forge.node(mesh=forge.mesh(POSITION=TRIANGLE), translation=[x, 0, 0])
        path = tmp_path / f"{name}.glb"
        path.write_bytes(forge.glb())
        parts.append(Part(read(path)[0], name))
    first, second = merge(parts, name="both", report=ImportReport(name="both")).surfaces
    assert (second.positions - first.positions).tolist() == [[10, 0, 0]] * 3
    assert np.abs(second.positions).max() < 20


def test_nodes_outside_the_scene_are_counted(read: Read) -> None:
    forge = Forge()
    mesh = forge.mesh(POSITION=TRIANGLE)
    first, _second = forge.node(mesh=mesh), forge.node(mesh=mesh)
    _, report = read(forge.glb(first))
    assert (report.elements_in, report.elements_out) == (2, 1)
    assert report.skipped == {"a node outside the scene that the file shows": 1}


def test_a_file_without_a_scene_shows_all_its_roots(read: Read) -> None:
    document = triangle()
    del document["scene"], document["scenes"]
    model, _ = read(glb(document, TRIANGLE.tobytes()))
    assert drawn(model) == 1


def test_very_many_copies_thrown_far_away_are_left_out_at_once(read: Read) -> None:
    forge = Forge()
    near, far = np.zeros((1, 3), np.float32), np.full((60_000, 3), 1e8, np.float32)
    places = forge.array(np.concatenate([near, far, near - 1, near + 1]))
    mesh = forge.mesh(POSITION=TRIANGLE)
    forge.node(mesh=forge.mesh(POSITION=np.tile(TRIANGLE, (100_000, 1))), name="hall")
    forge.node(
        mesh=mesh,
        name="stray",
        extensions={"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": places}}},
    )
    _model, report = read(forge.glb())
    assert report.left_out() == ["60000 were left out: it lies more than 1,000 km from the rest (stray, …)."]
    assert report.triangles == 100_003
