"""The sound of one client: owns its sound process and glues it into the frame.

What comes from the network goes to the process at once, in the network's thread, and one's own voice goes
from the process to the network in the process's thread: a slow frame delays neither. Once a frame the process
is told what has changed of ears, heads, sounds and wishes, and what it said is taken in. Everything works
without a process too; why there is none stands in :attr:`Sounding.text`.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from walkdown.codec import PoseFlag
from walkdown.errors import WalkdownError
from walkdown.messages import ClientMessage, Voice
from walkdown_client.app.bearings import bearings
from walkdown_client.app.own_voice import choice_of, expected_loss, silenced_people, voice_of
from walkdown_client.app.sound_told import Reports, SoundTold
from walkdown_client.audio.orders import (
    Clock,
    Ears,
    Heads,
    Loss,
    Order,
    Play,
    Press,
    Sounds,
    Told,
    VoiceIn,
    VoiceOut,
)
from walkdown_client.audio.orders import Heard as HeardTalkers
from walkdown_client.input.camera import Lens, Pose
from walkdown_client.tools.hearing import SoundFacts, voice_key
from walkdown_client.tools.view_state import ViewState
from walkdown_client.world import World

log = logging.getLogger(__name__)

HEARING_M = 120.0
"""Where people are who are farther away does not matter to the ear, unless they are heard all the same."""

CLOCK_STEP_NS = 1_000_000
"""The clock is said again when it has moved by so much."""

TOLD_MAX = 1000
PEOPLE_MAX = 1 << 16


class SoundDoor(Protocol):
    """What this needs of ``audio.process.SoundProcess``; safe to be used by several threads."""

    def send(self, order: Order) -> None:
        """Say something to the process; says nothing to one that has ended."""

    def close(self) -> None:
        """End the process."""


class Line(Protocol):
    """What this needs of the link."""

    @property
    def voice_way(self) -> str:
        """Which way voice takes."""

    def send(self, message: ClientMessage) -> int:
        """Send a message."""

    def send_voice(self, packet: bytes) -> None:
        """Send a packet of one's own voice at once."""


Start = Callable[[Callable[[Told], None], Callable[[str], None]], SoundDoor]
"""Starts a process; told what it says, and once, when it ends by itself, why in one sentence."""

Source = Callable[[float, Pose], Iterable[Order]]
"""What sounds, or changes how it sounds: asked once a frame for what is to be said to the process, with the
app's monotonic time in seconds and where one's own head is."""


