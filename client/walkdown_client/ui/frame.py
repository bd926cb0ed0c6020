"""What a panel is given to draw one frame, and a memory for what need not be computed again."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeVar

from walkdown.messages import Note
from walkdown_client.tools import intents as wish
from walkdown_client.tools.rights import allowed
from walkdown_client.tools.view_state import ViewState
from walkdown_client.ui.canvas import Canvas
from walkdown_client.ui.facts import Facts
from walkdown_client.ui.layout import Layout
from walkdown_client.world import World

T = TypeVar("T")


class Memory:
    """The newest result of each computation, kept as long as what it depends on stays the same."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Hashable, object]] = {}

    def of(self, name: str, key: Hashable, compute: Callable[[], T]) -> T:
        """Return ``compute()``, or what it returned when ``key`` was the same."""
        kept = self._kept.get(name)
        if kept is None or kept[0] != key:
            kept = (key, compute())
            self._kept[name] = kept
        result: T = kept[1]  # type: ignore[assignment]  # a name always holds the same type
        return result


@dataclass(frozen=True, slots=True)
class Frame:
    """All that a panel reads and the pen it draws with."""

    canvas: Canvas
    world: World
    view: ViewState
    facts: Facts
    layout: Layout
    memory: Memory

    def may(self, intent: type[wish.Intent]) -> bool:
        """Tell whether one's role in the session allows a wish."""
        return allowed(self.world, intent)

    def is_mine(self, note: Note) -> bool:
        """Tell whether oneself wrote a note."""
        welcome, me = self.world.welcome, self.world.people.get(self.world.me)
        if welcome is not None and welcome.author:
            return note.author_id == welcome.author
        return me is not None and note.author == me.name
