"""A list to choose from, in which one may also type: what is typed finds lines, or is taken as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown_client.fuzzy import best
from walkdown_client.ui.frame import Frame

LINES_MAX = 12


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what is chosen by it, and how it is written; ``also`` finds it too."""

    value: str
    text: str
    also: str = ""


def pick(frame: Frame, name: str, shown: str, *, lines: Sequence[Line], free: bool = True) -> str | None:
    """Draw a closed list that shows ``shown``; returns what was chosen or typed, None for nothing.

    Args:
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
    chosen = _draw_open(frame, key, lines, free=free)
    if chosen is not None:
        imgui.close_current_popup()
        searches.pop(key, None)
    imgui.end_combo()
    return chosen


def _draw_open(frame: Frame, key: str, lines: Sequence[Line], *, free: bool) -> str | None:
    canvas, searches = frame.canvas, frame.view.searches
    hint = _("Type a name or choose") if free else _("Type to find")
    imgui.set_next_item_width(canvas.px(240))
    if imgui.is_window_appearing():
        imgui.set_keyboard_focus_here()
    _changed, text = imgui.input_text_with_hint("##pick", hint, searches.get(key, ""))
    searches[key] = text
    entered = imgui.is_key_pressed(imgui.Key.enter, False) or imgui.is_key_pressed(
        imgui.Key.keypad_enter, False
    )
    found = _found(text, lines)
    for place, line in enumerate(found):
        canvas.record(line.text)
        if imgui.selectable(f"{line.text}##{place}", False)[0]:
            return line.value
    if not found and not free:
        canvas.muted(_("Nothing answers this; try fewer letters."))
    if entered and text.strip():
        exact = next((line for line in lines if line.text.casefold() == text.strip().casefold()), None)
        if exact is not None:
            return exact.value
        if free:
            return text.strip()
        return found[0].value if found else None
    return None


def _found(text: str, lines: Sequence[Line]) -> list[Line]:
    if not text.strip():
        return list(lines[:LINES_MAX])
    places = best(text, [f"{line.text} {line.also}" for line in lines], limit=LINES_MAX)
    return [lines[place] for place in places]
