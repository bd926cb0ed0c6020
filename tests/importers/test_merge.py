"""Several models become one: where each lands, what its keys are, and what cannot be put together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.importers.wedge import FACES, POINTS
from walkdown.errors import ImportFailed
from walkdown.messages import IN_PLACE, ImportOptions, Placement
from walkdown.package import Element, Joint, Material, Model, Repeat, Surface
from walkdown.package.check import check_model
from walkdown_server.importers.frame import choose_origin, site_from_file
from walkdown_server.importers.job import OF_THE_MODELS, SiteFrame
from walkdown_server.importers.merge import Part, merge
from walkdown_server.importers.placement import Placements, make_repeat
from walkdown_server.importers.report import ImportReport

UP = np.tile(np.array([[0, 0, 1]], np.float32), (4, 1))


def model(*keys: str, drawn: tuple[int, ...] = (0,), **fields: object) -> Model:
    """A model that draws the wedge as some of its elements; each is below the one before."""
    elements = [Element(key, key, parent=row - 1, properties={"row": row}) for row, key in enumerate(keys)]
    made = Model("m", elements=elements, materials=[Material("grey")], images=[])
    for row in drawn:
        rows, grey = np.full(4, row, np.uint32), np.zeros(4, np.uint32)
        made.surfaces.append(Surface(POINTS.astype(np.float32), UP, rows, grey, FACES.astype(np.uint32)))
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def merged(*parts: Part, frame: SiteFrame = OF_THE_MODELS) -> tuple[Model, ImportReport]:
    report = ImportReport(name="site")
    site = merge(parts, name="site", report=report, frame=frame)
    check_model(site)
    return site, report


def quarter(x: float, y: float, z: float) -> Placement:
    """Turned a quarter about the vertical, then moved."""
    return (0.0, -1.0, 0.0, x, 1.0, 0.0, 0.0, y, 0.0, 0.0, 1.0, z)


def test_one_model_stays_as_it_is() -> None:
    alone = model("gltf:/", "gltf:/a", drawn=(1,), origin=(5.0, 6.0, 7.0), epsg=28992)
    site, _ = merged(Part(alone, "hall"))
    assert [e.key for e in site.elements] == ["gltf:/", "gltf:/a"]
    assert (site.origin, site.epsg) == ((5, 6, 7), 28992)
    np.testing.assert_array_equal(site.surfaces[0].positions, POINTS)


def test_path_keys_get_the_label_and_others_do_not() -> None:
    site, _ = merged(
        Part(model("obj:/", "obj:/a", drawn=(1,)), "hall"), Part(model("ifc:1", "gml:x"), "city")
    )
    assert [e.key for e in site.elements] == ["obj:hall/", "obj:hall/a", "ifc:1", "gml:x"]


def test_a_storey_of_two_files_becomes_one_and_a_second_drawing_gets_the_label() -> None:
    first = model("ifc:storey", "ifc:wall", drawn=(1,))
    second = model("ifc:storey", "ifc:wall", "ifc:pipe", drawn=(1, 2))
    site, _ = merged(Part(first, "arch"), Part(second, "mep"))
    assert [(e.key, e.parent) for e in site.elements] == [
        ("ifc:storey", -1),
        ("ifc:wall", 0),
        ("ifc:mep/wall", 0),
        ("ifc:pipe", 2),
    ]
    assert [int(s.elements[0]) for s in site.surfaces] == [1, 2, 3]


def test_a_group_may_be_drawn_by_another_file() -> None:
    site, _ = merged(
        Part(model("ifc:site", "ifc:a", drawn=(1,)), "a"), Part(model("ifc:site", drawn=(0,)), "b")
    )
    assert [e.key for e in site.elements] == ["ifc:site", "ifc:a"]
    assert [int(s.elements[0]) for s in site.surfaces] == [1, 0]


def test_the_third_of_a_name_gets_a_number() -> None:
    parts = [Part(model("ifc:1"), "x") for _ in range(3)]
    assert [e.key for e in merged(*parts)[0].elements] == ["ifc:1", "ifc:x/1", "ifc:x/1[2]"]


def test_georeferenced_files_land_right_to_each_other_before_float32() -> None:
    far = (447_000.0, 5_932_000.0, 0.0)
    near = (447_100.25, 5_932_000.0, 12.5)
    site, _ = merged(
        Part(model("gml:a", origin=far, epsg=25832), "a"), Part(model("gml:b", origin=near, epsg=25832), "b")
    )
    assert site.origin == far
    np.testing.assert_array_equal(
        site.surfaces[1].positions - site.surfaces[0].positions, [[100.25, 0, 12.5]] * 4
    )


def test_the_first_file_with_a_reference_system_gives_the_origin() -> None:
    local = model("obj:/")
    city = model("gml:a", origin=(447_000.0, 5_932_000.0, 0.0), epsg=25832)
    site, report = merged(Part(local, "local"), Part(city, "city"))
    assert (site.origin, site.epsg) == ((447_000, 5_932_000, 0), 25832)
    np.testing.assert_array_equal(site.surfaces[0].positions, POINTS)
    assert report.notes == [
        "local has no reference system and stands far from the site: its zero is put at the site's."
    ]


def test_a_scene_may_say_the_frame() -> None:
    city = model("gml:a", origin=(1_000.0, 2_000.0, 0.0), epsg=25832)
    site, _ = merged(Part(city, "city"), frame=SiteFrame(25832, (990.0, 2_000.0, 1.0)))
    np.testing.assert_array_equal(site.surfaces[0].positions, POINTS + np.array([10, 0, -1]))


def test_different_reference_systems_are_refused_unless_the_place_was_said() -> None:
    parts = [Part(model(f"gml:{n}", epsg=n), f"city {n}") for n in (25832, 28992)]
    with pytest.raises(ImportFailed, match="city 28992 is in EPSG:28992, but the site is in EPSG:25832"):
        merged(*parts)
    site, _ = merged(parts[0], replace(parts[1], placement=IN_PLACE))
    assert site.epsg == 25832


def test_what_stands_beyond_reach_of_the_origin_is_refused() -> None:
    parts = [
        Part(model(f"gml:{x}", epsg=25832, origin=(float(x), 0.0, 0.0)), f"city {x}") for x in (0, 2_000_000)
    ]
    with pytest.raises(
        ImportFailed, match="city 2000000 stands more than 1000 km from the origin of the site"
    ):
        merged(*parts)


def test_a_placed_model_is_turned_and_moved_with_its_copies_and_joints() -> None:
    part = model("a:/", "a:/ball", drawn=(0,))
    turn = np.eye(4)
    turn[:3, :3] = [[0, 0, 1], [0, 1, 0], [-1, 0, 0]]
    turn[:3, 3] = (1, 2, 3)
    shape = replace(part.surfaces[0])
    part.repeats = [make_repeat(shape, Placements(np.array([1], np.uint32), turn[None]))]
    part.joints = [Joint("a:/j", "revolute", (1.0, 0.0, 0.0), (1.0, 0.0, 0.0))]
    part.elements[1] = replace(part.elements[1], joint=0)
    before = drawn_points(part.repeats[0])
    site, _ = merged(Part(part, "p", quarter(10, 0, 0)), Part(model("b:/"), "q"))
    x, y, z = POINTS.T
    np.testing.assert_allclose(site.surfaces[0].positions, np.stack([10 - y, x, z], 1), atol=1e-6)
    x, y, z = before.T
    np.testing.assert_allclose(drawn_points(site.repeats[0]), np.stack([10 - y, x, z], 1), atol=1e-5)
    assert site.joints[0].key == "a:p/j"
    np.testing.assert_allclose(site.joints[0].origin, (10, 1, 0), atol=1e-12)
    np.testing.assert_allclose(site.joints[0].axis, (0, 1, 0), atol=1e-12)


def drawn_points(repeat: Repeat) -> np.ndarray:
    w, *xyz = repeat.rotations[0].astype(float)
    scaled = repeat.shape.positions * repeat.scales[0].astype(float)
    turned = scaled + 2 * np.cross(xyz, np.cross(xyz, scaled) + w * scaled)
    return np.asarray(turned + repeat.translations[0])


def test_edges_materials_and_images_follow_their_rows() -> None:
    image = b"\x89PNG\r\n\x1a\n"
    first = model("a:/", "a:/x", drawn=(1,), images=[b"\xff\xd8\xff1"])
    second = model("b:/", "b:/x", drawn=(1,), images=[image], edges=[(0, 1, "feeds")])
    second.materials = [Material("red", texture=0)]
    second.surfaces = [replace(s, uvs=np.zeros((4, 2), np.float32)) for s in second.surfaces]
    site, _ = merged(Part(first, "a"), Part(second, "b"))
    assert site.edges == [(2, 3, "feeds")]
    assert [m.name for m in site.materials] == ["grey", "red"]
    assert site.materials[1].texture == 1
    assert site.surfaces[1].materials.tolist() == [1] * 4


# ---- the zero of one model ----------------------------------------------------------------------------

NOTHING = ImportOptions()


def test_a_model_near_zero_keeps_the_files_zero() -> None:
    points = np.array([[9_000.0, 0, 0], [-9_000, 0, 0], [100, 100, 100]])
    assert choose_origin(points, options=NOTHING) == (0, 0, 0)


def test_a_model_far_from_zero_takes_whole_metres_in_its_middle() -> None:
    points = np.array([[447_000.4, 5_932_000.6, 10.2]]) + np.arange(9.0)[:, None]
    assert choose_origin(points, options=NOTHING) == (447_004, 5_932_005, 14)


def test_one_outlier_does_not_move_the_zero_whatever_side_it_is_on() -> None:
    city = np.array([[447_000.0, 5_932_000.0, 0.0]]) + np.random.default_rng(1).random((50, 3)) * 100
    plain = choose_origin(city, options=NOTHING)
    for stray in ([[0, 0, 0]], [[3e8, 3e8, 3e8]], [[np.inf, 0, 0]], [[np.nan] * 3]):
        with_stray = choose_origin(np.concatenate([city, stray]), options=NOTHING)
        assert np.abs(np.subtract(with_stray, plain)).max() <= 10


def test_what_weighs_more_counts_more() -> None:
    points = np.array([[0.0, 0, 0], [300_000, 0, 0]])
    assert choose_origin(points, np.array([1.0, 1000.0]), options=NOTHING) == (300_000, 0, 0)
    assert choose_origin(points, np.array([1000.0, 1.0]), options=NOTHING) == (0, 0, 0)


def test_an_origin_that_was_said_wins() -> None:
    said = ImportOptions(origin=(1.5, 2.5, 3.5))
    assert choose_origin(np.zeros((1, 3)), options=said) == (1.5, 2.5, 3.5)


def test_axes_and_units_become_the_sites() -> None:
    point = np.array([1.0, 2.0, 3.0, 1.0])
    assert (site_from_file(NOTHING, unit=0.001, up="Z") @ point)[:3].tolist() == [0.001, 0.002, 0.003]
    assert (site_from_file(NOTHING, unit=1.0, up="Y") @ point)[:3].tolist() == [1, -3, 2]
    said = ImportOptions(unit=2.0, up="Z", scale=10.0)
    assert (site_from_file(said, unit=1.0, up="Y") @ point)[:3].tolist() == [20, 40, 60]
