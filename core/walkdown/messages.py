"""Every control message of ``walkdown.1``, with its guarantee.

A control message is one MessagePack map whose key ``t`` names it. It travels as a WebSocket message of
its own or, from the server, inside the MESSAGES section of a frame (see ``codec``). Each class says in
``guarantee`` what happens when a client is slow:

* ``event``: ordered, numbered, never dropped;
* ``state``: the newest per ``key`` wins, a slow client may skip some and is owed the last;
* ``reply``: to one client, in order, never dropped.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta

SUBPROTOCOL = "walkdown.1"

SIZE_BEFORE_LOGIN = 4 * 1024
SIZE_POSE = 4 * 1024
SIZE_OPERATION = 64 * 1024
SIZE_BULK = 1024 * 1024

Guarantee = Literal["event", "state", "reply"]
Name = Annotated[str, Meta(min_length=1, max_length=80)]
Id = Annotated[str, Meta(min_length=1, max_length=200)]
ThingId = Annotated[str, Meta(max_length=1300)]
"""Has room for the id of a model and the longest key of an element."""

Text = Annotated[str, Meta(max_length=4000)]
Hash = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
FileName = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^/\\\x00-\x1f]+$")]
Counter = Annotated[int, Meta(ge=1, lt=2**53)]
Stamp = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
PersonKind = Literal["person", "bot"]
Role = Literal["observer", "participant", "chair", "operator", "admin"]
Secret = Annotated[str, Meta(max_length=64, pattern="^[0-9A-Za-z_-]*$")]
PersonNumber = Annotated[int, Meta(ge=1, le=65535)]
Base = Annotated[int, Meta(ge=0, lt=2**53)]
"""Number of the record that the author of a change had seen of what they change, 0 to change it anyhow."""

Point = tuple[float, float, float]
Placement = Annotated[tuple[float, ...], Meta(min_length=12, max_length=12)]
"""site_from_package, row-major 3 × 4, metres: a rotation about any axis, one scale and a translation."""

IN_PLACE: Placement = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0)


class Message(msgspec.Struct, frozen=True, tag_field="t", omit_defaults=True):
    """The root of all control messages."""

    guarantee: ClassVar[Guarantee] = "reply"


# ---- from the client --------------------------------------------------------------------------------


class Hello(Message, frozen=True, tag="hello"):
    """The first message; nothing else is read before it.

    Attributes:
        version: the subprotocol the client speaks, ``walkdown.1``.
        session: name of the session, "" for the one of the path, or the only one.
        resume: the secret from an earlier ``welcome``, to be the same person again.
        last: number of the last event that was received, 0 for none.
        client: program and version, for the log.
        invite: the secret of an invitation, from a link.
        key: the person's own Ed25519 public key, 64 hexadecimal digits, "" for none.
        proof: the signature that shows that the key is theirs, see ``walkdown.door.what_is_signed``.
    """

    version: Annotated[str, Meta(max_length=40)]
    name: Name
    session: Annotated[str, Meta(max_length=80)] = ""
    kind: PersonKind = "person"
    resume: Annotated[str, Meta(max_length=64)] = ""
    last: Annotated[int, Meta(ge=0, lt=2**53)] = 0
    client: Annotated[str, Meta(max_length=80)] = ""
    language: Annotated[str, Meta(max_length=16)] = ""
    invite: Secret = ""
    key: Annotated[str, Meta(pattern="^([0-9a-f]{64})?$")] = ""
    proof: Annotated[str, Meta(pattern="^([0-9a-f]{128})?$")] = ""


class Ping(Message, frozen=True, tag="ping"):
    """Measures the round trip; the server answers with ``pong`` at once."""

    sent_ns: Stamp


class Select(Message, frozen=True, tag="select"):
    """What the sender has selected (shown to others), "" for nothing."""

    thing: ThingId = ""


class Area(msgspec.Struct, frozen=True):
    """A circle on the ground: centre (x, y) in metres, site frame, and radius in metres."""

    x: float
    y: float
    radius: Annotated[float, Meta(gt=0)]


class Subscribe(Message, frozen=True, tag="subscribe"):
    """Which signal blocks the sender wants from now on; all, when nothing is said, as after hello.

    A block is wanted when it fulfils all that is said. Current values of blocks that are new come at once.

    Attributes:
        blocks: their numbers.
        layers: types of things, or ids of things: those that hold a signal of such a thing, or of one below.
        area: those that hold a signal of a thing that stands there; what has no place is everywhere.
    """

    blocks: tuple[Annotated[int, Meta(ge=0, lt=65536)], ...] | None = None
    layers: Annotated[tuple[ThingId, ...], Meta(max_length=1000)] | None = None
    area: Area | None = None


class AskHistory(Message, frozen=True, tag="ask_history"):
    """Asks for past values of some signals; the server answers with ``history``.

    Attributes:
        ask: made by the client, comes back. signals: global indices.
        from_ns, to_ns: session time. points: at most so many for each signal, its extremes kept.
    """

    ask: Counter
    signals: Annotated[tuple[Annotated[int, Meta(ge=0, lt=2**32)], ...], Meta(min_length=1, max_length=16)]
    from_ns: Stamp
    to_ns: Stamp
    points: Annotated[int, Meta(ge=2, le=2000)] = 500


class Operation(Message, frozen=True):
    """A wish to change what outlives the session; ``op`` counts up from 1 for each author.

    The server answers each with ``reply`` after it is on disk; a repeated ``op`` gets the first answer.
    """

    op: Counter


class PutNote(Operation, frozen=True, tag="put_note"):
    """Place a note, or change the text of one's own.

    Attributes:
        note: a UUID made by the client.
        thing: id of the thing it is pinned to, "" for a place.
        point: metres, in the frame of ``model``.
        model: id of the model that it stands on and moves with, "" for the site.
        base: see ``Base``; another change since then is a ``conflict``, answered with what stands now.
    """

    note: Id
    text: Annotated[str, Meta(min_length=1, max_length=4000)]
    point: Point
    thing: ThingId = ""
    model: Annotated[str, Meta(max_length=200)] = ""
    base: Base = 0


class RemoveNote(Operation, frozen=True, tag="remove_note"):
    """Remove one's own note; a chair or admin any."""

    note: Id
    base: Base = 0


