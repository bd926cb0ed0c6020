"""Hostile glTF: bombs in counts, nodes and images, and paths that lead out."""

from __future__ import annotations

import base64
import io
import json
import struct
import zlib
from typing import Any

import numpy as np

from tests.hostile.cases import Case, case
from tests.hostile.samples import gltf, small_glb
from tests.importers.forge import TRIANGLE, Forge, glb, triangle

POINTS = TRIANGLE.tobytes()
NODES = 1_000_000
CHAIN = 50_000


def _glb(**changes: Any) -> bytes:
    return glb(triangle(**changes), POINTS)


def _accessor(**changes: Any) -> bytes:
    plain = {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}
    return _glb(accessors=[plain | changes])


def _nodes(nodes: list[Any]) -> bytes:
    return _glb(nodes=nodes, scenes=[{"nodes": [0]}])


def _many_nodes() -> bytes:
    return _nodes([{"children": list(range(1, NODES))}, *[{"mesh": 0}] * (NODES - 1)])


def _positions(*values: float) -> bytes:
    return glb(triangle(), struct.pack("<9f", *values))


def _uri(uri: str) -> dict[str, bytes]:
    return {"model.gltf": json.dumps(triangle(buffers=[{"byteLength": 36, "uri": uri}])).encode()}


def _png(width: int, height: int) -> bytes:
    """Returns a PNG whose header claims a size that its data does not have."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000)))


def _image(data: bytes | None = None, uri: str = "") -> bytes:
    text = uri or "data:image/png;base64," + base64.b64encode(data or b"").decode()
    material = {"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}
    return _glb(
        images=[{"uri": text}],
        textures=[{"source": 0}],
        materials=[material],
        meshes=[{"primitives": [{"attributes": {"POSITION": 0}, "material": 0}]}],
    )


def _copies(count: int) -> bytes:
    forge = Forge()
    mesh = forge.mesh(POSITION=np.tile(TRIANGLE, (200, 1)))
    places = forge.array(np.zeros((count, 3), np.float32))
    instancing = {"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": places}}}
    forge.node(mesh=mesh, extensions=instancing)
    return forge.glb(extensionsUsed=list(instancing))


def _same_mesh_often() -> bytes:
    forge = Forge()
    mesh = forge.mesh(POSITION=np.tile(TRIANGLE, (100_000, 1)))
    for _ in range(5000):
        forge.node(mesh=mesh)
    return forge.glb()


def _bad_indices() -> bytes:
    forge = Forge()
    forge.node(mesh=forge.mesh(POSITION=TRIANGLE, indices=np.array([0, 1, 2**31], np.uint32)))
    return forge.glb()


NAN, INFINITY = float("nan"), float("inf")

CASES: list[Case] = [
    case("glb/accessor asks for gigabytes", "model.glb", _accessor(count=2**31 - 1)),
    case(
        "glb/accessor without data asks for gigabytes", "model.glb", _accessor(count=10**9, bufferView=None)
    ),
    case("glb/accessor with a negative count", "model.glb", _accessor(count=-1)),
    case("glb/accessor with a count beyond integers", "model.glb", _accessor(count=10**30)),
    case("glb/accessor that starts before its buffer", "model.glb", _accessor(byteOffset=-8)),
    case(
        "glb/sparse accessor asks for gigabytes",
        "model.glb",
        _accessor(
            count=3,
            sparse={
                "count": 2**31,
                "indices": {"bufferView": 0, "componentType": 5125},
                "values": {"bufferView": 0},
            },
        ),
    ),
    case("glb/header claims 4 GiB", "model.glb", glb(triangle(), POINTS, total=2**32 - 1)),
    case(
        "glb/JSON nested 100,000 deep",
        "model.glb",
        glb(b'{"asset":{"version":"2.0","extras":' + b"[" * 100_000),
    ),
    case(
        "glb/extras nested 100,000 deep and closed",
        "model.glb",
        glb(b'{"asset":{"version":"2.0","extras":' + b"[" * 100_000 + b"]" * 100_000 + b"}}"),
    ),
    case("glb/a million nodes", "model.glb", _many_nodes, slow=True),
    case(
        "glb/a chain of 50,000 nodes",
        "model.glb",
        _nodes([*({"children": [n + 1]} for n in range(CHAIN)), {"mesh": 0}]),
    ),
    case("glb/nodes in a circle", "model.glb", _nodes([{"children": [1]}, {"children": [0], "mesh": 0}])),
    case("glb/a node that is its own child", "model.glb", _nodes([{"children": [0], "mesh": 0}])),
    case("glb/a node of two parents", "model.glb", _nodes([{"children": [1, 1]}, {"mesh": 0}])),
    case("glb/a scene that is not there", "model.glb", _glb(scene=7)),
    case("glb/coordinates that are no numbers", "model.glb", _positions(*[NAN] * 9)),
    case("glb/one infinite coordinate", "model.glb", _positions(0, 0, 0, INFINITY, 0, 0, 0, 1, 0)),
    case("glb/coordinates of 1e38", "model.glb", _positions(0, 0, 0, 1e38, 0, 0, 0, 1e38, 0)),
    case("glb/a scale of 1e30", "model.glb", _nodes([{"mesh": 0, "scale": [1e30, 1, 1]}])),
    case("glb/a scale of zero", "model.glb", _nodes([{"mesh": 0, "scale": [0, 0, 0]}])),
    case("glb/a matrix of huge numbers", "model.glb", _nodes([{"mesh": 0, "matrix": [1e200] * 16}])),
    case("glb/a rotation of zeros", "model.glb", _nodes([{"mesh": 0, "rotation": [0, 0, 0, 0]}])),
    case("glb/an index far beyond the vertices", "model.glb", _bad_indices()),
    case("glb/a million copies of 200 triangles", "model.glb", lambda: _copies(1_000_000), slow=True),
    case("glb/five thousand nodes of one heavy mesh", "model.glb", _same_mesh_often, slow=True),
    case(
        "glb/compression that is not read",
        "model.glb",
        _glb(extensionsRequired=["KHR_draco_mesh_compression"]),
    ),
    case("glb/an image of 40,000 × 40,000", "model.glb", _image(_png(40_000, 40_000))),
    case("glb/an image of 60,000 × 1", "model.glb", _image(_png(60_000, 1))),
    case("glb/an image that is a zip", "model.glb", _image(b"PK\x03\x04" + bytes(100))),
    case("glb/an image by an absolute path", "model.glb", _image(uri="/etc/passwd")),
    case("glb/an image by an address", "model.glb", _image(uri="http://127.0.0.1:9/x.png")),
    case(
        "glb/names with control characters",
        "model.glb",
        _nodes([{"mesh": 0, "name": "a\x00b\x1b[2J\u202e\n" * 50}]),
    ),
    case("glb/a name of ten megabytes", "model.glb", lambda: _nodes([{"mesh": 0, "name": "x" * 10_000_000}])),
    case(
        "glb/fifty thousand nodes of one name",
        "model.glb",
        lambda: _nodes([{"children": list(range(1, 50_000))}, *[{"mesh": 0, "name": "same"}] * 49_999]),
        slow=True,
    ),
    case("glb/file name with control characters", "a\x1b[2J\nb.glb", small_glb()),
    case("gltf/buffer by an absolute path", "model.gltf", _uri("/etc/passwd")["model.gltf"]),
    case(
        "gltf/buffer by a parent path",
        "in/model.gltf",
        _uri("../secret.bin")["model.gltf"],
        beside={"secret.bin": POINTS},
    ),
    case(
        "gltf/buffer by an encoded parent path",
        "in/model.gltf",
        _uri("%2e%2e/secret.bin")["model.gltf"],
        beside={"secret.bin": POINTS},
    ),
    case(
        "gltf/buffer by a backslash path",
        "in/model.gltf",
        _uri("..\\secret.bin")["model.gltf"],
        beside={"secret.bin": POINTS},
    ),
    case("gltf/buffer by an address", "model.gltf", _uri("http://127.0.0.1:9/x.bin")["model.gltf"]),
    case("gltf/buffer by a file address", "model.gltf", _uri("file:///etc/passwd")["model.gltf"]),
    case("gltf/buffer that is missing", "model.gltf", _uri("gone.bin")["model.gltf"]),
    case(
        "gltf/buffer that is a folder", "model.gltf", _uri("folder")["model.gltf"], beside={"folder/x": b""}
    ),
    case(
        "gltf/buffer that is a link out",
        "in/model.gltf",
        gltf()["model.gltf"],
        beside={"secret.bin": POINTS},
        links={"in/mesh.bin": "../secret.bin"},
    ),
    case(
        "gltf/buffer that is a link to a device",
        "model.gltf",
        gltf()["model.gltf"],
        links={"mesh.bin": "/dev/zero"},
    ),
    case(
        "gltf/buffer that is a link to itself",
        "model.gltf",
        gltf()["model.gltf"],
        links={"mesh.bin": "mesh.bin"},
    ),
    case("gltf/data address that is damaged", "model.gltf", _uri("data:;base64,@@@@")["model.gltf"]),
    case("gltf/file itself is a link to a device", "model.gltf", b"", links={"model.gltf": "/dev/zero"}),
    case("glb/images shared by a thousand materials", "model.glb", lambda: _materials(1000)),
]


def _materials(count: int) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (64, 64)).save(out, "PNG")
    uri = "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
    return _glb(
        images=[{"uri": uri}] * count,
        textures=[{"source": n} for n in range(count)],
        materials=[{"pbrMetallicRoughness": {"baseColorTexture": {"index": n}}} for n in range(count)],
        meshes=[{"primitives": [{"attributes": {"POSITION": 0}, "material": n} for n in range(count)]}],
    )
