"""Where everything lies in the window: rectangles in pixels."""

from __future__ import annotations

from dataclasses import dataclass

from walkdown_client.tools.view_state import ViewState
from walkdown_client.ui import theme as look
from walkdown_client.ui.canvas import Rect


@dataclass(frozen=True, slots=True)
class Layout:
    """The places of one frame; None means that a part is not shown.

    Attributes:
        scene: what the panels leave free.
    """

    top_bar: Rect
    rail: Rect
    status: Rect
    left: Rect | None
    right: Rect | None
    scene: Rect


def lay_out(size: tuple[int, int], scale: float, view: ViewState) -> Layout:
    """Share the window out; when it is narrow, the left panel hides the inspector."""
    width, height = size
    top, foot, rail = (round(px * scale) for px in (look.TOP_BAR_PX, look.STATUS_PX, look.RAIL_PX))
    inner = max(height - top - foot, 1)
    has_left, has_right = bool(view.panel), bool(view.selection or view.elements)
    if width < look.NARROW_PX * scale:
        has_right = has_right and not has_left
    room = width - rail
    left = round(min(view.preferences.left_width * scale, room)) if has_left else 0
    right = round(min(view.preferences.right_width * scale, room - left)) if has_right else 0
    return Layout(
        Rect(0, 0, width, top),
        Rect(0, top, rail, inner),
        Rect(0, height - foot, width, foot),
        Rect(rail, top, left, inner) if has_left else None,
        Rect(width - right, top, right, inner) if has_right else None,
        Rect(rail + left, top, max(room - left - right, 1), inner),
    )
