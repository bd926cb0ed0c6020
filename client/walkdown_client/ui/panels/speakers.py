"""Who speaks out of one's sight, at the edge of the scene, with an arrow that says which way to turn."""

from __future__ import annotations

import math

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown_client.tools import intents as wish
from walkdown_client.tools.hearing import Bearing
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.top_bar_voice import draw_ring
from walkdown_client.ui.theme import packed
from walkdown_client.world import PersonView

CHIP_PX, MARGIN_PX, GAP_PX = (190.0, 36.0), 10.0, 6.0
SHOWN_MAX = 5
_FLAGS = imgui.WindowFlags_.no_scrollbar | imgui.WindowFlags_.no_focus_on_appearing


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw a chip for each who speaks and is not in the picture; a click goes there."""
    sound, people = frame.facts.sound, frame.world.people
    away = [
        (people[number], sound.bearings[number])
        for number in sorted(sound.speaking)
        if number in people and number in sound.bearings and not sound.bearings[number].seen
    ]
    found: list[wish.Intent] = []
    taken: list[Rect] = []
    for person, bearing in away[:SHOWN_MAX]:
        rect = place_of(frame, bearing, taken)
        taken.append(rect)
        if _draw_chip(frame, person, bearing, rect=rect):
            found.append(wish.GoToPerson(person.id))
    return found


def place_of(frame: Frame, bearing: Bearing, taken: list[Rect]) -> Rect:
    """Return where at the edge somebody's chip lies: at their side, below those that lie there already."""
    canvas, scene = frame.canvas, frame.layout.scene
    width, height = min(canvas.px(CHIP_PX[0]), scene.width), canvas.px(CHIP_PX[1])
    margin = canvas.px(MARGIN_PX)
    on_right = bearing.right_rad > 0
    x = scene.x + scene.width - width - margin if on_right else scene.x + margin
    middle = scene.y + scene.height * (0.5 - 0.35 * min(max(bearing.up * 2, -1.0), 1.0))
    y = min(max(middle - height / 2, scene.y + margin), scene.y + scene.height - height - margin)
    below = [rect.y + rect.height + canvas.px(GAP_PX) for rect in taken if rect.x == x]
    return Rect(x, max([y, *below]) if below else y, width, height)


def arrow(right_rad: float) -> str:
    """Return the arrow that says which way to turn: ahead, to the right, behind, to the left, and between."""
    return "↑↗→↘↓↙←↖"[round(right_rad / (math.pi / 4)) % 8]


def _draw_chip(frame: Frame, person: PersonView, bearing: Bearing, *, rect: Rect) -> bool:
    canvas = frame.canvas
    with canvas.window(f"speaker_{person.id}", rect, flags=_FLAGS):
        imgui.set_cursor_screen_pos((rect.x, rect.y))
        clicked = imgui.invisible_button("go", (rect.width, rect.height))
        canvas.tip(_("Go to {name}").format(name=person.name))
        draw_arrow(frame, (rect.x + canvas.px(18), rect.y + rect.height / 2), bearing.right_rad)
        centre = (rect.x + canvas.px(44), rect.y + rect.height / 2)
        canvas.person(*centre, person.name, colour=look.person_colour(person.colour), radius_px=10)
        draw_ring(frame, centre, canvas.px(10))
        x = rect.x + canvas.px(62)
        far = _("{count} m").format(count=words.number(bearing.distance_m))
        room = rect.width - canvas.px(74) - canvas.width(far, look.SMALL_PX)
        canvas.put_clipped(x, rect.y + canvas.px(8), person.name, width=room)
        right, y = rect.x + rect.width - canvas.px(8), rect.y + canvas.px(10)
        canvas.put_right(right, y, far, colour=canvas.theme.muted, size_px=look.SMALL_PX)
    return bool(clicked)


def draw_arrow(frame: Frame, centre: tuple[float, float], right_rad: float, *, size_px: float = 9.0) -> None:
    """Draw an arrow that points where to turn: up means straight ahead."""
    canvas = frame.canvas
    (x, y), size = centre, frame.canvas.px(size_px)
    ahead, side = (math.sin(right_rad), -math.cos(right_rad)), (math.cos(right_rad), math.sin(right_rad))

    def point(along: float, across: float) -> tuple[float, float]:
        return (
            x + size * (ahead[0] * along + side[0] * across),
            y + size * (ahead[1] * along + side[1] * across),
        )

    lines = imgui.get_window_draw_list()
    colour = packed(canvas.theme.accent)
    tip, notch = point(1.1, 0.0), point(-0.35, 0.0)
    lines.add_triangle_filled(tip, point(-0.9, 0.65), notch, colour)
    lines.add_triangle_filled(tip, notch, point(-0.9, -0.65), colour)
    canvas.record(arrow(right_rad))
