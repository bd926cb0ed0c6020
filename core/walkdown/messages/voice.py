"""Every control message about voice, of both sides; voice itself travels in frames and datagrams."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from walkdown.messages.from_client import Operation
from walkdown.messages.words import Guarantee, Id, Message, Name, PersonNumber, Point, Stamp

Reach = Literal["near", "group", "radio"]
"""Whom one's own voice is meant for: who is near; one's own group alone; one's group however far, and who is
near."""

Group = Annotated[str, Meta(max_length=80)]
Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=0, lt=2**32)]


# ---- of a client ----------------------------------------------------------------------------------------


class Voice(Message, frozen=True, tag="voice"):
    """How the sender speaks and listens from now on; replaces what was said before.

    Attributes:
        microphone: whether there is one that works. ears: whether there is an output that works.
        deaf: the sender wants to hear nobody. silenced: nor these people.
        reach: whom the sender's voice is meant for. group: name of the private group, "" for none.
        echo: the sender wants to hear its own packets again, to try everything out.
        recordable: whether the sender's voice may be in a recording.
    """

    microphone: bool = False
    ears: bool = False
    deaf: bool = False
    silenced: Annotated[tuple[PersonNumber, ...], Meta(max_length=1000)] = ()
    reach: Reach = "near"
    group: Group = ""
    echo: bool = False
    recordable: bool = True


class AskMedia(Message, frozen=True, tag="ask_media"):
    """Asks for keys to send voice in datagrams; the server answers with ``media``."""


class MediaVia(Message, frozen=True, tag="media_via"):
    """By which way the sender wants to be sent voice from now on; datagrams need a proved address."""

    datagrams: bool


class HeardOf(msgspec.Struct, frozen=True):
    """What came of one talker since the last report.

    Attributes:
        speaker: number of the person. received: packets. lost: packets that never came.
        concealed: share of the time rendered that had to be invented.
        delay_secs: from the talker's microphone to the listener's ear, the middle of what was measured.
    """

    speaker: PersonNumber
    received: Count
    lost: Count = 0
    concealed: Share = 0.0
    delay_secs: Annotated[float, Meta(ge=0, le=3600)] = 0.0


class VoiceReport(Message, frozen=True, tag="voice_report"):
    """How well the sender heard others, about every two seconds while somebody speaks."""

    heard: Annotated[tuple[HeardOf, ...], Meta(max_length=64)]


class AskVoiceHealth(Message, frozen=True, tag="ask_voice_health"):
    """Asks how well everyone hears everyone; the server answers with ``voice_health``."""


class MuteAll(Operation, frozen=True, tag="mute_all"):
    """Let nobody be heard but who leads or presents, or let all be heard again."""

    muted: bool = True


class Present(Operation, frozen=True, tag="present"):
    """Let someone be heard and seen everywhere, or no more."""

    person: PersonNumber
    presenting: bool = True


class RecordVoice(Operation, frozen=True, tag="record_voice"):
    """Begin or end a recording of what is said; everyone is told."""

    on: bool


class Zone(msgspec.Struct, frozen=True):
    """A place whose inside and outside do not hear each other.

    Attributes:
        zone: a UUID made by the client. low, high: corners of a box, metres, site frame.
    """

    zone: Id
    name: Name
    low: Point
    high: Point


class PutZone(Operation, frozen=True, tag="put_zone"):
    """Make a zone, or change one."""

    zone: Zone


class RemoveZone(Operation, frozen=True, tag="remove_zone"):
    """Take a zone away."""

    zone: Id


# ---- of the server --------------------------------------------------------------------------------------


class Media(Message, frozen=True, tag="media"):
    """The answer to ``ask_media``; ``port`` is 0 where this server takes no datagrams, ``text`` says why.

    Attributes:
        connection: names this client in its datagrams. port: UDP, on the host of the WebSocket.
        key_up, key_down: AES-128-GCM, of datagrams to and from the server.
    """

    secrets: ClassVar[frozenset[str]] = frozenset({"key_up", "key_down"})

    connection: Annotated[int, Meta(ge=0, lt=2**53)] = 0
    port: Annotated[int, Meta(ge=0, le=65535)] = 0
    key_up: Annotated[bytes, Meta(max_length=16)] = b""
    key_down: Annotated[bytes, Meta(max_length=16)] = b""
    text: str = ""


class VoiceRules(Message, frozen=True, tag="voice_rules"):
    """What holds for everybody's voice; key: nothing.

    Attributes:
        muted_all: only who leads or presents is heard. zones: places that do not hear each other.
        recording_ns: session time since when what is said is recorded, 0 while it is not.
        recorded_by: name of who began that.
    """

    guarantee: ClassVar[Guarantee] = "state"

    muted_all: bool = False
    zones: tuple[Zone, ...] = ()
    recording_ns: Stamp = 0
    recorded_by: str = ""


class PairHealth(msgspec.Struct, frozen=True):
    """How well one person hears another, of the last seconds.

    Attributes:
        sent: packets that the server sent on. received: those that the listener has reported.
        seconds: over which both were counted. concealed, delay_secs: as in ``HeardOf``.
        verdict: ``good``; ``poor``: much is lost; ``deaf``: nothing arrives; ``unknown``: no report came;
            ``no_ears``: the listener has no output.
    """

    listener: int
    speaker: int
    sent: int
    received: int
    seconds: float
    concealed: float = 0.0
    delay_secs: float = 0.0
    verdict: Literal["good", "poor", "deaf", "unknown", "no_ears"] = "unknown"


class VoiceHealth(Message, frozen=True, tag="voice_health"):
    """The answer to ``ask_voice_health``: every pair of which the listener was sent something lately."""

    pairs: tuple[PairHealth, ...]


class VoiceTrouble(Message, frozen=True, tag="voice_trouble"):
    """Someone does not hear someone; said to both and to who leads, once when it begins and when it ends."""

    listener: int
    speaker: int
    packets: int
    seconds: float
    over: bool = False
