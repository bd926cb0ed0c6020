"""The way that voice takes between one client and its server, in the network thread.

A packet of one's own goes at once into a frame of its own; a bundle that comes goes to ``on_voice``, past the
queue of events. Who is not connected loses what is said: late voice is of no use to anybody.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Literal

from walkdown.codec import Section, pack_section
from walkdown.voice import check_packet, unpack_bundle

VoiceWay = Literal["none", "websocket", "datagrams"]
"""None while there is no connection."""

WAITING_MAX = 10
"""Packets of one's own that wait for a line that does not move: 0.2 s; of more the oldest are lost."""

Heard = Callable[[bytes, int], None]
"""Told a bundle, and when it came on the local monotonic clock."""


class VoicePath:
    """Carries voice as long as there is a connection.

    Args:
        on_voice: told each bundle that comes; None leaves them.

    Attributes:
        way: which way voice takes now.
    """

    def __init__(self, on_voice: Heard | None = None) -> None:
        self._on_voice = on_voice
        self._waiting: deque[bytes] = deque(maxlen=WAITING_MAX)
        self._wake = asyncio.Event()
        self.way: VoiceWay = "none"

    def send(self, packet: bytes) -> None:
        """Send a packet of one's own voice at once.

        Raises:
            ProtocolError: no server would take it.
        """
        check_packet(packet)
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

    async def run(self, send_section: Callable[[bytes], Awaitable[None]]) -> None:
        """Carry voice over one connection until cancelled; ``send_section`` sends it in a frame."""
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
