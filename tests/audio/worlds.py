"""Worlds that a client has joined, told by events as the link tells them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from walkdown.blocks import SignalValues
from walkdown.messages import Blob, Welcome
from walkdown.twin import GOOD, Catalogue
from walkdown_client.audio.orders import Order, Play, Sounds
from walkdown_client.events import Joined, LinkChanged, Tick
from walkdown_client.world import World

SECS = 1_000_000_000
_BLOB = Blob("c" * 64, 1)


def joined_world(catalogue: Catalogue) -> World:
    """Return the world of a client that has just joined."""
    world = World()
    welcome = Welcome(
        person=1,
        secret="s",
        session="Test",
        resumed=False,
        tick_ms=50,
        epoch=catalogue.epoch,
        catalogue=_BLOB,
        packages=(),
        number=1,
        snapshot=_BLOB,
        time_ns=0,
    )
    world.apply(Joined(welcome, catalogue, None, local_ns=0))
    world.apply(LinkChanged("live"))
    return world


class Teller:
    """Tells a world of values and states, tick by tick."""

    def __init__(self, world: World) -> None:
        self._world, self._tick = world, 0

    def values(self, values: Mapping[str, float], *, quality: int = GOOD) -> None:
        """Tell new values by signal id."""
        by_kind: dict[str, list[tuple[int, float]]] = {}
        for signal, value in values.items():
            row = self._world.twin.signal_row(signal)
            by_kind.setdefault(self._world.catalogue.signals[row].kind, []).append((row, value))
        found = tuple(
            SignalValues(
                kind,  # type: ignore[arg-type]
                np.array([row for row, _ in pairs], np.intp),
                np.array([value for _, value in pairs]),
                np.full(len(pairs), quality, np.uint8),
                np.zeros(len(pairs)),
            )
            for kind, pairs in by_kind.items()
        )
        self._apply(signals=found)

    def states(self, states: Mapping[str, int]) -> None:
        """Tell new states by thing id."""
        rows = [self._world.twin.thing_row[thing] for thing in states]
        self._apply(things=np.array(rows, np.uint32), states=np.array(list(states.values()), np.uint8))

    def _apply(self, **sections: object) -> None:
        self._tick += 1
        self._world.apply(Tick(self._tick, self._tick * SECS // 20, **sections))  # type: ignore[arg-type]


class Told:
    """The machines of the newest ``Sounds`` order, by voice id."""

    def __init__(self, order: Sounds) -> None:
        ids = np.frombuffer(order.ids, "<u4").tolist()
        columns = (order.loops, "<u2"), (order.levels, "<f4"), (order.pitches, "<f4"), (order.weights, "<f4")
        loops, levels, pitches, weights = (np.frombuffer(data, kind).tolist() for data, kind in columns)
        places = np.frombuffer(order.positions, "<f4").reshape(-1, 3)
        self.loops: dict[int, int] = dict(zip(ids, loops, strict=True))
        self.levels: dict[int, float] = dict(zip(ids, levels, strict=True))
        self.pitches = dict(zip(ids, pitches, strict=True))
        self.weights = dict(zip(ids, weights, strict=True))
        self.places = dict(zip(ids, places, strict=True))


def sounds_in(orders: list[Order]) -> Told | None:
    """Return the newest machines that were told, None when none were."""
    found = [order for order in orders if isinstance(order, Sounds)]
    return Told(found[-1]) if found else None


def played_in(orders: list[Order]) -> list[Play]:
    """Return what is heard once."""
    return [order for order in orders if isinstance(order, Play)]
