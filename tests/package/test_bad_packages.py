"""Damaged and hostile packages: one clear sentence each, and no other exception."""

from __future__ import annotations

import contextlib
import hashlib
import json
import random
import struct
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgpack
import msgspec
import numpy as np
import pytest
import zstandard

from tests.package.sample import grid, sample_model
from walkdown.errors import PackageError
from walkdown.package import (
    BlobInfo,
    Element,
    Joint,
    Manifest,
    Material,
    Model,
    Surface,
    Tile,
    check_path,
    parse_manifest,
    read_elements,
    read_joints,
    read_tile,
    read_tileset,
    verify_blob,
    write_package,
)
from walkdown.package.manifest import encode_manifest
from walkdown.package.tables import ElementChunk, unpack_table

Files = dict[str, bytes]
Json = dict[str, Any]


@pytest.fixture(scope="module")
def files() -> Files:
    return write_package(sample_model())


@pytest.fixture(scope="module")
def tile(files: Files) -> bytes:
    """A tile with repeats."""
    refs = read_tileset(files["tileset.json"])
    return next(files[r.path] for r in refs if b"EXT_mesh_gpu_instancing" in files[r.path])


def rebuilt(tile: bytes, change: Callable[[Json], None]) -> bytes:
    """Returns the tile with a changed JSON chunk."""
    (length,) = struct.unpack_from("<I", tile, 12)
    document = json.loads(tile[20 : 20 + length])
    change(document)
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    rest = tile[20 + length :]
    header = struct.pack("<4sIIII", b"glTF", 2, 20 + len(text) + len(rest), len(text), 0x4E4F534A)
    return header + text + rest


def remade(files: Files, **changes: object) -> bytes:
    """Returns the manifest with changed fields and the id that belongs to them."""
    fields = json.loads(files["manifest.json"])
    return encode_manifest(fields | changes)


def test_a_flipped_byte_is_found_and_named(files: Files) -> None:
    manifest = parse_manifest(files["manifest.json"])
    for path in manifest.blobs:
        damaged = bytearray(files[path])
        damaged[len(damaged) // 2] ^= 1
        with pytest.raises(PackageError, match=r"should have the hash \w{64}, but has \w{64}") as caught:
            verify_blob(manifest, path, bytes(damaged))
        assert path in str(caught.value)
        verify_blob(manifest, path, files[path])


def test_a_short_blob_is_found_by_its_size(files: Files) -> None:
    manifest = parse_manifest(files["manifest.json"])
    with pytest.raises(PackageError, match=r"should have .* bytes, but has"):
        verify_blob(manifest, "tileset.json", files["tileset.json"][:-1])


def test_a_blob_of_another_package_is_refused(files: Files) -> None:
    with pytest.raises(PackageError, match="has no blob"):
        verify_blob(parse_manifest(files["manifest.json"]), "c/" + "0" * 64 + ".glb", b"")


def test_a_changed_manifest_no_longer_fits_its_id(files: Files) -> None:
    changed = files["manifest.json"].replace(b'"name":"Sample"', b'"name":"Simple"')
    with pytest.raises(PackageError, match="the manifest was changed"):
        parse_manifest(changed)


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../secret",
        "c/../../secret",
        "c\\x.glb",
        "c/x.glb",
        "",
        "manifest.json",
        "c/" + "0" * 64 + ".glb\n",
    ],
)
def test_a_path_outside_the_package_is_refused(files: Files, path: str) -> None:
    with pytest.raises(PackageError, match="named by their hash"):
        check_path(path)
    blobs = json.loads(files["manifest.json"])["blobs"]
    with pytest.raises(PackageError):
        parse_manifest(remade(files, blobs=blobs | {path: blobs["tileset.json"]}))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"version": 2}, "version 1; its format is 'walkdown-package' and its version 2"),
        ({"format": "zip"}, "its format is 'zip'"),
        ({"up": "Y"}, "not complete: Invalid enum value 'Y'"),
        ({"blobs": {}}, "its blobs do not have it"),
        ({"blobs": {"tileset.json": {"size": 1, "sha256": "xyz", "media": ""}}}, "sha256"),
        ({"blobs": {"tileset.json": {"size": -1, "sha256": "0" * 64, "media": ""}}}, "size"),
        ({"blobs": {"tileset.json": {"size": 1 << 40, "sha256": "0" * 64, "media": ""}}}, "size"),
        ({"blobs": {f"e/{'1' * 64}": {"size": 1, "sha256": "0" * 64, "media": ""}}}, "named by its hash"),
        ({"tables": None}, "tables"),
    ],
)
def test_a_wrong_manifest_is_named(files: Files, changes: Json, sentence: str) -> None:
    with pytest.raises(PackageError) as caught:
        parse_manifest(remade(files, **changes))
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"null", b"[" * 100_000, b'{"version": NaN}', b"\xff\xfe"]
)
def test_what_is_no_manifest_is_refused(data: bytes) -> None:
    with pytest.raises(PackageError, match="not"):
        parse_manifest(data)


