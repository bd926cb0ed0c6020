"""Scene files: models with their places become one site; what is wrong is named with its table and key."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from tests.importers.wedge import POINTS, binary_stl, dae, write
from walkdown.errors import BadInput, ImportFailed
from walkdown.model_options import ModelFlags
from walkdown.package import ElementTable, Manifest, parse_manifest, read_elements
from walkdown_server.importers.command import import_files, order_of
from walkdown_server.importers.scene import read_scene
from walkdown_server.sites import file_site

EXAMPLE = Path(__file__).parents[2] / "examples" / "site" / "site.toml"


def opened(folder: Path) -> tuple[Manifest, ElementTable]:
    manifest = parse_manifest((folder / "manifest.json").read_bytes())
    return manifest, read_elements(manifest, lambda path: (folder / path).read_bytes())


def quiet() -> Console:
    return Console(file=io.StringIO())


@pytest.fixture
def site(tmp_path: Path) -> Path:
    write(tmp_path / "w.stl", binary_stl(POINTS * 1000))
    write(tmp_path / "sub" / "w.dae", dae(asset='<unit meter="1"/><up_axis>Z_UP</up_axis>'))
    return write(
        tmp_path / "site.toml",
        """
        name = "Two wedges"
        crs = "EPSG:28992"
        origin = [90000, 435000, 0]

        [[model]]
        file = "w.stl"
        unit = "mm"
        name = "left"
        position = [10, 20, 30]
        rotation_deg = 90

        [[model]]
        file = "sub/w.dae"
        scale = 2
        crs = 28992
        origin = [90100.5, 435000, 0]
        """,
    )


def test_each_model_stands_where_the_scene_says(site: Path, tmp_path: Path) -> None:
    import_files([site], tmp_path / "out", console=quiet())
    manifest, table = opened(tmp_path / "out")
    assert manifest.name == "Two wedges"
    assert (manifest.epsg, manifest.origin) == (28992, (90000, 435000, 0))
    assert table.keys == ["stl:left/", "stl:left/solid", "dae:w/", "dae:w/one"]
    np.testing.assert_allclose(table.lo[1], [10 - 2, 20, 30], atol=1e-4)
    np.testing.assert_allclose(table.hi[1], [10, 24, 31], atol=1e-4)
    np.testing.assert_allclose(table.lo[3], [100.5, 0, 0], atol=1e-4)  # it counts from a zero of its own
    np.testing.assert_allclose(table.hi[3], [108.5, 4, 2], atol=1e-4)


def test_a_turn_about_three_axes_turns_about_x_first(site: Path, tmp_path: Path) -> None:
    text = site.read_text(encoding="utf-8").replace("rotation_deg = 90", "rotation_deg = [90, 0, 90]")
    site.write_text(text, encoding="utf-8")
    import_files([site], tmp_path / "out", console=quiet())
    _manifest, table = opened(tmp_path / "out")
    np.testing.assert_allclose(table.lo[1], [10, 20, 30], atol=1e-4)
    np.testing.assert_allclose(table.hi[1], [11, 24, 32], atol=1e-4)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name =", "is not a TOML file"),
        ("", r"should have 1 to 1000 \[\[model\]\] tables, but has 0"),
        ("model = 3", r"model should be \[\[model\]\] tables, but is '3'"),
        ("colour = 1", r"site\.toml: the key 'colour' is not known"),
        (
            "[[model]]\nfile='w.stl'\npositon=[1,2,3]",
            r"\[\[model\]\] 1: the key 'positon' is not known; expected for instance position",
        ),
        ("[[model]]\nname='x'", r"\[\[model\]\] 1 needs the key 'file'"),
        ("[[model]]\nfile='gone.glb'", r"\[\[model\]\] 1: file: there is no file .*gone\.glb"),
        ("[[model]]\nfile=3", "file should be a path, but is '3'"),
        (
            "[[model]]\nfile='w.stl'\nposition=[1]",
            r"position should be \[x, y, z\] in metres, but is '\[1\]'",
        ),
        ("[[model]]\nfile='w.stl'\nposition=['a',2,3]", "position should be"),
        ("[[model]]\nfile='w.stl'\nposition=[inf,2,3]", "position should be"),
        (
            "[[model]]\nfile='w.stl'\nrotation_deg='north'",
            "rotation_deg should be degrees about the vertical",
        ),
        ("[[model]]\nfile='w.stl'\nscale=0", "scale should be a number above 0"),
        ("[[model]]\nfile='w.stl'\nunit='furlong'", "unit should be a unit such as 'mm'"),
        ("[[model]]\nfile='w.stl'\nup='X'", "up should be 'Y' or 'Z'"),
        ("[[model]]\nfile='w.stl'\ncrs='WGS84'", "crs should be a reference system such as 'EPSG:7415'"),
        ("crs=true\n[[model]]\nfile='w.stl'", "crs should be a reference system"),
        ("bindings='b.toml'\n[[model]]\nfile='w.stl'", "bindings: there is no file"),
    ],
)
def test_a_wrong_scene_is_named_with_its_table_and_key(tmp_path: Path, text: str, sentence: str) -> None:
    write(tmp_path / "w.stl", binary_stl())
    with pytest.raises(ImportFailed, match=sentence) as caught:
        read_scene(write(tmp_path / "site.toml", text))
    assert "\n" not in str(caught.value).replace(text, "")


def test_a_scene_stands_alone(site: Path, tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="give it alone"):
        order_of([site, tmp_path / "w.stl"])
    with pytest.raises(ImportFailed, match="of each model itself: leave out the flags"):
        order_of([site], ModelFlags(unit="mm"))
    assert order_of([site], ModelFlags(time=5)).limits.time_secs == 5


def test_models_in_different_reference_systems_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "w.stl", binary_stl())
    model = "[[model]]\nfile = 'w.stl'\nunit = 'm'\ncrs = {}\n"
    scene = write(tmp_path / "site.toml", model.format(25832) + model.format(28992))
    with pytest.raises(BadInput, match=r"w\[2\] is in EPSG:28992, but the site is in EPSG:25832"):
        import_files([scene], tmp_path / "out", console=quiet())


def test_the_example_is_a_site_with_live_values(tmp_path: Path) -> None:
    site = file_site([EXAMPLE], cache=tmp_path)
    things = {thing.id: thing for thing in site.catalogue.things}
    assert site.name == "Pump house"
    assert {"obj:house/Walls", "stl:tank/solid", "P-101"} <= things.keys()
    assert "obj:house/Pump" not in things  # the binding file calls it P-101
    assert things["P-101"].parent == "obj:house/"
    assert [signal.thing for signal in site.catalogue.signals] == ["P-101"]
    assert [source.name for source in site.sources] != []
    table = site.packages[0].elements()
    tank = table.row_of("stl:tank/")
    np.testing.assert_allclose((table.lo[tank] + table.hi[tank])[:2] / 2, [8, 2], atol=0.01)


def test_equal_scenes_are_equal_packages(site: Path, tmp_path: Path) -> None:
    ids = {import_files([site], tmp_path / name, console=quiet()).package_id for name in ("a", "b")}
    assert len(ids) == 1


def test_the_scene_that_the_docs_show_is_one(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "own-data.md").read_text(encoding="utf-8")
    (text,) = [block.split("```")[0] for block in page.split("```toml\n")[1:] if "[[model]]" in block]
    for name in ("house.ifc", "tank.stl", "bindings.toml"):
        write(tmp_path / name, b"")
    scene = read_scene(write(tmp_path / "site.toml", text))
    assert [(file.path.name, file.label) for file in scene.inputs] == [
        ("house.ifc", ""),
        ("tank.stl", "tank"),
    ]
    assert scene.frame.epsg == 28992
    assert scene.bindings == tmp_path / "bindings.toml"
