"""What one row of the table of actions says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from walkdown.i18n import mark
from walkdown_client.tools import intents as wish

Keys = Mapping[str, tuple[str, ...]]

MOVE, LOOK, SEE, WORK, REVIEW, TALK, PANELS, PROGRAM = GROUPS = (
    mark("Move"),
    mark("Look at"),
    mark("Show and hide"),
    mark("Notes"),
    mark("Review"),
    mark("Talk and listen"),
    mark("Panels"),
    mark("Program"),
)


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a person can do with a key or from the palette.

    Attributes:
        id: stable; a setting may name it.
        text: what it does, English, translated where it is shown.
        keys: chords in every preset.
        extra: more chords in single presets.
        needs: ``selection``, ``place`` (a point of the model under the cursor or a selection),
            ``people`` (somebody else), ``moving`` (a model that is being moved), ``group`` (one talks in a
            private group), ``zone`` (one stands in one), ``called`` (somebody calls one), or "".
        in_palette: False for what makes no sense there.
        while_typing: its keys work also while somebody types into a field.
    """

    id: str
    text: str
    group: str
    intent: wish.Intent
    keys: tuple[str, ...] = ()
    extra: Keys = field(default_factory=dict)
    needs: str = ""
    in_palette: bool = True
    while_typing: bool = False

    def keys_in(self, preset: str) -> tuple[str, ...]:
        """Return the chords of this action in one preset."""
        return self.keys + self.extra.get(preset, ())
