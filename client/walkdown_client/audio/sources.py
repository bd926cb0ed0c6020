"""Sources of an OpenAL context, steered column by column; OpenAL is told only what changed."""

from __future__ import annotations

import ctypes as c

import numpy as np
import numpy.typing as npt

from walkdown_client.audio import openal_names as names
from walkdown_client.audio.openal import OpenAL

F32 = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

SMOOTH_SECS = 0.1
"""How fast what walls take away comes and goes, and how fast machines change their speed."""

FADE_SECS = 0.06
"""How fast a sound comes when it starts and goes when it ends: no click, no wait."""

_SILENT_GAIN = 1e-4
_RADIO_GAIN_LF, _RADIO_GAIN_HF = 0.1, 0.05
"""Below 250 Hz and above 5 kHz, as what is heard over a hand-held radio."""

_PLACE, _IN_HEAD, _RADIO, _PITCH, _LEVEL, _WET, _GAIN, _GAIN_HF = 0, 3, 4, 5, 6, 7, 8, 9
_TOLERANCE = np.array([0, 0, 0, 0, 0, 3e-5, 4e-3, 4e-3, 4e-3, 4e-3], np.float32)
"""What is so near, relative, to what OpenAL knows is not told again: 0.05 cents, 0.03 dB."""

_SMOOTH = np.array([0, 0, 0, 0, 0, 1, 0, 1, 1, 1], bool)
"""Which columns go to what is wanted within ``SMOOTH_SECS``; others are there at once, levels fade."""


class Share:
    """Some neighbouring sources of a context and how each of them is to sound: n rows, one a source.

    Attributes:
        names: of OpenAL. used: (n,) bool: which OpenAL is told about.
        positions: (n, 3) metres, site frame; from the head along OpenAL's own axes where ``in_head``.
        levels: (n,) gain that is wanted. pitches: (n,). radio: (n,) whether it comes over a radio.
        gains, gains_hf: (n,) what walls leave. wet: (n,) how much of it the room answers, 0 to 1.
    """

    def __init__(self, sources: Sources, rows: slice) -> None:
        self._sources, self._first = sources, rows.start
        self.names = sources.names[rows]
        self.used = sources.used[rows]
        wanted, self._now = sources.wanted[rows], sources.now[rows]
        self.positions, self.in_head, self.radio = (
            wanted[:, :_IN_HEAD],
            wanted[:, _IN_HEAD],
            wanted[:, _RADIO],
        )
        self.pitches, self.levels, self.wet = wanted[:, _PITCH], wanted[:, _LEVEL], wanted[:, _WET]
        self.gains, self.gains_hf = wanted[:, _GAIN], wanted[:, _GAIN_HF]
        self._wanted = wanted

    def start(self, row: int, *, at_once: bool = False) -> None:
        """Forget what a source sounded like: it begins from silence, or at once as it is wanted."""
        self._now[row] = self._wanted[row]
        if not at_once:
            self._now[row, _LEVEL] = 0.0
        self._sources.tell(self._first + row)

    def silent(self) -> Bools:
        """Return which have faded out and shall not sound, (n,)."""
        made: Bools = (self.levels <= 0.0) & (self._now[:, _LEVEL] <= _SILENT_GAIN)
        return made