def test_missing_chunks_are_noticed(files: Files) -> None:
    tables = json.loads(files["manifest.json"])["tables"] | {"count": 5000}
    with pytest.raises(PackageError, match="5000 elements need 2 chunks"):
        parse_manifest(remade(files, tables=tables))


def test_a_table_that_would_grow_to_gigabytes_is_refused() -> None:
    bomb = zstandard.ZstdCompressor().compress(bytes(100 << 20))
    with pytest.raises(PackageError, match="asks for 104857600"):
        unpack_table(bomb, ElementChunk, where="e/bomb")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nonsense",
        zstandard.ZstdCompressor().compress(b"\xc1"),
        zstandard.ZstdCompressor().compress(msgpack.packb([{}] * 1000)),
        zstandard.ZstdCompressor().compress(b"\x91" * 100_000 + b"\xc0"),
        zstandard.ZstdCompressor().compress(msgpack.packb({"keys": ["a"] * 5000})),
    ],
)
def test_a_damaged_table_is_named(data: bytes) -> None:
    with pytest.raises(PackageError, match="e/x"):
        unpack_table(data, ElementChunk, where="e/x")


def test_mutated_tables_never_raise_anything_else(files: Files) -> None:
    manifest = parse_manifest(files["manifest.json"])
    path = manifest.tables.elements[0]
    plain = zstandard.ZstdDecompressor().decompress(files[path])
    rng = random.Random(5)
    for _ in range(200):
        damaged = bytearray(plain)
        damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        data = zstandard.ZstdCompressor().compress(bytes(damaged))
        with contextlib.suppress(PackageError):
            assert len(read_elements(swapped(files, path, data), {**files, path: data}.__getitem__)) == 6


def swapped(files: Files, path: str, data: bytes) -> Manifest:
    """Returns the manifest as if ``data`` were what it means by ``path``."""
    manifest = parse_manifest(files["manifest.json"])
    info = BlobInfo(len(data), hashlib.sha256(data).hexdigest(), "")
    return msgspec.structs.replace(manifest, blobs={**manifest.blobs, path: info})


def test_a_truncated_tile_is_refused_at_every_length(tile: bytes) -> None:
    for length in range(0, len(tile), 7):
        with pytest.raises(PackageError):
            read_tile(tile[:length])


def test_mutated_tiles_are_read_or_refused_but_nothing_else(tile: bytes) -> None:
    rng = random.Random(3)
    refused = 0
    for _ in range(400):
        damaged = bytearray(tile)
        for _ in range(rng.randrange(1, 4)):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        try:
            assert_sound(read_tile(bytes(damaged)))
        except PackageError:
            refused += 1
    assert refused > 100


def assert_sound(tile: Tile) -> None:
    """Checks that nothing in a tile leads beyond it."""
    for surface in (*tile.surfaces, *(r.shape for r in tile.repeats)):
        assert np.isfinite(surface.positions).all()
        assert not surface.triangles.size or surface.triangles.max() < len(surface.positions)
        assert surface.materials.max() < max(1, len(tile.materials))


