"""The topics of what is selected, in the inspector: how many are open, and the newest of them."""

from __future__ import annotations

from collections.abc import Iterator

from walkdown.i18n import _, ngettext
from walkdown_client.tools import intents as wish
from walkdown_client.tools.topic_intents import OpenTopic, TopicsOfThing
from walkdown_client.tools.topics import is_finished
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.topic_table import table_of
from walkdown_client.ui.panels.topic_words import draw_standing, due_text, number_of, shown, today

SHOWN, ROW_PX = 5, 42.0


def draw_topics_of(frame: Frame, thing: str) -> Iterator[wish.Intent]:
    """List the topics about a thing or element; a click opens one."""
    about = table_of(frame).about(thing)
    if not about:
        return
    canvas, day = frame.canvas, today(frame)
    count = sum(not is_finished(topic) for topic in about)
    text = ngettext("{count} open topic", "{count} open topics", count).format(count=words.number(count))
    canvas.section(_("Topics"), text)
    for topic in about[:SHOWN]:
        row, clicked = canvas.row(f"topic of thing {topic.topic}", height_px=ROW_PX)
        canvas.tip(topic.title)
        draw_standing(canvas, row.x + canvas.px(7), row.y + canvas.px(12), status=topic.status)
        x, y = row.x + canvas.px(20), row.y + canvas.px(2)
        title = f"{number_of(topic)} {topic.title}"
        canvas.put_clipped(x, y, title, width=row.x + row.width - x)
        parts = (shown(topic.status), topic.assigned or _("nobody"), due_text(topic, day))
        line, y = " · ".join(part for part in parts if part), row.y + canvas.px(22)
        room = row.x + row.width - x
        canvas.put_clipped(x, y, line, width=room, colour=canvas.theme.muted, size_px=look.SMALL_PX)
        if clicked:
            yield OpenTopic(topic.topic)
    if len(about) > SHOWN and canvas.button(_("All {count} topics").format(count=words.number(len(about)))):
        yield TopicsOfThing(thing)
