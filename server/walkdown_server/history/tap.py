"""Where a session's past comes from: of each tick what it told, a few blocks in full, and poses at 5 Hz."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from walkdown_server.history.reading import KEY_SECS
from walkdown_server.history.recorder import Recorder
from walkdown_server.ticks.interest import Crowd
from walkdown_server.ticks.live import Live
from walkdown_server.ticks.telling import TICK_MS, Told

POSE_TICKS = 4
KEY_EVERY = 12
"""Ticks between those in which blocks are encoded in full: several at once cost little more than one."""

TURNS = round(KEY_SECS * 1000 / TICK_MS / KEY_EVERY)


class Tap:
    """Called with what each tick told; a call costs a few microseconds, and every block's turn to be encoded.

    Args:
        recorder: takes it. live: encodes blocks in full, each once in ``KEY_SECS``. crowd: has the poses.
    """

    def __init__(self, recorder: Recorder, live: Live, crowd: Crowd) -> None:
        self._recorder, self._live, self._crowd = recorder, live, crowd
        self._blocks = len(live.table.blocks)

    def __call__(self, told: Told) -> None:
        """Hand a tick over."""
        now_ns, tick = told.time_ns, told.tick
        blocks = told.blocks.data
        if tick % KEY_EVERY == 0 and (turn := self._turn(tick // KEY_EVERY)).size:
            blocks += self._live.full_blocks(turn, now_ns=now_ns)
        poses = b"" if tick % POSE_TICKS else self._crowd.everyone(now_ns=now_ns)
        self._recorder.keep(now_ns, blocks, poses)

    def _turn(self, number: int) -> npt.NDArray[np.intp]:
        """Return the blocks whose turn it is; each comes once in ``TURNS``."""
        place = number % TURNS
        return np.arange(self._blocks * place // TURNS, self._blocks * (place + 1) // TURNS)
