"""Files of topics and attachments on their way: how far each is, and a button that stops it."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown.i18n import _, mark
from walkdown_client.tools import intents as wish
from walkdown_client.tools.topic_intents import CancelTopics, ForgetExports
from walkdown_client.tools.topic_state import TopicsTask
from walkdown_client.ui import theme as look
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.theme import packed

ROW_PX = 50.0
PHASE_TEXT = {
    "collect": mark("reading it here"),
    "offer": mark("offering"),
    "upload": mark("sending"),
    "read": mark("the server reads it"),
    "merge": mark("merging"),
}


def draw_tasks(frame: Frame, found: list[wish.Intent]) -> None:
    """Draw a row for each file that is on its way, and what is being taken out."""
    facts = frame.facts.topics
    for task in facts.tasks:
        _draw_task(frame, task, found)
    if facts.merge is not None and frame.view.panel != "merge":
        frame.canvas.paragraph(_("{file} waits to be merged.").format(file=facts.merge.plan.file))
        if frame.canvas.button(_("Look at what it would change"), primary=True):
            found.append(wish.OpenPanel("merge"))
    if facts.exporting:
        frame.canvas.muted(_("{name} is being made…").format(name=facts.exporting))
        if frame.canvas.button(_("Wait no longer")):
            found.append(ForgetExports())


def _draw_task(frame: Frame, task: TopicsTask, found: list[wish.Intent]) -> None:
    canvas, lines = frame.canvas, imgui.get_window_draw_list()
    imgui.set_next_item_allow_overlap()
    rect, _clicked = canvas.row(f"task {task.file}", height_px=ROW_PX)
    canvas.put_clipped(rect.x, rect.y + canvas.px(3), task.name, width=rect.width - canvas.px(34))
    text = f"{_(PHASE_TEXT.get(task.phase, 'reading it here'))} · {round(task.part * 100)} %"
    y = rect.y + canvas.px(23)
    canvas.put(rect.x, y, text, colour=canvas.theme.muted, size_px=look.SMALL_PX)
    top, high = rect.y + canvas.px(42), canvas.px(3)
    reached = rect.x + rect.width * min(max(task.part, 0.0), 1.0)
    lines.add_rect_filled(
        (rect.x, top), (rect.x + rect.width, top + high), packed(canvas.theme.line), high / 2
    )
    lines.add_rect_filled((rect.x, top), (reached, top + high), packed(canvas.theme.accent), high / 2)
    after = imgui.get_cursor_screen_pos()
    imgui.set_cursor_screen_pos((rect.x + rect.width - canvas.px(26), rect.y + canvas.px(3)))
    if canvas.icon_button("close", _("Stop it"), size_px=24, name=task.file):
        found.append(CancelTopics(task.file))
    imgui.set_cursor_screen_pos(after)
    imgui.dummy((0, 0))
