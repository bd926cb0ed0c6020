"""Vertex arrays to Panda geometry: one array per attribute, one copy each, bounds given.

May be called in any thread: the copies release the interpreter lock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from panda3d.core import (
    BoundingBox,
    Geom,
    GeomLines,
    GeomNode,
    GeomTriangles,
    GeomVertexArrayData,
    GeomVertexArrayFormat,
    GeomVertexData,
    GeomVertexFormat,
    InternalName,
    OmniBoundingVolume,
    PandaNode,
    Point3,
)

F32 = npt.NDArray[np.float32]
U32 = npt.NDArray[np.uint32]


@dataclass(frozen=True)
class _Column:
    components: int
    numeric: Any
    contents: Any
    dtype: str


_COLUMNS = {
    "vertex": _Column(3, Geom.NT_float32, Geom.C_point, "f4"),
    "normal": _Column(3, Geom.NT_float32, Geom.C_normal, "f4"),
    "texcoord": _Column(2, Geom.NT_float32, Geom.C_texcoord, "f4"),
    "tangent_side": _Column(4, Geom.NT_float32, Geom.C_other, "f4"),
    "tint": _Column(4, Geom.NT_float32, Geom.C_other, "f4"),
    "packed_color": _Column(1, Geom.NT_uint32, Geom.C_other, "u4"),
    "element": _Column(1, Geom.NT_uint32, Geom.C_other, "u4"),
    "material": _Column(1, Geom.NT_uint32, Geom.C_other, "u4"),
}
"""Every vertex attribute there is; a column that is an integer arrives exactly in an ``in uint``."""

_SHORT_ROWS = 65_535
"""Below it rows are stored in two bytes; the number itself would restart a strip."""

_PRIMITIVES: dict[int, type[GeomLines | GeomTriangles]] = {2: GeomLines, 3: GeomTriangles}


@cache
def _format_of(names: tuple[str, ...]) -> GeomVertexFormat:
    made = GeomVertexFormat()
    for name in names:
        column = _COLUMNS[name]
        array = GeomVertexArrayFormat()
        array.add_column(InternalName.make(name), column.components, column.numeric, column.contents)
        made.add_array(array)
    return GeomVertexFormat.register_format(made)


def make_vertices(columns: Mapping[str, npt.NDArray[Any]]) -> GeomVertexData:
    """Copy the columns into a vertex table.

    Args:
        columns: attribute name to (n, components) or (n,) array; all of the same length.
    """
    names = tuple(columns)
    data = GeomVertexData("chunk", _format_of(names), Geom.UH_static)
    data.unclean_set_num_rows(len(columns[names[0]]))
    for place, name in enumerate(names):
        dtype = _COLUMNS[name].dtype
        target = np.frombuffer(memoryview(data.modify_array(place)).cast("B"), dtype)  # type: ignore[arg-type]
        np.copyto(target, np.ascontiguousarray(columns[name], dtype).reshape(-1))
    return data


def make_geom(
    vertices: GeomVertexData, indices: U32, bounds: BoundingBox, *, span: tuple[int, int] | None = None
) -> Geom:
    """Triangles for (m, 3) indices, lines for (m, 2), over a vertex table that may be shared.

    Args:
        span: the first vertex that is used, and the one after the last; None when that may be any.
    """
    first, end = span or (0, vertices.get_num_rows())
    primitive = _PRIMITIVES[indices.shape[1]](Geom.UH_static)
    short = end < _SHORT_ROWS
    primitive.set_index_type(Geom.NT_uint16 if short else Geom.NT_uint32)
    array = primitive.modify_vertices()
    array.unclean_set_num_rows(indices.size)
    target = np.frombuffer(memoryview(array).cast("B"), "u2" if short else "u4")  # type: ignore[arg-type]
    np.copyto(target, indices.reshape(-1), casting="unsafe")  # the rows fit, as `end` says
    # Told, so that the engine does not look through all indices; whoever made them has checked them.
    unused = GeomVertexArrayData(array.get_array_format(), Geom.UH_static)
    primitive.set_minmax(first, max(end - 1, 0), unused, unused)
    geom = Geom(vertices)
    geom.add_primitive(primitive)
    geom.set_bounds(bounds)
    return geom


def make_node(name: str, geom: Geom, bounds: BoundingBox | OmniBoundingVolume) -> GeomNode:
    """A node with fixed bounds, because computing them is the main hitch while streaming."""
    node = GeomNode(name)
    node.add_geom(geom)
    fix_bounds(node, bounds)
    return node


def fix_bounds(node: PandaNode, bounds: BoundingBox | OmniBoundingVolume) -> None:
    """Make these the bounds of a node, whatever is below it."""
    node.set_bounds(bounds)
    node.set_final(True)


def box_of(lo: npt.ArrayLike, hi: npt.ArrayLike) -> BoundingBox:
    """The box between two corners, (3,) each, site frame."""
    low, high = np.asarray(lo, np.float64), np.asarray(hi, np.float64)
    return BoundingBox(Point3(low[0], low[1], low[2]), Point3(high[0], high[1], high[2]))
