"""The hands with a tool for marks: what the pointer catches, clicks that become points, and the pen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from walkdown.i18n import _
from walkdown_client.input import camera
from walkdown_client.tools import intents as wish
from walkdown_client.tools import mark_intents as marks
from walkdown_client.tools.intents import ElementInfo, Intent, Point
from walkdown_client.tools.marking import POINTS_OF, MarkDraft
from walkdown_client.tools.sectioning import equations
from walkdown_client.tools.sketching import STEP_PX, STROKES_MAX, THIN_PX, on_plane, thinned
from walkdown_client.tools.snapping import REACH_PX, Pointer, Shape, Snapped, feature, on_axis, snap
from walkdown_client.tools.view_state import ViewState

F64 = npt.NDArray[np.float64]

AHEAD_M = 5.0
"""How far before the eye the pen draws where it begins on nothing."""

FACE_STEP_PX = 4.0
"""On faces the pen asks so often what is under it."""

CLOSE_PX = 10.0
"""A click so near to an area's first corner closes it."""

HOVER_EVERY_SECS = 0.04
RECENT_MAX = 3
"""So many elements that the pointer has left still catch it beside their outline."""

BEFORE = 1.01
"""What is so much farther than the surface under the pointer is behind that."""

_NEAREST_M = 0.05


class Hit(Protocol):
    """What lies under the pointer, see ``controls.Picked``."""

    @property
    def point(self) -> Point:
        """Metres, site frame."""

    @property
    def thing(self) -> str:
        """Id of the nearest thing, or ""."""

    @property
    def element(self) -> ElementInfo | None:
        """The element when it is no thing."""

    @property
    def model(self) -> str:
        """Id of its model, or ""."""

    @property
    def drawn_id(self) -> int:
        """Of the element, -1 for none."""


