"""Shows the marks of a session in the scene, and what this person is drawing."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import numpy.typing as npt

from walkdown.i18n import _, language
from walkdown.messages import Mark, Plane
from walkdown_client.app.mark_wishes import is_standing, name_of
from walkdown_client.app.models import Models
from walkdown_client.scene.marks import Marks, MarkView
from walkdown_client.tools import measuring
from walkdown_client.tools.marking import MEASURES, MarkDraft, Marking, points_of, site_points, value_text
from walkdown_client.tools.sectioning import hides_all
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
        self._views: dict[str, tuple[Hashable, MarkView]] = {}
        self._drawn: Hashable = None

    def update(self, world: World, view: ViewState) -> None:
        """Show marks and the draft as they are now; once a frame."""
        marking = view.marking
        key = (
            world.review.revision,
            world.packages_revision,
            self._models.revision,
            id(world.twin),
            (marking.selected, marking.shown, language()),
            view.sectioning.section,
        )
        if key != self._key:
            self._key = key
            self._show_marks(world, marking, cuts=view.sectioning.section.cuts)
        me = world.people.get(world.me)
        self._show_draft(marking, me.colour if me is not None else 0)

    def _show_marks(self, world: World, marking: Marking, *, cuts: tuple[Plane, ...]) -> None:
        """Show all marks but those that a section cuts away with all their points."""
        shown = []
        known, self._views = self._views, {}
        for mark in world.review.marks.values() if marking.shown else ():
            if not is_standing(world, mark):
                continue
            names = self._names(mark, world)
            selected = mark.mark == marking.selected
            key = (id(mark), world.placement(mark.model), names, selected, language())
            kept = known.get(mark.mark)
            if kept is None or kept[0] != key:
                kept = (key, _view_of(mark, world, names, selected=selected))
            self._views[mark.mark] = kept
            points = kept[1].points
            if not (cuts and len(points) and hides_all(cuts, points.min(0), points.max(0))):
                shown.append(kept[1])
        self._scene.kept.show(shown)

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
