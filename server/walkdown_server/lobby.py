"""The sessions of this process by name: opened, run and shut one by one, none to the harm of another.

One that cannot be opened, or that fails while it runs, is listed as not available with a sentence why; the
others go on. The first is the one that a client gets who names none.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Protocol

from walkdown.errors import Missing, WalkdownError
from walkdown.i18n import _
from walkdown.listing import SessionLine, SessionState, sentence_of_names
from walkdown.messages import SUBPROTOCOL, Hello, Refusal
from walkdown.settings import ServerSettings
from walkdown_server.door.rules import Peer
from walkdown_server.hosting import BACK_IN_SECS, Hosted
from walkdown_server.models.upload import Upload
from walkdown_server.packages import Blob
from walkdown_server.sites import Site

UNNAMED = "Walkdown"
"""What a session without a name is called that could not be opened."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Plan:
    """A session that is to be opened.

    Attributes:
        settings: their ``name`` is the session's; without one it is called as what it shows.
        site: reads what it shows, when it is opened.
    """

    settings: ServerSettings
    site: Callable[[], Site]


class Overview(Protocol):
    """What is told of all sessions of the server, in whichever process they are."""

    async def lines(self) -> tuple[SessionLine, ...]:
        """Return the list of sessions."""

    async def knows(self, secret: str) -> bool:
        """Tell whether an invitation or the secret of a person lets one into any of them."""

    async def ready(self) -> bool:
        """Tell whether every session that can be opened is open."""

    async def metrics(self) -> bytes:
        """Return the page of all that is measured."""


