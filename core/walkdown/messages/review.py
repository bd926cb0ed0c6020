"""Every control message about a review, of both sides: operations, what is shown for a moment, and files.

What becomes a record says so; its kinds stand at :data:`REVIEW_KINDS`. What is shown for a moment (where
somebody points, what they look at) is told and never kept.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from walkdown.messages.from_client import Operation
from walkdown.messages.from_server import Blob
from walkdown.messages.review_kept import (
    AgendaItem,
    Comment,
    Decision,
    Document,
    Duty,
    Ids,
    Line,
    Link,
    Mark,
    Options,
    Prose,
    TopicChange,
    TopicFields,
    Viewpoint,
    Vocabulary,
    Word,
)
from walkdown.messages.words import (
    Base,
    Counter,
    FileName,
    Guarantee,
    Hash,
    Id,
    Message,
    PersonNumber,
    Point,
    ThingId,
)

REVIEW_KINDS = frozenset(
    (
        "topic",
        "topic_changed",
        "topic_removed",
        "comment",
        "comment_removed",
        "viewpoint",
        "viewpoint_removed",
        "mark",
        "mark_removed",
        "vocabulary",
        "meeting",
        "agenda",
        "agenda_removed",
        "vote",
        "ballot",
        "verdict",
        "said",
        "evidence",
        "attended",
    )
)
"""Kinds of records about a review, and their bodies:

``topic`` {"topic": a Topic, "comments": […], "viewpoints": […], "marks": […]} (a new one with all that came
with it, or one that comes back); ``topic_changed`` {"topic": id, "changes": {field: value}, "comments":
[…], "viewpoints": […], "changed": name, "changed_ns": time, "origin": SHA-256} (from "comments" on only
from a file that was merged); ``comment`` a Comment; ``viewpoint`` a Viewpoint; ``mark`` a Mark;
``vocabulary`` a Vocabulary; ``meeting`` a Meeting without verdicts, and in "agenda" the points that changed
with it; ``agenda`` an AgendaItem; ``vote`` a Vote (new, or ended); ``ballot`` {"vote": id, "choice": int};
``verdict`` a Verdict; ``said`` a ChatLine; ``evidence`` {"topic": id, "evidence": an Evidence} (by the
server); ``attended`` {"author_id", "name", "role", "kind", "here": bool, "time_ns": when, 0 for at the time
of the record} (by the server, while a meeting is on); ``…_removed`` {"topic" or "comment" and so on: id}.
"""


# ---- operations: topics ----------------------------------------------------------------------------------


class TopicChanges(msgspec.Struct, frozen=True, omit_defaults=True):
    """New values of some fields of a topic, see ``TopicFields``; what is unset stays."""

    title: Annotated[str, Meta(min_length=1, max_length=500)] | UnsetType = UNSET
    description: Prose | UnsetType = UNSET
    type: Word | UnsetType = UNSET
    status: Word | UnsetType = UNSET
    priority: Word | UnsetType = UNSET
    stage: Word | UnsetType = UNSET
    discipline: Word | UnsetType = UNSET
    labels: Annotated[tuple[Word, ...], Meta(max_length=100)] | UnsetType = UNSET
    assigned: Word | UnsetType = UNSET
    assigned_id: Word | UnsetType = UNSET
    accepted: bool | UnsetType = UNSET
    due: Annotated[str, Meta(max_length=40)] | UnsetType = UNSET
    related: Ids | UnsetType = UNSET
    links: Annotated[tuple[Link, ...], Meta(max_length=100)] | UnsetType = UNSET
    documents: Annotated[tuple[Document, ...], Meta(max_length=100)] | UnsetType = UNSET
    things: Annotated[tuple[ThingId, ...], Meta(max_length=1000)] | UnsetType = UNSET
    point: Point | UnsetType | None = UNSET
    model: Word | UnsetType = UNSET
    parked: bool | UnsetType = UNSET
    item: Word | UnsetType = UNSET
    speaker: Word | UnsetType = UNSET


class PutTopic(Operation, frozen=True, tag="put_topic"):
    """Make a topic, and with it how it was seen, all in one record."""

    topic: Id
    fields: TopicFields
    viewpoint: Viewpoint | None = None


class EditTopic(Operation, frozen=True, tag="edit_topic"):
    """Change some fields of a topic; a conflict is one of the same field since ``base``."""

    topic: Id
    changes: TopicChanges
    base: Base = 0


class RemoveTopic(Operation, frozen=True, tag="remove_topic"):
    """Remove one's own topic with all that belongs to it; a chair or admin any."""

    topic: Id
    base: Base = 0


