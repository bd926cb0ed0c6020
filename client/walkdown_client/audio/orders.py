"""What the client and its sound process say to each other: one MessagePack value each.

The client says what there is (ears, sounds, people, walls, rooms) as often as it changes; the sound process
chooses what is heard and renders it. Arrays travel as bytes, little-endian: ``f4`` is float32. All places are
metres in the site frame; what is far from the site's zero loses millimetres, which nobody hears.
"""

from __future__ import annotations

from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
Vector = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]

OutputMode = Literal["headphones", "speakers", "mono", "left", "right"]
"""Headphones: by HRTF. Speakers: panned. Mono: both ears alike. Left, right: all in one ear."""

Talk = Literal["push", "open"]


class Order(msgspec.Struct, frozen=True, tag_field="t", omit_defaults=True):
    """The root of all that the client says."""


class Ears(Order, frozen=True, tag="ears"):
    """Where one's own head is: ``site_from_head`` as position and unit quaternion (w, x, y, z)."""

    position: Vector
    quaternion: Quaternion


class Sounds(Order, frozen=True, tag="sounds"):
    """All loops that sound anywhere, replacing what was said before; n of them, column by column.

    Attributes:
        ids: u4; the same id is the same sound going on. loops: u2, index into ``loops.NAMES``.
        positions: f4, (n, 3). levels: f4, dB re the loop's own level at 1 m. pitches: f4, 1 as made.
        weights: f4, importance: what has more is heard first at the same distance.
    """

    ids: bytes = b""
    loops: bytes = b""
    positions: bytes = b""
    levels: bytes = b""
    pitches: bytes = b""
    weights: bytes = b""


class Heads(Order, frozen=True, tag="heads"):
    """Where people's mouths are, k of them: ids u2, positions f4 (k, 3), volumes f4 (k,), 0 to 2."""

    ids: bytes = b""
    positions: bytes = b""
    volumes: bytes = b""


class Play(Order, frozen=True, tag="play"):
    """A sound that is heard once: ``name`` from ``shots.NAMES``, at a place or, without one, in the head."""

    name: str
    position: Vector | None = None
    level_db: float = 0.0
    weight: float = 1.0


class Walls(Order, frozen=True, tag="walls"):
    """What keeps sound away, m boxes: see ``audio.walls``; replaces what was said before.

    Attributes:
        frames: f4, (m, 4): centre x, y, and cosine and sine of the turn about z of each box's own axes.
        halves: f4, (m, 3): half extents along its own axes. middles: f4, (m,): centre z.
        losses: f4, (m,): dB at 1 kHz through it. keys: u4, which a ``Doors`` names.
        slopes: f4, (m,): dB more at 4 kHz; without it what is usual.
    """

    frames: bytes = b""
    halves: bytes = b""
    middles: bytes = b""
    losses: bytes = b""
    keys: bytes = b""
    slopes: bytes = b""


class Doors(Order, frozen=True, tag="doors"):
    """Which walls stand open now: their keys, u4."""

    opened: bytes = b""


class RoomBox(msgspec.Struct, frozen=True):
    """A room or hall: a box, its volume in m³ and how long its sound lasts (T60) at 1 kHz and 4 kHz, in s."""

    low: Vector
    high: Vector
    volume_m3: float
    t60_secs: float
    t60_high_secs: float


class Rooms(Order, frozen=True, tag="rooms"):
    """All rooms; where there is none one is outdoors."""

    rooms: tuple[RoomBox, ...] = ()


class Choice(Order, frozen=True, tag="choice"):
    """How this person wants to hear and speak.

    Attributes:
        output, input: names of devices, "" for the system's. mode: see ``OutputMode``.
        master, voices, machines, signals: volumes, 0 to 2; signals are alarms and the interface.
        microphone: whether it may be open. talk: while a key is held, or whenever somebody speaks.
        gate_dbfs: what is quieter is no speech. cleanup: take echo and noise away where that is installed.
        captions: show what is said as text where a recogniser is installed.
    """

    output: str = ""
    input: str = ""
    mode: OutputMode = "headphones"
    master: float = 1.0
    voices: float = 1.0
    machines: float = 1.0
    signals: float = 1.0
    microphone: bool = False
    talk: Talk = "push"
    gate_dbfs: float = -45.0
    cleanup: bool = True
    captions: bool = False


