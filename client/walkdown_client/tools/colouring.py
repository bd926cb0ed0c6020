"""Colouring things by a quantity: which signals belong to it, and how hot each thing is."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.signals import SignalTable
from walkdown.twin import STALE, Catalogue, Signal

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """All signals of one name and unit, one a thing.

    Attributes:
        minimum, maximum: ends of the scale, from the usual ranges of the signals.
        labels: the words of an enum.
        signals: (n,) indices of the signals. things: (n,) rows of the things they belong to.
    """

    name: str
    unit: str
    minimum: float
    maximum: float
    labels: tuple[str, ...]
    signals: Rows
    things: Rows


def quantities(catalogue: Catalogue) -> tuple[Quantity, ...]:
    """Return what things can be coloured by, what most of them have first."""
    row_of = {thing.id: row for row, thing in enumerate(catalogue.things)}
    groups: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    for index, signal in enumerate(catalogue.signals):
        if signal.kind != "text":
            groups[signal.name, signal.unit].setdefault(row_of[signal.thing], index)
    found = [_quantity(catalogue, list(rows.values()), list(rows)) for rows in groups.values()]
    return tuple(sorted(found, key=lambda quantity: (-len(quantity.signals), quantity.name)))


def _quantity(catalogue: Catalogue, signals: list[int], things: list[int]) -> Quantity:
    members = [catalogue.signals[index] for index in signals]
    lows, highs = zip(*map(_range, members), strict=True)
    first = members[0]
    return Quantity(
        first.name,
        first.unit,
        min(lows),
        max(max(highs), min(lows) + 1e-9),
        first.labels,
        np.array(signals, np.intp),
        np.array(things, np.intp),
    )


def _range(signal: Signal) -> tuple[float, float]:
    if signal.kind == "enum":
        return 0.0, float(max(len(signal.labels) - 1, 1))
    if signal.kind == "bool":
        return 0.0, 1.0
    return signal.minimum, signal.maximum


@dataclass(frozen=True, slots=True)
class Heat:
    """How hot the things of a quantity are.

    Attributes:
        things: (n,) rows of things. heat: (n,) uint8, 0 at the minimum to 255 at the maximum.
        known: (n,) bool, False where there is no value or it is stale.
    """

    things: Rows
    heat: npt.NDArray[np.uint8]
    known: npt.NDArray[np.bool_]


def heat_of(quantity: Quantity, signals: SignalTable) -> Heat:
    """Return the newest values of a quantity as places on its scale."""
    level = signals.numbers(quantity.signals)
    level -= quantity.minimum
    level *= 255 / (quantity.maximum - quantity.minimum)
    known = np.isfinite(level) & (signals.times_ns[quantity.signals] != 0)
    known &= signals.quality[quantity.signals] != STALE
    heat = np.rint(np.minimum(np.fmax(level, 0), 255)).astype(np.uint8)
    return Heat(quantity.things, heat, known)
