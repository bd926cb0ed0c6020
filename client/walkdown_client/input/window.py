"""Reads a Panda3D window: keys, text, pointer and wheel as plain events.

Panda's button thrower sends a general event for every button; this adapter collects them in order. The
pointer is read once a frame. What an input method composes arrives as text when it is done; its own window
shows it until then.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import cast

from direct.showbase.DirectObject import DirectObject
from direct.showbase.ShowBase import ShowBase
from panda3d.core import ButtonThrower, GraphicsWindow, NodePath

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

_WHEEL = {"wheel_up": 1.0, "wheel_down": -1.0}
_PRINTABLE_FROM = " "
_PREFIX = re.compile(r"^(?:(?:shift|control|alt|meta)-)+(?=.)")
"""Panda names a button together with the modifiers that are held."""


def window_id(window: object) -> int:
    """Return the number by which the window system knows a window, 0 for what is none."""
    handle = window.get_window_handle() if isinstance(window, GraphicsWindow) else None
    return int(handle.get_int_handle()) if handle is not None else 0


class WindowEvents(DirectObject):
    """Collects what happens in the window of a ShowBase.

    Without a window (headless) it stays silent.
    """

    def __init__(self, base: ShowBase) -> None:
        super().__init__()
        self._base = base
        self._events: list[InputEvent] = []
        self._pointer: tuple[float, float] | None = None
        self._had_focus = True
        for path in cast("list[NodePath[ButtonThrower]]", base.buttonThrowers or []):
            self._listen(path.node())

    def _listen(self, thrower: ButtonThrower) -> None:
        """Ask one thrower for all its general events."""
        answers: tuple[tuple[str, Callable[[str], None], Callable[..., None]], ...] = (
            ("down", thrower.set_button_down_event, self._on_down),
            ("up", thrower.set_button_up_event, self._on_up),
            ("repeat", thrower.set_button_repeat_event, self._on_repeat),
            ("typed", thrower.set_keystroke_event, self._on_typed),
        )
        for name, ask, answer in answers:
            ask(f"walkdown-{name}")
            self.accept(f"walkdown-{name}", answer)

    def drain(self) -> list[InputEvent]:
        """Return what happened since the last call, in order."""
        self._read_pointer()
        events, self._events = self._events, []
        return events

    def close(self) -> None:
        """Stop listening."""
        self.ignore_all()

    def _read_pointer(self) -> None:
        """Put the pointer's newest place before what was pressed there."""
        window = self._base.win
        if not isinstance(window, GraphicsWindow):
            return
        focused = window.get_properties().get_foreground()
        if self._had_focus and not focused:
            self._events.append(FocusLost())
        self._had_focus = focused
        pointer = window.get_pointer(0)
        place = (pointer.get_x(), pointer.get_y()) if pointer.get_in_window() else None
        if place != self._pointer:
            self._events.insert(0, PointerMoved(*place) if place else PointerLeft())
            self._pointer = place

    def _on_down(self, button: str) -> None:
        name = _PREFIX.sub("", button)
        self._events.append(Wheel(_WHEEL[name]) if name in _WHEEL else ButtonDown(name))

    def _on_up(self, button: str) -> None:
        if button not in _WHEEL:
            self._events.append(ButtonUp(button))

    def _on_repeat(self, button: str) -> None:
        self._events.append(ButtonDown(_PREFIX.sub("", button), repeated=True))

    def _on_typed(self, text: str) -> None:
        if text >= _PRINTABLE_FROM and text != "\x7f":
            self._events.append(Typed(text))
