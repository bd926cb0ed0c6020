"""One client's talk with a server, across as many connections as it takes.

Connects, says hello, fetches what the welcome names, then reads, writes, measures and sends poses until the
connection breaks; then it waits a little longer each time and resumes as the same person from the last
event it has. Everything here runs in one asyncio loop; what happened goes to ``emit``.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import ssl
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidMessage,
    InvalidStatus,
    InvalidURI,
)
from websockets.typing import Subprotocol

from walkdown.codec import FRAME_SIZE_MAX, HANDS, Section, is_frame, pack_client_frame, pack_section
from walkdown.door import CHALLENGE_HEADER, is_challenge
from walkdown.errors import Missing, PackageError, ProtocolError, Refused
from walkdown.i18n import _
from walkdown.messages import (
    SUBPROTOCOL,
    Blob,
    Bye,
    ClientMessage,
    Hello,
    HistoryPart,
    Invitation,
    Media,
    Message,
    Models,
    PackageRef,
    Ping,
    Pong,
    Record,
    Refusal,
    Reply,
    Snapshot,
    Welcome,
    encode,
)
from walkdown.signals import Layout
from walkdown.twin import Catalogue, ModelThings
from walkdown_client.address import Address
from walkdown_client.asking import Asking
from walkdown_client.body import SEND_SECS, PoseStream
from walkdown_client.events import Event, Joined, LinkChanged, ModelsListed, RoundTrip
from walkdown_client.identity import Identity
from walkdown_client.inbound import (
    decode_catalogue,
    decode_frame,
    decode_message,
    decode_model_things,
    decode_snapshot,
    event_of,
    voice_in,
)
from walkdown_client.outgoing import Outgoing
from walkdown_client.pinning import certificate_of, fingerprint_of, socket_options
from walkdown_client.refusals import FINAL_CODES, sentence
from walkdown_client.twin_index import TwinIndex
from walkdown_client.voice_path import Heard as VoiceHeard
from walkdown_client.voice_path import VoicePath

log = logging.getLogger(__name__)

ECHO_TICKS = 4
"""A tick is named at the latest so many ticks after it came, with a pose or without."""

NOT_FOUND, UNAVAILABLE = 404, 503
PASSING = (421, 429)
"""Statuses of an answer after which another try may be welcome: led astray, or too often."""


RATE_SECS = 15.0
"""A server that was asked too often is left alone for so long."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a conversation waits for what, in seconds."""

    open: float = 5.0
    ping: float = 2.0
    dead: float = 6.0
    first_pause: float = 0.2
    longest_pause: float = 10.0
    longest_bye: float = 60.0
    close: float = 1.0


