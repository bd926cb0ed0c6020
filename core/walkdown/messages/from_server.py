"""Every control message of the server."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta

from walkdown.messages.words import IN_PLACE, Guarantee, Hash, Message, PersonKind, Placement, Role


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

    secrets: ClassVar[frozenset[str]] = frozenset({"secret"})

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
        by: after ``conflict``, the name of who changed it.
    """

    op: int
    number: int = 0
    code: str = ""
    text: str = ""
    current: dict[str, Any] | None = None
    by: str = ""


class Invitation(Message, frozen=True, tag="invitation"):
    """The answer to ``invite``, to its author alone.

    Attributes:
        invite: id of the invitation, for ``revoke``; does not let anyone in.
        links: the same link for each address of the server, the likeliest first.
        code: short code for the same local network, "" when none was wanted.
        expires_ns: session time.
    """

    secrets: ClassVar[frozenset[str]] = frozenset({"links", "code"})

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
            "name", "text", "key"}), ``muted`` (body: {"author_id", "name", "muted"}), ``role`` (body:
            {"author_id", "name", "role"}), ``joined`` (body: {"author_id", "name", "role", "key", "invite"}),
            ``muted_all`` (body: {"muted"}), ``presenting`` (body: {"author_id", "name", "presenting"}),
            ``recording`` (body: {"on"}), ``zone`` (body: a Zone), ``zone_removed`` (body: {"zone": id}), and
            those of ``messages.review.REVIEW_KINDS``.
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
        presenting: they are heard and seen everywhere.
        microphone, ears, deaf, reach, group, recordable: what they said in ``voice``.
        looking, following, hand, private: what they said in ``attend``.
        author: their id in the journal, by which records and ballots name them.
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
    presenting: bool = False
    microphone: bool = False
    ears: bool = False
    deaf: bool = False
    reach: Literal["near", "group", "radio"] = "near"
    group: str = ""
    recordable: bool = True
    looking: str = ""
    following: int = 0
    hand: bool = False
    private: bool = False
    author: str = ""


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

    secrets: ClassVar[frozenset[str]] = frozenset({"path"})

    model: str
    path: str | None


class Bye(Message, frozen=True, tag="bye"):
    """The server stops or restarts: come back in ``after_secs``."""

    text: str = ""
    after_secs: float = 1.0
