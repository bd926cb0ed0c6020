"""The bar beside the tool bar: one's own microphone, to hold or to click, and whether one hears others."""

from __future__ import annotations

from collections.abc import Mapping

from imgui_bundle import imgui

from walkdown.i18n import _, mark
from walkdown.twin import STATE_GOOD
from walkdown_client.input.bindings import ACTIONS
from walkdown_client.input.chords import shown
from walkdown_client.tools import intents as wish
from walkdown_client.tools import voice_intents as say
from walkdown_client.ui import theme as look
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.sound_speak import share_of_meter
from walkdown_client.ui.panels.tool_bar import BUTTON_PX, INSET_PX, place_of_bar
from walkdown_client.ui.sound_words import MicrophoneState, microphone_state, reach_words
from walkdown_client.ui.theme import Rgba, packed

NAME = "talk_bar"
TEXT_PX, TEXT_WIDE_PX, LEVEL_PX = 118.0, 210.0, 4.0
BUTTONS_PX = 2 * BUTTON_PX + 4 * INSET_PX
STATE_TEXT: Mapping[MicrophoneState, str] = {
    "none": mark("No microphone"),
    "muted": mark("Muted"),
    "talking": mark("You talk"),
    "open": mark("Microphone open"),
    "waiting": mark("Hold V to talk"),
}
_FLAGS = imgui.WindowFlags_.no_scrollbar | imgui.WindowFlags_.no_focus_on_appearing


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the bar where there is sound and somebody who may speak."""
    canvas, rect = frame.canvas, place_of_talk_bar(frame)
    if rect is None:
        return []
    state = microphone_state(frame.facts.sound, frame.view)
    text, reach = _(STATE_TEXT[state]), _reach(frame)
    text = f"{text} · {reach}" if reach and state not in ("none", "muted") else text
    found: list[wish.Intent] = []
    with canvas.window(NAME, rect, flags=_FLAGS):
        _draw_microphone(frame, rect, state, found=found)
        if rect.width > canvas.px(BUTTONS_PX):
            _draw_words(frame, rect, text, state=state)
        imgui.set_cursor_screen_pos(
            (rect.x + rect.width - canvas.px(BUTTON_PX + INSET_PX), rect.y + canvas.px(INSET_PX))
        )
        _draw_ears(frame, found)
    return found


def place_of_talk_bar(frame: Frame) -> Rect | None:
    """Return where the bar lies, without words where these have no room; None where there is none."""
    canvas, scene, bar = frame.canvas, frame.layout.scene, place_of_bar(frame)
    if bar is None or not frame.facts.sound.running or not frame.world.may("voice"):
        return None
    width, words = canvas.px(BUTTONS_PX), canvas.px(TEXT_WIDE_PX if _reach(frame) else TEXT_PX)
    x = bar.x + bar.width + canvas.px(8)
    if x + width > scene.x + scene.width:
        return None
    has_words = x + width + words < scene.x + scene.width
    return Rect(x, bar.y, width + (words if has_words else 0.0), bar.height)


def _reach(frame: Frame) -> str:
    return reach_words(frame.world, frame.view.hearing, frame.facts.zone)


def _draw_microphone(frame: Frame, rect: Rect, state: MicrophoneState, *, found: list[wish.Intent]) -> None:
    """Draw the button: held it talks, or a click mutes; without a microphone it leads to the panel."""
    canvas, view = frame.canvas, frame.view
    imgui.set_cursor_screen_pos((rect.x + canvas.px(INSET_PX), rect.y + canvas.px(INSET_PX)))
    icon = "microphone" if state in ("talking", "open", "waiting") else "microphone_off"
    clicked = canvas.icon_button(icon, _tip(frame, state), size_px=BUTTON_PX, active=state == "talking")
    held = imgui.is_item_active() and view.preferences.sound.talk == "push" and icon == "microphone"
    if held != view.hearing.talking and (held or imgui.is_item_deactivated()):
        found.append(say.Talk(held))
    if clicked and state == "none":
        found.append(wish.OpenPanel("sound"))
    elif clicked and (state == "muted" or view.preferences.sound.talk == "open"):
        found.append(say.MuteMyself())


def _tip(frame: Frame, state: MicrophoneState) -> str:
    mute = _key(frame, say.MuteMyself)
    if state == "none":
        return _("There is no microphone that works: see under Sound")
    if state == "muted":
        return _("You have muted yourself; click to be heard again") + f"  {mute}"
    if frame.view.preferences.sound.talk == "push":
        return _("Hold this or V to talk")
    return _("Click to mute yourself") + f"  {mute}"


def _draw_words(frame: Frame, rect: Rect, text: str, *, state: MicrophoneState) -> None:
    """Write how the microphone is, over a line that shows its level."""
    canvas, level = frame.canvas, frame.facts.sound.level
    x = rect.x + canvas.px(BUTTON_PX + 2 * INSET_PX)
    width = rect.width - canvas.px(2 * BUTTON_PX + 4 * INSET_PX + 8)
    y = rect.y + canvas.px(9)
    canvas.put_clipped(x, y, text, width=width, colour=_colour(frame, state))
    lines, low = imgui.get_window_draw_list(), rect.y + rect.height - canvas.px(9)
    end = (x + width, low + canvas.px(LEVEL_PX))
    lines.add_rect_filled((x, low), end, packed(canvas.theme.raised), canvas.px(2))
    if level is not None:
        end = (x + width * share_of_meter(level.dbfs), end[1])
        colour = look.STATE_COLOURS[STATE_GOOD] if level.speaking else canvas.theme.muted
        lines.add_rect_filled((x, low), end, packed(colour), canvas.px(2))


def _colour(frame: Frame, state: MicrophoneState) -> Rgba:
    return frame.canvas.theme.text if state == "talking" else frame.canvas.theme.muted


def _draw_ears(frame: Frame, found: list[wish.Intent]) -> None:
    canvas, deaf = frame.canvas, frame.view.hearing.deaf
    tip = _("Hear everybody again") if deaf else _("Hear nobody")
    icon = "deaf" if deaf or not frame.facts.sound.has_output else "sound"
    if canvas.icon_button(icon, f"{tip}  {_key(frame, say.Deafen)}", size_px=BUTTON_PX, active=deaf):
        found.append(say.Deafen())


def _key(frame: Frame, kind: type[wish.Intent]) -> str:
    keys = next(a for a in ACTIONS if isinstance(a.intent, kind)).keys_in(frame.view.preferences.preset)
    return shown(keys[0]) if keys else ""