class Undo(Operation, frozen=True, tag="undo"):
    """Take back one's own last change that still stands."""


class Redo(Operation, frozen=True, tag="redo"):
    """Repeat one's own last undone change."""


class Trigger(Operation, frozen=True, tag="trigger"):
    """Start (or end) a scripted disturbance of the demo plant."""

    disturbance: Id
    active: bool = True


class ImportOptions(msgspec.Struct, frozen=True, omit_defaults=True):
    """What overrides a model file's own word, or stands in for it; None leaves it to the file.

    Attributes:
        unit: metres in one unit of the file.
        up: which axis of the file points up.
        scale: factor on top of the unit.
        epsg: coordinate reference system of the file's coordinates.
        origin: the point, in metres of the reference system, that becomes the model's zero.
    """

    unit: Annotated[float, Meta(gt=0, le=1e6)] | None = None
    up: Literal["Y", "Z"] | None = None
    scale: Annotated[float, Meta(gt=0, le=1e6)] = 1.0
    epsg: Annotated[int, Meta(ge=1024, le=32767)] | None = None
    origin: Point | None = None


class OfferModel(Message, frozen=True, tag="offer_model"):
    """Bring a model file into the session; the server answers with ``upload_ticket`` or ``model_task``.

    A package (``.wdp``) is taken as it is; a ``.zip`` holds one model file and what it refers to.

    Attributes:
        model: a UUID made by the client, or the id of the model of which this is the next revision.
        file: its name, whose ending says what it is. size: bytes. sha256: of its bytes.
        main: which file of a zip is the model, by its path in there; "" for the only one.
        placement: where it is put; None means where its coordinates say, or where its older revision stands.
    """

    model: Id
    file: FileName
    size: Annotated[int, Meta(ge=1, le=4 << 30)]
    sha256: Hash
    main: Annotated[str, Meta(max_length=1000)] = ""
    options: ImportOptions = ImportOptions()
    placement: Placement | None = None


class CancelModel(Message, frozen=True, tag="cancel_model"):
    """Stop bringing a model in; its author can, while its task runs."""

    model: Id