class Press(Order, frozen=True, tag="press"):
    """The talk key is held, or no more."""

    held: bool


class Loss(Order, frozen=True, tag="loss"):
    """What share of one's own packets listeners lose, 0 to 1: so much of each repeats the one before."""

    share: float


class Clock(Order, frozen=True, tag="clock"):
    """Session time is local monotonic time, which all processes of a computer share, plus this, in ns."""

    offset_ns: int


class VoiceIn(Order, frozen=True, tag="voice"):
    """A bundle that came, see ``walkdown.voice``, and when, on the local monotonic clock."""

    arrived_ns: int
    bundle: bytes


class Stop(Order, frozen=True, tag="stop"):
    """End."""


ORDERS = Ears | Sounds | Heads | Play | Walls | Doors | Rooms | Choice | Press | Loss | Clock | VoiceIn | Stop


class Told(msgspec.Struct, frozen=True, tag_field="t", omit_defaults=True):
    """The root of all that the sound process says."""


class VoiceOut(Told, frozen=True, tag="voice"):
    """A packet of one's own voice, to be sent at once."""

    packet: bytes


class TalkerHeard(msgspec.Struct, frozen=True):
    """How one talker came through since the last ``Heard``; as in ``messages.HeardOf``, and more.

    Attributes:
        loudness: -dBFS of the newest frame. audible: is among those rendered.
        buffer_secs: how far the jitter buffer lies behind.
    """

    speaker: int
    received: int
    lost: int = 0
    concealed: float = 0.0
    delay_secs: float = 0.0
    loudness: int = 127
    audible: bool = True
    buffer_secs: float = 0.0


class Heard(Told, frozen=True, tag="heard"):
    """Twice a second: who came through and how."""

    talkers: tuple[TalkerHeard, ...]


class State(Told, frozen=True, tag="state"):
    """What works, said at the start and after each change.

    Attributes:
        output, input: devices in use, "" for none. mode: in use.
        output_text, input_text, cleanup_text, captions_text: one sentence when that is not as wished, "" when
            all is well.
        outputs, inputs: devices that there are.
        hrtf: "on"; else one word for why not (``off``, ``refused``, …).
        underruns: how often the sound broke off so far.
    """

    output: str = ""
    input: str = ""
    mode: OutputMode = "headphones"
    output_text: str = ""
    input_text: str = ""
    cleanup_text: str = ""
    captions_text: str = ""
    outputs: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    hrtf: str = "off"
    underruns: int = 0


class Level(Told, frozen=True, tag="level"):
    """Ten times a second while the microphone is open: its level, and whether it is being sent."""

    dbfs: float
    speaking: bool


class Caption(Told, frozen=True, tag="caption"):
    """What a recogniser understood of a talker; a later one of the same ``spurt`` replaces it."""

    speaker: int
    spurt: int
    text: str
    final: bool = False


TOLD = VoiceOut | Heard | State | Level | Caption

_encoder = msgspec.msgpack.Encoder()
_orders = msgspec.msgpack.Decoder(ORDERS)
_told = msgspec.msgpack.Decoder(TOLD)


def encode(said: Order | Told) -> bytes:
    """Return the bytes of what is said."""
    return _encoder.encode(said)


def decode_order(data: bytes) -> ORDERS:
    """Return what the client says; raises ``msgspec.MsgspecError``."""
    order: ORDERS = _orders.decode(data)
    return order


def decode_told(data: bytes) -> TOLD:
    """Return what the sound process says; raises ``msgspec.MsgspecError``."""
    told: TOLD = _told.decode(data)
    return told
