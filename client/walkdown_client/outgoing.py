"""What still has to be said to the server, and how fast.

An operation is *pending* until its reply has come; after a reconnect the pending ones are said again, once
and with the numbers they had, before anything newer. Who resumes a person from an earlier run of the program
goes on with the numbers after that person's: within the program operations always count from 1. Of
selections, subscriptions and how one speaks only the newest counts, and it is said again too. All is said at
a pace below what servers take.
"""

from __future__ import annotations

from collections import deque

import msgspec

from walkdown.errors import Refused
from walkdown.i18n import _
from walkdown.messages import ClientMessage, Operation, Select, Subscribe, Voice

PENDING_MAX = 1000
SAY_PER_SEC, SAY_AT_ONCE = 15.0, 40.0


class Outgoing:
    """The messages of one client, across all its connections.

    Attributes:
        answered: how many operations have their reply.
    """

    def __init__(self) -> None:
        self.answered = 0
        self._earlier = 0
        self._pending: dict[int, ClientMessage] = {}
        self._wishes: dict[type, ClientMessage] = {}
        self._waiting: deque[ClientMessage] = deque()
        self._allowance, self._counted_secs = SAY_AT_ONCE, 0.0

    def put(self, message: ClientMessage, *, connected: bool) -> None:
        """Take a message; what will be said again anyway waits for the connection, the rest needs one."""
        if isinstance(message, Operation):
            self._pending[message.op] = message
        elif isinstance(message, Select | Subscribe | Voice):
            self._wishes[type(message)] = message
        if connected:
            self._waiting.append(message)

    @property
    def pending(self) -> int:
        """How many operations have no answer yet."""
        return len(self._pending)

    def go_on_after(self, last_op: int) -> None:
        """Count operations after those of an earlier run; before anything is said."""
        self._earlier = last_op

    def own(self, op: int) -> int:
        """Return the number within this program of an operation that the server names."""
        return op - self._earlier

    def answer(self, op: int) -> None:
        """Take note that an operation of this program has its reply."""
        self.answered += self._pending.pop(op, None) is not None

    def start_again(self) -> None:
        """Begin a connection: say everything that still counts."""
        self._waiting = deque((*self._wishes.values(), *self._pending.values()))

    @property
    def empty(self) -> bool:
        """Whether nothing waits to be said."""
        return not self._waiting

    @property
    def how_waits(self) -> bool:
        """Whether it waits to be said how one speaks, and so for whom that is meant."""
        return any(isinstance(message, Voice) for message in self._waiting)

    def take_how(self) -> list[ClientMessage]:
        """Return what waits of how one speaks; it is said before the next word, whatever the pace."""
        hows: list[ClientMessage] = [message for message in self._waiting if isinstance(message, Voice)]
        if hows:
            self._waiting = deque(message for message in self._waiting if not isinstance(message, Voice))
            self._allowance -= len(hows)
        return hows

    def take(self, now_secs: float) -> ClientMessage | float:
        """Return the next message, or for how many seconds to wait first; only when it is not empty."""
        passed_secs = now_secs - self._counted_secs
        self._allowance = min(SAY_AT_ONCE, self._allowance + passed_secs * SAY_PER_SEC)
        self._counted_secs = now_secs
        if self._allowance < 1:
            return (1 - self._allowance) / SAY_PER_SEC
        self._allowance -= 1
        message = self._waiting.popleft()
        if isinstance(message, Operation) and self._earlier:
            return msgspec.structs.replace(message, op=message.op + self._earlier)
        return message


def too_many() -> Refused:
    """Return why no more operations are taken."""
    text = _("{count} changes wait for the server; wait until it answers again").format(count=PENDING_MAX)
    return Refused("full", text)
