"""What a topic is about and where its pin stands, when a file says neither: told by its views."""

from __future__ import annotations

from collections.abc import Sequence

from walkdown.messages import Viewpoint
from walkdown.messages.words import Point

FEW = 100
"""So many shown components are what a topic is about; more are a scene."""

AHEAD_METRES = 3.0
"""How far before the eye something is that nothing else tells the place of."""

MOST_THINGS = 1000


def about(views: Sequence[Viewpoint]) -> tuple[tuple[str, ...], Point | None]:
    """Return the things a topic is about, and a point where there are none.

    The things are those that its first view selects, else the few that it shows alone; the point lies before
    its eye, in the site frame.

    Args:
        views: in their order.
    """
    for view in views:
        if view.selection:
            return view.selection[:MOST_THINGS], None
    for view in views:
        if not view.shown and 0 < len(view.exceptions) <= FEW:
            return view.exceptions, None
    eye = next((view.camera for view in views if view.camera is not None), None)
    if eye is None:
        return (), None
    x, y, z = (a + AHEAD_METRES * b for a, b in zip(eye.position, eye.direction, strict=True))
    return (), (x, y, z)
