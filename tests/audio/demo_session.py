"""The demo plant in a world: its process, its instruments and the server's states, without a network."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from tests.audio.worlds import SECS, joined_world
from walkdown.blocks import SignalValues
from walkdown.signals import SignalTable
from walkdown.twin import GOOD, Catalogue
from walkdown_client.audio.machine_places import Drawn
from walkdown_client.events import Tick
from walkdown_client.twin_index import TwinIndex
from walkdown_client.world import World
from walkdown_server.plant import catalogue
from walkdown_server.plant.instruments import Instruments
from walkdown_server.plant.process import PlantProcess
from walkdown_server.ticks.alarms import Alarms

_STEP_SECS, _TICK_SECS = 0.1, 0.5


@lru_cache(maxsize=1)
def demo_catalogue() -> Catalogue:
    return catalogue()


class DemoSession:
    """A session of the demo plant that a client is in.

    Attributes:
        world: what that client knows. disturbances: what goes wrong. quality: of all values.
    """

    def __init__(self) -> None:
        things = demo_catalogue()
        self.world: World = joined_world(things)
        self.disturbances: frozenset[str] = frozenset()
        self.quality = GOOD
        self._process = PlantProcess(things)
        self._instruments = Instruments(things, self._process)
        self._table = SignalTable(things.signals)
        self._alarms = Alarms(self._table, things.things, now_ns=0)
        self._tick = 0
        self.run(_TICK_SECS)

    @property
    def twin(self) -> TwinIndex:
        return self.world.twin

    def row(self, thing: str) -> int:
        return self.twin.thing_row[thing]

    def run(self, secs: float) -> None:
        """Let time pass, and tell the world twice a second."""
        for _tick in range(round(secs / _TICK_SECS)):
            for _step in range(round(_TICK_SECS / _STEP_SECS)):
                self._process.step(_STEP_SECS, self.disturbances)
            self._measure()

    def _measure(self) -> None:
        self._tick += 1
        values, now_ns = self._instruments.measure(), round(self._process.secs * SECS)
        indices = np.arange(len(values))
        self._table.write(indices, values, quality=self.quality, times_ns=now_ns)
        self._alarms.update(indices, now_ns=now_ns)
        changed = self._alarms.settle()
        self.world.apply(
            Tick(
                self._tick,
                now_ns,
                signals=self._values(),
                things=changed.astype(np.uint32),
                states=self._alarms.thing_states[changed],
            )
        )

    def _values(self) -> tuple[SignalValues, ...]:
        layout, found = self._table.layout, []
        for kind, column in self._table.values.items():
            rows = np.arange(len(column)) + layout.first[kind]
            quality = np.full(len(rows), self.quality, np.uint8)
            found.append(SignalValues(kind, rows, column.copy(), quality, np.zeros(len(rows))))
        return tuple(found)


class Boxed:
    """Elements of 2 m, one for each thing."""

    def __init__(self, middles: npt.NDArray[np.floating]) -> None:
        self.lo = (middles - 1.0).astype(np.float32)
        self.hi = (middles + 1.0).astype(np.float32)
        self.triangles = np.ones(len(middles), np.uint32)
        self.kinds = ["machine"] * len(middles)


def drawn_at(places: dict[int, tuple[float, float, float]], things: int) -> Drawn:
    """Return a model that draws some things, by their rows, around these places."""
    middles = np.full((things, 3), np.nan)
    middles[list(places)] = list(places.values())
    identity = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    return Drawn(Boxed(middles), np.arange(things, dtype=np.int32), identity)