class PutComment(Operation, frozen=True, tag="put_comment"):
    """Say something about a topic, or change one's own words."""

    comment: Comment
    base: Base = 0


class RemoveComment(Operation, frozen=True, tag="remove_comment"):
    """Take one's own comment back; a chair or admin any."""

    comment: Id
    base: Base = 0


class PutViewpoint(Operation, frozen=True, tag="put_viewpoint"):
    """Keep a view, of a topic or of the session, or change one."""

    viewpoint: Viewpoint
    base: Base = 0


class RemoveViewpoint(Operation, frozen=True, tag="remove_viewpoint"):
    """Remove one's own view; a chair, admin or driver any."""

    viewpoint: Id
    base: Base = 0


class PutMark(Operation, frozen=True, tag="put_mark"):
    """Draw, measure or attach something, or change one's own."""

    mark: Mark
    base: Base = 0


class RemoveMark(Operation, frozen=True, tag="remove_mark"):
    """Remove one's own mark; a chair or admin any."""

    mark: Id
    base: Base = 0


class SetVocabulary(Operation, frozen=True, tag="set_vocabulary"):
    """Say which words lists offer."""

    vocabulary: Vocabulary


# ---- operations: the meeting -----------------------------------------------------------------------------


class OpenMeeting(Operation, frozen=True, tag="open_meeting"):
    """Begin the review; attendance is kept from now on."""

    title: Line = ""
    stage: Word = ""


class CloseMeeting(Operation, frozen=True, tag="close_meeting"):
    """End the review."""


class GiveVerdict(Operation, frozen=True, tag="give_verdict"):
    """Say what was decided; it stands with name, role and time. Nobody takes it back, another may follow."""

    decision: Decision
    text: Prose = ""


class SetDuty(Operation, frozen=True, tag="set_duty"):
    """Make somebody who is here driver or scribe, or with 0 nobody."""

    duty: Duty
    person: Annotated[int, Meta(ge=0, le=65535)] = 0


class PutAgendaItem(Operation, frozen=True, tag="put_agenda_item"):
    """Add a point to the agenda or the parking list, or change one."""

    item: AgendaItem
    base: Base = 0


class RemoveAgendaItem(Operation, frozen=True, tag="remove_agenda_item"):
    """Take a point off the agenda or the parking list."""

    item: Id
    base: Base = 0


class StepAgenda(Operation, frozen=True, tag="step_agenda"):
    """Turn to a point of the agenda, "" for none; the one before it counts as done."""

    item: Word = ""


class CallVote(Operation, frozen=True, tag="call_vote"):
    """Ask people to vote."""

    vote: Id
    question: Annotated[str, Meta(min_length=1, max_length=1000)]
    options: Options
    topic: Word = ""
    item: Word = ""


class CastVote(Operation, frozen=True, tag="cast_vote"):
    """Vote, or vote otherwise, while the vote is open."""

    vote: Id
    choice: Annotated[int, Meta(ge=0, lt=20)]


class EndVote(Operation, frozen=True, tag="end_vote"):
    """End a vote; its result stands."""

    vote: Id


class Say(Operation, frozen=True, tag="say"):
    """Write to all, see ``ChatLine``."""

    line: Id
    text: Annotated[str, Meta(min_length=1, max_length=4000)]
    links: Annotated[tuple[Annotated[str, Meta(max_length=1400)], ...], Meta(max_length=20)] = ()


# ---- for a moment, of a client ----------------------------------------------------------------------------


class Attend(Message, frozen=True, tag="attend"):
    """How the sender takes part from now on; everyone sees it in ``person``.

    Attributes:
        looking: the thing before their eyes. following: whom they follow, 0 for nobody.
        hand: their hand is up. private: they look at things in their own way, not at the shared view.
    """

    looking: ThingId = ""
    following: Annotated[int, Meta(ge=0, le=65535)] = 0
    hand: bool = False
    private: bool = False


class PointAt(Message, frozen=True, tag="point_at"):
    """Where the sender's ray ends, site frame, None for no ray; at most 10 a second are told."""

    point: Point | None = None
    thing: ThingId = ""


class PingAt(Message, frozen=True, tag="ping_at"):
    """Say "look here" to all."""

    point: Point
    thing: ThingId = ""


class ShareView(Message, frozen=True, tag="share_view"):
    """What the sender sees, for those who follow; with ``for_all`` section and visibility are everybody's.

    ``view`` None shares no more. At most 5 a second are told.
    """

    view: Viewpoint | None = None
    for_all: bool = False


class Gather(Message, frozen=True, tag="gather"):
    """Call people to where the sender is, all when nobody is named; with ``release`` let them go again.

    For a chair, an admin, whoever presents and the driver.
    """

    people: Annotated[tuple[PersonNumber, ...], Meta(max_length=2000)] = ()
    release: bool = False


