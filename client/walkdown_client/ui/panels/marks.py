"""The marks of the session: what was measured, drawn and attached, the newest first."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown.messages import Mark
from walkdown.roles import RANK
from walkdown_client.fuzzy import NO_MATCH, score
from walkdown_client.tools import intents as wish
from walkdown_client.tools import mark_intents as marks
from walkdown_client.tools import measuring
from walkdown_client.tools.marking import MEASURES, title_of
from walkdown_client.tools.rights import why_not
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.side import draw_list, entered, scrolled, search_field, side_panel

NAME = "marks"
ROW_PX = 50.0
PATH = "mark file"


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the panel when it is open."""
    if frame.view.panel != NAME:
        return []
    canvas, total = frame.canvas, len(frame.world.review.marks)
    with side_panel(frame, NAME, _("Marks"), count=words.number(total) if total else "") as found:
        _draw_tools(frame, found)
        _draw_attaching(frame, found)
        listed = _listed(
            frame, search_field(frame, NAME, _("Kind, value, text, author or thing")) if total else ""
        )
        with scrolled("rows"):
            if not total:
                canvas.empty(
                    _("What people measure, draw and attach in the scene is listed here."),
                    _("Press M and click two points, L to sketch, Shift+A for an arrow."),
                )
            elif not listed:
                canvas.empty(_("No mark answers this."), _("Try fewer letters."))
            draw_list(len(listed), canvas.px(ROW_PX), lambda place: _draw_row(frame, listed[place], found))
    return found


def _draw_tools(frame: Frame, found: list[wish.Intent]) -> None:
    canvas, marking = frame.canvas, frame.view.marking
    rows: list[tuple[str, str, wish.Intent, bool]] = []
    if frame.may(marks.TakeTool):
        kinds = (*MEASURES, "arrow", "sketch")
        rows = [
            (kind, _(measuring.KIND_TEXT[kind]), marks.TakeTool(kind), kind == marking.tool) for kind in kinds
        ]
        rows.append(("attach", _("Attach a photo or file here"), marks.AttachHere(), False))
    else:
        canvas.paragraph(why_not(frame.world.role), canvas.theme.muted, size_px=look.SMALL_PX)
    shown = _("Hide all marks, for me alone") if marking.shown else _("Show the marks again")
    rows.append(("hide" if marking.shown else "show", shown, marks.ShowMarks(), not marking.shown))
    if frame.world.review.marks:
        rows.append(("copy", _("Copy all values, for a spreadsheet"), marks.CopyMarks(), False))
    for icon, tip, intent, active in rows:
        if canvas.icon_button(icon, tip, active=active, name="all"):
            found.append(intent)
        imgui.same_line(0, canvas.px(2))
    imgui.new_line()


def _draw_attaching(frame: Frame, found: list[wish.Intent]) -> None:
    """Draw the files on their way, and where the platform has no dialog a field for a path."""
    canvas, view = frame.canvas, frame.view
    for task in view.marking.attaching:
        canvas.muted(f"{task.name} · {words.number(task.part * 100)} %")
        imgui.same_line()
        if canvas.icon_button("close", _("Cancel"), size_px=20, name=task.file):
            found.append(marks.CancelAttaching(task.file))
    if frame.facts.has_dialog or not frame.may(marks.AttachHere):
        return
    hint = _("Path of a photo or file; Enter attaches it to the selection")
    view.searches[PATH] = canvas.field(PATH, hint, view.searches.get(PATH, ""))
    if view.searches[PATH].strip() and entered():
        found.append(marks.AttachHere(view.searches.pop(PATH)))


def _listed(frame: Frame, search: str) -> list[Mark]:
    key = (id(frame.world.review), frame.world.review.revision, id(frame.world.twin), search)
    return frame.memory.of("marks", key, lambda: _found(frame, search))


def _found(frame: Frame, search: str) -> list[Mark]:
    listed = sorted(frame.world.review.marks.values(), key=lambda mark: -mark.made_ns)
    if not search.strip():
        return listed
    return [mark for mark in listed if score(search, _text_of(frame, mark)) != NO_MATCH]


