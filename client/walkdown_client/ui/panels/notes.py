"""The notes of the session, the newest first; one's own can be changed and removed."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown.messages import Note
from walkdown_client.fuzzy import NO_MATCH, score
from walkdown_client.tools import intents as wish
from walkdown_client.tools.rights import why_not
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.side import draw_list, scrolled, search_field, side_panel

NAME = "notes"
ROW_PX = 64.0


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the panel when it is open."""
    if frame.view.panel != NAME:
        return []
    canvas, total = frame.canvas, len(frame.world.notes)
    with side_panel(frame, NAME, _("Notes"), count=words.number(total) if total else "") as found:
        _draw_buttons(frame, found)
        notes = _listed(frame, search_field(frame, NAME, _("Text, author or thing")) if total else "")
        with scrolled("rows"):
            if not notes:
                canvas.empty(
                    _("Notes that people pin to things and places are listed here."),
                    _("Point at a machine and press N to write the first one."),
                )
            draw_list(len(notes), canvas.px(ROW_PX), lambda place: _draw_row(frame, notes[place], found))
    return found


def _draw_buttons(frame: Frame, found: list[wish.Intent]) -> None:
    canvas, view = frame.canvas, frame.view
    if not frame.may(wish.BeginNote):
        canvas.paragraph(why_not(frame.world.role), canvas.theme.muted, size_px=look.SMALL_PX)
        return
    ready = bool(view.selected) or view.hover_point is not None
    if canvas.button(_("Write a note"), primary=True, enabled=ready):
        found.append(wish.BeginNote())
    canvas.tip("" if ready else _("Select a thing first, or point at the model and press N"))
    imgui.same_line()
    if canvas.icon_button("undo", _("Take back my last change")):
        found.append(wish.Undo())
    imgui.same_line(0, canvas.px(2))
    if canvas.icon_button("redo", _("Repeat what I took back")):
        found.append(wish.Redo())


def _listed(frame: Frame, search: str) -> list[Note]:
    key = (frame.world.notes_revision, search)
    return frame.memory.of("notes", key, lambda: _found(frame, search))


def _found(frame: Frame, search: str) -> list[Note]:
    notes = sorted(frame.world.notes.values(), key=lambda note: -note.time_ns)
    return [n for n in notes if score(search, f"{n.text} {n.author} {n.thing}") != NO_MATCH]


def _draw_row(frame: Frame, note: Note, found: list[wish.Intent]) -> None:
    canvas = frame.canvas
    imgui.set_next_item_allow_overlap()
    rect, clicked = canvas.row(f"note {note.note}", height_px=ROW_PX)
    canvas.tip(note.text)
    width = rect.width - canvas.px(4)
    canvas.put_clipped(rect.x, rect.y + canvas.px(4), note.text.replace("\n", " "), width=width)
    canvas.put_clipped(
        rect.x, rect.y + canvas.px(23), _place(frame, note), width=width, colour=canvas.theme.muted
    )
    age = words.age((frame.world.session_ns - note.time_ns) / 1e9)
    line = f"{note.author} · {age}"
    canvas.put(rect.x, rect.y + canvas.px(43), line, colour=canvas.theme.muted, size_px=look.SMALL_PX)
    own = frame.is_mine(note) and frame.may(wish.EditNote)
    if not (own and _draw_own(frame, note, rect, found=found)) and clicked:
        found.append(wish.GoToNote(note.note))


def _draw_own(frame: Frame, note: Note, rect: Rect, *, found: list[wish.Intent]) -> bool:
    """Draw what can be done with one's own note and tell whether it was."""
    canvas, after = frame.canvas, imgui.get_cursor_screen_pos()
    before = len(found)
    buttons: tuple[tuple[str, str, wish.Intent], ...] = (
        ("edit", _("Change this note"), wish.EditNote(note.note)),
        ("bin", _("Remove this note"), wish.RemoveNote(note.note)),
    )
    for place, (icon, tip, intent) in enumerate(buttons):
        imgui.set_cursor_screen_pos(
            (rect.x + rect.width - canvas.px(52 - 26 * place), rect.y + canvas.px(38))
        )
        if canvas.icon_button(icon, tip, size_px=24, name=note.note):
            found.append(intent)
    imgui.set_cursor_screen_pos(after)
    imgui.dummy((0, 0))
    return len(found) > before


def _place(frame: Frame, note: Note) -> str:
    if note.thing and frame.world.twin.has_thing(note.thing):
        return _("on {thing}").format(thing=frame.world.twin.thing(note.thing).name)
    return _("at a place")
