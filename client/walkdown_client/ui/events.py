"""Hands device events to imgui, and tells which of them it wants for itself."""

from __future__ import annotations

from collections.abc import Iterable

from imgui_bundle import imgui

from walkdown_client.input.events import (
    ButtonDown,
    ButtonUp,
    FocusLost,
    InputEvent,
    PointerLeft,
    PointerMoved,
    Typed,
    Wheel,
)
from walkdown_client.ui import clipboard
from walkdown_client.ui.renderer import ImGuiPanda

_MOUSE = {"mouse1": 0, "mouse3": 1, "mouse2": 2}

_NAMED = {
    "tab": "tab",
    "arrow_left": "left_arrow",
    "arrow_right": "right_arrow",
    "arrow_up": "up_arrow",
    "arrow_down": "down_arrow",
    "page_up": "page_up",
    "page_down": "page_down",
    "home": "home",
    "end": "end",
    "insert": "insert",
    "delete": "delete",
    "backspace": "backspace",
    "space": "space",
    "enter": "enter",
    "escape": "escape",
}
_KEYS = {name: getattr(imgui.Key, key) for name, key in _NAMED.items()}
_KEYS |= {letter: getattr(imgui.Key, letter) for letter in "abcdefghijklmnopqrstuvwxyz"}
_KEYS |= {digit: getattr(imgui.Key, f"_{digit}") for digit in "0123456789"}
_KEYS |= {f"f{number}": getattr(imgui.Key, f"f{number}") for number in range(1, 13)}
_MODIFIERS = {
    "control": imgui.Key.mod_ctrl,
    "shift": imgui.Key.mod_shift,
    "alt": imgui.Key.mod_alt,
    "meta": imgui.Key.mod_super,
}

_OFF_SCREEN = -3.4e38


class ImGuiInput:
    """Feeds one imgui context.

    Args:
        panel: the renderer whose context it is. Its clipboard becomes the platform's.
    """

    def __init__(self, panel: ImGuiPanda) -> None:
        self._panel = panel
        self._held_back: list[str] = []
        imgui.set_current_context(panel.context)
        platform = imgui.get_platform_io()
        platform.platform_get_clipboard_text_fn = lambda _context: clipboard.paste()
        platform.platform_set_clipboard_text_fn = _copied

    @property
    def wants_mouse(self) -> bool:
        """Whether the pointer belongs to a panel."""
        return bool(self._panel.io.want_capture_mouse)

    @property
    def wants_keys(self) -> bool:
        """Whether somebody is typing into a field."""
        return bool(self._panel.io.want_text_input)

    def feed(self, events: Iterable[InputEvent]) -> None:
        """Take all events of one frame, in order, before ``begin``; call it in frames without events too.

        A key that goes down and up within one frame stays down until the next one: where frames are
        slow, Ctrl+C would otherwise be a C without Ctrl.
        """
        held_back, self._held_back = self._held_back, []
        for name in held_back:
            _feed_button(self._panel.io, name, down=False)
        pressed = False
        for event in events:
            pressed |= isinstance(event, ButtonDown)
            if pressed and isinstance(event, ButtonUp) and event.name not in _MOUSE:
                self._held_back.append(event.name)
            else:
                _feed_one(self._panel.io, event)


def _feed_one(io: imgui.IO, event: InputEvent) -> None:
    if isinstance(event, PointerMoved):
        io.add_mouse_pos_event(event.x, event.y)
    elif isinstance(event, PointerLeft):
        io.add_mouse_pos_event(_OFF_SCREEN, _OFF_SCREEN)
    elif isinstance(event, Wheel):
        io.add_mouse_wheel_event(0.0, event.steps)
    elif isinstance(event, Typed):
        io.add_input_characters_utf8(event.text)
    elif isinstance(event, FocusLost):
        io.add_focus_event(False)
        io.add_focus_event(True)
    elif isinstance(event, ButtonDown | ButtonUp):
        _feed_button(io, event.name, down=isinstance(event, ButtonDown))


def _copied(_context: object, text: str) -> None:
    clipboard.copy(text)


def _feed_button(io: imgui.IO, name: str, *, down: bool) -> None:
    if name in _MOUSE:
        io.add_mouse_button_event(_MOUSE[name], down)
    elif name in _MODIFIERS:
        io.add_key_event(_MODIFIERS[name], down)
    elif name in _KEYS:
        io.add_key_event(_KEYS[name], down)