class PlaceModel(Operation, frozen=True, tag="place_model"):
    """Put a model somewhere else; what is pinned to it moves along."""

    model: Id
    placement: Placement
    base: Base = 0


class RemoveModel(Operation, frozen=True, tag="remove_model"):
    """Take a model out of the session."""

    model: Id
    base: Base = 0


class Kick(Operation, frozen=True, tag="kick"):
    """Show someone the door: their connection ends, and neither secret nor invitation lets them in again."""

    person: PersonNumber
    text: Annotated[str, Meta(max_length=200)] = ""


class Mute(Operation, frozen=True, tag="mute"):
    """Let nobody hear someone, or let them be heard again."""

    person: PersonNumber
    muted: bool = True


class SetRole(Operation, frozen=True, tag="set_role"):
    """Give someone who is here another role, at most one's own."""

    person: PersonNumber
    role: Role


class Invite(Operation, frozen=True, tag="invite"):
    """Make an invitation; the server answers with ``invitation`` and, when it is on disk, ``reply``.

    Attributes:
        role: at most one's own. hours: how long it can be used. uses: by how many people, 0 for any number.
        code: whether a short code for the same local network is wanted too.
    """

    role: Role = "participant"
    hours: Annotated[float, Meta(gt=0, le=24 * 366)] = 8.0
    uses: Annotated[int, Meta(ge=0, le=100_000)] = 0
    code: bool = False


class Revoke(Operation, frozen=True, tag="revoke"):
    """Make an invitation worthless; who is here stays."""

    invite: Id


ClientMessage = (
    Hello
    | Ping
    | Select
    | Subscribe
    | AskHistory
    | PutNote
    | RemoveNote
    | Undo
    | Redo
    | Trigger
    | OfferModel
    | CancelModel
    | PlaceModel
    | RemoveModel
    | Kick
    | Mute
    | SetRole
    | Invite
    | Revoke
)


# ---- from the server --------------------------------------------------------------------------------


class Blob(msgspec.Struct, frozen=True):
    """Bytes to be fetched by ``GET /blob/<sha256>`` from the same port."""

    sha256: Hash
    size: Annotated[int, Meta(ge=0)]


class PackageRef(msgspec.Struct, frozen=True):
    """A package of the session.

    Attributes:
        id: the package id, sha256 of its manifest.
        manifest: where its manifest is; every file it names is a blob of the same server.
        base: drawn element id of row 0. joint_base: wire index of joint row 0.
        placement: site_from_package, row-major 3 × 4.
        model: id of the model; its revisions share it, and notes that stand on it name it.
        things: a zstd MessagePack ``ModelThings`` of what the catalogue does not have, or None.
        author: who brought it in, "" for what the server was started with.
        revision: 1 for a new model, one more with each that replaced it.
    """

    id: Hash
    name: str
    manifest: Blob
    base: int
    count: int
    joint_base: int = 0
    joint_count: int = 0
    placement: Placement = IN_PLACE
    model: str = ""
    things: Blob | None = None
    author: str = ""
    revision: int = 1


class Welcome(Message, frozen=True, tag="welcome"):
    """The answer to hello.

    Attributes:
        person: the client's number in this session. secret: to resume as the same person.
        resumed: whether the secret was accepted.
        time_ns: session time, UTC. tick_ms: length of the state tick.
        catalogue: a MessagePack ``Catalogue``, zstd-compressed.
        snapshot: a zstd MessagePack ``Snapshot``, or None when only the events after ``last`` are missing.
        number: events that follow have larger numbers.
        last_op: the newest ``op`` of this person that the server has on disk.
        author: this person's id in the journal, as it stands in records and notes.
        role: what this person may do, see ``walkdown.roles``.
        history_ns: session time of the oldest value that can be asked for, 0 for none.
    """

    person: int
    secret: str
    session: str
    resumed: bool
    time_ns: int
    tick_ms: int
    epoch: int
    catalogue: Blob
    packages: tuple[PackageRef, ...]
    snapshot: Blob | None
    number: int
    last_op: int = 0
    server: str = ""
    author: str = ""
    role: Role = "participant"
    history_ns: int = 0


