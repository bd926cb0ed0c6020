"""A model survives the way into a package and back."""

from __future__ import annotations

import io
import json
import struct
from collections import Counter
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
import trimesh

from tests.package.sample import decorated, grid, sample_model
from walkdown.errors import PackageError
from walkdown.package import (
    NO_ROW,
    Element,
    Material,
    Model,
    Repeat,
    Surface,
    Tile,
    parse_manifest,
    read_edges,
    read_elements,
    read_joints,
    read_tile,
    read_tileset,
    write_package,
)
from walkdown.package.cells import CELL_METRES, MAX_TILE_TRIANGLES

Files = dict[str, bytes]
Soup = Counter[tuple[object, ...]]


@pytest.fixture(scope="module")
def model() -> Model:
    return sample_model()


@pytest.fixture(scope="module")
def files(model: Model) -> Files:
    return write_package(model)


def read_tiles(files: Files) -> list[Tile]:
    return [read_tile(files[ref.path], files.__getitem__) for ref in read_tileset(files["tileset.json"])]


def soup(surfaces: list[Surface], materials: list[Material]) -> Soup:
    """Returns all triangles with all that belongs to their corners, in no order."""
    found: Soup = Counter()
    for surface in surfaces:
        for corners in surface.triangles.tolist():
            found[tuple(_corner(surface, materials, c) for c in corners)] += 1
    return found


def _corner(surface: Surface, materials: list[Material], vertex: int) -> tuple[object, ...]:
    material = replace(
        materials[surface.materials[vertex]], texture=None, base_color=(0, 0, 0, 0), emissive=(0, 0, 0)
    )
    return (
        tuple(surface.positions[vertex].tolist()),
        tuple(surface.normals[vertex].tolist()),
        int(surface.elements[vertex]),
        material,
        None if surface.uvs is None else tuple(surface.uvs[vertex].tolist()),
        None if surface.colors is None else tuple(surface.colors[vertex].tolist()),
    )


def place(repeat: Repeat) -> dict[int, list[npt.NDArray[np.float64]]]:
    """Returns the placed vertices of each copy, by element."""
    placed: dict[int, list[npt.NDArray[np.float64]]] = {}
    for copy in range(len(repeat.elements)):
        w, *xyz = repeat.rotations[copy].astype(float)
        scaled = repeat.shape.positions.astype(float) * repeat.scales[copy]
        turned = scaled + 2 * np.cross(xyz, np.cross(xyz, scaled) + w * scaled)
        placed.setdefault(int(repeat.elements[copy]), []).append(turned + repeat.translations[copy])
    return placed


def test_every_triangle_comes_back_with_its_element_material_and_attributes(
    model: Model, files: Files
) -> None:
    found: Soup = Counter()
    for tile in read_tiles(files):
        found += soup(tile.surfaces, tile.materials)
    assert found == soup(model.surfaces, model.materials)


def test_materials_come_back_whole(model: Model, files: Files) -> None:
    found = {m.name: (m, tile.images) for tile in read_tiles(files) for m in tile.materials}
    assert found["steel"][0] == model.materials[0]
    assert found["glass"][0] == model.materials[1]
    assert found["lamp"][0] == model.materials[2]
    label, images = found["label"]
    assert label.texture is not None
    assert images[label.texture] == model.images[0]


def test_lines_come_back_between_the_same_points(model: Model, files: Files) -> None:
    def ends(surface: Surface) -> list[tuple[object, ...]]:
        return [tuple(map(tuple, pair)) for pair in surface.positions[surface.lines].tolist()]

    found = Counter(e for tile in read_tiles(files) for s in tile.surfaces for e in ends(s))
    assert found == Counter(e for s in model.surfaces for e in ends(s))


def test_copies_stand_where_the_model_put_them(model: Model, files: Files) -> None:
    found: dict[int, list[npt.NDArray[np.float64]]] = {}
    for tile in read_tiles(files):
        for repeat in tile.repeats:
            for element, points in place(repeat).items():
                found.setdefault(element, []).extend(points)
    expected = place(model.repeats[0])
    assert found.keys() == expected.keys()
    for element, points in expected.items():
        np.testing.assert_allclose(found[element], points, atol=1e-5)


