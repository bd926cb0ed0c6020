"""IFC files become packages in the worker that is held in; what crashes or hangs there is one sentence."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.importers_ifc.conftest import DATA
from tests.importers_ifc.forge import Forge
from walkdown.errors import ImportFailed
from walkdown.package import parse_manifest, read_elements
from walkdown.package.elements import ElementTable
from walkdown_server.importers import Limits, import_file, import_models
from walkdown_server.importers.formats import format_of, load_reader


def elements_of(package: Path) -> ElementTable:
    files = {path.relative_to(package).as_posix(): path for path in package.rglob("*")}
    manifest = parse_manifest(files["manifest.json"].read_bytes())
    return read_elements(manifest, lambda path: files[path].read_bytes())


def house(path: Path, *, shift: float = 0.0) -> Path:
    forge = Forge()
    wall = forge.box("IfcWall", "Wall", at=(shift, 0, 0))
    forge.contain(forge.storeys[0], wall)
    forge.group("IfcSystem", "Shell", wall)
    return forge.save(path)


def test_a_file_becomes_a_package_with_its_keys_kinds_and_systems(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    import_file(
        house(tmp_path / "house.ifc"), tmp_path / "out", progress=lambda step, part: told.append((step, part))
    )
    table = elements_of(tmp_path / "out")
    row = table.names.index("Wall")
    assert table.keys[row].startswith("ifc:")
    assert (table.kinds[row], table.systems[row]) == ("IfcWall", "Shell")
    assert [part for step, part in told if step == "read"] == sorted(p for step, p in told if step == "read")


def test_the_same_real_file_gives_the_same_package(tmp_path: Path) -> None:
    ids = {import_file(DATA / "ifc" / "MEP.ifc", tmp_path / name).package_id for name in ("a", "b")}
    assert len(ids) == 1


def test_two_files_of_one_project_share_its_storeys(tmp_path: Path) -> None:
    forge = Forge()
    forge.contain(forge.storeys[0], forge.box("IfcWall", "Wall"))
    one = forge.save(tmp_path / "one.ifc")
    forge.contain(forge.storeys[0], forge.box("IfcPump", "Pump"))
    for wall in forge.graph.by_type("IfcWall"):
        forge.graph.remove(wall)
    other = forge.save(tmp_path / "other.ifc")
    import_models([one, other], tmp_path / "out")
    names = list(elements_of(tmp_path / "out").names)
    assert [names.count(name) for name in ("Ground floor", "Wall", "Pump")] == [1, 1, 1]


def test_a_product_that_the_kernel_refuses_does_not_take_the_others_with_it(tmp_path: Path) -> None:
    forge = Forge()
    forge.contain(forge.storeys[0], forge.box("IfcWall", "Wall"), forge.box("IfcBeam", "Beam", at=(5, 0, 0)))
    path = forge.save(tmp_path / "house.ifc")
    path.write_bytes(path.read_bytes().replace(b"IFCWALL('", b"IFCWALL(5,'", 1))
    report = import_file(path, tmp_path / "out")
    table = elements_of(tmp_path / "out")
    assert "Beam" in table.names
    assert any(
        "Values that are not of the type that IFC demands" in sentence for sentence in report.sentences()
    )


def test_data_that_the_parser_lets_pass_and_the_kernel_does_not_is_one_sentence(tmp_path: Path) -> None:
    path = house(tmp_path / "house.ifc")
    path.write_bytes(path.read_bytes().replace(b"IFCWALL(", b"IFCWALL((((", 1))
    with pytest.raises(ImportFailed, match=r"^house\.ifc: "):
        import_file(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def chain(path: Path, links: int) -> Path:
    """Write a file whose wall is a boolean of a boolean of a boolean."""
    forge = Forge()
    solid, other = forge.solid((1, 1, 1)), forge.solid((1, 1, 1), corner=(2, 0, 0))
    for _link in range(links):
        solid = forge.graph.createIfcBooleanResult("UNION", solid, other)
    shape = forge.definition([solid], kind="CSG")
    forge.root("IfcWall", Name="Wall", Representation=shape, ObjectPlacement=forge.placement((0, 0, 0)))
    return forge.save(path)


def test_a_chain_that_no_kernel_survives_is_one_sentence(tmp_path: Path) -> None:
    path = chain(tmp_path / "chain.ifc", 20_000)
    with pytest.raises(ImportFailed, match=r"^chain\.ifc: ") as caught:
        import_file(path, tmp_path / "out", limits=Limits(time_secs=10))
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only Linux holds the import worker in")
def test_a_shape_that_takes_too_long_ends_with_the_time_that_it_had(tmp_path: Path) -> None:
    path = chain(tmp_path / "slow.ifc", 700)
    with pytest.raises(ImportFailed, match=r"slow\.ifc: .* 2 s"):
        import_file(path, tmp_path / "out", limits=Limits(time_secs=2))


def test_without_what_reads_it_one_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("walkdown_server.importers.ifc")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "ifcopenshell", None)
    with pytest.raises(ImportFailed, match=r"'walkdown\[ifc\]', or in a checkout python3 run\.py add ifc"):
        load_reader(format_of(Path("house.ifc")))
