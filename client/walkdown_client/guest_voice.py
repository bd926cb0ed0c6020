"""What a guest can do with voice: speak, listen, and have ears; and what leading roles may decide about it.

::

    await guest.say("The filler is slow")          # in real time, heard from where the guest stands
    async with guest.open_ears() as ears:          # what a person there would hear by headphones
        sound = await ears.listen(3.0)             # (n, 2) float32 at 48 kHz
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import numpy.typing as npt

from walkdown import messages as m
from walkdown.clock import NS
from walkdown.errors import Missing
from walkdown.i18n import _
from walkdown.voice import FRAME_SAMPLES, FRAME_SECS, Packet, unpack_packets
from walkdown_client.audio import orders
from walkdown_client.conversation import Conversation
from walkdown_client.events import Event, Heard
from walkdown_client.guest_base import GuestBase
from walkdown_client.speech import speak
from walkdown_client.voice.opus import Encoder, load
from walkdown_client.voice.talker import Talker
from walkdown_client.voice_path import VoiceWay
from walkdown_client.world import PersonView

if TYPE_CHECKING:
    from walkdown_client.audio.building import Building
    from walkdown_client.audio.ears import VirtualEars

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

OVERHEARD_MAX = 1000
"""Packets that nobody has asked for: some seconds of a lively talk; of more the oldest are forgotten."""

REPORT_SECS = 2.0
"""So often, while somebody speaks, the server is told how that came through."""

EARS_SECS = 0.02
ANSWER_SECS = 10.0
FRAME_NS = round(FRAME_SECS * NS)


@dataclass(frozen=True, slots=True)
class Overheard:
    """A packet of somebody's voice that came.

    Attributes:
        speaker: number of the person. route: see :class:`walkdown.voice.Route`.
        arrived_ns: when, on the local monotonic clock.
    """

    speaker: int
    route: int
    packet: Packet
    arrived_ns: int


class WithVoice(GuestBase):
    """The part of a :class:`walkdown_client.guest.Guest` that is about voice."""

    _conversation: Conversation
    _position: F64
    _quaternion: F64
    _building: Building | None

    def __init__(self) -> None:
        super().__init__()
        self._speaks_as = m.Voice()
        self._overheard: deque[Overheard] = deque(maxlen=OVERHEARD_MAX)
        self._talker: Talker | None = None
        self._mouth = asyncio.Lock()
        self._ears: set[GuestEars] = set()
        self._told_health: m.VoiceHealth | None = None
        self._came: Counter[int] = Counter()

    # ---- speaking -----------------------------------------------------------------------------------

    def tune(self, **changes: Any) -> None:
        """Say how the guest speaks and listens from now on: any field of :class:`walkdown.messages.Voice`."""
        self._speaks_as = msgspec.structs.replace(self._speaks_as, **changes)
        self._conversation.send(self._speaks_as)

    async def say(self, text: str, *, pitch_hz: float = 120.0) -> None:
        """Say a text: in words where espeak-ng is installed, else as a murmur of this pitch.

        Raises:
            Missing: there is no libopus.
        """
        await self.speak(await asyncio.to_thread(lambda: speak(text, pitch_hz=pitch_hz)))

    async def speak(self, samples: npt.ArrayLike) -> None:
        """Let a sound be heard from where the guest stands, in real time; returns when it is over.

        Args:
            samples: (n,) at 48 kHz, full scale ±1; speech has about 0.1. What is said while the guest still
                speaks follows it.

        Raises:
            Missing: there is no libopus.
        """
        sound = np.asarray(samples, np.float32).reshape(-1)
        frames = np.pad(sound, (0, -len(sound) % FRAME_SAMPLES)).reshape(-1, FRAME_SAMPLES)
        async with self._mouth:
            talker = self._own_talker()
            if not self._speaks_as.microphone:
                self.tune(microphone=True)
            await self._speak(talker, frames)

    async def _speak(self, talker: Talker, frames: F32) -> None:
        began_ns = time.monotonic_ns()
        talker.press(True)
        try:
            for number, frame in enumerate(frames, 1):
                due_ns = began_ns + number * FRAME_NS
                await asyncio.sleep((due_ns - time.monotonic_ns()) / NS)
                for packet in talker.talk(frame, self.world.clock.session_ns(due_ns)):
                    self._conversation.send_voice(packet)
        finally:
            for packet in talker.hush():
                self._conversation.send_voice(packet)

    def _own_talker(self) -> Talker:
        if self._talker is None:
            self._talker = Talker(Encoder(load()))
        return self._talker

    @property
    def voice_way(self) -> VoiceWay:
        """Which way voice takes now: ``datagrams``, ``websocket`` or ``none``."""
        return self._conversation.voice.way

    # ---- listening ----------------------------------------------------------------------------------

    def take_overheard(self) -> list[Overheard]:
        """Return the packets that have come since the last call, oldest first, as they came.

        None come to a guest without ears: say ``tune(ears=True)`` first, or open some.
        """
        taken = list(self._overheard)
        self._overheard.clear()
        return taken

    @contextlib.asynccontextmanager
    async def open_ears(self, *, mode: orders.OutputMode = "headphones") -> AsyncIterator[GuestEars]:
        """Hear as a person would who stands where the guest stands, until the end of the block.

        Walls and rooms muffle and echo once ``load_acoustics`` has been called. A process has one pair of
        ears at a time.

        Raises:
            Missing: OpenAL or libopus is not there.
        """
        from walkdown_client.audio.ears import VirtualEars  # who only speaks need not wait for a renderer

        load()
        with VirtualEars(mode=mode, now_ns=time.monotonic_ns()) as virtual:
            ears = GuestEars(self, virtual)
            for order in self._acoustic_orders():
                ears.take(order)
            self._ears.add(ears)
            self.tune(ears=True)
            listening = asyncio.create_task(ears.run())
            try:
                yield ears
            finally:
                self._ears.discard(ears)
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
                self.tune(ears=False)

    def _acoustic_orders(self) -> list[orders.Order]:
        """Return the walls and rooms that are known."""
        return [] if self._building is None else self._building.orders()

    def _overhear(self, bundle: bytes, arrived_ns: int) -> None:
        if not self._came:
            asyncio.get_running_loop().call_later(REPORT_SECS, self._report)
        for speaker, route, packet in unpack_packets(bundle):
            self._came[speaker] += 1
            self._overheard.append(Overheard(speaker, route, packet, arrived_ns))
        for ears in self._ears:
            ears.take(orders.VoiceIn(arrived_ns, bundle))

    def _report(self) -> None:
        """Tell the server what has come; those whose ears are open say more than that it came."""
        told = {talker.speaker: talker for ears in self._ears for talker in ears.take_report()}
        heard = [
            m.HeardOf(speaker, count, told[speaker].lost, told[speaker].concealed, told[speaker].delay_secs)
            if speaker in told
            else m.HeardOf(speaker, count)
            for speaker, count in self._came.most_common(64)
            if speaker != self.world.me
        ]
        self._came.clear()
        if heard:
            self._conversation.send(m.VoiceReport(tuple(heard)))

    def where_people_are(self) -> tuple[orders.Ears, orders.Heads]:
        """Return one's own head and those of all others, as the sound process is told of them."""
        world = self.world
        world.advance(world.clock.session_ns(time.monotonic_ns()))
        x, y, z = self._position.tolist()
        own = orders.Ears((x, y, z), tuple(self._quaternion.tolist()))
        others = world.people_ids != world.me
        return own, orders.Heads(
            world.people_ids[others].astype("<u2").tobytes(),
            world.people_positions[others].astype("<f4").tobytes(),
            np.ones(int(others.sum()), "<f4").tobytes(),
        )

    # ---- deciding -----------------------------------------------------------------------------------

    async def present(self, person: int, *, presenting: bool = True) -> None:
        """Let somebody be heard and seen everywhere, or no more."""
        await self._operate(m.Present(0, person, presenting))

    async def mute_all(self, *, muted: bool = True) -> None:
        """Let nobody be heard but who leads or presents, or let all be heard again."""
        await self._operate(m.MuteAll(0, muted))

    async def record_voice(self, *, on: bool = True) -> None:
        """Begin or end a recording of what is said; everyone is told."""
        await self._operate(m.RecordVoice(0, on))

    async def put_zone(
        self, name: str, low: Iterable[float], high: Iterable[float], *, zone: str | None = None
    ) -> str:
        """Make a place whose inside and outside do not hear each other, or change one; returns its id.

        Args:
            low, high: corners of a box, metres, site frame.
        """
        identity = zone or str(uuid.uuid4())
        (x, y, z), (far_x, far_y, far_z) = low, high
        await self._operate(m.PutZone(0, m.Zone(identity, name, (x, y, z), (far_x, far_y, far_z))))
        return identity

    async def remove_zone(self, zone: str) -> None:
        """Take a zone away, by its id."""
        await self._operate(m.RemoveZone(0, zone))

    async def voice_health(self) -> tuple[m.PairHealth, ...]:
        """Return how well everyone hears everyone, of the last seconds.

        Raises:
            Missing: the server does not answer.
        """
        self._told_health = None
        self._conversation.send(m.AskVoiceHealth())
        try:
            await self.wait_for(lambda: self._told_health is not None, timeout_secs=ANSWER_SECS)
        except TimeoutError:
            raise Missing(_("the server does not say how well people hear each other")) from None
        return self._told_health.pairs if self._told_health else ()

    def _take_voice_news(self, event: Event) -> None:
        if isinstance(event, Heard) and isinstance(event.message, m.VoiceHealth):
            self._told_health = event.message

    def people_within(self, metres: float) -> list[PersonView]:
        """Return who else is so near, by their heads."""
        world = self.world
        world.advance(world.clock.session_ns(time.monotonic_ns()))
        apart = np.linalg.norm(world.people_positions - self._position, axis=1)
        near = world.people_ids[apart < metres].tolist()
        return [world.people[number] for number in near if number in world.people and number != world.me]


