"""Who says "look here": a label at the place, and out of sight a chip at the edge with an arrow."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown_client.tools import intents as wish
from walkdown_client.tools import meeting_intents as meet
from walkdown_client.tools.hearing import Bearing
from walkdown_client.tools.meeting import PingShown
from walkdown_client.ui import theme as look
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.speakers import CHIP_PX, draw_arrow, place_of

_FLAGS = imgui.WindowFlags_.no_scrollbar | imgui.WindowFlags_.no_focus_on_appearing
ABOVE_PX = 34.0


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw a chip for each; a click goes there."""
    found: list[wish.Intent] = []
    taken: list[Rect] = []
    for ping in frame.view.together.pings:
        if ping.person not in frame.world.people:
            continue
        rect = _place(frame, ping, taken)
        taken.append(rect)
        if _draw_chip(frame, ping, rect):
            found.append(meet.GoToPlace(ping.point))
    return found


def _place(frame: Frame, ping: PingShown, taken: list[Rect]) -> Rect:
    """Return where a chip lies: above the place, or at the edge at whose side it is."""
    canvas, scene = frame.canvas, frame.layout.scene
    if not ping.seen:
        bearing = Bearing(
            0.0, 0.0, seen=False, right_rad=ping.right_rad, up=ping.up, distance_m=ping.distance_m
        )
        return place_of(frame, bearing, taken)
    display = imgui.get_io().display_size
    width, height = min(canvas.width(_text(frame, ping)) + canvas.px(40), scene.width), canvas.px(CHIP_PX[1])
    x = (ping.x + 1) / 2 * display.x - width / 2
    y = (1 - ping.y) / 2 * display.y - height - canvas.px(ABOVE_PX)
    x = min(max(x, scene.x), scene.x + scene.width - width)
    return Rect(x, min(max(y, scene.y), scene.y + scene.height - height), width, height)


def _text(frame: Frame, ping: PingShown) -> str:
    if ping.person == frame.world.me:
        return _("You: look here")
    return _("{name}: look here").format(name=frame.world.people[ping.person].name)


def _draw_chip(frame: Frame, ping: PingShown, rect: Rect) -> bool:
    canvas, person = frame.canvas, frame.world.people[ping.person]
    middle = rect.y + rect.height / 2
    with canvas.window(f"ping_{ping.person}", rect, flags=_FLAGS):
        imgui.set_cursor_screen_pos((rect.x, rect.y))
        clicked = imgui.invisible_button("go", (rect.width, rect.height))
        canvas.tip(_("Go there"))
        x = rect.x + canvas.px(16)
        if not ping.seen:
            draw_arrow(frame, (x, middle), ping.right_rad)
            x += canvas.px(22)
        canvas.person(x, middle, person.name, colour=look.person_colour(person.colour), radius_px=9)
        x += canvas.px(14)
        room = rect.x + rect.width - canvas.px(6) - x
        canvas.put_clipped(x, rect.y + canvas.px(8), _text(frame, ping), width=room)
    return bool(clicked)
