"""Over the picture: whom one follows with a frame in their colour, who calls, and who has come."""

from __future__ import annotations

from dataclasses import dataclass

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown_client.tools import intents as wish
from walkdown_client.tools import meeting_intents as meet
from walkdown_client.tools import meeting_rules as rules
from walkdown_client.ui import theme as look
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.theme import Rgba, packed
from walkdown_client.world import PersonView

NAME = "meeting_strip"
HEIGHT_PX, FRAME_PX, TOP_PX, TEXT_MIN_PX = 40.0, 4.0, 10.0, 150.0
LOADING_PX, LOST_PX = 48.0, (44.0, 64.0)
"""How much room is taken by what is said of loading, and of a lost connection without and with its reason."""

_FLAGS = imgui.WindowFlags_.no_scrollbar | imgui.WindowFlags_.no_focus_on_appearing


@dataclass(frozen=True, slots=True)
class _Strip:
    """A text with buttons."""

    name: str
    text: str
    rows: list[tuple[str, wish.Intent]]
    colour: Rgba


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw what holds now: a strip for following, and one for a call."""
    _draw_darkness(frame)
    taking, found = frame.view.together, []
    y = _highest(frame)
    person = frame.world.people.get(taking.following)
    if person is not None:
        _draw_frame(frame, look.person_colour(person.colour))
        found += _draw_strip(frame, _following(frame, person), y)
        y += frame.canvas.px(HEIGHT_PX + 6)
    if taking.caller:
        found += _draw_strip(frame, _call(frame), y)
    return found


def _highest(frame: Frame) -> float:
    """Return where strips begin: below what is said of loading and of a connection that is gone."""
    y = TOP_PX
    if frame.facts.loading is not None:
        y += LOADING_PX
    if frame.world.link_state != "live":
        y += LOST_PX[bool(frame.world.link_text)]
    return frame.layout.scene.y + frame.canvas.px(y)


def below_strips(frame: Frame) -> float:
    """Return where other lines over the picture may begin, in pixels."""
    taking = frame.view.together
    strips = int(taking.following in frame.world.people) + int(taking.caller)
    return _highest(frame) + frame.canvas.px(HEIGHT_PX + 6) * strips


def following_words(person: PersonView) -> str:
    """Return in words that one follows somebody, and how one leaves."""
    if not person.connected:
        return _("Following {name}, whose connection is lost – Esc to leave").format(name=person.name)
    return _("Following {name} – Esc to leave").format(name=person.name)


def _draw_darkness(frame: Frame) -> None:
    """Darken the picture while a place changes."""
    dark = frame.view.together.dark
    if dark > 0:
        display = imgui.get_io().display_size
        lines = imgui.get_background_draw_list()
        lines.add_rect_filled((0, 0), (display.x, display.y), packed((0.0, 0.0, 0.0, min(dark, 1.0))))


def _draw_frame(frame: Frame, colour: Rgba) -> None:
    """Draw a frame about the picture in somebody's colour."""
    canvas, scene = frame.canvas, frame.layout.scene
    lines, half = imgui.get_background_draw_list(), canvas.px(FRAME_PX) / 2
    low = (scene.x + half, scene.y + half)
    high = (scene.x + scene.width - half, scene.y + scene.height - half)
    lines.add_rect(low, high, packed(colour), 0.0, canvas.px(FRAME_PX))


def _following(frame: Frame, person: PersonView) -> _Strip:
    rows: list[tuple[str, wish.Intent]] = [(_("Leave"), meet.StopFollowing())]
    if frame.view.together.places:
        rows.append((_("Return to where I was"), meet.GoBack()))
    return _Strip(NAME, following_words(person), rows, look.person_colour(person.colour))


def _call(frame: Frame) -> _Strip:
    came, called = frame.view.together.came
    text = _("You call: {came} of {count} have come").format(came=came, count=called)
    rows: list[tuple[str, wish.Intent]] = [(_("Release"), meet.GatherAll(release=True))]
    return _Strip(f"{NAME}_call", text, rows, frame.canvas.theme.accent)


def _draw_strip(frame: Frame, strip: _Strip, y: float) -> list[wish.Intent]:
    """Draw a strip with a text and buttons in the middle; returns what was wished."""
    canvas, scene = frame.canvas, frame.layout.scene
    most = scene.width - canvas.px(16)
    rows, buttons = _fitting(frame, strip, most)
    width = min(canvas.width(strip.text) + canvas.px(44) + buttons, most)
    rect = Rect(scene.x + (scene.width - width) / 2, y, width, canvas.px(HEIGHT_PX))
    found: list[wish.Intent] = []
    with canvas.window(strip.name, rect, flags=_FLAGS):
        middle = rect.y + rect.height / 2
        lines = imgui.get_window_draw_list()
        lines.add_circle_filled((rect.x + canvas.px(16), middle), canvas.px(6), packed(strip.colour))
        room = max(rect.width - canvas.px(40) - buttons, 0.0)
        canvas.put_clipped(rect.x + canvas.px(30), middle - canvas.px(10), strip.text, width=room)
        right = rect.x + rect.width - canvas.px(4)
        for label, intent in reversed(rows):
            right -= canvas.width(label) + canvas.px(22)
            imgui.set_cursor_screen_pos((right, rect.y + canvas.px(6)))
            if canvas.button(label):
                found.append(intent)
    return found


def _fitting(frame: Frame, strip: _Strip, most: float) -> tuple[list[tuple[str, wish.Intent]], float]:
    """Return the buttons that leave some room for the text, the first ones first, and how wide they are."""
    canvas, rows = frame.canvas, list(strip.rows)
    while True:
        wide = sum(canvas.width(label) + canvas.px(24) for label, _intent in rows)
        if not rows or most - wide >= min(canvas.width(strip.text), canvas.px(TEXT_MIN_PX)) + canvas.px(44):
            return rows, wide
        rows.pop()


def watched_words(frame: Frame) -> str:
    """Return who follows oneself, "" when nobody does."""
    names = sorted(person.name for person in rules.followers(frame.world, frame.world.me))
    return _("You are followed by {names}.").format(names=", ".join(names)) if names else ""
