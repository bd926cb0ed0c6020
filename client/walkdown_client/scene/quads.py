"""Flat shapes and letters over the picture: one instanced quad, six texels for each.

A record describes one quad in window pixels, y up. Records are (n, 24) float32 with the columns below, made
by the functions of this module and drawn in order by :class:`QuadBatch`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from panda3d.core import LVecBase2, NodePath, OmniBoundingVolume, Texture, TransparencyAttrib

from walkdown_client.render.buffers import BufferTexture
from walkdown_client.render.geometry import box_of, fix_bounds, make_geom, make_node, make_vertices
from walkdown_client.render.shader_source import make_shader
from walkdown_client.scene.text_atlas import Line

F32 = npt.NDArray[np.float32]
Rgba = tuple[float, float, float, float]

KINDS = ("rect", "circle", "triangle", "diamond", "ring", "cross", "arc", "segment", "glyph", "pin")
"""Shapes that ``shaders/quads.frag`` knows, in its order."""

CENTRE, HALF, FILL, EDGE = slice(0, 2), slice(2, 4), slice(4, 8), slice(8, 12)
KIND, BORDER, ALPHA, HIDDEN_ALPHA = 12, 13, 14, 15
UV, ANCHOR = slice(16, 20), slice(20, 24)
COLUMNS = 24
_TEXELS = COLUMNS // 4

NO_EDGE: Rgba = (0.0, 0.0, 0.0, 0.0)


def blank(count: int, kind: str) -> F32:
    """``count`` records of one kind: opaque, never hidden, everything else 0."""
    records = np.zeros((count, COLUMNS), np.float32)
    records[:, KIND] = KINDS.index(kind)
    records[:, ALPHA] = records[:, HIDDEN_ALPHA] = 1.0
    return records


def shape(
    kind: str,
    centre: Sequence[float],
    size: Sequence[float],
    *,
    fill: Rgba,
    edge: Rgba = NO_EDGE,
    border: float = 0.0,
) -> F32:
    """One shape of ``size`` (width, height)."""
    record = blank(1, kind)
    record[0, CENTRE] = centre
    record[0, HALF] = size[0] / 2, size[1] / 2
    record[0, FILL], record[0, EDGE], record[0, BORDER] = fill, edge, border
    return record


def letters(line: Line, start: Sequence[float], color: Rgba) -> F32:
    """The letters of a line whose baseline begins at ``start``."""
    records = blank(len(line.boxes), "glyph")
    low, high = line.boxes[:, :2], line.boxes[:, 2:]
    records[:, CENTRE] = (low + high) / 2 + np.asarray(start, np.float32)
    records[:, HALF] = (high - low) / 2
    records[:, FILL] = color
    records[:, UV] = line.uvs
    return records


def segments(points: npt.ArrayLike, width: float, color: Rgba) -> F32:
    """A polyline of (n, 2) points as n - 1 round-ended strokes."""
    p = np.asarray(points, np.float32).reshape(-1, 2)
    return strokes(p[:-1], p[1:], width=width, color=color)


def strokes(starts: F32, ends: F32, *, width: float, color: npt.ArrayLike) -> F32:
    """Strokes from (n, 2) to (n, 2); ``color`` is (4,) or (n, 4)."""
    records = blank(len(starts), "segment")
    records[:, CENTRE] = (starts + ends) / 2
    records[:, HALF] = np.abs(ends - starts) / 2 + width
    records[:, FILL] = color
    records[:, BORDER] = width
    records[:, UV] = np.concatenate([starts - records[:, CENTRE], ends - records[:, CENTRE]], 1)
    return records


class QuadBatch:
    """Draws records over the scene in one call."""

    def __init__(self, parent: NodePath, atlas: Texture, *, sort: int) -> None:
        corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32)
        bounds = box_of(corners.min(0), corners.max(0))
        triangles = np.array([[0, 1, 2], [0, 2, 3]], np.uint32)
        node = make_node("quads", make_geom(make_vertices({"vertex": corners}), triangles, bounds), bounds)
        fix_bounds(node, OmniBoundingVolume())
        self._buffer = BufferTexture("quads", "f4", capacity=256 * _TEXELS)
        self._path = parent.attach_new_node(node)
        self._path.set_shader(make_shader("quads.vert", "quads.frag"))
        self._path.set_shader_inputs(quads=self._buffer.texture, atlas=atlas)
        self._path.set_transparency(TransparencyAttrib.M_alpha)
        self._path.set_depth_test(False)
        self._path.set_depth_write(False)
        self._path.set_two_sided(True)
        self._path.set_bin("background", sort)
        self._path.hide()
        self.count = 0

    def set_window(self, size: tuple[int, int], depth: Texture) -> None:
        """Say how large the window is, and with which depth anchors are compared."""
        self._path.set_shader_inputs(window_size=LVecBase2(*size), scene_depth=depth)

    def close(self) -> None:
        """Remove it from the picture."""
        self._path.remove_node()

    def draw(self, records: F32) -> None:
        """Show these records from the next frame on, later ones over earlier ones."""
        self.count = len(records)
        if not self.count:
            self._path.hide()
            return
        self._buffer.reserve(self.count * _TEXELS)
        self._buffer.rows[: self.count * _TEXELS] = records.reshape(-1, 4)
        self._buffer.upload()
        self._path.set_instance_count(self.count)
        self._path.show()