class Refusal(Message, frozen=True, tag="refusal"):
    """Said before the server closes the connection.

    Attributes:
        code: ``version``, ``session``, ``hello``, ``full``, ``message``, ``rate``, ``slow``, ``login``,
            ``kicked`` …
        text: one sentence in English. expected, came: what was expected and what came.
    """

    code: str
    text: str
    expected: str = ""
    came: str = ""


class Pong(Message, frozen=True, tag="pong"):
    """The answer to ping: its stamp, and the session time when it was answered."""

    sent_ns: int
    time_ns: int


class Reply(Message, frozen=True, tag="reply"):
    """The answer to an operation.

    Attributes:
        op: the operation's number. number: the record it became, 0 when it was refused.
        code, text: why it was refused.
        current: after ``conflict``, what stands now: a Note, or a ModelState; None when it is gone.
    """

    op: int
    number: int = 0
    code: str = ""
    text: str = ""
    current: dict[str, Any] | None = None


class Invitation(Message, frozen=True, tag="invitation"):
    """The answer to ``invite``, to its author alone.

    Attributes:
        invite: id of the invitation, for ``revoke``; does not let anyone in.
        links: the same link for each address of the server, the likeliest first.
        code: short code for the same local network, "" when none was wanted.
        expires_ns: session time.
    """

    op: int
    invite: str
    links: tuple[str, ...]
    role: Role
    expires_ns: int
    code: str = ""


class HistoryPart(Message, frozen=True, tag="history"):
    """The answer to ``ask_history``: a zstd MessagePack ``History`` to be fetched, or why there is none."""

    ask: int
    blob: Blob | None = None
    text: str = ""


class Record(Message, frozen=True, tag="record"):
    """One entry of the journal, in commit order.

    Attributes:
        number: 1, 2, 3 … without gaps.
        author: name of the author; author_id: their stable id in the journal.
        kind: ``note`` (body: a Note), ``note_removed`` (body: {"note": id}),
            ``disturbance`` (body: {"disturbance": id, "active": bool}), ``model`` (body: a ModelState; the
            model is new or has a new revision), ``model_placed`` (body: {"model": id, "placement": 12
            numbers}), ``model_removed`` (body: {"model": id}), ``invited`` (body: {"invite": id, "role",
            "expires_ns", "uses"}), ``revoked`` (body: {"invite": id}), ``kicked`` (body: {"author_id",
            "name", "text"}), ``muted`` (body: {"author_id", "name", "muted"}), ``role`` (body: {"author_id",
            "name", "role"}), ``joined`` (body: {"author_id", "name", "role", "key", "invite"}).
        undoes: number of the record that this one takes back, 0 for none.
    """

    guarantee: ClassVar[Guarantee] = "event"

    number: int
    time_ns: int
    author: str
    author_id: str
    kind: str
    body: dict[str, Any]
    op: int = 0
    undoes: int = 0


class Person(Message, frozen=True, tag="person"):
    """Someone is here, or something about them changed; key: ``id``.

    Attributes:
        key: their Ed25519 public key, 64 hexadecimal digits, when they have proved that it is theirs.
    """

    guarantee: ClassVar[Guarantee] = "state"

    id: int
    name: str
    kind: PersonKind = "person"
    colour: int = 0
    selected: str = ""
    connected: bool = True
    role: Role = "participant"
    key: str = ""
    muted: bool = False


class Gone(Message, frozen=True, tag="gone"):
    """Someone left; key: the same as ``person``."""

    guarantee: ClassVar[Guarantee] = "state"

    id: int


class TextValue(Message, frozen=True, tag="text"):
    """The newest value of a text signal; key: ``signal``, its global index."""

    guarantee: ClassVar[Guarantee] = "state"

    signal: int
    value: str
    quality: int = 0
    time_ns: int = 0


class SourceStatus(Message, frozen=True, tag="source"):
    """How a data source is doing; key: ``name``."""

    guarantee: ClassVar[Guarantee] = "state"

    name: str
    state: Literal["connecting", "live", "down"]
    text: str = ""


class ServerStatus(Message, frozen=True, tag="server"):
    """How the server is doing; key: nothing. ``writable`` is False when notes cannot be kept."""

    guarantee: ClassVar[Guarantee] = "state"

    writable: bool = True
    text: str = ""


