"""Draws marks: all their lines in four draw calls, all their labels in one; nothing is computed per frame.

Lines have a constant width and a dark edge, so that they can be read on light and dark; what is behind
something is drawn faintly. What is shown is set when it changes: the graphics card places it. What has been
built of a mark is kept as long as the same object is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from direct.showbase.ShowBase import ShowBase
from panda3d.core import (
    DepthTestAttrib,
    LMatrix4,
    LVecBase2,
    LVecBase3,
    NodePath,
    OmniBoundingVolume,
    Texture,
    TransparencyAttrib,
)

from walkdown_client.render import masks
from walkdown_client.render.buffers import BufferTexture
from walkdown_client.render.geometry import box_of, fix_bounds, make_geom, make_node, make_vertices
from walkdown_client.render.shader_source import make_shader
from walkdown_client.scene.cards import person_color, rgba
from walkdown_client.scene.dimensions import DASHED, SELECTED, extent_m, label_point, strokes_of
from walkdown_client.scene.mark_labels import (
    CHOSEN_SRGB,
    anchored,
    draw_dot,
    draw_label,
    draw_pin,
    draw_snap,
    draw_tick,
)
from walkdown_client.scene.projection import Projection
from walkdown_client.scene.quads import ANCHOR, COLUMNS, blank
from walkdown_client.scene.text_atlas import TextAtlas

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

EDGE_PX, BEHIND = 1.3, 0.26
"""How wide the dark edge of a line is, and how strong a line is behind something."""

LABEL_HIDDEN = 0.55
"""How strong a label is where something covers its point; that of what is in the hand is always clear."""

NEAR_PX = 8.0
BEFORE_SHARE, BEFORE_M = 1.03, 0.1
"""What is a little farther than the surface under the pointer still lies on it."""

BUILT_MOST = 250
"""So many marks at most are built anew in a frame; the others follow in the next ones."""

PINS = ("photo", "file")
_LINE_TEXELS, _LABEL_TEXELS = 3, COLUMNS // 4
_LINES_SORT, _LABELS_SORT = 12, 4
_CORNERS = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32)


@dataclass(frozen=True, eq=False)
class MarkView:
    """A mark as it is drawn.

    Attributes:
        kind: as in ``messages.Mark``. points: (n, 3) metres, site frame. counts: points of each stroke.
        label, detail: what is written beside it, "" for nothing. color: index into the colours of people.
        dashed: it is not placed yet. snap, word: at its last point something was caught: kind, and its name.
    """

    key: str
    kind: str
    points: F64
    counts: tuple[int, ...] = ()
    label: str = ""
    detail: str = ""
    color: int = 0
    selected: bool = False
    dashed: bool = False
    snap: str = ""
    word: str = ""


@dataclass(frozen=True, eq=False)
class _Built:
    """What is drawn of a mark, relative to its anchor (3,).

    Attributes:
        lines: (n, 3, 4) texels. labels: (m, 24) records. at: (m, 3) where each stands.
        box: of the label: middle (2,) and half size (2,) in pixels; where: (3,) its point.
    """

    view: MarkView
    anchor: F64
    lines: F32
    labels: F32
    at: F64
    box: F64
    where: F64


@dataclass(eq=False)
class _Label:
    """Records that gather around the points of one mark."""

    records: list[F32] = field(default_factory=list)
    at: list[F64] = field(default_factory=list)

    def add(self, records: F32, point: F64, reach_m: float, *, hidden: float = 0.3) -> None:
        """Put records at a point."""
        self.records.append(anchored(records, reach_m, hidden=hidden))
        self.at.append(np.repeat(point[None], len(records), 0))


class MarkLayer:
    """Some marks in the scene.

    Args:
        world: node of the scene. flat: node of what lies over the picture. atlas: letters.
    """

    def __init__(self, world: NodePath, flat: NodePath, atlas: TextAtlas) -> None:
        self._atlas = atlas
        self._zero = np.zeros(3)
        self._built: dict[str, _Built] = {}
        self._shown: Sequence[MarkView] = ()
        self._style: tuple[float, int] = (1.0, atlas.generation)
        self._share, self._waiting = 1.0, False
        self._lines = BufferTexture("mark_lines", "f4", capacity=64 * _LINE_TEXELS)
        self._labels = BufferTexture("mark_labels", "f4", capacity=64 * _LABEL_TEXELS)
        self._root = world.attach_new_node("marks")
        self._root.set_shader(make_shader("mark_lines.vert", "mark_lines.frag"))
        self._root.set_shader_inputs(mark_lines=self._lines.texture, px_scale=1.0)
        _dress(self._root)
        self._root.hide(masks.ONLY_MAIN)
        self._root.stash()
        self._strokes = [_stroke_pass(self._root, place) for place in range(4)]
        self._flat = _quad(flat)
        self._flat.set_shader(make_shader("mark_labels.vert", "quads.frag"))
        self._flat.set_shader_inputs(mark_labels=self._labels.texture, atlas=atlas.texture)
        _dress(self._flat)
        self._flat.set_depth_test(False)
        self._flat.set_bin("background", _LABELS_SORT)
        self._flat.hide()

    def close(self) -> None:
        """Remove it from the picture."""
        self._root.remove_node()
        self._flat.remove_node()

    def set_window(self, window: tuple[int, int], picture: tuple[int, int], depth: Texture) -> None:
        """Say how large window and picture are, and with which depth labels are compared."""
        self._root.set_shader_input("picture_size", LVecBase2(*picture))
        self._share = picture[0] / max(window[0], 1)
        self._root.set_shader_input("px_scale", self._style[0] * self._share)
        self._flat.set_shader_inputs(window_size=LVecBase2(*window), scene_depth=depth)

    def measure_from(self, zero: npt.ArrayLike) -> None:
        """Say which point (3,) of the site the scene is measured from; marks stay where they are."""
        if not np.array_equal(self._zero, zero):
            self._zero = np.array(zero, np.float64)
            self._upload()

    def show(self, marks: Sequence[MarkView]) -> None:
        """Show these marks, and no others."""
        if len(marks) == len(self._shown) and all(a is b for a, b in zip(marks, self._shown, strict=True)):
            return
        self._shown = tuple(marks)
        self._build()

    def frame(self, camera: Projection, *, scale: float) -> None:
        """Follow the camera of a frame; ``scale`` is the size of all writing."""
        style = (scale, self._atlas.generation)
        if style != self._style:
            self._style = style
            self._built.clear()
            self._build()
            self._root.set_shader_input("px_scale", scale * self._share)
        elif self._waiting:
            self._build()
        if self._shown:
            self._flat.set_shader_input("clip_from_scene", LMatrix4(*camera.matrix.ravel().tolist()))
            self._flat.set_shader_inputs(metre_px=float(camera.focal_px), eye=LVecBase3(*camera.eye))

    def at(self, x: float, y: float, camera: Projection, *, before_m: float = np.inf) -> str:
        """Return the key of the mark at a pixel of the window from its top left, "" for none.

        A label is taken before a line, the nearest line within 8 pixels before others.

        Args:
            before_m: how far ahead something is that hides what lies behind it; labels are seen all the same.
        """
        built = [self._built[view.key] for view in self._shown if view.key in self._built]
        pixel = np.array([x + 0.5, camera.window[1] - y - 0.5])
        return _label_at(built, pixel, camera) or _line_at(built, pixel, camera, before_m=before_m)

    # ---- inside -----------------------------------------------------------------------------------------

    def _build(self) -> None:
        """Build what is new, so much at most in one frame."""
        known, self._built, made = self._built, {}, 0
        for view in self._shown:
            kept = known.get(view.key)
            if kept is None or (kept.view is not view and made < BUILT_MOST):
                if made >= BUILT_MOST:
                    continue
                kept, made = self._built_of(view), made + 1
            self._built[view.key] = kept
        self._waiting = made >= BUILT_MOST
        self._upload()

    def _built_of(self, view: MarkView) -> _Built:
        anchor = np.round(view.points[0])
        points = view.points - anchor
        color = person_color(view.color)
        labels = _Label()
        box, where = self._write(view, points, labels)
        records = np.concatenate([blank(0, "rect"), *labels.records])
        at = np.concatenate([np.zeros((0, 3)), *labels.at])
        return _Built(view, anchor, _lines_of(view, points, color), records, at, box, where)

    def _write(self, view: MarkView, points: F64, labels: _Label) -> tuple[F64, F64]:
        """Gather the records of a mark; returns the box of its label and where that stands."""
        scale, reach = self._style[0], extent_m(points)
        color = rgba(CHOSEN_SRGB) if view.selected else person_color(view.color)
        always = 0.0 if view.selected or view.dashed else reach
        if view.kind in PINS:
            pin = draw_pin(
                view.kind,
                self._atlas,
                color=view.color,
                name=view.label,
                scale=scale,
                selected=view.selected,
            )
            labels.add(pin, points[0], 0.0)
            card = pin[np.flatnonzero(pin[:, 12] == 0)[0]]
            return np.stack([card[:2], card[2:4]]).astype(np.float64), points[0]
        for point in points[: 0 if view.kind in ("sketch", "arrow", "angle") else 100]:
            end = draw_tick if view.kind == "dimension" else draw_dot
            labels.add(end(color, scale), point, always)
        where = label_point(view.kind, points)
        if view.snap:
            labels.add(draw_snap(view.snap, view.word, self._atlas, scale=scale), points[-1], 0.0, hidden=1.0)
        if not view.label:
            return np.zeros((2, 2)), where
        texts = (view.label, view.detail)
        card, size = draw_label(
            view.kind, texts, self._atlas, color=view.color, scale=scale, selected=view.selected
        )
        labels.add(card, where, always, hidden=1.0 if view.selected or view.dashed else LABEL_HIDDEN)
        return np.array([(0.0, 0.0), (size[0] / 2, size[1] / 2)]), where

    def _upload(self) -> None:
        built = list(self._built.values())
        lines = [b.lines for b in built]
        count = sum(map(len, lines))
        if count:
            rows = np.concatenate(lines)
            shift = np.repeat([b.anchor - self._zero for b in built], [len(part) for part in lines], axis=0)
            rows[:, :2, :3] += shift[:, None].astype(np.float32)
            self._lines.reserve(count * _LINE_TEXELS)
            self._lines.rows[: count * _LINE_TEXELS] = rows.reshape(-1, 4)
            self._lines.upload()
        self._root.unstash() if count else self._root.stash()
        for path in self._strokes:
            path.set_instance_count(max(count, 1))
        self._upload_labels(built)

    def _upload_labels(self, built: list[_Built]) -> None:
        count = sum(len(b.labels) for b in built)
        if not count:
            self._flat.hide()
            return
        records = np.concatenate([b.labels for b in built])
        at = np.concatenate([b.at + (b.anchor - self._zero) for b in built])
        records[:, ANCHOR.start : ANCHOR.start + 3] = at
        self._labels.reserve(count * _LABEL_TEXELS)
        self._labels.rows[: count * _LABEL_TEXELS] = records.reshape(-1, 4)
        self._labels.upload()
        self._flat.set_instance_count(count)
        self._flat.show()


class Marks:
    """All marks of a scene.

    Attributes:
        kept: those of the session. live: what this person is drawing now.
    """

    def __init__(self, base: ShowBase, atlas: TextAtlas) -> None:
        self.kept = MarkLayer(base.render, base.render2d, atlas)
        self.live = MarkLayer(base.render, base.render2d, atlas)

    def set_window(self, window: tuple[int, int], picture: tuple[int, int], depth: Texture) -> None:
        """See :meth:`MarkLayer.set_window`."""
        self.kept.set_window(window, picture, depth)
        self.live.set_window(window, picture, depth)

    def measure_from(self, zero: npt.ArrayLike) -> None:
        """See :meth:`MarkLayer.measure_from`."""
        self.kept.measure_from(zero)
        self.live.measure_from(zero)

    def frame(self, camera: Projection, *, scale: float) -> None:
        """See :meth:`MarkLayer.frame`."""
        self.kept.frame(camera, scale=scale)
        self.live.frame(camera, scale=scale)

    def close(self) -> None:
        """Remove all of it from the picture."""
        self.kept.close()
        self.live.close()


def _lines_of(view: MarkView, points: F64, color: tuple[float, float, float, float]) -> F32:
    """Return the texels (n, 3, 4) of the lines of a mark."""
    strokes = strokes_of(view.kind, points, view.counts)
    rows = np.zeros((len(strokes.lines), _LINE_TEXELS, 4), np.float32)
    rows[:, :2, :3] = strokes.lines
    rows[:, 0, 3] = strokes.width_px * (1.25 if view.selected else 1.0)
    rows[:, 1, 3] = strokes.flags | (SELECTED * view.selected) | (DASHED * view.dashed)
    rows[:, 2] = color
    rows[:, 2, 3] *= strokes.alpha
    return rows


def _label_at(built: list[_Built], pixel: F64, camera: Projection) -> str:
    """Return the key of the nearest mark whose label is at a pixel from the lower left, "" for none."""
    written = [b for b in built if b.box[1].any()]
    if not written:
        return ""
    found = camera.project([b.where + b.anchor for b in written])
    boxes = np.stack([b.box for b in written])
    away = np.abs(pixel - found.pixels - boxes[:, 0]) <= boxes[:, 1]
    reach = np.array([0.0 if b.view.kind in PINS else b.labels[-1, ANCHOR.stop - 1] for b in written])
    large = (reach == 0) | (reach * camera.pixels_per_metre(found.distance) > 22.0)
    hit = np.flatnonzero(away.all(1) & found.ahead & large)
    return written[int(hit[found.distance[hit].argmin()])].view.key if len(hit) else ""


def _line_at(built: list[_Built], pixel: F64, camera: Projection, *, before_m: float) -> str:
    drawn = [b for b in built if len(b.lines)]
    if not drawn:
        return ""
    ends = np.concatenate([b.lines[:, :2, :3] + b.anchor for b in drawn])
    found = camera.project(ends.reshape(-1, 3))
    ahead = found.ahead.reshape(-1, 2).all(1)
    start, end = found.pixels.reshape(-1, 2, 2).astype(np.float64).transpose(1, 0, 2)
    along = end - start
    share = np.clip(((pixel - start) * along).sum(1) / np.maximum((along**2).sum(1), 1e-9), 0.0, 1.0)
    near, far = found.distance.reshape(-1, 2).T
    in_sight = ahead & (near + (far - near) * share <= before_m * BEFORE_SHARE + BEFORE_M)
    away = np.where(in_sight, np.linalg.norm(start + along * share[:, None] - pixel, axis=1), np.inf)
    nearest = int(away.argmin())
    if away[nearest] > NEAR_PX:
        return ""
    owner = np.searchsorted(np.cumsum([len(b.lines) for b in drawn]), nearest, side="right")
    return drawn[int(owner)].view.key


def _quad(parent: NodePath) -> NodePath:
    bounds = box_of(_CORNERS.min(0), _CORNERS.max(0))
    triangles = np.array([[0, 1, 2], [0, 2, 3]], np.uint32)
    node = make_node("marks", make_geom(make_vertices({"vertex": _CORNERS}), triangles, bounds), bounds)
    fix_bounds(node, OmniBoundingVolume())
    return parent.attach_new_node(node)


def _dress(path: NodePath) -> None:
    path.set_transparency(TransparencyAttrib.M_alpha)
    path.set_depth_write(False)
    path.set_two_sided(True)


def _stroke_pass(root: NodePath, place: int) -> NodePath:
    """Return one of the four passes: edges and colours behind something, edges and colours in sight."""
    path = _quad(root)
    behind, edge = place < 2, place % 2 == 0
    path.set_shader_input("stroke_pass", LVecBase3(EDGE_PX * edge, BEHIND if behind else 1.0, float(edge)))
    if behind:
        path.set_attrib(DepthTestAttrib.make(DepthTestAttrib.M_greater))
    path.set_bin("fixed", _LINES_SORT + place)
    return path
