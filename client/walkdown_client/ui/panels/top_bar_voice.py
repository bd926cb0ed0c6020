"""What the top bar says of voices: that what is said is recorded, and who speaks now."""

from __future__ import annotations

import math

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown.twin import STATE_ALARM
from walkdown_client.tools import intents as wish
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.theme import packed

SOUND = wish.OpenPanel("sound")
WIDE_PX = 1100.0
"""A bar that is narrower says in one word that a recording runs."""

RING_HZ = 1.2
NAMED_MAX, NAME_MIN_PX = 3, 48.0


def recording_words(frame: Frame) -> str:
    """Return what is said of a recording, "" while there is none."""
    rules = frame.world.voice.rules
    if not rules.recording_ns:
        return ""
    if frame.layout.top_bar.width < frame.canvas.px(WIDE_PX):
        return _("REC")
    age_secs = max((frame.world.session_ns - rules.recording_ns) / 1e9, 0.0)
    return _("REC · {name} · {time}").format(
        name=rules.recorded_by or _("somebody"), time=words.age(age_secs)
    )


def recording_width(frame: Frame) -> float:
    """Return how many pixels the sign of a recording takes, 0 while there is none."""
    text = recording_words(frame)
    return frame.canvas.width(text) + frame.canvas.px(34) if text else 0.0


def draw_recording(frame: Frame, right: float) -> list[wish.Intent]:
    """Draw that a recording runs, left of ``right``; returns what a click wishes."""
    canvas, rect, text = frame.canvas, frame.layout.top_bar, recording_words(frame)
    if not text:
        return []
    height, width = canvas.px(24), recording_width(frame)
    x, y = right - width, rect.y + (rect.height - height) / 2
    lines, colour = imgui.get_window_draw_list(), look.STATE_COLOURS[STATE_ALARM]
    imgui.set_cursor_screen_pos((x, y))
    clicked = imgui.invisible_button("recording", (width, height))
    canvas.tip(_("What is said is recorded. Under Sound you can leave your voice out."))
    lines.add_rect((x, y), (x + width, y + height), packed(colour), canvas.px(5), canvas.px(1.5))
    lines.add_circle_filled((x + canvas.px(14), y + height / 2), canvas.px(5), packed(colour))
    canvas.put(x + canvas.px(24), y + canvas.px(2), text)
    return [SOUND] if clicked and frame.view.panel != SOUND.panel else []


def draw_speakers(frame: Frame, left: float, right: float) -> bool:
    """Write who speaks now between two places of the bar; tells whether there was somebody to name."""
    canvas, rect, people = frame.canvas, frame.layout.top_bar, frame.world.people
    me, found = frame.world.me, frame.facts.sound.speaking
    speaking = sorted((number for number in found if number in people), key=lambda n: (n == me, n))
    if not speaking:
        return False
    names = [_("you") if n == me else people[n].name for n in speaking[:NAMED_MAX]]
    rest = len(speaking) - NAMED_MAX
    text = ", ".join(names) + (f" +{rest}" if rest > 0 else "")
    icon = canvas.px(22)
    room = right - left - icon - canvas.px(8)
    if room < 0:
        return True  # the ring about the chip has to do
    text = canvas.fitting(text, room) if room > canvas.px(NAME_MIN_PX) else ""
    x = right - canvas.width(text)
    canvas.put(x, rect.y + canvas.px(8), text)
    canvas.icon("speaks", x - icon, rect.y + canvas.px(9), colour=canvas.theme.accent)
    return True


def draw_ring(frame: Frame, centre: tuple[float, float], radius: float) -> None:
    """Draw the ring about somebody who speaks, as a wave that goes out; calm where motion is not wished."""
    canvas, lines = frame.canvas, imgui.get_window_draw_list()
    wave = 0.5 + 0.5 * math.sin(math.tau * RING_HZ * frame.facts.now_secs)
    lines.add_circle(centre, radius + canvas.px(2), packed(canvas.theme.accent), 0, canvas.px(2))
    outer = radius + canvas.px(3.5 + 2.0 * wave)
    lines.add_circle(centre, outer, packed(canvas.theme.accent, 0.7 * (1 - wave)), 0, canvas.px(1.2))


def corner_mark(frame: Frame, icon: str, chip: Rect) -> None:
    """Draw a small sign at the lower right of a person's chip: what kind of mouth or ears they have."""
    canvas = frame.canvas
    side = canvas.px(12)
    x, y = chip.x + chip.width - side * 0.7, chip.y + chip.height - side * 0.7
    lines = imgui.get_window_draw_list()
    lines.add_circle_filled((x + side / 2, y + side / 2), side * 0.62, packed((*canvas.theme.panel[:3], 1.0)))
    canvas.icon(icon, x, y, size_px=12)
