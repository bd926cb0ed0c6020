"""A room of paper in which people stand somewhere, speak, and listen in steps of 20 ms."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tests.server.paper import Paper, S, Stage
from walkdown import codec
from walkdown.messages import Operation, SetRole, Voice
from walkdown.voice import FRAME_SECS, Entry, Packet, VoiceFlag, pack_packet, unpack_packet
from walkdown_server.parties import Member

SOUND = b"o" * 60


@dataclass
class Person:
    """Someone in the room: their line, and what the room knows of them."""

    stage: VoiceStage
    paper: Paper
    member: Member
    sequence: int = 0
    _ops: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def me(self) -> int:
        return self.paper.me

    def stand(self, x: float, y: float = 0.0, z: float = 1.7) -> None:
        record = codec.pack_poses([0], [[x, y, z]], [[1, 0, 0, 0]]).tobytes()
        self.stage.room.place(self.member, record)

    def hear_and_speak(self, **voice: Any) -> None:
        """Say how they speak and listen."""
        said = Voice(**{"ears": True, "microphone": True, **voice})
        assert self.stage.room.receive(self.member, said) is None

    def packet(self, *, last: bool = False, loudness: int = 30, sound: bytes = SOUND) -> bytes:
        self.sequence += 1
        flags = int(VoiceFlag.END_OF_SPURT) if last else 0
        captured_ns = int(self.stage.secs * S)
        return pack_packet(Packet(self.sequence, captured_ns, flags, loudness, sound))

    def speak(self, *, last: bool = False, loudness: int = 30) -> None:
        self.stage.room.hear(self.member, self.packet(last=last, loudness=loudness))

    def operate(self, kind: type[Operation], **fields: Any) -> dict[str, Any]:
        """Wish for a change and return the answer."""
        op = next(self._ops)
        self.stage.room.receive(self.member, kind(op=op, **fields))  # type: ignore[arg-type]
        self.stage.tick()
        (reply,) = [m for m in self.paper.messages if m["t"] == "reply" and m["op"] == op]
        return reply

    def heard(self) -> list[Entry]:
        """Return what has been heard since the last call."""
        heard, self.paper.voices = self.paper.voices, []
        return heard

    def hears(self) -> list[tuple[int, int]]:
        """Return speaker and route of what has been heard since the last call."""
        return [(entry.speaker, entry.route) for entry in self.heard()]

    def hears_ends(self) -> list[int]:
        """Return whose spurts have ended since the last call."""
        return [entry.speaker for entry in self.heard() if unpack_packet(entry.packet).ends_spurt]


@dataclass
class VoiceStage(Stage):
    """A room in which people speak."""

    def person(self, name: str, *, x: float = 0.0, **voice: Any) -> Person:
        """Let someone join who stands somewhere, has ears and a microphone, and has been told everything."""
        person = Person(self, *self.join(name))
        person.hear_and_speak(**voice)
        person.stand(x)
        self.tick(2)
        return person

    def three(self) -> tuple[Person, Person, Person]:
        """Let Ada join, an admin, and Bob and Cy, participants; all within a few metres."""
        people = self.person("Ada"), self.person("Bob", x=2.0), self.person("Cy", x=4.0)
        for person in people[1:]:
            assert people[0].operate(SetRole, person=person.me, role="participant")["number"]
        return people

    def voice_tick(self, count: int = 1) -> None:
        for _ in range(count):
            self.secs += FRAME_SECS
            self.room.voice_tick()

    def say(self, *talkers: Person, ticks: int = 1) -> None:
        """Let these people speak, for some ticks."""
        for _ in range(ticks):
            for talker in talkers:
                talker.speak()
            self.voice_tick()

    def rules(self, person: Person) -> dict[str, Any]:
        """Return the newest rules of voice that someone was told."""
        return [m for m in person.paper.messages if m["t"] == "voice_rules"][-1]


def plain(value: msgspec.Struct) -> Any:
    """Return a struct as it stands in a message."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(value))