class Lobby:
    """Every session that this process has.

    Args:
        on_open: called with a session that was opened.
        on_shut: called with a session whose people are to go, before it is forgotten.

    Attributes:
        first: name of the session that "" means, when the server has others than this process; else "" means
            the first that was opened here, or should have been.
        elsewhere: names of the sessions that the server has in other processes.
        emptied: set when no session is left, because the last has failed.
    """

    def __init__(
        self,
        *,
        on_open: Callable[[Hosted], None] = lambda _hosted: None,
        on_shut: Callable[[Hosted], None] = lambda _hosted: None,
    ) -> None:
        self._hosted: dict[str, Hosted] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._lines: dict[str, SessionLine] = {}
        self._on_open, self._on_shut = on_open, on_shut
        self.first = ""
        self.elsewhere: tuple[str, ...] = ()
        self.emptied = asyncio.Event()

    # ---- who looks for one ----------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Hosted]:
        """Iterate over those that are open."""
        return iter(self._hosted.values())

    def find(self, name: str) -> Hosted | None:
        """Return the session of this name, the first for "", None when it is not open here."""
        return self._hosted.get(name or self.first or next(iter(self._lines), ""))

    def blob(self, session: str, sha256: str) -> Blob | None:
        """Return a blob of a session, of any for "": whoever knows its hash may have it."""
        places = self if not session else filter(None, (self.find(session),))
        return next(filter(None, (hosted.blobs.find(sha256) for hosted in places)), None)

    def claim(self, session: str, ticket: str, size: int) -> tuple[Upload, Executor] | None:
        """Return where the bytes of an upload go and who writes them, None when there is no such session.

        Raises:
            BadRequest: there is no such ticket, or another size was offered.
        """
        places = list(self) if not session else list(filter(None, (self.find(session),)))
        desks = [desk for hosted in places for desk in hosted.desks]
        for desk in desks:
            if desk.expects(ticket) or desk is desks[-1]:
                return desk.claim(ticket, size), desk.pool
        return None

    def lines(self) -> tuple[SessionLine, ...]:
        """Return the list of sessions as it stands now."""
        return tuple(
            self._lines[name] if (hosted := self._hosted.get(name)) is None else _line(hosted)
            for name in self._lines
        )

    def knows(self, name: str) -> bool:
        """Tell whether the session should be here, even if it is not available now."""
        return (name or self.first or next(iter(self._lines), "")) in self._lines

    def knows_secret(self, secret: str) -> bool:
        """Tell whether an invitation or the secret of a person lets one into a session of this process."""
        hellos = (Hello(SUBPROTOCOL, "list", invite=secret), Hello(SUBPROTOCOL, "list", resume=secret))
        doors = (hosted.room.doorkeeper.door for hosted in self)
        return any(not isinstance(door.admit(hello, Peer()), Refusal) for door in doors for hello in hellos)

    def is_elsewhere(self, name: str) -> bool:
        """Tell whether the session is in another process of the server."""
        return (name or self.first) in self.elsewhere

    def sentence(self, name: str, *, with_names: bool) -> str:
        """Say that there is no session of this name, and which there are, or why it cannot be joined."""
        line = self._lines.get(name or self.first or next(iter(self._lines), ""))
        if line is not None and line.text:
            return line.text
        there = [*self._lines, *self.elsewhere]
        told = f"; it has {sentence_of_names(there)}" if with_names and there else ""
        return f"There is no session {name[:80]!r} on this server{told}."

    # ---- opening and shutting -------------------------------------------------------------------------

    async def open(self, plan: Plan) -> Hosted:
        """Open a session and run it.

        Raises:
            WalkdownError: it cannot be opened; it is listed as not available then.
        """
        name = plan.settings.name or UNNAMED
        self._note(name, "starting", f"The session {name!r} is being opened; try again in a moment.")
        try:
            site = await asyncio.to_thread(plan.site)
            if not plan.settings.name and name != site.name:
                del self._lines[name]
                name = site.name
            if name in self._hosted:
                raise Missing(_("The session {name!r} is open already.").format(name=name))
            hosted = Hosted(dataclasses.replace(plan.settings, name=name), site)
            await hosted.start()
        except Exception as error:
            self._note(name, "unavailable", f"The session {name!r} is not available: {_why(error)}")
            raise
        self._hosted[name] = hosted
        self._on_open(hosted)
        self._note(name, "open")
        task = self._running[name] = asyncio.create_task(hosted.run())
        task.add_done_callback(lambda task: self._ended(name, task))
        return hosted

    async def open_all(self, plans: Sequence[Plan]) -> list[WalkdownError]:
        """Open sessions one after the other; returns what is wrong with those that could not be opened."""
        faults: list[WalkdownError] = []
        for plan in plans:
            try:
                await self.open(plan)
            except WalkdownError as error:
                faults.append(error)
            except Exception as error:
                _log.exception("the session %r is not available", plan.settings.name)
                faults.append(WalkdownError(_why(error)))
        return faults

    async def shut(self, name: str, text: str, *, after_secs: float = BACK_IN_SECS) -> None:
        """Shut a session: what waits is kept, its people are told to come back, and it is forgotten."""
        hosted = self._hosted.pop(name, None)
        self._lines.pop(name, None)
        task = self._running.pop(name, None)
        if hosted is None:
            return
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        await hosted.stop(text, after_secs=after_secs)
        self._on_shut(hosted)

    async def shut_all(self, text: str) -> None:
        """Shut every session, at the same time."""
        await asyncio.gather(*(self.shut(name, text) for name in tuple(self._hosted)))

    # ---- what happens to them -------------------------------------------------------------------------

    def _note(self, name: str, state: SessionState, text: str = "") -> None:
        self._lines[name] = SessionLine(name, state, text)

    def _ended(self, name: str, task: asyncio.Task[None]) -> None:
        """Take note that a session has stopped by itself."""
        if self._running.get(name) is not task or task.cancelled():
            return
        _log.error("the session %r has failed", name, exc_info=task.exception())
        del self._running[name]
        hosted = self._hosted.pop(name)
        self._note(name, "unavailable", f"The session {name!r} stopped because of an error of the server.")
        self._closing = asyncio.ensure_future(self._give_up(hosted))
        if not self._hosted:
            self.emptied.set()

    async def _give_up(self, hosted: Hosted) -> None:
        with contextlib.suppress(Exception):
            await hosted.stop("The session stopped because of an error.", after_secs=BACK_IN_SECS)
        self._on_shut(hosted)


def _line(hosted: Hosted) -> SessionLine:
    contents = hosted.room.contents
    return SessionLine(
        contents.name,
        "open",
        people=hosted.room.people,
        things=len(contents.catalogue.things),
        signals=len(contents.catalogue.signals),
    )


def _why(error: Exception) -> str:
    if isinstance(error, WalkdownError):
        return str(error)
    return "an error of the server, its log says more."
