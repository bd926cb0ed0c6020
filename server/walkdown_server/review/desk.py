"""The desk of a review beside the room: what people show each other for a moment, and who was there.

Where somebody points, what they look at and whom they call is told and never kept. Whoever may not do what
they ask for is answered with a sentence, as a ``reply`` to no operation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from msgspec.structs import replace

from walkdown.messages import (
    AskTopic,
    Attend,
    Gather,
    Gathered,
    Message,
    Operation,
    PingAt,
    Pinged,
    Point,
    PointAt,
    Pointing,
    Record,
    Reply,
    SetDuty,
    SharedView,
    ShareView,
    TopicTold,
    encode,
)
from walkdown.review.checks import place_fault
from walkdown_server.access import OPERATION_BYTES_PER_SEC, OPERATIONS_PER_SEC, TokenBucket
from walkdown_server.commits import Commits
from walkdown_server.door.people import Identity, People
from walkdown_server.door.rules import denied
from walkdown_server.parties import Member
from walkdown_server.placing import FURTHEST_METRES
from walkdown_server.review.attending import Attending
from walkdown_server.review.history import TopicHistory
from walkdown_server.review.pacing import Pacing
from walkdown_server.review.rules import GiveDuty
from walkdown_server.review.rules_common import drives, named_files, sound_view
from walkdown_server.ruling import Author, No, OwnWish
from walkdown_server.session import Session
from walkdown_server.ticks.outbox import StateKey
from walkdown_server.ticks.telling import Telling

REVIEW_MESSAGES = (Attend, PointAt, PingAt, ShareView, Gather, AskTopic)

POINTING_PER_SEC, VIEWS_PER_SEC = 10.0, 5.0
VIEW_BYTES_PER_SEC = 64 * 1024
"""Of views of many things fewer are told."""

PING_TOLD_SECS = 10.0
"""Whoever comes later is not told of a ping any more."""

PINGS_PER_SEC, PINGS_BURST = 2.0, 6.0
GATHERED: StateKey = ("gathered", "")


class ReviewDesk:
    """What is said about the review of one room, beside its operations.

    Args:
        session: has the review. people: who is here, or may come back. commits: has records kept.
        telling: tells everyone. publish_person: tells everyone of someone. reply: answers one client.

    Attributes:
        attending: keeps who was there. history: of every topic.
        knows_file: tells whether a file with this hash lies in the session's store.
    """

    knows_file: Callable[[str], bool] = staticmethod(lambda _sha256: True)

    def __init__(
        self,
        session: Session,
        people: People,
        *,
        commits: Commits,
        telling: Telling,
        publish_person: Callable[[Identity], None],
        reply: Callable[[Member, Message], None],
    ) -> None:
        self._session, self._people, self._times, self._telling = session, people, commits.times, telling
        self._publish_person, self._reply = publish_person, reply
        self._pacing = Pacing(telling.publish, secs=self._times.secs)
        self._pings: dict[int, TokenBucket] = {}
        self._pinged: dict[StateKey, float] = {}
        self._views: dict[int, SharedView] = {}
        self._gathered: Gathered | None = None
        self._count = 0
        self.attending = Attending(session, bring=commits.bring, now_ns=self._times.session_ns)
        self.history = TopicHistory()
        session.on_applied = self.history.note

    # ---- what people say --------------------------------------------------------------------------------

    def take(self, member: Member, message: Message) -> None:
        """Do what one of :data:`REVIEW_MESSAGES` says."""
        try:
            self._takers[type(message)](self, member, message)
        except No as no:
            self._reply(member, Reply(0, 0, no.code, no.text))

    def consider(self, member: Member, operation: Operation) -> OwnWish | Reply:
        """Return what is to be decided for an operation, or why not, by what no record says.

        Files have to be in the store, a number of a person means an author, and nobody writes without end.
        """
        if not member.volume.take(self._times.secs(), count=len(encode(operation))):
            text = f"at most {OPERATION_BYTES_PER_SEC / 1e3:.0f} kB a second are taken; wait a little"
            return Reply(operation.op, 0, "rate", text)
        if any(not self.knows_file(sha256) for sha256 in named_files(operation)):
            return Reply(operation.op, 0, "unknown", "the session's store has no such file; send it first")
        if not isinstance(operation, SetDuty):
            return operation
        other = self._people.numbered(operation.person) if operation.person else None
        if operation.person and other is None:
            text = f"nobody here has the number {operation.person}, or not any more"
            return Reply(operation.op, 0, "unknown", text)
        author = other.author if other else Author("", "")
        return GiveDuty(operation.op, operation.duty, author.id, author.name)

    def _attend(self, member: Member, message: Attend) -> None:
        identity = member.identity
        followed = self._people.numbered(message.following) if message.following else None
        if message.following and (followed is None or followed is identity):
            message = replace(message, following=0)
        before = identity.attend
        identity.take_part(message)
        if identity.attend != before:
            self._publish_person(identity)

    def _point(self, member: Member, message: PointAt) -> None:
        person = member.identity.person
        told = Pointing(person, message.point, message.thing)
        if message.point is None:
            self._pacing.tell_at_once(("pointing", person), told)
        else:
            _check_place(message.point)
            self._pacing.tell(("pointing", person), told, per_sec=POINTING_PER_SEC)

    def _ping(self, member: Member, message: PingAt) -> None:
        _check_place(message.point)
        person = member.identity.person
        bucket = self._pings.setdefault(person, TokenBucket(PINGS_PER_SEC, PINGS_BURST))
        if not bucket.take(self._times.secs()):
            raise No("rate", f"at most {PINGS_PER_SEC:.0f} pings a second are told")
        told = Pinged(person, message.point, message.thing, self._times.session_ns(), self._next())
        key: StateKey = ("pinged", person)
        self._pinged.pop(key, None)
        self._pinged[key] = self._times.secs() + PING_TOLD_SECS
        self._telling.publish(key, encode(told))

    def _share(self, member: Member, message: ShareView) -> None:
        identity = member.identity
        view = sound_view(message.view) if message.view is not None else None
        if message.for_all and view is not None:
            self._check_leading(identity, "lets everybody see as they do")
            self._take_over(identity.person)
        told = SharedView(identity.person, view, message.for_all and view is not None)
        self._tell_view(told)

    def _take_over(self, person: int) -> None:
        """Let nobody else's view be everybody's."""
        for other, shown in list(self._views.items()):
            if other != person and shown.for_all:
                self._tell_view(replace(shown, for_all=False), at_once=True)

    def _tell_view(self, told: SharedView, *, at_once: bool = False) -> None:
        key = ("shared_view", told.id)
        if told.view is None:
            if self._views.pop(told.id, None) is not None:
                self._pacing.tell_at_once(key, told)
        elif at_once:
            self._views[told.id] = told
            self._pacing.tell_at_once(key, told)
        else:
            self._views[told.id] = told
            per_sec = min(VIEWS_PER_SEC, VIEW_BYTES_PER_SEC / len(encode(told)))
            self._pacing.tell(key, told, per_sec=per_sec)

    def _gather(self, member: Member, message: Gather) -> None:
        identity, before = member.identity, self._gathered
        mine = before is not None and before.by == identity.person
        if not (message.release and mine):
            self._check_leading(identity, "calls people together")
        if message.release and (before is None or before.release):
            raise No("unchanged", "nobody is called together")
        people = tuple(one for one in message.people if self._people.numbered(one) is not None)
        if message.people and not people:
            raise No("unknown", "nobody of those whom you call is here any more")
        self._tell_gathered(Gathered(identity.person, people, message.release))

    def _tell_gathered(self, told: Gathered) -> None:
        self._gathered = replace(told, time_ns=self._times.session_ns(), count=self._next())
        self._telling.publish(GATHERED, encode(self._gathered))

    def _ask_topic(self, member: Member, message: AskTopic) -> None:
        if member.operations.take(self._times.secs()):
            self._reply(member, self.history.told(message.ask, message.topic))
        else:
            text = f"At most {OPERATIONS_PER_SEC:.0f} questions and changes a second are taken."
            self._reply(member, TopicTold(message.ask, message.topic, text=text))

    def _check_leading(self, identity: Identity, what: str) -> None:
        if not self._leads(identity):
            raise No("rights", f"a chair, whoever presents or the driver {what}; you are {identity.role}")

    def _leads(self, identity: Identity) -> bool:
        return identity.presenting or drives(self._session.review, identity.author)

    def _next(self) -> int:
        self._count += 1
        return self._count

    # ---- what happens -----------------------------------------------------------------------------------

    def step(self) -> None:
        """Tell what has waited for its turn, and no more of old pings; called every tick."""
        self._pacing.step()
        while self._pinged:
            key, until_secs = next(iter(self._pinged.items()))
            if until_secs > self._times.secs():
                break
            del self._pinged[key]
            self._telling.forget(key)

    def note(self, record: Record) -> None:
        """Let a record that has been applied be felt: of a meeting, of a role or of who presents."""
        if record.kind in ("role", "presenting", "meeting"):
            self._end_what_nobody_may()
            self.attending.settle()

    def _end_what_nobody_may(self) -> None:
        """Let views be shared, and be everybody's, only as long as their authors may do so."""
        for person, shown in list(self._views.items()):
            identity = self._people.numbered(person)
            if identity is None or denied(identity.role, ShareView):
                self._tell_view(SharedView(person))
            elif shown.for_all and not self._leads(identity):
                self._tell_view(replace(shown, for_all=False), at_once=True)

    def left(self, identity: Identity, *, for_good: bool) -> None:
        """Withdraw where somebody points; what they show and their call hold while they may come back."""
        self._point_no_more(identity.person)
        identity.attend = Attend()
        if for_good:
            self.gone(identity)
        else:
            self.attending.broke_off(identity)

    def came(self, identity: Identity, *, anew: bool) -> None:
        """Note that somebody is here; with a new program they show nothing yet."""
        identity.attend = Attend()
        if anew:
            identity.hand_seen = False
            self._show_no_more(identity.person)
        self.attending.came(identity)

    def gone(self, identity: Identity) -> None:
        """Forget somebody who will not come back."""
        self._show_no_more(identity.person)
        for kind in ("pointing", "pinged", "shared_view"):
            self._pacing.forget((kind, identity.person))
            self._telling.forget((kind, identity.person))
        self._pings.pop(identity.person, None)
        self._pinged.pop(("pinged", identity.person), None)
        self.attending.went(identity)

    def _show_no_more(self, person: int) -> None:
        self._point_no_more(person)
        self._tell_view(SharedView(person))
        if self._gathered is not None and self._gathered.by == person and not self._gathered.release:
            self._tell_gathered(Gathered(person, release=True))

    def _point_no_more(self, person: int) -> None:
        if self._pacing.has_told(("pointing", person)):
            self._pacing.tell_at_once(("pointing", person), Pointing(person))

    _takers: ClassVar[Mapping[type[Message], Callable[[ReviewDesk, Member, Any], None]]] = {
        Attend: _attend,
        PointAt: _point,
        PingAt: _ping,
        ShareView: _share,
        Gather: _gather,
        AskTopic: _ask_topic,
    }


def _check_place(point: Point) -> None:
    if fault := place_fault([point], furthest_metres=FURTHEST_METRES):
        raise No("place", fault)
