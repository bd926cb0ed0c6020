"""Asks the server what the selected thing's values were before one came, so that its curves are whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from walkdown.messages import Welcome
from walkdown_client.asking import SIGNALS_MAX
from walkdown_client.tools.view_state import ViewState
from walkdown_client.trends import SPAN_SECS
from walkdown_client.world import World

SPAN_NS = round(SPAN_SECS * 1e9)
ROWS_MAX = 128
"""Values of one thing that are asked for: more than a person scrolls through."""


class Ask(Protocol):
    """Asks what signals were in an interval of session time; the answer goes to the world."""

    def __call__(self, signals: Sequence[int], *, from_ns: int, to_ns: int) -> None:
        """Ask."""


class Remembering:
    """Looks at the selection once a frame; each signal is asked for once after each welcome.

    Args:
        ask: sends the question.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._welcome: Welcome | None = None
        self._asked: set[int] = set()

    def look(self, world: World, view: ViewState) -> None:
        """Ask for what is selected and not known, as far as its curve reaches back."""
        welcome = world.welcome
        if welcome is None or world.link_state != "live" or not world.twin.has_thing(view.selected):
            return
        if welcome is not self._welcome:
            self._welcome, self._asked = welcome, set()
        from_ns, to_ns = world.tick_ns - SPAN_NS, world.tick_ns
        if not welcome.history_ns or from_ns > welcome.time_ns:
            return  # nothing is remembered, or we have seen all of it ourselves
        rows, numeric = world.twin.signal_rows(view.selected)[:ROWS_MAX], world.signals.layout.numeric
        new = [row for row in rows if row < numeric and row not in self._asked]
        self._asked.update(new)
        for start in range(0, len(new), SIGNALS_MAX):
            self._ask(new[start : start + SIGNALS_MAX], from_ns=from_ns, to_ns=to_ns)
