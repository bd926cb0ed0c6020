"""PLY: one mesh with colours of its vertices or faces, and a texture."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from walkdown.errors import ImportFailed
from walkdown.i18n import _, mark
from walkdown.package.model import Element, Material, Model
from walkdown_server.importers.assembly import Assembly, nothing_to_draw, root_element
from walkdown_server.importers.looks import Textures, linear_colors
from walkdown_server.importers.mesh_file import frame_of_mesh, read_bytes, source_of
from walkdown_server.importers.ply_file import Lists, PlyFile, Table, parse_ply
from walkdown_server.importers.polygons import triangulate
from walkdown_server.importers.shapes import Shape
from walkdown_server.importers.task import ReadTask
from walkdown_server.importers.units import unit_in
from walkdown_server.importers.welding import number_points, unique_rows

SCHEME = "ply"
UP = "Z"
TEXTURE_COMMENT = "TextureFile"
UV_NAMES = (("s", "t"), ("u", "v"), ("texture_u", "texture_v"), ("texture_s", "texture_t"))
COLOR_NAMES = (("red", "green", "blue"), ("diffuse_red", "diffuse_green", "diffuse_blue"), ("r", "g", "b"))
POINTS_ONLY = mark("a point without a face")

Array = npt.NDArray[Any]


def read_ply(task: ReadTask) -> Model:
    """Read a .ply file.

    Raises:
        ImportFailed: one sentence says why. UnitMissing: nothing says in which unit it counts.
    """
    data = read_bytes(task.path)
    file = parse_ply(data)
    points, polygons = _points(file), _polygons(file)
    task.report.elements_in += 1
    if not len(polygons.sizes):
        task.report.skip(POINTS_ONLY, max(len(points), 1))
        raise nothing_to_draw(task)
    unit = unit_in("\n".join(file.comments).encode())
    matrix = frame_of_mesh(task, [points], up=UP, words="PLY", unit=unit)
    assembly = Assembly(task, Model(task.path.stem))
    assembly.model.sources.append(source_of(task, data, "PLY"))
    task.progress(0.5)
    shape = assembly.add_shape(_shape(assembly, file, points=points))
    if shape is None:
        raise nothing_to_draw(task)
    root = assembly.add_element(root_element(SCHEME, task))
    row = assembly.add_element(Element(f"{SCHEME}:/mesh", task.path.stem[:200], parent=root))
    assembly.place(shape, row, matrix)
    task.report.elements_out += 1
    task.progress(1.0)
    return assembly.finish()


def _points(file: PlyFile) -> Array:
    table = file.tables.get("vertex")
    if table is None or not {"x", "y", "z"} <= table.scalars.keys():
        raise ImportFailed(_("a PLY file should have vertices with x, y and z, but this one has none"))
    return np.stack([table.scalars[axis].astype(np.float64) for axis in "xyz"], 1)


def _polygons(file: PlyFile) -> Lists:
    """Return the faces of the file; strips of triangles become faces."""
    for name in ("face", "tristrips"):
        table = file.tables.get(name)
        found = (
            None
            if table is None
            else next((table.lists[n] for n in ("vertex_indices", "vertex_index") if n in table.lists), None)
        )
        if found is not None and len(found.sizes):
            faces = Lists(found.values.astype(np.int64), found.sizes)
            return faces if name == "face" else _strips(faces)
    return Lists(np.zeros(0, np.int64), np.zeros(0, np.int64))


def _strips(strips: Lists) -> Lists:
    """Return triangles of strips, in which −1 begins a new one."""
    ends = np.cumsum(strips.sizes)
    values = np.insert(strips.values, ends[:-1], -1)
    breaks = np.flatnonzero(values < 0)
    place = np.arange(len(values))
    since = place - np.concatenate([[0], breaks + 1])[np.searchsorted(breaks, place)]
    first = place[:-2][(values[:-2] >= 0) & (values[1:-1] >= 0) & (values[2:] >= 0)]
    odd = since[first] % 2 == 1
    corners = np.stack([first, first + 1 + odd, first + 2 - odd], 1)
    return Lists(values[corners].reshape(-1), np.full(len(first), 3, np.int64))


def _shape(assembly: Assembly, file: PlyFile, *, points: Array) -> Shape:
    polygons = _polygons(file)
    corners = polygons.values
    if len(corners) and not 0 <= corners.min() <= corners.max() < len(points):
        raise ImportFailed(
            _("a face uses vertex {number}, but there are {count}: the file is damaged").format(
                number=int(corners.min() if corners.min() < 0 else corners.max()), count=len(points)
            )
        )
    triangles, _owners = triangulate(points[corners], polygons.sizes)
    colors, uvs = _colors(file, polygons), _uvs(file, polygons)
    columns = [corners]
    if colors is not None:
        columns.append(np.ascontiguousarray(colors).view("<u4").reshape(-1).astype(np.int64))
    if uvs is not None:
        columns.append(number_points(uvs))
    first, number = unique_rows(columns)
    material = _material(assembly, file, textured=uvs is not None)
    return Shape(
        positions=points[corners[first]],
        triangles=number[triangles],
        materials=assembly.add_material(material),
        normals=_normals(file, corners[first]),
        uvs=None
        if uvs is None or material.texture is None
        else np.stack([uvs[first, 0], 1 - uvs[first, 1]], 1),
        colors=None if colors is None else linear_colors(colors[first]),
    )


def _material(assembly: Assembly, file: PlyFile, *, textured: bool) -> Material:
    names = [c[len(TEXTURE_COMMENT) :].strip() for c in file.comments if c.startswith(TEXTURE_COMMENT)]
    texture = Textures(assembly).load(names[0]) if names and names[0] and textured else None
    return Material(
        "PLY",
        base_color=(0.8, 0.8, 0.8, 1.0)
        if texture is None and _colored(file) is None
        else (1.0, 1.0, 1.0, 1.0),
        double_sided=True,
        texture=None if texture is None else texture.row,
        alpha_mode="opaque" if texture is None else texture.alpha,
    )


def _normals(file: PlyFile, vertices: Array) -> Array | None:
    scalars = file.tables["vertex"].scalars
    if not {"nx", "ny", "nz"} <= scalars.keys():
        return None
    normals = np.stack([scalars[name] for name in ("nx", "ny", "nz")], 1)
    return normals[vertices] if np.abs(np.nan_to_num(normals)).max(initial=0) > 0 else None


def _colored(file: PlyFile) -> tuple[Table, tuple[str, ...]] | None:
    """Return the table whose rows have colours, vertices first, and the names of them."""
    for table in (file.tables.get("vertex"), file.tables.get("face")):
        for names in COLOR_NAMES if table is not None else ():
            if table is not None and set(names) <= table.scalars.keys():
                return table, names
    return None


def _colors(file: PlyFile, polygons: Lists) -> Array | None:
    """Return (c, 4) uint8 sRGB colours of the corners."""
    found = _colored(file)
    if found is None:
        return None
    table, names = found
    alpha = [name for name in ("alpha", "a", "diffuse_alpha") if name in table.scalars][:1]
    columns = [_bytes(table.scalars[name]) for name in (*names, *alpha)]
    colors = np.full((table.count, 4), 255, np.uint8)
    colors[:, : len(columns)] = np.stack(columns, 1)
    if table.name == "vertex":
        return colors[polygons.values]
    return np.repeat(colors, polygons.sizes, axis=0) if len(colors) == len(polygons.sizes) else None


def _bytes(column: Array) -> Array:
    """Return values of 0 to 255, of 0 to 65,535 or of 0 to 1 as bytes."""
    if column.dtype.kind == "f":
        whole = 255.0 if np.nanmax(column, initial=0) <= 1 else 1.0
        return np.rint(np.nan_to_num(column) * whole).clip(0, 255).astype(np.uint8)
    return (column >> 8 if column.dtype.itemsize > 1 and column.max(initial=0) > 255 else column).astype(
        np.uint8
    )


def _uvs(file: PlyFile, polygons: Lists) -> Array | None:
    """Return (c, 2) texture coordinates of the corners, v up."""
    face, vertex = file.tables.get("face"), file.tables["vertex"]
    wedges = None if face is None else face.lists.get("texcoord")
    if wedges is not None and wedges.values.size == 2 * len(polygons.values):
        return np.ascontiguousarray(wedges.values.reshape(-1, 2).astype(np.float64))
    for names in UV_NAMES:
        if set(names) <= vertex.scalars.keys():
            uvs = np.stack([vertex.scalars[name].astype(np.float64) for name in names], 1)
            return uvs[polygons.values]
    return None
