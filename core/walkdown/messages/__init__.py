"""Every control message of ``walkdown.1``, with its guarantee.

A control message is one MessagePack map whose key ``t`` names it. It travels as a WebSocket message of
its own or, from the server, inside the MESSAGES section of a frame (see ``codec``). Each class says in
``guarantee`` what happens when a client is slow:

* ``event``: ordered, numbered, never dropped;
* ``state``: the newest per ``key`` wins, a slow client may skip some and is owed the last;
* ``reply``: to one client, in order, never dropped.
"""

from __future__ import annotations

import msgspec

from walkdown.messages.from_client import (
    Area,
    AskHistory,
    CancelModel,
    Hello,
    ImportOptions,
    Invite,
    Kick,
    Mute,
    OfferModel,
    Operation,
    Ping,
    PlaceModel,
    PutNote,
    Redo,
    RemoveModel,
    RemoveNote,
    Revoke,
    Select,
    SetRole,
    Subscribe,
    Trigger,
    Undo,
)
from walkdown.messages.from_server import (
    Blob,
    Bye,
    Delays,
    Gone,
    HistoryPart,
    Invitation,
    Models,
    ModelTask,
    PackageRef,
    Person,
    Pong,
    Record,
    Refusal,
    Reply,
    ServerStatus,
    SourceStatus,
    TaskPhase,
    TextValue,
    UploadTicket,
    Welcome,
)
from walkdown.messages.kept import History, ModelState, Note, SignalHistory, Snapshot
from walkdown.messages.review import (
    REVIEW_KINDS,
    AskExport,
    AskTopic,
    Attend,
    CallVote,
    CancelFile,
    CastVote,
    CloseMeeting,
    EditTopic,
    EndVote,
    Exported,
    ExportFormat,
    FilePhase,
    FilePurpose,
    FileTask,
    Gather,
    Gathered,
    GiveVerdict,
    MergeTopics,
    OfferFile,
    OpenMeeting,
    PingAt,
    Pinged,
    PointAt,
    Pointing,
    PutAgendaItem,
    PutComment,
    PutMark,
    PutTopic,
    PutViewpoint,
    RemoveAgendaItem,
    RemoveComment,
    RemoveMark,
    RemoveTopic,
    RemoveViewpoint,
    Say,
    SetDuty,
    SetVocabulary,
    SharedView,
    ShareView,
    StepAgenda,
    TopicChanges,
    TopicTold,
)
from walkdown.messages.review_kept import (
    AgendaItem,
    Attached,
    Attendance,
    Ballot,
    Camera,
    ChatLine,
    Comment,
    Decision,
    Document,
    Duty,
    Evidence,
    EvidenceState,
    Mark,
    MarkKind,
    Meeting,
    Painted,
    Plane,
    ReviewSnapshot,
    Segment,
    Snap,
    Topic,
    TopicChange,
    TopicFields,
    Verdict,
    Viewpoint,
    Vocabulary,
    Vote,
)
from walkdown.messages.voice import (
    AskMedia,
    AskVoiceHealth,
    HeardOf,
    Media,
    MediaVia,
    MuteAll,
    PairHealth,
    Present,
    PutZone,
    Reach,
    RecordVoice,
    RemoveZone,
    Voice,
    VoiceHealth,
    VoiceReport,
    VoiceRules,
    VoiceTrouble,
    Zone,
)
from walkdown.messages.words import (
    IN_PLACE,
    SIZE_BEFORE_LOGIN,
    SIZE_BULK,
    SIZE_OPERATION,
    SIZE_POSE,
    SUBPROTOCOL,
    Base,
    Counter,
    FileName,
    Guarantee,
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
    Text,
    ThingId,
)

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
    | Voice
    | AskMedia
    | MediaVia
    | VoiceReport
    | AskVoiceHealth
    | MuteAll
    | Present
    | RecordVoice
    | PutZone
    | RemoveZone
    | PutTopic
    | EditTopic
    | RemoveTopic
    | PutComment
    | RemoveComment
    | PutViewpoint
    | RemoveViewpoint
    | PutMark
    | RemoveMark
    | SetVocabulary
    | OpenMeeting
    | CloseMeeting
    | GiveVerdict
    | SetDuty
    | PutAgendaItem
    | RemoveAgendaItem
    | StepAgenda
    | CallVote
    | CastVote
    | EndVote
    | Say
    | Attend
    | PointAt
    | PingAt
    | ShareView
    | Gather
    | OfferFile
    | CancelFile
    | MergeTopics
    | AskExport
    | AskTopic
)


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
    | Media
    | VoiceRules
    | VoiceHealth
    | VoiceTrouble
    | Pointing
    | Pinged
    | SharedView
    | Gathered
    | FileTask
    | Exported
    | TopicTold
    | Bye
)


