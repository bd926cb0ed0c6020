"""The demo plant as a source of live values: runs its process at 20 Hz and writes what is due.

Moving parts are written at every tick, each signal at its own period; signals of equal period are spread
over the ticks by their thing, so that the load is even. Ticks follow a monotonic clock without drift;
after a long pause (a suspended computer) the process goes on from where it stood.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from walkdown.twin import GOOD, SIMULATED, Catalogue
from walkdown_server.plant.instruments import Instruments
from walkdown_server.plant.process import PlantProcess
from walkdown_server.plant.texts import Texts
from walkdown_server.sources import Sink

TICK_SECS = 0.05
_MEASURE_TICKS = 2
"""Signals are written at every second tick: none is faster than 10 Hz."""

_ROUND_TICKS = 20
"""All periods up to a second divide this many ticks; slower signals are written once a second."""

_TEXT_TICKS = 20
_LATE_TICKS = 20
"""From this many missed ticks on they are left out instead of made up for."""

_COMPUTED = ("HX-101.units", "CH-2.cop", "RACK-7.load")
"""Signals that no instrument measures: their quality is ``simulated``."""

_FLAKY_THING = "CT-2"
"""Its radio link fails now and then, so that its values go stale."""

_LINK_UP_SECS, _LINK_DOWN_SECS = 95.0, 22.0

Indices = npt.NDArray[np.intp]


class PlantSimulation:
    """A source that plays the demo plant.

    Args:
        catalogue: as made by ``plant.catalogue``.
        joint_keys: joints of all packages in wire order; unknown ones are left alone.
        seed: of the process.
    """

    name = "demo plant"

    def __init__(self, catalogue: Catalogue, joint_keys: Sequence[str] = (), seed: int = 7) -> None:
        self.process = PlantProcess(catalogue, joint_keys, seed=seed)
        self._instruments = Instruments(catalogue, self.process, seed=seed)
        self._texts, self._said = Texts(catalogue, self.process), [""] * len(catalogue.signals)
        self._quality = np.full(self._instruments.count, GOOD, np.uint8)
        self._flaky = np.zeros(self._instruments.count, bool)
        for row, signal in enumerate(catalogue.signals[: self._instruments.count]):
            self._quality[row] = SIMULATED if signal.id in _COMPUTED else GOOD
            self._flaky[row] = signal.thing == _FLAKY_THING
        self._due = _schedule(catalogue, self._instruments.count)
        self._tick = 0

    async def run(self, sink: Sink) -> None:
        """Play until cancelled."""
        loop = asyncio.get_running_loop()
        sink.status("live", "")
        next_secs = loop.time()
        while True:
            self.advance(sink)
            next_secs += TICK_SECS
            late_ticks = int((loop.time() - next_secs) / TICK_SECS)
            if late_ticks >= _LATE_TICKS:
                next_secs += late_ticks * TICK_SECS
            await asyncio.sleep(max(0.0, next_secs - loop.time()))

    def advance(self, sink: Sink) -> None:
        """Play one tick: step the process, write joints, signals and texts that are due."""
        self.process.step(TICK_SECS, sink.disturbances())
        if len(self.process.joint_rows):
            sink.joints(self.process.joint_rows, self.process.joints())
        if self._tick % _MEASURE_TICKS == 0:
            self._write(sink, self._due[self._tick % _ROUND_TICKS // _MEASURE_TICKS])
        if self._tick % _TEXT_TICKS == 0:
            self._say(sink)
        self._tick += 1

    def _write(self, sink: Sink, due: Indices) -> None:
        values = self._instruments.measure()
        if self._tick == 0:
            due = np.arange(self._instruments.count)
        if self.process.secs % (_LINK_UP_SECS + _LINK_DOWN_SECS) > _LINK_UP_SECS:
            due = due[~self._flaky[due]]
        sink.write(due, values[due], quality=self._quality[due], times_ns=sink.now_ns())

    def _say(self, sink: Sink) -> None:
        """Write the texts that changed."""
        texts = self._texts.read()
        for number, (text, said) in enumerate(zip(texts, self._said, strict=False)):
            if text != said:
                sink.text(self._texts.first + number, text)
        self._said = texts


def _schedule(catalogue: Catalogue, count: int) -> list[Indices]:
    """Return the signals that are due in each measuring tick of a round."""
    slots = _ROUND_TICKS // _MEASURE_TICKS
    signals = catalogue.signals[:count]
    every = np.array([max(1, min(slots, round(s.period_secs / TICK_SECS / _MEASURE_TICKS))) for s in signals])
    phase = np.array([zlib.crc32(signal.thing.encode()) for signal in signals]) % every
    return [np.flatnonzero(slot % every == phase) for slot in range(slots)]
