"""3MF files: units, what is built, components as instances, colours, textures, and parts of other files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import trimesh

from tests.importers.conftest import Read
from tests.importers.wedge import (
    POINTS,
    corners,
    expected,
    mesh_xml,
    outward,
    picture,
    three_mf,
    write,
    zipped,
)
from walkdown.errors import ImportFailed
from walkdown.messages import ImportOptions

WEDGE = f'<object id="1" name="wedge">{mesh_xml()}</object>'


@pytest.mark.parametrize(
    ("unit", "metres"),
    [
        ("micron", 1e-6),
        ("millimeter", 1e-3),
        ("centimeter", 1e-2),
        ("inch", 0.0254),
        ("foot", 0.3048),
        ("meter", 1),
    ],
)
def test_the_unit_is_applied(read: Read, tmp_path: Path, unit: str, metres: float) -> None:
    model, report = read(write(tmp_path / "w.3mf", three_mf(unit=unit)))
    size = np.ptp(np.concatenate([s.positions for s in model.surfaces]), axis=0)
    np.testing.assert_allclose(size, POINTS.max(0) * metres, rtol=1e-6)
    assert f"w.3mf: {unit} and Z up, as 3MF says." in report.notes
    assert outward(model)


def test_a_unit_that_was_said_wins(read: Read, tmp_path: Path) -> None:
    model, _ = read(write(tmp_path / "w.3mf", three_mf()), ImportOptions(unit=1.0))
    assert corners(model) == expected(POINTS)


def test_what_is_built_stands_where_its_matrix_says(read: Read, tmp_path: Path) -> None:
    """The four rows of a 3MF matrix act on a row vector: the last one moves."""
    build = '<item objectid="1" transform="0 1 0 -1 0 0 0 0 1 10 20 30"/>'
    model, _ = read(write(tmp_path / "w.3mf", three_mf(WEDGE, build, unit="meter")))
    x, y, z = POINTS.T
    assert corners(model) == expected(np.stack([10 - y, 20 + x, 30 + z], 1))


def test_components_are_instances_with_keys_of_their_own(read: Read, tmp_path: Path) -> None:
    ball = trimesh.creation.icosphere(subdivisions=2)
    vertices = "".join('<vertex x="{}" y="{}" z="{}"/>'.format(*v) for v in ball.vertices)
    triangles = "".join('<triangle v1="{}" v2="{}" v3="{}"/>'.format(*f) for f in ball.faces)
    resources = (
        f'<object id="1" name="ball"><mesh><vertices>{vertices}</vertices><triangles>{triangles}</triangles>'
        '</mesh></object><object id="2" name="pair"><components><component objectid="1"/>'
        '<component objectid="1" transform="1 0 0 0 1 0 0 0 1 5 0 0"/></components></object>'
    )
    build = '<item objectid="2"/><item objectid="2" transform="1 0 0 0 1 0 0 0 1 0 50 0"/>'
    model, report = read(write(tmp_path / "w.3mf", three_mf(resources, build, unit="meter")))
    (repeat,) = model.repeats
    assert repeat.translations.tolist() == [[0, 0, 0], [5, 0, 0], [0, 50, 0], [5, 50, 0]]
    assert [e.key for e in model.elements] == [
        "3mf:/",
        "3mf:/pair",
        "3mf:/pair/ball",
        "3mf:/pair/ball[2]",
        "3mf:/pair[2]",
        "3mf:/pair[2]/ball",
        "3mf:/pair[2]/ball[2]",
    ]
    assert (report.elements_in, report.elements_out, report.copies) == (6, 6, 4)


def test_a_part_of_another_file_in_the_archive_is_found(read: Read, tmp_path: Path) -> None:
    core = 'xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02"'
    other = f'<model unit="millimeter" {core}><resources>{WEDGE}</resources><build/></model>'.encode()
    inner = '<components><component p:path="/3D/Objects/a.model" objectid="1"/></components>'
    resources = f'<object id="9">{inner}</object>'
    settings = b'<config><object id="9"><metadata key="name" value="Gear box"/></object></config>'
    data = three_mf(
        resources,
        '<item objectid="9"/>',
        parts={"3D/Objects/a.model": other, "Metadata/model_settings.config": settings},
    )
    model, _ = read(write(tmp_path / "w.3mf", data))
    assert [e.name for e in model.elements] == ["w", "Gear box", "wedge"]
    assert corners(model) == expected(POINTS / 1000)


def test_colours_and_materials_are_kept(read: Read, tmp_path: Path) -> None:
    painted = mesh_xml().replace('v1="0" v2="2" v3="1"', 'v1="0" v2="2" v3="1" pid="5" p1="0" p2="1" p3="0"')
    resources = (
        '<basematerials id="4"><base name="Steel" displaycolor="#FF0000"/>'
        '<base name="Glass" displaycolor="#0000FF80"/></basematerials>'
        '<m:colorgroup id="5"><m:color color="#00FF00"/><m:color color="#FFFFFFFF"/></m:colorgroup>'
        f'<object id="1" name="wedge" pid="4" pindex="1">{painted}</object>'
    )
    model, _ = read(write(tmp_path / "w.3mf", three_mf(resources)))
    by_name = {m.name: m for m in model.materials}
    assert by_name["Steel"].base_color == (1, 0, 0, 1)
    assert by_name["Glass"].base_color == pytest.approx((0, 0, 1, 0.502), abs=1e-3)
    surface = model.surfaces[0]
    used = [model.materials[row].name for row in surface.materials[surface.triangles[:, 0]].tolist()]
    assert used == ["colours", "Glass", "Glass", "Glass"]
    assert surface.colors is not None
    assert surface.colors[surface.triangles[0]].tolist() == [[0, 255, 0, 255], [255] * 4, [0, 255, 0, 255]]
    assert (surface.colors[surface.triangles[1:]] == 255).all()


def test_a_texture_is_kept(read: Read, tmp_path: Path) -> None:
    mesh = mesh_xml().replace("<triangle ", '<triangle pid="6" p1="0" p2="1" p3="2" ')
    resources = (
        '<m:texture2d id="5" path="/3D/Textures/skin.png" contenttype="image/png" tilestyleu="mirror"/>'
        '<m:texture2dgroup id="6" texid="5"><m:tex2coord u="0" v="0"/><m:tex2coord u="1" v="0"/>'
        f'<m:tex2coord u="0" v="1"/></m:texture2dgroup><object id="1">{mesh}</object>'
    )
    model, report = read(
        write(tmp_path / "w.3mf", three_mf(resources, parts={"3D/Textures/skin.png": picture()}))
    )
    surface = model.surfaces[0]
    material = model.materials[int(surface.materials[0])]
    assert (material.name, material.texture, material.wrap) == ("skin.png", 0, ("mirror", "repeat"))
    assert surface.uvs is not None
    assert surface.uvs[surface.triangles[0]].tolist() == [[0, 1], [1, 1], [0, 0]]
    assert len(model.images) == 1
    assert report.notes == ["w.3mf: millimeter and Z up, as 3MF says."]


def test_mixtures_are_shown_by_what_shows_most_of_them(read: Read, tmp_path: Path) -> None:
    resources = (
        '<basematerials id="4"><base name="Red" displaycolor="#FF0000"/>'
        '<base name="Blue" displaycolor="#0000FF"/></basematerials>'
        '<m:colorgroup id="5"><m:color color="#00FF00"/><m:color color="#FFFF00"/></m:colorgroup>'
        '<m:multiproperties id="6" pids="4 5"><m:multi pindices="0 1"/></m:multiproperties>'
        '<m:compositematerials id="7" matid="4" matindices="0 1"><m:composite values="0.5 0.5"/>'
        "</m:compositematerials>"
        f'<object id="1" pid="6" pindex="0">{mesh_xml()}</object>'
        f'<object id="2" pid="7" pindex="0">{mesh_xml()}</object>'
    )
    model, _ = read(
        write(tmp_path / "w.3mf", three_mf(resources, '<item objectid="1"/><item objectid="2"/>'))
    )
    layered, mixed = model.surfaces
    assert layered.colors is not None
    assert mixed.colors is not None
    assert np.unique(layered.colors, axis=0).tolist() == [[255, 255, 0, 255]]
    assert np.unique(mixed.colors, axis=0).tolist() == [[55, 0, 55, 255]]  # 128 in sRGB


LOOP = (
    '<object id="1" name="snake"><components><component objectid="2"/></components></object>'
    '<object id="2" name="tail"><components><component objectid="1"/></components></object>'
)


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (lambda: b"PK nothing", "a 3MF file is a zip file"),
        (lambda: zipped({"a.txt": b"x"}), "holds a part that ends in .model"),
        (lambda: three_mf(unit="parsec"), "the unit should be one of .* but is 'parsec'"),
        (lambda: three_mf(LOOP), "is a component of itself"),
        (
            lambda: three_mf(WEDGE, '<item objectid="7"/>'),
            "1 × a reference to an object that the file does not have",
        ),
        (lambda: three_mf(WEDGE.replace('v1="0"', 'v1="9"')), "uses vertex 9, but its mesh has 4"),
        (lambda: three_mf(WEDGE.replace('v1="0"', 'v1="x"')), "should name its corners by numbers"),
        (lambda: three_mf(WEDGE.replace('x="4.0"', 'x="four"')), "a vertex should be three numbers"),
        (lambda: three_mf(WEDGE.replace('x="', 'x="nan" y2="')), "nothing in the file can be drawn"),
        (lambda: three_mf("<object"), "no sound XML"),
        (lambda: three_mf('<object id="1"/>'), "1 × an object without triangles"),
        (lambda: zipped({"_rels/.rels": b'<!DOCTYPE x [<!ENTITY a "b">]><x/>'}), "declares entities"),
        (
            lambda: zipped({"3D/3dmodel.model": b"<model><build/></model>" + b" " * (100 << 20)}),
            "it is a bomb",
        ),
    ],
    ids=range(13),
)
def test_a_bad_file_is_named(read: Read, tmp_path: Path, made: Callable[[], bytes], sentence: str) -> None:
    with pytest.raises(ImportFailed, match=sentence):
        read(write(tmp_path / "w.3mf", made()))
