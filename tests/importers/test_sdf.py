"""SDF worlds and models: links, poses, includes, simple solids, materials, and what is not there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.importers.conftest import DATA, Read
from tests.importers.wedge import POINTS, binary_stl, corners, dae, expected, moved, outward, picture, write
from walkdown.errors import ImportFailed
from walkdown.package import Model

LAMP = "aws_robomaker_warehouse_Lamp_01"
LAMP_BOX = ((-0.510816, -0.503344, 12.500125), (0.511410, 0.503354, 14.018061))
"""As trimesh and pycollada give it, in centimetres, times 0.01."""

SHARED = Path(__file__).parents[3] / "shared" / "data" / "warehouse"
CM_Z = '<unit meter="0.01"/><up_axis>Z_UP</up_axis>'

X, Y, Z = POINTS.T


def world(*models: str) -> str:
    return f'<?xml version="1.0"?><sdf version="1.9"><world name="w">{"".join(models)}</world></sdf>'


def visual(geometry: str, inner: str = "", *, link: str = "", pose: str = "") -> str:
    poses = f"<pose>{pose}</pose>" if pose else ""
    seen = f'<visual name="v">{poses}<geometry>{geometry}</geometry>{inner}</visual>'
    hit = '<collision name="c"><geometry><box><size>90 90 90</size></box></geometry></collision>'
    return f'<link name="body">{link}{seen}{hit}</link>'


def model(name: str, inner: str, *, pose: str = "") -> str:
    return f'<model name="{name}">{f"<pose>{pose}</pose>" if pose else ""}{inner}</model>'


def kinds_of(found: Model) -> list[tuple[str, str]]:
    return [(e.key, e.kind) for e in found.elements]


MESH = "<mesh><uri>model://wedge/meshes/w.stl</uri></mesh>"


@pytest.fixture
def wedge(tmp_path: Path) -> Path:
    """A world's folder with one model beside it; its mesh is an STL, which counts in metres there."""
    folder = tmp_path / "models" / "wedge"
    write(folder / "meshes" / "w.stl", binary_stl())
    write(
        folder / "model.config",
        '<model><name>W</name><sdf version="1.5">old.sdf</sdf><sdf version="1.9">new.sdf</sdf></model>',
    )
    write(folder / "old.sdf", "<sdf/>")
    write(folder / "new.sdf", f'<sdf version="1.9">{model("wedge", visual(MESH))}</sdf>')
    return tmp_path


def test_a_model_is_an_element_with_its_links_below(read: Read, wedge: Path) -> None:
    included = "<include><uri>model://wedge</uri><name>first</name><pose>1 2 3 0 0 0</pose></include>"
    path = write(wedge / "worlds" / "w.world", world(included, "<include><uri>model://wedge</uri></include>"))
    found, report = read(path)
    assert kinds_of(found) == [
        ("sdf:/", "model"),
        ("sdf:/first", "wedge"),
        ("sdf:/first/body", "link"),
        ("sdf:/wedge", "wedge"),
        ("sdf:/wedge/body", "link"),
    ]
    assert corners(found) == expected(np.concatenate([POINTS, moved(1, 2, 3)]))
    assert outward(found) is False or len(found.surfaces) == 1
    assert found.elements[1].properties == {"uri": "model://wedge"}
    assert "collision shapes are not shown" in report.notes[-1]


def test_a_model_that_only_names_an_include_is_that_model(read: Read, wedge: Path) -> None:
    inner = "<include><uri>model://wedge</uri></include><static>1</static>"
    found, _ = read(
        write(wedge / "w.world", world(model("shelf_001", inner, pose="5 0 0 0 0 1.5707963267948966")))
    )
    assert kinds_of(found)[1:] == [("sdf:/shelf_001", "wedge"), ("sdf:/shelf_001/body", "link")]
    assert corners(found) == expected(np.stack([5 - Y, X, Z], 1))


