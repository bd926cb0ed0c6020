"""Every wish about talking and listening; the rest is in ``intents``.

Those of the first group change only what this person hears or how they speak; ``voice_rules`` carries most of
them out, and the server is told the new state. The second group asks the server and changes nothing until it
answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from walkdown_client.audio.orders import OutputMode
from walkdown_client.tools.intents import Intent

VolumePart = Literal["master", "voices", "machines", "signals"]

# ---- how this person hears and speaks -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Talk(Intent):
    """The talk key is held, or no more."""

    held: bool


@dataclass(frozen=True, slots=True)
class ToggleOpenMicrophone(Intent):
    """Be heard whenever one speaks, or again only while a key is held."""


@dataclass(frozen=True, slots=True)
class MuteMyself(Intent):
    """Close one's own microphone, or let it be open again."""


@dataclass(frozen=True, slots=True)
class Deafen(Intent):
    """Hear nobody, or everybody again."""


@dataclass(frozen=True, slots=True)
class JoinGroup(Intent):
    """Talk in a private group of this name; "" leaves it."""

    group: str = ""


@dataclass(frozen=True, slots=True)
class ToggleGroup(Intent):
    """Leave the private group in which one talks, or ask for the name of one to join."""


@dataclass(frozen=True, slots=True)
class ToggleRadio(Intent):
    """Talk by radio to one's group however far away it is, or no more."""


@dataclass(frozen=True, slots=True)
class Silence(Intent):
    """Hear somebody no more, or again; nobody else is concerned."""

    person: int
    silenced: bool = True


@dataclass(frozen=True, slots=True)
class SetPersonVolume(Intent):
    """How loud somebody is for this person, 0 to 2."""

    person: int
    volume: float


@dataclass(frozen=True, slots=True)
class SetVolume(Intent):
    """How loud a part of all that sounds is, 0 to 2."""

    part: VolumePart
    volume: float


@dataclass(frozen=True, slots=True)
class ChooseOutput(Intent):
    """Hear through another device, "" for the system's."""

    device: str


@dataclass(frozen=True, slots=True)
class ChooseInput(Intent):
    """Speak into another device, "" for the system's."""

    device: str


@dataclass(frozen=True, slots=True)
class SetOutputMode(Intent):
    """How the output is worn."""

    mode: OutputMode


@dataclass(frozen=True, slots=True)
class SetGate(Intent):
    """What is quieter is no speech, dBFS."""

    dbfs: float


@dataclass(frozen=True, slots=True)
class ToggleCleanup(Intent):
    """Take echo and noise away, or leave them."""


@dataclass(frozen=True, slots=True)
class ToggleCaptions(Intent):
    """Show what is said as text, or no more."""


@dataclass(frozen=True, slots=True)
class SetCaptionScale(Intent):
    """Size of captions, one of ``hearing.CAPTION_SCALES``."""

    scale: float


@dataclass(frozen=True, slots=True)
class ToggleRecordable(Intent):
    """Let one's own voice be in recordings, or no more."""


@dataclass(frozen=True, slots=True)
class TestEcho(Intent):
    """Hear one's own words as they come back from the server, for some seconds."""

    __test__ = False


@dataclass(frozen=True, slots=True)
class StartSound(Intent):
    """Start the sound again after it has ended."""


# ---- what the server is asked ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MuteAll(Intent):
    """Let nobody be heard but who leads or presents, or all again; None turns it about."""

    muted: bool | None = None


@dataclass(frozen=True, slots=True)
class Present(Intent):
    """Let somebody be heard everywhere, or no more; 0 is oneself, None turns it about."""

    person: int = 0
    presenting: bool | None = None


@dataclass(frozen=True, slots=True)
class AskToRecord(Intent):
    """Ask before a recording of what is said begins; end one that runs."""


@dataclass(frozen=True, slots=True)
class RecordVoice(Intent):
    """Begin or end a recording of what is said."""

    on: bool


@dataclass(frozen=True, slots=True)
class PutZoneHere(Intent):
    """Let the room where one is be a zone: inside and outside do not hear each other."""


@dataclass(frozen=True, slots=True)
class RemoveZone(Intent):
    """Take a zone away; "" means the one where one is."""

    zone: str = ""


@dataclass(frozen=True, slots=True)
class AskVoiceHealth(Intent):
    """Ask how well everyone hears everyone."""
