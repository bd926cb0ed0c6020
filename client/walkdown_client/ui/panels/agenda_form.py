"""The form for one point of the agenda: title, minutes, owner, what was said, its prepared views."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown.messages import AgendaItem
from walkdown.twin import STATE_ATTENTION
from walkdown_client.tools import intents as wish
from walkdown_client.tools import meeting_intents as meet
from walkdown_client.tools.meeting import ItemForm
from walkdown_client.tools.section_intents import ShowKeptView
from walkdown_client.ui import theme as look
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.side import entered

OWNERS_SHOWN = 4
_INDENT_PX = 12.0


def draw_form(frame: Frame, form: ItemForm, found: list[wish.Intent]) -> None:
    """Draw the form; Enter in a field of one line saves it."""
    canvas = frame.canvas
    imgui.push_id(f"form {form.item}")
    imgui.indent(canvas.px(_INDENT_PX))
    if form.wrong:
        canvas.paragraph(form.wrong, look.STATE_COLOURS[STATE_ATTENTION], size_px=look.SMALL_PX)
    canvas.muted(_("New point") if not form.item else _("Change this point"))
    saves = _draw_fields(frame, form)
    canvas.muted(_("Minutes: what was said and agreed; Ctrl+Enter saves"))
    form.text = kept_on_escape(form.text, canvas.text_area("minutes taken", form.text, height_px=72))
    saves |= left_with_enter()
    there = frame.world.review.agenda.get(form.item)
    if there is not None:
        _draw_views(frame, there, found)
    _draw_buttons(frame, form, found, saves=saves)
    imgui.unindent(canvas.px(_INDENT_PX))
    imgui.dummy((0, canvas.px(4)))
    imgui.pop_id()


def _draw_fields(frame: Frame, form: ItemForm) -> bool:
    """Draw the fields of one line; tells whether Enter was pressed in one."""
    canvas, saves = frame.canvas, False
    focus, form.focus = form.focus, False
    form.title = kept_on_escape(form.title, canvas.field("title", _("Title"), form.title, focus=focus))
    saves |= left_with_enter()
    form.minutes = canvas.field("minutes", _("Minutes it may take"), form.minutes)
    saves |= left_with_enter()
    form.owner = canvas.field("owner", _("Owner"), form.owner)
    saves |= left_with_enter()
    _draw_owners(frame, form)
    return saves


def left_with_enter() -> bool:
    """Tell whether the field that was drawn last was just left with Enter, one of many lines with Ctrl."""
    return bool(imgui.is_item_deactivated()) and entered()


def kept_on_escape(before: str, text: str) -> str:
    """Return what was typed: Esc, which closes the form, would bring back what the field held at first."""
    return before if imgui.is_key_pressed(imgui.Key.escape) else text


def _draw_owners(frame: Frame, form: ItemForm) -> None:
    """Offer the names of those who are here and fit what is typed."""
    names = sorted({one.name for one in frame.world.people.values() if one.kind == "person"})
    typed = form.owner.casefold().strip()
    if any(name == form.owner for name in names):
        return
    canvas = frame.canvas
    right = imgui.get_cursor_screen_pos().x + imgui.get_content_region_avail().x
    fitting = [name for name in names if typed in name.casefold()][:OWNERS_SHOWN]
    for place, name in enumerate(fitting):
        if place and imgui.get_item_rect_max().x + canvas.width(name) + canvas.px(24) < right:
            imgui.same_line(0, canvas.px(4))
        if canvas.button(name):
            form.owner = name


def _draw_views(frame: Frame, item: AgendaItem, found: list[wish.Intent]) -> None:
    """Draw the prepared views of a point, and those of the session that could belong to it."""
    canvas, review = frame.canvas, frame.world.review
    canvas.muted(_("Prepared views"))
    own = [review.viewpoints[view] for view in item.viewpoints if view in review.viewpoints]
    for view in own:
        title = view.title or _("a view")
        if canvas.button(f"{canvas.fitting(title, canvas.px(180))}##{view.viewpoint}"):
            found.append(ShowKeptView(view.viewpoint))
        imgui.same_line(0, canvas.px(4))
        if canvas.icon_button(
            "close", _("It belongs to this point no more"), size_px=24, name=view.viewpoint
        ):
            found.append(meet.AttachView(item.item, view.viewpoint, attached=False))
    others = [view for view in review.views_of("") if view.viewpoint not in item.viewpoints]
    if others:
        texts = [view.title or _("a view") for view in others]
        chosen = canvas.combo("attach", _("Add a prepared view…"), texts)
        if chosen is not None:
            found.append(meet.AttachView(item.item, others[chosen].viewpoint))
    if canvas.button(_("Add what I see now")):
        found.append(meet.AttachView(item.item))


def _draw_buttons(frame: Frame, form: ItemForm, found: list[wish.Intent], *, saves: bool) -> None:
    canvas = frame.canvas
    verb = _("Save point") if form.item else _("Add point")
    if canvas.button(verb, primary=True, enabled=bool(form.title.strip())) or saves:
        found.append(meet.PutItem())
    imgui.same_line(0, canvas.px(4))
    if canvas.button(_("Cancel")):
        found.append(meet.CloseItem())
    if not form.item:
        return
    for icon, tip, intent in (
        ("up", _("Move it up"), meet.MoveItem(form.item, -1)),
        ("down", _("Move it down"), meet.MoveItem(form.item, 1)),
        ("bin", _("Take it off the agenda"), meet.RemoveItem(form.item)),
    ):
        imgui.same_line(0, canvas.px(2))
        if canvas.icon_button(icon, tip, size_px=26):
            found.append(intent)