class Sounding:
    """Glues a sound process, a link and a frame together.

    Args:
        start: starts a process; None where nothing is to be heard. secs: the clock of the frames.

    Attributes:
        text: why nothing can be heard, "" while there is a process or none is wished.
        sources: what is asked each frame for orders. failed: one of them did, and is asked no more.
    """

    def __init__(
        self,
        world: World,
        view: ViewState,
        *,
        start: Start | None,
        secs: Callable[[], float] = time.monotonic,
    ) -> None:
        self._world, self._view, self._start_process, self._secs = world, view, start, secs
        self.text, self.failed = "", False
        self.sources: list[Source] = []
        self._door: SoundDoor | None = None
        self._line: Line | None = None
        self._inbox: deque[Told] = deque(maxlen=TOLD_MAX)
        self._ended: deque[str] = deque(maxlen=1)
        self._may_speak = False
        self._said: dict[type[Order], Order] = {}
        self._told = SoundTold()
        self._voice: Voice | None = None
        self._reports = Reports()
        self._heard_loss = 0.0
        self._volumes: npt.NDArray[np.float32] = np.ones(PEOPLE_MAX, np.float32)
        self._volumes_of: tuple[int, int] = (-1, -1)
        self._facts = SoundFacts()

    # ---- in other threads ---------------------------------------------------------------------------

    def hear(self, bundle: bytes, arrived_ns: int) -> None:
        """Take a bundle of voices, in the network's thread."""
        if self._door is not None:
            self._door.send(VoiceIn(arrived_ns, bundle))

    def _take(self, told: Told) -> None:
        if isinstance(told, HeardTalkers):
            self._reports.take(told, me=self._world.me)
            self._report()
        if not isinstance(told, VoiceOut):
            self._inbox.append(told)
        elif self._line is not None and self._may_speak:
            try:
                self._line.send_voice(told.packet)
            except WalkdownError as error:
                log.warning("a packet of one's own voice was not sent: %s", error)

    def _report(self) -> None:
        """Tell the server how others came through.

        The process's thread does it while somebody speaks: a slow frame is no deaf ear. Frames say the rest.
        """
        report = self._reports.due(self._secs())
        if report is not None:
            self._heard_loss = max(each.lost / max(each.lost + each.received, 1) for each in report.heard)
        if report is not None and self._line is not None:
            self._line.send(report)

    # ---- its life -----------------------------------------------------------------------------------

    def open(self, line: Line) -> None:
        """Start the process; ``line`` is the way to the server."""
        self._line = line
        self.start()

    def start(self) -> None:
        """Start the process, or start it again after it has ended."""
        if self._start_process is None or self._door is not None:
            return
        self._told.forget()
        self._ended.clear()
        try:
            self._door, self.text = self._start_process(self._take, self._ended.append), ""
        except WalkdownError as error:
            self.text = str(error)
            return
        for order in self._said.values():
            self._door.send(order)

    def close(self) -> None:
        """End the process."""
        if self._door is not None:
            self._door.close()
        self._door = None

    # ---- once a frame -------------------------------------------------------------------------------

    def step(self, now_secs: float, pose: Pose, lens: Lens) -> None:
        """Take in what the process said, and tell it and the server what has changed."""
        self._may_speak = self._world.may("voice") and self._world.welcome is not None
        self._take_in(now_secs)
        if self._door is not None:
            self._tell_process(now_secs, pose)
        self._tell_server(now_secs)
        self._facts = self._make_facts(now_secs, pose, lens)

    def play(self, name: str, *, level_db: float = 0.0) -> None:
        """Let a sound of the interface be heard."""
        self.tell(Play(name, level_db=level_db))

    def tell(self, order: Order) -> None:
        """Say something to the process, unless it knows it already."""
        if isinstance(order, Play):
            if self._door is not None:
                self._door.send(order)
        elif self._said.get(type(order)) != order:
            self._said[type(order)] = order
            if self._door is not None:
                self._door.send(order)

    def start_echo(self, now_secs: float) -> None:
        """Begin a test of one's own voice."""
        self._told.start_echo(now_secs)

    @property
    def facts(self) -> SoundFacts:
        """What panels show, as of the last frame."""
        return self._facts

    @property
    def pose_flags(self) -> int:
        """The flags of one's own pose."""
        return PoseFlag.SPEAKING if self._world.me in self._facts.speaking else 0

    def _take_in(self, now_secs: float) -> None:
        while self._inbox:
            self._told.take(self._inbox.popleft(), now_secs, me=self._world.me)
        if self._ended:
            self.text = self._ended.popleft()
            self.close()
            self._told.forget()

    def _tell_process(self, now_secs: float, pose: Pose) -> None:
        x, y, z = pose.position.tolist()
        qw, qx, qy, qz = pose.quaternion.tolist()
        self.tell(Ears((x, y, z), (qw, qx, qy, qz)))
        self.tell(self._heads(pose))
        self.tell(choice_of(self._view, may_speak=self._may_speak))
        self.tell(Press(self._view.hearing.talking or self._told.echo_talks(now_secs)))
        self.tell(Loss(expected_loss(self._world, self._heard_loss)))
        self._tell_clock()
        for source in tuple(self.sources):
            self._ask(source, now_secs, pose)

    def _ask(self, source: Source, now_secs: float, pose: Pose) -> None:
        """Say what a source wishes; one that fails is asked no more, for nothing here ends a visit."""
        try:
            for order in source(now_secs, pose):
                self.tell(order)
        except Exception:
            log.exception("a part of the sound has failed and is silent from now on")
            self.sources.remove(source)
            self.failed = True
            self.tell(Sounds())

    def _tell_clock(self) -> None:
        offset_ns, known = self._world.clock.offset_ns, self._said.get(Clock)
        if not isinstance(known, Clock) or abs(known.offset_ns - offset_ns) >= CLOCK_STEP_NS:
            self.tell(Clock(offset_ns))

    def _heads(self, pose: Pose) -> Heads:
        """Return where the mouths of those are who may be heard."""
        world = self._world
        ids, positions = world.people_ids, world.people_positions
        near = ((positions - pose.position) ** 2).sum(1) < HEARING_M**2
        if len(self._facts.talkers):
            near |= np.isin(ids, list(self._facts.talkers))
        chosen = ids[near]
        self._learn_volumes()
        return Heads(
            chosen.astype("<u2").tobytes(),
            positions[near].astype("<f4").tobytes(),
            self._volumes[chosen].astype("<f4").tobytes(),
        )

    def _learn_volumes(self) -> None:
        """Look up how loud each is to be, when that or who is here has changed."""
        key = (self._world.people_revision, self._view.hearing.revision)
        if key == self._volumes_of:
            return
        self._volumes_of = key
        self._volumes[:] = 1.0
        volumes = self._view.preferences.sound.volumes
        for person in self._world.people.values():
            self._volumes[person.id] = volumes.get(voice_key(person), 1.0)
        self._volumes[list(silenced_people(self._world, self._view))] = 0.0

    def _tell_server(self, now_secs: float) -> None:
        line = self._line
        if line is None or self._world.link_state != "live":
            return
        voice = voice_of(self._world, self._view, self._told.state, echo=self._told.echoing(now_secs))
        if voice != self._voice:
            self._voice = voice
            line.send(voice)
        self._report()

    def _make_facts(self, now_secs: float, pose: Pose, lens: Lens) -> SoundFacts:
        world, told = self._world, self._told
        level = told.level(now_secs)
        speaking = told.speakers(now_secs) | self._seen_speaking()
        if level is not None and level.speaking and self._may_speak:
            speaking |= {world.me}
        captions = told.captions(now_secs)
        shown = speaking.union(line.speaker for line in captions) - {world.me}
        return SoundFacts(
            running=self._door is not None,
            text=self.text,
            failed=self.failed,
            state=told.state,
            level=level,
            speaking=speaking,
            talkers=told.talkers(now_secs),
            bearings=bearings(world, pose, lens, people=shown) if shown else {},
            way=self._line.voice_way if self._line is not None else "none",
            captions=captions,
            echo=told.echo(now_secs),
        )

    def _seen_speaking(self) -> frozenset[int]:
        """Return who says in their pose that they speak."""
        flags = self._world.people_flags & PoseFlag.SPEAKING.value != 0
        return frozenset(self._world.people_ids[flags].tolist()) if flags.any() else frozenset()