class MarkHands:
    """Changes ``view.marking`` while a tool is in the hand.

    Args:
        pick: tells what lies under a pixel from the top left.

    Attributes:
        size: width and height of the picture in pixels.
        shape_at: returns the shape of a drawn element, None while it is not known.
        mark_at: returns the id of the mark at a pixel, "" for none; it is told how far ahead something lies.
    """

    def __init__(self, rig: camera.Rig, view: ViewState, pick: Callable[[float, float], Hit | None]) -> None:
        self._rig, self._view, self._pick = rig, view, pick
        self.size = (1, 1)
        self.shape_at: Callable[[int], Shape | None] = lambda _drawn_id: None
        self.mark_at: Callable[[float, float, float], str] = lambda _x, _y, _before_m: ""
        self._plane: tuple[F64, F64] | None = None
        self._pen_at = (0.0, 0.0)
        self._recent: list[Hit] = []
        self._live_on: Hit | None = None

    @property
    def active(self) -> bool:
        """Whether a tool is in the hand."""
        return bool(self._view.marking.tool)

    def instead_of(self, intent: Intent) -> Intent:
        """Return what a key means with a tool in the hand: Enter places, Ctrl+Z takes back what is drawn."""
        marking = self._view.marking
        if marking.draft is None or not marking.draft.begun:
            return intent
        if isinstance(intent, wish.PlaceMoved) and self.active:
            self._take_live(marking.draft)
            return marks.FinishMark()
        return marks.TakeBackPoint() if isinstance(intent, wish.Undo) and self.active else intent

    # ---- pointing ---------------------------------------------------------------------------------------

    def hover(self, x: float, y: float, hit: Hit | None, *, axis: bool) -> None:
        """Note what the pointer means; ``axis`` asks for an axis of the site."""
        marking = self._view.marking
        free = marking.tool in ("", "sketch", "clearance")
        marking.live, self._live_on = (None, None) if free else self._caught(x, y, hit, axis=axis)

    def _take_live(self, draft: MarkDraft) -> None:
        """Let Enter take the point that the pointer means, where one is missing."""
        live, owner = self._view.marking.live, self._live_on
        if live is not None and not draft.ready and draft.kind in POINTS_OF:
            model = owner.model if owner is not None else ""
            self._view.marking.add_point(live, thing=_name_of(owner), model=model)

    def click(self, x: float, y: float, *, count: int, axis: bool) -> list[Intent]:
        """Take a click."""
        marking = self._view.marking
        hit = self._pick(x, y)
        marking.meanwhile = ""
        if marking.tool == "clearance":
            return self._choose(hit)
        if marking.tool == "sketch" or self._closes(x, y, count):
            return [marks.FinishMark()] if marking.tool == "area" else []
        found, owner = self._caught(x, y, hit, axis=axis)
        if found is None:
            return []
        marking.add_point(found, thing=_name_of(owner), model=owner.model if owner is not None else "")
        return [marks.FinishMark()] if marking.drawn().complete else []

    def select(self, x: float, y: float, *, count: int) -> list[Intent] | None:
        """Return what a click without a tool does to a mark, None when it is on none.

        A further click on a mark whose card is open means what lies behind it.
        """
        if not self.mark_at(x, y, np.inf):
            return None
        hit = self._pick(x, y)
        mark = self.mark_at(x, y, np.inf if hit is None else self._depth_m(np.array(hit.point)))
        if mark and count == 2:
            return [marks.GoToMark(mark)]
        return [marks.SelectMark(mark)] if mark and mark != self._view.marking.selected else None

    def _choose(self, hit: Hit | None) -> list[Intent]:
        """Take an element of a clearance; the second one completes it."""
        marking, name = self._view.marking, _name_of(hit)
        if hit is None or not name:
            marking.meanwhile = _("Click an element of the model")
            return []
        if marking.draft is None or marking.draft.kind != "clearance":
            draft = marking.drawn()
            draft.thing, draft.model = name, hit.model
            return [_selected(hit)]
        draft = marking.draft
        if name == draft.thing:
            marking.meanwhile = _("This is the first element; click another one")
            return []
        draft.other, draft.model = name, draft.model if draft.model == hit.model else ""
        return [_selected(hit, add=True), marks.FinishMark()]

    def _closes(self, x: float, y: float, count: int) -> bool:
        draft = self._view.marking.draft
        if draft is None or draft.kind != "area" or len(draft.points) < 3:
            return False
        first = self._pixels(draft.points[0][None])[0]
        return count == 2 or bool(np.hypot(first[0] - x, first[1] - y) <= CLOSE_PX)

    def _caught(
        self, x: float, y: float, hit: Hit | None, *, axis: bool
    ) -> tuple[Snapped | None, Hit | None]:
        """Return what the pointer means, and on what it is."""
        draft = self._view.marking.draft
        start = draft.points[-1] if draft is not None and draft.points else None
        ray = self._ray(x, y)
        found, owner = self._snapped(x, y, hit, ray=ray)
        if start is None:
            return found, owner
        if found is None and self._view.marking.tool == "arrow" and not axis:
            point = on_plane(start, self._rig.pose.axes[1], ray)
            return None if point is None else Snapped(point, "place"), None
        return on_axis(found, start, ray, held=axis), owner

    def _snapped(
        self, x: float, y: float, hit: Hit | None, *, ray: tuple[F64, F64]
    ) -> tuple[Snapped | None, Hit | None]:
        """Return what of the element under the pointer is meant, or of one that it has just left."""
        self._recent = [one for one in self._recent if hit is None or one.drawn_id != hit.drawn_id]
        reach_px = REACH_PX * self._view.preferences.ui_scale
        place = np.full(3, np.nan) if hit is None else np.array(hit.point, np.float64)
        pointer = Pointer(x, y, ray, self._pixels, place, self._cut)
        found = None
        if hit is not None:
            shape = self.shape_at(hit.drawn_id) if hit.drawn_id >= 0 else None
            found = snap(shape, pointer, reach_px=reach_px)
        if found is None or found.kind not in ("vertex", "edge"):
            for owner in self._recent:
                beside = self._beside(owner, pointer, reach_px)
                if beside is not None:
                    return beside, owner
        if hit is not None and hit.drawn_id >= 0:
            self._recent = [hit, *self._recent][:RECENT_MAX]
        return found, hit

    def _beside(self, owner: Hit, pointer: Pointer, reach_px: float) -> Snapped | None:
        """Return a corner or edge of an element beside the pointer, unless something is before that."""
        shape = self.shape_at(owner.drawn_id)
        found = feature(shape, pointer, reach_px=reach_px) if shape is not None else None
        if found is None or np.isnan(pointer.hit).any():
            return found
        eye, towards = pointer.ray
        depth = float((found.point - eye) @ towards)
        return found if depth <= float((pointer.hit - eye) @ towards) * BEFORE else None

    def leave(self) -> None:
        """The pointer means nothing any more."""
        self._view.marking.live = None

    # ---- the pen ----------------------------------------------------------------------------------------

    def begin(self, x: float, y: float) -> bool:
        """Put the pen down; tell whether there is one."""
        marking = self._view.marking
        if marking.tool != "sketch":
            return False
        draft = marking.drawn()
        if len(draft.strokes) >= STROKES_MAX:
            return True
        hit, forward = self._pick(x, y), self._rig.pose.axes[1]
        point = np.array(hit.point, np.float64) if hit is not None else self._known_depth(x, y)
        if not draft.begun:
            draft.thing, draft.model = _name_of(hit), hit.model if hit is not None else ""
            draft.on_surface = marking.on_faces
            draft.pixel_m = self._pixel_m(point)
        self._plane, self._pen_at = (point, forward), (x, y)
        draft.strokes.append(point[None])
        return True

    def drag(self, x: float, y: float, *, snap: bool = False) -> None:
        """Draw on to a pixel; a pen has no steps to snap to."""
        draft = self._view.marking.draft
        step = FACE_STEP_PX if draft is not None and draft.on_surface else STEP_PX
        if draft is None or not draft.strokes or self._plane is None:
            return
        if np.hypot(x - self._pen_at[0], y - self._pen_at[1]) < step:
            return
        point = self._under_pen(x, y, on_faces=draft.on_surface)
        if point is not None:
            self._pen_at = (x, y)
            draft.strokes[-1] = np.concatenate([draft.strokes[-1], point[None]])

    def end(self) -> None:
        """Lift the pen: the stroke is thinned, and a mere dot is forgotten."""
        draft, down = self._view.marking.draft, self._plane is not None
        self._plane = None
        if draft is None or not draft.strokes or not down:
            return
        stroke = thinned(draft.strokes[-1], THIN_PX * draft.pixel_m)
        if len(stroke) > 1:
            draft.strokes[-1] = stroke
        else:
            draft.strokes.pop()

    def _under_pen(self, x: float, y: float, *, on_faces: bool) -> F64 | None:
        """Return where the pen is: on the face under it, else on the plane on which the stroke began."""
        if self._plane is None:
            return None
        hit = self._pick(x, y) if on_faces else None
        if hit is not None:
            point = np.array(hit.point, np.float64)
            self._plane = point, self._plane[1]
            return point
        return on_plane(*self._plane, self._ray(x, y))

    def _known_depth(self, x: float, y: float) -> F64:
        """Return where a stroke begins that begins on nothing: as deep as the one before, or near."""
        draft, forward = self._view.marking.draft, self._rig.pose.axes[1]
        ray = self._ray(x, y)
        before = draft.strokes[-1][-1] if draft is not None and draft.strokes else None
        found = None if before is None else on_plane(before, forward, ray)
        return np.asarray(ray[0] + ray[1] * AHEAD_M) if found is None else found

    # ---- the camera -------------------------------------------------------------------------------------

    def _pixel_m(self, point: F64) -> float:
        depth = max(self._depth_m(point), _NEAREST_M)
        return float(self._rig.lens.halves(depth)[0]) * 2 / max(self.size[0], 1)

    def _depth_m(self, point: F64) -> float:
        return float((point - self._rig.pose.position) @ self._rig.pose.axes[1])

    def _pixels(self, points: F64) -> F64:
        width, height = self.size
        seen = camera.project(self._rig.pose, self._rig.lens, points)
        return np.stack([(seen[:, 0] + 1) / 2 * width, (1 - seen[:, 1]) / 2 * height, seen[:, 2]], 1)

    def _cut(self, points: F64) -> npt.NDArray[np.bool_]:
        """Tell which points (n, 3) lie on the side of a section plane that is cut away."""
        rows = equations(self._view.sectioning.section.cuts)
        return np.asarray((points @ rows[:, :3].T > rows[:, 3]).any(1))

    def _ray(self, x: float, y: float) -> tuple[F64, F64]:
        width, height = self.size
        return camera.sight(
            self._rig.pose, self._rig.lens, 2 * (x + 0.5) / width - 1, y=1 - 2 * (y + 0.5) / height
        )


def _name_of(hit: Hit | None) -> str:
    """Return the thing that was hit, or else the key of the element, "" for nothing."""
    if hit is None:
        return ""
    return hit.thing or (hit.element.key if hit.element is not None else "")


def _selected(hit: Hit, *, add: bool = False) -> Intent:
    if hit.thing:
        return wish.SelectThing(hit.thing, add=add)
    assert hit.element is not None  # noqa: S101 -- what has a name is one or the other
    return wish.SelectElement(replace(hit.element), add=add)