class Sources:
    """All sources of a context. Write into the columns of its shares, then let time pass by :meth:`step`.

    Attributes:
        wanted, now: (n, 10), see ``_PLACE`` and following. used: (n,).
    """

    def __init__(self, openal: OpenAL, count: int, *, slot: int) -> None:
        self._openal, self._al, self._slot = openal, openal.al, slot
        self.names = openal.make("Sources", count)
        self.used = np.zeros(count, bool)
        self.wanted = np.zeros((count, len(_TOLERANCE)), np.float32)
        self.wanted[:, [_PITCH, _GAIN, _GAIN_HF]] = 1.0
        self.now = self.wanted.copy()
        self._told = np.full_like(self.wanted, np.nan)
        self._heights = np.zeros(count, np.float32)
        self._shared = 0
        self._filter, self._radio = self._make_filters()
        for name in self.names:
            self._al.alSourcef(name, names.AL_REFERENCE_DISTANCE, 1.0)
            self._al.alSourcef(name, names.AL_ROLLOFF_FACTOR, 1.0)
            self._al.alSourcef(name, names.AL_MAX_GAIN, 16.0)
        openal.check("setting up sources")

    def share(self, count: int) -> Share:
        """Return the next so many."""
        rows = slice(self._shared, self._shared + count)
        self._shared += count
        return Share(self, rows)

    def share_all(self) -> Share:
        """Return all of them, whoever else has a share."""
        return Share(self, slice(0, len(self.names)))

    def _make_filters(self) -> list[int]:
        """Return a low-pass, to be set anew for each use, and what a small loudspeaker leaves."""
        made = self._openal.make("Filters", 2)
        self._al.alFilteri(made[0], names.AL_FILTER_TYPE, names.AL_FILTER_LOWPASS)
        self._al.alFilteri(made[1], names.AL_FILTER_TYPE, names.AL_FILTER_BANDPASS)
        self._al.alFilterf(made[1], names.AL_BANDPASS_GAINLF, _RADIO_GAIN_LF)
        self._al.alFilterf(made[1], names.AL_BANDPASS_GAINHF, _RADIO_GAIN_HF)
        return made

    def step(self, secs: float) -> None:
        """Move all that is on its way on by so much time, and tell OpenAL about the rows that are in use."""
        self._move(secs)
        near = np.abs(self.now - self._told) <= _TOLERANCE * np.abs(self._told)
        for row in np.flatnonzero(self.used & ~near.all(axis=1)).tolist():
            self._tell(row, near[row].tolist())

    def _move(self, secs: float) -> None:
        levels, goals = self.now[:, _LEVEL], self.wanted[:, _LEVEL]
        self._heights = np.where(goals > 0.0, goals, self._heights)
        most = secs / FADE_SECS * np.maximum(self._heights, levels - goals)
        levels = levels + np.clip(goals - levels, -most, most)
        part = np.where(_SMOOTH, np.float32(1.0 - np.exp(-secs / SMOOTH_SECS)), np.float32(1.0))
        self.now += (self.wanted - self.now) * part
        self.now[:, _LEVEL] = levels

    def tell(self, row: int) -> None:
        """Tell OpenAL all about one source."""
        self._tell(row, [False] * len(_TOLERANCE))

    def _tell(self, row: int, near: list[bool]) -> None:
        al, name = self._al, self.names[row]
        x, y, z, in_head, radio, pitch, level, wet, gain, gain_hf = self.now[row].tolist()
        self._told[row] = self.now[row]
        if not near[_IN_HEAD]:
            al.alSourcei(name, names.AL_SOURCE_RELATIVE, int(in_head))
        if not all(near[:_RADIO]):
            al.alSource3f(name, names.AL_POSITION, *((x, y, z) if in_head else (x, z, -y)))
        if not near[_PITCH]:
            al.alSourcef(name, names.AL_PITCH, pitch)
        if not near[_LEVEL]:
            al.alSourcef(name, names.AL_GAIN, level)
        if not (near[_RADIO] and all(near[_WET:])):
            self._filter_direct(name, gain, gain_hf, radio=bool(radio))
            self._filter_wet(name, gain * wet, gain_hf)

    def _filter_direct(self, name: int, gain: float, gain_hf: float, *, radio: bool) -> None:
        if not radio:
            self._al.alFilterf(self._filter, names.AL_LOWPASS_GAIN, min(gain, 1.0))
            self._al.alFilterf(self._filter, names.AL_LOWPASS_GAINHF, min(gain_hf, 1.0))
        self._al.alSourcei(name, names.AL_DIRECT_FILTER, self._radio if radio else self._filter)

    def _filter_wet(self, name: int, gain: float, gain_hf: float) -> None:
        """Let the room answer what is left of it behind walls."""
        heard = gain > _SILENT_GAIN
        if heard:
            self._al.alFilterf(self._filter, names.AL_LOWPASS_GAIN, min(gain, 1.0))
            self._al.alFilterf(self._filter, names.AL_LOWPASS_GAINHF, min(gain_hf, 1.0))
        self._al.alSource3i(
            name, names.AL_AUXILIARY_SEND_FILTER, self._slot if heard else 0, 0, self._filter if heard else 0
        )

    def close(self) -> None:
        """Give the sources back."""
        for name in self.names:
            self._al.alSourceStop(name)
        self._al.alDeleteSources(len(self.names), (c.c_uint * len(self.names))(*self.names))
