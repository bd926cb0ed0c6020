"""Arcs between things that belong together, with marks that run from source to target."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from panda3d.core import DepthTestAttrib, LVecBase2, NodePath, OmniBoundingVolume, TransparencyAttrib

from walkdown_client.render import masks
from walkdown_client.render.buffers import BufferTexture
from walkdown_client.render.geometry import box_of, fix_bounds, make_geom, make_node, make_vertices
from walkdown_client.render.shader_source import make_shader

_STEPS = 28
_TEXELS = 3
_SORT = 9


class Relations:
    """All arcs in two draw calls: what can be seen, and faintly what is behind something."""

    def __init__(self, parent: NodePath) -> None:
        self._buffer = BufferTexture("arcs", "f4", capacity=16 * _TEXELS)
        self._root = parent.attach_new_node("relations")
        self._root.set_shader(make_shader("arc.vert", "arc.frag"))
        self._root.set_shader_inputs(arcs=self._buffer.texture, arc_px=5.0)
        self._root.set_transparency(TransparencyAttrib.M_alpha)
        self._root.set_depth_write(False)
        self._root.set_two_sided(True)
        self._root.hide(masks.ONLY_MAIN)
        self._paths = [self._strip(strength=1.0), self._strip(strength=0.3)]
        self._paths[1].set_attrib(DepthTestAttrib.make(DepthTestAttrib.M_greater))
        self._root.stash()
        self._zero = np.zeros(3)

    def measure_from(self, zero: npt.ArrayLike) -> None:
        """Say which point (3,) of the site the scene is measured from; arcs stay where they are."""
        moved = self._zero - np.asarray(zero, np.float64)
        if moved.any():
            rows = self._buffer.rows[: len(self._buffer.rows) // _TEXELS * _TEXELS].reshape(-1, _TEXELS, 4)
            rows[:, :2, :3] += moved.astype(np.float32)
            self._buffer.upload()
        self._zero = np.array(zero, np.float64)

    def update(
        self,
        starts: npt.ArrayLike,
        ends: npt.ArrayLike,
        *,
        colors: npt.ArrayLike,
        lift: npt.ArrayLike = 0.18,
        flow: npt.ArrayLike = 1.0,
    ) -> None:
        """Show these arcs, and no others.

        Args:
            starts, ends: (n, 3) site frame, metres.
            colors: (n, 4) or (4,), display colours with alpha.
            lift: how high an arc rises, as a share of its length; 3 m at most.
            flow: marks per second that run towards the end; 0 draws a plain ribbon.
        """
        a, b = (np.asarray(ends_of, np.float64).reshape(-1, 3) for ends_of in (starts, ends))
        count = len(a)
        if not count:
            self._root.stash()
            return
        self._root.unstash()
        self._buffer.reserve(count * _TEXELS)
        rows = self._buffer.rows[: count * _TEXELS].reshape(count, _TEXELS, 4)
        rows[:, 0, :3], rows[:, 0, 3] = a - self._zero, lift
        rows[:, 1, :3], rows[:, 1, 3] = b - self._zero, flow
        rows[:, 2] = colors
        self._buffer.upload()
        for path in self._paths:
            path.set_instance_count(count)

    def set_window(self, size: tuple[int, int]) -> None:
        """Say how large the picture is."""
        self._root.set_shader_input("picture_size", LVecBase2(*size))

    def _strip(self, *, strength: float) -> NodePath:
        along = np.repeat(np.linspace(0, 1, _STEPS + 1), 2)
        side = np.tile([-1.0, 1.0], _STEPS + 1)
        points = np.stack([along, side, np.zeros_like(side)], 1).astype(np.float32)
        first = 2 * np.arange(_STEPS)[:, None]
        corners = np.array([[[0, 1, 3]], [[0, 3, 2]]])
        triangles = (first + corners).reshape(-1, 3).astype(np.uint32)
        bounds = box_of(points.min(0), points.max(0))
        node = make_node("arc", make_geom(make_vertices({"vertex": points}), triangles, bounds), bounds)
        fix_bounds(node, OmniBoundingVolume())
        path = self._root.attach_new_node(node)
        path.set_shader_input("arc_strength", strength)
        path.set_bin("fixed", _SORT)
        return path