class GuestEars:
    """What a guest hears; made by :meth:`WithVoice.open_ears`.

    Attributes:
        hrtf: ``on``, or one word for why direction is not heard.
    """

    def __init__(self, guest: WithVoice, ears: VirtualEars) -> None:
        self._guest, self._ears = guest, ears
        self._kept: list[F32] = []
        self._heard = asyncio.Event()
        self.hrtf = ears.hrtf

    def take(self, order: orders.Order) -> None:
        """Take any order of the sound process: walls, rooms, sounds, a choice."""
        self._ears.take(order)

    async def listen(self, secs: float) -> F32:
        """Return what is heard in the next seconds, (n, 2) float32 at 48 kHz, left and right."""
        self._kept.clear()
        wanted, kept = round(secs / EARS_SECS) * FRAME_SAMPLES, 0
        while kept < wanted:
            self._heard.clear()
            await self._heard.wait()
            kept = sum(map(len, self._kept))
        return np.concatenate(self._kept)[:wanted]

    def take_report(self) -> list[orders.TalkerHeard]:
        """Return how each talker has come through since the last call, the newest of each."""
        told = [said for said in self._ears.take_told() if isinstance(said, orders.Heard)]
        newest = {talker.speaker: talker for heard in told for talker in heard.talkers}
        return list(newest.values())

    async def run(self) -> None:
        """Hear until cancelled."""
        while True:
            now_ns = time.monotonic_ns()
            clock = self._guest.world.clock
            self.take(orders.Clock(clock.session_ns(now_ns) - now_ns))
            for order in self._guest.where_people_are():
                self.take(order)
            self._kept = [*self._kept[-500:], self._ears.render_until(now_ns)]
            self._heard.set()
            await asyncio.sleep(EARS_SECS)
