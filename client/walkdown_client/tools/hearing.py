"""How one person hears and speaks: what is remembered, what holds for a visit, what panels show of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from walkdown_client.audio.orders import Level, OutputMode, State, Talk, TalkerHeard
from walkdown_client.world import PersonView

VOLUME_MAX = 2.0
GATE_MIN_DBFS, GATE_MAX_DBFS = -70.0, -10.0
CAPTION_SCALES = (1.0, 1.5, 2.0)
GROUP_MAX = 80


@dataclass(slots=True)
class SoundPreferences:
    """What is remembered per person between sessions.

    Attributes:
        output, input: names of devices, "" for the system's. mode: how the output is worn.
        master, voices, machines, signals: volumes, 0 to 2.
        microphone: whether it may be open. talk: while a key is held, or whenever one speaks.
        gate_dbfs: what is quieter is no speech. cleanup: take echo and noise away.
        captions: whether what is said is shown as text. caption_scale: its size.
        recordable: whether one's own voice may be in a recording.
        volumes, silenced: of single people, by :func:`voice_key`.
        tested: the devices for which the echo test was offered.
    """

    output: str = ""
    input: str = ""
    mode: OutputMode = "headphones"
    master: float = 1.0
    voices: float = 1.0
    machines: float = 1.0
    signals: float = 1.0
    microphone: bool = True
    talk: Talk = "push"
    gate_dbfs: float = -45.0
    cleanup: bool = True
    captions: bool = False
    caption_scale: float = 1.0
    recordable: bool = True
    volumes: dict[str, float] = field(default_factory=dict)
    silenced: list[str] = field(default_factory=list)
    tested: str = ""


@dataclass(slots=True)
class Hearing:
    """What holds for this visit alone.

    Attributes:
        talking: the talk key, or the button that stands for it, is held.
        deaf: nobody is to be heard. group: name of the private group, "" for none.
        radio: one's group hears one however far away, and who is near hears one too.
        names_group: the field for the name of a group gets the keyboard.
        revision: grows with every change of what is remembered about single people.
    """

    talking: bool = False
    deaf: bool = False
    group: str = ""
    radio: bool = False
    names_group: bool = False
    revision: int = 0


@dataclass(frozen=True, slots=True)
class EchoTest:
    """One's own words sent round: to the server and back to one's own ears.

    Attributes:
        remaining_secs: until it ends, 0 when it is over.
        received, lost: packets that came back, and that never did. delay_secs: mouth to ear.
    """

    remaining_secs: float
    received: int = 0
    lost: int = 0
    delay_secs: float = 0.0


@dataclass(frozen=True, slots=True)
class Bearing:
    """Where somebody is, as seen from one's own head.

    Attributes:
        x, y: normalised coordinates in the picture, meaningless unless ``seen``.
        seen: whether they are in the picture. right_rad: how far to the right of straight ahead, -π to π.
        up: how far above the middle, as a share of the distance. distance_m: how far away.
    """

    x: float
    y: float
    seen: bool
    right_rad: float
    up: float
    distance_m: float


@dataclass(frozen=True, slots=True)
class CaptionLine:
    """What somebody has said, as text."""

    speaker: int
    spurt: int
    text: str
    final: bool


@dataclass(frozen=True, slots=True)
class SoundFacts:
    """What the sound process says, made ready for panels.

    Attributes:
        running: whether there is a sound process. text: why not, one sentence, "" while there is.
        failed: a part of what sounds has failed and is silent.
        state: what works, None before it was said. level: of the open microphone, None while it is closed.
        speaking: who speaks now, oneself included. talkers: how those came through who spoke lately.
        bearings: where those are who speak or have a caption. way: which way voice takes.
        captions: newest last. echo: the running or the last echo test, None before the first.
    """

    running: bool = False
    text: str = ""
    failed: bool = False
    state: State | None = None
    level: Level | None = None
    speaking: frozenset[int] = frozenset()
    talkers: Mapping[int, TalkerHeard] = field(default_factory=dict)
    bearings: Mapping[int, Bearing] = field(default_factory=dict)
    way: str = "none"
    captions: tuple[CaptionLine, ...] = ()
    echo: EchoTest | None = None

    @property
    def has_output(self) -> bool:
        """Whether something can be heard."""
        return self.state is not None and bool(self.state.output)

    @property
    def has_input(self) -> bool:
        """Whether a microphone works."""
        return self.state is not None and bool(self.state.input)


def as_sentence(text: str) -> str:
    """Return what a device or a process says as a sentence of its own.

    >>> as_sentence("there is no microphone; plug one in")
    'There is no microphone; plug one in.'
    """
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?", "。")) else ".")


def voice_key(person: PersonView) -> str:
    """Return by what somebody's volume is remembered: their key, else their name."""
    return person.key or person.name
