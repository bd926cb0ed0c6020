"""The bar at the top: which session, whether it is live and when, who is here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from imgui_bundle import imgui

from walkdown.i18n import _, mark
from walkdown_client.tools import intents as wish
from walkdown_client.tools.hearing import voice_key
from walkdown_client.tools.rights import ROLE_TEXT
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.key_marks import key_sign_and_words
from walkdown_client.ui.panels.agenda import draw_point_that_is_on
from walkdown_client.ui.panels.people_together import draw_hands, taking_part
from walkdown_client.ui.panels.top_bar_topics import draw_open_topics
from walkdown_client.ui.panels.top_bar_voice import (
    corner_mark,
    draw_recording,
    draw_ring,
    draw_speakers,
    recording_width,
)
from walkdown_client.ui.sound_words import about_voice
from walkdown_client.ui.theme import Rgba, packed
from walkdown_client.world import PersonView

NAME = "top_bar"
CHIPS_MAX, CHIP_PX = 8, 30.0
REST_PX, NAMES_PX = 40.0, 170.0
"""So much room is left for how many more there are, and for the names of those who speak."""
SHARE, PEOPLE = wish.OpenPanel("share"), wish.OpenPanel("people")

LINK_WORDS = {
    "connecting": mark("Connecting"),
    "live": mark("LIVE"),
    "reconnecting": mark("Reconnecting"),
    "refused": mark("Refused"),
    "closed": mark("Closed"),
}
LINK_STATES = {"connecting": 4, "live": 1, "reconnecting": 2, "refused": 5, "closed": 5}
"""The state whose shape stands for a state of the link."""

_BAR = imgui.WindowFlags_.no_scrollbar | imgui.WindowFlags_.no_scroll_with_mouse


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the bar."""
    canvas = frame.canvas
    imgui.push_style_var(imgui.StyleVar_.window_rounding.value, 0.0)
    with canvas.window(NAME, frame.layout.top_bar, flags=_BAR):
        middle = _clock_place(frame)
        _draw_session(frame, middle.x - canvas.px(16) - recording_width(frame))
        found = draw_recording(frame, middle.x - canvas.px(16))
        _draw_clock(frame, middle)
        x, shares = _draw_share(frame)
        x, opened = draw_open_topics(frame, x)
        found += [*shares, *opened, *_draw_people(frame, middle.x + middle.width, x)]
    imgui.pop_style_var()
    return found


def _draw_session(frame: Frame, right: float) -> None:
    """Draw session and models, or in a review what is on, as far as there is room before ``right``."""
    canvas, rect, welcome = frame.canvas, frame.layout.top_bar, frame.world.welcome
    y = rect.y + canvas.px(8)
    session = welcome.session if welcome else _("No session yet")
    x = rect.x + canvas.px(14)
    canvas.put_clipped(x, y, session, width=max(right - x - canvas.px(12), 0))
    x += canvas.width(session) + canvas.px(12)
    room = max(right - canvas.px(24) - x, 0)
    if draw_point_that_is_on(frame, x, room):
        return
    models = ", ".join(package.name for package in frame.world.packages)
    if models and models != session:
        canvas.put_clipped(x, y, models, width=room, colour=canvas.theme.muted)


def _clock_place(frame: Frame) -> Rect:
    """Return where the state of the connection and the session's time lie: in the middle."""
    canvas, rect, world = frame.canvas, frame.layout.top_bar, frame.world
    word, clock = _(LINK_WORDS[world.link_state]), clock_text(world.session_ns)
    width = canvas.width(word) + canvas.width(clock) + canvas.px(34)
    return Rect(rect.x + (rect.width - width) / 2, rect.y, width, rect.height)


def _draw_clock(frame: Frame, place: Rect) -> None:
    """Draw the state of the connection and the session's time."""
    canvas, rect, world = frame.canvas, frame.layout.top_bar, frame.world
    word, clock = _(LINK_WORDS[world.link_state]), clock_text(world.session_ns)
    x, y, width = place.x, rect.y + canvas.px(8), place.width
    canvas.state(x + canvas.px(6), rect.y + rect.height / 2, LINK_STATES[world.link_state])
    canvas.put(x + canvas.px(18), y, word)
    imgui.set_cursor_screen_pos((x + width - canvas.width(clock), rect.y + canvas.px(4)))
    canvas.put(x + width - canvas.width(clock), y, clock)
    imgui.dummy((canvas.width(clock), canvas.px(26)))
    canvas.tip(_utc_text(world.session_ns))


def clock_text(session_ns: int) -> str:
    """Return the local time of a session time, "—" before there is one."""
    if not session_ns:
        return words.UNKNOWN
    return datetime.fromtimestamp(session_ns / 1e9, UTC).astimezone().strftime("%H:%M:%S")


