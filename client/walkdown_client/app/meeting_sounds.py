"""Lets be heard that one is called, and for who leads that a hand goes up.

Nobody calls this: it compares what is with what was in the frame before.
"""

from __future__ import annotations

from collections.abc import Iterator

from walkdown_client.audio.orders import Play
from walkdown_client.tools import meeting_rules as rules
from walkdown_client.tools.view_state import ViewState
from walkdown_client.world import World

_WEIGHT = 10.0


class MeetingSounds:
    """The sounds of what others want of one person."""

    def __init__(self, world: World, view: ViewState) -> None:
        self._world, self._taking = world, view.together
        self._called_by = 0
        self._hands: set[int] = set()

    def orders(self) -> Iterator[Play]:
        """Yield what is to be heard in this frame."""
        taking = self._taking
        called_before, self._called_by = self._called_by, taking.called_by
        hands_before, self._hands = self._hands, set(taking.hands) - {self._world.me}
        if taking.called_by and taking.called_by != called_before:
            yield Play("note", weight=_WEIGHT)
        elif self._hands - hands_before and rules.leads(self._world):
            yield Play("note", weight=_WEIGHT)
