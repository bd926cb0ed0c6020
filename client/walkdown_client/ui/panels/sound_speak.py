"""How one speaks: microphone, level, gate, clean-up, and a test by way of the server."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown.twin import STATE_ATTENTION, STATE_GOOD
from walkdown_client.audio.orders import Level
from walkdown_client.tools import intents as wish
from walkdown_client.tools import voice_intents as say
from walkdown_client.tools.hearing import GATE_MAX_DBFS, GATE_MIN_DBFS, EchoTest, as_sentence
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.side import choice
from walkdown_client.ui.panels.sound_hear import pick_device
from walkdown_client.ui.sound_words import decibels
from walkdown_client.ui.theme import packed

METER_LOW_DBFS = -70.0
METER_PX = 12.0
LOST_MUCH = 0.05


def draw(frame: Frame, found: list[wish.Intent]) -> None:
    """Draw the sections about speaking."""
    canvas, sound, facts = frame.canvas, frame.view.preferences.sound, frame.facts.sound
    canvas.section(_("Speak"))
    if not frame.world.may("voice"):
        text = _("Here stands your microphone once a chair or an admin lets you speak.")
        canvas.paragraph(text, canvas.theme.muted, size_px=look.SMALL_PX)
        return
    inputs = facts.state.inputs if facts.state is not None else ()
    used = facts.state.input if facts.state is not None else ""
    if (device := pick_device(frame, "input", sound.input, devices=inputs, used=used)) is not None:
        found.append(say.ChooseInput(device))
    if canvas.check(_("The microphone may be open"), on=sound.microphone):
        found.append(say.MuteMyself())
    ways = {"push": _("Hold V to talk"), "open": _("Whenever I speak")}
    clicked = choice(frame, ways, sound.talk)
    if clicked is not None and clicked != sound.talk:
        found.append(say.ToggleOpenMicrophone())
    _draw_meter(frame)
    gate = canvas.slider(
        _("Quieter is no speech"),
        sound.gate_dbfs,
        low=GATE_MIN_DBFS,
        high=GATE_MAX_DBFS,
        text=decibels(sound.gate_dbfs),
    )
    if gate != sound.gate_dbfs:
        found.append(say.SetGate(float(round(gate))))
    _draw_cleanup(frame, found)
    _draw_echo(frame, found)


def _draw_meter(frame: Frame) -> None:
    """Draw how loud the microphone is, with the gate as a line."""
    canvas, level = frame.canvas, frame.facts.sound.level
    x, y = imgui.get_cursor_screen_pos()
    width, height = imgui.get_content_region_avail().x, canvas.px(METER_PX)
    lines = imgui.get_window_draw_list()
    lines.add_rect_filled((x, y), (x + width, y + height), packed(canvas.theme.raised), canvas.px(3))
    if level is not None:
        filled = width * share_of_meter(level.dbfs)
        colour = look.STATE_COLOURS[STATE_GOOD] if level.speaking else canvas.theme.muted
        lines.add_rect_filled((x, y), (x + filled, y + height), packed(colour), canvas.px(3))
    gate = x + width * share_of_meter(frame.view.preferences.sound.gate_dbfs)
    line = packed(canvas.theme.text)
    lines.add_line((gate, y - canvas.px(2)), (gate, y + height + canvas.px(2)), line, canvas.px(1.5))
    imgui.dummy((width, height + canvas.px(2)))
    canvas.muted(_meter_text(level))


def share_of_meter(dbfs: float) -> float:
    """Return where on the meter a level lies, 0 to 1."""
    return min(max((dbfs - METER_LOW_DBFS) / -METER_LOW_DBFS, 0.0), 1.0)


def _meter_text(level: Level | None) -> str:
    if level is None:
        return _("The microphone is closed.")
    word = _("is being sent") if level.speaking else _("is not sent")
    return f"{decibels(level.dbfs)} · {word}"


def _draw_cleanup(frame: Frame, found: list[wish.Intent]) -> None:
    canvas, state = frame.canvas, frame.facts.sound.state
    if canvas.check(_("Take echo and noise away"), on=frame.view.preferences.sound.cleanup):
        found.append(say.ToggleCleanup())
    if state is not None and state.cleanup_text:
        canvas.paragraph(as_sentence(state.cleanup_text), canvas.theme.muted, size_px=look.SMALL_PX)


# ---- the test -------------------------------------------------------------------------------------------


def _draw_echo(frame: Frame, found: list[wish.Intent]) -> None:
    canvas, echo = frame.canvas, frame.facts.sound.echo
    canvas.section(_("Try my voice"))
    running = echo is not None and echo.remaining_secs > 0
    if canvas.button(_("Try it"), enabled=not running):
        found.append(say.TestEcho())
    state, text = echo_words(echo)
    if state:
        x, y = imgui.get_cursor_screen_pos()
        canvas.state(x + canvas.px(7), y + canvas.px(9), state)
        imgui.indent(canvas.px(22))
    canvas.paragraph(text, canvas.theme.muted, size_px=look.SMALL_PX)
    if state:
        imgui.unindent(canvas.px(22))


def echo_words(echo: EchoTest | None) -> tuple[int, str]:
    """Return the state that a test stands for, 0 for none, and what is said of it."""
    if echo is None:
        return 0, _("Speak for some seconds, and hear how you come across: by way of the server and back.")
    if echo.remaining_secs > 0:
        seconds = words.number(echo.remaining_secs)
        return 0, _("Speak now: you hear yourself in a moment. {count} s").format(count=seconds)
    whole = echo.received + echo.lost
    if not echo.received:
        return STATE_ATTENTION, _(
            "Nothing came back. Was the level above the line while you spoke? Then the way to the server is "
            "blocked."
        )
    lost = echo.lost / whole
    text = _("{received} of {whole} packets came back, {lost} % lost, {delay} from mouth to ear.").format(
        received=words.number(echo.received),
        whole=words.number(whole),
        lost=words.number(lost * 100, 1),
        delay=words.milliseconds(echo.delay_secs) if echo.delay_secs else words.UNKNOWN,
    )
    return (STATE_ATTENTION if lost > LOST_MUCH else STATE_GOOD), text