def test_poses_of_model_link_and_visual_add_up_and_scale_comes_first(read: Read, wedge: Path) -> None:
    mesh = MESH.replace("</uri>", "</uri><scale>1 1 2</scale>")
    body = visual(mesh, link="<pose>0 10 0 0 0 0</pose>", pose="0 0 1 1.5707963267948966 0 0")
    found, _ = read(write(wedge / "w.sdf", world(model("m", body, pose="100 0 0 0 0 0"))))
    assert corners(found) == expected(np.stack([X + 100, 10 - 2 * Z, Y + 1], 1))


def test_roll_pitch_and_yaw_turn_about_axes_that_stand_still(read: Read, wedge: Path) -> None:
    found, _ = read(
        write(
            wedge / "w.sdf",
            world(model("m", visual(MESH), pose="0 0 0 1.5707963267948966 0 1.5707963267948966")),
        )
    )
    assert corners(found) == expected(np.stack([Z, X, Y], 1))
    degrees = f'<model name="m"><pose degrees="true">0 0 0 90 0 90</pose>{visual(MESH)}</model>'
    found, _ = read(write(wedge / "d.sdf", world(degrees)))
    assert corners(found) == expected(np.stack([Z, X, Y], 1))


def test_a_pose_may_be_relative_to_another_part(read: Read, wedge: Path) -> None:
    inner = (
        '<frame name="f"><pose>0 0 7 0 0 0</pose></frame>'
        '<link name="base"><pose relative_to="f">0 1 0 0 0 0</pose></link>'
        + visual(MESH, link='<pose relative_to="base">1 0 0 0 0 0</pose>')
    )
    found, _ = read(write(wedge / "w.sdf", world(model("m", inner))))
    assert corners(found) == expected(moved(1, 1, 7))


def test_models_may_stand_within_models(read: Read, wedge: Path) -> None:
    inner = model("inner", visual(MESH), pose="0 0 1 0 0 0") + visual(MESH)
    found, _ = read(write(wedge / "w.sdf", world(model("outer", inner, pose="2 0 0 0 0 0"))))
    assert [key for key, _kind in kinds_of(found)] == [
        "sdf:/",
        "sdf:/outer",
        "sdf:/outer/body",
        "sdf:/outer/inner",
        "sdf:/outer/inner/body",
    ]
    assert corners(found) == expected(np.concatenate([moved(2, 0, 0), moved(2, 0, 1)]))


@pytest.mark.parametrize(
    ("geometry", "size", "volume"),
    [
        ("<box><size>1 2 3</size></box>", (1, 2, 3), 6),
        ("<cylinder><radius>1</radius><length>4</length></cylinder>", (2, 2, 4), 4 * np.pi),
        ("<cone><radius>1</radius><length>3</length></cone>", (2, 2, 3), np.pi),
        ("<sphere><radius>2</radius></sphere>", (4, 4, 4), 32 / 3 * np.pi),
        ("<ellipsoid><radii>1 2 3</radii></ellipsoid>", (2, 4, 6), 8 * np.pi),
        ("<capsule><radius>1</radius><length>2</length></capsule>", (2, 2, 4), 2 * np.pi + 4 / 3 * np.pi),
        (
            "<polyline><point>0 0</point><point>0 2</point><point>1 0</point><height>3</height></polyline>",
            (1, 2, 3),
            3,
        ),
    ],
)
def test_solids_have_their_size_and_are_closed(
    read: Read, tmp_path: Path, geometry: str, size: tuple[float, ...], volume: float
) -> None:
    found, _ = read(write(tmp_path / "w.sdf", world(model("m", visual(geometry)))))
    surface = found.surfaces[0]
    np.testing.assert_allclose(np.ptp(surface.positions, axis=0), size, rtol=0.01)
    a, b, c = (surface.positions[surface.triangles[:, k]].astype(float) for k in range(3))
    assert (a * np.cross(b, c)).sum() / 6 == pytest.approx(volume, rel=0.03)
    if "polyline" not in geometry:
        assert outward(found)


def test_a_plane_faces_along_its_normal(read: Read, tmp_path: Path) -> None:
    plane = "<plane><normal>0 1 0</normal><size>4 2</size></plane>"
    found, _ = read(write(tmp_path / "w.sdf", world(model("m", visual(plane)))))
    np.testing.assert_allclose(found.surfaces[0].normals, [[0, 1, 0]] * 4, atol=1e-6)
    assert sorted(np.ptp(found.surfaces[0].positions, axis=0).round(5).tolist()) == [0, 2, 4]


