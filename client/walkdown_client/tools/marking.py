"""What is in one person's hand to measure and draw with, and what becomes of it.

A draft is on that person's own screen until it is placed; then it becomes a mark, whose points are in the
frame of the model on which they stand, so that it moves with it. A sketch that is put away unfinished is
laid aside and comes back with the pen.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from walkdown.i18n import _, mark
from walkdown.messages import Mark, MarkKind, Placement, Snap
from walkdown_client.placements import matrix as placement_matrix
from walkdown_client.placements import point_in_model, scale_of, to_model, to_site
from walkdown_client.tools import measuring
from walkdown_client.tools.sketching import POINTS_MAX, fitting
from walkdown_client.tools.snapping import Snapped

F64 = npt.NDArray[np.float64]

MEASURES: tuple[MarkKind, ...] = ("dimension", "area", "angle", "clearance")
TOOLS: tuple[MarkKind, ...] = (*MEASURES, "arrow", "sketch")
PICTURE_MEDIA = ("image/png", "image/jpeg")
POINTS_OF: Mapping[str, int] = {"dimension": 2, "angle": 3, "arrow": 2}
"""So many points complete one; an area ends when its person says so."""

AREA_POINTS_MAX = 100
"""As many snaps as a mark can say."""

STEP_TEXT: Mapping[str, tuple[str, ...]] = {
    "dimension": (mark("Click where the distance begins"), mark("Click where it ends")),
    "area": (
        mark("Click the first corner"),
        mark("Click the next corner"),
        mark("Click the next corner"),
        mark("Click the next corner; Enter closes the area"),
    ),
    "angle": (
        mark("Click a point on the first arm"),
        mark("Click the corner of the angle"),
        mark("Click a point on the other arm"),
    ),
    "clearance": (mark("Click an element"), mark("Click the other element")),
    "arrow": (mark("Click what the arrow points at"), mark("Click where its text stands")),
    "sketch": (
        mark("Draw with the left button held"),
        mark("Draw on; Enter places the sketch, Ctrl+Z takes the last stroke back"),
    ),
}


@dataclass(slots=True)
class MarkDraft:
    """Something that is being measured or drawn.

    Attributes:
        points: (3,) each, metres, site frame. snaps: at what each was caught. strokes: (n, 3) of a sketch,
            the one being drawn among them. pixel_m: how large a pixel is there, for thinning.
        thing, other: ids of things, or keys. model: id of the model that all points stand on, "" for none.
    """

    kind: MarkKind
    mark: str = field(default_factory=lambda: str(uuid.uuid4()))
    points: list[F64] = field(default_factory=list)
    snaps: list[Snap] = field(default_factory=list)
    strokes: list[F64] = field(default_factory=list)
    thing: str = ""
    other: str = ""
    model: str = ""
    on_surface: bool = False
    pixel_m: float = 0.001

    @property
    def begun(self) -> bool:
        """Whether there is anything to lose."""
        return bool(self.points or self.strokes)

    @property
    def complete(self) -> bool:
        """Whether no further click is needed."""
        return len(self.points) >= POINTS_OF.get(self.kind, 1 << 30)

    @property
    def ready(self) -> bool:
        """Whether it can be placed."""
        if self.kind == "sketch":
            return any(len(stroke) > 1 for stroke in self.strokes)
        return len(self.points) >= (3 if self.kind == "area" else POINTS_OF.get(self.kind, 2))

    @property
    def step(self) -> str:
        """What to do next, one sentence in the user's language."""
        texts = STEP_TEXT[self.kind]
        done = len(self.strokes) if self.kind == "sketch" else len(self.points) + bool(self.other)
        return _(texts[min(done, len(texts) - 1)])


@dataclass(frozen=True, slots=True)
class Attaching:
    """A photo or file on its way; ``part`` from 0 to 1."""

    file: str
    name: str
    part: float


