"""Damaged and hostile models: one clear sentence each, and no other exception."""

from __future__ import annotations

import json
import random
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.importers.conftest import DATA, Read
from tests.importers.forge import TRIANGLE, Forge, Json, glb, triangle
from walkdown.errors import BadInput, ImportFailed
from walkdown.package import write_package

POINTS = TRIANGLE.tobytes()
NAN = struct.pack("<9f", *[float("nan")] * 9)


def accessor(**changes: Any) -> Json:
    return triangle(
        accessors=[{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"} | changes]
    )


def extended(name: str) -> Json:
    return triangle(extensionsRequired=[name], extensionsUsed=[name])


def meshes(**primitive: Any) -> Json:
    return triangle(meshes=[{"primitives": [{"attributes": {"POSITION": 0}} | primitive]}])


CHAIN = [{"children": [n + 1]} for n in range(20_000)] + [{"mesh": 0}]
VIEW = {"buffer": 0, "byteLength": 36}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "starts with b''"),
        (b"PK\x03\x04 a zip file, not a GLB", "this one starts with b'PK"),
        (b"glTF", "at least 20 bytes"),
        (glb(triangle(), POINTS)[:100], "the file is cut off or damaged"),
        (glb(triangle(), POINTS, total=2**32 - 1), "says 4294967295 bytes"),
        (glb(triangle()), "buffer 0 should have 36 bytes, but has 0"),
        (glb(triangle(), POINTS[:20]), "buffer 0 should have 36 bytes, but has 20"),
        (glb(b'{"asset":' + b"[" * 200_000), "not a glTF 2.0 document"),
        (glb(b"{}"), "missing required field `asset`"),
        (glb(triangle(asset={"version": "1.0"}), POINTS), "has version '1.0'"),
        (glb(accessor(count=2**31 - 1), POINTS), "asks for 2147483647 values"),
        (glb(accessor(count=400_000_000, bufferView=None), POINTS), "the file has none of them"),
        (glb(accessor(count=-3), POINTS), "accessors[0].count"),
        (glb(accessor(byteOffset=-100), POINTS), "byteOffset"),
        (glb(accessor(byteOffset=30), POINTS), "asks for 3 values (66 bytes)"),
        (glb(accessor(type="VEC2"), POINTS), "three coordinates"),
        (glb(accessor(componentType=1234), POINTS), "componentType"),
        (
            glb(triangle(bufferViews=[VIEW | {"byteLength": 4 << 30}]), POINTS),
            "should end within the 36 bytes",
        ),
        (glb(triangle(bufferViews=[VIEW | {"buffer": 7}]), POINTS), "refers to buffer 7"),
        (glb(triangle(bufferViews=[VIEW | {"byteStride": 4}]), POINTS), "asks for 3 values"),
        (
            glb(triangle(), NAN),
            "nothing in the file can be drawn (1 × a mesh part with positions that are not",
        ),
        (glb(triangle(meshes=[], nodes=[{}]), POINTS), "nothing in the file can be drawn"),
        (glb(triangle(nodes=[{"mesh": 5}]), POINTS), "refers to mesh 5"),
        (glb(triangle(nodes=[{"mesh": 0, "children": [0]}]), POINTS), "form a tree"),
        (glb(triangle(nodes=[{"children": [1]}, {"children": [0]}]), POINTS), "form a tree"),
        (glb(triangle(nodes=CHAIN), POINTS), "may be 256 deep"),
        (glb(triangle(nodes=[{"mesh": 0, "translation": [1e300, 0, 0]}]), POINTS), "finite numbers"),
        (glb(triangle(nodes=[{"mesh": 0, "scale": [1e8, 1, 1]}]), POINTS), "1,000 km from the rest"),
        (glb(meshes(indices=1), POINTS), "refers to accessor 1"),
        (glb(meshes(material=3), POINTS), "refers to material 3"),
        (glb(meshes(mode=9), POINTS), "mode"),
        (glb(extended("KHR_draco_mesh_compression"), POINTS), "requires KHR_draco_mesh_compression"),
        (
            glb(triangle(buffers=[{"byteLength": 36, "uri": "http://127.0.0.1:9/x"}])),
            "only files in its own folder",
        ),
        (glb(triangle(buffers=[{"byteLength": 36, "uri": "/etc/passwd"}])), "only files in its own folder"),
        (glb(triangle(buffers=[{"byteLength": 36, "uri": "../x.bin"}])), "only files in its own folder"),
        (glb(triangle(buffers=[{"byteLength": 36, "uri": "..%2Fx.bin"}])), "only files in its own folder"),
        (glb(triangle(buffers=[{"byteLength": 36, "uri": "c:\\x.bin"}])), "only files in its own folder"),
        (glb(triangle(buffers=[{"byteLength": 36, "uri": "gone.bin"}])), "which is not there"),
        (glb(triangle(buffers=[{"byteLength": 36, "uri": "data:,x"}])), "not base64"),
        (glb(triangle(buffers=[{"byteLength": 36, "uri": "data:;base64,@@"}])), "damaged data URI"),
    ],
)
def test_a_bad_file_is_named(read: Read, data: bytes, sentence: str) -> None:
    with pytest.raises(BadInput) as caught:
        write_package(read(data)[0])
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_index_beyond_the_vertices_is_named(read: Read) -> None:
    forge = Forge()
    forge.node(mesh=forge.mesh(POSITION=TRIANGLE, indices=np.array([0, 1, 9], np.uint16)))
    with pytest.raises(ImportFailed, match="a triangle uses vertex 9, but its mesh has 3"):
        read(forge.glb())


def test_a_link_out_of_the_folder_is_not_followed(read: Read, tmp_path: Path) -> None:
    secret = tmp_path / "secret.bin"
    secret.write_bytes(POINTS)
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "link.bin").symlink_to(secret)
    model = inner / "model.gltf"
    model.write_text(json.dumps(triangle(buffers=[{"byteLength": 36, "uri": "link.bin"}])), encoding="utf-8")
    with pytest.raises(ImportFailed, match="outside its folder"):
        read(model)


def test_a_file_cut_off_anywhere_is_refused(read: Read) -> None:
    whole = (DATA / "nested.glb").read_bytes()
    for length in range(0, len(whole), 97):
        with pytest.raises(ImportFailed):
            read(whole[:length])


@pytest.mark.parametrize("name", ["nested", "CesiumMilkTruck"])
def test_mutated_files_are_imported_or_refused_but_nothing_else(read: Read, name: str) -> None:
    """Changes bytes of the JSON, where they matter; what is read must also be storable or be refused."""
    whole = (DATA / f"{name}.glb").read_bytes()
    (length,) = struct.unpack_from("<I", whole, 12)
    rng = random.Random(11)
    outcomes = {"read": 0, "refused": 0}
    for _ in range(100 if name == "nested" else 25):
        damaged = bytearray(whole)
        for _ in range(rng.randrange(1, 5)):
            at = rng.randrange(20, 20 + length) if rng.random() < 0.8 else rng.randrange(len(whole))
            damaged[at] = rng.choice(b'0123456789-.[]{},:"e') if rng.random() < 0.7 else rng.randrange(256)
        outcomes[_try(read, bytes(damaged))] += 1
    assert outcomes["read"] > 0
    assert outcomes["refused"] > 0


def _try(read: Read, data: bytes) -> str:
    try:
        write_package(read(data)[0])
    except BadInput:
        return "refused"
    return "read"
