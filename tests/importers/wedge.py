"""One small shape without any symmetry, in every format: where its corners land proves axes and units."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from walkdown.package import Model

POINTS = np.array([[0, 0, 0], [4, 0, 0], [0, 2, 0], [0, 0, 1]], np.float64)
FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
"""A corner cut off a box of 4 × 2 × 1, counter-clockwise seen from outside."""

RED_AND_BLUE = np.array([[255, 0, 0], [0, 0, 255]], np.uint8)


def obj(points: Any = POINTS, *, head: str = "", faces: Any = FACES) -> bytes:
    lines = [head, *(f"v {x} {y} {z}" for x, y, z in points)]
    lines += ["f " + " ".join(str(corner + 1) for corner in face) for face in faces]
    return "\n".join(lines).encode()


def binary_stl(
    points: Any = POINTS, *, header: bytes = b"", attributes: Sequence[int] = (0, 0, 0, 0)
) -> bytes:
    rows = [
        struct.pack("<12fH", 0, 0, 0, *points[face].ravel(), attribute)
        for face, attribute in zip(FACES, attributes, strict=True)
    ]
    return header.ljust(80, b" ") + struct.pack("<I", len(rows)) + b"".join(rows)


def text_stl(*names: str, points: Any = POINTS) -> bytes:
    solids = []
    for name in names:
        corners = ["\n".join(f"vertex {x} {y} {z}" for x, y, z in points[face]) for face in FACES]
        facets = "\n".join(f"facet normal 0 0 0\nouter loop\n{c}\nendloop\nendfacet" for c in corners)
        solids.append(f"solid {name}\n{facets}\nendsolid {name}")
    return "\n".join(solids).encode()


def ply(*, order: str = "<", head: str = "") -> bytes:
    kind = {"<": "binary_little_endian", ">": "binary_big_endian", "": "ascii"}[order]
    header = (
        f"ply\nformat {kind} 1.0\n{head}element vertex 4\n"
        "property float x\nproperty float y\nproperty float z\n"
        "element face 4\nproperty list uchar int vertex_indices\nend_header\n"
    ).encode()
    if not order:
        rows = ["{} {} {}".format(*point) for point in POINTS] + [
            "3 {} {} {}".format(*face) for face in FACES
        ]
        return header + "\n".join(rows).encode()
    body = b"".join(struct.pack(order + "3f", *point) for point in POINTS)
    return header + body + b"".join(struct.pack(order + "B3i", 3, *face) for face in FACES)


def mesh_xml() -> str:
    points = "".join(f'<vertex x="{x}" y="{y}" z="{z}"/>' for x, y, z in POINTS)
    faces = "".join(f'<triangle v1="{a}" v2="{b}" v3="{c}"/>' for a, b, c in FACES)
    return f"<mesh><vertices>{points}</vertices><triangles>{faces}</triangles></mesh>"


def three_mf(
    resources: str = "",
    build: str = "",
    *,
    unit: str = "millimeter",
    parts: dict[str, bytes] | None = None,
) -> bytes:
    resources = resources or f'<object id="1" name="wedge">{mesh_xml()}</object>'
    build = build or '<item objectid="1"/>'
    schemas = "http://schemas.microsoft.com/3dmanufacturing"
    model = (
        f'<model unit="{unit}" xmlns="{schemas}/core/2015/02" xmlns:m="{schemas}/material/2015/02" '
        f'xmlns:p="{schemas}/production/2015/06">'
        f"<resources>{resources}</resources><build>{build}</build></model>"
    )
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
        'Target="/3D/3dmodel.model" Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/>'
        "</Relationships>"
    )
    files = {"3D/3dmodel.model": model.encode(), "_rels/.rels": relations.encode()}
    return zipped(files | (parts or {}))


def dae(
    nodes: str = "", *, asset: str = "", effect: str = "", geometry: str = "", libraries: str = ""
) -> bytes:
    """A COLLADA file; ``nodes`` stand in its scene, and ``#wedge`` and ``#paint`` are there to be used."""
    nodes = nodes or f'<node name="one">{instance()}</node>'
    effect = effect or "<lambert><diffuse><color>1 0 0 1</color></diffuse></lambert>"
    points = " ".join(f"{value:g}" for value in POINTS.ravel())
    uvs = "0 0 1 0 0 1 1 1"
    corners = " ".join(f"{corner} {corner}" for corner in FACES.ravel())
    geometry = geometry or (
        '<geometry id="wedge" name="Wedge"><mesh>'
        f'<source id="p"><float_array id="pa" count="12">{points}</float_array><technique_common>'
        '<accessor source="#pa" count="4" stride="3"><param name="X"/><param name="Y"/><param name="Z"/>'
        "</accessor></technique_common></source>"
        f'<source id="t"><float_array id="ta" count="8">{uvs}</float_array><technique_common>'
        '<accessor source="#ta" count="4" stride="2"><param name="S"/><param name="T"/>'
        "</accessor></technique_common></source>"
        '<vertices id="v"><input semantic="POSITION" source="#p"/></vertices>'
        '<triangles count="4" material="skin"><input semantic="VERTEX" source="#v" offset="0"/>'
        '<input semantic="TEXCOORD" source="#t" offset="1" set="0"/>'
        f"<p>{corners}</p></triangles></mesh></geometry>"
    )
    return (
        '<?xml version="1.0"?><COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1">'
        f"<asset>{asset}</asset>{libraries}"
        f'<library_effects><effect id="fx"><profile_COMMON><technique sid="c">{effect}</technique>'
        "</profile_COMMON></effect></library_effects>"
        '<library_materials><material id="paint" name="Paint"><instance_effect url="#fx"/></material>'
        f"</library_materials><library_geometries>{geometry}</library_geometries>"
        f'<library_visual_scenes><visual_scene id="s">{nodes}</visual_scene></library_visual_scenes>'
        '<scene><instance_visual_scene url="#s"/></scene></COLLADA>'
    ).encode()


def instance(geometry: str = "#wedge") -> str:
    return (
        f'<instance_geometry url="{geometry}"><bind_material><technique_common>'
        '<instance_material symbol="skin" target="#paint"/></technique_common></bind_material>'
        "</instance_geometry>"
    )


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def picture(kind: str = "PNG", mode: str = "RGB", color: Any = (200, 10, 10)) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (4, 4), color).save(out, kind)
    return out.getvalue()


def write(path: Path, data: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def corners(model: Model) -> list[list[float]]:
    """The different points that a model draws in place, relative to nothing, sorted."""
    points = np.concatenate([surface.positions for surface in model.surfaces]) + np.array(model.origin)
    return sorted(map(list, np.unique(points.round(4) + 0.0, axis=0).tolist()))


def expected(points: Any) -> list[list[float]]:
    return sorted(map(list, np.unique(np.asarray(points, np.float64).round(4) + 0.0, axis=0).tolist()))


def moved(x: float, y: float, z: float) -> np.ndarray:
    return np.asarray(POINTS + np.array([x, y, z]))


def outward(model: Model) -> bool:
    """Whether every triangle turns away from the middle of its surface."""
    for surface in model.surfaces:
        a, b, c = (surface.positions[surface.triangles[:, k]] for k in range(3))
        away = (a + b + c) / 3 - surface.positions.mean(0)
        if not ((np.cross(b - a, c - a) * away).sum(1) > 0).all():
            return False
        if not ((surface.normals[surface.triangles[:, 0]] * away).sum(1) > 0).all():
            return False
    return True
