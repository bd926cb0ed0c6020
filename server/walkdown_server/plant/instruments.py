"""From the plant's state to measured values: every signal in catalogue order, with noise.

A measurement is the true value, white noise, and a slow wander of the same size; both vanish where the
true value is zero, as they do for a pump that stands.
"""

from __future__ import annotations

import numpy as np

from walkdown.twin import Catalogue
from walkdown_server.plant.equipment import scale_of
from walkdown_server.plant.line_process import F64
from walkdown_server.plant.line_readings import line_readings
from walkdown_server.plant.process import PlantProcess
from walkdown_server.plant.signal_specs import Readings
from walkdown_server.plant.signals_table import SPECS
from walkdown_server.plant.utility_readings import utility_readings

_WANDER_SECS = 25.0
_WHITE, _SLOW = 0.7, 0.7
_QUIET_SHARE = 0.1
"""Noise is never more than this share of the value."""


class Instruments:
    """Measures a process.

    Args:
        catalogue: the same that the process was made with.

    Attributes:
        count: number of numeric signals; they are the first ones of the catalogue.
    """

    def __init__(self, catalogue: Catalogue, process: PlantProcess, *, seed: int = 7) -> None:
        self._process = process
        self._rng = np.random.default_rng([seed, 10])
        numeric = [signal for signal in catalogue.signals if signal.kind != "text"]
        self.count = len(numeric)
        self._order = self._row_order(catalogue, {signal.id: row for row, signal in enumerate(numeric)})
        self._sigma = _noise(catalogue)[: self.count]
        self._wander = np.zeros(self.count)
        self._secs = process.secs

    def _row_order(
        self, catalogue: Catalogue, rows: dict[str, int]
    ) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
        """Rows of all values in the order in which the readings list them."""
        ids: dict[str, list[str]] = {}
        for thing in catalogue.things:
            ids.setdefault(thing.type, []).append(thing.id)
        order: list[int] = []
        for name in self._readings():
            kind, _, suffix = name.rpartition(".")
            order += [rows[f"{identity}.{suffix}"] for identity in ids[kind]]
        return np.array(order, np.intp)

    def _readings(self) -> Readings:
        return {**line_readings(self._process), **utility_readings(self._process)}

    def truth(self) -> F64:
        """(count,) float64 of what the instruments measure, without noise."""
        values = np.full(self.count, np.nan)
        values[self._order] = np.concatenate(list(self._readings().values()))
        return values

    def measure(self) -> F64:
        """(count,) float64 of what the instruments show now."""
        values = self.truth()
        passed = min(self._process.secs - self._secs, _WANDER_SECS)
        self._secs = self._process.secs
        keep = np.exp(-passed / _WANDER_SECS)
        white = self._rng.standard_normal((2, self.count))
        self._wander = self._wander * keep + white[0] * np.sqrt(1 - keep * keep)
        noise = (_WHITE * white[1] + _SLOW * self._wander).clip(-3, 3)
        return np.asarray(values + noise * np.minimum(self._sigma, _QUIET_SHARE * np.abs(values)))


def _noise(catalogue: Catalogue) -> F64:
    """(n,) standard deviation of each signal."""
    things = {thing.id: thing for thing in catalogue.things}
    specs = {(kind, spec.suffix): spec for kind, rows in SPECS.items() for spec in rows}
    found = []
    for signal in catalogue.signals:
        thing = things[signal.thing]
        spec = specs[thing.type, signal.id[len(thing.id) + 1 :]]
        found.append(spec.noise * scale_of(thing, spec))
    return np.array(found)