# ---- for a moment, of the server --------------------------------------------------------------------------


class Pointing(Message, frozen=True, tag="pointing"):
    """Where somebody's ray ends, site frame; key: ``id``."""

    guarantee: ClassVar[Guarantee] = "state"

    id: int
    point: Point | None = None
    thing: str = ""


class Pinged(Message, frozen=True, tag="pinged"):
    """Somebody says "look here"; key: ``id``. ``count`` grows with each, so that a place counts again."""

    guarantee: ClassVar[Guarantee] = "state"

    id: int
    point: Point
    thing: str = ""
    time_ns: int = 0
    count: int = 0


class SharedView(Message, frozen=True, tag="shared_view"):
    """What somebody shows, None for nothing any more; key: ``id``. Only one at a time is ``for_all``."""

    guarantee: ClassVar[Guarantee] = "state"

    id: int
    view: Viewpoint | None = None
    for_all: bool = False


class Gathered(Message, frozen=True, tag="gathered"):
    """Somebody calls people, all when ``people`` is empty; key: nothing. ``count`` grows with each call."""

    guarantee: ClassVar[Guarantee] = "state"

    by: int
    people: tuple[int, ...] = ()
    release: bool = False
    time_ns: int = 0
    count: int = 0


# ---- files and answers -----------------------------------------------------------------------------------

FilePurpose = Literal["attachment", "topics"]
FilePhase = Literal["upload", "read", "merge", "done", "failed"]


class OfferFile(Message, frozen=True, tag="offer_file"):
    """Bring a file into the session; the server answers with ``file_task``, which has where to ``PUT`` it.

    Attributes:
        file: a UUID made by the client. purpose: ``attachment`` for photos, snapshots and documents;
            ``topics`` for a BCF file or a zipped session pack, whose topics are to be merged.
    """

    file: Id
    name: FileName
    size: Annotated[int, Meta(ge=1, le=4 << 30)]
    sha256: Hash
    purpose: FilePurpose = "attachment"


class CancelFile(Message, frozen=True, tag="cancel_file"):
    """Give up what one has offered."""

    file: Id


class MergeTopics(Message, frozen=True, tag="merge_topics"):
    """Take the topics of a file as its plan says, but not those whose ids are left out; see ``file_task``."""

    file: Id
    leave_out: Annotated[tuple[Id, ...], Meta(max_length=20_000)] = ()


class FileTask(Message, frozen=True, tag="file_task"):
    """How a file that one brings is doing; to its sender alone.

    Attributes:
        path: where to ``PUT`` its bytes, None when the server has them or needs no more.
        part: of the phase, from 0 to 1. text: why it failed, or what came of it; one sentence in English.
        plan: with phase ``merge``, a zstd MessagePack ``walkdown.review.MergePlan`` to be looked at first.
        blob: the bytes in the store, when done.
    """

    secrets: ClassVar[frozenset[str]] = frozenset({"path"})

    file: str
    phase: FilePhase
    path: str | None = None
    part: float = 0.0
    text: str = ""
    plan: Blob | None = None
    blob: Blob | None = None


ExportFormat = Literal["bcf-2.1", "bcf-3.0", "html", "pdf", "pack"]


class AskExport(Message, frozen=True, tag="ask_export"):
    """Asks for a file of the review; the server answers with ``exported``.

    Attributes:
        topics: ids, all when empty. language: of a report, ``en``, ``zh_CN`` or ``de``.
    """

    ask: Counter
    format: ExportFormat
    topics: Annotated[tuple[Id, ...], Meta(max_length=20_000)] = ()
    language: Annotated[str, Meta(max_length=16)] = "en"


class Exported(Message, frozen=True, tag="exported"):
    """The answer to ``ask_export``: a file to be fetched, or in ``text`` why there is none.

    ``notes`` says what was left out of it.
    """

    ask: int
    blob: Blob | None = None
    name: str = ""
    text: str = ""
    notes: tuple[str, ...] = ()


class AskTopic(Message, frozen=True, tag="ask_topic"):
    """Asks for the history of a topic; the server answers with ``topic_told``."""

    ask: Counter
    topic: Id


class TopicTold(Message, frozen=True, tag="topic_told"):
    """The answer to ``ask_topic``, oldest first; ``text`` says why there is none."""

    ask: int
    topic: str
    changes: tuple[TopicChange, ...] = ()
    text: str = ""


def changed_fields(changes: TopicChanges) -> dict[str, Any]:
    """Return the fields that are set, as they stand in a record."""
    made: dict[str, Any] = msgspec.to_builtins(changes)
    return made
