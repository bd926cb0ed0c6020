"""What is to be known of the view one sees: whose it is, and when it was seen."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown.messages import Viewpoint
from walkdown_client.tools import intents as wish
from walkdown_client.tools import section_intents as cut
from walkdown_client.tools.meeting_intents import WanderAlone
from walkdown_client.ui import words
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.meeting_strip import below_strips
from walkdown_client.ui.panels.topic_words import local

NAME = "view_chip"
HEIGHT_PX = 34.0
JUST_NOW_SECS = 2.0


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the line at the top of the picture, when there is something to say."""
    found: list[wish.Intent] = []
    text, verb, intent = _told(frame)
    if not text or intent is None:
        return found
    canvas, scene = frame.canvas, frame.layout.scene
    width = canvas.width(text) + canvas.width(verb) + canvas.px(56)
    width = min(width, scene.width)
    place = Rect(scene.x + (scene.width - width) / 2, below_strips(frame), width, canvas.px(HEIGHT_PX))
    with canvas.window(NAME, place, flags=imgui.WindowFlags_.no_scrollbar):
        x, y = imgui.get_cursor_screen_pos()
        canvas.put_clipped(x, y - canvas.px(4), text, width=width - canvas.width(verb) - canvas.px(50))
        imgui.set_cursor_screen_pos(
            (place.x + width - canvas.width(verb) - canvas.px(28), place.y + canvas.px(4))
        )
        if canvas.button(verb):
            found.append(intent)
    return found


def _told(frame: Frame) -> tuple[str, str, wish.Intent | None]:
    """Return what is said, the verb on the button, and what it does."""
    viewing, shared = frame.view.viewing, frame.world.together.shared_by_all
    if viewing.shared_by:
        person = frame.world.people.get(viewing.shared_by)
        text = _("Shared view by {name}").format(name=person.name if person else _("somebody"))
        return text, _("Look privately (U)"), WanderAlone(True)
    if viewing.sharing:
        return _("Everybody sees it as you do"), _("Share no more"), cut.ShareForAll(False)
    if viewing.shown is not None and viewing.shown.time_ns:
        return seen_at(viewing.shown, frame.world.session_ns), _("Leave the view"), cut.LeaveView()
    if shared is not None and shared.id != frame.world.me and frame.view.together.alone:
        person = frame.world.people.get(shared.id)
        text = _("{name} shows a view to all").format(name=person.name if person else _("Somebody"))
        return text, _("See it (U)"), WanderAlone(False)
    return "", "", None


def seen_at(view: Viewpoint, now_ns: int) -> str:
    """Return when a view was seen: the time of day, and how long ago."""
    moment, today = local(view.time_ns), local(now_ns).date()
    clock = moment.strftime("%H:%M:%S") if moment.date() == today else moment.strftime("%Y-%m-%d %H:%M:%S")
    age_secs = max(now_ns - view.time_ns, 0) / 1e9
    seen = _("seen at {time}, {age} ago") if age_secs >= JUST_NOW_SECS else _("seen at {time}, just now")
    seen = seen.format(time=clock, age=words.age(age_secs))
    return f"{view.title} · {seen}" if view.title else seen
