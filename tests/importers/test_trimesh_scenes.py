"""OFF, 3DXML and XAML, which trimesh reads: units, axes, names, copies and colours."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from tests.importers.conftest import Read
from tests.importers.wedge import FACES, POINTS, expected, write, zipped
from walkdown.errors import ImportFailed
from walkdown.messages import ImportOptions
from walkdown_server.importers.units import UnitMissing

METRES = ImportOptions(unit=1.0)
OFF = "\n".join(
    [
        "OFF # a wedge",
        "4 4 6",
        *(f"{x} {y} {z}" for x, y, z in POINTS),
        *(f"3 {a} {b} {c}" for a, b, c in FACES),
    ]
)
XAML = """<Viewport3D xmlns="http://schemas.microsoft.com/winfx/2006/xaml/presentation"><ModelVisual3D>
<ModelVisual3D.Transform>
<MatrixTransform3D Matrix="1 0 0 0 0 1 0 0 0 0 1 0 10 0 0 1"/></ModelVisual3D.Transform>
<ModelVisual3D.Content><GeometryModel3D><GeometryModel3D.Material><DiffuseMaterial><DiffuseMaterial.Brush>
<SolidColorBrush Color="#FF0000" Opacity="1"/></DiffuseMaterial.Brush></DiffuseMaterial>
</GeometryModel3D.Material>
<GeometryModel3D.Geometry><MeshGeometry3D Positions="0,0,0 4,0,0 0,2,0" Normals="0,0,1 0,0,1 0,0,1"
TriangleIndices="0 1 2"/></GeometryModel3D.Geometry></GeometryModel3D></ModelVisual3D.Content></ModelVisual3D>
</Viewport3D>"""
PART = """<XMLRepresentation><Root><Rep><Faces><Face triangles="0 2 1 0 1 3 0 3 2 1 2 3">
<SurfaceAttributes><Color xsi:type="RGBAColorType" xmlns:xsi="x" red="1" green="0" blue="0" alpha="1"/>
</SurfaceAttributes></Face></Faces><VertexBuffer><Positions>0 0 0,4 0 0,0 2 0,0 0 1</Positions>
<Normals>0 0 1,0 0 1,0 0 1,0 0 1</Normals></VertexBuffer></Rep></Root></XMLRepresentation>"""


def product(*, part: str = "wheel.3DRep") -> str:
    """Return a pump with two wheels, 100 mm and 200 mm along X."""
    wheels = "".join(
        f'<Instance3D id="{number}" name="Wheel.{number}"><IsAggregatedBy>1</IsAggregatedBy>'
        f"<IsInstanceOf>2</IsInstanceOf><RelativeMatrix>1 0 0 0 1 0 0 0 1 {x} 0 0</RelativeMatrix>"
        "</Instance3D>"
        for number, x in ((5, 100), (6, 200))
    )
    return (
        '<Model_3dxml><ProductStructure root="1"><Reference3D id="1" name="Pump"/>'
        '<Reference3D id="2" name="Wheel"/><ReferenceRep id="3" name="rep" format="TESSELLATED" '
        f'associatedFile="urn:3DXML:{part}"/><InstanceRep id="4" name="r"><IsAggregatedBy>2</IsAggregatedBy>'
        f"<IsInstanceOf>3</IsInstanceOf></InstanceRep>{wheels}</ProductStructure></Model_3dxml>"
    )


def three_dxml(parts: Mapping[str, bytes] | None = None) -> bytes:
    manifest = b"<Manifest><Root>pump.3dxml</Root></Manifest>"
    return zipped(
        {
            "Manifest.xml": manifest,
            "pump.3dxml": product().encode(),
            "wheel.3DRep": PART.encode(),
            **(parts or {}),
        }
    )


def test_an_off_file_is_asked_for_its_unit_and_lands_where_it_says(read: Read, tmp_path: Path) -> None:
    path = write(tmp_path / "w.off", OFF.encode())
    with pytest.raises(UnitMissing):
        read(path)
    model, report = read(path, METRES)
    assert expected(model.surfaces[0].positions) == expected(POINTS)
    assert (report.elements_in, report.elements_out, report.triangles) == (1, 1, 4)


def test_a_polygon_of_an_off_file_becomes_triangles(read: Read, tmp_path: Path) -> None:
    text = "OFF\n5 1 0\n0 0 0\n2 0 0\n3 1 0\n1 3 0\n-1 1 0\n5 0 1 2 3 4\n"
    _model, report = read(write(tmp_path / "five.off", text.encode()), METRES)
    assert report.triangles == 3


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (OFF[:-10], "announces 8 vertices and faces, but has 7: it is cut off"),
        ("OFF", "starts with OFF and the numbers"),
        ("a poem", "starts with OFF and the numbers"),
        ("OFF\n3 1 0\n0 0 0\n1 0 0\n0 x 0\n3 0 1 2", "expected a sound OFF file"),
        ("OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 9", "expected a sound OFF file"),
    ],
)
def test_a_bad_off_file_is_refused_with_what_was_expected(
    read: Read, tmp_path: Path, text: str, sentence: str
) -> None:
    with pytest.raises(ImportFailed, match=sentence):
        read(write(tmp_path / "bad.off", text.encode()), METRES)


def test_parts_of_3dxml_count_in_millimetres_and_keep_their_names(read: Read, tmp_path: Path) -> None:
    model, report = read(write(tmp_path / "pump.3dxml", three_dxml()))
    assert [element.name for element in model.elements] == ["pump", "Wheel", "Wheel"]
    assert [element.key for element in model.elements[1:]] == ["3dxml:/Wheel", "3dxml:/Wheel[2]"]
    points = np.concatenate([surface.positions for surface in model.surfaces])
    np.testing.assert_allclose(points.min(0), [0.1, 0, 0], atol=1e-6)
    np.testing.assert_allclose(points.max(0), [0.204, 0.002, 0.001], atol=1e-6)
    assert (report.elements_in, report.elements_out) == (2, 2)
    assert model.surfaces[0].colors is not None
    assert model.surfaces[0].colors[0].tolist() == [255, 0, 0, 255]


def test_what_3dxml_stores_in_a_private_way_is_named(read: Read, tmp_path: Path) -> None:
    secret = product(part="wheel.bin")
    with pytest.raises(ImportFailed, match="stored in a way that cannot be read"):
        read(write(tmp_path / "p.3dxml", three_dxml({"pump.3dxml": secret.encode(), "wheel.bin": b"\0\1\2"})))


def test_xaml_counts_in_metres_with_its_places_and_colours(read: Read, tmp_path: Path) -> None:
    model, _report = read(write(tmp_path / "w.xaml", XAML.encode()))
    assert sorted(model.surfaces[0].positions[:, 0].tolist()) == [10, 10, 14]
    assert model.surfaces[0].colors is not None
    assert model.surfaces[0].colors[0].tolist() == [255, 0, 0, 255]


@pytest.mark.parametrize(("name", "data"), [("a.3dxml", b"PK\3\4"), ("a.xaml", b"<a"), ("b.xaml", b"<a/>")])
def test_other_bad_files_get_one_sentence(read: Read, tmp_path: Path, name: str, data: bytes) -> None:
    with pytest.raises(ImportFailed, match="expected a sound"):
        read(write(tmp_path / name, data))