def test_materials_of_visuals_win(read: Read, wedge: Path) -> None:
    red = "<material><diffuse>1 0 0 1</diffuse></material>"
    script = "<material><script><name>Gazebo/Blue</name></script></material>"
    clear = "<transparency>0.5</transparency><material><diffuse>0 1 0</diffuse></material>"
    path = write(
        wedge / "w.sdf",
        world(*(model(f"m{n}", visual(MESH, look)) for n, look in enumerate((red, script, clear, "")))),
    )
    found, _ = read(path)
    colors = [found.materials[s.materials[0]].base_color for s in found.surfaces]
    assert colors == [(1, 0, 0, 1), (0, 0, 1, 1), (0, 1, 0, 0.5), (0.8, 0.8, 0.8, 1)]
    assert [e.layer for e in found.elements if e.kind == "link"] == ["content", "content", "glass", "content"]


def test_meshes_keep_their_textures_from_the_models_folder(read: Read, tmp_path: Path) -> None:
    folder = tmp_path / "models" / "box"
    write(folder / "materials" / "textures" / "skin.png", picture())
    skin = "../materials/textures/skin.png"
    images = f'<library_images><image id="img"><init_from>{skin}</init_from></image></library_images>'
    effect = '<lambert><diffuse><texture texture="img" texcoord="UV"/></diffuse></lambert>'
    write(folder / "meshes" / "Box.DAE", dae(effect=effect, asset=CM_Z, libraries=images))
    mesh = "<mesh><uri>model://box/meshes/box.dae</uri></mesh>"
    write(folder / "model.sdf", f'<sdf version="1.5">{model("box", visual(mesh))}</sdf>')
    found, report = read(
        write(tmp_path / "worlds" / "w.world", world("<include><uri>model://box</uri></include>"))
    )
    assert corners(found) == expected(POINTS / 100)
    assert [m.texture for m in found.materials] == [0]
    assert len(found.images) == 1
    assert report.skipped == {}
    alone, _ = read(folder)
    assert [m.texture for m in alone.materials] == [0]


def test_one_part_of_a_mesh_can_be_chosen(read: Read, tmp_path: Path) -> None:
    two = (
        '<node name="left">' + "<translate>9 0 0</translate>"
        '<instance_geometry url="#wedge"/></node><node name="right"><instance_geometry url="#wedge"/></node>'
    )
    write(tmp_path / "two.dae", dae(two, asset='<unit meter="1"/><up_axis>Z_UP</up_axis>'))
    mesh = "<mesh><uri>two.dae</uri><submesh><name>left</name>{}</submesh></mesh>"
    found, _ = read(write(tmp_path / "w.sdf", world(model("m", visual(mesh.format(""))))))
    assert corners(found) == expected(moved(9, 0, 0))
    found, _ = read(
        write(tmp_path / "w.sdf", world(model("m", visual(mesh.format("<center>true</center>")))))
    )
    assert corners(found) == expected(POINTS - (2, 1, 0.5))


def test_what_is_not_there_is_named_and_the_rest_is_drawn(read: Read, wedge: Path) -> None:
    path = write(
        wedge / "w.world",
        world(
            "<include><uri>model://wedge</uri></include>",
            "<include><uri>model://unicorn</uri></include>",
            "<include><uri>model://sun</uri></include>",
            "<include><uri>model://ground_plane</uri></include>",
            "<include><uri>https://fuel.example.com/models/robot</uri></include>",
            model("m", visual("<mesh><uri>model://wedge/meshes/gone.dae</uri></mesh>")),
            model("h", visual("<heightmap><uri>x.png</uri></heightmap>")),
            '<actor name="walker"/>',
        ),
    )
    found, report = read(path)
    assert [key for key, _kind in kinds_of(found)][1:] == ["sdf:/wedge", "sdf:/wedge/body"]
    assert report.left_out() == [
        "1 was left out: a height map (heightmap).",
        "1 was left out: a light.",
        "1 was left out: a mesh that is not there (model://wedge/meshes/gone.dae).",
        "2 were left out: a model in which nothing can be seen (m, h).",
        "2 were left out: a model that is not there (model://unicorn, https://fuel.example.com/models/robot).",
        "1 was left out: an actor, which moves (walker).",
        "1 was left out: the endless ground of a simulator, for which there is ours.",
    ]


