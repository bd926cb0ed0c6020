"""All that sounds on one device: loops, shots, voices, and the room's answer."""

from __future__ import annotations

import ctypes as c
import math

import numpy as np

from walkdown_client.audio import budget
from walkdown_client.audio import openal_names as names
from walkdown_client.audio.device import Device
from walkdown_client.audio.loop_player import SOURCES as LOOP_SOURCES
from walkdown_client.audio.loop_player import LoopPlayer
from walkdown_client.audio.orders import Choice, Ears, Heads, Play, Quaternion, Sounds, Vector
from walkdown_client.audio.recordings import Recordings
from walkdown_client.audio.remembered import RememberedLosses
from walkdown_client.audio.reverb_slot import ReverbSlot
from walkdown_client.audio.shot_player import SHOTS, ShotPlayer
from walkdown_client.audio.sources import Sources
from walkdown_client.audio.space import Space
from walkdown_client.audio.talkers import Mouths, Talkers
from walkdown_client.audio.voice_player import VoicePlayer

_FLOATS6 = c.c_float * 6

CHOICE_SECS = 0.1
"""How often is chosen what is heard, and rays are sent out to it."""


UNMOVED_M = 0.005
_UNTURNED = math.cos(math.radians(0.25) / 2)
"""A head that turned by less than a quarter of a degree; of two unit quaternions, their product."""

ANSWERED = 24
"""So many sounds at a time are answered by the room."""

STEER_SECS = 0.02
"""How often what sounds is moved, and its fades: as often as a picture is drawn, or nearly."""


class Stage:
    """The objects of one OpenAL context; they go with it."""

    def __init__(
        self, device: Device, *, space: Space, talkers: Talkers, recordings: Recordings, lead_secs: float
    ) -> None:
        self.device = device
        self._openal, self._al, self._space = device.openal, device.openal.al, space
        self._reverb = ReverbSlot(device.openal)
        count = LOOP_SOURCES + SHOTS + budget.VOICES
        self._sources = Sources(device.openal, count, slot=self._reverb.name)
        self.loops = LoopPlayer(device.openal, self._sources, recordings)
        self.shots = ShotPlayer(device.openal, self._sources, recordings)
        self.voices = VoicePlayer(device.openal, self._sources, talkers, lead_secs=lead_secs)
        self._talkers, self._remembered = talkers, RememberedLosses(space)
        self._every = self._sources.share_all()
        self._ears: Vector = (0.0, 0.0, 0.0)
        self._told_ears: Ears | None = None
        self._mouths = Mouths(Heads())
        self._since_choice_secs, self._since_steered_secs = CHOICE_SECS, STEER_SECS

    def look(self, ears: Ears) -> None:
        """Put the listener's head where it is now."""
        if not all(map(math.isfinite, (*ears.position, *ears.quaternion))):
            return
        self._ears = ears.position
        if self._told_ears is not None and _same_to_the_ear(ears, self._told_ears):
            return
        self._told_ears = ears
        forward, up = _axes(ears.quaternion)
        self._al.alListener3f(names.AL_POSITION, *_to_openal(self._ears))
        self._al.alListenerfv(names.AL_ORIENTATION, _FLOATS6(*_to_openal(forward), *_to_openal(up)))

    def set_volumes(self, choice: Choice) -> None:
        """Take how loud each group is to be."""
        self._al.alListenerf(names.AL_GAIN, choice.master)
        self.loops.set_volume(choice.machines)
        self.shots.volume, self.voices.volume = choice.signals, choice.voices

    def take_sounds(self, order: Sounds) -> None:
        """Take all loops that sound anywhere."""
        self.loops.take(order)

    def take_heads(self, order: Heads) -> None:
        """Take where people's mouths are."""
        self._mouths = Mouths(order)

    def play(self, order: Play) -> None:
        """Let a shot be heard."""
        self.shots.play(order, self._ears, self._space)

    def step(self, now_ns: int, secs: float) -> None:
        """Let so much time pass."""
        self._since_choice_secs += secs
        self._since_steered_secs += secs
        if self._since_choice_secs >= CHOICE_SECS - 1e-6:
            self._since_choice_secs = 0.0
            self._choose(now_ns)
        elif self._talkers.waiting:
            self._choose_voices(now_ns)
        self.voices.step(now_ns)
        if self._since_steered_secs >= STEER_SECS - 1e-6:
            self._steer()

    def _steer(self) -> None:
        """Let all that sounds follow what is wanted of it; OpenAL takes it at one moment."""
        self.voices.place(self._ears, self._mouths)
        self.loops.step()
        self.shots.step()
        self._al.alDeferUpdatesSOFT()
        self._sources.step(self._since_steered_secs)
        self._al.alProcessUpdatesSOFT()
        self._since_steered_secs = 0.0
        self._openal.check("rendering")

    def _choose(self, now_ns: int) -> None:
        """Choose who and what is heard, and what the space between does to it."""
        self._reverb.set(self._space.reverb(self._ears))
        self.voices.choose(now_ns, self._ears, self._mouths)
        self.voices.place(self._ears, self._mouths)
        near, outside = self.loops.candidates(self._ears), self.voices.outside
        places = np.concatenate([near.positions, self.voices.sources.positions[outside]])
        gains, gains_hf = self._remembered.losses(self._ears, places)
        count = len(near.rows)
        left = budget.SOUNDS - self.shots.count
        self.loops.choose(near, (gains[:count], gains_hf[:count]), count=left)
        self.voices.hide(outside, (gains[count:], gains_hf[count:]))
        self._answer()

    def _choose_voices(self, now_ns: int) -> None:
        self.voices.choose(now_ns, self._ears, self._mouths)
        self.voices.place(self._ears, self._mouths)
        outside = self.voices.outside
        losses = self._space.losses(self._ears, self.voices.sources.positions[outside])
        self.voices.hide(outside, losses)

    def _answer(self) -> None:
        """Let the room answer what is within it, and of what is farther only what arrives.

        Only the loudest are answered, voices before machines: the others would change nothing of the sound of
        the room, and each costs as much as the loudest.
        """
        every = self._every
        if not self._reverb.audible:
            every.wet[:] = 0.0
            return
        offsets = every.positions - np.asarray(self._ears, np.float32)
        distances = np.sqrt(np.einsum("ij,ij->i", offsets, offsets))
        wet = np.minimum(1.0, self._reverb.reach_m / np.maximum(distances, 1e-3)) * (every.in_head == 0)
        loudness = wet * every.levels * every.gains * every.used * np.where(every.wet > 0.0, 1.4, 1.0)
        loudness[-budget.VOICES :] *= 10.0
        every.wet[:] = np.where(loudness >= np.partition(loudness, -ANSWERED)[-ANSWERED], wet, 0.0)

    def close(self) -> None:
        """Let go of the talkers and the device."""
        self.voices.close()
        self._sources.close()
        self.device.close()


def _same_to_the_ear(one: Ears, other: Ears) -> bool:
    """Return whether nobody hears a difference; OpenAL then need not work out all directions anew."""
    moved = math.dist(one.position, other.position) > UNMOVED_M
    along = abs(sum(a * b for a, b in zip(one.quaternion, other.quaternion, strict=True)))
    return not moved and along >= _UNTURNED


def _axes(quaternion: Quaternion) -> tuple[Vector, Vector]:
    """Return where a head's forward (+Y) and up (+Z) axes point, from (w, x, y, z)."""
    w, x, y, z = quaternion
    forward = (2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x))
    up = (2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y))
    return forward, up


def _to_openal(vector: Vector) -> Vector:
    x, y, z = vector
    return x, z, -y
