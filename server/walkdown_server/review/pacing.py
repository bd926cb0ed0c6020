"""State messages that come faster than they are told: the newest waits until its turn. Pure."""

from __future__ import annotations

from collections.abc import Callable

from walkdown.messages import Message, encode
from walkdown_server.ticks.outbox import StateKey


class Pacing:
    """Tells the state messages of many people, each at most so often.

    Args:
        publish: tells everyone a state message. secs: monotonic.
    """

    def __init__(self, publish: Callable[[StateKey, bytes], None], *, secs: Callable[[], float]) -> None:
        self._publish, self._secs = publish, secs
        self._due: dict[StateKey, float] = {}
        self._waiting: dict[StateKey, tuple[Message, float]] = {}

    def tell(self, key: StateKey, message: Message, *, per_sec: float) -> None:
        """Tell it now, or when its turn comes if nothing newer has come by then."""
        self._waiting[key] = message, per_sec
        self._tell_due(key)

    def tell_at_once(self, key: StateKey, message: Message) -> None:
        """Tell an end: whatever waits is not told any more."""
        self._waiting.pop(key, None)
        self._publish(key, encode(message))

    def has_told(self, key: StateKey) -> bool:
        """Tell whether something of this key was told, or waits."""
        return key in self._due

    def forget(self, key: StateKey) -> None:
        """Let nothing wait any more."""
        self._waiting.pop(key, None)
        self._due.pop(key, None)

    def step(self) -> None:
        """Tell what has waited for its turn; called every tick."""
        for key in list(self._waiting):
            self._tell_due(key)

    def _tell_due(self, key: StateKey) -> None:
        now = self._secs()
        if now >= self._due.get(key, 0.0):
            message, per_sec = self._waiting.pop(key)
            self._due[key] = now + 1 / per_sec
            self._publish(key, encode(message))
