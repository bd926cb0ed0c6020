"""How many topics are open, in the top bar."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown.i18n import ngettext
from walkdown_client.tools import intents as wish
from walkdown_client.ui import words
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.topic_table import table_of

TOPICS = wish.OpenPanel("topics")


def draw_open_topics(frame: Frame, right: float) -> tuple[float, list[wish.Intent]]:
    """Draw a flag with the number of open topics left of ``right``; returns where it begins.

    Without a topic there is nothing to say.
    """
    table = table_of(frame)
    if not table.rows:
        return right, []
    canvas, bar = frame.canvas, frame.layout.top_bar
    count, x = words.number(table.open_count), right - canvas.px(14)
    x -= canvas.width(count) + canvas.px(22)
    imgui.set_cursor_screen_pos((x - canvas.px(4), bar.y + canvas.px(5)))
    clicked = imgui.invisible_button("open topics", (right - canvas.px(6) - x, canvas.px(26)))
    text = ngettext("{count} open topic", "{count} open topics", table.open_count).format(count=count)
    canvas.tip(text)
    colour = canvas.theme.text if imgui.is_item_hovered() else canvas.theme.muted
    canvas.icon("topics", x, bar.y + canvas.px(9), size_px=17, colour=colour)
    canvas.put(x + canvas.px(21), bar.y + canvas.px(8), count, colour=colour)
    return x - canvas.px(4), [TOPICS] if clicked else []
