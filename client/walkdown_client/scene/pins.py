"""Pins of topics: all in one draw call, placed by the graphics card, gathered where they are dense.

A pin is a row. What it looks like is set when its topic or its model changes; a frame only chooses which pins
are in view and which stand for others. Tones, standings and shapes are numbers, see the tables below.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from panda3d.core import (
    GeomNode,
    LMatrix4,
    LVecBase2,
    LVecBase4,
    NodePath,
    OmniBoundingVolume,
    PTA_LVecBase3f,
    PTA_LVecBase4f,
    Texture,
    TransparencyAttrib,
    UnalignedLVecBase4f,
)
from panda3d.core import LVecBase3f as Rgb

from walkdown_client.render.buffers import BufferTexture
from walkdown_client.render.geometry import box_of, fix_bounds, make_geom, make_node, make_vertices
from walkdown_client.render.shader_source import make_shader
from walkdown_client.scene.look import srgb
from walkdown_client.scene.pin_clusters import Gathered, Rows, gather
from walkdown_client.scene.projection import Projection
from walkdown_client.scene.text_atlas import TextAtlas

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
U8 = npt.NDArray[np.uint8]

SHAPES = ("circle", "square", "ring", "triangle", "diamond", "cross")
"""As in ``shaders/pins.frag``."""

STANDINGS = ("open", "working", "resolved", "closed")
CLOSED = STANDINGS.index("closed")
TONES = ("8A949C", "93A1AF", "4DA3FF", "E69F00", "D55E00")
"""Of no priority, then from the lowest to the highest; the two highest have exclamation marks as well."""

ORPHANED = 1
"""Flag: what the topic is about, or the model on which it stands, is not here any more."""

CELL_PX = (84.0, 44.0)
"""Pins nearer than about so much stand for each other."""

_LETTERS = "0123456789#×!"
_LETTER_PX, _LABEL_X, _LABEL_Y = 12.0, 22.0, 13.6
_AHEAD_M = 0.1
_MARGIN = 1.04
_HEAD_PX, _HEAD_Y, _TIP_PX = 15.0, 18.0, 4.0
_LABEL_HEIGHT = 10.0


@dataclass
class PinRows:
    """What pins look like, one row each.

    Attributes:
        points: (n, 3) float64, metres, site frame. numbers: (n,) of the topics.
        shapes, tones, standings, flags: (n,) uint8, see the tables of this module.
        there: (n,) whether there is such a pin.
    """

    points: F64
    numbers: npt.NDArray[np.int32]
    shapes: U8
    tones: U8
    standings: U8
    flags: U8
    there: npt.NDArray[np.bool_]

    @classmethod
    def empty(cls, count: int) -> PinRows:
        """Return rows without pins."""

        def codes() -> U8:
            return np.zeros(count, np.uint8)

        places, numbers = np.zeros((count, 3)), np.zeros(count, np.int32)
        return cls(places, numbers, codes(), codes(), codes(), codes(), np.zeros(count, bool))


class Pins:
    """The pins of one scene.

    Attributes:
        rows: what they look like; say by :meth:`change` which of them are different now.
        shown: whether pins are drawn.
        drawn: rows of the last frame, the far ones first, and for how many pins each stands.
    """

    def __init__(self, parent: NodePath, atlas: TextAtlas, *, sort: int) -> None:
        self._atlas = atlas
        self.rows = PinRows.empty(0)
        self.shown, self._closed_shown = True, False
        self._kept: npt.NDArray[np.bool_] | None = None
        self._zero = self._middle = np.zeros(3)
        self._local: F32 = np.zeros((3, 0), np.float32)
        self._offered = np.zeros(0, bool)
        self.drawn = Gathered(np.zeros(0, np.intp), np.zeros(0, np.int32))
        self._pixels: F32 = np.zeros((0, 2), np.float32)
        self._scale, self._generation = 0.0, -1
        self._places = BufferTexture("pin places", "f4", capacity=64)
        self._styles = BufferTexture("pin styles", "u1", capacity=64)
        self._shown = BufferTexture("shown pins", "f4", capacity=64)
        self._path: NodePath = parent.attach_new_node(_corners())
        self._path.set_shader(make_shader("pins.vert", "pins.frag"))
        self._path.set_shader_inputs(
            places=self._places.texture,
            styles=self._styles.texture,
            shown=self._shown.texture,
            atlas=atlas.texture,
            tones=_tone_table(),
        )
        self._path.set_transparency(TransparencyAttrib.M_alpha)
        self._path.set_depth_test(False)
        self._path.set_depth_write(False)
        self._path.set_two_sided(True)
        self._path.set_bin("background", sort)
        self._path.hide()

    def set_window(self, size: tuple[int, int], depth: Texture) -> None:
        """Say how large the window is, and with which depth places are compared."""
        self._path.set_shader_inputs(window_size=LVecBase2(*size), scene_depth=depth)

    def close(self) -> None:
        """Remove them from the picture."""
        self._path.remove_node()

    # ---- what pins look like ------------------------------------------------------------------------

    def put(self, rows: PinRows) -> None:
        """Take other pins in the place of all."""
        self.rows, self._kept = rows, None
        count = len(rows.there)
        self._local = np.zeros((3, count), np.float32)
        self._places.reserve(count)
        self._styles.reserve(count)
        self._middle = rows.points[rows.there].mean(0) if rows.there.any() else self._zero
        self.place(np.arange(count))
        self.restyle(np.arange(count))

    def place(self, changed: Rows) -> None:
        """Say which rows stand somewhere else, or have another number."""
        points, texels = self.rows.points, self._places.rows
        self._local[:, changed] = (points[changed] - self._zero).T
        texels[changed, :3], texels[changed, 3] = self._local[:, changed].T, self.rows.numbers[changed]
        self._places.upload()

    def restyle(self, changed: Rows) -> None:
        """Say which rows look different, have come or gone."""
        rows = self.rows
        for column, codes in enumerate((rows.shapes, rows.tones, rows.standings, rows.flags)):
            self._styles.rows[changed, column] = codes[changed]
        self._styles.upload()
        self._offer()

    def show_closed(self, shown: bool) -> None:
        """Draw the pins of closed topics too, or not."""
        self._closed_shown = shown
        self._offer()

    def keep(self, kept: npt.NDArray[np.bool_] | None) -> None:
        """Say which pins (n,) no section cuts away; None for all."""
        self._kept = kept
        self._offer()

    def _offer(self) -> None:
        """Find which pins are drawn where they are in view."""
        self._offered = self.rows.there.copy()
        if not self._closed_shown:
            self._offered &= self.rows.standings != CLOSED
        if self._kept is not None:
            self._offered &= self._kept

    def measure_from(self, zero: npt.ArrayLike) -> None:
        """Say from which point (3,) of the site the scene is measured."""
        zero = np.asarray(zero, np.float64)
        if not np.array_equal(zero, self._zero):
            self._zero = zero
            self.place(np.arange(len(self.rows.there)))

    # ---- every frame --------------------------------------------------------------------------------

    def frame(self, camera: Projection, *, scale: float) -> None:
        """Choose which pins are drawn for the camera of a frame."""
        rows, xs, ys, depths = self._in_view(camera)
        if not len(rows):
            self.drawn = Gathered(np.zeros(0, np.intp), np.zeros(0, np.int32))
            self._path.hide()
            return
        shift, cell = self._shift(camera), (CELL_PX[0] * scale, CELL_PX[1] * scale)
        found = gather(xs - shift[0], ys - shift[1], urgency=self.rows.tones[rows], cell_px=cell)
        order = np.argsort(-depths[found.drawn])
        at = found.drawn[order]
        self.drawn, self._pixels = Gathered(rows[at], found.counts[order]), np.stack([xs[at], ys[at]], 1)
        self._draw(camera, scale)

    def _in_view(self, camera: Projection) -> tuple[Rows, F32, F32, F32]:
        """Return (k,) rows in the picture, their pixels from the lower left, and metres ahead."""
        if not self.shown or not self._offered.any():
            nothing = np.zeros(0, np.float32)
            return np.zeros(0, np.intp), nothing, nothing, nothing
        look = np.vstack([camera.matrix[:3, :2].T, camera.forward])
        start = np.append(camera.matrix[3, :2], -camera.forward @ camera.eye)
        x, y, depth = look.astype(np.float32) @ self._local + start.astype(np.float32)[:, None]
        width = np.float32(_MARGIN) if camera.orthogonal else depth * np.float32(_MARGIN)
        seen = np.maximum(np.abs(x), np.abs(y)) < width
        seen &= depth > _AHEAD_M
        seen &= self._offered
        rows = np.flatnonzero(seen)
        depths = depth[rows]
        share = np.float32(0.5) if camera.orthogonal else np.float32(0.5) / depths
        across, up = (side[rows] * share + np.float32(0.5) for side in (x, y))
        return rows, across * camera.window[0], up * camera.window[1], depths

    def _shift(self, camera: Projection) -> tuple[float, float]:
        """Return the pixel with which the grid goes along: that of the middle of all pins."""
        x, y, _z, width = np.append(self._middle - self._zero, 1.0) @ camera.matrix
        if width <= _AHEAD_M:
            return 0.0, 0.0
        return (x / width * 0.5 + 0.5) * camera.window[0], (y / width * 0.5 + 0.5) * camera.window[1]

    def _draw(self, camera: Projection, scale: float) -> None:
        if scale != self._scale or self._atlas.generation != self._generation:
            self._tell_letters(scale)
        count = len(self.drawn.drawn)
        self._shown.reserve(count)
        self._shown.rows[:count, 0], self._shown.rows[:count, 1] = self.drawn.drawn, self.drawn.counts
        self._shown.upload()
        self._path.set_shader_input("clip_from_scene", LMatrix4(*camera.matrix.ravel().tolist()))
        self._path.set_instance_count(count)
        self._path.show()

    def _tell_letters(self, scale: float) -> None:
        """Say where the letters of numbers lie, at the size in which they are drawn."""
        lines = [self._atlas.line(letter, round(_LETTER_PX * scale)) for letter in _LETTERS]
        self._scale, self._generation = scale, self._atlas.generation
        boxes = [line.boxes[0] / scale for line in lines]
        advance = max(line.width for line in lines[:10]) / scale
        self._path.set_shader_inputs(
            letter_uvs=_vectors([line.uvs[0] for line in lines]),
            letter_boxes=_vectors(boxes),
            label=LVecBase4(_LABEL_X, _LABEL_Y, advance, scale),
        )
        self._advance = advance

    # ---- asking -------------------------------------------------------------------------------------

    def at(self, x: float, y: float, window: tuple[int, int]) -> int:
        """Return the row of the nearest pin under a pixel of the window from the top left, -1 for none."""
        if not len(self.drawn.drawn):
            return -1
        rows, scale = self.drawn.drawn, max(self._scale, 1e-3)
        small = (self.rows.standings[rows] == CLOSED) & (self.drawn.counts < 2)
        away = (np.array([x, window[1] - y], np.float32) - self._pixels) / np.where(small, 0.68, 1.0)[:, None]
        away /= scale
        head = np.hypot(away[:, 0], away[:, 1] - _HEAD_Y) < _HEAD_PX
        head |= (np.abs(away[:, 0]) < _TIP_PX) & (away[:, 1] > 0) & (away[:, 1] < _HEAD_Y)
        wide = _LABEL_X + self._advance * self._letters()
        chip = (away[:, 0] > 0) & (away[:, 0] < wide) & (np.abs(away[:, 1] - _HEAD_Y) < _LABEL_HEIGHT)
        hit = np.flatnonzero(head | chip)
        return int(rows[hit[-1]]) if len(hit) else -1

    def _letters(self) -> F32:
        """Return how many letters each label of the last frame has."""
        many = self.drawn.counts > 1
        value = np.where(many, self.drawn.counts, self.rows.numbers[self.drawn.drawn])
        urgent = np.where(many, 0, np.maximum(self.rows.tones[self.drawn.drawn].astype(int) - 2, 0))
        return np.asarray(2 + np.floor(np.log10(np.maximum(value, 1))) + urgent, np.float32)


def _corners() -> GeomNode:
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32)
    bounds = box_of(corners.min(0), corners.max(0))
    triangles = np.array([[0, 1, 2], [0, 2, 3]], np.uint32)
    node = make_node("pins", make_geom(make_vertices({"vertex": corners}), triangles, bounds), bounds)
    fix_bounds(node, OmniBoundingVolume())
    return node


def _vectors(rows: list[F32]) -> PTA_LVecBase4f:
    return PTA_LVecBase4f([UnalignedLVecBase4f(*row.tolist()) for row in rows])


def _tone_table() -> PTA_LVecBase3f:
    return PTA_LVecBase3f([Rgb(*srgb(tone)) for tone in TONES])
