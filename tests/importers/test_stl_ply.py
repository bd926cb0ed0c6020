"""STL and PLY files: text and binary, both byte orders, the colours that programs add, and textures."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from tests.importers.conftest import Read
from tests.importers.wedge import (
    FACES,
    POINTS,
    binary_stl,
    corners,
    expected,
    outward,
    picture,
    ply,
    text_stl,
    write,
)
from walkdown.errors import ImportFailed
from walkdown.messages import ImportOptions
from walkdown_server.importers.units import UnitMissing

METRES = ImportOptions(unit=1.0)


@pytest.mark.parametrize("data", [binary_stl(), text_stl("wedge"), binary_stl(header=b"solid of a liar")])
def test_both_kinds_of_stl_stand_upright(read: Read, tmp_path: Path, data: bytes) -> None:
    model, report = read(write(tmp_path / "w.stl", data), METRES)
    assert corners(model) == expected(POINTS)
    assert outward(model)
    assert report.notes == ["w.stl: Z is taken to point up, as is usual for STL; --up says otherwise."]
    x, y, z = POINTS.T
    turned, _ = read(tmp_path / "w.stl", ImportOptions(unit=1.0, up="Y"))
    assert corners(turned) == expected(np.stack([x, -z, y], 1))


def test_an_stl_has_no_unit_unless_its_header_says_one(read: Read, tmp_path: Path) -> None:
    with pytest.raises(UnitMissing, match=r"w\.stl does not say its unit: it is 4 × 2 × 1 mm"):
        read(write(tmp_path / "w.stl", binary_stl()))
    model, report = read(write(tmp_path / "w.stl", binary_stl(POINTS * 1000, header=b"part UNITS=mm")))
    assert corners(model) == expected(POINTS)
    assert report.notes[0] == "w.stl says that it counts in mm."


def test_solids_are_elements(read: Read, tmp_path: Path) -> None:
    model, report = read(write(tmp_path / "w.stl", text_stl("lid", "box", "lid", "")), METRES)
    assert [(e.key, e.name) for e in model.elements] == [
        ("stl:/", "w"),
        ("stl:/lid", "lid"),
        ("stl:/box", "box"),
        ("stl:/lid[2]", "lid"),
        ("stl:/solid", "w"),
    ]
    assert (report.elements_in, report.elements_out, report.triangles) == (4, 4, 16)


def test_colours_after_viscam_and_after_magics_are_kept(read: Read, tmp_path: Path) -> None:
    red, blue = 31 << 10 | 0x8000, 31 | 0x8000
    surface = read(write(tmp_path / "w.stl", binary_stl(attributes=(red, red, blue, 0))), METRES)[0].surfaces[
        0
    ]
    assert surface.colors is not None
    first = surface.colors[surface.triangles[:, 0]].tolist()
    assert first == [[255, 0, 0, 255], [255, 0, 0, 255], [0, 0, 255, 255], [154, 154, 154, 255]]
    magics = b"COLOR=" + bytes([0, 255, 0, 255])
    data = binary_stl(header=magics, attributes=(31, 31 << 10, 0x8000, 0x8000))
    surface = read(write(tmp_path / "w.stl", data), METRES)[0].surfaces[0]
    assert surface.colors is not None
    first = surface.colors[surface.triangles[:, 0]].tolist()
    assert first == [[255, 0, 0, 255], [0, 0, 255, 255], [0, 255, 0, 255], [0, 255, 0, 255]]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "empty"),
        (binary_stl()[:-10], "should hold 4 triangles .284 bytes., but has 274 bytes: it is cut off"),
        (b"solid x\nfacet\nvertex 0 0 0\nvertex 1 0 0\n", "three corners each, but there are 2"),
        (b"solid x\nvertex a b c\n", "should be three numbers"),
        (b"hello", "starts with 'solid', but this one starts with b'hello'"),
        (b"solid empty\nendsolid empty", "starts with 'solid'"),
        (bytes(84), "nothing in the file can be drawn"),
        (binary_stl(POINTS * np.nan), "nothing in the file can be drawn"),
    ],
)
def test_a_bad_stl_is_named(read: Read, tmp_path: Path, data: bytes, sentence: str) -> None:
    with pytest.raises(ImportFailed, match=sentence):
        read(write(tmp_path / "w.stl", data), METRES)


@pytest.mark.parametrize("order", ["<", ">", ""])
def test_all_three_kinds_of_ply_are_the_same(read: Read, tmp_path: Path, order: str) -> None:
    model, report = read(write(tmp_path / "w.ply", ply(order=order)), METRES)
    assert corners(model) == expected(POINTS)
    assert outward(model)
    assert [e.key for e in model.elements] == ["ply:/", "ply:/mesh"]
    assert report.elements_out == 1


def test_a_ply_comment_may_say_the_unit(read: Read, tmp_path: Path) -> None:
    model, _ = read(write(tmp_path / "w.ply", ply(head="comment units: cm\n")))
    assert corners(model) == expected(POINTS / 100)
    with pytest.raises(UnitMissing):
        read(write(tmp_path / "w.ply", ply()))


def text_ply(vertex: str, face: str, rows: str, *, head: str = "", faces: int = 1) -> bytes:
    properties = "".join(f"property float {name}\n" for name in "xyz")
    return (
        f"ply\nformat ascii 1.0\n{head}element vertex 4\n{properties}{vertex}"
        f"element face {faces}\nproperty list uchar int vertex_index\n{face}end_header\n{rows}"
    ).encode()


def test_colours_of_vertices_and_of_faces_are_kept(read: Read, tmp_path: Path) -> None:
    colors = "property uchar red\nproperty uchar green\nproperty uchar blue\nproperty uchar alpha\n"
    square = "0 0 0 255 0 0 255\n1 0 0 0 255 0 128\n1 1 0 0 0 255 255\n0 1 0 255 255 255 255\n4 0 1 2 3\n"
    surface = read(write(tmp_path / "w.ply", text_ply(colors, "", square)), METRES)[0].surfaces[0]
    assert surface.colors is not None
    by_place = dict(zip(map(tuple, surface.positions[:, :2].tolist()), surface.colors.tolist(), strict=True))
    assert by_place == {
        (0, 0): [255, 0, 0, 255],
        (1, 0): [0, 255, 0, 128],
        (1, 1): [0, 0, 255, 255],
        (0, 1): [255, 255, 255, 255],
    }
    faces = "0 0 0\n1 0 0\n1 1 0\n0 1 0\n3 0 1 2 255 0 0 255\n3 0 2 3 0 0 255 255\n"
    surface = read(write(tmp_path / "w.ply", text_ply("", colors, faces, faces=2)), METRES)[0].surfaces[0]
    assert surface.colors is not None
    assert surface.colors[surface.triangles].tolist() == [[[255, 0, 0, 255]] * 3, [[0, 0, 255, 255]] * 3]


def test_polygons_of_different_sizes_can_be_binary(read: Read, tmp_path: Path) -> None:
    head = ply(order="<").partition(b"end_header")[0].replace(b"element face 4", b"element face 2")
    points = b"".join(struct.pack("<3f", *point) for point in [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)])
    faces = struct.pack("<B4i", 4, 0, 1, 2, 3) + struct.pack("<B3i", 3, 0, 3, 2)
    model, _ = read(write(tmp_path / "w.ply", head + b"end_header\n" + points + faces), METRES)
    assert model.surfaces[0].triangles.shape == (3, 3)


@pytest.mark.parametrize("wedges", [False, True])
def test_a_texture_is_laid_the_right_way_up(read: Read, tmp_path: Path, wedges: bool) -> None:
    write(tmp_path / "skin.png", picture())
    head = "comment TextureFile skin.png\n"
    if wedges:
        face = "property list uchar float texcoord\n"
        data = text_ply("", face, "0 0 0\n1 0 0\n1 1 0\n0 1 0\n3 0 1 2 6 0 0 1 0 1 1\n", head=head)
    else:
        vertex = "property float s\nproperty float t\n"
        data = text_ply(vertex, "", "0 0 0 0 0\n1 0 0 1 0\n1 1 0 1 1\n0 1 0 0 1\n3 0 1 2\n", head=head)
    model, _ = read(write(tmp_path / "w.ply", data), METRES)
    surface = model.surfaces[0]
    assert model.materials[0].texture == 0
    assert surface.uvs is not None
    by_place = dict(zip(map(tuple, surface.positions[:, :2].tolist()), surface.uvs.tolist(), strict=True))
    assert by_place == {(0, 0): [0, 1], (1, 0): [1, 1], (1, 1): [1, 0]}


def test_strips_become_triangles_that_all_face_one_way(read: Read, tmp_path: Path) -> None:
    rows = "0 0 0\n1 0 0\n0 1 0\n1 1 0\n9 0 1 2 3 -1 3 2 1 0\n"
    data = text_ply("", "", rows).replace(b"element face", b"element tristrips")
    surface = read(write(tmp_path / "w.ply", data), METRES)[0].surfaces[0]
    points = surface.positions[surface.triangles]
    up = np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0])[:, 2]
    assert np.sign(up).tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"plymouth", "starts with 'ply'"),
        (ply()[:-4], "should hold 4 rows of face, but ends before"),
        (ply(order="")[:-12], "should hold 4 rows of face, but ends before"),
        (ply().replace(b"vertex 4", b"vertex 400000000"), "should hold 400000000 rows of vertex"),
        (ply().replace(b"vertex 4", b"vertex -4"), "should count up to"),
        (ply().replace(b"float x", b"quad x"), "property that cannot be read: 'property quad x'"),
        (ply().replace(b"float x", b"float y"), "names a property twice"),
        (ply().replace(b"float x", b"float w"), "vertices with x, y and z"),
        (ply(order="").replace(b"3 0 2 1", b"3 0 2 7"), "uses vertex 7, but there are 4"),
        (ply(order="").replace(b"4.0 0.0", b"four 0"), "should hold numbers"),
        (text_ply("", "", "0 0 0\n" * 4, faces=0), "4 × a point without a face"),
    ],
)
def test_a_bad_ply_is_named(read: Read, tmp_path: Path, data: bytes, sentence: str) -> None:
    with pytest.raises(ImportFailed, match=sentence):
        read(write(tmp_path / "w.ply", data), METRES)


def test_what_two_triangles_share_is_stored_once(read: Read, tmp_path: Path) -> None:
    flat = np.array([[0, 0, 0], [4, 0, 0], [4, 2, 0], [0, 2, 0]], np.float64)
    faces = [[0, 1, 2], [0, 2, 3]]
    data = bytes(80) + struct.pack("<I", 2)
    data += b"".join(struct.pack("<12fH", 0, 0, 0, *flat[face].ravel(), 0) for face in faces)
    surface = read(write(tmp_path / "w.stl", data), METRES)[0].surfaces[0]
    assert len(surface.positions) == 4
    assert len(surface.lines) == 4
    assert FACES.shape == (4, 3)
