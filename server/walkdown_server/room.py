"""The running session: people come and go, and every 50 ms all are told.

The room does no input or output itself: a client is a :class:`Line` that can be written to, the journal is
a function that takes entries, time is two functions. Wishes become records in ``commits``. People are told by
:meth:`Room.tick`: each gets what has changed, or their outbox notes that it is owed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Any, ClassVar

import msgspec
import numpy as np
import zstandard

from walkdown import messages
from walkdown.messages import (
    AskHistory,
    Bye,
    Delays,
    Hello,
    HistoryPart,
    Invite,
    Operation,
    PackageRef,
    Ping,
    Pong,
    Record,
    Refusal,
    Reply,
    Select,
    ServerStatus,
    Subscribe,
    Welcome,
    encode,
)
from walkdown_server.access import OPERATIONS_PER_SEC
from walkdown_server.attendance import Attendance
from walkdown_server.commits import Commits, Times
from walkdown_server.delivery import Delivery
from walkdown_server.door.doorkeeper import Doorkeeper
from walkdown_server.door.people import Held, Identity, People
from walkdown_server.door.rules import DOOR_OPERATIONS, Peer, denied, speaking, why_not
from walkdown_server.intake_desk import INTAKE_MESSAGES, IntakeDesk
from walkdown_server.journal.records import Entry
from walkdown_server.logs import about
from walkdown_server.model_desk import ModelDesk
from walkdown_server.packages import ZSTD_MEDIA, BlobStore
from walkdown_server.parties import Contents, Line, Member, Past
from walkdown_server.review.desk import REVIEW_MESSAGES, ReviewDesk
from walkdown_server.review.refusing import refused
from walkdown_server.review.rules import REVIEW_RULES
from walkdown_server.session import Effects, Session, Wish
from walkdown_server.sink import Sink
from walkdown_server.snapshots import Snapshots
from walkdown_server.ticks.interest import Bytes, Crowd, Ints
from walkdown_server.ticks.live import Live
from walkdown_server.ticks.subscriptions import Subscriptions
from walkdown_server.ticks.telling import TICK_MS, Telling
from walkdown_server.voice.desk import VOICE_MESSAGES, VoiceDesk
from walkdown_server.voice.health import Health
from walkdown_server.voice.routing import Voices
from walkdown_server.watch import Watch
from walkdown_server.websocket import encode_binary

SERVER = ("server", "")
MODELS = ("models", "")
DELAYS = ("delays", "")
RULE_KINDS = ("muted_all", "recording", "zone", "zone_removed")

_log = logging.getLogger(__name__)
_compress = zstandard.ZstdCompressor(level=3).compress


class Room:
    """One session with the people in it.

    Args:
        contents: what it shows. store: where snapshots are put for fetching.
        times: the clocks. submit: hands an entry to the journal.
        max_people: who may be connected at once.

    Attributes:
        model_desk: tells which models there are. intake_desk: takes models and files, once it has takers.
        subscriptions: learns where the elements of packages are.
        past: who keeps what is told; None keeps nothing. collect: has what came read, and poses placed.
        gathers: whether what comes is left until then, or read at once.
        on_enter: called when someone has come in.
        watch: counts and measures. tally: what it counts. delays: what was last told of them.
        voices: who hears whom. voice_desk: what is said about that. review_desk: about the review.
    """

    past: Past | None = None
    collect: Callable[[], None] | None = None
    gathers = False
    on_enter: Callable[[], None] = staticmethod(lambda: None)
    delays = Delays()

    def __init__(
        self,
        contents: Contents,
        *,
        store: BlobStore,
        times: Times,
        submit: Callable[[Entry], None],
        max_people: int = 300,
        server: str = "walkdown",
    ) -> None:
        catalogue = contents.catalogue
        self.contents, self._store, self._times = contents, store, times
        self._max_people, self._server = max_people, server
        self.session = Session(
            things=(t.id for t in catalogue.things),
            disturbances=(d.id for d in catalogue.disturbances),
            models=contents.models,
            rules=REVIEW_RULES,
        )
        self.live = Live(catalogue, joint_count=contents.joint_count, now_ns=times.session_ns())
        self.subscriptions = Subscriptions(catalogue, self.live.table.layout)
        self._catalogue = store.put(_compress(msgspec.msgpack.encode(catalogue)), media=ZSTD_MEDIA)
        self._crowd = Crowd(capacity=max_people)
        self._attendance = Attendance(self._crowd, capacity=max_people)
        self._members = self._attendance.members
        self.watch = Watch(self._members, self.live, self._crowd)
        self.tally = self.watch.tally
        self._people = People(knows=self.session.knows)
        self._telling = Telling(self.live, self._crowd)
        self._events = self._telling.events
        self._make_voices()
        self._make_commits(submit)
        self._make_desks()
        self._snapshots = Snapshots(self.session, self._events, store)
        self._telling.publish(SERVER, encode(ServerStatus()))

    def _make_voices(self) -> None:
        """Make what lets people hear each other, and what tells all of them what happens."""
        attendance, times = self._attendance, self._times
        self.voices = Voices(
            attendance,
            self._crowd,
            capacity=self._max_people,
            times=times,
            tally=self.tally,
            tick=lambda: self._telling.tick,
        )
        self.voice_desk = VoiceDesk(
            self.voices,
            self.session,
            publish=self._telling.publish,
            publish_person=self._publish_person,
            reply=self._reply,
        )
        self.voice_desk.watch = Health(
            attendance, self.voices.sent, capacity=self._max_people, reply=self._reply, secs=times.secs
        )
        self._delivery = Delivery(attendance, self._telling, self.voices, watch=self.watch, times=times)

    def _make_commits(self, submit: Callable[[Entry], None]) -> None:
        """Make what decides wishes and has them kept, those at the door among them."""
        self.commits = Commits(
            self.session,
            self._events,
            times=self._times,
            submit=submit,
            carry_out=self._carry_out,
            answer=self._answer,
        )
        self.commits.on_settled = self._delivery.answer_at_once
        self.commits.on_commit = self.tally.commits.add
        self.doorkeeper = Doorkeeper(
            self.contents.name,
            self.session,
            self._people,
            commits=self.commits,
            now_ns=self._times.session_ns,
            present=lambda: (member.identity for member in self._members.values()),
        )

    def _make_desks(self) -> None:
        """Make what takes models and files, and what is said about them and about the review."""
        telling, times = self._telling, self._times
        self.model_desk = ModelDesk(
            self.session, self.contents.packages, publish=telling.publish, forget=telling.forget
        )
        self.model_desk.on_told = self._models_told
        self.intake_desk = IntakeDesk(
            secs=times.secs, answer=self._answer, reply=self._reply, refuse=self._deny
        )
        self.review_desk = ReviewDesk(
            self.session,
            self._people,
            commits=self.commits,
            telling=telling,
            publish_person=self._publish_person,
            reply=self._reply,
        )
        self.review_desk.knows_file = self.intake_desk.knows_file

    # ---- the journal ----------------------------------------------------------------------------------

    def restore(self, entries: Iterable[Entry], *, seen_ns: int = 0) -> None:
        """Apply what the journal has, before anyone comes; ``seen_ns`` is when the server ran for certain."""
        self.commits.restore(entries)
        self._telling.skip_events()
        self.voice_desk.rule()
        self.review_desk.attending.restore(seen_ns)

    def operate(self, member: Member, operation: Operation) -> None:
        """Decide a wish; it is answered now if refused or known, else when it is on disk."""
        consider = partial(self._consider, member, operation)
        author = member.identity.author
        reply = self.commits.operate(author, operation, consider=consider)
        if reply is not None:
            if isinstance(operation, Invite) and reply.number:
                self._hand_out(author.id, operation.op)
            self._reply(member, reply)

    def set_writable(self, writable: bool, text: str) -> None:
        """Tell all whether notes can be kept."""
        self.commits.writable, self.commits.why_not = writable, text
        self._telling.publish(SERVER, encode(ServerStatus(writable=writable, text=text)))
        if writable:
            self.doorkeeper.keep_owed()
            self.review_desk.attending.settle()

    def _consider(self, member: Member, operation: Operation) -> Wish | Reply:
        """Return what is to be decided for an operation that is new, or why it is not even looked at."""
        if not member.operations.take(self._times.secs()):
            text = f"at most {OPERATIONS_PER_SEC:.0f} changes a second are taken"
            return Reply(operation.op, 0, "rate", text)
        if reason := denied(member.identity.role, type(operation)):
            _log.info("%s may not: %s", member.identity.author.name, reason)
            return Reply(operation.op, 0, "rights", reason)
        if isinstance(operation, DOOR_OPERATIONS):
            return self.doorkeeper.decide(member.identity, operation)
        return self.review_desk.consider(member, operation)

    def _carry_out(self, effects: Effects) -> None:
        """Do what a record that has been applied asks for, beside telling it."""
        announced = effects.announce
        extra = about(session=self.contents.name, who=announced.author, record=announced.number)
        _log.info(announced.kind, extra=extra)
        if effects.models_changed:
            self.model_desk.tell()
        record = effects.announce
        if record.kind == "invited":
            self._hand_out(record.author_id, record.op)
        elif record.kind in ("kicked", "muted", "role", "presenting"):
            self._carry_out_at_door(record)
        elif record.kind in RULE_KINDS:
            self.voice_desk.rule()
        self.review_desk.note(record)

    def _carry_out_at_door(self, record: Record) -> None:
        """Let someone feel what was decided about them, if they are here or held."""
        identity = self._people.of_author(str(record.body["author_id"]))
        if identity is None:
            return
        if record.kind == "kicked":
            self._show_out(identity, record)
            return
        if record.kind == "role":
            identity.give_role(record.body["role"])
            self.intake_desk.note(record, identity)
        elif record.kind == "presenting" and record.body["presenting"]:
            identity.see_hand()
        self._note_heard(identity)
        if (member := self._members.get(identity.person)) is not None:
            member.speaking = speaking(identity)
            self.voices.learn(member)
        self._publish_person(identity)

    def _show_out(self, identity: Identity, record: Record) -> None:
        self._people.forget(identity)
        identity.left_secs = self._times.secs()
        self._note_leading(identity)
        self._telling.withdraw(identity.person)
        self.review_desk.left(identity, for_good=True)
        self.intake_desk.forget(identity)
        member = self._members.get(identity.person)
        if member is not None:
            self._drop(member)
            reason = f": {record.body['text']}" if record.body["text"] else "."
            member.line.refuse(Refusal("kicked", f"{record.author} has shown you the door{reason}"))

    def _hand_out(self, author_id: str, op: int) -> None:
        """Give an invitation to whoever asked for it."""
        invitation = self.doorkeeper.handed_out(author_id, op)
        if invitation is not None:
            self._answer(author_id, invitation)

    def _answer(self, author_id: str, reply: messages.Message) -> None:
        identity = self._people.of_author(author_id)
        member = self._members.get(identity.person) if identity else None
        if member is not None:
            self._delivery.reply(member, encode(reply), soon=True)

    def _reply(self, member: Member, reply: messages.Message) -> None:
        self._delivery.reply(member, encode(reply))

    # ---- models ---------------------------------------------------------------------------------------

    @property
    def packages(self) -> tuple[PackageRef, ...]:
        """What is drawn now."""
        return self.model_desk.packages

    def tell_source(self, status: messages.SourceStatus) -> None:
        """Tell everyone how something is doing that the session depends on."""
        self._telling.publish(("source", status.name), encode(status))

    def _models_told(self) -> None:
        """Have everyone get what they want of the models that there are now, and unknown packages fetched."""
        for member in self._members.values():
            if member.subscription.area is not None:
                self._subscribe(member, member.subscription)
        if self.intake_desk.offers is not None and self.model_desk.without_package():
            self.intake_desk.offers.fetch()

    # ---- people ---------------------------------------------------------------------------------------

    def enter(self, hello: Hello, line: Line, *, peer: Peer) -> Member | Refusal:
        """Let someone in and send the welcome, or say why not."""
        door = self.doorkeeper.door
        admission = why_not(hello, session=self.contents.name) or door.admit(hello, peer)
        if isinstance(admission, Refusal):
            return admission
        held = self._people.find(hello.resume) if admission.known else None
        if len(self._members) >= self._max_people and held is None:
            return _full(self._max_people)
        identity, resumed = self._people.identify(hello, admission)
        self._note_heard(identity)
        old = self._members.get(identity.person)
        if old is not None:
            self._drop(old)
            old.line.refuse(Refusal("replaced", "You have joined again from another connection."))
        if self._attendance.full:
            return _full(self._max_people)
        number, snapshot = self._snapshots.start_for(
            hello.last if resumed else 0, now_secs=self._times.secs()
        )
        identity.left_secs, identity.voice = None, messages.Voice()
        self.review_desk.came(identity, anew=not (resumed and hello.last))
        self._publish_person(identity)
        outbox = self._telling.outbox(next_event=number + 1)
        member = Member(identity, line, outbox, self._attendance.take_row(), speaking(identity))
        member.resuming_secs = self._times.secs() if resumed else None
        self._attendance.add(member)
        self.voices.learn(member)
        self.on_enter()
        if self.past is not None:
            self.past.meet(identity)
        line.send(encode_binary(encode(self._welcome(identity, number, snapshot, resumed=resumed))))
        self.doorkeeper.note_joined(identity, door.joined(identity, admission))
        return member

    def leave(self, member: Member, *, for_good: bool) -> None:
        """Let someone go; if the connection only broke, they are shown as away and may resume."""
        if self._members.get(member.identity.person) is not member:
            return
        self._drop(member)
        member.identity.left_secs = self._times.secs()
        self.review_desk.left(member.identity, for_good=for_good)
        if for_good:
            self._note_leading(member.identity)
            self._telling.withdraw(member.identity.person)
        else:
            self._publish_person(member.identity)

    def _drop(self, member: Member) -> None:
        self.voice_desk.forget(member)
        self._attendance.remove(member)

    def _note_heard(self, identity: Identity) -> None:
        """Note what stands in the journal of whether someone is heard."""
        register, author = self.session.register, identity.author.id
        identity.muted, identity.presenting = author in register.muted, author in register.presenting

    def held(self) -> tuple[Held, ...]:
        """Return everyone who is here or may come back, for the process to which the session moves."""
        return self._people.held()

    def expect(self, held: Iterable[Held]) -> None:
        """Hold the place of people who were in the session where it was before."""
        for identity in self._people.expect(held, self._times.secs()):
            self._publish_person(identity)
            self.review_desk.attending.expect(identity)

    def forget_absent(self) -> None:
        """Let those go who have been away for too long; called about once a second."""
        for identity in self._people.take_absent(self._times.secs()):
            self._telling.withdraw(identity.person)
            self.review_desk.gone(identity)
            self.intake_desk.forget(identity)
        self.review_desk.attending.settle()

    def receive(self, member: Member, message: messages.ClientMessage) -> Refusal | None:
        """Carry out a control message; returns why the client must go, usually None."""
        if isinstance(message, Hello):
            return Refusal("message", "You have already said hello.", "any other message", "hello")
        if isinstance(message, Operation):
            self.operate(member, message)
        elif reason := denied(member.identity.role, type(message)):
            self._deny(member, message, reason)
        else:
            self._takers[type(message)](self, member, message)
        return None

    def _pong(self, member: Member, message: Ping) -> None:
        pong = Pong(message.sent_ns, self._times.session_ns())
        member.line.send(encode_binary(encode(pong)))

    def _ask(self, member: Member, message: AskHistory) -> None:
        if self.past is None:
            self._reply(member, HistoryPart(message.ask, text="This server keeps nothing of the past."))
        else:
            self.past.ask(member.identity, message, lambda answer: self._reply(member, answer))

    def _deny(self, member: Member, message: messages.Message, reason: str) -> None:
        """Say that someone's role does not allow what they sent, if that has an answer."""
        identity = member.identity
        extra = about(session=self.contents.name, person=identity.person, who=identity.author.name)
        _log.info("may not %s", message.__struct_config__.tag, extra=extra)
        if (answer := refused(message, reason, person=identity.person)) is not None:
            self._reply(member, answer)

    def _take_in(self, member: Member, message: messages.Message) -> None:
        self.intake_desk.take(member, message)

    def _take_voice(self, member: Member, message: messages.Message) -> None:
        self.voice_desk.take(member, message)

    def _take_review(self, member: Member, message: messages.Message) -> None:
        self.review_desk.take(member, message)

    def _subscribe(self, member: Member, subscription: Subscribe) -> None:
        member.subscription = subscription
        member.outbox.subscribe(self.subscriptions.wanted(subscription, self.packages))

    def acknowledge(self, member: Member, last_tick: int) -> None:
        """Note which tick someone has received."""
        member.acknowledged.note(last_tick, tick=self._telling.tick, now_ns=self._times.session_ns())

    def place(self, member: Member, record: bytes) -> None:
        """Store the pose of someone, a record of POSE or HANDS size."""
        if "pose" in member.speaking:
            self._crowd.place(member.row, record, now_ns=self._times.session_ns())

    def place_many(self, members: list[Member], records: Bytes, *, last_ticks: Ints, times_ns: Ints) -> None:
        """Store poses (n, size of POSE) of these people; of one who is there twice the later counts.

        Args:
            last_ticks: (n,) which ticks they have received. times_ns: (n,) int64, when they came.
        """
        tick = self._telling.tick
        for member, last_tick, time_ns in zip(members, last_ticks.tolist(), times_ns.tolist(), strict=True):
            member.acknowledged.note(last_tick, tick=tick, now_ns=time_ns)
        allowed = [place for place, member in enumerate(members) if "pose" in member.speaking]
        rows = np.array([members[place].row for place in allowed], np.intp)
        self._crowd.place_many(rows, records[allowed], times_ns=times_ns[allowed])

    def session_ns(self) -> int:
        """Return the session time."""
        return self._times.session_ns()

    def say_bye(self, text: str, *, after_secs: float) -> None:
        """Tell everyone that the server stops."""
        bye = encode_binary(encode(Bye(text=text, after_secs=after_secs)))
        for member in self._members.values():
            member.line.send(bye)

    @property
    def crowd(self) -> Crowd:
        """Where everyone is."""
        return self._crowd

    def everyone(self) -> tuple[Identity, ...]:
        """Return everyone who is here or may come back."""
        return self._people.everyone()

    @property
    def people(self) -> int:
        """How many are connected."""
        return len(self._members)

    def _select(self, member: Member, message: Select) -> None:
        identity = member.identity
        identity.selected = message.thing if self.session.knows_thing(message.thing) else ""
        self._publish_person(identity)

    def show_always(self, people: Collection[int]) -> None:
        """Have everybody see these people at the full rate wherever they are, beside who leads or speaks."""
        self._attendance.show_always("chosen", people)

    def _note_leading(self, identity: Identity) -> None:
        """Have everybody see who leads the session or presents, as long as they do and are here."""
        here = identity.left_secs is None
        self._attendance.show("leading", identity.person, shown=here and identity.role == "chair")
        self._attendance.show("presenting", identity.person, shown=here and identity.presenting)

    def _publish_person(self, identity: Identity) -> None:
        self._note_leading(identity)
        self._telling.publish(("person", identity.person), encode(identity.message()))

    def _welcome(
        self, identity: Identity, number: int, snapshot: messages.Blob | None, *, resumed: bool
    ) -> Welcome:
        return Welcome(
            person=identity.person,
            secret=identity.secret,
            session=self.contents.name,
            resumed=resumed,
            time_ns=self._times.session_ns(),
            tick_ms=TICK_MS,
            epoch=self.live.epoch,
            catalogue=self._catalogue,
            packages=self.packages,
            snapshot=snapshot,
            number=number,
            last_op=self.session.last_op(identity.author.id),
            server=self._server,
            author=identity.author.id,
            role=identity.role,
            history_ns=self.past.oldest_ns if self.past is not None else 0,
        )

    # ---- sources --------------------------------------------------------------------------------------

    def sink(self, name: str) -> Sink:
        """Return where a source of this name delivers."""
        return Sink(
            name,
            self.live,
            now_ns=self._times.session_ns,
            publish=self._telling.publish,
            disturbances=lambda: self.commits.disturbances,
        )

    # ---- ticks ----------------------------------------------------------------------------------------

    def hear(self, member: Member, packet: bytes) -> None:
        """Take a packet of voice, from a section of a frame or from a datagram.

        Raises:
            ProtocolError: it is no packet.
        """
        self.voices.hear(member, packet)

    @property
    def awaits_voice_tick(self) -> bool:
        """Whether something was said that has not been sent on, or may have been."""
        return self.voices.waiting or (self.gathers and self.voices.talking)

    def voice_tick(self) -> None:
        """Send everyone what they hear, between two ticks."""
        if self.collect is not None:
            self.collect()
        self.voices.tick()

    def tick(self) -> None:
        """Tell everyone what has changed since the last tick, and in the same write what they hear."""
        if self.collect is not None:
            self.collect()
        self.review_desk.step()
        told = self._telling.next(self._times.session_ns())
        if self.past is not None:
            self.past.keep(told)
        self.watch.note(told)
        self._delivery.deliver(told, self.voices.tick_with_state() if self.voices.talking else None)

    def tell_delays(self) -> None:
        """Tell everyone how late they are told."""
        self.delays = self.watch.settle(self._times.session_ns())
        if self._members:
            self._telling.publish(DELAYS, encode(self.delays))

    _takers: ClassVar[Mapping[type[messages.Message], Callable[[Room, Member, Any], None]]] = {
        Ping: _pong,
        Select: _select,
        Subscribe: _subscribe,
        AskHistory: _ask,
        **dict.fromkeys(INTAKE_MESSAGES, _take_in),
        **dict.fromkeys(VOICE_MESSAGES, _take_voice),
        **dict.fromkeys(REVIEW_MESSAGES, _take_review),
    }


def _full(max_people: int) -> Refusal:
    text = f"This session is full: {max_people} people are here."
    return Refusal("full", text, f"at most {max_people}", f"{max_people + 1}")
