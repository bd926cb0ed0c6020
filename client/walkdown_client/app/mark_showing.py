"""Shows the marks of a session in the scene, and what this person is drawing."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import numpy.typing as npt

from walkdown.i18n import _, language
from walkdown.messages import Mark
from walkdown_client.app.mark_wishes import is_standing, name_of
from walkdown_client.app.models import Models
from walkdown_client.scene.marks import Marks, MarkView
from walkdown_client.tools import measuring
from walkdown_client.tools.marking import MEASURES, MarkDraft, Marking, points_of, site_points, value_text
from walkdown_client.tools.sectioning import Section, equations
from walkdown_client.tools.snapping import SNAP_TEXT
from walkdown_client.tools.view_state import ViewState
from walkdown_client.world import World

F64 = npt.NDArray[np.float64]

TEXT_SHOWN = 48
"""Letters of a text beside a mark."""


class MarkShowing:
    """Brings the marks of one scene up to date with one world.

    Args:
        scene: where they are drawn.
    """

    def __init__(self, scene: Marks, models: Models) -> None:
        self._scene, self._models = scene, models
        self._key: Hashable = None
        self._marks: tuple[tuple[Mark, ...], Hashable] = ((), None)
        self._section: Section | None = None
        self._known: dict[str, tuple[Hashable, MarkView]] = {}
        self._views: list[MarkView] = []
        self._boxes: tuple[F64, F64] = (np.zeros((0, 3)), np.zeros((0, 3)))
        self._drawn: Hashable = None

    def update(self, world: World, view: ViewState) -> None:
        """Show marks and the draft as they are now; once a frame."""
        if self._renew(world, view.marking) or view.sectioning.section != self._section:
            self._section = view.sectioning.section
            away = _cut_away(self._section, *self._boxes)
            self._scene.kept.show([self._views[row] for row in np.flatnonzero(~away).tolist()])
        me = world.people.get(world.me)
        self._show_draft(view.marking, me.colour if me is not None else 0)

    def _renew(self, world: World, marking: Marking) -> bool:
        """Make the views of marks that have changed; tell whether there were any."""
        around = (
            world.packages_revision,
            self._models.revision,
            id(world.twin),
            (marking.selected, marking.shown, language()),
        )
        key = (id(world.review), world.review.revision, around)
        if key == self._key:
            return False
        self._key = key
        marks = (tuple(world.review.marks.values()), around)
        if marks == self._marks:  # the same objects: something else of the review has changed
            return False
        self._marks = marks
        known, self._known = self._known, {}
        for mark in world.review.marks.values() if marking.shown else ():
            if is_standing(world, mark):
                self._known[mark.mark] = self._made(
                    mark, world, known, selected=mark.mark == marking.selected
                )
        self._views = [view for _key, view in self._known.values()]
        lows = [view.points.min(0) for view in self._views]
        highs = [view.points.max(0) for view in self._views]
        self._boxes = np.array(lows).reshape(-1, 3), np.array(highs).reshape(-1, 3)
        return True

    def _made(
        self, mark: Mark, world: World, known: dict[str, tuple[Hashable, MarkView]], *, selected: bool
    ) -> tuple[Hashable, MarkView]:
        names = self._names(mark, world)
        key = (id(mark), world.placement(mark.model), names, selected, language())
        kept = known.get(mark.mark)
        if kept is not None and kept[0] == key:
            return kept
        return key, _view_of(mark, world, names, selected=selected)

    def _names(self, mark: Mark, world: World) -> str:
        if mark.kind != "clearance" or not mark.other:
            return ""
        first, second = (name_of(name, world, self._models) for name in (mark.thing, mark.other))
        return f"{first[:24]} ↔ {second[:24]}"

    def _show_draft(self, marking: Marking, color: int) -> None:
        draft, live = marking.draft, marking.live
        key = (
            None if draft is None else (draft.mark, len(draft.points), _size(draft)),
            None if live is None else (live.point.tobytes(), live.kind, live.axis),
            marking.tool,
            language(),
        )
        if key != self._drawn:
            self._drawn = key
            view = drawn_view(marking, color)
            self._scene.live.show(() if view is None else (view,))


def _cut_away(section: Section, low: F64, high: F64) -> npt.NDArray[np.bool_]:
    """Tell which boxes (n, 3) a section cuts away with all that is in them."""
    rows = equations(section.cuts)
    reach = (high - low) / 2 @ np.abs(rows[:, :3]).T
    return np.asarray(((low + high) / 2 @ rows[:, :3].T - reach > rows[:, 3]).any(1))


def _size(draft: MarkDraft) -> tuple[int, int]:
    return len(draft.strokes), sum(map(len, draft.strokes))


def _view_of(mark: Mark, world: World, names: str, *, selected: bool) -> MarkView:
    said = " ".join(mark.text.split())
    said = said if len(said) <= TEXT_SHOWN else said[: TEXT_SHOWN - 1] + "…"
    label = value_text(mark) if mark.kind in MEASURES else mark.file.name if mark.file else said
    return MarkView(
        mark.mark,
        mark.kind,
        site_points(mark, world.placement(mark.model)),
        counts=mark.strokes,
        label=label or (_(measuring.KIND_TEXT[mark.kind]) if selected else ""),
        detail=names or (said if label != said else "") or _warning(mark),
        color=mark.colour,
        selected=selected,
    )


def _warning(mark: Mark) -> str:
    """Return the word that an area is not flat, "" for what needs none."""
    if mark.kind != "area" or measuring.polygon(points_of(mark)).planar:
        return ""
    return _("not flat")


def drawn_view(marking: Marking, color: int) -> MarkView | None:
    """Return how what is in the hand is drawn: the points so far, and the one that the pointer means."""
    draft, live = marking.draft, marking.live
    if draft is not None and draft.strokes:
        counts = tuple(len(stroke) for stroke in draft.strokes)
        return MarkView("draft", "sketch", np.concatenate(draft.strokes), counts=counts, color=color)
    if not marking.tool or (live is None and (draft is None or not draft.points)):
        return None
    value = marking.value
    unit = measuring.UNIT_OF.get(marking.tool, "")
    return MarkView(
        "draft",
        marking.tool,
        np.stack(marking.points),
        label="" if value is None else measuring.readable(value, unit),
        color=color,
        dashed=True,
        snap=live.kind if live is not None else "",
        word=snap_word(live.kind, live.axis) if live is not None else "",
    )


def snap_word(kind: str, axis: str) -> str:
    """Return what the pointer has caught, in the user's language."""
    texts = {str(key): text for key, text in SNAP_TEXT.items()}
    word = _(texts[kind]) if texts.get(kind) else ""
    return f"{word} {axis}".rstrip()