def test_tiles_lie_in_their_boxes_and_keep_layers_and_motion_apart(model: Model, files: Files) -> None:
    for ref in read_tileset(files["tileset.json"]):
        tile = read_tile(files[ref.path], files.__getitem__)
        points = [s.positions for s in tile.surfaces]
        points += [np.concatenate(p) for r in tile.repeats for p in place(r).values()]
        owners = [*(s.elements for s in tile.surfaces), *(r.elements for r in tile.repeats)]
        rows = set(np.concatenate(owners).tolist())
        assert (np.concatenate(points) >= np.asarray(ref.lo) - 1e-3).all()
        assert (np.concatenate(points) <= np.asarray(ref.hi) + 1e-3).all()
        assert {model.elements[row].layer for row in rows} == {ref.layer}
        assert {model.elements[row].joint != NO_ROW for row in rows} == {ref.moving}


def test_the_file_is_y_up_as_gltf_demands(files: Files) -> None:
    """Reads a tile with another library: (x, y, z) of the site must be (x, z, -y) there."""
    ref = next(r for r in read_tileset(files["tileset.json"]) if r.layer == "glass")
    scene = trimesh.load_scene(io.BytesIO(files[ref.path]), file_type="glb")
    np.testing.assert_allclose(scene.bounds, [[2, 3, -3], [3, 3, -2]], atol=1e-6)


def test_equal_models_give_equal_bytes(files: Files) -> None:
    assert write_package(sample_model()) == files


def test_another_origin_gives_another_id(model: Model, files: Files) -> None:
    moved = write_package(replace(model, origin=(0.0, 0.0, 0.0)))
    assert parse_manifest(moved["manifest.json"]).id != parse_manifest(files["manifest.json"]).id
    assert moved["tileset.json"] == files["tileset.json"]


def test_the_manifest_tells_what_the_model_said(model: Model, files: Files) -> None:
    manifest = parse_manifest(files["manifest.json"])
    assert (manifest.name, manifest.epsg, manifest.origin) == (model.name, model.epsg, model.origin)
    assert (manifest.report, manifest.sources) == (tuple(model.report), tuple(model.sources))
    assert set(manifest.blobs) | {"manifest.json"} == set(files)
    assert manifest.size_bytes == sum(len(d) for p, d in files.items() if p != "manifest.json")


def test_the_element_table_comes_back(model: Model, files: Files) -> None:
    table = read_elements(parse_manifest(files["manifest.json"]), files.__getitem__)
    assert len(table) == len(model.elements)
    assert table.keys == [e.key for e in model.elements]
    assert table.names == [e.name for e in model.elements]
    assert table.kinds == [e.kind for e in model.elements]
    assert table.parents.tolist() == [e.parent for e in model.elements]
    assert table.joints.tolist() == [e.joint for e in model.elements]
    assert [table.properties(row) for row in range(len(table))] == [e.properties for e in model.elements]
    assert table.row_of("plant:/floor") == 4
    assert table.row_of("nothing") == NO_ROW
    assert table.descendants(1).tolist() == [1, 2, 3]
    assert table.triangles.tolist() == [0, 1 + 1 + 2 + 2, 1, 1, 1, 1 + 2]


def test_a_group_has_the_box_of_all_below_it(model: Model, files: Files) -> None:
    table = read_elements(parse_manifest(files["manifest.json"]), files.__getitem__)
    assert (table.lo[0] == table.lo[1:4].min(0)).all()
    assert (table.hi[0] == table.hi[1:4].max(0)).all()
    np.testing.assert_allclose((table.lo[4], table.hi[4]), [[4, 2, 3], [5, 3, 3]])


def test_an_element_that_draws_nothing_has_no_box() -> None:
    elements = [Element("a", "A"), Element("b", "B")]
    model = Model("m", elements, [Material("m")], [grid(1, elements=[0], materials=[0])])
    files = write_package(model)
    table = read_elements(parse_manifest(files["manifest.json"]), files.__getitem__)
    assert np.isnan(table.lo[1]).all()
    assert np.isfinite(table.lo[0]).all()


