"""COLLADA files: unit and axes, the node tree, instances, materials, textures, every kind of primitive."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import trimesh

from tests.importers.conftest import Read
from tests.importers.wedge import POINTS, corners, dae, expected, instance, moved, outward, picture, write
from walkdown.errors import ImportFailed
from walkdown.messages import ImportOptions
from walkdown.package import Material

CM_Z = '<unit name="centimeter" meter="0.01"/><up_axis>Z_UP</up_axis>'
M_Z = '<unit name="meter" meter="1"/><up_axis>Z_UP</up_axis>'

X, Y, Z = POINTS.T


def test_the_unit_and_z_up_are_applied(read: Read, tmp_path: Path) -> None:
    model, report = read(write(tmp_path / "w.dae", dae(asset=CM_Z)))
    assert corners(model) == expected(POINTS / 100)
    assert outward(model)
    assert report.notes == ["w.dae: one unit is 0.01 m and Z is up, as the file says."]


@pytest.mark.parametrize(
    ("up", "points"),
    [
        ("Z_UP", np.stack([X, Y, Z], 1)),
        ("Y_UP", np.stack([X, -Z, Y], 1)),
        ("X_UP", np.stack([-Y, -Z, X], 1)),
    ],
)
def test_every_axis_can_be_up(read: Read, tmp_path: Path, up: str, points: np.ndarray) -> None:
    """Right, up and in: for X up they are −y, x and z; for Y up x, y and z (COLLADA 1.4.1, ``up_axis``)."""
    asset = f'<unit meter="1"/><up_axis>{up}</up_axis>'
    model, _ = read(write(tmp_path / "w.dae", dae(asset=asset)))
    assert corners(model) == expected(points)
    assert outward(model)


def test_what_was_said_wins_over_the_file(read: Read, tmp_path: Path) -> None:
    path = write(tmp_path / "w.dae", dae(asset=CM_Z.replace("Z_UP", "Y_UP")))
    model, report = read(path, ImportOptions(unit=0.001, up="Z"))
    assert corners(model) == expected(POINTS / 1000)
    assert report.notes == []


def test_a_file_without_a_unit_counts_in_metres_and_has_y_up(read: Read, tmp_path: Path) -> None:
    model, report = read(write(tmp_path / "w.dae", dae()))
    assert corners(model) == expected(np.stack([X, -Z, Y], 1))
    assert report.notes == ["w.dae does not say its unit; one unit is taken to be a metre, as COLLADA says."]


def test_transforms_act_in_their_order_and_add_up(read: Read, tmp_path: Path) -> None:
    nodes = (
        '<node name="outer"><translate>10 0 0</translate><rotate>0 0 1 90</rotate><scale>2 2 2</scale>'
        '<node name="inner"><matrix>1 0 0 1 0 1 0 0 0 0 1 0 0 0 0 1</matrix>' + instance() + "</node></node>"
    )
    model, _ = read(write(tmp_path / "w.dae", dae(nodes, asset=M_Z)))
    assert corners(model) == expected(np.stack([10 - 2 * Y, 2 * (X + 1), 2 * Z], 1))
    assert [(e.key, e.kind) for e in model.elements] == [
        ("dae:/", "model"),
        ("dae:/outer", "group"),
        ("dae:/outer/inner", "part"),
    ]


def test_a_mirrored_node_keeps_its_outside_outside(read: Read, tmp_path: Path) -> None:
    nodes = f'<node name="m"><scale>-1 1 1</scale>{instance()}</node>'
    model, _ = read(write(tmp_path / "w.dae", dae(nodes, asset=M_Z)))
    assert corners(model) == expected(POINTS * (-1, 1, 1))
    assert outward(model)


def test_names_survive_and_equal_ones_get_numbers(read: Read, tmp_path: Path) -> None:
    nodes = (
        f'<node name="bolt/8" id="b1">{instance()}</node><node name="bolt/8" id="b2">{instance()}</node>'
        f'<node id="only-an-id">{instance()}</node><node name="empty"/>'
    )
    model, report = read(write(tmp_path / "w.dae", dae(nodes, asset=M_Z)))
    assert [(e.key, e.name) for e in model.elements[1:]] == [
        ("dae:/bolt%2F8", "bolt/8"),
        ("dae:/bolt%2F8[2]", "bolt/8"),
        ("dae:/only-an-id", "only-an-id"),
    ]
    assert report.skipped == {"a node that draws nothing": 1}
    assert (report.elements_in, report.elements_out) == (4, 3)


def test_a_library_node_can_be_used_many_times(read: Read, tmp_path: Path) -> None:
    ball = trimesh.creation.icosphere(subdivisions=2)
    points = " ".join(f"{v:.6f}" for v in ball.vertices.ravel())
    geometry = (
        '<geometry id="wedge"><mesh><source id="p"><float_array id="pa">' + points + "</float_array>"
        '<technique_common><accessor source="#pa" count="162" stride="3"/></technique_common></source>'
        '<vertices id="v"><input semantic="POSITION" source="#p"/></vertices><triangles material="skin">'
        '<input semantic="VERTEX" source="#v" offset="0"/><p>'
        + " ".join(map(str, ball.faces.ravel()))
        + "</p>"
        "</triangles></mesh></geometry>"
    )
    shelf = f'<library_nodes><node id="shelf" name="shelf">{instance()}</node></library_nodes>'
    nodes = "".join(
        f'<node name="place"><translate>{x} 0 0</translate><instance_node url="#shelf"/></node>'
        for x in range(5)
    )
    data = dae(nodes, asset=M_Z, geometry=geometry, libraries=shelf)
    model, report = read(write(tmp_path / "w.dae", data))
    (repeat,) = model.repeats
    assert repeat.translations[:, 0].tolist() == [0, 1, 2, 3, 4]
    assert model.elements[4].key == "dae:/place[2]/shelf"
    assert report.copies == 5


def look(read: Read, path: Path, effect: str) -> Material:
    return read(write(path / "w.dae", dae(effect=effect, asset=M_Z)))[0].materials[0]


def test_materials_have_colour_gloss_and_glow(read: Read, tmp_path: Path) -> None:
    effect = (
        "<phong><emission><color>0 0 1 1</color></emission><diffuse><color>1 0.5 0 1</color></diffuse>"
        "<shininess><float>998</float></shininess></phong>"
        '<extra><technique profile="GOOGLEEARTH"><double_sided>1</double_sided></technique></extra>'
    )
    material = look(read, tmp_path, effect)
    assert material.name == "Paint"
    assert material.base_color == pytest.approx((1, 0.214, 0, 1), abs=1e-3)
    assert (material.emissive, material.roughness, material.double_sided) == ((0, 0, 1), 0.1, True)
    assert not look(read, tmp_path, effect.partition("<extra>")[0]).double_sided


def test_colours_that_blender_wrote_are_linear(read: Read, tmp_path: Path) -> None:
    asset = "<contributor><authoring_tool>Blender 2.79.0</authoring_tool></contributor>" + M_Z
    effect = "<phong><diffuse><color>0.5 0 0 1</color></diffuse></phong>"
    model, _ = read(write(tmp_path / "w.dae", dae(effect=effect, asset=asset)))
    assert model.materials[0].base_color == (0.5, 0, 0, 1)


@pytest.mark.parametrize(
    ("transparent", "transparency", "alpha"),
    [
        ("", "", 1),
        ("", "0.25", 0.25),
        ("", "0", 1),
        ("<transparent><color>1 1 1 0.5</color></transparent>", "0.5", 0.25),
        ('<transparent opaque="RGB_ZERO"><color>0.25 0.25 0.25 1</color></transparent>', "1", 0.75),
        ('<transparent opaque="RGB_ZERO"><color>0 0 0 1</color></transparent>', "1", 1),
        ('<transparent opaque="A_ZERO"><color>0 0 0 0.75</color></transparent>', "", 0.25),
    ],
)
def test_transparency_is_what_the_standard_says(
    read: Read, tmp_path: Path, transparent: str, transparency: str, alpha: float
) -> None:
    amount = f"<transparency><float>{transparency}</float></transparency>" if transparency else ""
    effect = f"<lambert><diffuse><color>1 1 1 1</color></diffuse>{transparent}{amount}</lambert>"
    model, _ = read(write(tmp_path / "w.dae", dae(effect=effect, asset=M_Z)))
    assert model.materials[0].base_color[3] == pytest.approx(alpha, abs=1e-4)
    assert model.elements[1].layer == ("glass" if alpha < 1 else "content")


SAMPLER = (
    '<newparam sid="surf"><surface type="2D"><init_from>img</init_from></surface></newparam>'
    '<newparam sid="samp"><sampler2D><source>surf</source><wrap_s>CLAMP</wrap_s></sampler2D></newparam>'
)
TEXTURED = '<lambert><diffuse><texture texture="samp" texcoord="UV"/></diffuse></lambert>'


@pytest.mark.parametrize(
    ("reference", "place"),
    [
        ("../materials/textures/a%20b.png", "materials/textures/a b.png"),
        ("file:///C:/models/a%20b.png", "meshes/a b.png"),
        ("a b.PNG", "meshes/a b.png"),
        ("textures\\a b.png", "meshes/textures/a b.png"),
    ],
)
def test_textures_are_found_beside_the_mesh_and_its_folder(
    read: Read, tmp_path: Path, reference: str, place: str
) -> None:
    write(tmp_path / place, picture())
    images = f'<library_images><image id="img"><init_from>{reference}</init_from></image></library_images>'
    data = dae(effect=TEXTURED, asset=M_Z, libraries=images).replace(
        b'<technique sid="c">', SAMPLER.encode() + b'<technique sid="c">'
    )
    model, report = read(write(tmp_path / "meshes" / "w.dae", data))
    assert [m.texture for m in model.materials] == [0]
    assert model.materials[0].wrap == ("clamp", "repeat")
    assert not [note for note in report.notes if "texture" in note]
    surface = model.surfaces[0]
    assert surface.uvs is not None
    by_place = dict(zip(map(tuple, surface.positions.tolist()), surface.uvs.tolist(), strict=True))
    assert by_place == {(0, 0, 0): [0, 1], (4, 0, 0): [1, 1], (0, 2, 0): [0, 0], (0, 0, 1): [1, 0]}


def test_a_missing_texture_is_said_and_the_rest_is_drawn(read: Read, tmp_path: Path) -> None:
    images = '<library_images><image id="img"><init_from>gone.png</init_from></image></library_images>'
    effect = '<lambert><diffuse><texture texture="img" texcoord="UV"/></diffuse></lambert>'
    model, report = read(write(tmp_path / "w.dae", dae(effect=effect, asset=M_Z, libraries=images)))
    assert model.materials[0].texture is None
    assert "the texture gone.png is not there; its material is plain" in report.notes


def primitive(kind: str, inner: str) -> str:
    """The square of four points, as one primitive of a kind."""
    source = (
        '<source id="p"><float_array id="pa">0 0 0 1 0 0 1 1 0 0 1 0</float_array><technique_common>'
        '<accessor source="#pa" count="4" stride="3"/></technique_common></source>'
        '<vertices id="v"><input semantic="POSITION" source="#p"/></vertices>'
    )
    vertex = '<input semantic="VERTEX" source="#v" offset="0"/>'
    return f'<geometry id="wedge"><mesh>{source}<{kind}>{vertex}{inner}</{kind}></mesh></geometry>'


@pytest.mark.parametrize(
    ("kind", "inner"),
    [
        ("triangles", "<p>0 1 2 0 2 3</p>"),
        ("polylist", "<vcount>4</vcount><p>0 1 2 3</p>"),
        ("polygons", "<p>0 1 2 3</p>"),
        ("trifans", "<p>0 1 2 3</p>"),
        ("tristrips", "<p>0 1 3 2</p>"),
    ],
)
def test_every_primitive_covers_the_square_from_above(
    read: Read, tmp_path: Path, kind: str, inner: str
) -> None:
    model, _ = read(write(tmp_path / "w.dae", dae(geometry=primitive(kind, inner), asset=M_Z)))
    surface = model.surfaces[0]
    a, b, c = (surface.positions[surface.triangles[:, k]] for k in range(3))
    assert (np.cross(b - a, c - a)[:, 2] / 2).tolist() == [0.5, 0.5]
    assert surface.normals.tolist() == [[0, 0, 1]] * len(surface.normals)


def test_what_decorates_a_mesh_may_be_missing_or_damaged(read: Read, tmp_path: Path) -> None:
    lost = dae(asset=M_Z).replace(b'semantic="TEXCOORD" source="#t"', b'semantic="NORMAL" source="#gone"')
    model, report = read(write(tmp_path / "w.dae", lost))
    assert corners(model) == expected(POINTS)
    assert report.skipped == {}
    beyond = dae(asset=M_Z).replace(b"<p>0 0", b"<p>0 9")
    model, report = read(write(tmp_path / "w.dae", beyond))
    assert corners(model) == expected(POINTS)
    assert [reason.partition(",")[0] for reason in report.skipped] == ["normals"]


def test_a_hole_in_a_polygon_is_said(read: Read, tmp_path: Path) -> None:
    inner = "<ph><p>0 1 2 3</p><h>0 1 2</h></ph>"
    _model, report = read(write(tmp_path / "w.dae", dae(geometry=primitive("polygons", inner), asset=M_Z)))
    assert report.triangles == 2
    assert report.skipped == {"a hole in a polygon, which is drawn closed": 1}


def test_a_skin_is_shown_as_it_stands_and_that_is_said(read: Read, tmp_path: Path) -> None:
    skin = (
        '<library_controllers><controller id="c"><skin source="#wedge">'
        "<bind_shape_matrix>1 0 0 5 0 1 0 0 0 0 1 0 0 0 0 1</bind_shape_matrix></skin></controller>"
        "</library_controllers>"
    )
    nodes = '<node name="arm"><instance_controller url="#c"/></node>'
    model, report = read(write(tmp_path / "w.dae", dae(nodes, asset=M_Z, libraries=skin)))
    assert corners(model) == expected(moved(5, 0, 0))
    assert report.skipped == {"skins are not shown": 1}


LOOP = (
    '<node id="a" name="a"><instance_node url="#b"/></node><node id="b" name="b"><instance_node url="#a"/>'
    + instance()
    + "</node>"
)
DEEP = "<node>" * 600 + instance() + "</node>" * 600


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"<COLLADA", "no sound XML"),
        (b"<kml/>", "should be a COLLADA document, but holds 'kml'"),
        (b'<!DOCTYPE x [<!ENTITY a "aaa">]><COLLADA>&a;</COLLADA>', "declares entities"),
        (dae('<node name="n"/>'), "nothing in the file can be drawn"),
        (dae(LOOP), "is below itself"),
        (dae(DEEP), "levels deep"),
        (
            dae(re.sub("#wedge", "other.dae#wedge", f"<node>{instance()}</node>")),
            "1 × a part of another file",
        ),
        (dae().replace(b"<p>0 0", b"<p>9 9"), "uses point 9, which is not there"),
        (dae().replace(b"<p>0 0", b"<p>x 0"), "should be whole numbers"),
        (
            dae(geometry=primitive("polylist", "<vcount>9</vcount><p>0 1</p>")),
            "have 9 corners together, but have 2",
        ),
        (dae(geometry=primitive("lines", "<p>0 1</p>")), "1 × a mesh part with lines"),
        (dae().replace(b">0 0 0 4", b">nan nan nan 4"), "3 × a triangle with corners that are not numbers"),
    ],
    ids=range(12),
)
def test_a_bad_file_is_named(read: Read, tmp_path: Path, data: bytes, sentence: str) -> None:
    if "not numbers" in sentence:
        _model, report = read(write(tmp_path / "w.dae", data))
        assert sentence.removeprefix("3 × ") in report.skipped
        return
    with pytest.raises(ImportFailed, match=sentence):
        read(write(tmp_path / "w.dae", data))
