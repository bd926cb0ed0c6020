"""Datagrams between one client and its server, on one connection, by one socket after the other.

Probes say whether datagrams pass and prove where the client is; what they say goes to ``walkdown.media.way``,
which decides. Runs in the loop of the network thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any

from walkdown.errors import ProtocolError
from walkdown.media.datagrams import (
    KEY_SIZE,
    NO_CHALLENGE,
    Fault,
    Kind,
    Opened,
    Opener,
    Sealer,
    pack_probe,
    unpack_answer,
)
from walkdown.media.way import Passed, Way
from walkdown.messages import Media

REOPEN_SECS = 10.0
"""A socket by which nothing has come for so long is opened anew: the computer may be in another network."""

log = logging.getLogger(__name__)


class DatagramLine(asyncio.DatagramProtocol):
    """Datagrams of one connection, by one socket after the other.

    Args:
        media: the keys. take: told what came of voice, or what was wrong.
        on_change: told when datagrams are taken or left.

    Raises:
        ProtocolError: the keys are none.

    Attributes:
        way: decides whether datagrams are taken.
    """

    def __init__(
        self, media: Media, *, take: Callable[[Opened | Fault], None], on_change: Callable[..., None]
    ) -> None:
        for key in (media.key_up, media.key_down):
            if len(key) != KEY_SIZE:
                raise ProtocolError(f"a key for voice has {KEY_SIZE} bytes, {len(key)} came")
        self._sealer = Sealer(media.key_up, media.connection)
        self._opener = Opener(
            media.key_down, media.connection, kinds=frozenset({Kind.ANSWER, Kind.VOICE_DOWN})
        )
        self._take, self._on_change = take, on_change
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.DatagramTransport | None = None
        self._challenge = NO_CHALLENGE
        self._wake = asyncio.Event()
        self._came_secs = 0.0
        self.way = Way(self._loop.time())

    @property
    def doubtful(self) -> bool:
        """Whether an answer is missing that should have come."""
        return self.way.doubtful(self._loop.time())

    def send(self, kind: Kind, payload: bytes) -> None:
        """Send a datagram, or lose it."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(self._sealer.seal(kind, payload))

    async def probe(self, host: str, port: int) -> None:
        """Probe with one socket until another may do better."""
        try:
            self._transport, _self = await self._loop.create_datagram_endpoint(
                lambda: self, remote_addr=(host, port)
            )
        except OSError as error:
            log.debug("no datagrams to %s: %s", host, error)
            await asyncio.sleep(REOPEN_SECS)
            return
        self._came_secs = self._loop.time()
        try:
            while self._loop.time() - self._came_secs < REOPEN_SECS:
                self._step()
                await self._rest()
        finally:
            self._transport.close()
            self._transport = None

    def _step(self) -> None:
        now_secs = self._loop.time()
        number = self.way.probe(now_secs)
        if number is not None:
            self.send(Kind.PROBE, pack_probe(number, self._challenge))
        if self.way.decide(now_secs):
            self._on_change(datagrams=self.way.datagrams)

    async def _rest(self) -> None:
        """Wait until the next probe is due, or something has to be decided."""
        self._wake.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.way.wait_secs(self._loop.time()) + 0.001):
                await self._wake.wait()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """Take a datagram of the server."""
        opened = self._opener.open(data)
        if isinstance(opened, Opened):
            self._came_secs = self._loop.time()
            if opened.kind == Kind.ANSWER:
                self._hear_answer(opened.payload)
                return
        self._take(opened)

    def _hear_answer(self, payload: bytes) -> None:
        try:
            answer = unpack_answer(payload)
        except ProtocolError:
            self._take(Fault.CONTENT)
            return
        self._challenge = answer.challenge
        opener = self._opener
        self.way.answered(
            answer.number,
            up=Passed(answer.newest, answer.received),
            down=Passed(opener.newest, opener.received),
            now_secs=self._loop.time(),
        )
        self._wake.set()

    def error_received(self, exc: Exception) -> None:
        """Leave it to the probes what it means that nobody listens there now."""
