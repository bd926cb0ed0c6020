"""A click becomes the draft of a note, a finished draft becomes the wish to place it."""

from __future__ import annotations

from walkdown_client.tools.intents import Point, PutNote
from walkdown_client.tools.view_state import NoteDraft

TEXT_MAX = 4000
"""Characters a note may have."""


def finished(draft: NoteDraft) -> PutNote | None:
    """Return the wish to place what was written, None while there is nothing to place."""
    text = draft.text.strip()
    if not text:
        return None
    return PutNote(draft.note, text[:TEXT_MAX], draft.point, draft.thing, draft.model, draft.base)


def lifted(point: Point, *, towards: Point, by_m: float = 0.05) -> Point:
    """Return ``point`` moved a little towards the eye, so that a marker does not sink into the surface.

    Args:
        point: metres, site frame, where the surface was clicked.
        towards: metres, site frame, where the eye is.
    """
    away = [there - here for there, here in zip(towards, point, strict=True)]
    distance = sum(part * part for part in away) ** 0.5
    share = min(by_m / distance, 1.0) if distance else 0.0
    x, y, z = (here + part * share for here, part in zip(point, away, strict=True))
    return x, y, z
