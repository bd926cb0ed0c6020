"""Every control message of a client; an *operation* wishes to change what outlives the session."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from walkdown.messages.words import (
    Base,
    Counter,
    FileName,
    Hash,
    Id,
    Message,
    Name,
    PersonKind,
    PersonNumber,
    Placement,
    Point,
    Role,
    Secret,
    Stamp,
    ThingId,
)


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

    secrets: ClassVar[frozenset[str]] = frozenset({"resume", "invite", "proof"})

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

    A block is wanted when one of its signals fulfils all that is said. Current values of blocks that are new
    come at once. What there is not (a block, a type, a thing) is no error and matches nothing.

    Attributes:
        blocks: numbers of those in which the signal may be.
        layers: types of things, or ids of things: the signal is of such a thing, or of one below.
        area: the signal is of a thing that stands there: whose box touches the circle. What has no box stands
            where its parts stand, else where that stands of which it is a part, else everywhere.
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
