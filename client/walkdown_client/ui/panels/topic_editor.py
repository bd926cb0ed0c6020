"""The editor of a new topic: a title at once, and beside it all that was taken when the key was pressed."""

from __future__ import annotations

from collections.abc import Iterator

from imgui_bundle import imgui

from walkdown.errors import BadInput
from walkdown.i18n import _
from walkdown_client.tools import intents as wish
from walkdown_client.tools import topic_intents as topics
from walkdown_client.tools.topic_state import PROSE_MAX, TITLE_MAX, TopicDraft, finished
from walkdown_client.tools.topics import read_due
from walkdown_client.ui import theme as look
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.topic_fields import (
    DUES,
    WRAPPED,
    draw_due_words,
    owner_changes,
    owner_lines,
)
from walkdown_client.ui.panels.topic_pick import Line, pick
from walkdown_client.ui.panels.topic_things import name_of
from walkdown_client.ui.panels.topic_views import draw_no_picture, draw_picture
from walkdown_client.ui.panels.topic_words import shown, today, warning

NAME = "topic_editor"
WIDTH_PX, PICTURE_PX = 620.0, (184.0, 115.0)
THINGS_SHOWN = 3
STRETCH = imgui.TableFlags_.sizing_stretch_same.value
ANY_POPUP = imgui.PopupFlags_.any_popup.value
_BOX = imgui.WindowFlags_.always_auto_resize | imgui.WindowFlags_.no_scrollbar


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the editor while a topic is being written."""
    draft = frame.view.topics.draft
    if draft is None:
        return []
    canvas, scene = frame.canvas, frame.layout.scene
    width = min(canvas.px(WIDTH_PX), max(scene.width - canvas.px(16), canvas.px(280)))
    place = Rect(scene.x + scene.width / 2, scene.y + scene.height - canvas.px(56), width, 0)
    imgui.set_next_window_size_constraints((width, 0), (width, max(scene.height - canvas.px(60), 100)))
    with canvas.window(NAME, place, flags=_BOX, pivot=(0.5, 1.0)):
        return _draw_content(frame, draft, width)


def _draw_content(frame: Frame, draft: TopicDraft, width: float) -> list[wish.Intent]:
    canvas = frame.canvas
    choosing = imgui.is_popup_open("", ANY_POPUP)  # Enter in a list chooses there, and places nothing
    canvas.text(_("New topic"), size_px=look.TITLE_PX)
    if draft.meanwhile:
        canvas.paragraph(draft.meanwhile, warning(canvas), size_px=look.SMALL_PX)
    _draw_title(frame, draft)
    wide = width > canvas.px(460)
    if wide:
        imgui.begin_group()
        _draw_picture(frame, draft)
        imgui.end_group()
        imgui.same_line(0, canvas.px(12))
        imgui.begin_group()
    _draw_what(frame, draft)
    _draw_words(frame, draft)
    if wide:
        imgui.end_group()
    _draw_description(frame, draft)
    return list(_draw_buttons(frame, draft, listens=not choosing))


def _draw_title(frame: Frame, draft: TopicDraft) -> None:
    before = draft.title
    hint = _("What has to be done, in one line")
    # Enter takes the keyboard away from the field; as long as there is nothing to place it comes back.
    focus = imgui.is_window_appearing() or (not before.strip() and imgui.is_key_pressed(imgui.Key.enter))
    text = frame.canvas.field("topic draft", hint, before, focus=focus)
    # Esc would bring back what the field held when it got the keyboard; what was written is kept.
    draft.title = before if imgui.is_key_pressed(imgui.Key.escape) else text[:TITLE_MAX]


def _draw_picture(frame: Frame, draft: TopicDraft) -> None:
    canvas = frame.canvas
    x, y = imgui.get_cursor_screen_pos()
    rect = Rect(x, y, canvas.px(PICTURE_PX[0]), canvas.px(PICTURE_PX[1]))
    imgui.dummy((rect.width, rect.height))
    if draft.picture:
        draw_picture(canvas, frame.facts.topics.picture(draft.picture), rect)
    else:
        draw_no_picture(canvas, rect, _("taking the picture…"))


def _draw_what(frame: Frame, draft: TopicDraft) -> None:
    """Say what was taken, and let things be taken away again."""
    canvas = frame.canvas
    for line in taken(frame, draft):
        canvas.paragraph(line, canvas.theme.muted, size_px=look.SMALL_PX)
    for place, thing in enumerate(draft.things[:THINGS_SHOWN]):
        if place:
            imgui.same_line(0, canvas.px(4))
        imgui.push_id(thing)
        name = canvas.fitting(name_of(frame, thing), canvas.px(150))
        if canvas.button(f"{name} ×"):
            draft.things = tuple(one for one in draft.things if one != thing)
        canvas.tip(_("Take it away"))
        imgui.pop_id()
    if len(draft.things) > THINGS_SHOWN:
        imgui.same_line(0, canvas.px(4))
        canvas.muted(_("and {count} more").format(count=len(draft.things) - THINGS_SHOWN))


def taken(frame: Frame, draft: TopicDraft) -> Iterator[str]:
    """Yield what the topic has besides what is written: view, pin, who brought it up, agenda, stage."""
    parts = []
    if draft.viewpoint is not None:
        parts.append(_("view"))
    if draft.picture:
        parts.append(_("picture"))
    if draft.point is not None:
        parts.append(_("pin"))
    parts.append(_("values of its things a minute before and after") if draft.things else _("people here"))
    yield _("Kept with it: {what}").format(what=", ".join(parts))
    if draft.speaker:
        yield _("brought up by {name}").format(name=draft.speaker)
    item = frame.world.review.agenda.get(draft.item)
    if item is not None:
        yield _("under “{item}”").format(item=item.title)
    if draft.stage:
        yield _("stage {stage}").format(stage=draft.stage)


# ---- words ----------------------------------------------------------------------------------------------


def _draw_words(frame: Frame, draft: TopicDraft) -> None:
    """Draw owner, due date, type and priority, each a list in which one may type."""
    canvas, vocabulary = frame.canvas, frame.world.review.vocabulary
    room = imgui.get_content_region_avail().x
    if imgui.begin_table("topic words", 2, STRETCH, (room, 0)):
        imgui.table_next_column()
        owner = pick(
            frame,
            "draft owner",
            draft.assigned or _("Owner: nobody yet"),
            lines=owner_lines(frame, none=bool(draft.assigned)),
        )
        if owner is not None:
            changes = dict(owner_changes(frame, owner))
            draft.assigned, draft.assigned_id = changes["assigned"], changes["assigned_id"]
        imgui.table_next_column()
        _draw_due(frame, draft)
        for field, offered, none in (
            ("type", vocabulary.types, _("Type")),
            ("priority", vocabulary.priorities, _("Priority")),
            ("discipline", vocabulary.disciplines, _("Discipline")),
        ):
            imgui.table_next_column()
            _draw_list(frame, draft, field, offered=offered, none=none)
        imgui.end_table()
    if draft.due:
        draw_due_words(frame, draft.due, indent_px=0.0)
    canvas.record(draft.due)


def _draw_list(frame: Frame, draft: TopicDraft, field: str, *, offered: tuple[str, ...], none: str) -> None:
    value = getattr(draft, field)
    lines = [Line(word, shown(word), word) for word in offered]
    chosen = pick(
        frame,
        f"draft {field}",
        shown(value) or f"{none}: —",
        lines=[*lines, Line("", "—")] if value else lines,
    )
    if chosen is not None:
        setattr(draft, field, chosen)


def _draw_due(frame: Frame, draft: TopicDraft) -> None:
    day = today(frame)
    lines = [Line(read_due(text, day), _(word)) for text, word in DUES if text]
    chosen = pick(frame, "draft due", draft.due or _("Due: never"), lines=[*lines, Line("", _("None"))])
    if chosen is not None:
        try:
            draft.due = read_due(chosen, day)
        except BadInput as error:
            draft.meanwhile = str(error)


def _draw_description(frame: Frame, draft: TopicDraft) -> None:
    before = draft.description
    flags = imgui.InputTextFlags_.ctrl_enter_for_new_line.value | WRAPPED
    text = frame.canvas.text_area("topic draft description", before, height_px=50, flags=flags)
    if not before and not imgui.is_item_active():
        corner, canvas = imgui.get_item_rect_min(), frame.canvas
        hint = _("More about it, if the title does not say all")
        canvas.put(corner.x + canvas.px(8), corner.y + canvas.px(4), hint, colour=canvas.theme.muted)
    draft.description = before if imgui.is_key_pressed(imgui.Key.escape) else text[:PROSE_MAX]


def _draw_buttons(frame: Frame, draft: TopicDraft, *, listens: bool) -> Iterator[wish.Intent]:
    canvas, ready = frame.canvas, finished(draft) is not None
    key = imgui.Key
    entered = imgui.is_key_pressed(key.enter, False) or imgui.is_key_pressed(key.keypad_enter, False)
    entered = entered and listens and not imgui.get_io().key_ctrl
    if (canvas.button(_("Place topic"), primary=True, enabled=ready) or entered) and ready:
        yield topics.PlaceTopic()
    canvas.tip("" if ready else _("Write a title first"))
    imgui.same_line(0, canvas.px(4))
    if canvas.button(_("Take the view anew")):
        yield topics.RetakeTopic()
    canvas.tip(_("View, picture, things and place of what is before you now; what is written stays"))
    imgui.same_line(0, canvas.px(4))
    if canvas.button(_("Lay aside")):
        yield wish.Dismiss()
    canvas.tip(_("T brings it back as it is") + "  Esc")
    imgui.same_line(0, canvas.px(4))
    if canvas.button(_("Throw away")):
        yield topics.ForgetDraft()
    imgui.same_line(0, canvas.px(8))
    x, y = imgui.get_cursor_screen_pos()
    canvas.put(x, y + canvas.px(6), _("Enter places it"), colour=canvas.theme.muted, size_px=look.SMALL_PX)
    imgui.dummy((1, 1))
