"""Makes GLB files by hand, good and bad ones."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np

Json = dict[str, Any]

TRIANGLE = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)


def glb(document: Json | bytes, binary: bytes = b"", *, total: int | None = None) -> bytes:
    """Returns a GLB file; ``total`` is what its header claims."""
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    binary += bytes(-len(binary) % 4)
    body = struct.pack("<II", len(text), 0x4E4F534A) + text
    if binary:
        body += struct.pack("<II", len(binary), 0x004E4942) + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(body) if total is None else total) + body


def triangle(**changes: Any) -> Json:
    """Returns the document of one triangle whose positions are the first 36 bytes."""
    return {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": "part"}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}],
        "bufferViews": [{"buffer": 0, "byteLength": 36}],
        "buffers": [{"byteLength": 36}],
    } | changes


class Forge:
    """Collects arrays into a document."""

    def __init__(self) -> None:
        self.document = triangle(accessors=[], bufferViews=[], meshes=[], nodes=[])
        self.binary = b""

    def array(self, array: Any, **changes: Any) -> int:
        """Adds an accessor and returns its number."""
        component = {"i1": 5120, "u1": 5121, "i2": 5122, "u2": 5123, "u4": 5125, "f4": 5126}[
            array.dtype.str[1:]
        ]
        kind = "SCALAR" if array.ndim == 1 else f"VEC{array.shape[1]}"
        self.binary += bytes(-len(self.binary) % 4)
        view = {"buffer": 0, "byteOffset": len(self.binary), "byteLength": array.nbytes}
        self.binary += array.tobytes()
        self.document["bufferViews"].append(view)
        accessor = {"bufferView": len(self.document["bufferViews"]) - 1, "componentType": component}
        self.document["accessors"].append(accessor | {"count": len(array), "type": kind} | changes)
        return len(self.document["accessors"]) - 1

    def mesh(
        self, *, mode: int = 4, material: int | None = None, indices: Any = None, **attributes: Any
    ) -> int:
        """Adds a mesh of one primitive and returns its number; attributes are arrays or accessor numbers."""
        numbers = {k: v if isinstance(v, int) else self.array(v) for k, v in attributes.items()}
        primitive: Json = {"attributes": numbers, "mode": mode}
        if indices is not None:
            primitive["indices"] = self.array(indices)
        if material is not None:
            primitive["material"] = material
        self.document["meshes"].append({"primitives": [primitive]})
        return len(self.document["meshes"]) - 1

    def node(self, **fields: Any) -> int:
        """Adds a node and returns its number."""
        self.document["nodes"].append(fields)
        return len(self.document["nodes"]) - 1

    def glb(self, *roots: int, **changes: Any) -> bytes:
        """Returns the file; its scene shows ``roots``, or all nodes."""
        shown = list(roots) or list(range(len(self.document["nodes"])))
        whole = self.document | {"scenes": [{"nodes": shown}], "buffers": [{"byteLength": len(self.binary)}]}
        return glb(whole | changes, self.binary)
