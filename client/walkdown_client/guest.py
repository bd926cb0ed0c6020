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
from collections.abc import AsyncIterator, Callable, Hashable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from walkdown.errors import BadInput, Missing, Refused
from walkdown.frames import quaternion_from_heading_pitch
from walkdown.i18n import _
from walkdown.messages import (
    SUBPROTOCOL,
    AgendaItem,
    Area,
    Blob,
    Comment,
    Hello,
    Invitation,
    Mark,
    ModelState,
    ModelTask,
    Note,
    Operation,
    PersonKind,
    PutNote,
    Redo,
    RemoveNote,
    Reply,
    Select,
    Subscribe,
    Topic,
    Trigger,
    Undo,
    Viewpoint,
)
from walkdown.twin import QUALITIES, Signal, Thing
from walkdown_client.address import Address, parse_address, whole
from walkdown_client.blob_cache import BlobCache
from walkdown_client.blobs import BlobClient
from walkdown_client.body import body_at
from walkdown_client.conversation import Conversation, Patience
from walkdown_client.events import Event, Heard, Joined, LinkChanged
from walkdown_client.finding import Live
from walkdown_client.guest_door import AtTheDoor
from walkdown_client.guest_files import GuestFiles
from walkdown_client.guest_links import WithLinks
from walkdown_client.guest_meeting import AtMeetings
from walkdown_client.guest_models import WithModels
from walkdown_client.guest_noise import WithNoise
from walkdown_client.guest_topics import WithTopics
from walkdown_client.guest_voice import WithVoice
from walkdown_client.identity import Identity
from walkdown_client.inventory import Inventory
from walkdown_client.lookup import read_inventory, things_found
from walkdown_client.outgoing import PENDING_MAX, too_many
from walkdown_client.past import PastValues
from walkdown_client.placements import point_in_model
from walkdown_client.places import thing_places
from walkdown_client.sendable import check_sendable
from walkdown_client.world import PersonView, World

EYE_HEIGHT = 1.70
"""Metres above the floor of a person who stands."""

WALKING_SPEED = 1.3
"""Metres a second."""

STEP_SECS = 0.05
JOIN_SECS = 15.0
REPLY_SECS = 30.0
CURRENT: Mapping[str, Any] = {
    "note": Note,
    "package": ModelState,
    "comment": Comment,
    "viewpoint": Viewpoint,
    "mark": Mark,
    "topic": Topic,
    "item": AgendaItem,
}
"""What stands where a change was refused, by a field that none of those further down has."""

F64 = npt.NDArray[np.float64]
Place = Sequence[float]
"""(x, y) on the floor or (x, y, z) of the eyes, metres, site frame."""


