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
        ImportFailed: it refers to points that are not there.
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
            width = max((_whole(node.get("offset")) for node in children(primitive, "input")), default=0) + 1
            indices, sizes = _SHAPES[kind](primitive, width)
            reading = _Primitive(file, _inputs(file, primitive), indices, sizes, sources, report)
            if len(indices) and (corners := reading.corners(primitive.get("material", ""))) is not None:
                found.append(corners)
    return found


@dataclass(frozen=True, slots=True)
class _Primitive:
    """One primitive: (n, width) indices of its corners, how many each polygon has, and what they refer to."""

    file: DaeFile
    inputs: list[_Input]
    indices: Array
    sizes: Array
    sources: dict[int, Array]
    report: ImportReport

    def corners(self, symbol: str) -> Corners | None:
        """Return its triangles, None when it has no points."""
        position = next((i for i in self.inputs if i.semantic == "POSITION"), None)
        if position is None:
            self.report.skip(NO_POINTS)
            return None
        points = self._values(position)
        if points is None or points.shape[1] < 3:
            raise ImportFailed(
                _("a mesh uses point {number}, which is not there: the file is damaged").format(
                    number=int(self.indices[:, position.offset].max())
                )
            )
        positions = points[:, :3].astype(np.float64)
        corner = triangulate(positions, self.sizes)[0].reshape(-1)
        normals, colors = self._optional("NORMAL", corner), self._optional("COLOR", corner)
        return Corners(
            positions=positions[corner],
            points=self.indices[corner, position.offset],
            normals=normals[min(normals)][:, :3] if normals else None,
            uvs={number: uvs[:, :2] for number, uvs in self._optional("TEXCOORD", corner).items()},
            colors=colors[min(colors)] if colors else None,
            symbol=symbol,
        )

    def _values(self, chosen: _Input) -> Array | None:
        """Return (n, k) what an input gives each corner, None when some of it is not there."""
        if id(chosen.source) not in self.sources:
            self.sources[id(chosen.source)] = _source(self.file, chosen.source)
        whole, rows = self.sources[id(chosen.source)], self.indices[:, chosen.offset]
        if not 0 <= rows.min() <= rows.max() < len(whole):
            return None
        found: Array = whole[rows]
        return found

    def _optional(self, semantic: str, corner: Array) -> dict[int, Array]:
        """Return what the corners of the triangles have of a semantic, by set."""
        found = {i.set: self._values(i) for i in reversed(self.inputs) if i.semantic == semantic}
        if lost := sum(values is None for values in found.values()):
            self.report.skip(NO_VALUES, lost)
        return {number: values[corner] for number, values in found.items() if values is not None}


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
