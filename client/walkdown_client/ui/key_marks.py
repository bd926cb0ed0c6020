"""How it is shown whether somebody is who they were last time: a shape and words, never a colour alone."""

from __future__ import annotations

from collections.abc import Mapping

from walkdown.i18n import _, mark
from walkdown_client.acquaintances import KeyState
from walkdown_client.identity import shown_key
from walkdown_client.ui import theme as look
from walkdown_client.ui.canvas import Canvas
from walkdown_client.ui.theme import Rgba
from walkdown_client.world import PersonView

GOOD, ATTENTION = 1, 2

SHORT: Mapping[KeyState, str] = {
    "verified": mark("key verified"),
    "new": mark("new key"),
    "changed": mark("another key"),
    "none": mark("no key"),
}
LONG: Mapping[KeyState, str] = {
    "verified": mark("The same key as last time under this name."),
    "new": mark("Met here for the first time under this name; the key is remembered."),
    "changed": mark(
        "Not the key of last time: a new computer, or somebody else with this name. Ask them by voice "
        "before you rely on it."
    ),
    "none": mark("Has shown no key, as bots and programs do."),
}
SIGNS: Mapping[KeyState, str] = {"verified": "✓", "new": "+", "changed": "▲", "none": "–"}
"""The shapes again, for where there is text alone."""

_ICONS: Mapping[KeyState, str] = {
    "verified": "key_verified",
    "new": "key_new",
    "changed": "key_changed",
    "none": "key_none",
}


def draw_key_mark(
    canvas: Canvas, state: KeyState, corner: tuple[float, float], *, size_px: float = 16.0
) -> None:
    """Draw the shape of a key state whose top left is ``corner``, in pixels."""
    x, y = corner
    canvas.icon(_ICONS[state], x, y, size_px=size_px, colour=_colour(canvas, state))


def key_words(person: PersonView) -> str:
    """Return in a few words how somebody's key is."""
    return _(SHORT[person.key_state])


def key_sign_and_words(person: PersonView) -> str:
    """Return the same with a sign before it, for where no shape is drawn."""
    return f"{SIGNS[person.key_state]} {key_words(person)}"


def about_key(person: PersonView) -> str:
    """Return one or two sentences about somebody's key, with what people can compare."""
    parts = [_(LONG[person.key_state])]
    if person.key:
        parts.append(_("Their key is {key}.").format(key=shown_key(person.key)))
    return " ".join(parts)


def _colour(canvas: Canvas, state: KeyState) -> Rgba:
    if state == "verified":
        return look.STATE_COLOURS[GOOD]
    return look.STATE_COLOURS[ATTENTION] if state == "changed" else canvas.theme.muted
