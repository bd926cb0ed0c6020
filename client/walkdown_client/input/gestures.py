"""Tells clicks, double clicks and drags apart; positions in pixels from the top left."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from walkdown_client.input.events import ButtonDown, ButtonUp, FocusLost, InputEvent, PointerMoved, Wheel

DRAG_FROM_PX = 4.0
"""A button held and moved less than this is a click."""

DOUBLE_WITHIN_SECS = 0.35
BUTTONS = ("mouse1", "mouse2", "mouse3")


@dataclass(frozen=True, slots=True)
class Clicked:
    """A button went down and up at one place; ``count`` is 2 for a double click."""

    button: str
    x: float
    y: float
    count: int = 1


@dataclass(frozen=True, slots=True)
class DragBegan:
    """A drag began; x and y are where the button went down."""

    button: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Dragged:
    """The pointer moved by dx, dy during a drag."""

    button: str
    dx: float
    dy: float


@dataclass(frozen=True, slots=True)
class DragEnded:
    """The button of a drag went up, or the window lost the keyboard."""

    button: str


@dataclass(frozen=True, slots=True)
class Turned:
    """The wheel turned at a place."""

    steps: float
    x: float
    y: float


Gesture = Clicked | DragBegan | Dragged | DragEnded | Turned


@dataclass(slots=True)
class Gestures:
    """What the pointer is doing.

    Args:
        drag_from_px: how far a press has to move to be a drag.
    """

    drag_from_px: float = DRAG_FROM_PX
    x: float = 0.0
    y: float = 0.0
    pressed: str = ""
    dragging: bool = False
    _from: tuple[float, float] = (0.0, 0.0)
    _last_click: Clicked | None = None
    _last_click_secs: float = field(default=-math.inf)

    def feed(self, event: InputEvent, *, now_secs: float) -> Iterator[Gesture]:
        """Take one event and yield what it completes."""
        if isinstance(event, PointerMoved):
            yield from self._move(event.x, event.y)
        elif isinstance(event, ButtonDown) and event.name in BUTTONS:
            self._press(event.name)
        elif isinstance(event, ButtonUp) and event.name == self.pressed:
            yield from self._release(now_secs)
        elif isinstance(event, FocusLost):
            yield from self._drop()
        elif isinstance(event, Wheel):
            yield Turned(event.steps, self.x, self.y)

    def _press(self, button: str) -> None:
        """Begin a press; a second button during a press is left alone."""
        if not self.pressed:
            self.pressed, self.dragging, self._from = button, False, (self.x, self.y)

    def _move(self, x: float, y: float) -> Iterator[Gesture]:
        dx, dy = x - self.x, y - self.y
        self.x, self.y = x, y
        if not self.pressed:
            return
        if self.dragging:
            yield Dragged(self.pressed, dx, dy)
        elif math.hypot(x - self._from[0], y - self._from[1]) >= self.drag_from_px:
            self.dragging = True
            yield DragBegan(self.pressed, *self._from)
            yield Dragged(self.pressed, x - self._from[0], y - self._from[1])

    def _release(self, now_secs: float) -> Iterator[Gesture]:
        button, self.pressed = self.pressed, ""
        if self.dragging:
            self.dragging = False
            yield DragEnded(button)
            return
        click = Clicked(button, self.x, self.y, self._count(button, now_secs))
        self._last_click, self._last_click_secs = click, now_secs
        yield click

    def _count(self, button: str, now_secs: float) -> int:
        last = self._last_click
        if last is None or last.button != button or last.count == 2:
            return 1
        near = math.hypot(last.x - self.x, last.y - self.y) <= self.drag_from_px
        return 2 if near and now_secs - self._last_click_secs <= DOUBLE_WITHIN_SECS else 1

    def _drop(self) -> Iterator[Gesture]:
        if self.dragging:
            yield DragEnded(self.pressed)
        self.pressed, self.dragging = "", False
