"""The sky, and the ground on which a model stands that brings none."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from panda3d.core import CardMaker, DepthTestAttrib, NodePath, OmniBoundingVolume

from walkdown_client.render import masks
from walkdown_client.render.geometry import fix_bounds
from walkdown_client.render.shader_source import make_shader

_AFTER_OPAQUE_SORT = 0


def make_sky(parent: NodePath) -> NodePath:
    """A quad at the far plane, drawn after what is solid and before what is not."""
    maker = CardMaker("sky")
    maker.set_frame_fullscreen_quad()
    sky = parent.attach_new_node(maker.generate())
    fix_bounds(sky.node(), OmniBoundingVolume())
    sky.set_shader(make_shader("sky.vert", "sky.frag"))
    sky.set_bin("opaque", _AFTER_OPAQUE_SORT)
    sky.set_attrib(DepthTestAttrib.make(DepthTestAttrib.M_less_equal))
    sky.set_depth_write(False)
    sky.hide(masks.ONLY_MAIN)
    return sky


def ground_plane(
    lo: npt.ArrayLike, hi: npt.ArrayLike
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint32]]:
    """Vertices (n, 3) and triangles (m, 3) of a large floor a little below a model.

    It is finer near the model, because a few huge triangles lose precision where they are looked at.
    """
    low, high = np.asarray(lo, np.float64), np.asarray(hi, np.float64)
    middle, reach = (low + high) / 2, max(float((high - low)[:2].max()), 4.0)
    steps = np.sinh(np.linspace(-1, 1, 17) * 4.0) / np.sinh(4.0) * reach * 12
    x, y = np.meshgrid(middle[0] + steps, middle[1] + steps)
    vertices = np.stack([x.ravel(), y.ravel(), np.full(x.size, low[2] - 0.004)], 1).astype(np.float32)
    corner = (np.arange(16)[:, None] * 17 + np.arange(16)).ravel()
    quads = np.stack([corner, corner + 1, corner + 18, corner, corner + 18, corner + 17], 1)
    return vertices, quads.reshape(-1, 3).astype(np.uint32)