def _set(path: str, value: object) -> Callable[[Json], None]:
    def change(document: Json) -> None:
        *parts, last = [int(p) if p.isdigit() else p for p in path.split("/")]
        place: Any = document
        for part in parts:
            place = place[part]
        place[last] = value

    return change


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("accessors/0/count", 2**31, "count"),
        ("accessors/0/count", 2**28, "needs 3221225472 bytes"),
        ("accessors/0/count", -1, "count"),
        ("accessors/0/byteOffset", 2**31, "but its buffer view has"),
        ("accessors/0/componentType", 5123, "componentType"),
        ("accessors/0/type", "VEC2", "should have 3"),
        ("accessors/0/bufferView", 999, "refers to buffer view 999"),
        ("bufferViews/0/byteLength", 2**28, "ends at byte"),
        ("bufferViews/1/byteOffset", -8, "byteOffset"),
        ("bufferViews/0/buffer", 1, "buffer"),
        ("meshes/0/primitives/0/indices", 0, "should have 1"),
        ("meshes/0/primitives/0/material", 77, "refers to material 77"),
        ("meshes/0/primitives/0/attributes", {}, "without POSITION"),
        ("meshes/0/primitives/0/mode", 5, "mode"),
        ("meshes/0/primitives", [], "primitives"),
        ("nodes/0/mesh", 9, "refers to mesh 9"),
        ("nodes/0/translation", [0, 0], "translation"),
        ("materials/0/pbrMetallicRoughness/metallicFactor", 2, "metallicFactor"),
        ("materials/0/pbrMetallicRoughness/baseColorTexture", {"index": 3}, "refers to texture 3"),
        ("images", [{"uri": "../../../etc/passwd"}], "named by their hash"),
        ("images", [{"uri": "http://example.com/x.png"}], "named by their hash"),
        ("extensions", {}, "extensions"),
        ("extensions/EXT_structural_metadata/propertyTables/0/count", 50, "should have 200 bytes"),
        ("asset", {"version": "1.0"}, "asset"),
    ],
)
def test_a_hostile_tile_is_named(tile: bytes, path: str, value: object, sentence: str) -> None:
    with pytest.raises(PackageError) as caught:
        read_tile(rebuilt(tile, _set(path, value)))
    assert sentence in str(caught.value)


def test_a_tile_with_nan_is_refused(tile: bytes) -> None:
    point = struct.pack("<f", 3.0)
    start = len(tile) - tile[::-1].index(point[::-1])
    damaged = tile[: start - 4] + struct.pack("<f", float("nan")) + tile[start:]
    with pytest.raises(PackageError, match="not finite"):
        read_tile(damaged)


@pytest.mark.parametrize("part", ["meshes", "nodes"])
def test_bytes_that_are_named_many_times_over_do_not_fill_the_memory(tile: bytes, part: str) -> None:
    def repeat(document: Json) -> None:
        if part == "nodes":
            document["nodes"] = document["nodes"][:1] * 9_000
        else:
            document["meshes"][0]["primitives"] = document["meshes"][0]["primitives"][:1] * 9_000

    with pytest.raises(PackageError, match="bytes of positions and indices"):
        read_tile(rebuilt(tile, repeat))


def test_deep_json_in_a_tile_is_refused(tile: bytes) -> None:
    def deepen(document: Json) -> None:
        document["extras"] = "@"

    text = rebuilt(tile, deepen)
    bomb = b"[" * 50_000 + b"]" * 50_000
    (length,) = struct.unpack_from("<I", text, 12)
    body = text[20 : 20 + length].replace(b'"@"', bomb)
    body += b" " * (-len(body) % 4)
    rest = text[20 + length :]
    with pytest.raises(PackageError):
        read_tile(
            struct.pack("<4sIIII", b"glTF", 2, 20 + len(body) + len(rest), len(body), 0x4E4F534A)
            + body
            + rest
        )


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[" * 50_000, b'{"asset":{"version":"1.0"},"root":{"children":[]}}']
)
def test_what_is_no_tileset_is_refused(data: bytes) -> None:
    with pytest.raises(PackageError, match=r"not one of 3D Tiles 1\.1"):
        read_tileset(data)