class Conversation:
    """Talks to one server until it is closed or refused.

    Args:
        address: of the server.
        hello: who we are.
        emit: told each event, in order.
        fetch: returns the checked bytes of a blob.
        patience: how long to wait for what.
        identity: the key that shows others who we are, or None.
        on_voice: told each bundle of voice that comes, and when; past ``emit``.

    Attributes:
        poses: takes one's own poses. voice: carries voice.
        last_record: number of the newest record that is known.
        outgoing: what still has to be said. asking: asks for the past.
    """

    def __init__(  # noqa: PLR0913 -- what happens has two ways out, and no argument has a fellow
        self,
        address: Address,
        hello: Hello,
        *,
        emit: Callable[[Event], None],
        fetch: Callable[[Blob], Awaitable[bytes]],
        patience: Patience | None = None,
        identity: Identity | None = None,
        on_voice: VoiceHeard | None = None,
    ) -> None:
        self._address, self._identity = address, identity
        self._hello = msgspec.structs.replace(hello, invite=address.invite) if address.invite else hello
        self._emit, self._fetch = emit, fetch
        self._patience = patience or Patience()
        self.poses, self.outgoing = PoseStream(), Outgoing()
        self.voice = VoicePath(on_voice, say=self.send, how_waits=lambda: self.outgoing.how_waits)
        self.asking = Asking(send=self.send, fetch=fetch)
        self._wake, self._closing = asyncio.Event(), asyncio.Event()
        self._line: ClientConnection | None = None
        self._socket: ClientConnection | None = None  # the same, once we are welcome and may speak
        self._catalogue: tuple[Blob, Catalogue] | None = None
        self._layout = Layout(())
        self._things: dict[str, ModelThings] = {}
        self._twin: tuple[Catalogue, dict[str, ModelThings], TwinIndex] | None = None
        self._models_to_list: tuple[PackageRef, ...] | None = None
        self._listing: asyncio.Task[None] | None = None
        self._joined = False
        self.last_record = self._last_tick = self._named_tick = 0
        self._heard_at = 0.0
        self._tries = 0
        self._back_in_secs: float | None = None

    # ---- for the owner, in the loop's thread --------------------------------------------------------

    async def run(self) -> None:
        """Talk until :meth:`close` is called or the server refuses for good."""
        life = asyncio.create_task(self._live())
        closing = asyncio.create_task(self._closing.wait())
        try:
            await asyncio.wait((life, closing), return_when=asyncio.FIRST_COMPLETED)
            if self._closing.is_set():
                await self._take_leave()
        finally:
            closing.cancel()
            life.cancel()
            end, _closed = await asyncio.gather(life, closing, return_exceptions=True)
        if isinstance(end, Refused):
            self._emit(LinkChanged("refused", str(end)))
        elif isinstance(end, Exception):
            raise end
        else:
            self._emit(LinkChanged("closed"))

    def close(self) -> None:
        """Say what still waits to be said, then leave."""
        self._closing.set()

    def send(self, message: ClientMessage) -> None:
        """Send a message; an operation as often as it takes, a selection or subscription the newest."""
        self.outgoing.put(message, connected=self._socket is not None)
        self._wake.set()

    def send_voice(self, packet: bytes) -> None:
        """Send a packet of one's own voice at once, or never.

        Raises:
            ProtocolError: no server would take it.
        """
        self.voice.send(packet)

    # ---- one life, many connections -----------------------------------------------------------------

    async def _live(self) -> None:
        """Connect again and again.

        Raises:
            Refused: another try would not change it.
        """
        while True:
            text = await self._one_connection()
            if self._closing.is_set():
                return
            self._emit(LinkChanged("reconnecting" if self._joined else "connecting", text))
            await asyncio.sleep(self._pause_secs())

    async def _one_connection(self) -> str:
        """Talk as long as one connection lasts and return why it ended, as a sentence for people."""
        patience, where = self._patience, self._address.name
        try:
            async with connect(
                self._address.socket_url,
                subprotocols=[Subprotocol(SUBPROTOCOL)],
                compression=None,
                max_size=FRAME_SIZE_MAX,
                open_timeout=patience.open,
                close_timeout=patience.close,
                ping_interval=None,
                proxy=None,
                **socket_options(self._address),
            ) as socket:
                self._line = socket
                await self._meet(socket)
                await self._talk(socket)
        except InvalidStatus as error:
            return _sentence_of_status(error, where)
        except (InvalidHandshake, InvalidURI) as error:
            if isinstance(error, InvalidMessage) and isinstance(error.__cause__, EOFError):
                return _broke_off(where) if self._address.secure else _perhaps_encrypted(where)
            raise Refused(
                "version", _("what answers at {where} is not a Walkdown server ({error})").format(
                    where=where, error=error
                )
            ) from error  # fmt: skip
        except ConnectionClosed as error:
            return _sentence_of_close(error, where)
        except (ProtocolError, PackageError) as error:
            log.warning("%s sent what cannot be used: %s", where, error)
            return str(error)
        except ssl.SSLError as error:
            return _sentence_of_tls(error, where)
        except (OSError, Missing) as error:
            log.debug("no connection to %s: %r", where, error)
            return _broke_off(where)
        finally:
            self._line = self._socket = None
        return _("the connection to {where} has ended; coming back").format(where=where)

    def _pause_secs(self) -> float:
        """Return how long to wait before the next try: longer each time, and never all clients at once."""
        if self._back_in_secs is not None:
            pause, self._back_in_secs = min(self._back_in_secs, self._patience.longest_bye), None
            return pause + random.uniform(0, 0.2)  # noqa: S311
        longest = min(self._patience.first_pause * 2**self._tries, self._patience.longest_pause)
        self._tries = min(self._tries + 1, 16)
        return random.uniform(longest / 2, longest)  # noqa: S311

    # ---- one connection -----------------------------------------------------------------------------

    async def _meet(self, socket: ClientConnection) -> None:
        if socket.subprotocol != SUBPROTOCOL:
            raise Refused(
                "version",
                _("{where} does not speak {version}").format(where=self._address.name, version=SUBPROTOCOL),
            )
        await socket.send(encode(self._introduction(socket)))
        async with asyncio.timeout(self._patience.open):
            answer = decode_message(_binary(await socket.recv()))
        arrived_ns = time.monotonic_ns()
        if isinstance(answer, Refusal):
            self._refused(answer)
        if not isinstance(answer, Welcome):
            raise ProtocolError(f"expected a welcome, got {type(answer).__name__}")
        await self._take_welcome(answer, arrived_ns)
        self._start_writing(socket)

    def _introduction(self, socket: ClientConnection) -> Hello:
        """Return the hello of this connection: with the newest record, and the proof of one's key for it."""
        hello = msgspec.structs.replace(self._hello, last=self.last_record)
        challenge = ", ".join(socket.response.headers.get_all(CHALLENGE_HEADER)) if socket.response else ""
        if self._identity is None or not is_challenge(challenge):
            return hello
        certificate = certificate_of(socket)
        proof = self._identity.proof(challenge, fingerprint_of(certificate) if certificate else b"")
        return msgspec.structs.replace(hello, key=self._identity.key, proof=proof)

    async def _take_welcome(self, welcome: Welcome, arrived_ns: int) -> None:
        if self._catalogue is None or self._catalogue[0] != welcome.catalogue:
            catalogue = decode_catalogue(await self._fetch(welcome.catalogue))
            self._catalogue = welcome.catalogue, catalogue
            self._layout = Layout(catalogue.signals)
        snapshot: Snapshot | None = None
        if welcome.snapshot is not None:
            snapshot = decode_snapshot(await self._fetch(welcome.snapshot))
            self.last_record = snapshot.number
        self._hello = msgspec.structs.replace(self._hello, resume=welcome.secret)
        if not self._joined and welcome.resumed:
            self.outgoing.go_on_after(welcome.last_op)
        self._joined, self._tries = True, 0
        things = await self._things_of(welcome.packages)
        twin = await self._index(things)
        self._emit(Joined(welcome, self._catalogue[1], snapshot, arrived_ns, things, twin))
        self._emit(LinkChanged("live"))

    async def _things_of(self, packages: tuple[PackageRef, ...]) -> dict[str, ModelThings]:
        """Return by model id what the models bring to the twin; what cannot be had is left out."""
        known, self._things = self._things, {}
        for blob in (ref.things for ref in packages if ref.things is not None):
            try:
                kept = known.get(blob.sha256)
                if kept is None:
                    kept = await asyncio.to_thread(decode_model_things, await self._fetch(blob))
                self._things[blob.sha256] = kept
            except (PackageError, ProtocolError, Missing) as error:
                log.warning("the things of a model are not shown: %s", error)
        found = {ref.model: ref.things.sha256 for ref in packages if ref.things is not None}
        return {model: self._things[name] for model, name in found.items() if name in self._things}

    async def _index(self, things: dict[str, ModelThings]) -> TwinIndex:
        """Return lookups into the catalogue and the things of models; made anew when one has changed."""
        catalogue = self._catalogue[1] if self._catalogue else Catalogue(0)
        if self._twin is None or self._twin[:2] != (catalogue, things):
            self._twin = catalogue, things, await asyncio.to_thread(TwinIndex, catalogue, things)
        return self._twin[2]

    def _list_models(self, models: Models) -> None:
        """Tell of the models as soon as their things are known; of several lists the newest counts."""
        self._models_to_list = models.packages
        if self._listing is None or self._listing.done():
            self._listing = asyncio.create_task(self._tell_models())

    async def _tell_models(self) -> None:
        while (packages := self._models_to_list) is not None:
            things = await self._things_of(packages)
            twin = await self._index(things)
            if packages is self._models_to_list:
                self._models_to_list = None
                self._emit(ModelsListed(packages, things, twin))

    async def _stop_listing(self) -> None:
        self._models_to_list = None
        if self._listing is not None:
            self._listing.cancel()
            await asyncio.gather(self._listing, return_exceptions=True)
            self._listing = None

    def _start_writing(self, socket: ClientConnection) -> None:
        self.outgoing.start_again()
        self.poses.restart()
        self._last_tick = self._named_tick = 0
        self._socket = socket
        self._wake.set()

    async def _talk(self, socket: ClientConnection) -> None:
        self._heard_at = time.monotonic()
        parts = (self._read, self._write, self._measure, self._send_poses, self._speak, self._probe)
        tasks = [asyncio.create_task(part(socket)) for part in parts]
        try:
            done, _pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.asking.lose()
            await self._stop_listing()
        for task in done:
            task.result()

    async def _read(self, socket: ClientConnection) -> None:
        async for received in socket:
            data = _binary(received)
            self._heard_at = time.monotonic()
            for event in self._events_in(data):
                self._emit(event)

    def _events_in(self, data: bytes) -> Iterator[Event]:
        if not is_frame(data):
            message = decode_message(data)
            yield from self._events_of(message) if message is not None else ()
            return
        bundles, only_voice = voice_in(data)
        for bundle in bundles:
            self.voice.take(bundle)
        if only_voice:
            return
        epoch = self._catalogue[1].epoch if self._catalogue else 0
        tick, said = decode_frame(data, self._layout, epoch)
        for message in said:
            yield from self._events_of(message)
        self._last_tick = tick.tick
        yield tick

    def _events_of(self, message: Message) -> Iterator[Event]:
        if isinstance(message, Record) and not self._is_next(message):
            return
        if isinstance(message, Reply | Invitation):
            message = msgspec.structs.replace(message, op=self.outgoing.own(message.op))
        self._mind(message)
        if isinstance(message, Pong):
            yield RoundTrip(message.sent_ns, message.time_ns, time.monotonic_ns())
        event = event_of(message)
        if event is not None:
            yield event

    def _mind(self, message: Message) -> None:
        """Do what a message means for the conversation itself."""
        if isinstance(message, Refusal):
            self._refused(message)
        elif isinstance(message, Bye):
            self._back_in_secs = message.after_secs
        elif isinstance(message, Models):
            self._list_models(message)
        elif isinstance(message, Reply):
            self.outgoing.answer(message.op)
        elif isinstance(message, HistoryPart):
            self.asking.hear(message)
        elif isinstance(message, Media):
            self.voice.hear(message)

    def _is_next(self, record: Record) -> bool:
        """Tell whether a record is new; one that follows a gap ends the connection, to resume before it."""
        if record.number > self.last_record + 1:
            raise ProtocolError(f"expected record {self.last_record + 1}, got {record.number}")
        fresh = record.number == self.last_record + 1
        self.last_record = max(self.last_record, record.number)
        return fresh

    def _refused(self, refusal: Refusal) -> None:
        if refusal.code in FINAL_CODES:
            raise Refused(refusal.code, sentence(refusal))
        if refusal.code == "rate":
            self._back_in_secs = RATE_SECS
        raise ProtocolError(sentence(refusal))

    async def _write(self, socket: ClientConnection) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._say_waiting(socket)

    async def _say_waiting(self, socket: ClientConnection) -> None:
        while not self.outgoing.empty:
            message = self.outgoing.take(time.monotonic())
            if isinstance(message, float):
                await asyncio.sleep(message)
            else:
                await socket.send(encode(message))

    async def _take_leave(self) -> None:
        """Say what waits and close normally, so that nobody is told that we may come back."""
        if self._line is not None:
            with contextlib.suppress(ConnectionClosed, TimeoutError):
                async with asyncio.timeout(self._patience.close):
                    if self._socket is not None:
                        await self._say_waiting(self._socket)
                    await self._line.close()

    async def _measure(self, socket: ClientConnection) -> None:
        """Ask for the time every two seconds, and end a connection from which nothing has come for six."""
        while True:
            await socket.send(encode(Ping(time.monotonic_ns())))
            await asyncio.sleep(self._patience.ping)
            if time.monotonic() - self._heard_at > self._patience.dead:
                raise TimeoutError

    async def _send_poses(self, socket: ClientConnection) -> None:
        """Send poses, each with the last tick that has come; without a pose, name it within four ticks."""
        waited = 0
        while True:
            record = self.poses.take(time.monotonic_ns())
            waited = waited + 1 if self._last_tick != self._named_tick else 0
            if record is not None or waited >= ECHO_TICKS:
                await socket.send(pack_client_frame(self._last_tick, _pose_sections(record)))
                self._named_tick, waited = self._last_tick, 0
            await asyncio.sleep(SEND_SECS)

    async def _speak(self, socket: ClientConnection) -> None:
        async def send(section: bytes) -> None:
            for how in self.outgoing.take_how():  # a whisper that is taken for speech would be heard by all
                await socket.send(encode(how))
            self._named_tick = self._last_tick
            await socket.send(pack_client_frame(self._last_tick, [section]))

        await self.voice.speak(send)

    async def _probe(self, socket: ClientConnection) -> None:
        await self.voice.probe(socket.remote_address[0])


