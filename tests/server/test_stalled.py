"""Whoever is held up and goes on again holds, one second later, exactly what the server holds."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.server.conftest import Guest, House, open_house
from tests.server.paper import Paper, Stage
from walkdown import codec
from walkdown.messages import (
    SUBPROTOCOL,
    Blob,
    Hello,
    PackageRef,
    PutNote,
    RemoveNote,
    Select,
)
from walkdown.twin import Catalogue, Signal, Thing, make_catalogue
from walkdown_server.door.rules import OWN_COMPUTER
from walkdown_server.parties import Member
from walkdown_server.room import Room
from walkdown_server.ruling import BringModel
from walkdown_server.ticks.acknowledged import ECHO_TICKS, SPARE_TICKS

TICKS_PER_SEC = 20
PEOPLE = 3


def everything() -> Catalogue:
    """Forty things with signals of every kind."""
    kinds = ("f32", "f64", "i64", "enum", "bool", "text")
    signals = [
        Signal(f"s{i}", f"t{i % 40}", "", kind=kinds[i % 6], alarm_labels=(1,), period_secs=0.4)  # type: ignore[arg-type]
        for i in range(600)
    ]
    return make_catalogue(9, things=[Thing(f"t{i}", "") for i in range(40)], signals=signals)


class HeldUp(Paper):
    """A client behind a pipe that may stand still.

    Attributes:
        room_bytes: what the pipe takes while it stands still; then the server sees that it is full.
        paused: whether it stands still.
    """

    def __init__(self, catalogue: Catalogue, room_bytes: int) -> None:
        super().__init__(catalogue)
        self.room_bytes, self.paused = room_bytes, False
        self.member: Member | None = None
        self.room: Room | None = None
        self._pipe: deque[bytes] = deque()
        self._in_pipe = 0

    def send(self, data: bytes) -> None:
        self._pipe.append(data)
        self._in_pipe += len(data)
        self.go_on()

    def offer(self, data: bytes) -> bool:
        if self.waiting():
            return False
        self.send(data)
        return True

    def waiting(self) -> int:
        return max(0, self._in_pipe - self.room_bytes)

    def go_on(self) -> None:
        """Receive what is in the pipe, unless it stands still, and name the newest tick."""
        while self._pipe and not self.paused:
            data = self._pipe.popleft()
            self._in_pipe -= len(data)
            super().send(data)
        if self.room is not None and self.member is not None and self.ticks and not self.paused:
            self.room.acknowledge(self.member, self.ticks[-1])


@dataclass
class Hall(Stage):
    """A room in which everything changes, with clients that are held up."""

    catalogue: Catalogue = field(default_factory=everything)
    seed: int = 0
    people_in_full: int = 300
    room_bytes: int = 3000

    def __post_init__(self) -> None:
        super().__post_init__()
        room = self.room
        room.live.joint_values, room.live._moved_joints = np.zeros(20), np.zeros(20, bool)
        room._crowd._everyone_up_to = self.people_in_full
        self.chance = np.random.default_rng(self.seed)
        self.sink = self.room.sink("s")
        self.papers = [self._join(f"P{i}") for i in range(PEOPLE)]
        self.places = self.chance.uniform(-60, 60, (PEOPLE, 3)) * (1, 1, 0.05)
        self._ops = 0
        self._bring("first")

    def _join(self, name: str) -> HeldUp:
        paper = HeldUp(self.catalogue, self.room_bytes)
        member = self.room.enter(Hello(version=SUBPROTOCOL, name=name), paper, peer=OWN_COMPUTER)
        assert isinstance(member, Member)
        paper.member, paper.room = member, self.room
        return paper

    def tick(self, count: int = 1) -> None:
        for _ in range(count):
            for paper in self.papers:
                paper.go_on()
            super().tick()

    def change(self) -> None:
        """Change a little of everything."""
        chance, sink, texts = self.chance, self.sink, self.room.live.table.first("text")
        rows = chance.choice(texts, size=int(chance.integers(0, 100)), replace=False)
        sink.write(rows, chance.integers(0, 3, len(rows)), quality=int(chance.integers(0, 4)))
        sink.text(texts + int(chance.integers(0, 100)), str(chance.random()))
        sink.joints(chance.integers(0, 20, 3), chance.random(3))
        self.places += chance.normal(0, 1.0, self.places.shape) * (chance.random((PEOPLE, 1)) < 0.6)
        for paper, place in zip(self.papers, self.places, strict=True):
            assert paper.member is not None
            record = codec.pack_poses([0], [place], [[1, 0, 0, 0]]).tobytes()
            if not paper.paused:
                self.room.place(paper.member, record)
        self._operate(self.papers[int(chance.integers(PEOPLE))])
        if chance.random() < 0.05:
            self._bring(f"m{int(chance.integers(5))}")

    def _operate(self, paper: HeldUp) -> None:
        assert paper.member is not None
        if paper.paused or self.chance.random() > 0.2:
            return
        self._ops += 1
        note = f"n{int(self.chance.integers(10))}"
        self.room.receive(paper.member, PutNote(self._ops, note, str(self._ops), (0.0, 0.0, 0.0)))
        self.room.receive(paper.member, Select(f"t{int(self.chance.integers(40))}"))
        if self.chance.random() < 0.3:
            self._ops += 1
            self.room.receive(paper.member, RemoveNote(self._ops, note))

    def _bring(self, model: str) -> None:
        author = self.papers[0].member.identity.author  # type: ignore[union-attr]
        ref = PackageRef("a" * 64, model, Blob("b" * 64, 1), base=0, count=1, model=model)
        self.room.model_desk.learn_package(ref, ())
        self.room.commits.bring(author, BringModel(model, model, ref.id), lambda _reply: None)

    def check(self, paper: HeldUp) -> None:
        """Compare all that a client holds with what the server holds."""
        same_values(paper, self.room)
        same_people(paper, self.room)
        same_record(paper, self.room)


def same_values(guest: Guest, room: Room) -> None:
    table = room.live.table
    numeric = table.first("text")
    for kind, column in table.values.items():
        assert np.array_equal(guest.table.values[kind], column, equal_nan=True), kind
    assert np.array_equal(guest.table.quality[:numeric], table.quality[:numeric])
    assert np.array_equal(guest.states, room.live.alarms.thing_states)
    joints = room.live.joint_values
    assert [guest.joints[i] for i in range(len(joints))] == pytest.approx(joints, abs=1e-5)
    told = {m["signal"]: (m["value"], m.get("quality", 0)) for m in guest.messages if m["t"] == "text"}
    texts = range(numeric, len(table.signals))
    held = {i: (table.texts[i - numeric], int(table.quality[i])) for i in texts}
    assert told == {i: value for i, value in held.items() if value[0] or i in told}


def same_people(guest: Guest, room: Room) -> None:
    members = room._members.values()
    names = {m.identity.person: (m.identity.author.name, m.identity.selected) for m in members}
    assert {i: (p["name"], p.get("selected", "")) for i, p in guest.people.items()} == names
    records = room._crowd._records["pose"]
    for member in members:
        if room._crowd._known[member.row]:
            held = records["position_mm"][member.row] / 1000
            assert guest.poses[member.identity.person].positions[0] == pytest.approx(held, abs=1e-9)


def same_record(guest: Guest, room: Room) -> None:
    records = [m for m in guest.messages if m["t"] == "record"]
    first = guest.welcome["number"] + 1
    assert [m["number"] for m in records] == list(range(first, room.session.number + 1))
    notes: dict[str, str] = {}
    for record in records:
        if record["kind"] == "note":
            notes[record["body"]["note"]] = record["body"]["text"]
        elif record["kind"] == "note_removed":
            notes.pop(record["body"]["note"], None)
    assert notes == {note.note: note.text for note in room.session.snapshot().notes}
    listed = [m["packages"] for m in guest.messages if m["t"] == "models"] or [guest.welcome["packages"]]
    assert msgspec.convert(listed[-1], tuple[PackageRef, ...]) == room.packages


pauses = st.lists(
    st.tuples(st.integers(0, 20), st.integers(2, 5 * TICKS_PER_SEC)), min_size=1, max_size=PEOPLE - 1
)
"""For some of the clients: from which tick, and for how many ticks, they stand still (0.1 to 5 s)."""


@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    seed=st.integers(0, 2**32 - 1),
    pauses=pauses,
    people_in_full=st.sampled_from([2, 300]),
    room_bytes=st.sampled_from([0, 3_000, 10_000_000]),
)
def test_who_was_held_up_at_random_holds_the_servers_state_a_second_later(
    seed: int, pauses: list[tuple[int, int]], people_in_full: int, room_bytes: int
) -> None:
    hall = Hall(seed=seed, people_in_full=people_in_full, room_bytes=room_bytes)
    ends = [start + length for start, length in pauses]
    for tick in range(max(ends)):
        for paper, (start, length) in zip(hall.papers, pauses, strict=False):
            paper.paused = start <= tick < start + length
            paper.go_on()
        hall.change()
        hall.tick()
    for paper in hall.papers:
        paper.paused = False
        paper.go_on()
    hall.tick(TICKS_PER_SEC)
    for paper in hall.papers:
        assert paper.refusal is None
        hall.check(paper)


@pytest.mark.parametrize("people_in_full", [2, 300])
def test_the_first_frame_of_who_was_held_up_brings_everyone_in_reach(people_in_full: int) -> None:
    hall = Hall(people_in_full=people_in_full, room_bytes=0)
    ada, *others = hall.papers
    hall.places = np.array([[5.0, 5.0, 1.7], [9.0, 5.0, 1.7], [60.0, 5.0, 1.7]])
    for tick in range(1, 40):
        ada.paused = tick > 20
        for paper, place in zip(hall.papers, hall.places, strict=True):
            assert paper.member is not None
            moved = place + np.array([min(tick, 30) * 0.1, 0.0, 0.0])
            hall.room.place(paper.member, codec.pack_poses([0], [moved], [[1, 0, 0, 0]]).tobytes())
        hall.tick()
    ada.paused = False
    hall.tick(2)
    assert ada.ticks[-1] == hall.room._telling.tick
    for paper in others:
        assert paper.member is not None
        held = hall.room._crowd._records["pose"]["position_mm"][paper.member.row] / 1000
        assert ada.poses[paper.me].positions[0] == pytest.approx(held, abs=1e-9)


def test_behind_a_proxy_that_takes_everything_only_some_ticks_are_under_way() -> None:
    hall = Hall(room_bytes=10_000_000)
    paper = hall.papers[0]
    for _ in range(10):
        hall.change()
        hall.tick()
    paper.paused = True
    for _ in range(15):
        hall.change()
        hall.tick()
    assert paper.waiting() == 0
    assert len(paper._pipe) <= SPARE_TICKS + ECHO_TICKS + 1
    before = len(paper._pipe)
    for _ in range(40):
        hall.change()
        hall.tick()
    assert len(paper._pipe) <= before + 3


def test_a_client_that_never_names_a_tick_gets_all_of_them() -> None:
    stage = Stage()
    paper, _member = stage.join("Ada")
    for number in range(60):
        stage.room.sink("s").write([0], [float(number)])
        stage.tick()
    assert len(paper.ticks) == 60


async def test_a_socket_that_is_not_read_for_a_while_holds_the_servers_state_soon_after(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house, house.guest("Ada") as ada, house.guest("Bob") as bob:
        changing = asyncio.create_task(_change(house, bob))
        reading = asyncio.create_task(_read(bob))
        for pause_secs in (0.1, 1.2):
            ada.socket.transport.pause_reading()
            await asyncio.sleep(pause_secs)
            ada.socket.transport.resume_reading()
            await ada.until(lambda: ada.ticks and ada.ticks[-1] >= house.server.room._telling.tick - 1)
        ada.socket.transport.pause_reading()
        await asyncio.sleep(0.5)
        changing.cancel()
        await asyncio.gather(changing, return_exceptions=True)
        stopped = house.server.room._telling.tick
        ada.socket.transport.resume_reading()
        await ada.until(lambda: ada.ticks[-1] >= stopped + TICKS_PER_SEC)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        same_values(ada, house.server.room)
        same_people(ada, house.server.room)
        same_record(ada, house.server.room)


async def _change(house: House, guest: Guest) -> None:
    chance = np.random.default_rng(3)
    table = house.server.room.live.table
    numeric = table.first("text")
    op = 0
    while True:
        rows = chance.choice(numeric, size=500, replace=False)
        house.sink.write(rows, chance.random(500) * 100)
        house.sink.text(numeric, str(chance.random()))
        house.sink.joints([0], chance.random(1))
        await guest.move(float(chance.random() * 100), 2.0)
        op += 1
        if op % 4 == 0:
            await guest.say(PutNote(op, f"n{op % 5}", str(op), (0.0, 0.0, 0.0)))
        await asyncio.sleep(0.02)


async def _read(guest: Guest) -> None:
    while True:
        await guest.take()
