"""All that a client knows at one moment, changed by the link's events alone.

The app drains the link into :meth:`World.apply`, calls :meth:`World.advance` once a frame, draws, and calls
:meth:`World.note_drawn`. Everybody else only reads. The ``…_revision`` counters grow with every change of
what they are named after, so that a view knows when to look again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from walkdown.blocks import AGE_STEP_SECS, SignalValues
from walkdown.clock import ClockEstimate
from walkdown.messages import (
    IN_PLACE,
    REVIEW_KINDS,
    Delays,
    Exported,
    FileTask,
    Gathered,
    Gone,
    Invitation,
    Message,
    ModelTask,
    Note,
    PackageRef,
    Person,
    PersonKind,
    Pinged,
    Placement,
    Point,
    Pointing,
    Reach,
    Record,
    Reply,
    ReviewSnapshot,
    Role,
    ServerStatus,
    SharedView,
    SourceStatus,
    TextValue,
    TopicTold,
    UploadTicket,
    VoiceHealth,
    VoiceRules,
    VoiceTrouble,
    Welcome,
)
from walkdown.package.model import Joint
from walkdown.review import ReviewState
from walkdown.roles import Speaking, may
from walkdown.signals import SignalTable
from walkdown.twin import STATES, Catalogue, ModelThings
from walkdown_client.acquaintances import Acquaintances, KeyState
from walkdown_client.events import (
    Event,
    Heard,
    Joined,
    LinkChanged,
    LinkState,
    ModelsListed,
    Recorded,
    RoundTrip,
    Tick,
)
from walkdown_client.invitations import Invitations
from walkdown_client.latency import KEPT, LatencyRing
from walkdown_client.past import PastTold
from walkdown_client.placements import point_in_site
from walkdown_client.playout import JointPlayout, PeoplePlayout
from walkdown_client.review_session import Together
from walkdown_client.trends import Trends
from walkdown_client.twin_index import TwinIndex
from walkdown_client.voice_session import VoiceSession

F64 = npt.NDArray[np.float64]
SECS = 1e-9
NOBODY = 0
AGE_STEPS_NS = round(2 * AGE_STEP_SECS / SECS)
"""Ages come in steps: a value that is sent again may seem this much newer than it was."""
AGE_COUNTED_SECS = 600.0
"""Older values are old news, and the largest age on the wire stands for all above it."""
MODEL_RECORDS = ("model", "model_placed", "model_removed")
NEWS_MAX, REVIEW_NEWS_MAX = 64, 256
UNDRAWN_MAX = 64
"""Updates whose latency waits for a frame; who never draws forgets the oldest."""


@dataclass(frozen=True, slots=True)
class PersonView:
    """Somebody in the session.

    Attributes:
        colour: index into the palette of people.
        selected: id of the thing the person has selected, "" for none.
        connected: False while the person's connection is gone and may come back.
        role: what they may do. muted: nobody hears them.
        key: their public key, "" for none. key_state: whether it is that of last time.
        presenting: they are heard everywhere. microphone, ears, deaf, reach, group, recordable: as in
            ``messages.Voice``.
        looking, following, hand, private: as in ``messages.Attend``. author: their id in the journal.
    """

    id: int
    name: str
    kind: PersonKind
    colour: int
    selected: str
    connected: bool
    role: Role = "participant"
    muted: bool = False
    key: str = ""
    key_state: KeyState = "none"
    presenting: bool = False
    microphone: bool = False
    ears: bool = False
    deaf: bool = False
    reach: Reach = "near"
    group: str = ""
    recordable: bool = True
    looking: str = ""
    following: int = 0
    hand: bool = False
    private: bool = False
    author: str = ""


@dataclass(frozen=True, slots=True)
class Latency:
    """How old what is drawn is, in seconds; NaN before anything was measured.

    Attributes:
        signal_p50, signal_p95: from the source's time of a value to the frame that shows it.
        pose_p50, pose_p95: from another person's movement to the frame that shows it.
        round_trip: there and back, the fastest of the last.
    """

    signal_p50: float
    signal_p95: float
    pose_p50: float
    pose_p95: float
    round_trip: float


class World:
    """The session as this client knows it.

    Attributes:
        me: own number in the session, 0 before the first welcome.
        people: everybody in the session by number, oneself included; ``people_revision`` leaves out what each
            says in ``attend``, which changes often, ``presence_revision`` does not.
        people_ids: (n,) uint16, whose poses :meth:`advance` computed, oneself left out.
        people_positions: (n, 3) float64 metres, site frame. people_quaternions: (n, 4) site_from_head.
        people_flags: (n,) uint16, see ``PoseFlag``.
        twin: lookups into the catalogue and the things of models. signals: newest values, laid out by it.
        thing_states: (things,) uint8, see ``walkdown.twin.STATES``; those of models have none.
        joint_values: (joints,) float64 radians or metres, interpolated.
        packages: the models of the session as they stand.
        model_tasks: by model id, what is or was being brought in since oneself joined.
        model_news: records of models that came, moved and went, oldest first; a view takes them out.
        last_record: number of the newest record that is in here.
        notes: by their id. disturbances: ids of the active ones. sources: by name.
        acquaintances: who was met before, by name and key. invitations: those that oneself has made.
        delays: what the server measures of itself.
        voice: what the server says about everybody's voice.
        review: topics, views, marks, the meeting and what was decided.
        review_news: records about that since oneself joined, oldest first; each view remembers the number of
            the newest that it has seen. together: what people show for a moment.
        refusals: replies to own wishes that were refused, oldest first; a view takes them out.
        link_state, link_text: how the connection is, and one sentence when it is not well.
        session_ns: the session time of the last :meth:`advance`.
    """

    def __init__(self, acquaintances: Acquaintances | None = None) -> None:
        self.acquaintances = acquaintances or Acquaintances()
        self.invitations, self.voice = Invitations(), VoiceSession()
        self.review, self.together = ReviewState(), Together()
        self.review_news: deque[Record] = deque(maxlen=REVIEW_NEWS_MAX)
        self.me, self.last_record = NOBODY, 0
        self.welcome: Welcome | None = None
        self.people: dict[int, PersonView] = {}
        self.people_ids, self.people_flags = np.zeros(0, np.uint16), np.zeros(0, np.uint16)
        self.people_positions: F64 = np.zeros((0, 3))
        self.people_quaternions: F64 = np.zeros((0, 4))
        self.packages: tuple[PackageRef, ...] = ()
        self._placements: dict[str, Placement] = {}
        self.model_tasks: dict[str, ModelTask] = {}
        self.model_news: deque[Record] = deque(maxlen=NEWS_MAX)
        self.notes: dict[str, Note] = {}
        self.disturbances: set[str] = set()
        self.sources: dict[str, SourceStatus] = {}
        self.server_status, self.delays = ServerStatus(), Delays()
        self.refusals: list[Reply] = []
        self.link_state: LinkState = "connecting"
        self.link_text, self.clock = "", ClockEstimate()
        self.joint_values: F64 = np.zeros(0)
        self.session_ns = self._tick_ns = self.tick_number = 0
        self.signals_revision = self.states_revision = self.notes_revision = self.people_revision = 0
        self.packages_revision = self.sources_revision = self.tasks_revision = self.presence_revision = 0
        self._people, self._joints = PeoplePlayout(), JointPlayout()
        self._signal_latency, self._pose_latency = LatencyRing(), LatencyRing()
        self._things: Mapping[str, ModelThings] = {}
        self._lay_out(Catalogue(0))
        self._appliers: dict[type, Callable[..., None]] = {
            LinkChanged: self._apply_link,
            Joined: self._apply_joined,
            ModelsListed: self._apply_models,
            RoundTrip: self._apply_round_trip,
            Recorded: self._apply_record,
            Heard: self._apply_heard,
            Tick: self._apply_tick,
            Person: self._apply_person,
            Gone: self._apply_gone,
            Invitation: lambda told: self.invitations.hear(told, self._tick_ns),
            TextValue: self._apply_text,
            SourceStatus: self._apply_source,
            ServerStatus: self._apply_server,
            Delays: self._apply_delays,
            PastTold: self._apply_past,
            Reply: self._apply_reply,
            ModelTask: self._apply_task,
            UploadTicket: lambda _ticket: None,  # between the server and who sends the file
            VoiceRules: self.voice.hear,
            VoiceHealth: self.voice.hear,
            VoiceTrouble: self.voice.hear,
            Pointing: self.together.hear,
            Pinged: self.together.hear,
            SharedView: self.together.hear,
            Gathered: self.together.hear,
            FileTask: lambda _task: None,  # to who brings the file
            Exported: lambda _file: None,  # to who asked for it
            TopicTold: lambda _told: None,  # the same
        }

    # ---- what panels ask ----------------------------------------------------------------------------

    @property
    def catalogue(self) -> Catalogue:
        """The things, signals and relations of the session, those of its models included."""
        return self.twin.catalogue

    @property
    def role(self) -> Role:
        """What oneself may do."""
        me = self.people.get(self.me)
        return me.role if me is not None else self.welcome.role if self.welcome is not None else "participant"

    def may(self, kind: type[Message] | Speaking) -> bool:
        """Tell whether one's role lets one send a kind of message, or speak; before the welcome, all."""
        return self.welcome is None or may(self.role, kind)

    @property
    def tick_ns(self) -> int:
        """Session time of the newest tick: all that was told until then is known."""
        return self._tick_ns

    @property
    def latency(self) -> Latency:
        """How late things are when they are drawn."""
        return Latency(
            *self._signal_latency.percentiles(),
            *self._pose_latency.percentiles(),
            self.clock.round_trip_ns * SECS,
        )

    def value(self, signal_id: str) -> float | int | str:
        """Return a signal's newest value; KeyError when there is none of that id."""
        return self.signals.value(self.twin.signal_row(signal_id))

    def quality(self, signal_id: str) -> int:
        """Return the quality of a signal's newest value, see ``walkdown.twin.QUALITIES``."""
        return int(self.signals.quality[self.twin.signal_row(signal_id)])

    def state(self, thing_id: str) -> str:
        """Return a thing's state in one word, see ``walkdown.twin.STATES``."""
        return STATES[self.thing_states[self.twin.thing_row[thing_id]]]

    def placement(self, model: str) -> Placement:
        """Return where a model stands; what the session does not have stands in place."""
        return next((ref.placement for ref in self.packages if model and ref.model == model), IN_PLACE)

    def last_placement(self, model: str) -> Placement | None:
        """Return where a model stands or stood last as far as is known here, None for what never was."""
        return IN_PLACE if not model else self._placements.get(model)

    def note_position(self, note: Note) -> Point:
        """Return where a note is now, metres, site frame: it moves with the model that it stands on."""
        return point_in_site(self.placement(note.model), note.point) if note.model else note.point

    def is_standing(self, note: Note) -> bool:
        """Tell whether a note has a place: the model that it stands on may have been taken out."""
        return not note.model or any(ref.model == note.model for ref in self.packages)

    def history(self, signal_index: int) -> tuple[F64, F64]:
        """Return times (k,), seconds before now and thus negative, and values (k,), oldest first.

        Where the past was interrupted a value is NaN.
        """
        return self._trends.of(signal_index, self.session_ns)

    # ---- what changes it ----------------------------------------------------------------------------

    def apply(self, event: Event) -> None:
        """Take one event of the link."""
        self._appliers[type(event)](event)

    def advance(self, session_ns: int) -> None:
        """Compute where people and joints are to be drawn at a session time, ``clock.session_ns(…)``."""
        self.session_ns = session_ns
        positions, quaternions = self._people.at(session_ns)
        ids = self._people.ids
        others = ids != self.me
        self.people_ids, self.people_flags = ids[others], self._people.flags[others]
        self.people_positions, self.people_quaternions = positions[others], quaternions[others]
        self.joint_values = self._joints.at(session_ns)

    def note_drawn(self, local_ns: int) -> None:
        """Say that a frame with all that is known now has been drawn; measures how late that was."""
        now_ns = self.clock.session_ns(local_ns)
        for sources_ns in self._undrawn:
            self._signal_latency.add(np.asarray((now_ns - sources_ns) * SECS))
        self._undrawn.clear()
        self._pose_latency.add(self._people.shown_ages_secs(now_ns))

    def set_joints(self, package: PackageRef, joints: Sequence[Joint]) -> None:
        """Say after how much the joints of a package repeat, once its package has been read."""
        self._joints.set_periods(package.joint_base, [joint.period for joint in joints])

    def _apply_link(self, event: LinkChanged) -> None:
        self.link_state, self.link_text = event.state, event.text

    def _apply_round_trip(self, event: RoundTrip) -> None:
        self.clock.add(sent_ns=event.sent_ns, session_ns=event.session_ns, received_ns=event.received_ns)

    def _apply_joined(self, event: Joined) -> None:
        """Start from what the server says; it sends people, values and states again in full."""
        self.welcome, self.me = event.welcome, event.welcome.person
        self.last_record = event.snapshot.number if event.snapshot is not None else self.last_record
        if event.catalogue is not self._catalogue:
            self._things = dict(event.things)
            self._lay_out(event.catalogue, event.twin)
        self._apply_models(ModelsListed(event.welcome.packages, event.things, event.twin))
        self._start_clock(event)
        self._known[:] = False
        self.people.clear()
        self._people.clear()
        self.sources.clear()
        self.model_tasks.clear()
        self.voice.start_again()
        self.together.start_again()
        self.tasks_revision += 1
        self.people_revision += 1
        self.sources_revision += 1
        if event.snapshot is not None:
            self.notes = {note.note: note for note in event.snapshot.notes}
            self.disturbances = set(event.snapshot.disturbances)
            self._start_review(event.snapshot.review)
            self.notes_revision += 1

    def _start_review(self, snapshot: ReviewSnapshot) -> None:
        """Start from what stands; the revision grows on, so that views see that all may be different."""
        revision = self.review.revision
        self.review = ReviewState.of(snapshot)
        self.review.revision = revision + 1

    def _start_clock(self, event: Joined) -> None:
        """Learn the session time anew: a server that was started again has another one."""
        self.clock = ClockEstimate()
        self.clock.first(session_ns=event.welcome.time_ns, local_ns=event.local_ns)
        self._joints.restart()
        if event.welcome.time_ns < self._tick_ns:
            self._trends = Trends(self.signals)
        self._tick_ns = event.welcome.time_ns

    def _apply_models(self, event: ModelsListed) -> None:
        self.packages_revision += event.packages != self.packages
        self.packages = event.packages
        self._placements |= {ref.model: ref.placement for ref in event.packages if ref.model}
        if event.things != self._things:
            self._things = dict(event.things)
            self._take_twin(event.twin, known=self.thing_states[: len(self._catalogue.things)])

    def _take_twin(self, twin: TwinIndex | None, *, known: npt.NDArray[np.uint8]) -> None:
        self.twin = twin or TwinIndex(self._catalogue, self._things)
        self.thing_states = np.zeros(len(self.catalogue.things), np.uint8)
        self.thing_states[: len(known)] = known
        self.states_revision += 1

    def _lay_out(self, catalogue: Catalogue, twin: TwinIndex | None = None) -> None:
        self._catalogue = catalogue
        self._take_twin(twin, known=np.zeros(len(catalogue.things), np.uint8))
        self.signals = SignalTable(catalogue.signals)
        self._trends = Trends(self.signals)
        self._known = np.zeros(len(catalogue.signals), bool)
        self._undrawn: deque[npt.NDArray[np.int64]] = deque(maxlen=UNDRAWN_MAX)
        self.signals_revision += 1

    def _apply_record(self, event: Recorded) -> None:
        record = event.record
        self.last_record = record.number
        if event.note is not None:
            self.notes[event.note.note] = event.note
        elif record.kind == "note_removed":
            self.notes.pop(str(record.body.get("note")), None)
        elif record.kind == "disturbance":
            change = self.disturbances.add if record.body.get("active") else self.disturbances.discard
            change(str(record.body.get("disturbance")))
        elif record.kind in REVIEW_KINDS:
            self.review.take(record)
            self.review_news.append(record)
        elif record.kind in MODEL_RECORDS:
            self.model_news.append(record)
        elif self.welcome is not None:
            self.invitations.note(record, self.welcome.author)
        self.notes_revision += 1

    def _apply_tick(self, tick: Tick) -> None:
        self.tick_number, self._tick_ns = tick.tick, tick.time_ns
        for poses in tick.poses:
            self._people.add(tick.time_ns, poses)
        for found in tick.signals:
            self._apply_signals(found, tick.time_ns)
        if tick.signals:
            self._trends.note(tick.time_ns)
            self.signals_revision += 1
        if tick.things is not None and tick.states is not None:
            known = tick.things < len(self._catalogue.things)
            self.thing_states[tick.things[known]] = tick.states[known]
            self.states_revision += 1
        if tick.joints is not None and tick.joint_values is not None:
            self._joints.add(tick.time_ns, tick.joints, tick.joint_values)

    def _apply_signals(self, found: SignalValues, tick_ns: int) -> None:
        times_ns = tick_ns - np.rint(found.ages_secs / SECS).astype(np.int64)
        newer = times_ns - self.signals.times_ns[found.indices] > AGE_STEPS_NS
        newer &= self._known[found.indices] & (found.ages_secs < AGE_COUNTED_SECS)
        self._undrawn.append(times_ns[newer][-KEPT:])
        self._known[found.indices] = True
        self.signals.put(found.kind, found.indices, found.values, quality=found.quality, times_ns=times_ns)

    def _apply_heard(self, event: Heard) -> None:
        self._appliers[type(event.message)](event.message)

    def trust(self, person: int) -> None:
        """Believe from now on that somebody's key belongs to their name."""
        view = self.people.get(person)
        if view is not None and view.key:
            self.acquaintances.trust(view.name, view.key)
            self.people[person] = replace(view, key_state="verified")
            self.people_revision += 1

    def _apply_person(self, person: Person) -> None:
        before = self.people.get(person.id)
        view = self.people[person.id] = PersonView(
            person.id,
            person.name,
            person.kind,
            person.colour,
            person.selected,
            person.connected,
            person.role,
            person.muted,
            person.key,
            self._key_state(person),
            person.presenting,
            person.microphone,
            person.ears,
            person.deaf,
            person.reach,
            person.group,
            person.recordable,
            person.looking,
            person.following,
            person.hand,
            person.private,
            person.author,
        )
        self.presence_revision += 1
        self.people_revision += before is None or replace(before, **_presence(view)) != view

    def _key_state(self, person: Person) -> KeyState:
        if person.id == self.me:
            return "verified" if person.key else "none"
        return self.acquaintances.meet(person.name, person.key, is_person=person.kind == "person")

    def _apply_gone(self, gone: Gone) -> None:
        self.people.pop(gone.id, None)
        self.together.forget(gone.id)
        self._people.remove(gone.id)
        self.people_revision += 1
        self.presence_revision += 1

    def _apply_text(self, text: TextValue) -> None:
        row = text.signal - self.signals.first("text")
        if 0 <= row < len(self.signals.texts):
            self.signals.texts[row] = text.value
            self.signals.quality[text.signal] = text.quality
            self.signals.times_ns[text.signal] = text.time_ns
            self.signals_revision += 1

    def _apply_source(self, status: SourceStatus) -> None:
        self.sources[status.name] = status
        self.sources_revision += 1

    def _apply_server(self, status: ServerStatus) -> None:
        self.server_status = status
        self.sources_revision += 1

    def _apply_delays(self, delays: Delays) -> None:
        self.delays = delays

    def _apply_past(self, past: PastTold) -> None:
        if past.epoch == self._catalogue.epoch:
            for signal, values in past.signals.items():
                self._trends.fill(signal, values, to_ns=past.to_ns)

    def _apply_task(self, task: ModelTask) -> None:
        self.model_tasks[task.model] = task
        self.tasks_revision += 1

    def _apply_reply(self, reply: Reply) -> None:
        if reply.number == 0:
            self.refusals.append(reply)


def _presence(view: PersonView) -> dict[str, Any]:
    """Return what somebody says of how they take part."""
    return {name: getattr(view, name) for name in ("looking", "following", "hand", "private")}
