"""Packages from elsewhere: what is not sound is refused with one sentence, whatever was done to it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import msgpack
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server.bringing import wdp_of, zip_of
from walkdown.errors import PackageError
from walkdown.package.manifest import canonical_json
from walkdown.twin import Catalogue, ModelThings, Relation, Thing
from walkdown_server.models.reading import CatalogueThings, ReadPackage, check_package, read_package
from walkdown_server.packages import BlobStore, open_package, package_refs

NOTHING_KNOWN = CatalogueThings(Catalogue(1))
SOUND = wdp_of("a", "b", name="sound")


def read(path: Path, data: bytes) -> ReadPackage:
    path.write_bytes(data)
    package = check_package(path, progress=lambda part: None, cancelled=lambda: False)
    return read_package(package, "m", NOTHING_KNOWN)


def files_of(data: bytes, tmp_path: Path) -> dict[str, bytes]:
    (tmp_path / "sound.wdp").write_bytes(data)
    with zipfile.ZipFile(tmp_path / "sound.wdp") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_changed(files: dict[str, bytes], name: str, data: bytes) -> bytes:
    """The package with another file in place of one, and all hashes right."""
    digest = hashlib.sha256(data).hexdigest()
    new = name if name == "tileset.json" else f"{name[:2]}{digest}{Path(name).suffix}"
    manifest = json.loads(files["manifest.json"].replace(name.encode(), new.encode()))
    manifest["blobs"][new] |= {"size": len(data), "sha256": digest}
    manifest.pop("id")
    manifest["id"] = hashlib.sha256(canonical_json(manifest)).hexdigest()
    changed = {n: d for n, d in files.items() if n != name} | {new: data}
    return zip_of((changed | {"manifest.json": canonical_json(manifest)}).items())


def test_a_sound_package_brings_its_things(tmp_path: Path) -> None:
    found = read(tmp_path / "x.wdp", SOUND)
    assert (found.name, found.thing_ids) == ("sound", frozenset({"m#a", "m#b"}))


@given(
    st.lists(st.tuples(st.integers(0, len(SOUND) - 1), st.integers(0, 255)), min_size=1, max_size=8),
    st.integers(0, 200),
)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_changed_in_the_file_it_is_sound_or_refused(
    tmp_path: Path, changes: list[tuple[int, int]], cut: int
) -> None:
    data = bytearray(SOUND)
    for place, byte in changes:
        data[-place - 1] = byte
    with contextlib.suppress(PackageError):
        read(tmp_path / "x.wdp", bytes(data[: len(data) - cut] if cut > 150 else data))


@pytest.mark.parametrize("part", ["tileset.json", "c/", "e/", "p/"])
@pytest.mark.parametrize("data", [b"", b"nonsense", zstandard.compress(msgpack.packb({"keys": []}))])
def test_a_file_with_the_right_hash_and_the_wrong_content_is_refused(
    tmp_path: Path, part: str, data: bytes
) -> None:
    files = files_of(SOUND, tmp_path)
    name = next(name for name in files if name.startswith(part))
    with pytest.raises(PackageError):
        read(tmp_path / "x.wdp", with_changed(files, name, data))


@pytest.mark.parametrize("size", [(64 << 20) + 1, 1 << 40])
def test_a_table_that_would_fill_the_memory_is_refused_before_it_is_unpacked(
    tmp_path: Path, size: int
) -> None:
    files = files_of(SOUND, tmp_path)
    name = next(name for name in files if name.startswith("e/"))
    bomb = b"\x28\xb5\x2f\xfd\xe0" + size.to_bytes(8, "little") + bytes(20)
    with pytest.raises(PackageError, match="asks for"):
        read(tmp_path / "x.wdp", with_changed(files, name, bomb))


@pytest.mark.parametrize("zip64", [False, True])
def test_a_directory_that_would_fill_the_memory_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zip64: bool
) -> None:
    data = zip_of((f"{n}", b"") for n in range(70_000 if zip64 else 1000))
    (tmp_path / "x.wdp").write_bytes(data)
    monkeypatch.setattr("walkdown_server.packages.DIRECTORY_SIZE_MAX", 10_000)
    monkeypatch.setattr("zipfile.ZipFile", None)
    with pytest.raises(PackageError, match="the directory of the zip has"):
        open_package(tmp_path / "x.wdp")


def test_a_compressed_zip_is_no_package(tmp_path: Path) -> None:
    data = zip_of(files_of(SOUND, tmp_path).items(), zipfile.ZIP_DEFLATED)
    with pytest.raises(PackageError, match="is compressed"):
        read(tmp_path / "x.wdp", data)


WALL, NEW = "ifc:2O2Fr$t4X7Zf8NOew3FLOH", "ifc:1hOSvn6df7F8_7GcBWlRGQ"


def test_things_that_the_catalogue_has_are_not_brought_again() -> None:
    known = Catalogue(
        1,
        (
            Thing("L1", "Line"),
            Thing("L1.FIL", "Filler", element="plant:/FIL"),
            Thing("L1.CAP", "Capper", element="plant:/CAP", element_model="other"),
            Thing(WALL, "Wall", element=WALL),
        ),
    )
    brought = ModelThings(
        (
            Thing("plant:/FIL", "Filler", element="plant:/FIL"),
            Thing("plant:/FIL/cap", "Cap", element="plant:/FIL/cap", parent="plant:/FIL"),
            Thing("plant:/CAP", "Capper", element="plant:/CAP"),
            Thing(WALL, "Wall", element=WALL),
            Thing(NEW, "New", element=NEW, parent=WALL),
        ),
        (Relation(NEW, "plant:/FIL", "feeds"), Relation(WALL, "plant:/FIL", "feeds")),
    )
    assert CatalogueThings(known).beside(brought, "m") == ModelThings(
        (
            Thing("m#plant:/FIL/cap", "Cap", element="plant:/FIL/cap", parent="L1.FIL", element_model="m"),
            Thing("m#plant:/CAP", "Capper", element="plant:/CAP", element_model="m"),
            Thing(NEW, "New", element=NEW, parent=WALL),
        ),
        (Relation(NEW, "L1.FIL", "feeds"),),
    )
    own = CatalogueThings(known).beside(brought, "other")
    assert [thing.id for thing in own.things] == ["other#plant:/FIL/cap", NEW]


def test_things_of_more_than_can_be_shown_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("walkdown_server.models.reading.THINGS_SIZE_MAX", 10)
    with pytest.raises(PackageError, match="split the model"):
        read(tmp_path / "x.wdp", SOUND)


def test_models_of_the_start_have_names_of_their_own_and_stand_as_coordinates_say(tmp_path: Path) -> None:
    coordinates: list[dict[str, Any]] = [
        {"epsg": 7415, "origin": (84_000.0, 447_000.0, 0.0)},
        {"epsg": 7415, "origin": (84_100.0, 447_000.0, 0.0)},
        {},
    ]
    packages = []
    for number, fields in enumerate(coordinates):
        (tmp_path / f"{number}.wdp").write_bytes(wdp_of(f"{number}", name="hall", **fields))
        packages.append(open_package(tmp_path / f"{number}.wdp"))
    refs = package_refs(packages, BlobStore())
    assert [ref.model for ref in refs] == ["hall", "hall 2", "hall 3"]
    assert [ref.placement[3] for ref in refs] == [0.0, 100.0, 0.0]
    assert [ref.base for ref in refs] == [0, 1, 2]


def test_what_comes_out_of_a_compressor_is_kept_in_no_more_memory_than_it_has_bytes() -> None:
    blobs, data = BlobStore(), bytes(8_000_000)
    tracemalloc.start()
    try:
        blob = blobs.put(zstandard.ZstdCompressor().compress(data), media="", passing=True)
        held_bytes, _most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert blob.size < held_bytes < 100_000
