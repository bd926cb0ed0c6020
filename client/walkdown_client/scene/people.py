"""All people in one draw call: matrices of head, torso and hands from a buffer, by instance.

Positions are those of the eyes. The torso stays upright and turns with the head; hands hang at its sides
unless they are tracked.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from panda3d.core import LVecBase2, NodePath, OmniBoundingVolume, TransparencyAttrib

from walkdown.frames import rotation_matrices
from walkdown_client.render import masks
from walkdown_client.render.buffers import BufferTexture
from walkdown_client.render.engine import NEAR_FIRST
from walkdown_client.render.geometry import box_of, fix_bounds, make_geom, make_node, make_vertices
from walkdown_client.render.shader_source import make_shader
from walkdown_client.scene.avatar import (
    BODY,
    EYE_HEIGHT_M,
    HEAD,
    LEFT_HAND,
    MATERIALS,
    RIGHT_HAND,
    make_figure,
)
from walkdown_client.scene.batches import PLACEMENT_TAG
from walkdown_client.scene.look import PEOPLE_SRGB, srgb
from walkdown_client.scene.materials import MaterialTable
from walkdown_client.scene.programs import PERSON
from walkdown_client.scene.projection import Projection
from walkdown_client.scene.quads import BORDER, CENTRE, FILL, HALF, blank
from walkdown_client.scene.tags import Tags

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

SPEAKING = 1
"""Flag of a person."""

_TEXELS = 13
"""Four matrices of three texels, then colour and flags."""

_HANDS_AT = np.array([[-0.31, 0.12, -0.62], [0.31, 0.12, -0.62]], np.float32)
_LEVEL_MIN = 1e-9
_HEAD_RADIUS_M = 0.27
_REACH_PX = 14.0


class People:
    """The people that one sees; never oneself.

    Attributes:
        tags: what their names need, for the labels.
        zero: (3,) the point of the site from which the scene is measured.
    """

    def __init__(self, parent: NodePath, materials: MaterialTable) -> None:
        self.zero = np.zeros(3)
        self._buffer = BufferTexture("people", "f4", capacity=16 * _TEXELS)
        self._root = parent.attach_new_node("people")
        self._root.set_shader_input("people", self._buffer.texture)
        self._figures = self._make_figures(materials)
        self._footing = self._make_quad("footing.vert", "footing.frag", sort=7)
        self._gaze = self._make_quad("gaze.vert", "gaze.frag", sort=8)
        self.tags: Tags | None = None
        self._root.hide()

    def use(self, switches: dict[str, int]) -> None:
        """Change the features of the shader."""
        self._figures.set_shader(
            make_shader("people.vert", "scene.frag", switches | {"PERSON": 1, "TABLE": 0})
        )

    def cast(self, casting: bool) -> None:
        """Be in the sun map, or not."""
        self._figures.show(masks.SUN) if casting else self._figures.hide(masks.SUN)

    def update(
        self,
        positions: npt.ArrayLike,
        quaternions: npt.ArrayLike,
        *,
        names: Sequence[str],
        colors: npt.ArrayLike,
        flags: npt.ArrayLike = 0,
        hands: npt.ArrayLike | None = None,
    ) -> None:
        """Show these people, and nobody else.

        Args:
            positions: (n, 3) eyes, site frame, metres.
            quaternions: (n, 4) (w, x, y, z) site_from_head.
            names: n names for the tags; "" shows none.
            colors: (n,) colour indices.
            flags: (n,) SPEAKING and others, or one for all.
            hands: (n, 2, 3) left and right hand, site frame, metres; not finite where not tracked.
        """
        heads = np.asarray(positions, np.float64).reshape(-1, 3)
        count = len(heads)
        self._root.show() if count else self._root.hide()
        if not count:
            self.tags = None
            return
        turns = np.asarray(quaternions, np.float64).reshape(-1, 4)
        tone = np.asarray(colors, np.int64) % len(PEOPLE_SRGB)
        marks = np.broadcast_to(np.asarray(flags, np.int64), (count,))
        held = None if hands is None else np.asarray(hands, np.float64).reshape(count, 2, 3) - self.zero
        self._fill((heads - self.zero).astype(np.float32), turns, tone=tone, marks=marks, hands=held)
        for path in (self._figures, self._footing, self._gaze):
            path.set_instance_count(count)
        self.tags = Tags(heads, names, tone, (marks & SPEAKING) > 0)

    def rings(self, camera: Projection) -> F32:
        """Records of the rings round the heads of those who speak."""
        if self.tags is None or not self.tags.speaking.any():
            return blank(0, "arc")
        heads = self.tags.heads[self.tags.speaking]
        found = camera.project(heads)
        shown = found.visible
        radius = camera.pixels_per_metre(found.distance[shown]) * _HEAD_RADIUS_M
        records = blank(int(shown.sum()), "arc")
        records[:, CENTRE] = found.pixels[shown]
        records[:, HALF] = radius[:, None]
        records[:, FILL] = _TONES_DISPLAY[self.tags.colors[self.tags.speaking][shown]]
        records[:, BORDER] = np.maximum(2.0, radius * 0.07)
        return records

    def at(self, x: float, y: float, camera: Projection) -> int | None:
        """Number of the person whose head or torso is under a window pixel ((0, 0) top left), or None."""
        if self.tags is None:
            return None
        pointer = np.array([x, camera.window[1] - y], np.float32)
        chest = self.tags.heads - np.array([0, 0, 0.55], np.float32)
        head, torso = camera.project(self.tags.heads), camera.project(chest)
        size = camera.pixels_per_metre(head.distance)
        close = np.linalg.norm(head.pixels - pointer, axis=1) < np.maximum(size * 0.22, _REACH_PX)
        close |= np.linalg.norm(torso.pixels - pointer, axis=1) < np.maximum(size * 0.35, _REACH_PX)
        close &= head.visible
        if not close.any():
            return None
        return int(np.flatnonzero(close)[head.distance[close].argmin()])

    def _fill(
        self,
        eyes: F32,
        turns: npt.NDArray[np.float64],
        *,
        tone: npt.NDArray[np.int64],
        marks: npt.NDArray[np.int64],
        hands: npt.NDArray[np.float64] | None,
    ) -> None:
        count = len(eyes)
        self._buffer.reserve(count * _TEXELS)
        rows = self._buffer.rows[: count * _TEXELS].reshape(count, _TEXELS, 4)
        head = rotation_matrices(turns)
        upright = _upright(head)
        parts = rows[:, :12].reshape(count, 4, 3, 4)
        parts[:, (BODY, LEFT_HAND, RIGHT_HAND), :, :3] = upright[:, None]
        parts[:, HEAD, :, :3] = head
        parts[:, BODY, :, 3] = eyes - np.array([0, 0, EYE_HEIGHT_M], np.float32)
        parts[:, HEAD, :, 3] = eyes
        held = eyes[:, None] + _HANDS_AT @ upright.swapaxes(1, 2)
        if hands is not None:
            held = np.where(np.isfinite(hands), hands, held)
        parts[:, LEFT_HAND:, :, 3] = held
        rows[:, 12, :3] = _TONES_LINEAR[tone]
        rows[:, 12, 3] = marks
        self._buffer.upload()

    def _make_figures(self, materials: MaterialTable) -> NodePath:
        figure = make_figure()
        rows = materials.rows_of(MATERIALS, [])
        materials.upload()
        columns = {
            "vertex": figure.positions,
            "normal": figure.normals,
            "element": figure.parts,
            "material": rows[figure.materials],
        }
        bounds = box_of(figure.positions.min(0), figure.positions.max(0))
        node = make_node("figures", make_geom(make_vertices(columns), figure.triangles, bounds), bounds)
        fix_bounds(node, OmniBoundingVolume())
        path = self._root.attach_new_node(node)
        path.set_tag(PLACEMENT_TAG, PERSON)
        path.set_bin(NEAR_FIRST, 0)
        path.hide(masks.ONLY_MAIN)
        return path

    def _make_quad(self, vertex: str, fragment: str, *, sort: int) -> NodePath:
        corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32)
        bounds = box_of(corners.min(0), corners.max(0))
        triangles = np.array([[0, 1, 2], [0, 2, 3]], np.uint32)
        node = make_node(vertex, make_geom(make_vertices({"vertex": corners}), triangles, bounds), bounds)
        fix_bounds(node, OmniBoundingVolume())
        path = self._root.attach_new_node(node)
        path.set_shader(make_shader(vertex, fragment))
        path.set_shader_input("foot_radius", LVecBase2(0.42, 0.40))
        path.set_transparency(TransparencyAttrib.M_alpha)
        path.set_depth_write(False)
        path.set_two_sided(True)
        path.set_bin("fixed", sort)
        path.hide(masks.ONLY_MAIN)
        return path


def _upright(head: F64) -> F64:
    """Return (n, 3, 3) of heads that keep their heading alone; who looks straight up or down faces north."""
    east, north = head[:, 0, 1], head[:, 1, 1]
    length = np.hypot(east, north)
    level = length > _LEVEL_MIN
    cos = np.where(level, north / np.maximum(length, _LEVEL_MIN), 1.0)
    sin = np.where(level, -east / np.maximum(length, _LEVEL_MIN), 0.0)
    out = np.zeros_like(head)
    out[:, 0, 0], out[:, 0, 1], out[:, 1, 0], out[:, 1, 1], out[:, 2, 2] = cos, -sin, sin, cos, 1.0
    return out


_SRGB = np.array([srgb(c) for c in PEOPLE_SRGB], np.float32)
_TONES_LINEAR = np.where(_SRGB <= 0.04045, _SRGB / 12.92, ((_SRGB + 0.055) / 1.055) ** 2.4).astype(np.float32)
_TONES_DISPLAY = np.concatenate([_SRGB, np.full((len(_SRGB), 1), 0.95, np.float32)], 1)
