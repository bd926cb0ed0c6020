"""The machines that are heard: of all loops that sound anywhere, those that matter at the ears."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from walkdown_client.audio import budget
from walkdown_client.audio import openal_names as names
from walkdown_client.audio.openal import OpenAL
from walkdown_client.audio.openal_files import RATE_HZ
from walkdown_client.audio.orders import Sounds
from walkdown_client.audio.recordings import Recordings
from walkdown_client.audio.sources import Sources

F32 = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
_SPARE = 8
"""Sources of what fades out while something else has come instead."""

SOURCES = budget.SOUNDS + _SPARE
_NOBODY = -1
_LOUDEST_DB = 20.0
_PITCHES = (0.05, 8.0)


class LoopColumns:
    """What ``Sounds`` says, as columns of n rows.

    Raises:
        ValueError: the columns differ in length.
    """

    def __init__(self, order: Sounds) -> None:
        self.ids = np.frombuffer(order.ids, "<u4").astype(np.int64)
        count = len(self.ids)
        self.loops: Ints = _column(order.loops, "<u2", count).astype(np.int64)
        self.positions: F32 = _column(order.positions, "<f4", 3 * count).reshape(count, 3)
        self.levels_db: F32 = _column(order.levels, "<f4", count)
        self.pitches: F32 = _column(order.pitches, "<f4", count)
        self.weights: F32 = _column(order.weights, "<f4", count)
        self._keep_what_can_sound()
        self._order = np.argsort(self.ids, kind="stable")

    def _keep_what_can_sound(self) -> None:
        """Leave out what is nowhere or no number, and hold speeds to what can be played."""
        numbers = np.column_stack([self.positions, self.levels_db, self.pitches, self.weights])
        kept = np.isfinite(numbers).all(axis=1)
        self.ids, self.loops, self.positions = self.ids[kept], self.loops[kept], self.positions[kept]
        self.levels_db = np.minimum(self.levels_db[kept], _LOUDEST_DB)
        self.pitches, self.weights = np.clip(self.pitches[kept], *_PITCHES), self.weights[kept]

    def rows_of(self, ids: Ints) -> Ints:
        """Return the row of each id, -1 where there is none."""
        if not len(self.ids):
            return np.full(len(ids), _NOBODY)
        places = np.minimum(np.searchsorted(self.ids, ids, sorter=self._order), len(self.ids) - 1)
        rows: Ints = self._order[places]
        made: Ints = np.where(self.ids[rows] == ids, rows, _NOBODY)
        return made


def _column(data: bytes, kind: str, count: int) -> npt.NDArray[Any]:
    column = np.frombuffer(data, kind)
    if len(column) != count:
        raise ValueError(f"{count} numbers were expected in a column of sounds, {len(column)} came")
    return column


@dataclass(frozen=True)
class Candidates:
    """Loops that might be heard, n of them: rows, positions (n, 3), levels at the ears, which are playing."""

    rows: Ints
    positions: F32
    heard_db: F32
    playing: npt.NDArray[np.bool_]


class LoopPlayer:
    """Up to ``budget.SOUNDS`` loops at a time."""

    def __init__(self, openal: OpenAL, sources: Sources, recordings: Recordings) -> None:
        self._openal, self._al, self._samples_of = openal, openal.al, recordings.loop
        self.sources = sources.share(SOURCES)
        self._ids = np.full(SOURCES, _NOBODY, np.int64)
        self._leaving = np.zeros(SOURCES, bool)
        self._buffers: dict[int, int] = {}
        self._columns = LoopColumns(Sounds())
        self._volume, self._changed = 1.0, True

    def take(self, order: Sounds) -> None:
        """Take what sounds from now on."""
        self._columns, self._changed = LoopColumns(order), True

    def set_volume(self, volume: float) -> None:
        """Take how loud all of them are to be."""
        self._volume, self._changed = volume, True

    @property
    def playing(self) -> Ints:
        """The ids of what is heard now, without what fades out."""
        made: Ints = self._ids[(self._ids != _NOBODY) & ~self._leaving]
        return made

    def candidates(self, ears: npt.ArrayLike) -> Candidates:
        """Return what might be heard, were there no walls."""
        columns = self._columns
        heard = budget.at_ears_db(ears, columns.positions, columns.levels_db)
        playing = np.isin(columns.ids, self.playing)
        score = budget.scores(heard, columns.weights)
        rows = budget.choose(score, heard, playing, count=budget.CANDIDATES)
        return Candidates(rows, columns.positions[rows], heard[rows], playing[rows])

    def choose(self, near: Candidates, losses: tuple[F32, F32], *, count: int) -> None:
        """Start what is to be heard from now on, at most ``count``, and let go what is not.

        Args:
            near: what ``candidates`` said. losses: what walls leave of it, see ``Space.losses``.
        """
        gains, gains_hf = losses
        heard = (near.heard_db + 20.0 * np.log10(np.maximum(gains, 1e-6))).astype(np.float32)
        score = budget.scores(heard, self._columns.weights[near.rows])
        best = budget.choose(score, heard, near.playing, count=count)
        self._keep(self._columns.ids[near.rows[best]])
        self._start_missing(near.rows[best], gains[best], gains_hf[best])

    def _keep(self, ids: Ints) -> None:
        self._leaving = (self._ids != _NOBODY) & ~np.isin(self._ids, ids)
        self._changed = True

    def _start_missing(self, rows: Ints, gains: F32, gains_hf: F32) -> None:
        """Start what is not playing yet, and say of all what walls leave of it."""
        order = np.argsort(self._ids, kind="stable")
        ids = self._columns.ids[rows]
        slots = order[np.minimum(np.searchsorted(self._ids, ids, sorter=order), SOURCES - 1)]
        there = self._ids[slots] == ids
        self.sources.gains[slots[there]], self.sources.gains_hf[slots[there]] = gains[there], gains_hf[there]
        for index in np.flatnonzero(~there).tolist():
            self._start(int(rows[index]), float(gains[index]), float(gains_hf[index]))

    def _start(self, row: int, gain: float, gain_hf: float) -> None:
        free = np.flatnonzero(self._ids == _NOBODY)
        buffer = self._buffer_of(int(self._columns.loops[row])) if len(free) else None
        if buffer is None:
            return
        slot, name = int(free[0]), self.sources.names[int(free[0])]
        self._ids[slot] = self._columns.ids[row]
        self._leaving[slot] = False
        self.sources.gains[slot], self.sources.gains_hf[slot] = gain, gain_hf
        self._set(np.array([slot]), np.array([row]))
        self._al.alSourcei(name, names.AL_BUFFER, buffer)
        self._al.alSourcei(name, names.AL_LOOPING, 1)
        self.sources.start(slot)
        self.sources.used[slot] = True
        self._al.alSourcePlay(name)

    def _buffer_of(self, loop: int) -> int | None:
        """Return the buffer of a loop; it is filled when it is first heard."""
        if loop not in self._buffers:
            samples = self._samples_of(loop)
            if samples is None:
                return None
            (self._buffers[loop],) = self._openal.make("Buffers", 1)
            data = np.ascontiguousarray(samples, np.float32)
            how = (names.AL_FORMAT_MONO_FLOAT32, data.ctypes.data, data.nbytes, RATE_HZ)
            self._al.alBufferData(self._buffers[loop], *how)
        return self._buffers[loop]

    def _set(self, slots: Ints, rows: Ints) -> None:
        columns, sources = self._columns, self.sources
        sources.positions[slots] = columns.positions[rows]
        sources.pitches[slots] = columns.pitches[rows]
        sources.levels[slots] = np.float32(self._volume) * np.float32(10.0) ** (
            columns.levels_db[rows] / 20.0
        )

    def resume(self) -> None:
        """Go on with what stopped by itself, as all does at an output that is lost."""
        for slot in np.flatnonzero(self.sources.used).tolist():
            name = self.sources.names[slot]
            if self._openal.source_int(name, names.AL_SOURCE_STATE) != names.AL_PLAYING:
                self._al.alSourcePlay(name)

    def step(self) -> None:
        """Follow what was said last, let what is no more fade out, and end what has faded."""
        if not self._changed:
            return
        rows = self._columns.rows_of(self._ids)
        used = self._ids != _NOBODY
        stays = np.flatnonzero(used & (rows != _NOBODY) & ~self._leaving)
        self._set(stays, rows[stays])
        self.sources.levels[self._leaving | (used & (rows == _NOBODY))] = 0.0
        gone = self._leaving | (rows == _NOBODY)
        self._changed = bool((used & gone).any())
        for slot in np.flatnonzero(used & gone & self.sources.silent()).tolist():
            self._end(slot)

    def _end(self, slot: int) -> None:
        self._al.alSourceStop(self.sources.names[slot])
        self._al.alSourcei(self.sources.names[slot], names.AL_BUFFER, 0)
        self._ids[slot] = _NOBODY
        self._leaving[slot] = self.sources.used[slot] = False
