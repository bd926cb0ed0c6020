"""The way that voice takes between one client and its server, in the network thread.

A packet of one's own goes at once into a datagram, or into a frame of its own; a bundle that comes goes to
``on_voice``, past the queue of events, whichever way it took. Datagrams are tried on every connection, with
keys that hold for that connection; ``walkdown.media.way`` decides when they are used. While that is in doubt
one's own packets go both ways, and the server drops what it has. Who is not connected loses what is said:
late voice is of no use to anybody.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from walkdown.codec import Section, pack_section
from walkdown.errors import ProtocolError
from walkdown.media.datagrams import Fault, Kind, Opened
from walkdown.messages import AskMedia, ClientMessage, Media, MediaVia
from walkdown.voice import check_packet, unpack_bundle
from walkdown_client.datagram_line import DatagramLine

VoiceWay = Literal["none", "websocket", "datagrams"]
"""None while there is no connection."""

WAITING_MAX = 10
"""Packets of one's own that wait for a line that does not move: 0.2 s; of more the oldest are lost."""

Heard = Callable[[bytes, int], None]
"""Told a bundle, and when it came on the local monotonic clock."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class VoiceNetwork:
    """How voice passes now.

    Attributes:
        round_trip_secs: of datagrams, 0 before the first came back.
        loss_up, loss_down: shares of datagrams that were lost of late.
        falls: how often datagrams were given up on this connection.
        text: why the server takes no datagrams, "" when it does.
    """

    way: VoiceWay = "none"
    round_trip_secs: float = 0.0
    loss_up: float = 0.0
    loss_down: float = 0.0
    falls: int = 0
    text: str = ""


class VoicePath:
    """Carries voice as long as there is a connection.

    Args:
        on_voice: told each bundle that comes; None leaves them, and datagrams are tried when one speaks.
        say: sends a control message.
        how_waits: tells whether the server has not been told yet how one speaks; until then no datagram of
            one's voice may overtake that.

    Attributes:
        way: which way voice takes now. counts: datagrams that counted for nothing.
    """

    def __init__(
        self,
        on_voice: Heard | None,
        *,
        say: Callable[[ClientMessage], None],
        how_waits: Callable[[], bool] = lambda: False,
    ) -> None:
        self._on_voice, self._say, self._how_waits = on_voice, say, how_waits
        self._waiting: deque[bytes] = deque(maxlen=WAITING_MAX)
        self._wake, self._wanted = asyncio.Event(), asyncio.Event()
        self._keys: asyncio.Queue[Media] = asyncio.Queue(maxsize=1)
        self._line: DatagramLine | None = None
        self._text = ""
        self.way: VoiceWay = "none"
        self.counts: Counter[Fault] = Counter()
        if on_voice is not None:
            self._wanted.set()

    @property
    def network(self) -> VoiceNetwork:
        """How voice passes now."""
        if self._line is None:
            return VoiceNetwork(self.way, text=self._text)
        way = self._line.way
        return VoiceNetwork(
            self.way, way.round_trip_secs, way.loss_up, way.loss_down, falls=way.falls, text=self._text
        )

    def send(self, packet: bytes) -> None:
        """Send a packet of one's own voice at once.

        Raises:
            ProtocolError: no server would take it.
        """
        check_packet(packet)
        self._wanted.set()
        if self.way == "datagrams" and self._line is not None and not self._how_waits():
            self._line.send(Kind.VOICE_UP, packet)
            if not self._line.doubtful:
                return
        if self.way != "none":
            self._waiting.append(packet)
            self._wake.set()

    def take(self, bundle: bytes) -> None:
        """Take a bundle that came in a frame.

        Raises:
            ProtocolError: it is none.
        """
        if self._on_voice is not None:
            unpack_bundle(bundle)
            self._on_voice(bundle, time.monotonic_ns())

    def hear(self, media: Media) -> None:
        """Take the answer to the question for keys; one is expected."""
        if not self._keys.full():
            self._keys.put_nowait(media)

    # ---- as long as a connection lasts ----------------------------------------------------------------

    async def speak(self, send_section: Callable[[bytes], Awaitable[None]]) -> None:
        """Send what goes through the WebSocket until cancelled; ``send_section`` sends it in a frame."""
        self._waiting.clear()
        self.way = "websocket"
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._waiting:
                    await send_section(pack_section(Section.VOICE, self._waiting.popleft()))
        finally:
            self.way = "none"

    async def probe(self, host: str) -> None:
        """Try datagrams to this host, and use them while they pass, until cancelled.

        Raises:
            ProtocolError: the server's keys are none.
        """
        await self._wanted.wait()
        while not self._keys.empty():
            self._keys.get_nowait()
        self._say(AskMedia())
        media = await self._keys.get()
        self._text = media.text
        if not media.port:
            log.info("voice goes through the WebSocket: %s", media.text)
            await asyncio.Event().wait()
        line = self._line = DatagramLine(media, take=self._take_datagram, on_change=self._change)
        try:
            while True:
                await line.probe(host, media.port)
        finally:
            self._line = None

    def _change(self, *, datagrams: bool) -> None:
        self.way = "datagrams" if datagrams else "websocket"
        self._say(MediaVia(datagrams))
        log.info("voice goes through %s", self.way)

    def _take_datagram(self, opened: Opened | Fault) -> None:
        if isinstance(opened, Fault):
            self.counts[opened] += 1
            return
        try:
            self.take(opened.payload)
        except ProtocolError:
            self.counts[Fault.CONTENT] += 1
