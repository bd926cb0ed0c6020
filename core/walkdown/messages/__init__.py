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

for _kind in (Snapshot, ModelState):
    msgspec.msgpack.Decoder(_kind)  # learns the types now: two threads that learn them at the same time crash

__all__ = [
    "IN_PLACE",
    "SIZE_BEFORE_LOGIN",
    "SIZE_BULK",
    "SIZE_OPERATION",
    "SIZE_POSE",
    "SUBPROTOCOL",
    "Area",
    "AskHistory",
    "AskMedia",
    "AskVoiceHealth",
    "Base",
    "Blob",
    "Bye",
    "CancelModel",
    "ClientMessage",
    "Counter",
    "Delays",
    "FileName",
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
    "Media",
    "MediaVia",
    "Message",
    "ModelState",
    "ModelTask",
    "Models",
    "Mute",
    "MuteAll",
    "Name",
    "Note",
    "OfferModel",
    "Operation",
    "PackageRef",
    "PairHealth",
    "Person",
    "PersonKind",
    "PersonNumber",
    "Ping",
    "PlaceModel",
    "Placement",
    "Point",
    "Pong",
    "Present",
    "PutNote",
    "PutZone",
    "Reach",
    "Record",
    "RecordVoice",
    "Redo",
    "Refusal",
    "RemoveModel",
    "RemoveNote",
    "RemoveZone",
    "Reply",
    "Revoke",
    "Role",
    "Secret",
    "Select",
    "ServerMessage",
    "ServerStatus",
    "SetRole",
    "SignalHistory",
    "Snapshot",
    "SourceStatus",
    "Stamp",
    "Subscribe",
    "TaskPhase",
    "Text",
    "TextValue",
    "ThingId",
    "Trigger",
    "Undo",
    "UploadTicket",
    "Voice",
    "VoiceHealth",
    "VoiceReport",
    "VoiceRules",
    "VoiceTrouble",
    "Welcome",
    "Zone",
    "decode_client",
    "decode_server",
    "encode",
]
