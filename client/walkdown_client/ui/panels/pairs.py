"""Lines of a name and what it stands for, as the inspector shows facts and properties."""

from __future__ import annotations

import math

from walkdown.i18n import _
from walkdown.package import Scalar, split_name
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.frame import Frame

PAIR_PX, LABEL_PX = 24.0, 118.0


def draw_pair(  # noqa: PLR0913 - a line has that many parts
    frame: Frame,
    label: str,
    text: str,
    *,
    unit: str = "",
    icon: str = "",
    tip: str = "",
    label_share: float = 0.0,
) -> bool:
    """Draw a name and what it stands for; tells whether a click wishes what ``icon`` stands for.

    Args:
        unit: behind the text, muted. tip: what a click does.
        label_share: of the width that the name may take; without it the name has a fixed width.
    """
    canvas, theme = frame.canvas, frame.canvas.theme
    row, clicked = canvas.row(f"pair {label}", height_px=PAIR_PX)
    canvas.tip(tip)
    y = row.y + canvas.px(3)
    column = max(row.width * label_share, canvas.px(LABEL_PX))
    canvas.put_clipped(row.x, y, label, width=column - canvas.px(8), colour=theme.muted)
    behind = canvas.px(20 if icon else 0) + (canvas.width(unit, look.SMALL_PX) + canvas.px(6) if unit else 0)
    room = max(row.width - column - behind, canvas.px(20))
    canvas.put_clipped(row.x + column, y, text, width=room)
    if unit:
        x = row.x + column + min(canvas.width(canvas.fitting(text, room)), room) + canvas.px(6)
        canvas.put(x, y + canvas.px(2), unit, colour=theme.muted, size_px=look.SMALL_PX)
    if icon:
        x = row.x + row.width - canvas.px(16)
        canvas.icon(icon, x, row.y + canvas.px(5), size_px=14, colour=theme.muted)
    return clicked and bool(icon)


def property_text(value: Scalar) -> str:
    """Return the value of a property for people, "—" when it is unknown."""
    if isinstance(value, float) and not math.isfinite(value):
        return words.UNKNOWN
    return words.plain(value).strip() or words.UNKNOWN


def property_unit(name: str) -> str:
    """Return the unit in a property's name as people write it, or ""."""
    return words.unit(split_name(name).unit)


def copy_tip(text: str) -> str:
    """Say that a click copies a text."""
    return _("Click to copy {text}").format(text=text)