def test_a_sloppy_document_is_read_and_a_broken_one_is_not(read: Read, wedge: Path) -> None:
    text = world("<include><uri>model://wedge</uri><odd:params><odd:a/></odd:params></include>")
    found, _ = read(write(wedge / "w.world", "\n  " + text))
    assert [key for key, _kind in kinds_of(found)][1:] == ["sdf:/wedge", "sdf:/wedge/body"]
    with pytest.raises(ImportFailed, match=r"no sound XML: .*(odd|mismatch)"):
        read(write(wedge / "w.world", text.replace("</odd:a>", "").replace("<odd:a/>", "<odd:a>")))


SELF = world("<include><uri>model://loop</uri></include>")
FRAMES = '<frame name="a" attached_to="b"/><frame name="b" attached_to="a"/>'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("<sdf", "no sound XML"),
        ("<urdf/>", "should be an SDF document, but holds 'urdf'"),
        (world(), "nothing in the file can be drawn"),
        (world("<include><uri>model://unicorn</uri></include>"), "1 × a model that is not there"),
        (SELF, "a model includes itself"),
        (
            world(model("m", FRAMES + visual(MESH, link='<pose relative_to="a">0 0 0 0 0 0</pose>'))),
            "refers to itself",
        ),
        ('<!DOCTYPE x [<!ENTITY a SYSTEM "/etc/passwd">]><sdf>&a;</sdf>', "declares entities"),
    ],
)
def test_a_bad_file_is_named(read: Read, wedge: Path, text: str, sentence: str) -> None:
    inner = "<include><uri>model://loop</uri></include>" + visual(MESH)
    write(wedge / "models" / "loop" / "model.sdf", f'<sdf version="1.6">{model("loop", inner)}</sdf>')
    with pytest.raises(ImportFailed, match=sentence):
        read(write(wedge / "w.world", text))


def test_a_real_lamp_stands_where_its_world_puts_it_with_its_texture(read: Read) -> None:
    found, report = read(DATA / "lamps" / "lamps.world")
    assert [(e.key, e.kind) for e in found.elements if e.parent == 0] == [
        ("sdf:/by_the_door", LAMP),
        ("sdf:/by_the_desk", LAMP),
        (f"sdf:/{LAMP}", LAMP),
    ]
    assert (report.triangles, report.skipped) == (3 * 196, {})
    (surface,) = found.surfaces
    (material,) = found.materials
    assert (material.texture, len(found.images)) == (0, 1)
    low, high = np.array(LAMP_BOX)
    first = surface.positions[surface.elements == 2] - np.array([1, 2, 0])
    np.testing.assert_allclose([first.min(0), first.max(0)], [low, high], atol=1e-4)
    turned = surface.positions[surface.elements == 4]
    np.testing.assert_allclose(turned.min(0)[:2], (4 - high[1], 2 + low[0]), atol=1e-4)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data set is not here")
@pytest.mark.parametrize(
    ("name", "models", "triangles"), [("small_warehouse", 26, 15003), ("no_roof_small_warehouse", 22, None)]
)
def test_the_small_warehouse_comes_out_whole(
    read: Read, name: str, models: int, triangles: int | None
) -> None:
    found, report = read(SHARED / "worlds" / f"{name}.world")
    placed = [e for e in found.elements if e.parent == 0]
    if triangles is not None:
        assert (len(placed), len({e.kind for e in placed})) == (models, 13)
        assert report.triangles == triangles
    assert report.skipped == {}
    assert not [note for note in report.notes if "not there" in note]
    assert len(found.images) >= 13
    textured = [m for m in found.materials if m.texture is not None]
    assert len(textured) == len(found.materials)
