"""The duty to write down what was so when a topic was made: at once, and in full when its minute is over.

A topic whose evidence is ``waiting`` is the duty; as the journal has it, a restart forgets none. What is read
of the past is read in a thread that rests three times as long as it works, so that a hundred topics in a
second delay their evidence and nobody's work.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import msgspec

from walkdown.errors import BadInput
from walkdown.messages import Attached, Evidence, Record, Reply, SourceStatus, Topic
from walkdown.review.evidence import AROUND_NS, MEDIA, EvidenceFile, pack_evidence, unpack_evidence
from walkdown_server.door.doorkeeper import SERVER_AUTHOR
from walkdown_server.filing.collecting import Collector, Matter
from walkdown_server.filing.facts import Facts, Family, Now, Own, facts_now, values_now
from walkdown_server.filing.store import FileStore
from walkdown_server.history.past import Past
from walkdown_server.models.upload import sentence_of
from walkdown_server.room import Room
from walkdown_server.ruling import Decree

LOOK_SECS = 0.1
SETTLE_NS = 1_000_000_000
"""After its minute evidence waits so long for the last values to be told."""

JUST_NS = 2_000_000_000
"""A topic whose record is so much younger than it was not made just now."""

BATCH = 32
WORK_SECS = 0.05
"""So many topics at a time, or as many as so much time of the processor allows, but one at least."""

WITH_PAST = 16
"""When more topics wait for their first version, it has no past; the last has it."""

REST = 3.0
"""So many times as long as it works the thread rests."""

AGAIN_SECS = 10.0
"""After the disk did not take it."""

FRESH_SECS = 0.1
"""What was noted for a topic holds for another that is made so soon after."""

SOURCE = "evidence"
"""As what it stands in the list of data sources, when it cannot be written."""

Step = Literal["first", "last"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Duty:
    """One topic whose evidence is not complete, and what was noted when it was made, if anybody was there."""

    topic: str
    made_ns: int
    own: Own
    facts: Facts | None
    now: Now | None


@dataclass(frozen=True, slots=True)
class _Work:
    """What the thread is given of a duty; ``file`` names what was written before, "" for nothing."""

    duty: _Duty
    matter: Matter
    step: Step
    file: str


@dataclass(frozen=True, slots=True)
class _Written:
    """What records say of what was written, of the first of what was due, and how long that took."""

    evidence: list[Evidence]
    worked_secs: float


class Witness:
    """Writes evidence of the topics of one session.

    Args:
        room: the session. store: its files. past: what was so, None when nothing is kept.
        now_ns: session time. pool: the thread. secs: a monotonic clock.
    """

    def __init__(
        self,
        room: Room,
        store: FileStore,
        past: Past | None,
        *,
        now_ns: Callable[[], int],
        pool: ThreadPoolExecutor,
        secs: Callable[[], float] = time.monotonic,
    ) -> None:
        self._room, self._store, self._past = room, store, past
        self._now_ns, self._pool, self._secs = now_ns, pool, secs
        catalogue = room.contents.catalogue
        self._family = Family(catalogue)
        self._collector = Collector(
            room.contents.name,
            self._family,
            disturbances=catalogue.disturbances,
            past=past,
            models=room.session.models,
        )
        self._new: OrderedDict[str, _Duty] = OrderedDict()
        self._waiting: OrderedDict[str, _Duty] = OrderedDict()
        self._facts: tuple[float, Facts] | None = None
        self._not_before_secs = 0.0
        self._failing = False
        self._owing = asyncio.Event()

    @property
    def owed(self) -> int:
        """Of how many topics the evidence is not complete."""
        return len(self._new) + len(self._waiting)

    # ---- in the loop ------------------------------------------------------------------------------------

    def restore(self) -> None:
        """Take up the duties that the journal has, after it was read."""
        for topic in self._room.session.review.topics.values():
            if topic.evidence.state == "waiting":
                self._waiting[topic.topic] = _Duty(topic.topic, topic.made_ns, self._own(topic), None, None)

    def see(self, record: Record) -> None:
        """Take note of a record; of a new topic it is noted at once what is so."""
        if record.kind == "topic":
            topic = self._room.session.review.topics.get(str(record.body["topic"]["topic"]))
            if topic is not None and topic.evidence.state == "waiting":
                self._take_up(topic, record.time_ns)
        elif record.kind == "topic_removed":
            self._forget(str(record.body["topic"]))

    def _take_up(self, topic: Topic, time_ns: int) -> None:
        """Note what is so for a topic that was just made; one that comes back by redo was made earlier."""
        own = self._own(topic)
        self._owing.set()
        if time_ns - topic.made_ns > JUST_NS:
            self._waiting[topic.topic] = _Duty(topic.topic, topic.made_ns, own, None, None)
        else:
            now = values_now(self._room, own)
            self._new[topic.topic] = _Duty(topic.topic, topic.made_ns, own, self._noted(), now)

    def _own(self, topic: Topic) -> Own:
        """Return the signals of what a topic is about and of what is selected in its views."""
        views = self._room.session.review.views_of(topic.topic)
        named = dict.fromkeys((*topic.things, *(thing for view in views for thing in view.selection)))
        return self._family.own(named, self._room.live.alarms.levels)

    def _noted(self) -> Facts:
        """Return what is so, as it was noted a moment ago or is now."""
        now_secs = self._secs()
        if self._facts is None or now_secs - self._facts[0] > FRESH_SECS:
            dropped = self._past.dropped if self._past is not None else 0
            self._facts = now_secs, facts_now(self._room, dropped=dropped)
        return self._facts[1]

    def _forget(self, topic: str) -> None:
        self._new.pop(topic, None)
        self._waiting.pop(topic, None)

    async def run(self) -> None:
        """Do what is due, until cancelled."""
        while True:
            if not self.owed:
                self._owing.clear()
                await self._owing.wait()
            worked_secs = 0.0
            try:
                worked_secs = await self.step()
            except Exception:
                _log.exception("evidence could not be written; it is tried again")
                self._not_before_secs = self._secs() + AGAIN_SECS
            await asyncio.sleep(max(LOOK_SECS, REST * worked_secs))

    async def step(self) -> float:
        """Write what is due now, a few topics at most; returns how long the thread has worked, seconds."""
        due = self._due()
        if not due or self._secs() < self._not_before_secs or not self._room.commits.writable:
            return 0.0
        write = partial(self._write, due, self._now_ns(), with_past=len(self._new) <= WITH_PAST)
        try:
            written = await asyncio.get_running_loop().run_in_executor(self._pool, write)
        except OSError as error:
            self._fail(sentence_of(error))
            return 0.0
        self._recover()
        made = zip(due, written.evidence, strict=False)
        await asyncio.gather(*(self._commit(work, evidence) for work, evidence in made))
        return written.worked_secs

    def _due(self) -> list[_Work]:
        """Return what is to be written now: what is new, and that whose minute is over."""
        now_ns = self._now_ns()
        late = now_ns - AROUND_NS - SETTLE_NS
        found: list[_Work] = []
        for step, duties in (("first", self._new), ("last", self._waiting)):
            for duty in duties.values():
                if len(found) >= BATCH or (step == "last" and duty.made_ns > late):
                    break
                if (work := self._work(duty, step)) is not None:  # type: ignore[arg-type]
                    found.append(work)
        return found

    def _work(self, duty: _Duty, step: Step) -> _Work | None:
        review = self._room.session.review
        topic = review.topics.get(duty.topic)
        if topic is None:
            return None
        views = review.views_of(duty.topic)
        matter = Matter(topic, views[0] if views else None, duty.own, duty.facts, duty.now)
        return _Work(duty, matter, step, topic.evidence.file.sha256 if topic.evidence.file else "")

    async def _commit(self, work: _Work, evidence: Evidence) -> None:
        """Have the journal refer to what was written; what it cannot take is tried again."""
        name = work.duty.topic
        if name not in self._room.session.review_ahead.topics:
            self._forget(name)
            return
        done: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        body = {"topic": name, "evidence": msgspec.to_builtins(evidence)}
        self._room.commits.bring(SERVER_AUTHOR, Decree("evidence", body), done.set_result)
        if not (await done).number:
            return
        duty = self._new.pop(name, None)
        if work.step == "first":
            if duty is not None:
                self._waiting[name] = duty
            return
        self._waiting.pop(name, None)
        if work.file and evidence.file is not None and work.file != evidence.file.sha256:
            await asyncio.get_running_loop().run_in_executor(self._pool, self._store.drop, work.file)

    def _fail(self, text: str) -> None:
        """Say that nothing can be written; it is tried again."""
        self._not_before_secs = self._secs() + AGAIN_SECS
        if not self._failing:
            self._failing = True
            self._room.tell_source(SourceStatus(SOURCE, "down", text))

    def _recover(self) -> None:
        if self._failing:
            self._failing = False
            self._room.tell_source(SourceStatus(SOURCE, "live"))

    # ---- in the thread ----------------------------------------------------------------------------------

    def _write(self, due: Sequence[_Work], now_ns: int, *, with_past: bool) -> _Written:
        """Collect and keep evidence of the first of these.

        Raises:
            OSError: the disk does not take it.
        """
        began = time.thread_time()
        files: list[EvidenceFile] = []
        packed: list[bytes] = []
        while len(files) < len(due) and (not files or time.thread_time() - began < WORK_SECS):
            files.append(self._collected(due[len(files)], now_ns, with_past=with_past))
            packed.append(pack_evidence(files[-1]))
        blobs = self._store.put(packed)
        made = [
            Evidence(file.state, Attached(_name_of(work), blob.sha256, blob.size, MEDIA), file.missing)
            for work, file, blob in zip(due, files, blobs, strict=False)
        ]
        return _Written(made, time.thread_time() - began)

    def _collected(self, work: _Work, now_ns: int, *, with_past: bool) -> EvidenceFile:
        matter = work.matter
        if work.step == "first":
            return self._collector.first(matter, now_ns=now_ns, with_past=with_past)
        if matter.facts is None and work.file:
            matter = replace(matter, earlier=self._earlier(work.file))
        return self._collector.last(matter, now_ns=now_ns)

    def _earlier(self, sha256: str) -> EvidenceFile | None:
        """Return what was written before the server was started again."""
        data = self._store.read(sha256)
        try:
            return unpack_evidence(data) if data is not None else None
        except BadInput as error:
            _log.warning("evidence of before cannot be read: %s", error)
            return None


def _name_of(work: _Work) -> str:
    return f"evidence-{work.matter.topic.index}.json"
