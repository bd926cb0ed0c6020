"""What a keyboard and a mouse can say, as plain values that need no window."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ButtonDown:
    """A key or mouse button went down, or is held; named as Panda3D does: ``a``, ``f1``, ``mouse1``."""

    name: str
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class ButtonUp:
    """A key or mouse button went up."""

    name: str


@dataclass(frozen=True, slots=True)
class Typed:
    """Text arrived, from a key or from an input method."""

    text: str


@dataclass(frozen=True, slots=True)
class PointerMoved:
    """The pointer stands at x, y pixels from the top left of the output."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class PointerLeft:
    """The pointer left the window."""


@dataclass(frozen=True, slots=True)
class Wheel:
    """The wheel turned by ``steps``, positive away from the person."""

    steps: float


@dataclass(frozen=True, slots=True)
class FocusLost:
    """Another window has the keyboard: nothing is held any more."""


InputEvent = ButtonDown | ButtonUp | Typed | PointerMoved | PointerLeft | Wheel | FocusLost