@dataclass(slots=True)
class Marking:
    """What this person does with marks during a visit.

    Attributes:
        tool: what is in the hand, "" for nothing. measure: by which one measured last.
        draft: what is being drawn. laid_aside: a sketch that was put away.
        live: what the pointer means now, with a tool in the hand.
        on_faces: the pen follows faces. shown: marks are drawn.
        selected: id of the mark whose card is open. writing: its text as it is typed, None while it is not.
        opens: the field for it has just been opened. unsaved: texts by mark whose field was closed with Esc.
        measuring: a clearance is being computed. attaching: files on their way.
        meanwhile: why something was not placed, one sentence.
    """

    tool: MarkKind | str = ""
    measure: MarkKind = "dimension"
    draft: MarkDraft | None = None
    laid_aside: MarkDraft | None = None
    live: Snapped | None = None
    on_faces: bool = False
    shown: bool = True
    selected: str = ""
    writing: str | None = None
    opens: bool = False
    unsaved: dict[str, str] = field(default_factory=dict)
    measuring: bool = False
    attaching: tuple[Attaching, ...] = ()
    meanwhile: str = ""

    @property
    def points(self) -> list[F64]:
        """Points (3,) of what is being drawn: those that were clicked, and the one that the pointer means."""
        begun = [] if self.draft is None else list(self.draft.points)
        return begun if self.live is None else [*begun, self.live.point]

    @property
    def value(self) -> float | None:
        """What would be measured if one clicked now, None for nothing."""
        return measuring.value_of(self.tool, np.array(self.points, np.float64))

    def take(self, tool: MarkKind | str) -> None:
        """Take a tool; a sketch that was laid aside goes on with the pen."""
        self.put_away()
        self.tool = tool
        if tool in MEASURES:
            self.measure = tool
        if tool == "sketch" and self.laid_aside is not None:
            self.draft, self.laid_aside = self.laid_aside, None

    def put_away(self) -> None:
        """Put the tool away; a sketch is laid aside, points that were clicked are forgotten."""
        draft, self.draft, self.live, self.tool = self.draft, None, None, ""
        if draft is not None and draft.strokes:
            self.laid_aside = draft

    def write(self, mark: str, text: str) -> None:
        """Open the field for the text of a mark, with what was typed before its field was closed."""
        self.selected, self.writing, self.opens = mark, self.unsaved.pop(mark, text), True

    def dismiss(self) -> bool:
        """Close one thing, the one on top; tell whether there was one."""
        if self.writing is not None:
            self.unsaved[self.selected], self.writing = self.writing, None
        elif self.draft is not None and self.draft.points:
            self.draft = None
        elif self.tool:
            self.put_away()
        elif self.selected:
            self.selected = ""
        else:
            return False
        return True

    def drawn(self) -> MarkDraft:
        """Return what is being drawn with the tool, begun if it is not yet."""
        if self.draft is None or self.draft.kind != self.tool:
            kind: Any = self.tool
            self.draft = MarkDraft(kind, on_surface=self.on_faces and kind == "sketch")
        return self.draft

    def add_point(self, found: Snapped, *, thing: str, model: str) -> None:
        """Take a click."""
        draft = self.drawn()
        if not draft.points:
            draft.thing, draft.model = thing, model
        elif draft.model != model:
            draft.model = ""  # it belongs to no single model, and stays where it is
        if len(draft.points) < AREA_POINTS_MAX:
            draft.points.append(found.point)
            draft.snaps.append(found.kind)

    def take_back(self) -> bool:
        """Take back the last point or stroke; tell whether there was one."""
        draft = self.draft
        if draft is None or not draft.begun:
            return False
        if draft.strokes:
            draft.strokes.pop()
        else:
            draft.points.pop()
            draft.snaps.pop()
        if not draft.begun:
            self.draft = None
        return True


# ---- drafts and marks ------------------------------------------------------------------------------------