def test_a_tile_outside_the_package_is_refused(files: Files) -> None:
    tileset = json.loads(files["tileset.json"])
    tileset["root"]["children"][0]["content"]["uri"] = "../../secret.glb"
    with pytest.raises(PackageError, match="named by their hash"):
        read_tileset(json.dumps(tileset).encode())


def test_a_joint_before_its_parent_is_refused(files: Files) -> None:
    manifest = parse_manifest(files["manifest.json"])
    path = manifest.tables.joints
    assert path is not None
    table = msgpack.unpackb(zstandard.ZstdDecompressor().decompress(files[path]))
    table["rows"][0]["parent"] = 0
    data = zstandard.ZstdCompressor().compress(msgpack.packb(table))
    with pytest.raises(PackageError, match="behind its parent"):
        read_joints(swapped(files, path, data), lambda _: data)


def broken(**changes: Any) -> Model:
    return replace(sample_model(), **changes)


def bent(**changes: Any) -> Model:
    """Returns a model with one wrong surface."""
    base = grid(1, elements=[0], materials=[0])
    return Model("m", [Element("a", "A")], [Material("m")], [replace(base, **changes)])


NAN = np.full((3, 3), np.nan, np.float32)


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (broken(elements=[]), "but this one has 0"),
        (broken(elements=[Element("a", "A"), Element("a", "B")]), "'a' occurs twice"),
        (broken(elements=[Element("", "A")]), "the key of element 0"),
        (broken(elements=[Element("a", "A", parent=0)]), "parents stand before"),
        (broken(elements=[Element("a", "A", layer="roof")]), "layer 'roof'"),
        (broken(elements=[Element("a", "A", joint=1)]), "moves with joint 1"),
        (broken(elements=[Element("a", "A", properties={"x": float("inf")})]), "property 'x'"),
        (broken(elements=[Element("a", "A", properties={"x": 1 << 70})]), "property 'x'"),
        (broken(joints=[Joint("j", "revolute", (0, 0, 0), (0, 0, 2))]), "axis of length 1"),
        (broken(joints=[Joint("j", "revolute", (0, 0, 0), (0, 0, 1), parent=0)]), "parents stand before"),
        (broken(materials=[Material("m", roughness=2)]), "roughness"),
        (broken(materials=[Material("m", emissive=(float("nan"), 0, 0))]), "emissive"),
        (broken(materials=[Material("m", texture=3)]), "uses image 3"),
        (broken(images=[b"GIF89a"]), "image 0"),
        (broken(edges=[(0, 99, "feeds")]), "the feeds edge 0 → 99"),
        (broken(origin=(float("nan"), 0.0, 0.0)), "origin"),
        (bent(positions=NAN), "positions should be finite"),
        (bent(normals=NAN[:2]), "normals"),
        (bent(positions=np.full((3, 3), 2e6, np.float32)), "within ±1000000"),
        (bent(elements=np.array([1, 1, 1], np.uint32)), "name row 1, but there are 1 elements"),
        (bent(materials=np.array([0, 0, 9], np.uint32)), "name row 9"),
        (bent(triangles=np.array([[0, 1, 3]], np.uint32)), "name row 3, but there are 3 vertices"),
        (bent(triangles=np.array([[0, 1, 2]], np.int32)), "expected uint32"),
        (bent(colors=np.zeros((3, 3), np.uint8)), "colors"),
        (
            bent(triangles=np.zeros((0, 3), np.uint32), lines=np.zeros((0, 2), np.uint32)),
            "neither triangles nor lines",
        ),
    ],
)
def test_a_wrong_model_is_named_before_anything_is_written(model: Model, sentence: str) -> None:
    with pytest.raises(PackageError) as caught:
        write_package(model)
    assert sentence in str(caught.value)


def test_a_triangle_between_two_elements_is_refused() -> None:
    surface: Surface = replace(grid(1, elements=[0], materials=[0]), elements=np.array([0, 0, 1], np.uint32))
    model = Model("m", [Element("a", "A"), Element("b", "B")], [Material("m")], [surface])
    with pytest.raises(PackageError, match="should have the same element"):
        write_package(model)