def _utc_text(session_ns: int) -> str:
    if not session_ns:
        return ""
    moment = datetime.fromtimestamp(session_ns / 1e9, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return _("{moment} UTC").format(moment=moment)


def _draw_share(frame: Frame) -> tuple[float, list[wish.Intent]]:
    """Draw the button that lets others in at the right edge; returns where it begins."""
    canvas, rect = frame.canvas, frame.layout.top_bar
    label = _("Share")
    width = canvas.width(label) + canvas.px(24)
    x = rect.x + rect.width - width - canvas.px(8)
    imgui.set_cursor_screen_pos((x, rect.y + canvas.px(5)))
    if canvas.button(label, primary=frame.view.panel != SHARE.panel, width_px=width / canvas.scale):
        return x, [SHARE]
    canvas.tip(_("Let others in: links and short codes"))
    return x, []


def _draw_people(frame: Frame, left: float, right: float) -> Iterator[wish.Intent]:
    """Draw a chip for everybody left of ``right``, and who speaks; a click on a chip goes there."""
    canvas, rect = frame.canvas, frame.layout.top_bar
    me, speaking = frame.world.me, frame.facts.sound.speaking
    people = sorted(
        frame.world.people.values(), key=lambda p: (p.id == me, p.id not in speaking, not p.hand, p.id)
    )
    middle, x = rect.y + rect.height / 2, right - canvas.px(14)
    room = int((x - left - canvas.px(NAMES_PX if speaking else REST_PX)) / canvas.px(CHIP_PX))
    shown = max(min(CHIPS_MAX, room), 1)
    rest = len(people) - shown
    if rest > 0:
        text = f"+{rest}"
        canvas.put_right(x, rect.y + canvas.px(8), text, colour=canvas.theme.muted)
        x -= canvas.width(text) + canvas.px(8)
    for person in reversed(people[:shown]):
        x -= canvas.px(CHIP_PX - 6)
        if _draw_chip(frame, person, x, middle=middle):
            yield wish.GoToPerson(person.id)
        x -= canvas.px(6)
    x, asked = draw_hands(frame, x - canvas.px(2))
    if asked and frame.view.panel != PEOPLE.panel:
        yield PEOPLE
    if people and not draw_speakers(frame, left + canvas.px(16), x - canvas.px(6)):
        text = words.people(len(people))
        if x - canvas.px(6) - canvas.width(text) > left + canvas.px(10):
            canvas.put_right(x - canvas.px(6), rect.y + canvas.px(8), text, colour=canvas.theme.muted)


def _draw_chip(frame: Frame, person: PersonView, x: float, *, middle: float) -> bool:
    canvas, radius = frame.canvas, frame.canvas.px(11)
    imgui.set_cursor_screen_pos((x, middle - radius))
    clicked = imgui.invisible_button(f"chip {person.id}", (2 * radius, 2 * radius))
    canvas.tip(about_person(frame, person))
    colour = chip_colour(person)
    canvas.person(x + radius, middle, person.name, colour=colour)
    canvas.record(person.name)
    if person.id in frame.facts.sound.speaking:
        draw_ring(frame, (x + radius, middle), radius)
    elif person.id == frame.world.me:
        imgui.get_window_draw_list().add_circle(
            (x + radius, middle), radius + canvas.px(2), packed(canvas.theme.text), 0, canvas.px(1.2)
        )
    if person.hand:
        corner_mark(frame, "hand", Rect(x, middle - radius, 2 * radius, 2 * radius))
    return clicked and person.id != frame.world.me


def chip_colour(person: PersonView) -> Rgba:
    """Return a person's colour, faint while the connection is gone."""
    r, g, b, _a = look.person_colour(person.colour)
    return r, g, b, 1.0 if person.connected else 0.45


def voice_words(frame: Frame, person: PersonView) -> list[str]:
    """Return in a few words each how somebody speaks and listens."""
    me = person.id == frame.world.me
    silenced = voice_key(person) in frame.view.preferences.sound.silenced and not me
    speaks = person.id in frame.facts.sound.speaking
    with_sound = frame.facts.sound.running and not me
    return about_voice(person, speaks=speaks, silenced=silenced, with_sound=with_sound)


def about_person(frame: Frame, person: PersonView) -> str:
    """Return one line about a person: name, whether it is oneself, a bot or away, and what is selected."""
    parts = [person.name]
    if person.id == frame.world.me:
        parts.append(_("you"))
    parts.append(_("bot") if person.kind == "bot" else _(ROLE_TEXT[person.role]))
    if person.id != frame.world.me and person.key_state != "none":
        parts.append(key_sign_and_words(person))
    parts += voice_words(frame, person)
    if not person.connected:
        parts.append(_("connection lost"))
    return " · ".join(parts + taking_part(frame, person))
