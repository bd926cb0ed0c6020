"""Whom a room deals with: people and their lines, who takes models, keeps the past or looks after voice.

Pure. The room is given these and knows nothing of sockets, files and threads behind them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from walkdown import messages
from walkdown.messages import (
    AskExport,
    AskHistory,
    CancelFile,
    MergeTopics,
    ModelState,
    OfferFile,
    OfferModel,
    PackageRef,
    Refusal,
    Subscribe,
    VoiceReport,
)
from walkdown.roles import Speaking
from walkdown.twin import Catalogue
from walkdown_server.access import (
    OPERATION_BYTES_BURST,
    OPERATION_BYTES_PER_SEC,
    OPERATIONS_BURST,
    OPERATIONS_PER_SEC,
    TokenBucket,
)
from walkdown_server.door.people import Identity
from walkdown_server.ticks.acknowledged import Acknowledged
from walkdown_server.ticks.outbox import Outbox
from walkdown_server.ticks.telling import Told


class Line(Protocol):
    """How the room reaches one client."""

    def offer(self, data: bytes) -> bool:
        """Write a whole WebSocket frame if the network has taken all before it; tells whether it was."""

    def send(self, data: bytes) -> None:
        """Write whole WebSocket frames, whatever waits."""

    def waiting(self) -> int:
        """Return how many bytes the network has not taken yet."""

    def refuse(self, refusal: Refusal) -> None:
        """Say why, and close."""


Answer = Callable[[messages.Message], None]

FileMessage = OfferFile | CancelFile | MergeTopics | AskExport
FILE_MESSAGES: tuple[type[messages.Message], ...] = (OfferFile, CancelFile, MergeTopics, AskExport)


class Offers(Protocol):
    """Who takes model files from people."""

    def offer(self, identity: Identity, message: OfferModel, answer: Answer) -> None:
        """Answer an offer with a ticket, or with why not."""

    def cancel(self, identity: Identity, model: str) -> None:
        """Give up what this person brings in as this model."""

    def forget(self, identity: Identity) -> None:
        """Give up everything that this person brings in; they are gone."""

    def fetch(self) -> None:
        """Have the room learn the packages of models that it cannot draw."""


class Past(Protocol):
    """Who keeps what was told, and answers questions about it."""

    @property
    def oldest_ns(self) -> int:
        """Session time of the oldest value that can be asked for, 0 for none."""

    def keep(self, told: Told) -> None:
        """Take what a tick told."""

    def meet(self, identity: Identity) -> None:
        """Learn who a person's number stands for."""

    def ask(self, identity: Identity, message: AskHistory, answer: Answer) -> None:
        """Answer a question with the hash of a blob, or with why not."""


class Files(Protocol):
    """Who takes and gives out files of a review: photos and documents, topics of elsewhere, exports."""

    def take(self, identity: Identity, message: FileMessage, answer: Answer) -> None:
        """Take what somebody says about a file; ``answer`` reaches that person also when they come back."""

    def forget(self, identity: Identity) -> None:
        """Give up everything that this person brings in; they are gone."""

    def knows(self, sha256: str) -> bool:
        """Tell whether a file lies in the session's store, so that a record may refer to it."""


class MediaLine(Protocol):
    """How voice reaches one client in datagrams."""

    def send(self, bundle: bytes) -> bool:
        """Send a bundle; tells whether it was, else it goes through the WebSocket."""


class MediaDoor(Protocol):
    """Who takes and sends voice in datagrams; what it receives it gives to ``Room.hear``.

    It sets ``Member.media`` while a client is served in this way.
    """

    def ask(self, member: Member, answer: Answer) -> None:
        """Answer ``ask_media`` with keys, or with why not."""

    def choose(self, member: Member, *, datagrams: bool) -> None:
        """Send someone their voice by this way from now on."""

    def forget(self, member: Member) -> None:
        """Take and send nothing more for this connection; it has ended."""


class VoiceWatch(Protocol):
    """Who knows how well people hear each other; what was sent on stands in ``Voices.sent``."""

    def note(self, member: Member, report: VoiceReport) -> None:
        """Take what a listener says of those whom it heard."""

    def ask(self, member: Member, answer: Answer) -> None:
        """Answer ``ask_voice_health``."""

    def look(self, now_secs: float) -> None:
        """Judge all pairs; called about once a second."""

    def forget(self, member: Member) -> None:
        """Know nothing more of this connection; it has ended."""


class VoiceKeeper(Protocol):
    """Who keeps what is said while a recording is on."""

    def begin(self, time_ns: int, *, by: str) -> None:
        """Begin a recording: at this session time, at the wish of whom."""

    def take(self, identity: Identity, packet: bytes, *, time_ns: int) -> None:
        """Keep a packet that came at this session time, of someone who may be heard and lets it be kept."""

    def end(self, time_ns: int) -> None:
        """End the recording."""


@dataclass(slots=True, eq=False)
class Member:
    """Someone who is connected.

    Attributes:
        row: theirs in the crowd. speaking: which sections of their frames are taken.
        media: how voice reaches them in datagrams, None while it goes through the WebSocket.
        acknowledged: which ticks they say to have received.
        resuming_secs: since when someone who has come back is owed what they have missed.
    """

    identity: Identity
    line: Line
    outbox: Outbox
    row: int
    speaking: frozenset[Speaking]
    acknowledged: Acknowledged = field(default_factory=Acknowledged)
    resuming_secs: float | None = None
    subscription: Subscribe = field(default_factory=Subscribe)
    media: MediaLine | None = None
    operations: TokenBucket = field(
        default_factory=lambda: TokenBucket(per_sec=OPERATIONS_PER_SEC, burst=OPERATIONS_BURST)
    )
    volume: TokenBucket = field(
        default_factory=lambda: TokenBucket(per_sec=OPERATION_BYTES_PER_SEC, burst=OPERATION_BYTES_BURST)
    )


@dataclass(frozen=True, slots=True)
class Contents:
    """What a session shows.

    Attributes:
        name: of the session. catalogue: of the twin. packages: of the start, already in the store.
    """

    name: str
    catalogue: Catalogue
    packages: tuple[PackageRef, ...] = ()

    @property
    def joint_count(self) -> int:
        """Joints of all packages."""
        return sum(ref.joint_count for ref in self.packages)

    @property
    def models(self) -> tuple[ModelState, ...]:
        """The models of the start, as nobody's."""
        return tuple(
            ModelState(ref.model, ref.name, ref.id, author="", author_id="", placement=ref.placement)
            for ref in self.packages
        )


class Standing(NamedTuple):
    """How many clients are owed something, and how many bytes the network has not taken yet."""

    owed: int
    pending_bytes: int
    pending_bytes_max: int
