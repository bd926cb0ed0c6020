"""What a review leaves behind, as the journal keeps it: topics, views, marks, the meeting, decisions.

Names are those of BCF where it has one. Ids are UUIDs made by whoever makes the thing. Points are metres, in
the frame of ``model``, "" for the site; directions have the length one; times are session time, UTC.
Things are named by their ids; an element that is no thing by its key (``ifc:GUID``), maybe unknown here.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from walkdown.messages.words import Hash, Id, Point, Stamp, ThingId

Word = Annotated[str, Meta(max_length=200)]
"""A type, status, priority, stage, discipline, label or the name of somebody."""

Line = Annotated[str, Meta(max_length=500)]
Prose = Annotated[str, Meta(max_length=16_000)]
Link = Annotated[str, Meta(max_length=2000)]
Things = Annotated[tuple[ThingId, ...], Meta(max_length=10_000)]
Words = Annotated[tuple[Word, ...], Meta(max_length=500)]
Options = Annotated[
    tuple[Annotated[str, Meta(min_length=1, max_length=200)], ...], Meta(min_length=2, max_length=20)
]
Ids = Annotated[tuple[Id, ...], Meta(max_length=1000)]


# ---- views ----------------------------------------------------------------------------------------------


class Camera(msgspec.Struct, frozen=True, omit_defaults=True):
    """An eye: where it is, and where it looks; site frame.

    Attributes:
        direction, up: of length one, at right angles.
        fov_deg: what a perspective camera sees from top to bottom, degrees; 0 for an orthogonal one.
        height_m: what an orthogonal camera sees from top to bottom, metres; 0 for a perspective one.
        aspect: width by height, 0 when unknown.
    """

    position: Point
    direction: Point
    up: Point
    fov_deg: Annotated[float, Meta(ge=0, lt=180)] = 60.0
    height_m: Annotated[float, Meta(ge=0, le=1e6)] = 0.0
    aspect: Annotated[float, Meta(ge=0, le=100)] = 0.0


class Plane(msgspec.Struct, frozen=True):
    """A section plane, site frame: what lies on the side to which ``normal`` points is cut away."""

    point: Point
    normal: Point


class Segment(msgspec.Struct, frozen=True):
    """A straight line in a view, site frame."""

    start: Point
    end: Point


class Painted(msgspec.Struct, frozen=True):
    """Things that a view shows in a colour of its own, ``RRGGBB`` or ``AARRGGBB``."""

    colour: Annotated[str, Meta(pattern="^[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?$")]
    things: Things


class Viewpoint(msgspec.Struct, frozen=True, omit_defaults=True):
    """How something was seen: camera, section, visibility, colours, selection and time.

    Attributes:
        topic: whose view it is; "" for one of the session's prepared views.
        planes: at most 16; a section box is six.
        shown: whether things are drawn unless they are among ``exceptions``; then the other way round.
        ghosted: drawn see-through. painted: drawn in a colour of their own.
        mode, quantity, unit: by what things are coloured, as in ``ColourBy``.
        time_ns: the moment that was seen, 0 when none is known. snapshot: SHA-256 of a PNG or JPEG, or "".
        order: among the views of its topic or session, low first.
        author, author_id, made_ns, number: filled in by the server.
    """

    viewpoint: Id
    camera: Camera | None = None
    topic: Annotated[str, Meta(max_length=200)] = ""
    title: Line = ""
    planes: Annotated[tuple[Plane, ...], Meta(max_length=16)] = ()
    lines: Annotated[tuple[Segment, ...], Meta(max_length=1000)] = ()
    shown: bool = True
    exceptions: Things = ()
    ghosted: Things = ()
    selection: Things = ()
    painted: Annotated[tuple[Painted, ...], Meta(max_length=100)] = ()
    mode: Word = ""
    quantity: Word = ""
    unit: Word = ""
    time_ns: Stamp = 0
    snapshot: Hash | Literal[""] = ""
    order: Annotated[int, Meta(ge=-(2**31), lt=2**31)] = 0
    author: str = ""
    author_id: str = ""
    made_ns: int = 0
    number: int = 0


# ---- topics ---------------------------------------------------------------------------------------------


class Attached(msgspec.Struct, frozen=True, omit_defaults=True):
    """A photo or file that lies in the session's store, to be fetched by ``GET /blob/<sha256>``."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    sha256: Hash
    size: Annotated[int, Meta(ge=0)]
    media: Annotated[str, Meta(max_length=100)] = "application/octet-stream"


class Document(msgspec.Struct, frozen=True, omit_defaults=True):
    """A document that a topic refers to: by ``url``, or a ``file`` in the session's store."""

    document: Id
    url: Link = ""
    description: Prose = ""
    file: Attached | None = None


