"""Sources of an OpenAL context, steered column by column; OpenAL is told only what changed."""

from __future__ import annotations

import ctypes as c
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from walkdown_client.audio import openal_names as names
from walkdown_client.audio.openal import OpenAL

F32 = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

SMOOTH_SECS = 0.1
"""How fast what walls take away comes and goes."""

FADE_SECS = 0.06
"""How fast a sound comes when it starts and goes when it ends: no click, no wait."""

_GAIN_STEP = 0.004
"""Gains nearer than this to what OpenAL knows, relative (0.03 dB), are not told again."""

_PITCH_STEP = 1e-4
_SILENT_GAIN = 1e-4
_RADIO_GAIN_LF, _RADIO_GAIN_HF = 0.1, 0.05
"""Below 250 Hz and above 5 kHz, as what is heard over a hand-held radio."""

_EXACT, _COLUMNS = 6, 10
"""Place (3), in the head, radio and pitch are told when they differ at all, then come four gains."""


class Sources:
    """A row of n sources and how each sounds.

    Write into the columns, then call :meth:`step`. All columns have n rows.

    Attributes:
        positions: (n, 3) metres, site frame; from the head along OpenAL's own axes where ``in_head``.
        levels: (n,) gain that is wanted now; goes there by a fade. pitches: (n,) goes there as walls do.
        gains, gains_hf: (n,) what walls leave; goes there within ``SMOOTH_SECS``.
        wet: (n,) how much of it the room around the ears answers, 0 to 1.
        radio: (n,) whether it comes over a small loudspeaker.
    """

    def __init__(self, openal: OpenAL, count: int, *, slot: int) -> None:
        self._openal, self._al = openal, openal.al
        self.names = openal.make("Sources", count)
        self._slot = slot
        self._filter, self._radio = self._make_filters()
        self.positions = np.zeros((count, 3), np.float32)
        self.in_head = np.zeros(count, bool)
        self.levels, self.levels_now = np.zeros(count, np.float32), np.zeros(count, np.float32)
        self.pitches, self._pitches_now = np.ones((2, count), np.float32)
        self.gains, self.gains_hf = np.ones((2, count), np.float32)
        self.wet = np.ones(count, np.float32)
        self.radio = np.zeros(count, bool)
        self._losses_now = np.ones((count, 2), np.float32)
        self._told = np.full((count, _COLUMNS), np.nan, np.float32)
        for name in self.names:
            self._al.alSourcef(name, names.AL_REFERENCE_DISTANCE, 1.0)
            self._al.alSourcef(name, names.AL_ROLLOFF_FACTOR, 1.0)
            self._al.alSourcef(name, names.AL_MAX_GAIN, 16.0)
        openal.check("setting up sources")

    def _make_filters(self) -> list[int]:
        """Return a low-pass, to be set anew for each use, and what a small loudspeaker leaves."""
        made = self._openal.make("Filters", 2)
        self._al.alFilteri(made[0], names.AL_FILTER_TYPE, names.AL_FILTER_LOWPASS)
        self._al.alFilteri(made[1], names.AL_FILTER_TYPE, names.AL_FILTER_BANDPASS)
        self._al.alFilterf(made[1], names.AL_BANDPASS_GAINLF, _RADIO_GAIN_LF)
        self._al.alFilterf(made[1], names.AL_BANDPASS_GAINHF, _RADIO_GAIN_HF)
        return made

    def start(self, row: int) -> None:
        """Forget what a source sounded like: it begins from silence, at once as its space has it."""
        self.levels_now[row] = 0.0
        self._losses_now[row] = self.gains[row], self.gains_hf[row]
        self._pitches_now[row] = self.pitches[row]

    def silent(self) -> npt.NDArray[np.bool_]:
        """Return which have faded out and shall not sound, (n,)."""
        made: npt.NDArray[np.bool_] = (self.levels <= 0.0) & (self.levels_now <= _SILENT_GAIN)
        return made

    def step(self, secs: float, used: Sequence[int] | Ints) -> None:
        """Move all that is on its way on by so much time, and tell OpenAL about the rows that are in use."""
        self._move(secs)
        wanted = self._wanted()
        with np.errstate(invalid="ignore"):
            near = np.abs(wanted - self._told) <= _GAIN_STEP * np.abs(self._told)
        near[:, :_EXACT] = wanted[:, :_EXACT] == self._told[:, :_EXACT]
        for row in used:
            if not near[row].all():
                self._tell(int(row), wanted[row], near[row])
                self._told[row] = wanted[row]

    def _move(self, secs: float) -> None:
        most = secs / FADE_SECS * np.maximum(np.maximum(self.levels, self.levels_now), 1e-3)
        self.levels_now += np.clip(self.levels - self.levels_now, -most, most)
        goal = np.stack([self.gains, self.gains_hf], axis=1)
        part = np.float32(1.0 - np.exp(-secs / SMOOTH_SECS))
        self._losses_now += (goal - self._losses_now) * part
        more = self.pitches - self._pitches_now
        self._pitches_now = np.where(
            np.abs(more) < _PITCH_STEP, self.pitches, self._pitches_now + more * part
        )

    def _wanted(self) -> F32:
        """Return all that OpenAL has to know, (n, _COLUMNS): what has to be exact first."""
        exact = [self.positions, self.in_head, self.radio, self._pitches_now]
        made: F32 = np.column_stack([*exact, self.levels_now, self.wet, self._losses_now]).astype(np.float32)
        return made

    def _tell(self, row: int, wanted: F32, near: npt.NDArray[np.bool_]) -> None:
        al, name = self._al, self.names[row]
        x, y, z, in_head, radio, pitch, level, wet, gain, gain_hf = wanted.tolist()
        if not near[:4].all():
            al.alSourcei(name, names.AL_SOURCE_RELATIVE, int(in_head))
            al.alSource3f(name, names.AL_POSITION, *((x, y, z) if in_head else (x, z, -y)))
        if not near[5]:
            al.alSourcef(name, names.AL_PITCH, pitch)
        if not near[6]:
            al.alSourcef(name, names.AL_GAIN, level)
        if not (near[4] and near[7:].all()):
            self._filter_direct(name, gain, gain_hf, radio=bool(radio))
            self._filter_wet(name, gain * wet, gain_hf)

    def _filter_direct(self, name: int, gain: float, gain_hf: float, *, radio: bool) -> None:
        if not radio:
            self._al.alFilterf(self._filter, names.AL_LOWPASS_GAIN, min(gain, 1.0))
            self._al.alFilterf(self._filter, names.AL_LOWPASS_GAINHF, min(gain_hf, 1.0))
        self._al.alSourcei(name, names.AL_DIRECT_FILTER, self._radio if radio else self._filter)

    def _filter_wet(self, name: int, gain: float, gain_hf: float) -> None:
        """Let the room answer what is left of it behind walls."""
        if gain > 0.0:
            self._al.alFilterf(self._filter, names.AL_LOWPASS_GAIN, min(gain, 1.0))
            self._al.alFilterf(self._filter, names.AL_LOWPASS_GAINHF, min(gain_hf, 1.0))
        slot = self._slot if gain > 0.0 else 0
        self._al.alSource3i(name, names.AL_AUXILIARY_SEND_FILTER, slot, 0, self._filter)

    def close(self) -> None:
        """Give the sources back."""
        rows = (c.c_uint * len(self.names))(*self.names)
        for name in self.names:
            self._al.alSourceStop(name)
        self._al.alDeleteSources(len(self.names), rows)
