"""Keys with their modifiers: ``Ctrl+Shift+K``, and how a device's names become one."""

from __future__ import annotations

from collections.abc import Collection

from walkdown.i18n import _, mark

MODIFIERS = ("Ctrl", "Alt", "Shift")
"""In the order in which they stand in a chord."""

_MODIFIER_OF = {
    "control": "Ctrl",
    "lcontrol": "Ctrl",
    "rcontrol": "Ctrl",
    "meta": "Ctrl",
    "lmeta": "Ctrl",
    "rmeta": "Ctrl",
    "alt": "Alt",
    "lalt": "Alt",
    "ralt": "Alt",
    "shift": "Shift",
    "lshift": "Shift",
    "rshift": "Shift",
}
"""macOS' command key stands for Ctrl."""

_KEY_OF = {
    "escape": "Esc",
    "page_up": "PageUp",
    "page_down": "PageDown",
    "arrow_left": "Left",
    "arrow_right": "Right",
    "arrow_up": "Up",
    "arrow_down": "Down",
}

_SHOWN = (
    mark("Ctrl"),
    mark("Alt"),
    mark("Shift"),
    mark("Esc"),
    mark("Home"),
    mark("Space"),
    mark("Delete"),
    mark("PageUp"),
    mark("PageDown"),
)
"""Names that other languages print differently on the keys."""


def modifier(button: str) -> str | None:
    """Return ``Ctrl``, ``Alt`` or ``Shift`` when a button is one of them."""
    return _MODIFIER_OF.get(button)


def chord(button: str, held: Collection[str]) -> str:
    """Return the chord of a button and the modifiers that are held.

    >>> chord("k", {"Ctrl"}), chord("f1", ()), chord("h", {"Shift"})
    ('Ctrl+K', 'F1', 'Shift+H')
    """
    key = _KEY_OF.get(button, button.capitalize())
    return "+".join([*(m for m in MODIFIERS if m in held), key])


def shown(keys: str) -> str:
    """Return a chord as this person's keyboard names it."""
    parts = keys.split("+") if keys != "+" else [keys]
    return "+".join(_(part) if part in _SHOWN else part for part in parts)
