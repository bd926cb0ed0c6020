"""What colour each element gets: the state of its thing, or the value of a signal along a scale."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from walkdown.twin import (
    NO_STATE,
    STATE_ALARM,
    STATE_ATTENTION,
    STATE_BAD,
    STATE_GOOD,
    STATE_SIMULATED,
    STATE_STALE,
)
from walkdown_client.tools.colouring import Heat, Quantity
from walkdown_client.twin_index import NOTHING, TwinIndex

U8 = npt.NDArray[np.uint8]
I32 = npt.NDArray[np.int32]

GROUPS = frozenset({"plant", "hall", "line", "area", "building", "floor", "room", "site", "system", "zone"})
"""Types of things that stand for many: their state does not colour what is in them."""

_ORDER = (NO_STATE, STATE_GOOD, STATE_SIMULATED, STATE_STALE, STATE_ATTENTION, STATE_BAD, STATE_ALARM)
"""States from the least to the most urgent."""

_DEPTH_MAX = 32
_DOUBLINGS_MAX = 17
_KNOWN, _UNKNOWN = np.uint8(235), np.uint8(64)
"""How strongly a value shows, and one that is stale, of 255."""

_RANK = np.argsort(np.array(_ORDER)).astype(np.uint8)


def machine_rows(twin: TwinIndex) -> I32:
    """Return for each thing the machine whose state it shows as well as its own; (things,) int32.

    That is the highest thing above it with no group between them; each step doubles how far is looked.
    """
    own = np.arange(len(twin.catalogue.things), dtype=np.int32)
    is_group = np.array([thing.type in GROUPS for thing in twin.catalogue.things], bool)
    climbs = (twin.parent != NOTHING) & ~np.append(is_group, True)[twin.parent]
    rows = np.where(climbs, twin.parent, own)
    for _doubling in range(_DOUBLINGS_MAX):
        further = rows[rows]
        if (further == rows).all():
            break
        rows = further
    return np.asarray(rows, np.int32)


def state_codes(thing_states: U8, machines: I32, thing_rows: I32) -> U8:
    """Return the state of each element: the worse of its thing's and of its machine's; (elements,) uint8."""
    shown = np.where(
        _RANK[thing_states[machines]] > _RANK[thing_states], thing_states[machines], thing_states
    )
    codes = np.append(shown, np.uint8(NO_STATE))[thing_rows]
    return np.asarray(codes, np.uint8)


def heat_rows(twin: TwinIndex, quantity: Quantity) -> I32:
    """Return for each thing the place in ``quantity.things`` whose value it shows; (things,) int32.

    A thing without a value of its own shows that of the nearest thing above, but not of a whole group.
    """
    things = twin.catalogue.things
    rows = np.full(len(things), NOTHING, np.int32)
    rows[quantity.things] = np.arange(len(quantity.things), dtype=np.int32)
    own = rows.copy()
    for row in np.flatnonzero(own == NOTHING).tolist():
        above, steps = int(twin.parent[row]), 0
        while above != NOTHING and things[above].type not in GROUPS and steps < _DEPTH_MAX:
            if own[above] != NOTHING:
                rows[row] = own[above]
                break
            above, steps = int(twin.parent[above]), steps + 1
    return rows


def heat_of_elements(heat: Heat, rows: I32, thing_rows: I32) -> tuple[U8, U8]:
    """Return where along the scale each element stands, and how strongly it shows, both (elements,) uint8.

    Args:
        rows: from :func:`heat_rows`. thing_rows: (elements,) int32, ``NOTHING`` for none.
    """
    places = np.append(rows, np.int32(NOTHING))[thing_rows]
    values = np.append(heat.heat, np.uint8(0))[places]
    strength = np.append(np.where(heat.known, _KNOWN, _UNKNOWN), np.uint8(0))[places]
    return values, strength
