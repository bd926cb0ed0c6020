"""How one person sees things as a viewpoint, and back: section, visibility, colours, selection. Pure.

A viewpoint is what travels: kept, shared, in a topic, in a file from elsewhere. What it names and nobody here
knows is listed, never an error. Things of an isolated group that are hidden all the same are painted with a
colour that lets everything through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from msgspec.structs import replace

from walkdown.i18n import _
from walkdown.messages import Camera, Painted, Viewpoint
from walkdown.review import ReviewState
from walkdown_client.tools.appearance import Appearance
from walkdown_client.tools.sectioning import NONE, section_of
from walkdown_client.tools.view_state import Colouring, ViewState

MODES = ("none", "state", "noise", "signal")
THINGS_MAX = 10_000
BYTES_MAX = 40_000
"""So long may all names in a view be together: it goes to the server as one operation."""

SEE_THROUGH = "00000000"
FAINT_BELOW = 0x80
"""A colour less opaque than this is see-through."""

PLACE_MAX_M = 1e7
UNITY = 1e-3

Named = Literal["thing", "element", ""]
Known = Callable[[str], Named]
"""Tells whether a name is that of a thing, of an element that is no thing, or of nothing here."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of seeing as a viewpoint does.

    Attributes:
        unknown: names that nothing here has. notes: sentences about what could not be done.
    """

    unknown: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


# ---- out ---------------------------------------------------------------------------------------------


def appearance_of(view: ViewState) -> Appearance:
    """Return how things are seen now."""
    colouring = view.colouring
    return Appearance(
        view.sectioning.section,
        view.hidden,
        view.isolated,
        view.ghosted,
        view.viewing.painted,
        colouring.mode,
        colouring.name,
        colouring.unit,
    )


def viewpoint_of(
    view: ViewState, camera: Camera | None, *, viewpoint: str, time_ns: int = 0
) -> tuple[Viewpoint, int]:
    """Return how things are seen as a viewpoint, and how many names had no room in it.

    Args:
        camera: the eye. viewpoint: its id. time_ns: the moment that is seen.
    """
    seen = appearance_of(view)
    kept, left = _fitted(
        [
            tuple(view.selection) + tuple(view.elements),
            _in_order(seen.isolated or seen.hidden),
            _in_order(seen.hidden) if seen.isolated else (),
            _in_order(seen.ghosted),
            *(paint.things for paint in seen.painted),
        ]
    )
    selection, exceptions, hidden_too, ghosted, *painted = kept
    paints = [Painted(SEE_THROUGH, hidden_too)] if hidden_too else []
    paints += [
        Painted(paint.colour, things) for paint, things in zip(seen.painted, painted, strict=True) if things
    ]
    shown = view.viewing.shown
    made = Viewpoint(
        viewpoint,
        camera,
        planes=seen.section.cuts,
        lines=shown.lines if shown is not None else (),
        shown=not seen.isolated,
        exceptions=exceptions,
        ghosted=ghosted,
        selection=selection,
        painted=tuple(paints),
        mode=seen.mode,
        quantity=seen.quantity,
        unit=seen.unit,
        time_ns=time_ns,
    )
    return made, left


@lru_cache(maxsize=16)
def _in_order(names: frozenset[str]) -> tuple[str, ...]:
    """Return names in the same order each time; views are told several times a second."""
    return tuple(sorted(names))


def _fitted(groups: Sequence[tuple[str, ...]]) -> tuple[list[tuple[str, ...]], int]:
    """Return as many names as have room, the first groups first, and how many have none."""
    kept, room, left = [], BYTES_MAX, 0
    for names in groups:
        sizes = np.cumsum(np.fromiter((len(name.encode()) + 3 for name in names), np.int64, len(names)))
        count = min(int(np.searchsorted(sizes, room, side="right")), THINGS_MAX)
        kept.append(names[:count])
        room -= int(sizes[count - 1]) if count else 0
        left += len(names) - count
    return kept, left


# ---- in ----------------------------------------------------------------------------------------------


def take(view: ViewState, viewpoint: Viewpoint, *, known: Known, selects: bool = True) -> Taken:
    """See as a viewpoint does; where the eye goes is another matter.

    Args:
        known: tells what names are. selects: its selection becomes one's own.
    """
    unknown: dict[str, None] = {}

    def found(names: Iterable[str]) -> tuple[str, ...]:
        there = {name: known(name) for name in names}
        unknown.update(dict.fromkeys(name for name, kind in there.items() if not kind))
        return tuple(name for name, kind in there.items() if kind)

    seen, notes = _appearance_in(viewpoint, found)
    wear(view, seen)
    if selects:
        chosen = found(viewpoint.selection)
        view.selection = tuple(name for name in chosen if known(name) == "thing")
        view.elements = tuple(name for name in chosen if known(name) == "element")
        view.element = None
    return Taken(tuple(unknown), notes)


def _appearance_in(
    viewpoint: Viewpoint, found: Callable[[Iterable[str]], tuple[str, ...]]
) -> tuple[Appearance, tuple[str, ...]]:
    """Return how a viewpoint shows things, as far as they are here, and what could not be done."""
    notes = []
    exceptions = frozenset(found(viewpoint.exceptions))
    hidden = exceptions if viewpoint.shown else frozenset()
    isolated = frozenset() if viewpoint.shown else exceptions
    if not viewpoint.shown and not isolated:
        notes.append(_("This view shows nothing that is here; everything is shown instead."))
    ghosted, painted = frozenset(found(viewpoint.ghosted)), []
    for paint in viewpoint.painted:
        things, opaque = found(paint.things), opacity(paint.colour)
        if not things:
            continue
        if not opaque:
            hidden |= frozenset(things)
            continue
        painted.append(Painted(paint.colour, things))
        if opaque < FAINT_BELOW:
            ghosted |= frozenset(things)
    section = section_of(viewpoint.planes)
    if len(section.cuts) < len(viewpoint.planes):
        notes.append(_("Some of its section planes say nothing and were left out."))
    mode = viewpoint.mode if viewpoint.mode in MODES else ""
    return Appearance(
        section, hidden, isolated, ghosted, tuple(painted), mode, viewpoint.quantity, viewpoint.unit
    ), tuple(notes)


def wear(view: ViewState, seen: Appearance) -> None:
    """See things so; an appearance without a mode leaves by what things are coloured."""
    view.sectioning.put(seen.section, chosen=NONE)
    view.hidden, view.isolated, view.ghosted = seen.hidden, seen.isolated, seen.ghosted
    view.viewing.painted = seen.painted
    if seen.mode:
        view.colouring = Colouring(seen.mode, seen.quantity, seen.unit)


def opacity(colour: str) -> int:
    """Return how opaque ``RRGGBB`` or ``AARRGGBB`` is, 0 to 255."""
    return int(colour[:2], 16) if len(colour) == 8 else 255


def rgb(colour: str) -> tuple[float, float, float]:
    """Return the three numbers from 0 to 1 of ``RRGGBB`` or ``AARRGGBB``."""
    red, green, blue = (int(colour[-6:][i : i + 2], 16) / 255 for i in (0, 2, 4))
    return red, green, blue


def sound_camera(camera: Camera | None) -> Camera | None:
    """Return a camera with axes of length one at right angles; None for one that says nothing."""
    if camera is None:
        return None
    place = np.array([camera.position, camera.direction, camera.up], np.float64)
    if not np.isfinite(place).all() or np.abs(place[0]).max() > PLACE_MAX_M:
        return None
    length = float(np.linalg.norm(place[1]))
    if length < UNITY or not np.isfinite((camera.fov_deg, camera.height_m)).all():
        return None
    ahead = place[1] / length
    across = np.cross(ahead, place[2])
    if np.linalg.norm(across) < UNITY:
        across = np.cross(ahead, (0.0, 1.0, 0.0) if abs(ahead[2]) > 0.5 else (0.0, 0.0, 1.0))
    up = np.cross(across, ahead)
    flat = camera.height_m if camera.fov_deg <= 0 else 0.0
    return replace(
        camera,
        direction=tuple(ahead.tolist()),
        up=tuple((up / np.linalg.norm(up)).tolist()),
        height_m=flat,
        fov_deg=0.0 if flat else camera.fov_deg or 60.0,
    )


# ---- prepared views ----------------------------------------------------------------------------------


def next_view(state: ReviewState, current: str, step: int, *, item: str = "") -> Viewpoint | None:
    """Return the prepared view so many steps from one, None at the ends and when there is none.

    Args:
        current: id of the view that is shown, "" or an unknown one for none yet: then the first one is next,
            and the last one the one before. item: id of a point of the agenda; its own views count when it
            has any.
    """
    views = views_for(state, item)
    ids = [view.viewpoint for view in views]
    if not views or not step:
        return None
    if current not in ids:
        return views[0] if step > 0 else views[-1]
    place = ids.index(current) + step
    return views[place] if 0 <= place < len(views) else None


def views_for(state: ReviewState, item: str = "") -> list[Viewpoint]:
    """Return the prepared views of a point of the agenda in its order, or when it has none all."""
    there = state.agenda.get(item)
    own = [state.viewpoints[view] for view in there.viewpoints if view in state.viewpoints] if there else []
    return own or state.views_of("")


def default_title(state: ReviewState) -> str:
    """Return a title that no prepared view has."""
    taken = {view.title for view in state.views_of("")}
    number = len(taken) + 1
    while (title := _("View {number}").format(number=number)) in taken:
        number += 1
    return title


def last_order(state: ReviewState) -> int:
    """Return an order behind all prepared views."""
    return max((view.order for view in state.views_of("")), default=0) + 1


def moved(state: ReviewState, viewpoint: str, steps: int) -> list[Viewpoint]:
    """Return the prepared views that get another order when one is moved up or down, as few as will do."""
    views = state.views_of("")
    place = next((i for i, view in enumerate(views) if view.viewpoint == viewpoint), None)
    if place is None:
        return []
    end = min(max(place + steps, 0), len(views) - 1)
    views.insert(end, views.pop(place))
    orders = [view.order for view in views]
    if end != place and len(set(orders)) == len(orders):
        orders.sort()
    else:
        orders = list(range(1, len(views) + 1))
    return [
        replace(view, order=order) for view, order in zip(views, orders, strict=True) if view.order != order
    ]
