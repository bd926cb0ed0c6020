"""Questions about the past: two at a time, the others wait; each answer is fetched and checked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from walkdown.errors import Missing, Refused
from walkdown.i18n import _
from walkdown.messages import AskHistory, Blob, ClientMessage, HistoryPart
from walkdown_client.inbound import decode_history
from walkdown_client.past import PastTold

AT_ONCE = 2
ANSWER_SECS = 20.0
SIGNALS_MAX = 16
"""In one question."""


class Asking:
    """The questions of one client.

    Args:
        send: says a message. fetch: returns the checked bytes of a blob.
    """

    def __init__(
        self, *, send: Callable[[ClientMessage], None], fetch: Callable[[Blob], Awaitable[bytes]]
    ) -> None:
        self._send, self._fetch = send, fetch
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._waiting: dict[int, asyncio.Future[HistoryPart]] = {}
        self._last = 0

    async def ask(self, signals: Sequence[int], *, from_ns: int, to_ns: int, points: int = 500) -> PastTold:
        """Return what at most ``SIGNALS_MAX`` signals were in an interval of session time.

        Raises:
            Refused: the server said no. Missing: it does not answer.
            PackageError, ProtocolError: the answer cannot be used.
        """
        async with self._turn:
            number = self._last = self._last + 1
            answer = self._waiting[number] = asyncio.get_running_loop().create_future()
            self._send(AskHistory(number, tuple(signals), from_ns, to_ns, points))
            try:
                async with asyncio.timeout(ANSWER_SECS):
                    part = await answer
            except TimeoutError:
                raise Missing(_("the server does not say what was; ask again")) from None
            finally:
                self._waiting.pop(number, None)
        if part.blob is None:
            raise Refused("history", part.text)
        return decode_history(await self._fetch(part.blob), to_ns=to_ns)

    def hear(self, part: HistoryPart) -> None:
        """Take an answer of the server."""
        waiting = self._waiting.get(part.ask)
        if waiting is not None and not waiting.done():
            waiting.set_result(part)

    def lose(self) -> None:
        """Give up what has no answer: the connection is gone."""
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(Missing(_("the connection to the server has ended")))