def encode(message: msgspec.Struct) -> bytes:
    """Return the MessagePack bytes of one message."""
    return _encoder.encode(message)


_encoder = msgspec.msgpack.Encoder()
decode_client = msgspec.msgpack.Decoder(ClientMessage)
"""Decodes and validates what a client sent; raises ``msgspec.ValidationError`` or ``DecodeError``."""

decode_server = msgspec.msgpack.Decoder(ServerMessage)
"""The same for what a server sent."""

for _kind in (Snapshot, ModelState, ReviewSnapshot):
    msgspec.msgpack.Decoder(_kind)  # learns the types now: two threads that learn them at the same time crash

__all__ = [
    "IN_PLACE",
    "REVIEW_KINDS",
    "SIZE_BEFORE_LOGIN",
    "SIZE_BULK",
    "SIZE_OPERATION",
    "SIZE_POSE",
    "SUBPROTOCOL",
    "AgendaItem",
    "Area",
    "AskExport",
    "AskHistory",
    "AskMedia",
    "AskTopic",
    "AskVoiceHealth",
    "Attached",
    "Attend",
    "Attendance",
    "Ballot",
    "Base",
    "Blob",
    "Bye",
    "CallVote",
    "Camera",
    "CancelFile",
    "CancelModel",
    "CastVote",
    "ChatLine",
    "ClientMessage",
    "CloseMeeting",
    "Comment",
    "Counter",
    "Decision",
    "Delays",
    "Document",
    "Duty",
    "EditTopic",
    "EndVote",
    "Evidence",
    "EvidenceState",
    "ExportFormat",
    "Exported",
    "FileName",
    "FilePhase",
    "FilePurpose",
    "FileTask",
    "Gather",
    "Gathered",
    "GiveVerdict",
    "Gone",
    "Guarantee",
    "Hash",
    "HeardOf",
    "Hello",
    "History",
    "HistoryPart",
    "Id",
    "ImportOptions",
    "Invitation",
    "Invite",
    "Kick",
    "Mark",
    "MarkKind",
    "Media",
    "MediaVia",
    "Meeting",
    "MergeTopics",
    "Message",
    "ModelState",
    "ModelTask",
    "Models",
    "Mute",
    "MuteAll",
    "Name",
    "Note",
    "OfferFile",
    "OfferModel",
    "OpenMeeting",
    "Operation",
    "PackageRef",
    "Painted",
    "PairHealth",
    "Person",
    "PersonKind",
    "PersonNumber",
    "Ping",
    "PingAt",
    "Pinged",
    "PlaceModel",
    "Placement",
    "Plane",
    "Point",
    "PointAt",
    "Pointing",
    "Pong",
    "Present",
    "PutAgendaItem",
    "PutComment",
    "PutMark",
    "PutNote",
    "PutTopic",
    "PutViewpoint",
    "PutZone",
    "Reach",
    "Record",
    "RecordVoice",
    "Redo",
    "Refusal",
    "RemoveAgendaItem",
    "RemoveComment",
    "RemoveMark",
    "RemoveModel",
    "RemoveNote",
    "RemoveTopic",
    "RemoveViewpoint",
    "RemoveZone",
    "Reply",
    "ReviewSnapshot",
    "Revoke",
    "Role",
    "Say",
    "Secret",
    "Segment",
    "Select",
    "ServerMessage",
    "ServerStatus",
    "SetDuty",
    "SetRole",
    "SetVocabulary",
    "ShareView",
    "SharedView",
    "SignalHistory",
    "Snap",
    "Snapshot",
    "SourceStatus",
    "Stamp",
    "StepAgenda",
    "Subscribe",
    "TaskPhase",
    "Text",
    "TextValue",
    "ThingId",
    "Topic",
    "TopicChange",
    "TopicChanges",
    "TopicFields",
    "TopicTold",
    "Trigger",
    "Undo",
    "UploadTicket",
    "Verdict",
    "Viewpoint",
    "Vocabulary",
    "Voice",
    "VoiceHealth",
    "VoiceReport",
    "VoiceRules",
    "VoiceTrouble",
    "Vote",
    "Welcome",
    "Zone",
    "decode_client",
    "decode_server",
    "encode",
]