def _text_of(frame: Frame, mark: Mark) -> str:
    kind = _(measuring.KIND_TEXT[mark.kind])
    return f"{title_of(mark)} {kind} {mark.author} {things_of(frame, mark)} {mark.thing} {mark.other}"


def _draw_row(frame: Frame, mark: Mark, found: list[wish.Intent]) -> None:
    canvas = frame.canvas
    imgui.set_next_item_allow_overlap()
    chosen = frame.view.marking.selected == mark.mark
    rect, clicked = canvas.row(f"mark {mark.mark}", height_px=ROW_PX, chosen=chosen)
    hovered = imgui.is_item_hovered(imgui.HoveredFlags_.allow_when_overlapped_by_item)
    canvas.icon(icon_of(mark), rect.x, rect.y + canvas.px(6))
    left, room = rect.x + canvas.px(28), rect.width - canvas.px(32)
    canvas.put_clipped(left, rect.y + canvas.px(4), title_of(mark), width=room)
    age = words.age((frame.world.session_ns - mark.made_ns) / 1e9)
    kind = _(measuring.KIND_TEXT[mark.kind])
    line = " · ".join(part for part in (kind, mark.author, age, things_of(frame, mark)) if part)
    canvas.put_clipped(left, rect.y + canvas.px(25), line, width=room, colour=canvas.theme.muted)
    if not (hovered and _draw_row_buttons(frame, mark, rect, found=found)) and clicked:
        found.append(marks.GoToMark(mark.mark))


def _draw_row_buttons(frame: Frame, mark: Mark, rect: Rect, *, found: list[wish.Intent]) -> bool:
    """Draw what can be done with a mark and tell whether it was."""
    canvas, after, before = frame.canvas, imgui.get_cursor_screen_pos(), len(found)
    buttons: list[tuple[str, str, wish.Intent]] = []
    if mark.kind in MEASURES:
        buttons.append(("copy", _("Copy the value"), marks.CopyMark(mark.mark)))
    if may_remove(frame, mark):
        buttons.append(("bin", _("Remove it"), marks.RemoveMark(mark.mark)))
    for place, (icon, tip, intent) in enumerate(reversed(buttons)):
        imgui.set_cursor_screen_pos((rect.x + rect.width - canvas.px(26 + 26 * place), rect.y + canvas.px(1)))
        if canvas.icon_button(icon, tip, size_px=24, name=mark.mark):
            found.append(intent)
    imgui.set_cursor_screen_pos(after)
    imgui.dummy((0, 0))
    return len(found) > before


# ---- what a mark is --------------------------------------------------------------------------------------


def icon_of(mark: Mark) -> str:
    """Return the name of the icon of a mark's kind."""
    return mark.kind


def things_of(frame: Frame, mark: Mark) -> str:
    """Return the names of what a mark is about, "" for nothing."""
    twin = frame.world.twin
    names = [name for name in (mark.thing, mark.other) if name]
    return " ↔ ".join(twin.thing(name).name if twin.has_thing(name) else name for name in names)


def about_place(frame: Frame, mark: Mark) -> str:
    """Return what is wrong with the place of a mark, "" for nothing."""
    here = not mark.model or any(ref.model == mark.model for ref in frame.world.packages)
    return "" if here else _("its model is not here now")


def is_mine(frame: Frame, mark: Mark) -> bool:
    """Tell whether oneself made a mark."""
    welcome, me = frame.world.welcome, frame.world.people.get(frame.world.me)
    if welcome is not None and welcome.author:
        return mark.author_id == welcome.author
    return me is not None and mark.author == me.name


def may_change(frame: Frame, mark: Mark) -> bool:
    """Tell whether one may write on a mark: on one's own."""
    return frame.may(marks.SetMarkText) and is_mine(frame, mark)


def may_remove(frame: Frame, mark: Mark) -> bool:
    """Tell whether one may remove a mark: one's own, or any when one leads."""
    leads = RANK[frame.world.role] >= RANK["chair"]
    return frame.may(marks.RemoveMark) and (leads or is_mine(frame, mark))
