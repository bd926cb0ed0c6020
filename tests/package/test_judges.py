"""Other people's tools read our packages, and find everything where our own reader puts it."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from tests.importers.test_formats import FILES
from tests.package.sample import sample_model
from walkdown.messages import ImportOptions
from walkdown.package import (
    MANIFEST_PATH,
    TILESET_PATH,
    Element,
    Material,
    Model,
    Surface,
    read_tile,
    read_tileset,
    write_package,
)
from walkdown_server.importers.formats import format_of, load_reader
from walkdown_server.importers.task import ReadTask

NO_VALIDATOR = "the Khronos glTF validator is not installed (npm install gltf-validator)"
DATA = Path(__file__).parents[1] / "data"
JUDGES = Path(__file__).parents[1] / "judges"

SCRIPT = """
const {validateBytes} = require('gltf-validator'), fs = require('fs'), path = require('path');
const read = (f) => new Uint8Array(fs.readFileSync(f));
(async () => {
  const reports = [];
  for (const file of process.argv.slice(1)) {
    const near = (uri) => Promise.resolve(read(path.resolve(path.dirname(file), uri)));
    reports.push((await validateBytes(read(file), {uri: file, externalResourceFunction: near})).issues);
  }
  console.log(JSON.stringify(reports));
})();
"""


def _node(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["node", "-e", *arguments]
    return subprocess.run(command, cwd=JUDGES, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def validator() -> None:
    if not shutil.which("node") or _node("require('gltf-validator')").returncode:
        pytest.skip(NO_VALIDATOR)


def _judge(model: Model, folder: Path) -> None:
    """Writes a package and lets the validator look at all its tiles."""
    paths = []
    for name, data in write_package(model).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
        paths += [str(folder / name)] if name.endswith(".glb") else []
    reports = json.loads(_node(SCRIPT, *paths).stdout)
    assert len(reports) == len(paths) > 0
    assert [issue for r in reports for issue in r["messages"] if issue["severity"] < 2] == []


@pytest.mark.usefixtures("validator")
def test_the_khronos_validator_finds_nothing_wrong(tmp_path: Path) -> None:
    _judge(sample_model(), tmp_path)


@pytest.mark.usefixtures("validator")
@pytest.mark.parametrize(
    "name",
    [
        "CesiumMilkTruck.glb",
        "nested.glb",
        "small_warehouse.glb",
        "ifc/MEP.ifc",
        "city/rotterdam_subset.json",
        "city/lod2_buildings.city.jsonl",
    ],
)
def test_the_validator_finds_nothing_wrong_with_what_is_imported(name: str, tmp_path: Path) -> None:
    kind = format_of(DATA / name)
    _judge(load_reader(kind)(ReadTask(DATA / name)), tmp_path)


OBJ = """mtllib m.mtl
v 0 0 0
v 1 0 0
v 0 1 0
vt 0 0
vt 1 0
vt 0 1
usemtl leaf
f 1/1 2/2 3/3
"""
MTL = "newmtl leaf\nKd 1 1 1\nmap_Kd leaf.png\n"
STL = """solid s
facet normal 0 0 1
outer loop
vertex 0 0 0
vertex 1 0 0
vertex 0 1 0
endloop
endfacet
endsolid s
"""
PLY = """ply
format ascii 1.0
element vertex 3
property float x
property float y
property float z
property uchar red
property uchar green
property uchar blue
element face 1
property list uchar int vertex_indices
end_header
0 0 0 255 0 0
1 0 0 0 255 0
0 1 0 0 0 255
3 0 1 2
"""


@pytest.mark.usefixtures("validator")
@pytest.mark.parametrize(("name", "text"), [("a.obj", OBJ), ("a.stl", STL), ("a.ply", PLY)])
def test_the_validator_finds_nothing_wrong_with_meshes_by_hand(name: str, text: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / name).write_text(text, encoding="ascii")
    (source / "m.mtl").write_text(MTL, encoding="ascii")
    Image.new("RGBA", (4, 4), (10, 200, 10, 120)).save(source / "leaf.png")
    task = ReadTask(source / name, options=ImportOptions(unit=1.0), folders=(source,))
    _judge(load_reader(format_of(source / name))(task), tmp_path / "package")


@pytest.mark.usefixtures("validator")
@pytest.mark.parametrize("name", ["w.3mf", "w.dae", "w.sdf"])
def test_the_validator_finds_nothing_wrong_with_scenes_of_parts(name: str, tmp_path: Path) -> None:
    source = tmp_path / name
    source.write_bytes(FILES[name]())
    _judge(load_reader(format_of(source))(ReadTask(source)), tmp_path / "package")


# ---- axes ---------------------------------------------------------------------------------------------

WEDGE = np.array([[2, 3, 5], [9, 3, 5], [2, 14, 5], [2, 3, 22]], np.float32)
"""A corner from which 7 m go east, 11 m north and 17 m up: no turn and no mirror maps it to itself."""


def _wedge() -> Model:
    faces = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    points = WEDGE[faces.reshape(-1)]
    sides = points.reshape(4, 3, 3)
    normals = np.cross(sides[:, 1] - sides[:, 0], sides[:, 2] - sides[:, 0])
    normals = np.repeat(normals / np.linalg.norm(normals, axis=1, keepdims=True), 3, axis=0)
    rows = np.zeros(12, np.uint32)
    triangles = np.arange(12, dtype=np.uint32).reshape(4, 3)
    surface = Surface(points, normals.astype(np.float32), rows, rows, triangles)
    return Model(
        "Wedge", [Element("w:/", "Wedge")], [Material("grey")], [surface], origin=(92000.0, 436000.0, 0.0)
    )


def test_trimesh_and_the_rule_of_3d_tiles_put_a_shape_where_our_reader_does() -> None:
    """3D Tiles: what a GLB holds is Y up and is turned to Z up; then the tile's transform is applied."""
    files = write_package(_wedge())
    tileset = json.loads(files[TILESET_PATH])
    (child,) = tileset["root"]["children"]
    uri = child["content"]["uri"]
    mesh = trimesh.load_scene(io.BytesIO(files[uri]), file_type="glb", process=False).to_mesh()
    z_up_from_y_up = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]])
    transform = np.array(tileset["root"].get("transform", np.eye(4).reshape(-1))).reshape(4, 4).T
    points = np.asarray(mesh.vertices) @ z_up_from_y_up.T @ transform[:3, :3].T + transform[:3, 3]
    assert set(map(tuple, points.tolist())) == set(map(tuple, WEDGE.tolist()))
    (surface,) = read_tile(files[uri]).surfaces
    assert set(map(tuple, surface.positions.tolist())) == set(map(tuple, WEDGE.tolist()))
    turned = np.asarray(mesh.face_normals) @ z_up_from_y_up.T
    ours = surface.normals[surface.triangles[:, 0]]
    assert np.abs(np.sort(turned @ ours.T, axis=1)[:, -1] - 1).max() < 1e-6, (
        "each points out of the same side"
    )


def test_boxes_of_the_tileset_are_z_up_and_hold_the_shape() -> None:
    files = write_package(_wedge())
    root = json.loads(files[TILESET_PATH])["root"]
    for box in (root["boundingVolume"]["box"], root["children"][0]["boundingVolume"]["box"]):
        assert box == [5.5, 8.5, 13.5, 3.5, 0, 0, 0, 5.5, 0, 0, 0, 8.5]
    (ref,) = read_tileset(files[TILESET_PATH])
    assert (ref.lo, ref.hi) == ((2, 3, 5), (9, 14, 22))
    assert root["geometricError"] > root["children"][0]["geometricError"] == 0
    assert json.loads(files[MANIFEST_PATH])["crs"]["origin"] == [92000.0, 436000.0, 0.0]
