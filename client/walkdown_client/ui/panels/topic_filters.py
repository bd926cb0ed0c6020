"""Which topics the list shows and in which order: buttons for what is asked most, a fold for the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from imgui_bundle import imgui

from walkdown.i18n import _, mark
from walkdown_client.tools.topic_state import Sort, TopicFilters
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.topic_words import shown

MORE = "topics/filters"
"""What is unfolded when all filters are shown."""

SORT_TEXT: Mapping[Sort, str] = {
    "number": mark("Number"),
    "changed": mark("Last change"),
    "due": mark("Due date"),
    "priority": mark("Priority"),
    "owner": mark("Owner"),
    "title": mark("Title"),
}
FIRST = (("unfinished", mark("Open")), ("mine", mark("Mine")), ("unread", mark("Unread")))
DUES: tuple[Literal["", "overdue", "soon"], ...] = ("", "overdue", "soon")
REST = (("parked", mark("Parked")), ("orphaned", mark("Orphaned")))


def draw_filters(frame: Frame) -> None:
    """Draw the filters; they hold until they are taken away."""
    filters, unfolded = frame.view.topics.filters, frame.view.unfolded
    opened = MORE in unfolded
    for name, text in FIRST:
        _draw_toggle(frame, name, text)
        imgui.same_line(0, frame.canvas.px(4))
    if filters.any:
        clear = frame.canvas.button(_("All"))
        frame.canvas.tip(_("Show all topics"))
        if clear:
            frame.view.topics.filters = TopicFilters(sort=filters.sort, descending=filters.descending)
        imgui.same_line(0, frame.canvas.px(4))
    more = _("Fewer filters") if opened else _("More filters and order")
    if frame.canvas.icon_button("down" if opened else "settings", more, size_px=26, name=MORE):
        unfolded.symmetric_difference_update({MORE})
    if filters.thing:
        _draw_thing(frame, filters)
    if opened:
        _draw_more(frame, filters)


def _draw_toggle(frame: Frame, name: str, text: str) -> None:
    filters = frame.view.topics.filters
    active = bool(getattr(filters, name))
    if active:
        imgui.push_style_color(imgui.Col_.button.value, imgui.ImVec4(*frame.canvas.theme.chosen))
    if frame.canvas.button(("✓ " if active else "") + _(text)):
        setattr(filters, name, not active)
    if active:
        imgui.pop_style_color()


def _draw_thing(frame: Frame, filters: TopicFilters) -> None:
    """Say that only the topics of one thing are listed."""
    twin, canvas = frame.world.twin, frame.canvas
    name = twin.thing(filters.thing).name if twin.has_thing(filters.thing) else filters.thing
    if canvas.button(_("✓ About {thing}").format(thing=canvas.fitting(name, canvas.px(180)))):
        filters.thing = ""
    canvas.tip(_("Show the topics of all things"))


def _draw_more(frame: Frame, filters: TopicFilters) -> None:
    canvas, words = frame.canvas, frame.world.review.vocabulary
    for name, text in REST:
        _draw_toggle(frame, name, text)
        imgui.same_line(0, canvas.px(4))
    imgui.new_line()
    filters.discipline = _draw_choice(
        frame, _("Discipline"), words.disciplines, chosen=filters.discipline, every=_("Every discipline")
    )
    filters.priority = _draw_choice(
        frame, _("Priority"), words.priorities, chosen=filters.priority, every=_("Every priority")
    )
    dues = (_("Due at any time"), _("Overdue"), _("Due within a week"))
    place = canvas.combo("due filter", dues[DUES.index(filters.due)], dues)
    if place is not None:
        filters.due = DUES[place]
    _draw_order(frame, filters)
    if canvas.button(_("Words of the lists…")):
        frame.view.panel = "words"


def _draw_choice(frame: Frame, name: str, words: Sequence[str], *, chosen: str, every: str) -> str:
    """Draw a list of words of which one may be chosen."""
    texts = (every, *(shown(word) for word in words))
    place = frame.canvas.combo(f"{name} filter", shown(chosen) or every, texts)
    if place is None:
        return chosen
    return "" if place == 0 else words[place - 1]


def _draw_order(frame: Frame, filters: TopicFilters) -> None:
    sorts = tuple(SORT_TEXT)
    texts = [_("Order: {way}").format(way=_(SORT_TEXT[sort])) for sort in sorts]
    place = frame.canvas.combo("order", texts[sorts.index(filters.sort)], texts)
    if place is not None:
        filters.sort = sorts[place]
    if filters.sort in ("number", "changed"):
        newest = _("Newest first") if filters.descending else _("Oldest first")
        if frame.canvas.button(newest):
            filters.descending = not filters.descending
