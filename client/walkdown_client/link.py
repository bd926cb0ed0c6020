"""The network thread: owns loop and socket; the frame drains what came and leaves what goes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Sequence

import msgspec
import numpy.typing as npt

from walkdown.errors import WalkdownError
from walkdown.i18n import _
from walkdown.messages import Blob, ClientMessage, Hello, Operation
from walkdown.voice import check_packet
from walkdown_client.address import Address
from walkdown_client.blob_cache import BlobCache
from walkdown_client.blobs import BlobClient
from walkdown_client.body import body_at
from walkdown_client.conversation import Conversation, Patience
from walkdown_client.events import Event, LinkChanged
from walkdown_client.identity import Identity
from walkdown_client.outgoing import PENDING_MAX, too_many
from walkdown_client.voice_path import Heard as VoiceHeard
from walkdown_client.voice_path import VoiceNetwork, VoiceWay

log = logging.getLogger(__name__)

CLOSE_SECS = 5.0


class Link:
    """A conversation in a thread of its own.

    The queue of events is drained once a frame. While nobody drains, it holds what a server sends; the app
    closes the link when its window closes.

    Args:
        address: of the server.
        hello: who we are.
        cache: where blobs are kept on disk, or None.
        patience: how long to wait for what.
        identity: the key that shows others who we are, or None.
        on_voice: told in the network thread each bundle of voice that comes, and when (monotonic, ns).
    """

    def __init__(
        self,
        address: Address,
        hello: Hello,
        *,
        cache: BlobCache | None = None,
        patience: Patience | None = None,
        identity: Identity | None = None,
        on_voice: VoiceHeard | None = None,
    ) -> None:
        self.address = address
        self._events: deque[Event] = deque()
        self._last_op = 0
        self._cancel = threading.Event()
        self._blobs = BlobClient(address, cache=cache, cancel=self._cancel)
        self._loop = asyncio.new_event_loop()
        self._conversation = Conversation(
            address,
            hello,
            emit=self._events.append,
            fetch=self._fetch,
            patience=patience,
            identity=identity,
            on_voice=on_voice,
        )
        self._thread = threading.Thread(target=self._run, name="walkdown-link", daemon=True)
        self._thread.start()

    @property
    def pending(self) -> int:
        """How many operations have no answer yet."""
        return self._last_op - self._conversation.outgoing.answered

    @property
    def voice_way(self) -> VoiceWay:
        """Which way voice takes now."""
        return self._conversation.voice.way

    @property
    def voice_network(self) -> VoiceNetwork:
        """How voice passes now, for who wants to know why it does not."""
        return self._conversation.voice.network

    def drain(self) -> list[Event]:
        """Return the events that came since the last call, in order."""
        return [self._events.popleft() for _index in range(len(self._events))]

    def send(self, message: ClientMessage) -> int:
        """Send a message; an operation gets its number here, which is returned (0 for other messages).

        Raises:
            Refused: 1,000 operations have no answer yet.
        """
        number = 0
        if isinstance(message, Operation):
            if self.pending >= PENDING_MAX:
                raise too_many()
            number = self._last_op = self._last_op + 1
            message = msgspec.structs.replace(message, op=number)
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is there to tell
            self._loop.call_soon_threadsafe(self._conversation.send, message)
        return number

    def ask_past(self, signals: Sequence[int], *, from_ns: int, to_ns: int) -> None:
        """Ask what signals were; the answer is an event, and there is none when the server has none."""
        with contextlib.suppress(RuntimeError):
            asyncio.run_coroutine_threadsafe(self._ask_past(signals, from_ns, to_ns), self._loop)

    def send_pose(self, position: npt.ArrayLike, quaternion: npt.ArrayLike, *, flags: int = 0) -> None:
        """Say where one's own head is; of what is said between two sendings the newest counts."""
        self._conversation.poses.offer(body_at(position, quaternion), time.monotonic_ns(), flags=flags)

    def send_voice(self, packet: bytes) -> None:
        """Send a packet of one's own voice at once; while there is no connection it is lost.

        Raises:
            ProtocolError: no server would take it.
        """
        check_packet(packet)
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._conversation.send_voice, packet)

    def close(self) -> None:
        """Say what still waits to be said, leave, and end the thread."""
        self._cancel.set()
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._conversation.close)
        self._thread.join(CLOSE_SECS)

    async def _ask_past(self, signals: Sequence[int], from_ns: int, to_ns: int) -> None:
        try:
            asking = self._conversation.asking
            self._events.append(await asking.ask(signals, from_ns=from_ns, to_ns=to_ns))
        except WalkdownError as error:
            log.info("the past is not known: %s", error)

    async def _fetch(self, blob: Blob) -> bytes:
        return await asyncio.to_thread(self._blobs.fetch, blob)

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._conversation.run())
        except Exception:
            log.exception("the network part of the client has failed")
            text = _("the network part of the client has failed; start it again with --debug to see why")
            self._events.append(LinkChanged("closed", text))
        finally:
            self._blobs.close()
