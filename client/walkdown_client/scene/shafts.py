"""Light that falls through skylights, as faint additive prisms."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from panda3d.core import ColorBlendAttrib, LVecBase2, NodePath

from walkdown_client.render import masks
from walkdown_client.render.geometry import box_of, make_geom, make_node, make_vertices
from walkdown_client.render.shader_source import make_shader
from walkdown_client.scene.hall import Hall

_SHAFT_SORT = 30


def make_shafts(parent: NodePath, hall: Hall, to_sun: npt.ArrayLike) -> NodePath | None:
    """Return the node of the shafts below all skylights of a hall, or None when it has none."""
    if not len(hall.skylights):
        return None
    sun = np.asarray(to_sun, np.float64)
    floor, roof = float(hall.lo[2]), float(hall.hi[2])
    corners, normals, triangles = _prisms(hall.skylights, sun, floor=floor, roof=roof)
    bounds = box_of(corners.min(0), corners.max(0))
    vertices = make_vertices({"vertex": corners, "normal": normals})
    path = parent.attach_new_node(make_node("shafts", make_geom(vertices, triangles, bounds), bounds))
    path.set_shader(make_shader("shaft.vert", "shaft.frag"))
    path.set_shader_input("shaft_z", LVecBase2(floor, roof))
    path.set_attrib(
        ColorBlendAttrib.make(ColorBlendAttrib.M_add, ColorBlendAttrib.O_one, ColorBlendAttrib.O_one)
    )
    path.set_depth_write(False)
    path.set_two_sided(True)
    path.set_bin("transparent", _SHAFT_SORT)
    path.hide(masks.ONLY_MAIN)
    return path


def _prisms(
    boxes: npt.NDArray[np.float32], sun: npt.NDArray[np.float64], *, floor: float, roof: float
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.uint32]]:
    """The four sides below each box: (n, 3) corners and normals, (m, 3) triangles."""
    x0, y0, x1, y1 = boxes[:, 0, 0], boxes[:, 0, 1], boxes[:, 1, 0], boxes[:, 1, 1]
    height = np.full_like(x0, roof)
    top = np.stack(
        [np.stack(c, 1) for c in ((x0, y0, height), (x1, y0, height), (x1, y1, height), (x0, y1, height))], 1
    )
    bottom = top - sun / sun[2] * (roof - floor)
    after = np.roll(np.arange(4), -1)
    quads = np.stack([top, top[:, after], bottom[:, after], bottom], 2).reshape(-1, 4, 3)
    normal = np.cross(quads[:, 1] - quads[:, 0], quads[:, 3] - quads[:, 0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    base = 4 * np.arange(len(quads))[:, None]
    triangles = (base + np.array([[[0, 1, 2]], [[0, 2, 3]]])).reshape(-1, 3)
    return (
        quads.reshape(-1, 3).astype(np.float32),
        np.repeat(normal, 4, 0).astype(np.float32),
        triangles.astype(np.uint32),
    )
