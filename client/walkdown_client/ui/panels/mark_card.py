"""The card of one mark over the tool bar: value, author, text, picture, and what can be done with it."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown.messages import Mark
from walkdown_client.tools import intents as wish
from walkdown_client.tools import mark_intents as marks
from walkdown_client.tools import measuring
from walkdown_client.tools.marking import MEASURES, site_points, title_of, value_text
from walkdown_client.tools.topic_intents import OpenTopic, SaveAttached, ShowPicture
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.mark_editor import place_above_bar
from walkdown_client.ui.panels.marks import about_place, icon_of, may_change, may_remove, things_of
from walkdown_client.ui.panels.topic_views import draw_picture

NAME = "mark_card"
WIDTH_PX, HEIGHT_PX = 460.0, 98.0
LINE_PX, TEXT_PX, WRITING_PX, PICTURE_PX = 21.0, 44.0, 116.0, 168.0
TEXT_MAX = 4000


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the card of the mark that is selected, unless a tool is in the hand."""
    marking = frame.view.marking
    mark = frame.world.review.marks.get(marking.selected)
    if mark is None or marking.tool or marking.measuring or frame.view.draft is not None:
        return []
    picture = mark.kind == "photo" and mark.file is not None
    more = WRITING_PX if marking.writing is not None else TEXT_PX if mark.text else 0.0
    more += LINE_PX if _details(frame, mark) else 0.0
    rect = place_above_bar(frame, WIDTH_PX, HEIGHT_PX + more + (PICTURE_PX if picture else 0.0))
    found: list[wish.Intent] = []
    with frame.canvas.window(NAME, rect, flags=imgui.WindowFlags_.no_scrollbar):
        _draw_head(frame, mark, rect, found=found)
        if picture:
            _draw_picture(frame, mark, found)
        if marking.writing is not None:
            _draw_field(frame, mark, marking.writing, found=found)
        else:
            if mark.text:
                _draw_text(frame, mark, rect)
            _draw_buttons(frame, mark, found)
    return found


def _draw_head(frame: Frame, mark: Mark, rect: Rect, *, found: list[wish.Intent]) -> None:
    canvas = frame.canvas
    x, y = imgui.get_cursor_screen_pos()
    canvas.icon(icon_of(mark), x, y + canvas.px(2))
    value = value_text(mark) or title_of(mark)
    room = rect.width - canvas.px(84)
    canvas.put(x + canvas.px(26), y, canvas.fitting(value, room, look.TITLE_PX), size_px=look.TITLE_PX)
    imgui.set_cursor_screen_pos((rect.x + rect.width - canvas.px(36), y - canvas.px(2)))
    if canvas.icon_button("close", _("Close") + "  Esc", size_px=26, name="card"):
        found.append(marks.SelectMark(""))
    for line, text in enumerate((_about(frame, mark), _details(frame, mark))):
        top = y + canvas.px(27 + LINE_PX * line)
        canvas.put_clipped(x, top, text, width=rect.width - canvas.px(24), colour=canvas.theme.muted)
    imgui.set_cursor_screen_pos((x, y + canvas.px(52 + (LINE_PX if _details(frame, mark) else 0.0))))
    imgui.dummy((0, 0))


def _draw_text(frame: Frame, mark: Mark, rect: Rect) -> None:
    canvas, at = frame.canvas, imgui.get_cursor_screen_pos()
    canvas.put_clipped(at.x, at.y, " ".join(mark.text.split()), width=rect.width - canvas.px(24))
    imgui.dummy((rect.width - canvas.px(24), canvas.px(TEXT_PX - 20)))
    canvas.tip(mark.text)


def _about(frame: Frame, mark: Mark) -> str:
    """Return what kind it is, who made it when, and on what it stands."""
    age = words.age((frame.world.session_ns - mark.made_ns) / 1e9)
    parts = [_(measuring.KIND_TEXT[mark.kind]), f"{mark.author} · {age}", things_of(frame, mark)]
    return " · ".join(part for part in (*parts, about_place(frame, mark)) if part)


def _details(frame: Frame, mark: Mark) -> str:
    """Return what more its points say, "" for nothing."""
    if mark.kind not in MEASURES:
        return ""
    return measuring.about(mark.kind, site_points(mark, frame.world.placement(mark.model)))


def _draw_picture(frame: Frame, mark: Mark, found: list[wish.Intent]) -> None:
    canvas = frame.canvas
    if mark.file is None:
        return
    x, y = imgui.get_cursor_screen_pos()
    width, height = imgui.get_content_region_avail().x, canvas.px(PICTURE_PX - 8)
    if imgui.invisible_button("picture", (max(width, 1.0), height)):
        found.append(ShowPicture(mark.file.sha256))
    canvas.tip(_("Show the picture large"))
    draw_picture(canvas, frame.facts.topics.picture(mark.file.sha256), Rect(x, y, width, height))


def _draw_field(frame: Frame, mark: Mark, text: str, *, found: list[wish.Intent]) -> None:
    """Draw the field for the text; Enter takes it."""
    canvas, marking = frame.canvas, frame.view.marking
    flags = imgui.InputTextFlags_.ctrl_enter_for_new_line.value
    before = text
    opens, marking.opens = marking.opens, False
    text = canvas.text_area(NAME, text, height_px=62, flags=flags, focus=opens)
    marking.writing = before if imgui.is_key_pressed(imgui.Key.escape) else text[:TEXT_MAX]
    entered = imgui.is_key_pressed(imgui.Key.enter, False) and not imgui.get_io().key_ctrl
    if canvas.button(_("Save text"), primary=True) or entered:
        found.append(marks.SetMarkText(mark.mark, marking.writing))
    imgui.same_line()
    if canvas.button(_("Cancel")):
        marking.writing = None


def _draw_buttons(frame: Frame, mark: Mark, found: list[wish.Intent]) -> None:
    for icon, tip, intent in actions(frame, mark):
        if frame.canvas.icon_button(icon, tip, name=f"card {type(intent).__name__}"):
            found.append(intent)
        imgui.same_line(0, frame.canvas.px(2))
    imgui.new_line()


def actions(frame: Frame, mark: Mark) -> list[tuple[str, str, wish.Intent]]:
    """Return what this person can do with a mark: icon, what it does, and the wish."""
    rows: list[tuple[str, str, wish.Intent]] = [("go", _("Go to it"), marks.GoToMark(mark.mark))]
    if mark.kind in MEASURES:
        rows.append(("copy", _("Copy the value"), marks.CopyMark(mark.mark)))
    if mark.file is not None:
        file = mark.file
        rows.append(("export", _("Save the file"), SaveAttached(file.name, file.sha256, file.size)))
        rows.append(("copy", _("Copy a link to the file"), marks.CopyFileLink(mark.mark)))
    if mark.topic and mark.topic in frame.world.review.topics:
        rows.append(("topics", _("Open its topic"), OpenTopic(mark.topic)))
    elif frame.may(marks.TopicOfMark):
        rows.append(("topics", _("Make a topic of it"), marks.TopicOfMark(mark.mark)))
    if may_change(frame, mark):
        rows.append(("edit", _("Change its text"), marks.WriteOnMark(mark.mark)))
    if may_remove(frame, mark):
        rows.append(("bin", _("Remove it"), marks.RemoveMark(mark.mark)))
    return rows
