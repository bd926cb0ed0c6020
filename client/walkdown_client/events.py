"""What the link tells the world: small immutable objects, already decoded and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from walkdown.blocks import SignalValues
from walkdown.codec import Poses
from walkdown.messages import (
    Delays,
    Exported,
    FileTask,
    Gathered,
    Gone,
    Invitation,
    ModelTask,
    Note,
    PackageRef,
    Person,
    Pinged,
    Pointing,
    Record,
    Reply,
    ServerStatus,
    SharedView,
    Snapshot,
    SourceStatus,
    TextValue,
    TopicTold,
    UploadTicket,
    VoiceHealth,
    VoiceRules,
    VoiceTrouble,
    Welcome,
)
from walkdown.twin import Catalogue, ModelThings
from walkdown_client.past import PastTold
from walkdown_client.twin_index import TwinIndex

LinkState = Literal["connecting", "live", "reconnecting", "refused", "closed"]

F64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """The connection came, went or was refused; ``text`` is one sentence for people, "" when all is well."""

    state: LinkState
    text: str = ""


@dataclass(frozen=True, slots=True)
class Joined:
    """The server welcomed us; ``snapshot`` is None when only later events are missing.

    Attributes:
        local_ns: local monotonic time when the welcome arrived.
        things: by model id, what the models bring to the twin beside the catalogue.
        twin: lookups into both, made where nobody waits for it; None leaves that to the world.
    """

    welcome: Welcome
    catalogue: Catalogue
    snapshot: Snapshot | None
    local_ns: int
    things: Mapping[str, ModelThings] = field(default_factory=dict)
    twin: TwinIndex | None = None


@dataclass(frozen=True, slots=True)
class ModelsListed:
    """All models of the session as they stand now; ``things`` and ``twin`` as in :class:`Joined`."""

    packages: tuple[PackageRef, ...]
    things: Mapping[str, ModelThings] = field(default_factory=dict)
    twin: TwinIndex | None = None


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """A ping was answered: local monotonic times of both ends, and the session time between them."""

    sent_ns: int
    session_ns: int
    received_ns: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry of the journal; ``note`` is its body where its kind is ``note``."""

    record: Record
    note: Note | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that is not an entry of the journal."""

    message: (
        Person
        | Gone
        | TextValue
        | SourceStatus
        | ServerStatus
        | Delays
        | Reply
        | Invitation
        | ModelTask
        | UploadTicket
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
    )


@dataclass(frozen=True, slots=True)
class Tick:
    """One frame of the server.

    Attributes:
        tick: its number. time_ns: its session time.
        poses: heads of people.
        signals: changed signal values, kind by kind.
        things, states: (n,) uint32 and (n,) uint8, thing indices and their states.
        joints, joint_values: (m,) uint16 and (m,) float64, radians or metres.
    """

    tick: int
    time_ns: int
    poses: tuple[Poses, ...] = ()
    signals: tuple[SignalValues, ...] = ()
    things: npt.NDArray[np.uint32] | None = None
    states: npt.NDArray[np.uint8] | None = None
    joints: npt.NDArray[np.uint16] | None = None
    joint_values: F64 | None = None


Event = LinkChanged | Joined | ModelsListed | RoundTrip | Recorded | Heard | PastTold | Tick