class TopicFields(msgspec.Struct, frozen=True, omit_defaults=True):
    """What people write and change of a topic.

    Attributes:
        assigned: name or mail address of the owner; assigned_id: their id in the journal when they were here.
        accepted: the owner has said yes. due: ``YYYY-MM-DD`` or an ISO 8601 time with zone, "" for none.
        related: ids of topics. links: addresses, BCF's reference links.
        things: what it is about. point, model: where its pin stands, None for no pin.
        parked: it is on the parking list. item: id of the agenda item under which it came up.
        speaker: who had said what it is about, by name.
    """

    title: Annotated[str, Meta(min_length=1, max_length=500)]
    description: Prose = ""
    type: Word = ""
    status: Word = ""
    priority: Word = ""
    stage: Word = ""
    discipline: Word = ""
    labels: Annotated[tuple[Word, ...], Meta(max_length=100)] = ()
    assigned: Word = ""
    assigned_id: Word = ""
    accepted: bool = False
    due: Annotated[str, Meta(max_length=40)] = ""
    related: Ids = ()
    links: Annotated[tuple[Link, ...], Meta(max_length=100)] = ()
    documents: Annotated[tuple[Document, ...], Meta(max_length=100)] = ()
    things: Annotated[tuple[ThingId, ...], Meta(max_length=1000)] = ()
    point: Point | None = None
    model: Word = ""
    parked: bool = False
    item: Word = ""
    speaker: Word = ""


EvidenceState = Literal["none", "waiting", "complete", "partial"]


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was so when a topic was made: a JSON file in the session's store, that opens without the server.

    Attributes:
        state: ``none`` for a topic that came from a file; ``waiting`` until a minute after it was made;
            ``partial`` when something is missing, which ``missing`` says in English sentences.
    """

    state: EvidenceState = "none"
    file: Attached | None = None
    missing: tuple[str, ...] = ()


class Topic(TopicFields, frozen=True, omit_defaults=True, kw_only=True):
    """An issue as it stands.

    Attributes:
        index: its number in the session, 1, 2, 3 …, given by the server.
        changed, changed_ns: by whom and when it was changed last, "" and 0 for never.
        origin: SHA-256 of the BCF file it came from, "" for none; with it the exporter keeps what it does not
            understand. number: of the newest record about it.
    """

    topic: Id
    index: int = 0
    author: str = ""
    author_id: str = ""
    made_ns: int = 0
    changed: str = ""
    changed_ns: int = 0
    evidence: Evidence = Evidence()
    origin: Hash | Literal[""] = ""
    number: int = 0


class Comment(msgspec.Struct, frozen=True, omit_defaults=True):
    """What somebody said about a topic; ``viewpoint`` and ``reply_to`` are ids or ""."""

    comment: Id
    topic: Id
    text: Prose
    viewpoint: Word = ""
    reply_to: Word = ""
    author: str = ""
    author_id: str = ""
    made_ns: int = 0
    changed: str = ""
    changed_ns: int = 0
    number: int = 0


class Vocabulary(msgspec.Struct, frozen=True, omit_defaults=True):
    """The words that lists offer, BCF's extensions; others are allowed too."""

    types: Words = (
        "Issue",
        "Remark",
        "Request",
        "Hazard",
        "Clash",
    )
    statuses: Words = (
        "Open",
        "In progress",
        "Resolved",
        "Closed",
    )
    priorities: Words = ("Critical", "High", "Normal", "Low")
    stages: Words = ("30 %", "60 %", "90 %")
    disciplines: Words = (
        "Process",
        "Piping",
        "Mechanical",
        "Electrical",
        "Instrumentation and control",
        "Civil",
        "IT and OT",
        "Operations and maintenance",
        "Health and safety",
        "Quality",
        "Logistics",
    )
    labels: Words = ()
    users: Words = ()


# ---- marks ----------------------------------------------------------------------------------------------

MarkKind = Literal["sketch", "arrow", "dimension", "area", "angle", "clearance", "photo", "file"]
Snap = Literal["", "vertex", "edge", "face", "axis", "place"]


