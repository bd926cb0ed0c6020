"""What writers did and saw, and the four checks that the journal agrees with it.

The server gives every change a number, so that a history is right if four things hold:

1. the numbers in the journal are 1 to n;
2. each writer saw a prefix of the journal, each record once and in order, a snapshot being the state then;
3. each acknowledged operation is in the journal once, with the number that was acknowledged; no refused one;
4. what was acknowledged before something else was begun has the smaller number.

Times are nanoseconds of one monotonic clock.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from walkdown.messages import Note, Record
from walkdown_server.journal import Store
from walkdown_server.journal.kept import record_of
from walkdown_server.standing import State


class Operated(msgspec.Struct):
    """One operation of a writer: when it was begun and, if it was answered, when and how."""

    op: int
    begun_ns: int
    answered_ns: int = 0
    number: int = 0
    code: str = ""

    @property
    def acknowledged(self) -> bool:
        """Whether the server said that it is on disk."""
        return self.answered_ns > 0 and self.number > 0


class Seen(msgspec.Struct):
    """What a writer was told: the record ``number``, or a snapshot of everything up to it."""

    number: int
    what: str
    snapshot: bool = False


class Writer(msgspec.Struct):
    """All that one writer did and saw.

    Attributes:
        author: id in the journal.
        resumed: when a connection was lost and when the next welcome came, for each time, ns.
    """

    author: str = ""
    operated: list[Operated] = []
    seen: list[Seen] = []
    resumed: list[tuple[int, int]] = []


class Histories(msgspec.Struct):
    """What a whole run of writers leaves behind."""

    writers: list[Writer]

    @property
    def acknowledged(self) -> int:
        """How many operations were acknowledged."""
        return sum(op.acknowledged for writer in self.writers for op in writer.operated)


def mark_of(record: Record) -> str:
    """Return what tells a record from every other."""
    return f"{record.author_id} {record.op} {record.kind}"


def mark_of_notes(notes: Sequence[Note]) -> str:
    """Return a hash of notes in whatever order."""
    ordered = sorted(notes, key=lambda note: note.note)
    return hashlib.sha256(msgspec.msgpack.encode(ordered)).hexdigest()


def read_journal(folder: Path) -> list[Record]:
    """Return the records of a session's folder that no server has open."""
    store = Store(folder)
    try:
        return [record_of(entry) for entry in store.entries]
    finally:
        store.close()


def violations(histories: Histories, journal: Sequence[Record]) -> list[str]:
    """Return a sentence for each thing that is not as promised; none is the aim."""
    return [
        *_numbers(journal),
        *(fault for writer in histories.writers for fault in _prefix(writer, journal)),
        *_snapshots(histories, journal),
        *_operations(histories, journal),
        *_order(histories),
    ]


def _numbers(journal: Sequence[Record]) -> Iterator[str]:
    for place, record in enumerate(journal, start=1):
        if record.number != place:
            yield f"record {place} of the journal has the number {record.number}"


def _prefix(writer: Writer, journal: Sequence[Record]) -> Iterator[str]:
    last = 0
    for seen in writer.seen:
        if seen.snapshot:
            if seen.number < last:
                yield f"{writer.author} knew record {last} and got a snapshot of {seen.number}"
        elif seen.number != last + 1:
            yield f"{writer.author} saw record {seen.number} after {last}"
        elif seen.number > len(journal):
            yield f"{writer.author} saw record {seen.number}, the journal ends at {len(journal)}"
        elif seen.what != mark_of(journal[seen.number - 1]):
            yield f"{writer.author} saw another record {seen.number} than the journal has"
        last = seen.number


def _snapshots(histories: Histories, journal: Sequence[Record]) -> Iterator[str]:
    """Check snapshots against the state that the journal gives, replayed once."""
    given = sorted((s.number, s.what) for w in histories.writers for s in w.seen if s.snapshot)
    state, applied = State(), 0
    for number, what in given:
        for record in journal[applied:number]:
            state.apply(record, {})
        applied = max(applied, number)
        if what != mark_of_notes(list(state.notes.values())):
            yield f"a snapshot of record {number} is not what the journal gives"


def _operations(histories: Histories, journal: Sequence[Record]) -> Iterator[str]:
    places = Counter((record.author_id, record.op) for record in journal)
    numbers = {(record.author_id, record.op): record.number for record in journal}
    for writer in histories.writers:
        for done in writer.operated:
            key = writer.author, done.op
            if places[key] > 1:
                yield f"operation {done.op} of {writer.author} is in the journal {places[key]} times"
            elif done.acknowledged and numbers.get(key) != done.number:
                yield f"{done.op} of {writer.author} was acknowledged as {done.number}, is {numbers.get(key)}"
            elif done.code and key in numbers:
                yield f"{done.op} of {writer.author} was refused ({done.code}) and is in the journal"


def _order(histories: Histories) -> Iterator[str]:
    done = [op for writer in histories.writers for op in writer.operated if op.acknowledged]
    answered = iter(sorted(done, key=lambda op: op.answered_ns))
    earlier, newest = next(answered, None), 0
    for op in sorted(done, key=lambda op: op.begun_ns):
        while earlier is not None and earlier.answered_ns < op.begun_ns:
            newest = max(newest, earlier.number)
            earlier = next(answered, None)
        if op.number < newest:
            yield f"{op.number} was begun after {newest} had been acknowledged"
