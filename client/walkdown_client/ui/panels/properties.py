"""The properties of one thing or element: by group, with units, and searched when there are many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown.package import Scalar, split_name
from walkdown_client.inventory import folded
from walkdown_client.tools import intents as wish
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.pairs import PAIR_PX, copy_tip, draw_pair, property_text, property_unit
from walkdown_client.ui.panels.side import draw_list

NAME = "properties"
SEARCHED_FROM = 16
"""So many properties have a search field."""
DRAWN_WHOLE = 40
"""Of longer lists only what is in sight is drawn."""
LABEL_SHARE = 0.45


@dataclass(frozen=True, slots=True)
class _Line:
    """A property, or with ``name`` empty the head of a group."""

    group: str
    name: str = ""
    text: str = ""
    count: int = 0


def draw_properties(frame: Frame, properties: Mapping[str, Scalar], *, of: str) -> Iterator[wish.Intent]:
    """Draw all properties of what is called ``of``."""
    if not properties:
        return
    canvas = frame.canvas
    canvas.section(_("Properties"), words.number(len(properties)))
    search = _search(frame) if len(properties) >= SEARCHED_FROM else ""
    shut = frozenset(key for key in frame.view.unfolded if key.startswith(f"{NAME}/"))
    key = (of, id(properties), search, shut, frame.view.preferences.language)
    lines = frame.memory.of(NAME, key, lambda: _lines(properties, search, shut))
    if not lines:
        canvas.muted(_("No property has “{search}” in it.").format(search=search))
    wishes: list[wish.Intent] = []
    if len(lines) <= DRAWN_WHOLE:
        for line in lines:
            wishes += _draw_line(frame, line)
    else:
        draw_list(
            len(lines), canvas.px(PAIR_PX), lambda place: wishes.extend(_draw_line(frame, lines[place]))
        )
    yield from wishes


def _search(frame: Frame) -> str:
    searches = frame.view.searches
    searches[NAME] = frame.canvas.field("search properties", _("Find a property"), searches.get(NAME, ""))
    imgui.dummy((0, frame.canvas.px(2)))
    return searches[NAME].strip()


def _lines(properties: Mapping[str, Scalar], search: str, shut: frozenset[str]) -> Sequence[_Line]:
    groups: dict[str, list[_Line]] = {}
    wanted, plain = folded(search), search.casefold()
    for name, value in properties.items():
        text = property_text(value)
        if wanted in folded(name) or plain in text.casefold():
            group = split_name(name).group
            groups.setdefault(group, []).append(_Line(group, name, text))
    found = groups.pop("", [])
    for group, members in sorted(groups.items(), key=lambda pair: pair[0].casefold()):
        found.append(_Line(group, count=len(members)))
        if search or f"{NAME}/{group}" not in shut:
            found += members
    return found


def _draw_line(frame: Frame, line: _Line) -> Iterator[wish.Intent]:
    if not line.name:
        _draw_group(frame, line)
        return
    label = split_name(line.name).label
    unit = property_unit(line.name)
    imgui.push_id(line.name)
    tip = f"{line.name}\n{line.text} {unit}".rstrip() + "\n" + copy_tip(line.text)
    if draw_pair(frame, label, line.text, unit=unit, icon="copy", tip=tip, label_share=LABEL_SHARE):
        yield wish.CopyText(f"{line.text} {unit}".rstrip())
    imgui.pop_id()


def _draw_group(frame: Frame, line: _Line) -> None:
    canvas, theme, key = frame.canvas, frame.canvas.theme, f"{NAME}/{line.group}"
    row, clicked = canvas.row(key, height_px=PAIR_PX)
    is_shut = key in frame.view.unfolded
    canvas.icon("open" if is_shut else "down", row.x, row.y + canvas.px(6), size_px=13, colour=theme.muted)
    count = words.number(line.count)
    y = row.y + canvas.px(4)
    room = row.width - canvas.px(24) - canvas.width(count, look.SMALL_PX)
    canvas.put_clipped(row.x + canvas.px(18), y, line.group, width=room)
    canvas.put_right(row.x + row.width, y + canvas.px(1), count, colour=theme.muted, size_px=look.SMALL_PX)
    if clicked:
        frame.view.unfolded.symmetric_difference_update({key})
