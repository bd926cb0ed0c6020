"""What the pin under the cursor is about: number, title, and how the topic stands."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown_client.tools import intents as wish
from walkdown_client.ui import theme as look
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.hover import HOVER_AFTER_SECS, NAME_MAX_PX
from walkdown_client.ui.panels.topic_words import number_of, shown

NAME = "pin_hover"
_DEAF = (
    imgui.WindowFlags_.no_scrollbar | imgui.WindowFlags_.no_inputs | imgui.WindowFlags_.no_focus_on_appearing
)


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw it beside the cursor when that rests on a pin."""
    canvas, pin = frame.canvas, frame.view.viewing.pin
    since = frame.memory.of("pin since", pin, imgui.get_time)
    topic = frame.world.review.topics.get(pin)
    if topic is None or imgui.get_time() - since < HOVER_AFTER_SECS or imgui.get_io().want_capture_mouse:
        return []
    title = canvas.fitting(f"{number_of(topic)}  {topic.title}", canvas.px(NAME_MAX_PX))
    told = (topic.type, topic.status, topic.priority)
    detail = " · ".join(
        [*(shown(word) for word in told if word), *([topic.assigned] if topic.assigned else [])]
    )
    width = max(canvas.width(title), canvas.width(detail, look.SMALL_PX)) + canvas.px(24)
    mouse, bar = imgui.get_mouse_pos(), frame.layout.top_bar
    x = min(mouse.x + canvas.px(18), bar.width - width - canvas.px(4))
    rect = Rect(x, mouse.y + canvas.px(16), width, canvas.px(54 if detail else 34))
    with canvas.window(NAME, rect, flags=_DEAF):
        left = rect.x + canvas.px(12)
        canvas.put(left, rect.y + canvas.px(7), title)
        canvas.put(left, rect.y + canvas.px(29), detail, colour=canvas.theme.muted, size_px=look.SMALL_PX)
    return []
