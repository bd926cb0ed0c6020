"""What section planes cut away, as the shaders are told: planes, and that each pass takes part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from panda3d.core import NodePath, PTA_LVecBase4f, UnalignedLVecBase4f

from walkdown.messages import Plane
from walkdown_client.scene.cards import rgba
from walkdown_client.scene.projection import Projection
from walkdown_client.scene.quads import Rgba, blank, shape
from walkdown_client.scene.wires import polyline, site_lines, wire_box

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

CUTS_MAX = 16
"""As in ``shaders/sections.glsl``."""

LINES_SRGB = "F0A35E"
_TONE, _ACTIVE = "5AA9FF", "F0E442"
_DARK: Rgba = (0.04, 0.06, 0.08, 0.9)
_LINE_PX, _HEAD_PX = 2.4, 15.0


@dataclass(frozen=True)
class SectionView:
    """What is drawn of a section that hands are on.

    Attributes:
        handles: polyline (k, 3) of each, site frame: arrows ``slide`` and ``face …``, rings ``turn …``, and
            the ``frame`` that shows where a plane is.
        active: the handle that is held or pointed at, "" for none. corners: (8, 3) of the box, or None.
    """

    handles: Mapping[str, F64]
    active: str = ""
    corners: F64 | None = None


class Sections:
    """The section of one scene, and the lines of the view that is shown.

    Attributes:
        planes: what cuts; site frame. on: whether anything does.
        shown: the handles on it, or None. lines: (n, 2, 3) of a view, site frame, metres.
    """

    def __init__(self, root: NodePath) -> None:
        self._root = root
        self.planes: tuple[Plane, ...] = ()
        self.shown: SectionView | None = None
        self.lines: F64 = np.zeros((0, 2, 3))
        self.measure_from(np.zeros(3))

    @property
    def on(self) -> bool:
        """Whether anything is cut away."""
        return bool(self.planes)

    def put(self, planes: Sequence[Plane]) -> None:
        """Cut by other planes; those after the sixteenth are left out."""
        self.planes = tuple(planes)[:CUTS_MAX]
        self._tell()

    def measure_from(self, zero: npt.ArrayLike) -> None:
        """Say from which point (3,) of the site the scene is measured."""
        self._zero = np.asarray(zero, np.float64)
        self._tell()

    def keeps(self, points: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Return (n,) which points (n, 3) of the site are not cut away."""
        at = np.asarray(points, np.float64).reshape(-1, 3) - self._zero
        rows = self.equations
        return np.asarray((at @ rows[:, :3].T <= rows[:, 3]).all(1))

    def leaves(self, low: npt.ArrayLike, high: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Return (n,) of which boxes, (n, 3) corners in the site, no plane cuts all away."""
        low, high = (np.asarray(corner, np.float64).reshape(-1, 3) - self._zero for corner in (low, high))
        rows = self.equations
        nearest = np.where(rows[:, None, :3] > 0, low, high)
        return np.asarray(((nearest * rows[:, None, :3]).sum(2) <= rows[:, None, 3]).all(0))

    def records(self, camera: Projection, *, scale: float) -> F32:
        """Return the quads of lines and handles for one frame."""
        parts = [blank(0, "segment")]
        if len(self.lines):
            ends = self.lines[:, 0], self.lines[:, 1]
            parts.append(site_lines(*ends, camera, color=rgba(LINES_SRGB), width=_LINE_PX * scale))
        if self.shown is not None:
            parts += _handle_records(self.shown, camera, scale=scale)
        return np.concatenate(parts)

    @property
    def equations(self) -> F64:
        """(n, 4) unit normals, and offsets from the scene's zero: what lies beyond is cut away."""
        normals = np.array([plane.normal for plane in self.planes], np.float64).reshape(-1, 3)
        points = np.array([plane.point for plane in self.planes], np.float64).reshape(-1, 3) - self._zero
        return np.concatenate([normals, (normals * points).sum(1, keepdims=True)], 1)

    def _tell(self) -> None:
        rows = np.zeros((CUTS_MAX, 4))
        rows[: len(self.planes)] = self.equations
        table = PTA_LVecBase4f([UnalignedLVecBase4f(*row) for row in rows.tolist()])
        both_sides = 0.0  # of what has no say of its own, such as people
        self._root.set_shader_inputs(cuts=table, cut_count=len(self.planes), both_sides=both_sides)


def _handle_records(view: SectionView, camera: Projection, *, scale: float) -> list[F32]:
    """Return the quads of handles: each has a shape of its own besides its colour."""
    parts = []
    if view.corners is not None:
        parts.append(wire_box(view.corners, camera, color=rgba(_TONE, 0.9)))
    for handle, line in view.handles.items():
        color = rgba(_ACTIVE if handle == view.active else _TONE, 0.55 if handle == "frame" else 0.95)
        width = _LINE_PX * scale * (1.5 if handle == view.active else 1.0)
        if handle != "frame":
            parts.append(polyline(line, camera, color=_DARK, width=width + 1.6 * scale))
        parts.append(polyline(line, camera, color=color, width=width))
        if not handle.startswith(("turn", "frame")):
            parts.append(_head(line, camera, color=color, size=_HEAD_PX * scale))
    return parts


def _head(line: F64, camera: Projection, *, color: Rgba, size: float) -> F32:
    found = camera.project(line[-1:])
    if not found.ahead[0]:
        return blank(0, "circle")
    x, y = found.pixels[0].tolist()
    return shape("diamond", (x, y), (size, size), fill=color, edge=_DARK, border=1.4)
