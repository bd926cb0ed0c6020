"""Sounds and voices around a listener, as the engine renders them: what the judge is given."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.clock import NS
from walkdown.voice import FRAME_SAMPLES, FRAME_SECS, Entry, Route, pack_bundle, unpack_packet
from walkdown_client.audio.ears import VirtualEars
from walkdown_client.audio.orders import Clock, Ears, Heads, OutputMode, Play, Sounds, Vector, VoiceIn, Walls
from walkdown_client.audio.recordings import Recordings
from walkdown_client.voice import opus
from walkdown_client.voice.talker import Talker

F32 = npt.NDArray[np.float32]

HEIGHT_M = 1.7
FRAME_NS = round(FRAME_SECS * NS)
CLICK = np.eye(1, 2400, dtype=np.float32)[0]
SPEAKER = 7
AFTER_SECS = 0.4
"""How long is listened after the last packet: the lead and the jitter buffer."""


def ahead_of(azimuth: float, *, distance_m: float = 2.0) -> Vector:
    """Return a place around a listener at the zero who looks north; azimuth in degrees, clockwise."""
    turn = math.radians(azimuth)
    return distance_m * math.sin(turn), distance_m * math.cos(turn), HEIGHT_M


def looking(azimuth: float = 0.0) -> Ears:
    """Return the ears of who stands at the zero and looks there, degrees clockwise from the north."""
    half = -math.radians(azimuth) / 2
    return Ears((0.0, 0.0, HEIGHT_M), (math.cos(half), 0.0, 0.0, math.sin(half)))


def loop_at(place: Vector, *, loop: int = 0, level_db: float = 0.0, pitch: float = 1.0) -> Sounds:
    """Return the order for one loop at a place."""
    return loops_at(np.array([place]), loops=np.array([loop]), level_db=level_db, pitch=pitch)


def loops_at(
    places: npt.ArrayLike, *, loops: npt.ArrayLike, level_db: float = 0.0, pitch: float = 1.0
) -> Sounds:
    """Return the order for loops at (n, 3) places, with the numbers (n,) of what is heard there."""
    positions = np.asarray(places, "<f4")
    count = len(positions)
    return Sounds(
        ids=np.arange(1, count + 1, dtype="<u4").tobytes(),
        loops=np.asarray(loops, "<u2").tobytes(),
        positions=positions.tobytes(),
        levels=np.full(count, level_db, "<f4").tobytes(),
        pitches=np.full(count, pitch, "<f4").tobytes(),
        weights=np.ones(count, "<f4").tobytes(),
    )


def walls_at(places: npt.ArrayLike, *, loss_db: float = 20.0) -> Walls:
    """Return the order for walls at (n, 2) places, 3 m long and high."""
    centres = np.asarray(places, "<f4")
    count = len(centres)
    return Walls(
        frames=np.column_stack([centres, np.ones(count), np.zeros(count)]).astype("<f4").tobytes(),
        halves=np.tile(np.array([1.5, 0.1, 1.5], "<f4"), (count, 1)).tobytes(),
        middles=np.full(count, 1.5, "<f4").tobytes(),
        losses=np.full(count, loss_db, "<f4").tobytes(),
        keys=np.arange(count, dtype="<u4").tobytes(),
    )


def heads_at(places: dict[int, Vector]) -> Heads:
    """Return the order that says where mouths are."""
    return Heads(
        np.array(list(places), "<u2").tobytes(),
        np.array(list(places.values()), "<f4").tobytes(),
        np.ones(len(places), "<f4").tobytes(),
    )


class Ring:
    """A listener in the open, around whom sounds are played, one after the other."""

    def __init__(self, ears: VirtualEars, sounds: dict[str, F32]) -> None:
        self._ears, self._sounds = ears, sounds
        ears.take(looking())

    def hear(self, azimuth: float, samples: F32, *, looks: float = 0.0) -> F32:
        """Return what is heard of samples played there, (n, 2), and 50 ms of what follows.

        Args:
            azimuth: degrees clockwise from the north. looks: where the listener looks.
        """
        name = f"sound {id(samples)}"
        self._sounds[name] = samples
        self._ears.take(looking(looks))
        self._ears.render(0.02)
        self._ears.take(Play(name, ahead_of(azimuth)))
        heard = self._ears.render(len(samples) / 48_000 + 0.05)
        self._ears.render(0.05)
        return heard

    def hear_click(self, azimuth: float) -> F32:
        """Return what is heard of a click of one sample, (n, 2)."""
        return self.hear(azimuth, CLICK)


@contextmanager
def ring(*, mode: OutputMode = "headphones") -> Iterator[Ring]:
    """Stand in the open until the block ends."""
    sounds: dict[str, F32] = {}
    with VirtualEars(mode=mode, recordings=Recordings(shot=sounds.get)) as ears:
        yield Ring(ears, sounds)


@dataclass(frozen=True)
class Come:
    """A packet of a talker that came to a listener, and when, on the listener's clock."""

    arrived_ns: int
    packet: bytes


def spoken(samples: F32, *, began_ns: int = NS, late_ns: int = 2_000_000) -> list[Come]:
    """Return speech in packets, as they come over a network that is always as slow."""
    talker = Talker(opus.Encoder(opus.load()))
    talker.press(True)
    frames = samples[: len(samples) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    come = []
    for number, frame in enumerate(frames, 1):
        left_ns = began_ns + number * FRAME_NS
        come += [Come(left_ns + late_ns, packet) for packet in talker.talk(frame, left_ns)]
    return come


def hear_voice(
    come: Sequence[Come], place: Vector, *, mode: OutputMode = "headphones", route: Route = Route.NEAR
) -> F32:
    """Return what is heard of somebody who speaks at a place, (n, 2), from the first packet on."""
    with VirtualEars(mode=mode, now_ns=come[0].arrived_ns) as ears:
        ears.take(looking())
        ears.take(Clock(unpack_packet(come[0].packet).captured_ns - come[0].arrived_ns))
        ears.take(heads_at({SPEAKER: place}))
        heard = []
        for one in come:
            heard.append(ears.render_until(one.arrived_ns))
            ears.take(VoiceIn(one.arrived_ns, pack_bundle([Entry(SPEAKER, route, one.packet)])))
        heard.append(ears.render(AFTER_SECS))
        return np.concatenate(heard)
