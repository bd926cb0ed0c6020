"""The event loops in which a server can run.

Windows' own loop cannot watch the socket of an MQTT client, so the one that selects is used there too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from walkdown.settings import Loop

T = TypeVar("T")
Factory = Callable[[], asyncio.AbstractEventLoop]


def run(main: Coroutine[Any, Any, T], loop: Loop = "auto") -> T:
    """Run a coroutine to its end, as ``asyncio.run`` does, and return what it returns.

    Raises:
        ImportError: the event loop is not installed.
    """
    with asyncio.Runner(loop_factory=_factory(loop)) as runner:
        return runner.run(main)


def _factory(loop: Loop) -> Factory:
    if loop == "uvloop":
        import uvloop

        return uvloop.new_event_loop
    if loop == "aiofastnet":
        import aiofastnet

        fast: Factory = aiofastnet.loop_factory(asyncio.SelectorEventLoop)
        return fast
    return asyncio.SelectorEventLoop
