"""The meshes of a COLLADA file as arrays: triangles, polygons, strips and fans, corner by corner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from walkdown.errors import ImportFailed
from walkdown.i18n import _, mark
from walkdown_server.importers.dae_file import DaeFile, children
from walkdown_server.importers.polygons import triangulate
from walkdown_server.importers.report import ImportReport
from walkdown_server.importers.xml_file import Node, local

Array = npt.NDArray[Any]

NOT_DRAWN = {
    "lines": mark("a mesh part with lines instead of triangles"),
    "linestrips": mark("a mesh part with a line strip instead of triangles"),
}
HOLE = mark("a hole in a polygon, which is drawn closed")
NO_VALUES = mark("normals, colours or texture coordinates of a mesh part, of which some are not there")
NO_POINTS = mark("a mesh part with no positions")


@dataclass(frozen=True, slots=True)
class Corners:
    """The triangles of one primitive, corner by corner.

    Attributes:
        positions: (3 m, 3). points: (3 m,) which point of the mesh each is.
        normals: (3 m, 3) or None. uvs: (3 m, 2) with v up, by set.
        colors: (3 m, 3 or 4) from 0 to 1, or None.
        symbol: what a scene node binds a material to.
    """

    positions: Array
    points: Array
    normals: Array | None
    uvs: dict[int, Array]
    colors: Array | None
    symbol: str


@dataclass(frozen=True, slots=True)
class _Input:
    semantic: str
    source: Node
    offset: int
    set: int


def read_primitives(file: DaeFile, mesh: Node, report: ImportReport) -> list[Corners]:
    """Return the primitives of a ``mesh`` that can be drawn.

    Raises:
        ImportFailed: it refers to what is not there.
    """
    sources: dict[int, Array] = {}
    found = []
    for primitive in mesh:
        kind = local(primitive)
        if kind in NOT_DRAWN:
            report.skip(NOT_DRAWN[kind])
        elif kind in _SHAPES:
            if holes := sum(1 for _hole in children(primitive, "ph", "h")):
                report.skip(HOLE, holes)
            corners = _read_primitive(file, primitive, sources=sources, report=report)
            if corners is not None:
                found.append(corners)
    return found


def _read_primitive(
    file: DaeFile, primitive: Node, *, sources: dict[int, Array], report: ImportReport
) -> Corners | None:
    inputs = list(_inputs(file, primitive))
    position = next((i for i in inputs if i.semantic == "POSITION"), None)
    if position is None:
        report.skip(NO_POINTS)
        return None
    width = max(_whole(node.get("offset")) for node in children(primitive, "input")) + 1
    indices, sizes = _SHAPES[local(primitive)](primitive, width)
    if not len(indices):
        return None

    def values(chosen: _Input) -> Array | None:
        if id(chosen.source) not in sources:
            sources[id(chosen.source)] = _source(file, chosen.source)
        whole, rows = sources[id(chosen.source)], indices[:, chosen.offset]
        if not 0 <= rows.min() <= rows.max() < len(whole):
            return None
        found: Array = whole[rows]
        return found

    def optional(semantic: str) -> dict[int, Array]:
        found = {i.set: values(i) for i in reversed(inputs) if i.semantic == semantic}
        if lost := sum(v is None for v in found.values()):
            report.skip(NO_VALUES, lost)
        return {number: v[corner] for number, v in found.items() if v is not None}

    points = values(position)
    if points is None or points.shape[1] < 3:
        raise ImportFailed(
            _("a mesh uses point {number}, which is not there: the file is damaged").format(
                number=int(indices[:, position.offset].max())
            )
        )
    positions = points[:, :3].astype(np.float64)
    corner = triangulate(positions, sizes)[0].reshape(-1)
    normals, colors = optional("NORMAL"), optional("COLOR")
    return Corners(
        positions=positions[corner],
        points=indices[corner, position.offset],
        normals=normals[min(normals)][:, :3] if normals else None,
        uvs={number: uvs[:, :2] for number, uvs in optional("TEXCOORD").items()},
        colors=colors[min(colors)] if colors else None,
        symbol=primitive.get("material", ""),
    )


def _inputs(file: DaeFile, primitive: Node) -> list[_Input]:
    """Return what a primitive refers to; what its vertices refer to counts as its own."""
    found = []
    for node in children(primitive, "input"):
        source, offset = file.find(node.get("source", "")), _whole(node.get("offset"))
        if source is None:
            continue
        if node.get("semantic") == "VERTEX":
            inner = [(i, file.find(i.get("source", ""))) for i in children(source, "input")]
        else:
            inner = [(node, source)]
        found += [
            _Input(i.get("semantic", ""), own, offset, _whole(i.get("set")))
            for i, own in inner
            if own is not None
        ]
    return found


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdigit() and len(text) < 6 else 0


def _source(file: DaeFile, source: Node) -> Array:
    """Return the (n, k) rows of a ``source``."""
    accessor = next(children(source, "technique_common", "accessor"), None)
    array = None if accessor is None else file.find(accessor.get("source", ""))
    if array is None:
        array = next(children(source, "float_array"), None)
    if array is None:
        return np.zeros((0, 3))
    flat = _floats(array.text)
    stride = max(_whole(accessor.get("stride")) if accessor is not None else 0, 1)
    if accessor is not None and accessor.get("stride") is None:
        stride = max(sum(1 for _param in children(accessor, "param")), 1)
    start = (
        int(accessor.get("offset", "0"))
        if accessor is not None and accessor.get("offset", "0").isdigit()
        else 0
    )
    flat = flat[start:]
    rows = flat[: len(flat) // stride * stride].reshape(-1, stride)
    named = [bool(p.get("name")) for p in children(accessor, "param")] if accessor is not None else []
    used = [column for column, is_named in enumerate(named[:stride]) if is_named]
    return rows[:, used] if used and len(used) < stride else rows


def _floats(text: str | None) -> Array:
    words = (text or "").encode("ascii", "replace").split()
    if not words:
        return np.zeros(0)
    try:
        return np.array(words, dtype="S").astype(np.float64)
    except ValueError:
        return np.array([_float(word) for word in words])


def _float(word: bytes) -> float:
    try:
        return float(word)
    except ValueError:  # for instance 1.#QNAN
        return float("nan")


def _ints(text: str | None, width: int) -> Array:
    """Return (n, width) indices."""
    words = (text or "").encode("ascii", "replace").split()
    try:
        flat = np.array(words, dtype="S").astype(np.int64) if words else np.zeros(0, np.int64)
    except (ValueError, OverflowError):
        raise ImportFailed(_("the indices of a mesh should be whole numbers: the file is damaged")) from None
    return flat[: len(flat) // width * width].reshape(-1, width)


# ---- primitives: each gives (n, width) indices of corners and how many each polygon has ---------------


def _triangles(primitive: Node, width: int) -> tuple[Array, Array]:
    parts = [_ints(p.text, width) for p in children(primitive, "p")]
    whole = np.concatenate(parts) if parts else np.zeros((0, width), np.int64)
    whole = whole[: len(whole) // 3 * 3]
    return whole, np.full(len(whole) // 3, 3, np.int64)


def _polylist(primitive: Node, width: int) -> tuple[Array, Array]:
    whole = _ints(next((p.text for p in children(primitive, "p")), ""), width)
    sizes = _ints(next((p.text for p in children(primitive, "vcount")), ""), 1)[:, 0]
    if (sizes < 0).any() or sizes.sum() > len(whole):
        raise ImportFailed(
            _(
                "the polygons should have {expected} corners together, but have {found}: the file is cut off"
            ).format(expected=int(sizes.sum()), found=len(whole))
        )
    return whole[: sizes.sum()], sizes


def _polygons(primitive: Node, width: int) -> tuple[Array, Array]:
    """Return the outer rings; their holes, which are rare, are drawn closed."""
    parts = [_ints(p.text, width) for p in children(primitive, "p")]
    parts += [_ints(p.text, width) for p in children(primitive, "ph", "p")]
    whole = np.concatenate(parts) if parts else np.zeros((0, width), np.int64)
    return whole, np.array([len(part) for part in parts], np.int64)


def _strips(primitive: Node, width: int) -> tuple[Array, Array]:
    def corners(count: int) -> Array:
        first = np.arange(count - 2)
        odd = first % 2
        return np.stack([first, first + 1 + odd, first + 2 - odd], 1)

    return _rows_of(primitive, width, corners)


def _fans(primitive: Node, width: int) -> tuple[Array, Array]:
    def corners(count: int) -> Array:
        first = np.arange(count - 2)
        return np.stack([first * 0, first + 1, first + 2], 1)

    return _rows_of(primitive, width, corners)


def _rows_of(primitive: Node, width: int, corners: Callable[[int], Array]) -> tuple[Array, Array]:
    parts = [_ints(p.text, width) for p in children(primitive, "p")]
    found = [part[corners(len(part)).reshape(-1)] for part in parts if len(part) >= 3]
    whole = np.concatenate(found) if found else np.zeros((0, width), np.int64)
    return whole, np.full(len(whole) // 3, 3, np.int64)


_SHAPES = {
    "triangles": _triangles,
    "polylist": _polylist,
    "polygons": _polygons,
    "tristrips": _strips,
    "trifans": _fans,
}
