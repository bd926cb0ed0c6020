"""A list to choose from, in which one may also type: what is typed finds lines, or is taken as it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown_client.fuzzy import best
from walkdown_client.ui.frame import Frame

LINES_MAX = 12
FEW = 200
"""More lines than these are known again by being the same list."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what is chosen by it, and how it is written; ``also`` finds it too."""

    value: str
    text: str
    also: str = ""


Lines = Sequence[Line] | Callable[[], Sequence[Line]]


def pick(frame: Frame, name: str, shown: str, *, lines: Lines, free: bool = True) -> str | None:
    """Draw a closed list that shows ``shown``; returns what was chosen or typed, None for nothing.

    Args:
        lines: or what returns them, which is asked while the list is open: the same ones until they change.
        free: what answers no line is taken as it was typed.
    """
    canvas, searches = frame.canvas, frame.view.searches
    canvas.record(shown)
    imgui.set_next_item_width(-1.0)
    if not imgui.begin_combo(f"##{name}", shown):
        return None
    key = f"pick {name}"
    if imgui.is_window_appearing():
        searches[key] = ""
    chosen = _draw_open(frame, key, lines() if callable(lines) else lines, free=free)
    if chosen is not None:
        imgui.close_current_popup()
        searches.pop(key, None)
    imgui.end_combo()
    return chosen


def _draw_open(frame: Frame, key: str, lines: Sequence[Line], *, free: bool) -> str | None:
    canvas, searches = frame.canvas, frame.view.searches
    hint = _("Type a name or choose") if free else _("Type to find")
    canvas.record(hint)
    imgui.set_next_item_width(canvas.px(240))
    if imgui.is_window_appearing():
        imgui.set_keyboard_focus_here()
        searches[f"{key} row"] = "0"
    changed, text = imgui.input_text_with_hint("##pick", hint, searches.get(key, ""))
    searches[key] = text
    asked = (text, free, *((id(lines), len(lines)) if len(lines) > FEW else lines))
    offered = frame.memory.of(f"offers of {key}", asked, lambda: offers(text, lines, free=free))
    row = 0 if changed else _row(searches.get(f"{key} row", "0"), len(offered))
    searches[f"{key} row"] = str(row)
    for place, line in enumerate(offered):
        canvas.record(line.text)
        if imgui.selectable(f"{line.text}##{place}", place == row and bool(text))[0]:
            return line.value
    if not offered:
        canvas.muted(_("Nothing answers this; try fewer letters."))
    entered = imgui.is_key_pressed(imgui.Key.enter, False) or imgui.is_key_pressed(
        imgui.Key.keypad_enter, False
    )
    return offered[row].value if entered and offered and text.strip() else None


def _row(before: str, count: int) -> int:
    """Return the line that the arrow keys have reached."""
    step = int(imgui.is_key_pressed(imgui.Key.down_arrow)) - int(imgui.is_key_pressed(imgui.Key.up_arrow))
    return min(max(int(before) + step, 0), max(count - 1, 0))


def offers(text: str, lines: Sequence[Line], *, free: bool) -> list[Line]:
    """Return the lines that answer a text, the best first, and where that is allowed the text as it is."""
    found, typed = _found(text, lines), text.strip()
    exact = any(line.text.casefold() == typed.casefold() for line in found)
    return (
        [*found, Line(typed, _("“{text}” as typed").format(text=typed))]
        if free and typed and not exact
        else found
    )


def _found(text: str, lines: Sequence[Line]) -> list[Line]:
    if not text.strip():
        return list(lines[:LINES_MAX])
    places = best(text, [f"{line.text} {line.also}" for line in lines], limit=LINES_MAX)
    return [lines[place] for place in places]