def test_joints_and_edges_come_back(model: Model, files: Files) -> None:
    manifest = parse_manifest(files["manifest.json"])
    assert read_joints(manifest, files.__getitem__) == tuple(model.joints)
    assert read_edges(manifest, files.__getitem__) == tuple(model.edges)


def test_a_tile_holds_one_cell_and_never_too_much() -> None:
    rng = np.random.default_rng(7)
    count = 2 * MAX_TILE_TRIANGLES + 12_345
    alone = MAX_TILE_TRIANGLES + 5  # one element that by itself is too much
    rows = np.concatenate([np.zeros(alone, int), np.sort(rng.integers(1, 50, count - alone))])
    surface = grid(count, elements=rows.tolist(), materials=[0] * count)
    elements = [Element(str(i), "") for i in range(50)]
    files = write_package(Model("m", elements, [Material("m")], [surface]))
    table = read_elements(parse_manifest(files["manifest.json"]), files.__getitem__)
    tiles = read_tiles(files)
    sizes = [len(s.triangles) for t in tiles for s in t.surfaces]
    assert sum(sizes) == count
    assert max(sizes) <= MAX_TILE_TRIANGLES
    for tile in tiles:
        rows_here = np.unique(tile.surfaces[0].elements)
        centres = (table.lo[rows_here] + table.hi[rows_here])[:, :2] / 2
        assert len({tuple(c) for c in np.floor(centres / CELL_METRES).tolist()}) == 1
    homes = Counter(int(r) for t in tiles for r in np.unique(t.surfaces[0].elements))
    assert homes[0] == 2
    assert all(homes[row] == 1 for row in range(1, 50))


def test_more_than_one_chunk_of_elements_comes_back() -> None:
    elements = [Element(f"k{i}", f"n{i}", properties={"i": i}) for i in range(5000)]
    model = Model("m", elements, [Material("m")], [grid(1, elements=[4999], materials=[0])])
    files = write_package(model)
    table = read_elements(parse_manifest(files["manifest.json"]), files.__getitem__)
    assert table.row_of("k4500") == 4500
    assert table.properties(4500) == {"i": 4500}
    assert table.properties(7) == {"i": 7}


def test_progress_ends_at_one() -> None:
    told: list[float] = []
    write_package(sample_model(), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_a_tile_says_which_element_each_feature_is(model: Model, files: Files) -> None:
    """Reads the property table by hand, as another tool would."""
    ref = next(r for r in read_tileset(files["tileset.json"]) if r.layer == "glass")
    data = files[ref.path]
    (length,) = struct.unpack_from("<I", data, 12)
    document = json.loads(data[20 : 20 + length])
    binary = data[28 + length :]

    def view(number: int) -> bytes:
        part = document["bufferViews"][number]
        return binary[part.get("byteOffset", 0) :][: part["byteLength"]]

    table = document["extensions"]["EXT_structural_metadata"]["propertyTables"][0]
    assert struct.unpack("<I", view(table["properties"]["element"]["values"])) == (2,)
    assert view(table["properties"]["key"]["values"]) == model.elements[2].key.encode()


def test_a_textured_tile_without_a_way_to_fetch_says_so(files: Files) -> None:
    ref = next(r for r in read_tileset(files["tileset.json"]) if b"../x/" in files[r.path])
    with pytest.raises(PackageError, match="needs a way to fetch"):
        read_tile(files[ref.path])


def test_surfaces_with_and_without_texture_do_not_mix() -> None:
    plain = grid(1, elements=[0], materials=[0])
    model = Model("m", [Element("a", "A")], [Material("m")], [plain, decorated(plain), plain])
    tiles = read_tiles(write_package(model))
    assert sorted((len(t.surfaces[0].triangles), t.surfaces[0].uvs is None) for t in tiles) == [
        (1, False),
        (2, True),
    ]
