"""Wishes become records: decided, handed to the journal, and made so when they are on disk.

Three steps: :meth:`Commits.operate` → journal → :meth:`Commits.committed`. Nothing here knows who is
connected; who asked is answered through a function. What one operation costs does not depend on how many
there were, nor on how many people are here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from walkdown.messages import Operation, Record, Reply, encode
from walkdown_server.journal.kept import entry_of, fits, record_of
from walkdown_server.journal.records import Entry
from walkdown_server.ruling import Author, Draft, OwnWish
from walkdown_server.session import Effects, Session, Wish
from walkdown_server.ticks.outbox import Events


@dataclass(frozen=True, slots=True)
class Times:
    """The two clocks of a room.

    Attributes:
        session_ns: session time, UTC. secs: monotonic, for waiting.
    """

    session_ns: Callable[[], int]
    secs: Callable[[], float]


@dataclass(slots=True)
class _Waiting:
    """A record on its way to the journal; ``done`` hears how it went, for a wish of the server's own."""

    entry: Entry
    record: Record
    done: Callable[[Reply], None] | None = None


class Commits:
    """The way of a session's changes to the disk and back.

    Args:
        session: decides and applies. events: where records are told from.
        times: the clocks. submit: hands an entry to the journal.
        carry_out: called with the effects of each record. answer: tells an author, by id, a reply.

    Attributes:
        on_commit: told of each change how many seconds it took. on_record: told of each when it is so.
        on_settled: called when all records of a commit have been carried out.
        times: the clocks. disturbances: the active ones.
        writable: whether changes are taken; if not, ``why_not`` says why.
        closing: whether the server stops: new operations get no answer, so that those who sent them send them
            again when it is back.
    """

    def __init__(
        self,
        session: Session,
        events: Events,
        *,
        times: Times,
        submit: Callable[[Entry], None],
        carry_out: Callable[[Effects], None],
        answer: Callable[[str, Reply], None],
    ) -> None:
        self._session, self._events, self.times = session, events, times
        self._submit, self._carry_out, self._answer_author = submit, carry_out, answer
        self._waiting: dict[int, _Waiting] = {}
        self.writable, self.closing = True, False
        self.why_not = ""
        self.disturbances: frozenset[str] = frozenset()
        self.on_commit: Callable[[float], None] = lambda _secs: None
        self.on_settled: Callable[[], None] = lambda: None
        self.on_record: Callable[[Record], None] = lambda _record: None

    def restore(self, entries: Iterable[Entry]) -> None:
        """Apply what the journal has, before anyone comes."""
        self._session.restore(self._told_again(entries))
        self.disturbances = self._session.disturbances()

    def _told_again(self, entries: Iterable[Entry]) -> Iterator[Record]:
        """Yield the records of entries; whoever was here before may ask for those that they have missed."""
        now = self.times.secs()
        for entry in entries:
            record = record_of(entry)
            self._events.append(encode(record), now_secs=now)
            yield record

    def operate(
        self, author: Author, operation: Operation, *, consider: Callable[[], Wish | Reply]
    ) -> Reply | None:
        """Decide a wish; returns the answer if it is refused or known, None when it waits for the disk.

        Args:
            consider: asked about a new operation: what is to be decided for it, or why it is refused.
        """
        session = self._session
        first = session.first_reply(operation, author.id)
        if first is not None or session.waits(operation, author.id):
            return first
        if self.closing:
            return None
        wish = self._read_only(operation.op) or consider()
        decided = wish if isinstance(wish, Reply) else self._decide(wish, author)
        if isinstance(decided, Draft):
            self._keep(decided)
            return None
        return decided

    def bring(self, author: Author, wish: OwnWish, done: Callable[[Reply], None]) -> None:
        """Do what the server itself wishes; ``done`` hears when it is on disk, or why it is not."""
        decided = self._read_only(0) or self._decide(wish, author)
        if isinstance(decided, Draft):
            self._keep(decided, done)
        else:
            done(decided)

    def _decide(self, wish: Wish, author: Author) -> Draft | Reply:
        decided = self._session.decide(wish, author)
        if isinstance(decided, Draft) and not fits(decided.body):
            text = "there is too much in it for one record of the journal, which has less than 1 MiB"
            return Reply(decided.op, 0, "size", text)
        return decided

    def committed(self, entries: Sequence[Entry], reason: str) -> None:
        """Carry out what the journal has kept, or take back everything that waits when it could not."""
        if reason:
            waiting = [self._waiting.get(entry.number) for entry in entries]
            if any(w is not None and w.entry is e for w, e in zip(waiting, entries, strict=True)):
                self._take_back(reason)
                self.on_settled()
            return
        for entry in entries:
            waited = self._waiting.pop(entry.number)
            effects = self._session.apply(waited.record)
            self.on_commit((self.times.session_ns() - waited.record.time_ns) / 1e9)
            self._events.append(encode(effects.announce), now_secs=self.times.secs())
            if effects.disturbances is not None:
                self.disturbances = effects.disturbances
            self._carry_out(effects)
            self.on_record(waited.record)
            self._answer(waited, effects.reply)
        self.on_settled()

    def _read_only(self, op: int) -> Reply | None:
        why_not = self.why_not or "nothing can be kept at the moment"
        return None if self.writable else Reply(op, 0, "read-only", why_not)

    def _keep(self, draft: Draft, done: Callable[[Reply], None] | None = None) -> None:
        record = self._session.expect(draft, self.times.session_ns())
        entry = entry_of(record)
        self._waiting[record.number] = _Waiting(entry, record, done)
        self._submit(entry)

    def _take_back(self, reason: str) -> None:
        waiting, self._waiting = self._waiting, {}
        self._session.forget_waiting()
        for waited in waiting.values():
            self._answer(waited, Reply(waited.record.op, 0, "not-kept", reason))

    def _answer(self, waited: _Waiting, reply: Reply) -> None:
        """Tell the author of a record how it went, or the part of the server that wished for it."""
        if waited.done is not None:
            waited.done(reply)
        else:
            self._answer_author(waited.record.author_id, reply)
