"""Files that cannot be read say why in one sentence; odd ones that can are read."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from tests.importers_ifc.conftest import Read
from tests.importers_ifc.forge import Forge
from walkdown.errors import ImportFailed


@pytest.fixture
def house(tmp_path: Path) -> bytes:
    """A file with one wall."""
    forge = Forge()
    forge.contain(forge.storeys[0], forge.box("IfcWall", "Wall"))
    return forge.save(tmp_path / "house.ifc").read_bytes()


def test_a_file_that_is_cut_off_is_refused(house: bytes, read: Read) -> None:
    with pytest.raises(ImportFailed, match="is cut off: an IFC file ends with END-ISO-10303-21"):
        read(house[: len(house) // 2])


@pytest.mark.parametrize("data", [b"", b"\0" * 1000, b"hello", b"PK", b"ISO-10303-21"])
def test_what_is_no_ifc_file_is_refused(data: bytes, read: Read) -> None:
    with pytest.raises(ImportFailed, match=r"an IFC file (starts|ends) with"):
        read(data)


def test_a_file_that_does_not_parse_is_refused_with_the_place(house: bytes, read: Read) -> None:
    with pytest.raises(ImportFailed, match=r"the file is damaged: .*at offset [0-9]+"):
        read(house.replace(b"'Wall'", b"'Wall"))


def test_a_file_that_parses_in_part_says_how_much_of_it(house: bytes, read: Read) -> None:
    outcome = read(house.replace(b"IFCBUILDING(", b"IFCBUILDNIG("))
    count = house.count(b"=IFC")
    assert f"damaged: {count - 1} of its {count} entities could be read; errors:" in outcome.said()
    assert "'IFCBUILDNIG' not found in schema 'IFC4'" in outcome.said()
    assert outcome.parents("Wall")[0] == "Ground floor"


def test_a_file_of_which_too_little_parses_says_so(house: bytes, read: Read) -> None:
    with pytest.raises(ImportFailed, match=r"[0-9]+ of its [0-9]+ entities could be read; errors: [0-9]+"):
        read(house.replace(b"IFCEXTRUDEDAREASOLID(", b"IFCEXTRUDEDAREASOLID(((("))


def test_what_the_kernel_says_of_a_wrong_type_is_one_line(house: bytes, read: Read) -> None:
    with pytest.raises(ImportFailed, match="the geometry kernel refuses it") as caught:
        read(re.sub(rb"IFCEXTRUDEDAREASOLID\(#[0-9]+", b"IFCEXTRUDEDAREASOLID('x'", house))
    assert len(str(caught.value).splitlines()) == 1


def test_a_sound_file_is_not_called_damaged(house: bytes, read: Read) -> None:
    assert "damaged" not in read(house).said()


@pytest.mark.parametrize("schema", ["IFC4X3_RC2", "IFC2X2_FINAL", "IFC151", "AUTOMOTIVE_DESIGN", ""])
def test_a_schema_that_cannot_be_read_is_named(schema: str, house: bytes, read: Read) -> None:
    with pytest.raises(ImportFailed, match="but only IFC2X3, IFC4 and IFC4X3") as caught:
        read(house.replace(b"'IFC4'", f"'{schema}'".encode()))
    assert schema in str(caught.value)


def test_a_header_without_a_schema_is_refused(house: bytes, read: Read) -> None:
    with pytest.raises(ImportFailed, match="names no IFC schema"):
        read(house.replace(b"FILE_SCHEMA", b"FILE_NOTHING"))


def test_ifcxml_is_refused_by_name(read: Read) -> None:
    with pytest.raises(ImportFailed, match="ifcXML"):
        read(b'<?xml version="1.0"?><ifcXML/>')


@pytest.mark.parametrize("schema", ["IFC4_ADD2", "ifc4", "IFC4X3", "IFC4X3_ADD1"])
def test_other_names_of_a_known_schema_are_read(schema: str, house: bytes, read: Read) -> None:
    outcome = read(house.replace(b"'IFC4'", f"'{schema}'".encode()))
    assert outcome.element("Wall").kind == "IfcWall"
    assert schema in outcome.said()


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-8-sig"])
def test_letters_that_should_have_been_escaped_are_read(encoding: str, house: bytes, read: Read) -> None:
    text = house.decode().replace("'Wall'", "'Außenwand'")
    assert read(text.encode(encoding)).element("Außenwand").kind == "IfcWall"


def test_coordinates_that_are_whole_numbers_are_read(read: Read) -> None:
    forge = Forge(unit="m")
    forge.box("IfcWall", "Wall", at=(2, -1, 3), size=(4, 2, 3))
    text = forge.graph.to_string()
    whole = re.sub(
        r"(IFC(?:CARTESIANPOINT|DIRECTION)\(\()([^)]*)", lambda m: m[1] + m[2].replace(".", ""), text
    )
    assert "((2,-1,3))" in whole
    assert read(whole.encode()).box("Wall") == [[2.0, -1.0, 3.0], [6.0, 1.0, 6.0]]


def test_escaped_letters_of_all_kinds_are_read(house: bytes, read: Read) -> None:
    name = rb"'\X2\4E2D6587\X0\ \X\E9 \S\d \X4\0001F600\X0\'"
    assert read(house.replace(b"'Wall'", name)).element("中文 é ä 😀").kind == "IfcWall"


def test_a_file_in_which_nothing_can_be_drawn_says_why(read: Read) -> None:
    forge = Forge()
    forge.root("IfcAnnotation", Name="Note")
    with pytest.raises(ImportFailed, match="nothing in the file can be drawn"):
        read(forge)


def test_a_file_with_rooms_only_says_that_they_are_not_drawn(read: Read) -> None:
    forge = Forge()
    forge.aggregate(forge.storeys[0], forge.box("IfcSpace", "101"))
    with pytest.raises(ImportFailed, match="nothing in the file can be drawn"):
        read(forge)


def test_a_placement_that_is_relative_to_itself_is_refused(read: Read) -> None:
    forge = Forge()
    wall = forge.box("IfcWall", "Wall")
    inner = forge.placement((1, 0, 0))
    inner.PlacementRelTo = wall.ObjectPlacement
    wall.ObjectPlacement.PlacementRelTo = inner
    with pytest.raises(ImportFailed, match=r"IfcLocalPlacement #[0-9]+ refers to itself in a circle"):
        read(forge)


def test_a_boolean_of_itself_is_refused(read: Read) -> None:
    forge = Forge()
    solid = forge.solid((1, 1, 1))
    one = forge.graph.createIfcBooleanResult("UNION", solid, solid)
    other = forge.graph.createIfcBooleanResult("UNION", one, solid)
    one.FirstOperand = other
    shape = forge.definition([one], kind="CSG")
    forge.root("IfcWall", Name="Wall", Representation=shape, ObjectPlacement=forge.placement((0, 0, 0)))
    with pytest.raises(ImportFailed, match=r"IfcBooleanResult #[0-9]+ refers to itself in a circle"):
        read(forge)


def test_a_map_of_itself_is_refused(read: Read) -> None:
    forge = Forge()
    wall = forge.copies("IfcWall", forge.faces([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [(0, 1, 2)]), [(0, 0, 0)])[
        0
    ]
    mapped = wall.Representation.Representations[0].Items[0]
    mapped.MappingSource.MappedRepresentation.Items = [mapped]
    with pytest.raises(ImportFailed, match="refers to itself in a circle"):
        read(forge)


def test_a_direction_beyond_all_measure_is_refused(house: bytes, read: Read) -> None:
    with pytest.raises(ImportFailed, match=r"as large as in IFCDIRECTION\(\(0\.,1\.E300,"):
        read(house.replace(b"IFCDIRECTION((0.,0.,", b"IFCDIRECTION((0.,1.E300,", 1))


def test_a_circle_as_large_as_the_earth_is_refused(read: Read) -> None:
    forge = Forge(unit="m")
    graph = forge.graph
    centre = graph.createIfcAxis2Placement2D(graph.createIfcCartesianPoint((0.0, 0.0)))
    profile = graph.createIfcCircleProfileDef("AREA", None, centre, 6.4e6)
    up = graph.createIfcDirection((0.0, 0.0, 1.0))
    solid = graph.createIfcExtrudedAreaSolid(profile, forge.axes((0, 0, 0)), up, 1.0)
    forge.root("IfcSlab", Name="Earth", Representation=forge.definition([solid]))
    with pytest.raises(ImportFailed, match=r"unit of length is wrong: IfcCircleProfileDef .* 6.4e\+06 m"):
        read(forge)


def test_properties_that_lead_to_something_else_are_left_out_and_counted(house: bytes, read: Read) -> None:
    forge = Forge()
    wall = forge.box("IfcWall", "Wall")
    forge.properties(wall, "Good", forge.single("Colour", "IfcLabel", "red"))
    forge.properties(wall, "Bad", forge.single("Size", "IfcLabel", "large"))
    text, bad = forge.graph.to_string(), forge.graph.by_type("IfcPropertySet")[1]
    wrong = text.replace(f",#{bad.id()});", f",#{wall.ObjectPlacement.id()});")
    assert wrong != text
    outcome = read(wrong.encode())
    assert outcome.element("Wall").properties["Good.Colour"] == "red"
    assert "so that nothing is told of them: 1." in outcome.said()


def zipped(path: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("_", "."), data)
    return path


def test_an_ifczip_file_is_read(house: bytes, read: Read, tmp_path: Path) -> None:
    outcome = read(zipped(tmp_path / "house.ifczip", house_ifc=house))
    assert outcome.element("Wall").kind == "IfcWall"
    assert outcome.model.sources[0]["file"] == "house.ifczip"


def test_an_ifc_file_that_is_a_zip_in_truth_is_read(house: bytes, read: Read, tmp_path: Path) -> None:
    assert read(zipped(tmp_path / "house.ifc", house_ifc=house)).element("Wall").kind == "IfcWall"


@pytest.mark.parametrize("files", [{}, {"a_ifc": b"", "b_ifc": b""}, {"a_txt": b""}])
def test_an_ifczip_file_with_other_than_one_file_is_refused(
    files: dict[str, bytes], read: Read, tmp_path: Path
) -> None:
    path = zipped(tmp_path / "many.ifczip", readme_txt=b"", **files)
    with pytest.raises(ImportFailed, match=r"holds one \.ifc file, but this one holds [02]"):
        read(path)


def test_a_damaged_ifczip_file_is_refused(house: bytes, read: Read, tmp_path: Path) -> None:
    path = zipped(tmp_path / "house.ifczip", house_ifc=house)
    data = bytearray(path.read_bytes())
    data[60:160] = bytes(100)
    path.write_bytes(data)
    with pytest.raises(ImportFailed, match="is cut off or damaged"):
        read(path)


def test_an_ifczip_file_that_unpacks_to_too_much_is_refused(
    house: bytes, read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("walkdown_server.importers.ifc_file.MAX_FILE_BYTES", len(house) - 1)
    with pytest.raises(ImportFailed, match=f"may have {len(house) - 1} bytes"):
        read(zipped(tmp_path / "house.ifczip", house_ifc=house))


def test_a_file_that_is_not_there_is_named(read: Read, tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="there is no such file"):
        read(tmp_path / "absent.ifc")