class Guest(AtTheDoor, WithModels, WithVoice, WithNoise, WithTopics, AtMeetings, GuestFiles, WithLinks):
    """Made by :meth:`join`; see the module for an example.

    Attributes:
        world: everything the guest knows, as the 3D client knows it.
    """

    def __init__(
        self,
        address: Address,
        hello: Hello,
        *,
        cache: BlobCache | None,
        patience: Patience,
        identity: Identity | None = None,
    ) -> None:
        super().__init__()
        self.world = World()
        self._address, self._cache = address, cache
        self._leaving = threading.Event()
        self._blobs = BlobClient(address, cache=cache, cancel=self._leaving)
        self._conversation = Conversation(
            address,
            hello,
            emit=self._take,
            fetch=self._fetch,
            patience=patience,
            identity=identity,
            on_voice=self._overhear,
        )
        self._talking: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._replies: dict[int, asyncio.Future[Reply]] = {}
        self._next_op = 1
        self._places: dict[str, F64] = {}
        self._inventory: tuple[Hashable, Inventory] | None = None
        self._places_of = -1
        self._position: F64 = np.array([0.0, 0.0, EYE_HEIGHT])
        self._quaternion: F64 = np.array([1.0, 0.0, 0.0, 0.0])
        self._subscribed: tuple[Subscribe, tuple[str, ...] | None] = Subscribe(), None

    @classmethod
    @contextlib.asynccontextmanager
    async def join(  # noqa: PLR0913  where, who and how: each has a default that suits
        cls,
        url: str | Address,
        *,
        name: str,
        kind: PersonKind = "bot",
        cache: BlobCache | None = None,
        patience: Patience | None = None,
        identity: Identity | None = None,
        within_secs: float = JOIN_SECS,
    ) -> AsyncIterator[Guest]:
        """Join the session at ``ws://host:port/session`` or of a link, and leave it at the end of the block.

        Args:
            url: or an address, as :func:`walkdown_client.pair.address_for_code` returns it for a short code.
            identity: the key that shows others who it is, see :func:`walkdown_client.identity.load_or_make`.

        Raises:
            BadInput: the address is none, or the link is cut.
            Missing: nobody answers there.
            Refused: the server said no.
        """
        address = whole(url if isinstance(url, Address) else parse_address(url))
        hello = Hello(SUBPROTOCOL, name, session=address.session, kind=kind, client="walkdown guest")
        guest = cls(address, hello, cache=cache, patience=patience or Patience(), identity=identity)
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
    def model_tasks(self) -> Mapping[str, ModelTask]:
        """By model id, what is or was being brought in since the guest joined."""
        return MappingProxyType(self.world.model_tasks)

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

    async def history(self, signal_id: str, *, seconds: float = 600.0, points: int = 500) -> PastValues:
        """Return what a signal was in the last seconds, as the server remembers it.

        Args:
            points: at most so many, the extremes among them.

        Raises:
            KeyError: there is no signal of that id. Refused: the server said no. Missing: it does not answer.
        """
        row, now_ns = self.world.twin.signal_row(signal_id), self.world.clock.session_ns(time.monotonic_ns())
        told = await self._conversation.asking.ask(
            (row,), from_ns=now_ns - round(seconds * 1e9), to_ns=now_ns, points=points
        )
        return told.signals[row]

    async def load_places(self) -> Mapping[str, F64]:
        """Return where each thing stands that the models show: id to (3,) metres, the middle of its box.

        Raises:
            PackageError: a model is damaged.
        """
        if self._places_of != self.world.packages_revision:
            self._places_of = self.world.packages_revision
            self._places = await asyncio.to_thread(
                thing_places, self.world.twin, self.world.packages, self._blobs
            )
        return MappingProxyType(self._places)

    async def find(self, query: str) -> list[Thing]:
        """Return what answers a query as the search of the 3D client takes it: ``type:pump pressure>4``.

        The first call reads the properties of all models. An element that is no thing looks like one.

        Raises:
            BadInput: one sentence that says what cannot be read. PackageError: a model is damaged.
        """
        twin, packages = self.world.twin, self.world.packages
        key = (twin, tuple(ref.id for ref in packages))
        if self._inventory is None or self._inventory[0] != key:
            inventory = await asyncio.to_thread(read_inventory, twin, packages, self._blobs)
            self._inventory = (key, inventory)
        live = Live(self.world.signals, self.world.thing_states)
        return things_found(query, self._inventory[1], live)

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
        self._quaternion = quaternion_from_heading_pitch(heading_rad, pitch_rad)
        self._conversation.poses.offer(body_at(self._position, self._quaternion), time.monotonic_ns())

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

    async def subscribe(
        self,
        *,
        layers: Iterable[str] | None = None,
        area: tuple[float, float, float] | None = None,
        signals: Iterable[str] | None = None,
    ) -> None:
        """Be told from now on only of the signals that fulfil all that is said; of all when nothing is said.

        Current values of those that are new follow with the next frames; all others stay as they are and
        grow old. Signals travel in blocks, so neighbours in the catalogue may come along; texts always do.

        Args:
            layers: types of things, or ids of things with all below; unknown names match nothing.
            area: x, y and radius of a circle on the ground, metres, site frame. What has no place is in it.
            signals: their ids.

        Raises:
            BadInput: the radius is not above zero, or there is no signal of one of the ids; names it.
        """
        circle = None if area is None else _circle(area)
        ids = None if signals is None else tuple(signals)
        named = None if layers is None else tuple(layers)
        known = {signal.id for signal in self.world.signals.signals}
        unknown = next((i for i in ids or () if i not in known), None)
        if unknown is not None:
            raise BadInput(_("there is no signal {id!r} in this session").format(id=unknown))
        self._subscribed = (Subscribe(layers=named, area=circle), ids)
        self._send_subscription()
        await asyncio.sleep(0)

    async def put_note(
        self,
        text: str,
        *,
        thing: str = "",
        point: Place | None = None,
        note: str | None = None,
        model: str | None = None,
    ) -> str:
        """Place a note, or change one's own; returns its id.

        Args:
            text: what it says.
            thing: id of the thing it is pinned to.
            point: where, site frame; without one, where the thing stands if :meth:`load_places` has been
                called, else where the guest stands.
            note: id of the note to change; without one a new note is made.
            model: id of the model that it stands on and moves with, "" for the site; without one, the model
                that brought the thing.

        Raises:
            Refused: the server said no; with code ``conflict``, and what stands now in ``current``, when
                somebody else has changed the note since the guest heard of it. Missing: it has not answered.
        """
        identity = note or str(uuid.uuid4())
        place = self._places.get(thing, self._position) if point is None else _eyes_at(point)
        x, y, z = place.tolist()
        on = self.world.twin.model_of(thing) if model is None else model
        at = point_in_model(self.world.placement(on), (x, y, z))
        await self._operate(PutNote(0, identity, text, at, thing, on, self._seen(identity)))
        return identity

    async def remove_note(self, note: str) -> None:
        """Remove one's own note; a chair or admin any."""
        await self._operate(RemoveNote(0, note, self._seen(note)))

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
            nobody = _("nobody answers at {where}; start a server with: walkdown serve")
            told = "" if address.is_own_computer else self.world.link_text
            raise Missing(told or nobody.format(where=address.name)) from None
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
        await asyncio.to_thread(self._close_acoustics)
        await asyncio.to_thread(self._blobs.close)

    async def _fetch(self, blob: Blob) -> bytes:
        return await asyncio.to_thread(self._blobs.fetch, blob)

    def _send_subscription(self) -> None:
        """Say what is wanted; blocks are numbered anew with every catalogue."""
        subscription, ids = self._subscribed
        blocks = None if ids is None else self.world.signals.blocks_of(ids)
        self._conversation.send(msgspec.structs.replace(subscription, blocks=blocks))

    def _take(self, event: Event) -> None:
        self.world.apply(event)
        if isinstance(event, Joined) and self._subscribed[1] is not None:
            self._send_subscription()
        self._take_model_news(event)
        self._take_file_news(event)
        self._take_voice_news(event)
        self._take_topic_news(event)
        self._take_meeting_news(event)
        if isinstance(event, Heard) and isinstance(event.message, Reply):
            future = self._replies.pop(event.message.op, None)
            if future is not None and not future.done():
                future.set_result(event.message)
        elif isinstance(event, Heard) and isinstance(event.message, Invitation):
            self._told[event.message.op] = event.message
        elif isinstance(event, LinkChanged) and event.state in ("closed", "refused"):
            for future in self._replies.values():
                future.cancel()
        self._changed.set()

    async def _next_change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def _seen(self, note: str) -> int:
        """Return the record of a note that the guest has heard of, 0 when there is none."""
        there = self.world.notes.get(note)
        return there.number if there else 0

    async def _operate(self, operation: Operation) -> Reply:
        if self._conversation.outgoing.pending >= PENDING_MAX:
            raise too_many()
        number, self._next_op = self._next_op, self._next_op + 1
        message: Any = msgspec.structs.replace(operation, op=number)
        check_sendable(message)
        future = self._replies[number] = asyncio.get_running_loop().create_future()
        self._conversation.send(message)
        try:
            async with asyncio.timeout(REPLY_SECS):
                reply: Reply = await future
                await self.wait_for(lambda: self._conversation.last_record >= reply.number)
        except TimeoutError:
            raise Missing(
                _("the server has not answered; the change is sent again when it is back")
            ) from None
        if not reply.number:
            raise Refused(reply.code, reply.text, current=_current(reply), by=reply.by)
        return reply

    async def _walk_to(self, goal: F64, speed: float) -> None:
        start, way = self._position.copy(), goal - self._position
        length = float(np.linalg.norm(way))
        heading = math.atan2(-way[0], way[1])
        began = time.monotonic()
        while (walked := (time.monotonic() - began) * speed) < length:
            self.move_to((start + way * (walked / length)).tolist(), heading_rad=heading)
            await asyncio.sleep(STEP_SECS)
        self.move_to(goal.tolist(), heading_rad=heading)


def _current(reply: Reply) -> object:
    """Return what stands where a change was refused because of another."""
    if reply.current is None:
        return None
    known = (kind for name, kind in CURRENT.items() if name in reply.current)
    return msgspec.convert(reply.current, next(known, dict[str, Any]))


def _circle(area: tuple[float, float, float]) -> Area:
    x, y, radius = (float(number) for number in area)
    if not (radius > 0 and math.isfinite(x + y + radius)):
        raise BadInput(
            _("an area is x, y and a radius above zero in metres, not {area}").format(area=tuple(area))
        )
    return Area(x, y, radius)


def _eyes_at(place: Place) -> F64:
    x, y, *rest = (float(number) for number in place)
    return np.array([x, y, rest[0] if rest else EYE_HEIGHT])
