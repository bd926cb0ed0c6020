"""An event loop that serves many small messages together.

With hundreds of clients a pose comes every fraction of a millisecond. To wake up for each costs more than
to take it, so a loop that is kept busy lets messages gather for a moment and then serves all that have come,
as network cards do with their interrupts. What a tick tells is due at its time all the same.
"""

from __future__ import annotations

import asyncio
import selectors
import time

GATHER_SECS = 0.002
MANY_SOCKETS = 50
"""With fewer sockets nothing is held up: downloads and uploads of a few go at full speed."""


class Gathering(selectors.DefaultSelector):
    """Waits as any selector; and when that was short, a moment more next time."""

    _busy = False

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready, as the standard library does."""
        began = time.monotonic()
        if self._busy and timeout != 0:
            time.sleep(GATHER_SECS if timeout is None else min(timeout, GATHER_SECS))
            timeout = None if timeout is None else max(0.0, timeout - GATHER_SECS)
            began += GATHER_SECS
        ready = super().select(timeout)
        short = time.monotonic() - began < GATHER_SECS
        self._busy = bool(ready) and short and len(self.get_map()) >= MANY_SOCKETS
        return ready


def new_gathering_loop() -> asyncio.AbstractEventLoop:
    """Return a new event loop that lets small messages gather."""
    return asyncio.SelectorEventLoop(Gathering())
