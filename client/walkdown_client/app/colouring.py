"""What colour each element gets: the state of its thing, or the value of a signal along a scale."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from walkdown.signals import SignalTable
from walkdown.twin import (
    BAD,
    NO_STATE,
    STALE,
    STATE_ALARM,
    STATE_ATTENTION,
    STATE_BAD,
    STATE_GOOD,
    STATE_SIMULATED,
    STATE_STALE,
)
from walkdown_client.twin_index import NOTHING, TwinIndex

U8 = npt.NDArray[np.uint8]
I32 = npt.NDArray[np.int32]
F64 = npt.NDArray[np.float64]

GROUPS = frozenset({"plant", "hall", "line", "area", "building", "floor", "room", "site", "system", "zone"})
"""Types of things that stand for many: their state does not colour what is in them."""

_ORDER = (NO_STATE, STATE_GOOD, STATE_SIMULATED, STATE_STALE, STATE_ATTENTION, STATE_BAD, STATE_ALARM)
"""States from the least to the most urgent."""

_RANK = np.argsort(np.array(_ORDER)).astype(np.uint8)


def machine_rows(twin: TwinIndex) -> I32:
    """Return for each thing the machine whose state it shows as well as its own; (things,) int32."""
    things = twin.catalogue.things
    rows = np.arange(len(things), dtype=np.int32)
    for row in range(len(things)):
        parent = int(twin.parent[row])
        while parent != NOTHING and things[parent].type not in GROUPS and parent != rows[row]:
            rows[row] = parent
            parent = int(twin.parent[parent])
    return rows


def state_codes(thing_states: U8, machines: I32, thing_rows: I32) -> U8:
    """Return the state of each element: the worse of its thing's and of its machine's; (elements,) uint8."""
    shown = np.where(
        _RANK[thing_states[machines]] > _RANK[thing_states], thing_states[machines], thing_states
    )
    codes = np.append(shown, np.uint8(NO_STATE))[thing_rows]
    return np.asarray(codes, np.uint8)


def signal_of_elements(twin: TwinIndex, thing_rows: I32, *, name: str, unit: str) -> I32:
    """Return the signal of that name and unit that belongs to each element; (elements,) int32.

    An element without one of its own takes that of the nearest thing above.
    """
    of_thing = np.full(len(twin.catalogue.things) + 1, NOTHING, np.int32)
    for row, signal in enumerate(twin.catalogue.signals):
        if signal.name == name and signal.unit == unit and signal.kind != "text":
            of_thing[twin.thing_of_signal[row]] = row
    for row in range(len(twin.catalogue.things)):
        above, seen = row, 0
        while of_thing[above] == NOTHING and twin.parent[above] != NOTHING and seen < 32:
            above, seen = int(twin.parent[above]), seen + 1
            if twin.catalogue.things[above].type in GROUPS:
                break
        of_thing[row] = of_thing[above]
    return of_thing[thing_rows]


def scale_of(twin: TwinIndex, *, name: str, unit: str) -> tuple[float, float]:
    """Return the ends of the scale: the widest range of the signals of that name and unit."""
    ranges = [(s.minimum, s.maximum) for s in twin.catalogue.signals if s.name == name and s.unit == unit]
    low = min((low for low, _ in ranges), default=0.0)
    high = max((high for _, high in ranges), default=1.0)
    return low, high if high > low else low + 1.0


def heat(signals: SignalTable, rows: I32, scale: tuple[float, float]) -> tuple[F64, F64]:
    """Return where along the scale each element stands, 0 to 1, and how strongly it shows.

    Args:
        rows: (n,) the signal of each element, ``NOTHING`` for none.
    """
    unique, inverse = np.unique(rows, return_inverse=True)
    known = unique != NOTHING
    numbers = np.full(len(unique), np.nan)
    numbers[known] = signals.numbers(unique[known].astype(np.intp))
    values = (numbers - scale[0]) / (scale[1] - scale[0])
    quality = np.zeros(len(unique), np.uint8)
    quality[known] = signals.quality[unique[known]]
    strength = np.where(
        np.isnan(values), 0.0, np.select([quality == STALE, quality == BAD], [0.45, 0.25], 0.92)
    )
    return np.nan_to_num(values).clip(0.0, 1.0)[inverse], strength[inverse]
