"""Keeps the level at a place and the map around it up to date, in a thread of its own."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown_client.audio.building import Building
from walkdown_client.audio.noise import noise_at
from walkdown_client.audio.noise_map import NoiseField, NoiseMap
from walkdown_client.audio.noise_sources import NoiseMakers
from walkdown_client.audio.space import Space
from walkdown_client.world import World

log = logging.getLogger(__name__)

F64 = npt.NDArray[np.float64]

EVERY_SECS, HURRY_SECS = 0.5, 0.1
"""How often levels are told, and how often a map that has gaps goes on."""

BUSY_SHARE, BUSY_MAX_SECS = 0.25, 0.2
"""How much of one processor a map with gaps takes, and for how long at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Noise:
    """What is known of the noise.

    Attributes:
        level_db: dB(A) at the ears, -inf where nothing is heard, NaN before anything is known.
        field: the map, None unless it is wanted and something makes noise anywhere.
    """

    level_db: float = math.nan
    field: NoiseField | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    ears: F64
    space: Space
    around: Callable[[], F64] | None
    busy_secs: float


class NoiseFollowing:
    """Follows the noise of one world.

    Attributes:
        now: what is known.
    """

    def __init__(self, world: World, building: Building) -> None:
        self.now = Noise()
        self._world, self._building = world, building
        self._makers, self._map = NoiseMakers(), NoiseMap()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="walkdown-noise")
        self._job: Future[tuple[Noise, bool]] | None = None
        self._broken = False
        self._next_secs, self._began_secs, self._gaps = -math.inf, -math.inf, True

    def step(self, now_secs: float, ears: npt.ArrayLike, *, around: Callable[[], F64] | None = None) -> None:
        """Take what was worked out and let it go on; costs the frame nothing.

        Args:
            ears: (3,) metres, site frame.
            around: returns (3,) the middle of the map, which lies on the floor below; None for no map. It is
                called in the thread.
        """
        if self._job is not None:
            if not self._job.done():
                return
            self.now, self._gaps = self._job.result()
            self._job = None
        if self._broken or now_secs < self._next_secs or self._world.welcome is None:
            return
        waited_secs = min(max(now_secs - self._began_secs, HURRY_SECS), 1.0)
        self._began_secs = now_secs
        self._next_secs = now_secs + (HURRY_SECS if self._gaps and around is not None else EVERY_SECS)
        busy_secs = min(BUSY_SHARE * waited_secs, BUSY_MAX_SECS)
        task = _Task(np.array(ears, np.float64), self._building.planned, around, busy_secs)
        self._job = self._worker.submit(self._try, task)

    def wait(self) -> None:
        """Wait for what is being worked out."""
        if self._job is not None:
            self._job.result()

    def close(self) -> None:
        """End the thread."""
        self._worker.shutdown(cancel_futures=True)

    def _try(self, task: _Task) -> tuple[Noise, bool]:
        """Work; when that fails the noise is not known any more, and nobody's visit ends."""
        try:
            return self._work(task)
        except Exception:
            log.exception("the noise cannot be followed any more")
            self._broken = True
            return Noise(), False

    def _work(self, task: _Task) -> tuple[Noise, bool]:
        building = self._building
        sources = self._makers.look(self._world, building.packages, revision=building.revision)
        level_db = noise_at(task.ears, sources, task.space)
        if task.around is None or not len(sources):
            return Noise(level_db), True
        middle = task.around()
        self._map.aim(middle, floor_m=building.floor_below(middle))
        self._map.use(task.space)
        until_secs = time.monotonic() + task.busy_secs
        gaps = self._map.work(sources)
        while gaps and time.monotonic() < until_secs:
            gaps = self._map.work(sources)
        return Noise(level_db, self._map.field(sources)), gaps
