"""Sounds that are heard once: alarms, steps, and what the interface says."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from walkdown_client.audio import openal_names as names
from walkdown_client.audio.openal import OpenAL
from walkdown_client.audio.openal_files import RATE_HZ
from walkdown_client.audio.orders import Play
from walkdown_client.audio.recordings import Recordings
from walkdown_client.audio.sources import Sources
from walkdown_client.audio.space import Space

SHOTS = 8


class ShotPlayer:
    """Up to ``SHOTS`` of them at a time; each takes the place of one loop."""

    def __init__(self, openal: OpenAL, sources: Sources, recordings: Recordings) -> None:
        self._openal, self._al, self._samples_of = openal, openal.al, recordings.shot
        self.sources = sources.share(SHOTS)
        self._weights = np.full(SHOTS, -np.inf)
        self._buffers: dict[str, int] = {}
        self.volume = 1.0

    @property
    def count(self) -> int:
        """How many are heard now."""
        return int(np.isfinite(self._weights).sum())

    def play(self, order: Play, ears: npt.ArrayLike, space: Space) -> None:
        """Let it be heard, instead of the least important one if all sources are in use."""
        row = int(np.argmin(self._weights))
        buffer = self._buffer_of(order.name) if _can_sound(order) else None
        if buffer is None or self._weights[row] > order.weight:
            return
        self._weights[row] = order.weight
        name = self.sources.names[row]
        self._al.alSourceStop(name)
        self._al.alSourcei(name, names.AL_BUFFER, buffer)
        self._place(row, order, ears=ears, space=space)
        self.sources.used[row] = True
        self._al.alSourcePlay(name)

    def _place(self, row: int, order: Play, *, ears: npt.ArrayLike, space: Space) -> None:
        sources = self.sources
        sources.in_head[row] = order.position is None
        sources.positions[row] = order.position or (0.0, 0.0, 0.0)
        sources.levels[row] = self.volume * 10.0 ** (order.level_db / 20.0)
        sources.gains[row] = sources.gains_hf[row] = 1.0
        if order.position is not None:
            gains, gains_hf = space.losses(ears, sources.positions[row : row + 1])
            sources.gains[row], sources.gains_hf[row] = gains[0], gains_hf[0]
        sources.start(row, at_once=True)

    def _buffer_of(self, name: str) -> int | None:
        if name not in self._buffers:
            samples = self._samples_of(name)
            if samples is None:
                return None
            (self._buffers[name],) = self._openal.make("Buffers", 1)
            data = np.ascontiguousarray(samples, np.float32)
            how = (names.AL_FORMAT_MONO_FLOAT32, data.ctypes.data, data.nbytes, RATE_HZ)
            self._al.alBufferData(self._buffers[name], *how)
        return self._buffers[name]

    def step(self) -> None:
        """Give back the sources of what has been heard."""
        used = np.flatnonzero(np.isfinite(self._weights))
        for row in used.tolist():
            if self._openal.source_int(self.sources.names[row], names.AL_SOURCE_STATE) != names.AL_PLAYING:
                self._weights[row] = -np.inf
                self.sources.used[row] = False


def _can_sound(order: Play) -> bool:
    return all(map(math.isfinite, (order.level_db, *(order.position or ()))))
