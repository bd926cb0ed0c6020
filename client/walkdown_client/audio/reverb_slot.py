"""The answer of the room around the ears: one reverb of OpenAL, for all sounds."""

from __future__ import annotations

import math

from walkdown_client.audio import openal_names as names
from walkdown_client.audio.openal import OpenAL
from walkdown_client.audio.reverb import SABINE, Reverb

LATE_GAINS = {(1, 20): 0.57, (1, 24): 0.81}
"""What makes the steady sound of OpenAL's late reverb as loud as the direct sound at 1 m, from which version
on; measured with 1.23.1 and 1.25.2."""

LINE_SECS = 2.9e-3
"""The mean delay line of OpenAL's late reverb is this, times the cube root of 125,000 densities."""

_LEAST_LINES, _MOST_LINES = 5.0, 50.0
_BUILD_UP = 1.2
"""The sound has to pass a line so often before the reverb is as loud as it gets; measured."""

_SOUND_M_PER_SEC = 343.0

_CHANGED = 0.03
"""Relative: what changed less is not told again."""

_OUTDOORS_REACH_M = 1.0


class ReverbSlot:
    """An effect slot; ``name`` is what sources send to."""

    def __init__(self, openal: OpenAL) -> None:
        self._openal, self._al = openal, openal.al
        (self.name,) = openal.make("AuxiliaryEffectSlots", 1)
        (self._effect,) = openal.make("Effects", 1)
        self._al.alEffecti(self._effect, names.AL_EFFECT_TYPE, names.AL_EFFECT_REVERB)
        version = openal.version()
        self._late_gain = max((since, gain) for since, gain in LATE_GAINS.items() if since <= version)[1]
        self._told: tuple[float, float, float] | None = None
        self.reach_m = _OUTDOORS_REACH_M
        self.audible = False

    def set(self, reverb: Reverb) -> None:
        """Sound like these surroundings from now on; OpenAL fades from one to the other."""
        wanted = (reverb.t60_secs, reverb.t60_high_secs, reverb.gain)
        if self._told is not None and all(map(_near, wanted, self._told)):
            return
        self._told = wanted
        self.reach_m, self.audible = _reach_m(reverb), reverb.gain > 0.0
        lines = _lines(self.reach_m)
        values = {
            names.AL_REVERB_DENSITY: (lines / _MOST_LINES) ** 3,
            names.AL_REVERB_DIFFUSION: 1.0,
            names.AL_REVERB_GAIN: 1.0,
            names.AL_REVERB_GAINHF: 1.0,
            names.AL_REVERB_DECAY_TIME: min(max(reverb.t60_secs, 0.1), 20.0),
            names.AL_REVERB_DECAY_HFRATIO: min(max(reverb.t60_high_secs / reverb.t60_secs, 0.1), 2.0),
            names.AL_REVERB_REFLECTIONS_GAIN: 0.0,
            names.AL_REVERB_LATE_REVERB_GAIN: min(self._late_gain * _built_up(reverb, lines), 10.0),
            names.AL_REVERB_LATE_REVERB_DELAY: 0.01,
            names.AL_REVERB_AIR_ABSORPTION_GAINHF: 1.0,
        }
        for name, value in values.items():
            self._al.alEffectf(self._effect, name, value)
        self._al.alEffecti(self._effect, names.AL_REVERB_DECAY_HFLIMIT, 0)
        self._al.alAuxiliaryEffectSloti(self.name, names.AL_EFFECTSLOT_EFFECT, self._effect)
        self._openal.check("setting the reverb")


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= _CHANGED * max(abs(one), abs(other), 0.01)


def _lines(edge_m: float) -> float:
    """Return how long delay lines are, in units of OpenAL: as a mean free path, 4 V / S of a cube."""
    free_path_secs = edge_m * 2.0 / 3.0 / _SOUND_M_PER_SEC
    return min(max(free_path_secs / LINE_SECS, _LEAST_LINES), _MOST_LINES)


def _built_up(reverb: Reverb, lines: float) -> float:
    """Return the gain by which a steady sound is answered as wanted, though it decays on the lines first."""
    passed_secs = _BUILD_UP * lines * LINE_SECS
    return reverb.gain * math.pow(10.0, 3.0 * passed_secs / reverb.t60_secs)


def _reach_m(reverb: Reverb) -> float:
    """Return within which distance a sound fills these surroundings: the edge of a cube of their volume.

    The gain says the absorption, g² = 16π / A, and that and T60 the volume, by Sabine. What is farther away
    is taken to be outside, and excites the room with what arrives of it.
    """
    if reverb.gain <= 0.0:
        return _OUTDOORS_REACH_M
    return math.cbrt(16.0 * math.pi / reverb.gain**2 * reverb.t60_secs / SABINE)
