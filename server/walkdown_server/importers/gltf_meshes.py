"""The triangles of a foreign glTF mesh as checked arrays, Z up, in the mesh's own frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from walkdown.errors import ImportFailed
from walkdown.i18n import _, mark
from walkdown.package.axes import site_from_gltf
from walkdown.package.model import F32, U8, U32
from walkdown_server.importers import gltf_schema as schema
from walkdown_server.importers.creases import face_normals
from walkdown_server.importers.gltf_arrays import read_array
from walkdown_server.importers.gltf_file import GltfFile

DEFAULT_MATERIAL = -1

Array = npt.NDArray[Any]
Skip = str
"""Why something was left out, in English and marked for the catalogues."""

NO_TRIANGLES: dict[int, Skip] = {
    0: mark("a mesh part with points instead of triangles"),
    1: mark("a mesh part with lines instead of triangles"),
    2: mark("a mesh part with a line loop instead of triangles"),
    3: mark("a mesh part with a line strip instead of triangles"),
}
"""By mode."""

COMPRESSED: dict[str, Skip] = {
    "KHR_draco_mesh_compression": mark("a mesh part compressed with KHR_draco_mesh_compression"),
    "EXT_meshopt_compression": mark("a mesh part compressed with EXT_meshopt_compression"),
}
"""By extension."""


@dataclass(frozen=True, slots=True)
class Triangles:
    """One primitive.

    Attributes:
        positions: (n, 3) float32, Z up.
        normals: (n, 3) float32, unit length.
        faces: (m, 3) uint32.
        uvs: (n, 2) float32 or None.
        colors: (n, 4) uint8 or None.
        material: index in the document, or ``DEFAULT_MATERIAL``.
    """

    positions: F32
    normals: F32
    faces: U32
    uvs: F32 | None
    colors: U8 | None
    material: int


def read_mesh(
    file: GltfFile, number: int, *, uv_set: Callable[[int], str]
) -> tuple[list[Triangles], list[Skip]]:
    """Return the primitives of a mesh that can be drawn, and why others cannot.

    Args:
        uv_set: which attribute holds the texture coordinates of a material.

    Raises:
        ImportFailed: the file is damaged.
    """
    mesh = file.document.meshes[number]
    found: list[Triangles] = []
    skipped: list[Skip] = []
    for primitive in mesh.primitives:
        result = _why_not(primitive) or _read_primitive(file, primitive, uv_set)
        if isinstance(result, str):
            skipped.append(result)
        else:
            found.append(result)
    return found, skipped


def _why_not(primitive: schema.Primitive) -> Skip | None:
    if primitive.mode in NO_TRIANGLES:
        return NO_TRIANGLES[primitive.mode]
    for name, reason in COMPRESSED.items():
        if name in primitive.extensions:
            return reason
    return None if "POSITION" in primitive.attributes else mark("a mesh part with no positions")


def _read_primitive(
    file: GltfFile, primitive: schema.Primitive, uv_set: Callable[[int], str]
) -> Triangles | Skip:
    attributes = primitive.attributes
    material = DEFAULT_MATERIAL if primitive.material is None else primitive.material
    positions = read_array(file, attributes["POSITION"]).astype(np.float32)
    if positions.ndim != 2 or positions.shape[1] != 3:
        raise ImportFailed(_("the positions of a mesh should have three coordinates: the file is damaged"))
    if not np.isfinite(positions).all():
        return mark("a mesh part with positions that are not numbers")
    faces = _read_faces(file, primitive, vertices=len(positions))
    if not len(faces):
        return mark("a mesh part with no triangles with an area")

    def optional(name: str) -> Array | None:
        return read_array(file, attributes[name]) if name in attributes else None

    triangles = Triangles(
        positions=site_from_gltf(positions),
        normals=np.zeros((0, 3), np.float32),
        faces=faces,
        uvs=_uvs(optional(uv_set(material)), len(positions)),
        colors=_colors(optional("COLOR_0"), len(positions)),
        material=material,
    )
    return _with_normals(triangles, optional("NORMAL"))


def _read_faces(file: GltfFile, primitive: schema.Primitive, *, vertices: int) -> U32:
    """Return (m, 3) corners of all triangles that have three different ones."""
    if primitive.indices is None:
        corners = np.arange(vertices, dtype=np.uint32)
    else:
        corners = read_array(file, primitive.indices).astype(np.uint32).reshape(-1)
    if len(corners) and corners.max() >= vertices:
        raise ImportFailed(
            _("a triangle uses vertex {number}, but its mesh has {count}: the file is damaged").format(
                number=corners.max(), count=vertices
            )
        )
    faces = _split_corners(corners, primitive.mode)
    a, b, c = faces.T
    return np.ascontiguousarray(faces[(a != b) & (b != c) & (a != c)])


def _split_corners(corners: U32, mode: int) -> U32:
    if mode == schema.TRIANGLES:
        return corners[: len(corners) // 3 * 3].reshape(-1, 3)
    if len(corners) < 3:
        return np.zeros((0, 3), np.uint32)
    if mode == schema.FAN:
        first: U32 = np.full(len(corners) - 2, corners[0])
        return np.stack([corners[1:-1], corners[2:], first], 1)
    strip = np.stack([corners[:-2], corners[1:-1], corners[2:]], 1)
    strip[1::2] = strip[1::2][:, [1, 0, 2]]  # every other triangle of a strip runs the other way round
    return strip


def _uvs(array: Array | None, count: int) -> F32 | None:
    if array is None or array.shape != (count, 2):
        return None
    return np.nan_to_num(array.astype(np.float32), posinf=0.0, neginf=0.0).clip(-1e5, 1e5)


def _colors(array: Array | None, count: int) -> U8 | None:
    if array is None or array.ndim != 2 or array.shape[0] != count or array.shape[1] not in (3, 4):
        return None
    colors = np.full((count, 4), 255, np.uint8)
    fractions = np.nan_to_num(array.astype(np.float32)).clip(0, 1)
    colors[:, : array.shape[1]] = np.rint(fractions * 255).astype(np.uint8)
    return colors


def _with_normals(triangles: Triangles, normals: Array | None) -> Triangles:
    """Return the triangles with unit normals; flat ones, as glTF demands, where the file has none."""
    if normals is None or normals.shape != triangles.positions.shape:
        return _flat(triangles)
    turned = site_from_gltf(np.nan_to_num(normals.astype(np.float32), posinf=0.0, neginf=0.0).clip(-1e3, 1e3))
    length = np.linalg.norm(turned, axis=1, keepdims=True)
    up = np.array([[0, 0, 1]], np.float32)
    unit = np.where(length > 1e-6, turned / np.maximum(length, 1e-6), up).astype(np.float32)
    return replace(triangles, normals=unit)


def _flat(triangles: Triangles) -> Triangles:
    corners = triangles.faces.reshape(-1)
    positions = triangles.positions[corners]
    return Triangles(
        positions=positions,
        normals=np.repeat(face_normals(positions.reshape(-1, 3, 3)), 3, axis=0),
        faces=np.arange(len(corners), dtype=np.uint32).reshape(-1, 3),
        uvs=None if triangles.uvs is None else triangles.uvs[corners],
        colors=None if triangles.colors is None else triangles.colors[corners],
        material=triangles.material,
    )