class Delays(Message, frozen=True, tag="delays"):
    """What the server measures of itself, once in two seconds; key: nothing. Seconds, 0 before anything came.

    Attributes:
        signal_p50, signal_p95: from a value's arrival at the server to the client that has received it.
        person_p50, person_p95: from a pose at one client to another client that has received it.
        tick_p95: how long a tick takes.
    """

    guarantee: ClassVar[Guarantee] = "state"

    signal_p50: float = 0.0
    signal_p95: float = 0.0
    person_p50: float = 0.0
    person_p95: float = 0.0
    tick_p95: float = 0.0


class Models(Message, frozen=True, tag="models"):
    """All models of the session as they stand now; key: nothing. Replaces what ``welcome`` said."""

    guarantee: ClassVar[Guarantee] = "state"

    packages: tuple[PackageRef, ...]


TaskPhase = Literal["upload", "read", "write", "done", "failed", "cancelled"]


class ModelTask(Message, frozen=True, tag="model_task"):
    """A model that is being brought in; key: ``model``. Everyone sees it as a placeholder.

    Attributes:
        author: id of who brings it. placement: where it will stand, as far as that is known.
        part: of the phase, from 0 to 1. text: why it failed, one sentence in English; the report when done.
    """

    guarantee: ClassVar[Guarantee] = "state"

    model: str
    file: str
    author: int
    phase: TaskPhase
    part: float = 0.0
    placement: Placement = IN_PLACE
    text: str = ""


class UploadTicket(Message, frozen=True, tag="upload_ticket"):
    """The answer to ``offer_model``: ``PUT path`` on the same port with exactly the bytes that were offered.

    ``path`` is None when the server has these bytes already and goes on without them.
    """

    model: str
    path: str | None


class Bye(Message, frozen=True, tag="bye"):
    """The server stops or restarts: come back in ``after_secs``."""

    text: str = ""
    after_secs: float = 1.0


ServerMessage = (
    Welcome
    | Refusal
    | Pong
    | Reply
    | Invitation
    | HistoryPart
    | Record
    | Person
    | Gone
    | TextValue
    | SourceStatus
    | ServerStatus
    | Delays
    | Models
    | ModelTask
    | UploadTicket
    | Bye
)


class Note(msgspec.Struct, frozen=True, omit_defaults=True):
    """A shared annotation as it stands; ``point`` is in the frame of ``model``, "" for the site."""

    note: str
    text: str
    point: Point
    author: str
    author_id: str
    time_ns: int
    thing: str = ""
    number: int = 0
    model: str = ""


class ModelState(msgspec.Struct, frozen=True, omit_defaults=True):
    """A model of the session as the journal keeps it: which package it is, and where it stands."""

    model: str
    name: str
    package: str
    author: str
    author_id: str
    placement: Placement = IN_PLACE
    revision: int = 1
    number: int = 0


class SignalHistory(msgspec.Struct, frozen=True):
    """Past values of one signal, oldest first.

    Attributes:
        times_ns: (n,) int64, session time. values: (n,) float64, NaN where there is none.
        quality: (n,) uint8. All little-endian bytes.
    """

    signal: int
    times_ns: bytes
    values: bytes
    quality: bytes


class History(msgspec.Struct, frozen=True):
    """What ``ask_history`` asked for, in the order of the question."""

    epoch: int
    signals: tuple[SignalHistory, ...] = ()


class Snapshot(msgspec.Struct, frozen=True):
    """The state that the journal built, for a late joiner; events after ``number`` follow on the wire."""

    number: int
    notes: tuple[Note, ...] = ()
    disturbances: tuple[str, ...] = ()


def encode(message: msgspec.Struct) -> bytes:
    """Return the MessagePack bytes of one message."""
    return _encoder.encode(message)


_encoder = msgspec.msgpack.Encoder()
decode_client = msgspec.msgpack.Decoder(ClientMessage)
"""Decodes and validates what a client sent; raises ``msgspec.ValidationError`` or ``DecodeError``."""

decode_server = msgspec.msgpack.Decoder(ServerMessage)
"""The same for what a server sent."""

for _kind in (Snapshot, ModelState):
    msgspec.msgpack.Decoder(_kind)  # learns the types now: two threads that learn them at the same time crash
