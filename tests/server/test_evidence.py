"""What was so when a topic was made is written down at once and completed a minute later."""

from __future__ import annotations

import asyncio
import contextlib
import errno
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.server.paper import Paper, S, Stage
from walkdown.messages import (
    Camera,
    Evidence,
    PutTopic,
    RemoveTopic,
    Topic,
    TopicFields,
    Trigger,
    Viewpoint,
)
from walkdown.review.evidence import SIGNALS_MAX, EvidenceFile, EvidenceSignal, unpack_evidence
from walkdown_server.filing.evidence import BATCH, Witness
from walkdown_server.filing.store import FileStore
from walkdown_server.history.past import Past
from walkdown_server.parties import Member

CAMERA = Camera((0.0, 0.0, 1.7), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


@dataclass
class Scene:
    """A room with files, a past and somebody who watches; its clock is set by hand."""

    stage: Stage
    store: FileStore
    past: Past | None
    witness: Witness
    ops: int = 0

    def write(self, signal: str, value: float) -> None:
        live = self.stage.room.live
        live.write([live.table.index(signal)], [value], now_ns=int(self.stage.secs * S))

    def run(self, secs: float, **values: float) -> None:
        """Let time pass; every second each of these signals gets its value, a little higher each time."""
        for second in range(int(secs)):
            self.stage.secs += 0.95
            for name, value in values.items():
                self.write(name.replace("_", "."), value + second * 0.01)
            self.stage.tick()

    def join(self, name: str) -> tuple[Paper, Member]:
        return self.stage.join(name)

    def make(self, member: Member, name: str = "t", *, selected: tuple[str, ...] = (), **fields: Any) -> None:
        view = Viewpoint(f"{name}-view", CAMERA, selection=selected)
        made = TopicFields(**{"title": f"Topic {name}", **fields})
        self.ops += 1
        self.stage.room.receive(member, PutTopic(self.ops, name, made, view))
        self.stage.commit()

    async def step(self) -> None:
        """Have done what is due; what it wishes for is kept."""
        doing = asyncio.ensure_future(self.witness.step())
        while not doing.done():
            self.stage.commit()
            await asyncio.wait([doing], timeout=0.001)
        await doing

    def topic(self, name: str = "t") -> Topic:
        return self.stage.room.session.review.topics[name]

    def evidence(self, name: str = "t") -> Evidence:
        return self.topic(name).evidence

    def file(self, name: str = "t") -> EvidenceFile:
        attached = self.evidence(name).file
        assert attached is not None
        data = self.store.read(attached.sha256)
        assert data is not None
        return unpack_evidence(data)

    def signal(self, signal: str, name: str = "t") -> EvidenceSignal:
        return next(each for each in self.file(name).signals if each.signal == signal)


@contextlib.asynccontextmanager
async def scene(
    folder: Path, *, after: Scene | None = None, secs: float = 100.0, kept: bool = True
) -> AsyncIterator[Scene]:
    """A scene whose files lie in ``folder``; ``after`` another it has its journal."""
    stage = Stage(secs=secs)
    past = Past(folder / "history", stage.catalogue, limit_bytes=1 << 20) if kept else None
    store = FileStore(folder / "files", stage.store)
    if after is not None:
        stage.entries += after.stage.entries
        stage.room.restore(list(stage.entries))
    if past is not None:
        past.begin(stage.room, stage.store, now_ns=lambda: int(stage.secs * S))
    with ThreadPoolExecutor(1) as pool:
        witness = Witness(
            stage.room, store, past, now_ns=lambda: int(stage.secs * S), pool=pool, secs=lambda: stage.secs
        )
        witness.restore()
        stage.room.commits.on_record = witness.see
        yield Scene(stage, store, past, witness)
        if past is not None:
            await past.close()


def around(signal: EvidenceSignal, made_ns: int) -> tuple[float, float]:
    """Return from when to when there are values, seconds after the topic was made."""
    times = signal.series(made_ns).times_ns - made_ns
    return round(times[0] / S), round(times[-1] / S)


async def test_a_topic_gets_the_minute_before_and_after_it_with_alarms_people_and_models(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as it:
        _paper, ada = it.join("Ada")
        _paper, ben = it.join("Ben")
        it.stage.room.receive(ada, Trigger(900, "clog", True))
        it.run(70, fil_speed=91.0, fil_temp=40.0, fil_count=5, fil_mode=1)
        it.stage.room.leave(ben, for_good=False)
        it.make(ada, things=("L1",), title="Too fast", speaker="Ben")
        await it.step()
        it.run(62, fil_speed=60.0, fil_temp=41.0, fil_count=5, fil_mode=1)
        await it.step()
        file, made_ns = it.file(), it.topic().made_ns
        assert (it.evidence().state, it.evidence().missing) == ("complete", ())
        assert around(it.signal("fil.speed"), made_ns) == (-60, 60)
        assert {each.signal for each in file.signals} >= {"fil.speed", "fil.temp", "fil.mode"}, "of its parts"
        assert [each.thing for each in file.signals if each.signal.startswith("p.")] == []
        _times, values, quality = it.signal("fil.temp").series(made_ns)
        assert values.min() >= 40.0
        assert values.max() > 41.0
        assert quality.max() == 0
        worst = file.alarms[0]
        assert (worst.signal, worst.state, worst.limit, worst.limit_value, worst.own) == (
            "fil.speed",
            "alarm",
            "high_alarm",
            90.0,
            True,
        )
        assert [(one.name, one.role, one.connected) for one in file.people] == [
            ("Ada", "admin", True),
            ("Ben", "admin", False),
        ]
        assert [each.name for each in file.disturbances] == ["Filter clogs"]
        assert (file.topic.title, file.topic.speaker, file.topic.names) == ("Too fast", "Ben", ("Line 1",))
        assert file.view is not None
        assert file.view.camera == CAMERA
        assert it.witness.owed == 0
        assert len(list((tmp_path / "files").glob("[0-9a-f]*"))) == 1, "the first version is gone"


async def test_what_is_known_is_written_at_once(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        _paper, ada = it.join("Ada")
        it.run(10, p_x3=2.0)
        it.make(ada, selected=("P-101",))
        await it.step()
        assert it.evidence().state == "waiting"
        file = it.file()
        assert (file.state, [one.name for one in file.people]) == ("waiting", ["Ada"])
        values = it.signal("p.x3").series(it.topic().made_ns).values
        assert np.nanmax(values) > 2.0, "what is selected in its view counts"


async def test_after_a_restart_the_duty_is_done_from_the_past_on_disk(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        _paper, ada = it.join("Ada")
        it.run(70, fil_speed=91.0)
        it.make(ada, things=("L1.FIL",))
        await it.step()
        it.run(10, fil_speed=91.0)
    async with scene(tmp_path, after=it, secs=it.stage.secs + 30) as again:
        assert again.witness.owed == 1
        again.run(25, fil_speed=50.0)
        await again.step()
        file, evidence = again.file(), again.evidence()
        assert evidence.state == "partial"
        assert len(evidence.missing) == 2
        assert "the server did not run; nothing is known of that time" in evidence.missing[0]
        assert evidence.missing[0].startswith("From 00:03:00 UTC until 00:03:30 UTC")
        assert evidence.missing[1] == "3 of 4 signals had no value: fil.temp, fil.count, fil.mode."
        assert [one.name for one in file.people] == ["Ada"], "as it was written before"
        assert file.alarms[0].limit == "high_alarm"
        assert around(again.signal("fil.speed"), again.topic().made_ns)[0] == -60
        values = again.signal("fil.speed").series(again.topic().made_ns).values
        assert np.isnan(values).any()
        assert values[-1] < 60


async def test_a_server_that_stops_before_anything_is_written_says_what_it_lost(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        _paper, ada = it.join("Ada")
        it.run(70, fil_speed=70.0)
        it.make(ada, things=("L1.FIL",))
    async with scene(tmp_path, after=it, secs=it.stage.secs + 90) as again:
        await again.step()
        evidence = again.evidence()
        assert evidence.state == "partial"
        assert any(
            "Who was there and which alarms were active was not written" in text for text in evidence.missing
        )
        assert np.nanmax(again.signal("fil.speed").series(again.topic().made_ns).values) > 70
        assert again.file().people == ()


async def test_a_server_without_a_past_says_so_and_keeps_the_moment(tmp_path: Path) -> None:
    async with scene(tmp_path, kept=False) as it:
        _paper, ada = it.join("Ada")
        it.run(2, fil_speed=33.0)
        it.make(ada, things=("L1.FIL",))
        await it.step()
        it.run(62)
        await it.step()
        assert it.evidence().missing == (
            "This server keeps nothing of the past; the values are those of the moment alone.",
        )
        assert it.signal("fil.speed").values == (33.01,)
        assert it.signal("fil.count").values == ()


async def test_of_too_many_signals_those_in_alarm_are_kept_and_the_rest_is_named(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        _paper, ada = it.join("Ada")
        it.run(62, p_x599=1.0, p_on=0)
        it.make(ada, things=("P-101", "ifc:nowhere"))
        await it.step()
        it.run(62, p_x599=1.0, p_on=0)
        await it.step()
        assert len(it.file().signals) == SIGNALS_MAX
        assert it.signal("p.on").labels == ()
        assert it.file().alarms[0].label == "false"
        missing = it.evidence().missing
        assert missing[0] == "No thing of this session is called ifc:nowhere; it has no signals here."
        assert missing[1].startswith("101 of 601 signals were left out; those in alarm")
        assert any("signals had no value: p.x0, p.x1" in text for text in missing)


async def test_many_topics_at_once_take_turns_and_none_is_forgotten(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        _paper, ada = it.join("Ada")
        for number in range(2 * BATCH):
            it.stage.secs += 0.2
            it.make(ada, f"t{number}", things=("L1.FIL",))
        await it.step()
        written = [it.evidence(f"t{number}").file for number in range(2 * BATCH)]
        assert 0 < sum(file is not None for file in written) <= BATCH
        for _ in range(2 * BATCH):
            await it.step()
        it.run(75)
        for _ in range(2 * BATCH):
            await it.step()
        assert {it.evidence(f"t{number}").state for number in range(2 * BATCH)} == {"partial"}
        assert it.witness.owed == 0


async def test_a_full_disk_is_said_and_the_duty_is_done_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_pieces: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async with scene(tmp_path) as it:
        paper, ada = it.join("Ada")
        it.make(ada)
        with monkeypatch.context() as patched:
            patched.setattr(it.store, "put", full)
            await it.step()
        it.stage.tick(3)
        said = [m for m in paper.messages if m["t"] == "source" and m["name"] == "evidence"]
        assert (said[-1]["state"], "full" in said[-1]["text"]) == ("down", True)
        it.run(12)
        await it.step()
        assert it.evidence().file is not None
        it.stage.tick(3)
        said = [m for m in paper.messages if m["t"] == "source" and m["name"] == "evidence"]
        assert said[-1]["state"] == "live"


async def test_a_topic_that_is_removed_has_no_evidence_to_come(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        _paper, ada = it.join("Ada")
        it.make(ada)
        it.stage.room.receive(ada, RemoveTopic(2, "t"))
        it.stage.commit()
        await it.step()
        assert it.witness.owed == 0
        assert not list((tmp_path / "files").glob("[0-9a-f]*"))
