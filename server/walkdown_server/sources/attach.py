"""Adds a binding file to what a server shows already, for instance to the demo plant."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from walkdown.twin import GOOD, Catalogue
from walkdown_server.sources import Sink, Source, SourceState
from walkdown_server.sources.bindings import bind, read_bindings
from walkdown_server.sources.mqtt import MqttSource


def attach_bindings(
    catalogue: Catalogue, sources: Sequence[Source], path: Path
) -> tuple[Catalogue, tuple[Source, ...]]:
    """Return the catalogue with the things and signals of a binding file, and all sources.

    Args:
        catalogue: what there is without the file.
        sources: those that deliver into ``catalogue``; they go on as they are.
        path: the binding file.

    Raises:
        SettingsError: the file is wrong; names the table and the key.
    """
    bindings = read_bindings(path)
    bound = bind(catalogue, bindings)
    kept = [Renumbered(source, before=catalogue, after=bound.catalogue) for source in sources]
    source = MqttSource(bindings.broker, bound.routes, catalogue=bound.catalogue)
    return bound.catalogue, (*kept, source)


class Renumbered:
    """A source that was made for one catalogue and delivers into a larger one.

    Args:
        source: as made for ``before``.
        before: its catalogue.
        after: has all signals of ``before``, at other indices.
    """

    def __init__(self, source: Source, *, before: Catalogue, after: Catalogue) -> None:
        self.name = source.name
        self._source = source
        index = {signal.id: number for number, signal in enumerate(after.signals)}
        self._indices = np.array([index[signal.id] for signal in before.signals], np.intp)

    async def run(self, sink: Sink) -> None:
        """Deliver until cancelled."""
        await self._source.run(_RenumberedSink(sink, self._indices))


class _RenumberedSink:
    """A sink in which signals have other indices."""

    def __init__(self, sink: Sink, indices: npt.NDArray[np.intp]) -> None:
        self._sink = sink
        self._indices = indices

    def write(
        self,
        indices: npt.ArrayLike,
        values: npt.ArrayLike,
        *,
        quality: npt.ArrayLike = GOOD,
        times_ns: npt.ArrayLike | None = None,
    ) -> None:
        self._sink.write(self._indices[np.asarray(indices)], values, quality=quality, times_ns=times_ns)

    def text(self, index: int, value: str, *, quality: int = GOOD, time_ns: int | None = None) -> None:
        self._sink.text(int(self._indices[index]), value, quality=quality, time_ns=time_ns)

    def joints(self, indices: npt.ArrayLike, values: npt.ArrayLike) -> None:
        self._sink.joints(indices, values)

    def status(self, state: SourceState, text: str = "") -> None:
        self._sink.status(state, text)

    def now_ns(self) -> int:
        return self._sink.now_ns()

    def disturbances(self) -> frozenset[str]:
        return self._sink.disturbances()
