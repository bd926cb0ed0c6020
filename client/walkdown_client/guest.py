"""A headless participant: a person or a program in the session, without graphics.

::

    async with Guest.join("ws://127.0.0.1:8765", name="Ada") as guest:
        await guest.walk([(12, 2.9), (84, 2.9)])
        if guest.value("L1.FIL.speed") < 100:
            await guest.put_note("The filler is slow", thing="L1.FIL")

What a guest reads is what it has been told so far; what it writes is awaited until the server has it on disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import threading
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from types import MappingProxyType

import msgspec
import numpy as np
import numpy.typing as npt

from walkdown.errors import Missing, Refused
from walkdown.frames import quaternion_from_heading_pitch
from walkdown.i18n import _
from walkdown.messages import (
    SUBPROTOCOL,
    Blob,
    Hello,
    Note,
    PersonKind,
    PutNote,
    Redo,
    RemoveNote,
    Reply,
    Select,
    Trigger,
    Undo,
)
from walkdown.twin import QUALITIES, Signal, Thing
from walkdown_client.address import Address, parse_address
from walkdown_client.blob_cache import BlobCache
from walkdown_client.blobs import BlobClient
from walkdown_client.body import body_at
from walkdown_client.conversation import Conversation, Patience
from walkdown_client.events import Event, Heard, LinkChanged
from walkdown_client.places import thing_places
from walkdown_client.world import PersonView, World

EYE_HEIGHT = 1.70
"""Metres above the floor of a person who stands."""

WALKING_SPEED = 1.3
"""Metres a second."""

STEP_SECS = 0.05
JOIN_SECS = 15.0
REPLY_SECS = 30.0

F64 = npt.NDArray[np.float64]
Place = Sequence[float]
"""(x, y) on the floor or (x, y, z) of the eyes, metres, site frame."""


class Guest:
    """Made by :meth:`join`; see the module for an example.

    Attributes:
        world: everything the guest knows, as the 3D client knows it.
    """

    def __init__(
        self, address: Address, hello: Hello, *, cache: BlobCache | None, patience: Patience
    ) -> None:
        self.world = World()
        self._leaving = threading.Event()
        self._blobs = BlobClient(address, cache=cache, cancel=self._leaving)
        self._conversation = Conversation(
            address, hello, emit=self._take, fetch=self._fetch, patience=patience
        )
        self._talking: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._replies: dict[int, asyncio.Future[Reply]] = {}
        self._next_op = 1
        self._places: dict[str, F64] = {}
        self._position: F64 = np.array([0.0, 0.0, EYE_HEIGHT])

    @classmethod
    @contextlib.asynccontextmanager
    async def join(
        cls,
        url: str,
        *,
        name: str,
        kind: PersonKind = "bot",
        cache: BlobCache | None = None,
        patience: Patience | None = None,
        within_secs: float = JOIN_SECS,
    ) -> AsyncIterator[Guest]:
        """Join the session at ``ws://host:port/session`` and leave it at the end of the block.

        Raises:
            BadInput: the address is none.
            Missing: nobody answers there.
            Refused: the server said no.
        """
        address = parse_address(url)
        hello = Hello(SUBPROTOCOL, name, session=address.session, kind=kind, client="walkdown guest")
        guest = cls(address, hello, cache=cache, patience=patience or Patience())
        try:
            await guest._enter(address, within_secs)
            yield guest
        finally:
            await guest._leave()

    # ---- what it knows ------------------------------------------------------------------------------

    @property
    def id(self) -> int:
        """The guest's number in the session."""
        return self.world.me

    @property
    def connected(self) -> bool:
        """Whether the server can be heard now; if not, the guest is on its way back."""
        return self.world.link_state == "live"

    @property
    def people(self) -> Mapping[int, PersonView]:
        """Everybody in the session by number, the guest included."""
        return MappingProxyType(self.world.people)

    @property
    def things(self) -> Mapping[str, Thing]:
        """All things of the twin by id."""
        return {thing.id: thing for thing in self.world.catalogue.things}

    @property
    def signals(self) -> Mapping[str, Signal]:
        """All signals of the twin by id."""
        return {signal.id: signal for signal in self.world.catalogue.signals}

    @property
    def notes(self) -> Mapping[str, Note]:
        """All notes by id."""
        return MappingProxyType(self.world.notes)

    @property
    def position(self) -> F64:
        """(3,) metres, site frame: the guest's own eyes."""
        return self._position.copy()

    def value(self, signal_id: str) -> float | int | str:
        """Return a signal's newest value; KeyError when there is none of that id."""
        return self.world.value(signal_id)

    def quality(self, signal_id: str) -> str:
        """Return ``good``, ``stale``, ``bad`` or ``simulated``."""
        return QUALITIES[self.world.quality(signal_id)]

    def state(self, thing_id: str) -> str:
        """Return a thing's state in one word: ``good``, ``attention``, ``alarm`` and so on."""
        return self.world.state(thing_id)

    def position_of(self, person: int) -> F64 | None:
        """Return (3,) metres where somebody else's eyes are now, None when nobody has seen that person."""
        self.world.advance(self.world.clock.session_ns(time.monotonic_ns()))
        rows = np.flatnonzero(self.world.people_ids == person)
        return np.asarray(self.world.people_positions[rows[0]]) if len(rows) else None

    async def load_places(self) -> Mapping[str, F64]:
        """Return where each thing stands that the models show: id to (3,) metres, the middle of its box.

        Raises:
            PackageError: a model is damaged.
        """
        if not self._places:
            self._places = await asyncio.to_thread(
                thing_places, self.world.catalogue, self.world.packages, self._blobs
            )
        return MappingProxyType(self._places)

    # ---- waiting ------------------------------------------------------------------------------------

    async def wait_for(self, condition: Callable[[], bool], *, timeout_secs: float = 30.0) -> None:
        """Return as soon as ``condition()`` holds; it is asked again after everything the server says.

        Raises:
            TimeoutError: it did not hold in time.
        """
        async with asyncio.timeout(timeout_secs):
            while not condition():
                await self._next_change()

    async def changes(self) -> AsyncIterator[World]:
        """Yield the world after everything the server says; what came meanwhile is one change."""
        while self.world.link_state not in ("closed", "refused"):
            await self._next_change()
            yield self.world

    # ---- doing --------------------------------------------------------------------------------------

    def move_to(self, place: Place, *, heading_rad: float = 0.0, pitch_rad: float = 0.0) -> None:
        """Stand somewhere at once, looking north turned by ``heading_rad`` counter-clockwise."""
        self._position = _eyes_at(place)
        quaternion = quaternion_from_heading_pitch(heading_rad, pitch_rad)
        self._conversation.poses.offer(body_at(self._position, quaternion), time.monotonic_ns())

    def look_at(self, point: Place) -> None:
        """Turn the head towards (x, y, z), metres, site frame."""
        towards = np.asarray(point, np.float64) - self._position
        heading, pitch = math.atan2(-towards[0], towards[1]), math.atan2(towards[2], math.hypot(*towards[:2]))
        self.move_to(self._position.tolist(), heading_rad=heading, pitch_rad=pitch)

    async def walk(self, route: Sequence[Place], *, speed: float = WALKING_SPEED) -> None:
        """Walk from where the guest is through all places, ``speed`` metres a second."""
        for place in route:
            await self._walk_to(_eyes_at(place), speed)

    def select(self, thing_id: str) -> None:
        """Show others which thing the guest means, "" for none."""
        self._conversation.send(Select(thing_id))

    async def put_note(
        self, text: str, *, thing: str = "", point: Place | None = None, note: str | None = None
    ) -> str:
        """Place a note, or change one's own; returns its id.

        Args:
            text: what it says.
            thing: id of the thing it is pinned to.
            point: where, site frame; without one, where the thing stands if :meth:`load_places` has been
                called, else where the guest stands.
            note: id of the note to change; without one a new note is made.

        Raises:
            Refused: the server said no. Missing: it has not answered.
        """
        identity = note or str(uuid.uuid4())
        place = self._places.get(thing, self._position) if point is None else _eyes_at(point)
        x, y, z = place.tolist()
        await self._operate(PutNote(0, identity, text, (x, y, z), thing))
        return identity

    async def remove_note(self, note: str) -> None:
        """Remove one's own note."""
        await self._operate(RemoveNote(0, note))

    async def undo(self) -> None:
        """Take back one's own last change that still stands."""
        await self._operate(Undo(0))

    async def redo(self) -> None:
        """Repeat one's own last undone change."""
        await self._operate(Redo(0))

    async def trigger(self, disturbance: str, *, active: bool = True) -> None:
        """Start or end a scripted disturbance."""
        await self._operate(Trigger(0, disturbance, active))

    # ---- inside -------------------------------------------------------------------------------------

    async def _enter(self, address: Address, within_secs: float) -> None:
        self._talking = asyncio.create_task(self._conversation.run())
        try:
            await self.wait_for(self._settled, timeout_secs=within_secs)
        except TimeoutError:
            raise Missing(
                _("nobody answers at {where}; start a server with: walkdown serve").format(where=address.name)
            ) from None
        if self.world.link_state == "refused":
            raise Refused("refused", self.world.link_text)

    def _settled(self) -> bool:
        """Tell whether we are in and have heard who we are, or will never be."""
        return self.world.link_state == "refused" or self.world.me in self.world.people

    async def _leave(self) -> None:
        self._conversation.close()
        self._leaving.set()
        if self._talking is not None:
            await self._talking
        await asyncio.to_thread(self._blobs.close)

    async def _fetch(self, blob: Blob) -> bytes:
        return await asyncio.to_thread(self._blobs.fetch, blob)

    def _take(self, event: Event) -> None:
        self.world.apply(event)
        if isinstance(event, Heard) and isinstance(event.message, Reply):
            future = self._replies.pop(event.message.op, None)
            if future is not None and not future.done():
                future.set_result(event.message)
        elif isinstance(event, LinkChanged) and event.state in ("closed", "refused"):
            for future in self._replies.values():
                future.cancel()
        self._changed.set()

    async def _next_change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    async def _operate(self, operation: PutNote | RemoveNote | Undo | Redo | Trigger) -> None:
        number, self._next_op = self._next_op, self._next_op + 1
        future = self._replies[number] = asyncio.get_running_loop().create_future()
        self._conversation.send(msgspec.structs.replace(operation, op=number))
        try:
            async with asyncio.timeout(REPLY_SECS):
                reply = await future
                await self.wait_for(lambda: self._conversation.last_record >= reply.number)
        except TimeoutError:
            raise Missing(
                _("the server has not answered; the change is sent again when it is back")
            ) from None
        if not reply.number:
            raise Refused(reply.code, reply.text)

    async def _walk_to(self, goal: F64, speed: float) -> None:
        start, way = self._position.copy(), goal - self._position
        length = float(np.linalg.norm(way))
        heading = math.atan2(-way[0], way[1])
        began = time.monotonic()
        while (walked := (time.monotonic() - began) * speed) < length:
            self.move_to((start + way * (walked / length)).tolist(), heading_rad=heading)
            await asyncio.sleep(STEP_SECS)
        self.move_to(goal.tolist(), heading_rad=heading)


def _eyes_at(place: Place) -> F64:
    x, y, *rest = (float(number) for number in place)
    return np.array([x, y, rest[0] if rest else EYE_HEIGHT])