def points_of(mark: Mark) -> F64:
    """Return the points (n, 3) of a mark in the frame of its model; its anchor when it has no others."""
    offsets = np.frombuffer(mark.points[: len(mark.points) // 12 * 12], "<f4").reshape(-1, 3)
    sound = offsets[np.isfinite(offsets).all(1)].astype(np.float64)
    anchor = np.asarray(mark.anchor, np.float64)
    return np.asarray(sound + anchor if len(sound) else anchor[None])


def site_points(mark: Mark, placement: Placement) -> F64:
    """Return the points (n, 3) of a mark in the site frame, where its model stands as ``placement`` says."""
    points = points_of(mark)
    return to_site(placement, points) if mark.model else points


def strokes_of(mark: Mark, points: F64) -> list[F64]:
    """Return the strokes of a sketch; numbers that do not add up are cut short."""
    ends = np.minimum(np.cumsum(mark.strokes or (len(points),)), len(points))
    found = np.split(points, ends)[:-1]
    return [stroke for stroke in found if len(stroke)]


def mark_of(draft: MarkDraft, placement: Placement, *, colour: int = 0) -> Mark | None:
    """Return the mark that a draft becomes, None while there is nothing to place.

    Args:
        placement: where the draft's model stands. colour: index of its author's colour.
    """
    if not draft.ready:
        return None
    strokes = fitting([s for s in draft.strokes if len(s) > 1], draft.pixel_m)
    sketch = draft.kind == "sketch"
    points = np.concatenate(strokes)[:POINTS_MAX] if sketch else np.stack(draft.points)
    placed = to_model(placement, points) if draft.model else points
    anchor = np.round(placed.mean(0), 3)
    x, y, z = anchor.tolist()
    return Mark(
        draft.mark,
        draft.kind,
        (x, y, z),
        points=(placed - anchor).astype("<f4").tobytes(),
        strokes=tuple(len(stroke) for stroke in strokes) if sketch else (),
        thing=draft.thing,
        other=draft.other,
        model=draft.model,
        value=measuring.value_of(draft.kind, points),
        unit=measuring.UNIT_OF.get(draft.kind, ""),
        snaps=() if sketch else tuple(draft.snaps),
        on_surface=draft.on_surface,
        colour=colour,
    )


def draft_of(mark: Mark, placement: Placement) -> MarkDraft:
    """Return a draft from which a mark that was refused can be placed again; see :func:`mark_of`."""
    points = site_points(mark, placement)
    sketch = mark.kind == "sketch"
    blank: list[Snap] = [""] * len(points)
    return MarkDraft(
        mark.kind,
        mark.mark,
        points=[] if sketch else list(points),
        snaps=[] if sketch else list(mark.snaps) + blank[len(mark.snaps) : len(points)],
        strokes=strokes_of(mark, points) if sketch else [],
        thing=mark.thing,
        other=mark.other,
        model=mark.model,
        on_surface=mark.on_surface,
        pixel_m=1e-5 * scale_of(placement_matrix(placement)),
    )


def place_of(point: F64, placement: Placement, model: str) -> tuple[float, float, float]:
    """Return a point of the site in the frame of a model, "" for the site itself."""
    x, y, z = point.tolist()
    return point_in_model(placement, (x, y, z)) if model else (x, y, z)


# ---- for people ------------------------------------------------------------------------------------------


def value_text(mark: Mark) -> str:
    """Return the value of a mark as people read it, "" for one that measures nothing."""
    return measuring.readable(mark.value, mark.unit) if mark.kind in MEASURES else ""


def title_of(mark: Mark) -> str:
    """Return the line by which a mark is listed: its value, its file or its text."""
    said = " ".join(mark.text.split())
    if mark.kind in MEASURES:
        return f"{value_text(mark)} · {said}" if said else value_text(mark)
    if mark.file is not None:
        return f"{mark.file.name} · {said}" if said else mark.file.name
    return said or _(measuring.KIND_TEXT[mark.kind])


def line_of(mark: Mark, name_of: Callable[[str], str]) -> tuple[str, ...]:
    """Return the columns by which a mark is copied: kind, value, number in SI, unit, things, text, author."""
    return (
        _(measuring.KIND_TEXT[mark.kind]),
        value_text(mark),
        "" if mark.value is None else f"{mark.value:.9g}",
        mark.unit,
        name_of(mark.thing),
        name_of(mark.other),
        " ".join(mark.text.split()),
        mark.author,
    )