def _pose_sections(record: bytes | None) -> list[bytes]:
    if record is None:
        return []
    return [pack_section(Section.HANDS if len(record) == HANDS.itemsize else Section.POSES, record)]


def _binary(message: str | bytes) -> bytes:
    if isinstance(message, str):
        raise ProtocolError("expected a binary WebSocket message, got a text message")
    return message


def _perhaps_encrypted(where: str) -> str:
    """Return what to say when a plain handshake is hung up on, as by a server that only speaks TLS."""
    return _(
        "{where} hangs up: it is starting, or it is encrypted and lets people in by links that begin with "
        "walkdown://; trying again"
    ).format(where=where)


def _broke_off(where: str) -> str:
    """Return what to say when a server went away while it was being greeted."""
    return _("{where} does not answer; trying again").format(where=where)


def _sentence_of_status(error: InvalidStatus, where: str) -> str:
    """Return what to say about an HTTP answer; raise where another try would not change it."""
    status = error.response.status_code
    said = (error.response.body or b"")[:500].decode("utf-8", "replace").strip()
    if status == NOT_FOUND and said:
        raise Refused("session", said)
    if 400 <= status < 500 and status not in PASSING:
        said = said or _("{where} answered HTTP {status}").format(where=where, status=status)
        raise Refused(
            "version", _("{said} (this client speaks {version})").format(said=said, version=SUBPROTOCOL)
        )
    if said and status == UNAVAILABLE:
        return said
    return _("{where} is not ready (HTTP {status}); trying again").format(where=where, status=status)


def _sentence_of_tls(error: ssl.SSLError, where: str) -> str:
    """Return what to say when TLS does not come about; raise where another try would not change it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        raise Refused(
            "certificate",
            _(
                "nobody vouches for the certificate of {where} ({reason}): nothing was sent; ask for a link "
                "that begins with walkdown://"
            ).format(where=where, reason=error.verify_message),
        ) from error
    log.debug("no TLS with %s: %r", where, error)
    return _("{where} answers without TLS 1.3, so nothing was sent; trying again").format(where=where)


def _sentence_of_close(error: ConnectionClosed, where: str) -> str:
    reason = error.rcvd.reason if error.rcvd else ""
    if reason:
        return reason
    return _("the connection to {where} was lost; coming back").format(where=where)