class Mark(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something drawn, measured or attached in the scene; it moves with its model.

    Attributes:
        points: little-endian float32, (n, 3), metres, relative to ``anchor``; a sketch's strokes in a row.
        strokes: of a sketch how many points each stroke has; () for one stroke.
        anchor: in the frame of ``model``.
        value, unit: what was measured, in m, m2 or rad; NaN is never said, None is.
        snaps: at what each point was caught, one word a point or ().
        on_surface: a sketch that lies on faces. colour: index into the palette of people.
        topic: id of the topic it belongs to, or "". file: of a photo or file.
    """

    mark: Id
    kind: MarkKind
    anchor: Point
    points: Annotated[bytes, Meta(max_length=48_000)] = b""
    strokes: Annotated[tuple[Annotated[int, Meta(ge=1, le=4000)], ...], Meta(max_length=500)] = ()
    text: Annotated[str, Meta(max_length=4000)] = ""
    thing: ThingId = ""
    other: ThingId = ""
    """The second element of a clearance."""
    model: Word = ""
    value: float | None = None
    unit: Word = ""
    snaps: Annotated[tuple[Snap, ...], Meta(max_length=100)] = ()
    on_surface: bool = False
    colour: Annotated[int, Meta(ge=0, le=255)] = 0
    topic: Word = ""
    file: Attached | None = None
    author: str = ""
    author_id: str = ""
    made_ns: int = 0
    number: int = 0


# ---- the meeting ----------------------------------------------------------------------------------------

Duty = Literal["driver", "scribe"]


class AgendaItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """A point of the agenda, or with ``parked`` of the parking list.

    Attributes:
        minutes: how long it may take. order: low first. viewpoints: ids of prepared views.
        text: minutes taken, in the other sense. done: it has been dealt with.
        spent_secs: how long it was on, filled in by the server.
    """

    item: Id
    title: Annotated[str, Meta(min_length=1, max_length=500)]
    minutes: Annotated[float, Meta(ge=0, le=1440)] = 0.0
    owner: Word = ""
    viewpoints: Annotated[tuple[Id, ...], Meta(max_length=100)] = ()
    order: Annotated[int, Meta(ge=-(2**31), lt=2**31)] = 0
    text: Prose = ""
    parked: bool = False
    done: bool = False
    spent_secs: float = 0.0
    number: int = 0


Decision = Literal["approved", "approved_with_actions", "repeat", "rejected"]


class Verdict(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was decided, by whom, in which role, and when."""

    decision: Decision
    text: Prose = ""
    author: str = ""
    author_id: str = ""
    role: str = ""
    time_ns: int = 0


class Meeting(msgspec.Struct, frozen=True, omit_defaults=True):
    """The review as a whole.

    Attributes:
        began_ns, ended_ns: 0 for not yet. item: id of the agenda item that is on, "" for none.
        item_ns: since when. duties: who is driver and scribe, by author id; chairs are those of the door.
        verdicts: oldest first.
    """

    title: Line = ""
    stage: Word = ""
    began_ns: int = 0
    ended_ns: int = 0
    item: str = ""
    item_ns: int = 0
    duties: dict[str, str] = {}
    verdicts: tuple[Verdict, ...] = ()
    number: int = 0

    @property
    def on(self) -> bool:
        """Whether it has begun and not ended."""
        return bool(self.began_ns) and not self.ended_ns


class Ballot(msgspec.Struct, frozen=True):
    """One person's vote: which option, by its place in the list."""

    name: str
    choice: int


class Vote(msgspec.Struct, frozen=True, omit_defaults=True):
    """A question that people vote on; ``ballots`` by author id. ``ended_ns`` is 0 while it is open."""

    vote: Id
    question: Annotated[str, Meta(min_length=1, max_length=1000)]
    options: Options
    topic: Word = ""
    item: Word = ""
    author: str = ""
    author_id: str = ""
    made_ns: int = 0
    ended_ns: int = 0
    ballots: dict[str, Ballot] = {}
    number: int = 0


class ChatLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something written to all; ``{0}``, ``{1}`` … in the text stand for what ``links`` names.

    Attributes:
        links: ``thing:ID``, ``topic:ID``, ``viewpoint:ID``, ``note:ID``, ``mark:ID``, ``person:AUTHOR_ID``.
    """

    line: Id
    text: Annotated[str, Meta(min_length=1, max_length=4000)]
    links: Annotated[tuple[Annotated[str, Meta(max_length=1400)], ...], Meta(max_length=20)] = ()
    author: str = ""
    author_id: str = ""
    time_ns: int = 0
    number: int = 0


class Attendance(msgspec.Struct, frozen=True, omit_defaults=True):
    """When somebody was there: ``spans`` of (came, went), 0 for still there."""

    author_id: str
    name: str
    role: str = ""
    kind: str = "person"
    spans: tuple[tuple[int, int], ...] = ()


class TopicChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """One change of a topic, for its history: which fields got which values; comments say their text."""

    number: int
    time_ns: int
    author: str
    kind: str
    changes: dict[str, Any] = {}


class ReviewSnapshot(msgspec.Struct, frozen=True, omit_defaults=True):
    """All of a review that stands, for a late joiner; of the chat the newest lines."""

    topics: tuple[Topic, ...] = ()
    comments: tuple[Comment, ...] = ()
    viewpoints: tuple[Viewpoint, ...] = ()
    marks: tuple[Mark, ...] = ()
    agenda: tuple[AgendaItem, ...] = ()
    votes: tuple[Vote, ...] = ()
    chat: tuple[ChatLine, ...] = ()
    attendance: tuple[Attendance, ...] = ()
    meeting: Meeting = Meeting()
    vocabulary: Vocabulary = Vocabulary()
    next_index: int = 1
