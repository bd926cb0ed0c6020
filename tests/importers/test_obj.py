"""OBJ files: groups, materials, textures, colours and all the ways in which a face can name its corners."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.importers.conftest import Read
from tests.importers.wedge import FACES, POINTS, corners, expected, obj, outward, picture, write
from walkdown.errors import ImportFailed
from walkdown.messages import ImportOptions
from walkdown_server.importers.units import UnitMissing

METRES = ImportOptions(unit=1.0)
AS_IT_IS = ImportOptions(unit=1.0, up="Z")


def test_y_is_up_unless_something_else_is_said(read: Read, tmp_path: Path) -> None:
    path = write(tmp_path / "w.obj", obj())
    x, y, z = POINTS.T
    model, report = read(path, METRES)
    assert corners(model) == expected(np.stack([x, -z, y], 1))
    assert outward(model)
    assert "w.obj: Y is taken to point up, as is usual for OBJ; --up says otherwise." in report.notes
    turned, _ = read(path, AS_IT_IS)
    assert corners(turned) == expected(POINTS)
    assert outward(turned)


def test_unit_and_scale_are_applied(read: Read, tmp_path: Path) -> None:
    path = write(tmp_path / "w.obj", obj(POINTS * 1000))
    model, _ = read(path, ImportOptions(unit=0.001, up="Z", scale=2))
    assert corners(model) == expected(POINTS * 2)


def test_without_a_unit_the_size_is_asked_about(read: Read, tmp_path: Path) -> None:
    path = write(tmp_path / "w.obj", obj(POINTS * 1000))
    with pytest.raises(
        UnitMissing,
        match=r"w\.obj does not say its unit: it is 4 × 2 × 1 m if it counts in milli.*4 × 2 × 1 km",
    ) as missing:
        read(path)
    assert missing.value.size == (4000.0, 2000.0, 1000.0)
    assert "--unit mm" in str(missing.value)


@pytest.mark.parametrize(
    "comment", ["# Units: millimeters", "# 1 unit = 1 mm", "#  File units = mm", "# Unit is mm"]
)
def test_a_unit_in_a_comment_is_believed_and_said(read: Read, tmp_path: Path, comment: str) -> None:
    model, report = read(write(tmp_path / "w.obj", obj(POINTS * 1000, head=comment)), ImportOptions(up="Z"))
    assert corners(model) == expected(POINTS)
    assert report.notes == ["w.obj says that it counts in mm."]


def test_objects_and_groups_are_elements_with_a_path(read: Read, tmp_path: Path) -> None:
    text = (
        obj(faces=FACES[:0])
        + b"\no Pump\ng Motor/1\nf 1 3 2\ng Base\nf 1 2 4\no Pipe\nf 1 4 3\n"
        + b"g Motor/1\nf 2 3 4\no Pump\ng Motor/1\nf 4 3 2"
    )
    model, report = read(write(tmp_path / "w.obj", text), METRES)
    assert [(e.key, e.name, e.kind) for e in model.elements] == [
        ("obj:/", "w", "model"),
        ("obj:/Pump", "Pump", "group"),
        ("obj:/Pump/Motor%2F1", "Motor/1", "part"),
        ("obj:/Pump/Base", "Base", "part"),
        ("obj:/Pipe", "Pipe", "part"),
        ("obj:/Pipe/Motor%2F1", "Motor/1", "part"),
    ]
    (surface,) = model.surfaces
    assert np.bincount(surface.elements[surface.triangles[:, 0]]).tolist() == [0, 0, 2, 1, 1, 1]
    assert (report.elements_in, report.elements_out) == (4, 4)


def test_a_file_without_groups_is_one_element(read: Read, tmp_path: Path) -> None:
    model, report = read(write(tmp_path / "w.obj", obj()), METRES)
    assert [e.key for e in model.elements] == ["obj:/"]
    assert report.elements_out == 1


@pytest.mark.parametrize(
    "faces",
    [
        "f 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4",
        "f -4 -2 -3\nf 1 2 4\nf -4 -1 -2\nf 2 3 4",
        "f 1/1 3/1 2/1\nf 1/1/1 2/1/1 4/1/1\nf 1//1 4//1 3//1\nf 2 3 4",
        "f 1/1/ 3/1/ 2/1/\nf 1/ 2/ 4/\nf 1 4 3 \\\n\nf\t2 3  4\r",
    ],
)
def test_corners_may_be_named_in_every_way(read: Read, tmp_path: Path, faces: str) -> None:
    text = obj(faces=FACES[:0]).decode() + "\nvt 0.5 0.5\nvn 0 0 1\n" + faces
    model, _ = read(write(tmp_path / "w.obj", text), AS_IT_IS)
    assert corners(model) == expected(POINTS)
    assert sum(len(s.triangles) for s in model.surfaces) == 4


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_understood(read: Read, tmp_path: Path, encoding: str) -> None:
    text = "g Rohr für Öl\n" + obj().decode()
    model, _ = read(write(tmp_path / "w.obj", text.encode(encoding)), AS_IT_IS)
    assert corners(model) == expected(POINTS)
    assert model.elements[1].name == "Rohr für Öl"


def test_comments_behind_numbers_and_numbers_that_are_none_are_passed_over(
    read: Read, tmp_path: Path
) -> None:
    many = "".join(f"v {n} 0 0 # point {n}\n" for n in range(200)) + "v 1.#QNAN 0 0\n"
    text = many + obj(faces=FACES[:0]).decode() + "\nf 202 204 203 # a side\nf 201 202 203\n"
    model, report = read(write(tmp_path / "w.obj", text), AS_IT_IS)
    assert corners(model) == expected(POINTS[:3])
    assert report.skipped == {"a triangle with corners that are not numbers": 1}


def test_negative_numbers_count_back_from_where_they_stand(read: Read, tmp_path: Path) -> None:
    text = "v 0 0 0\nv 1 0 0\nv 0 1 0\nf -3 -2 -1\nv 0 0 5\nv 1 0 5\nv 0 1 5\nf -3 -2 -1\n"
    model, _ = read(write(tmp_path / "w.obj", text), AS_IT_IS)
    assert corners(model)[-1] == [1, 0, 5]
    assert model.surfaces[0].triangles.shape == (2, 3)


def test_a_concave_polygon_keeps_its_notch(read: Read, tmp_path: Path) -> None:
    ring = [(0, 0), (4, 0), (4, 4), (3, 4), (3, 1), (1, 1), (1, 4), (0, 4)]
    for turn in (1, -1):
        text = "".join(f"v {x} {y} 0\n" for x, y in ring) + "f " + " ".join(map(str, range(1, 9)[::turn]))
        surface = read(write(tmp_path / "w.obj", text), AS_IT_IS)[0].surfaces[0]
        a, b, c = (surface.positions[surface.triangles[:, k]] for k in range(3))
        area = np.cross(b - a, c - a)[:, 2] / 2
        assert (area * turn > 0).all()
        assert abs(area.sum()) == pytest.approx(10)


def test_materials_have_colour_gloss_and_transparency(read: Read, tmp_path: Path) -> None:
    write(
        tmp_path / "my lib.mtl",
        "newmtl red\nKd 1 0 0\nNs 998\nnewmtl clear\nKd 0 0 1\nd 0.25\n"
        "newmtl old\nTr 0.75\nKd 0.5 0.5 0.5\nKe 1 1 1\nPm 1\nPr 0.3",
    )
    text = (
        b"mtllib my lib.mtl\n"
        + obj(faces=FACES[:0])
        + b"\ng a\nusemtl red\nf 1 3 2\nusemtl clear\nf 1 2 4\ng b\nusemtl old\nf 1 4 3\nusemtl gone\nf 2 3 4"
    )
    model, report = read(write(tmp_path / "w.obj", text), METRES)
    red, clear, old, gone = model.materials
    assert red.base_color == (1, 0, 0, 1)
    assert red.roughness == 0.1
    assert clear.base_color == (0, 0, 1, 0.25)
    assert old.base_color == pytest.approx((0.214, 0.214, 0.214, 0.25), abs=1e-3)
    assert (old.metallic, old.roughness, old.emissive) == (1.0, 0.3, (1.0, 1.0, 1.0))
    assert gone.name == "gone"
    assert "the material gone is used, but no material file has it" in report.notes
    assert [e.layer for e in model.elements] == ["content", "content", "content"]


def test_colours_that_blender_wrote_are_linear(read: Read, tmp_path: Path) -> None:
    write(tmp_path / "w.mtl", "# Blender 3.6.0 MTL File: 'None'\nnewmtl m\nKd 0.5 0 0\nKe 0.25 0 0\n")
    model, _ = read(write(tmp_path / "w.obj", b"mtllib w.mtl\nusemtl m\n" + obj()), METRES)
    assert model.materials[0].base_color == (0.5, 0, 0, 1)
    assert model.materials[0].emissive == (0.25, 0, 0)


def test_a_grey_beside_a_texture_is_no_tint_and_a_colour_is(read: Read, tmp_path: Path) -> None:
    write(tmp_path / "skin.png", picture())
    for color, expected_red in (("0.588 0.588 0.588", 1.0), ("1 0 0", 1.0), ("0.5 1 1", 0.214)):
        write(tmp_path / "w.mtl", f"newmtl m\nKd {color}\nmap_Kd skin.png\n")
        text = b"mtllib w.mtl\nusemtl m\nvt 0 0\n" + obj(faces=FACES[:0]) + b"\nf 1/1 3/1 2/1"
        model, _ = read(write(tmp_path / "w.obj", text), METRES)
        assert model.materials[0].base_color[0] == pytest.approx(expected_red, abs=1e-3)


def test_a_material_file_that_was_renamed_with_its_model_is_found(read: Read, tmp_path: Path) -> None:
    write(tmp_path / "w.mtl", "newmtl red\nKd 1 0 0\n")
    model, report = read(write(tmp_path / "w.obj", b"mtllib old.mtl\nusemtl red\n" + obj()), METRES)
    assert model.materials[0].base_color == (1, 0, 0, 1)
    assert "the material file old.mtl is not there; its materials are plain" in report.notes


@pytest.mark.parametrize(
    "reference",
    ["tex/brick.png", "..\\other\\brick.png", "C:\\Users\\me\\brick.png", "BRICK.PNG", "/home/me/brick.png"],
)
def test_a_texture_is_found_whatever_path_the_author_had(read: Read, tmp_path: Path, reference: str) -> None:
    where = "tex/brick.png" if reference.startswith("tex") else "textures/brick.png"
    write(tmp_path / where, picture())
    write(tmp_path / "w.mtl", f"newmtl m\nmap_Kd -s 2 2 1 -clamp on {reference}\n")
    text = b"mtllib w.mtl\nusemtl m\nvt 0 0\nvt 1 0\nvt 0 1\n" + obj(faces=FACES[:0]) + b"\nf 1/1 3/2 2/3"
    model, report = read(write(tmp_path / "w.obj", text), METRES)
    (material,) = model.materials
    assert material.texture == 0
    assert material.base_color == (1, 1, 1, 1)
    assert material.wrap == ("clamp", "clamp")
    assert Image.open(io.BytesIO(model.images[0])).size == (4, 4)
    uvs = model.surfaces[0].uvs
    assert uvs is not None
    assert sorted(uvs.tolist()) == [[0, -1], [0, 1], [2, 1]]
    assert not [note for note in report.notes if "texture" in note]


def test_a_texture_outside_the_folder_is_not_read(read: Read, tmp_path: Path) -> None:
    write(tmp_path / "secret.png", picture())
    write(tmp_path / "in" / "w.mtl", "newmtl m\nmap_Kd ../secret.png\n")
    text = b"mtllib w.mtl\nusemtl m\nvt 0 0\n" + obj(faces=FACES[:0]) + b"\nf 1/1 3/1 2/1"
    model, report = read(write(tmp_path / "in" / "w.obj", text), METRES)
    assert model.images == []
    assert "the texture secret.png is not there; its material is plain" in report.notes


def test_a_mask_becomes_the_alpha_of_the_texture(read: Read, tmp_path: Path) -> None:
    write(tmp_path / "leaf.jpg", picture("JPEG"))
    write(tmp_path / "mask.png", picture(mode="L", color=0))
    write(tmp_path / "w.mtl", "newmtl m\nmap_Kd leaf.jpg\nmap_d mask.png\n")
    text = b"mtllib w.mtl\nusemtl m\nvt 0 0\n" + obj(faces=FACES[:0]) + b"\nf 1/1 3/1 2/1"
    model, _ = read(write(tmp_path / "w.obj", text), METRES)
    assert model.materials[0].alpha_mode == "mask"
    assert Image.open(io.BytesIO(model.images[0])).getpixel((0, 0))[3] == 0  # type: ignore[index]


def test_vertex_colours_are_kept(read: Read, tmp_path: Path) -> None:
    text = "v 0 0 0 1 0 0\nv 1 0 0 0 1 0\nv 0 1 0 0 0 0.5\nf 1 2 3\n"
    surface = read(write(tmp_path / "w.obj", text), AS_IT_IS)[0].surfaces[0]
    assert surface.colors is not None
    by_place = dict(zip(map(tuple, surface.positions.tolist()), surface.colors.tolist(), strict=True))
    assert by_place[0, 0, 0] == [255, 0, 0, 255]
    assert by_place[0, 1, 0] == [0, 0, 55, 255]  # 0.5 in sRGB is 0.214


def test_a_round_thing_is_smooth_and_a_box_is_not(read: Read, tmp_path: Path) -> None:
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    ring = np.stack([np.cos(angle), np.sin(angle)], 1)
    text = "".join(f"v {x} {y} 0\nv {x} {y} 1\n" for x, y in ring)
    for k in range(24):
        a, b = 2 * k + 1, 2 * ((k + 1) % 24) + 1
        text += f"f {a} {b} {b + 1} {a + 1}\n"
    text += "f " + " ".join(str(2 * k + 2) for k in range(24)) + "\n"
    surface = read(write(tmp_path / "w.obj", text), AS_IT_IS)[0].surfaces[0]
    side = np.abs(surface.normals[:, 2]) < 0.5
    radial = surface.positions[side][:, :2]
    np.testing.assert_allclose(surface.normals[side][:, :2], radial, atol=1e-3)
    np.testing.assert_allclose(surface.normals[~side], [[0, 0, 1]] * int((~side).sum()), atol=1e-6)
    lines = surface.positions[surface.lines]
    assert len(lines) == 48  # the two rims and no seam
    assert (lines[:, 0, 2] == lines[:, 1, 2]).all()


def test_groups_that_touch_are_smoothed_and_outlined_each_by_itself(read: Read, tmp_path: Path) -> None:
    text = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nv 2 0 0.2\nv 2 1 0.2\n"
    model, _ = read(write(tmp_path / "w.obj", text + "g a\nf 1 2 3 4\ng b\nf 2 5 6 3\n"), AS_IT_IS)
    (surface,) = model.surfaces
    flat = surface.elements == 1
    assert surface.normals[flat].tolist() == [[0, 0, 1]] * 4
    assert len(surface.lines) == 8
    together, _ = read(write(tmp_path / "w.obj", text + "f 1 2 3 4\nf 2 5 6 3\n"), AS_IT_IS)
    assert len(together.surfaces[0].lines) == 6


def test_a_group_thrown_far_away_is_named_and_the_others_stay(read: Read, tmp_path: Path) -> None:
    near, far = obj().decode(), obj(POINTS + 3e8, faces=FACES + 4).decode()
    model, report = read(write(tmp_path / "w.obj", f"g pump\n{near}\ng stray\n{far}"), AS_IT_IS)
    assert corners(model) == expected(POINTS)
    assert report.left_out() == ["1 was left out: it lies more than 1,000 km from the rest (stray)."]


def test_national_grid_coordinates_keep_their_millimetres(read: Read, tmp_path: Path) -> None:
    far = POINTS + np.array([447_000.123, 5_932_000.456, 12.0])
    model, report = read(write(tmp_path / "w.obj", obj(far)), AS_IT_IS)
    assert np.abs(model.origin[:2]).min() > 400_000
    assert corners(model) == expected(far)
    assert "its origin is now" in report.notes[-1]
    assert np.abs(model.surfaces[0].positions).max() < 10


def test_one_point_thrown_far_away_spoils_nothing(read: Read, tmp_path: Path) -> None:
    stray = np.concatenate([POINTS + 0.125, [[3e8, 0, 0]]])
    model, report = read(write(tmp_path / "w.obj", obj(stray, faces=[*FACES, [0, 1, 4]])), AS_IT_IS)
    assert corners(model) == expected(POINTS + 0.125)
    assert model.origin == (0, 0, 0)
    assert report.left_out() == [
        "1 was left out: a triangle with a corner more than 1,000 km from the rest (w)."
    ]
    assert report.triangles == 4


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "the file is empty"),
        ("v 1 2 3\nf 1 1 1", "nothing in the file can be drawn .1 × a triangle without three"),
        ("v 0 0 0\nv 1 0 0\nv 0 1 0\nl 1 2 3", "nothing in the file can be drawn .1 × a line"),
        ("v 0 0 0\nf 1 2 3", "uses point 2, but there are 1"),
        ("v 0 0 0\nf -9 1 1", "uses point -7, but there are 1"),
        ("v 0 0 x\nf 1 1 1", "should hold numbers"),
        ("v 0 0\nf 1 1 1", "should have three coordinates, but one has 2"),
        ("v 0 0 0\nf a b c", "should name its corners"),
        ("v 0 0 0\nf 99999999999999999999 1 1", "should name its corners"),
        ("v nan 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3", "1 × a triangle with corners that are not numbers"),
    ],
)
def test_a_bad_file_is_named(read: Read, tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ImportFailed, match=sentence):
        read(write(tmp_path / "w.obj", text), METRES)
