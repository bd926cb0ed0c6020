"""Who hears whom, and which eight: places, zones, groups and loudness of many people at once.

Pure. A talker reaches a listener by one route, in this order:

* themselves, when they asked for it (ECHO);
* their own group alone, when that is whom they mean (GROUP), at any distance and through zones;
* everybody, when they present (PRESENTER);
* their own group by radio, when they mean it so (RADIO);
* who is near and in the same zones, the ears not further than ``HEARING_METRES`` from the mouth (NEAR).

Who has sent no pose is near nobody. Of those who reach a listener at most ``VOICES_MAX`` are sent: first who
presents, then one's own group, then by level at the listener's ear: the loudness that the talker's client
measured less 6 dB for each doubling of the distance from one metre on, and ``LEADING_DB`` more for who leads.
Whom one hears already counts ``KEPT_DB`` more and is heard ``KEPT_METRES`` further, so that voices do not
come and go where two are alike or somebody stands on the edge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.messages import Reach, Zone
from walkdown.voice import VOICES_MAX, Route

HEARING_METRES = 60.0
"""36 dB below what one hears at a metre; a raised voice outdoors carries about so far."""

KEPT_METRES = 6.0
KEPT_DB = 3.0
LEADING_DB = 6.0

NOBODY = -1
"""In place of a route: this listener does not hear this talker."""

REACHES: dict[Reach, int] = {"near": 0, "group": 1, "radio": 2}
ZONES_SEEN = 64
"""So many zones are told apart, one bit each."""

_BEFORE_OTHERS_DB = {Route.ECHO: 600.0, Route.PRESENTER: 400.0, Route.GROUP: 200.0, Route.RADIO: 200.0}
_FIRST_DB = np.array([_BEFORE_OTHERS_DB.get(route, 0.0) for route in Route])

F64 = npt.NDArray[np.float64]
F32 = npt.NDArray[np.float32]
Bits = npt.NDArray[np.bool_]
Routes = npt.NDArray[np.int8]
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Places:
    """Where n people are, and what they belong to.

    Attributes:
        rows: (n,) theirs in the room. metres: (n, 3) of the head, site frame. known: (n,) whether that is so.
        zones: (n,) uint64, see :func:`zones_of`. groups: (n,) number of the private group, 0 for none.
    """

    rows: Rows
    metres: F64
    known: Bits
    zones: npt.NDArray[np.uint64]
    groups: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Speaking:
    """How t people speak.

    Attributes:
        reach: (t,) of ``REACHES``. heard: (t,) whether others may hear them. presenting, leading: (t,).
        level_db: (t,) dBFS.
    """

    reach: npt.NDArray[np.int8]
    heard: Bits
    presenting: Bits
    leading: Bits
    level_db: F32


def zones_of(metres: F64, zones: Sequence[Zone]) -> npt.NDArray[np.uint64]:
    """Return (n,) in which of the zones the places (n, 3) lie, a bit for each.

    Two people hear each other by place only when these are equal: so a room within a hall, both of them
    zones, is closed to the hall, and where two overlap that part is a place of its own.
    """
    found = np.zeros(len(metres), np.uint64)
    for number, zone in enumerate(zones[:ZONES_SEEN]):
        inside = ((metres >= zone.low) & (metres <= zone.high)).all(1)
        found |= inside.astype(np.uint64) << np.uint64(number)
    return found


def distances(listeners: Places, talkers: Places) -> F64:
    """Return (n, t) metres from each talker's head to each listener's, infinite where one has no place."""
    squares = np.zeros((len(listeners.rows), len(talkers.rows)))
    for axis in range(3):
        apart = listeners.metres[:, axis, None] - talkers.metres[None, :, axis]
        squares += apart * apart
    metres = np.sqrt(squares)
    metres[~listeners.known] = np.inf
    metres[:, ~talkers.known] = np.inf
    return metres


def routes(
    listeners: Places, talkers: Places, speaking: Speaking, *, metres: F64, echo: Bits, before: Bits
) -> Routes:
    """Return by which route each talker reaches each listener (n, t), ``NOBODY`` where none does.

    Args:
        metres: (n, t) from :func:`distances`. echo: (n,) who wants to hear their own words.
        before: (n, t) who was heard until now.
    """
    near = metres <= HEARING_METRES + KEPT_METRES * before
    near &= listeners.zones[:, None] == talkers.zones[None, :]
    same_group = (listeners.groups[:, None] == talkers.groups[None, :]) & (talkers.groups > 0)
    private = speaking.reach == REACHES["group"]
    radio = speaking.reach == REACHES["radio"]
    own = listeners.rows[:, None] == talkers.rows[None, :]
    found = np.where(near, np.int8(Route.NEAR), np.int8(NOBODY))
    found[same_group & radio] = Route.RADIO
    found[:, speaking.presenting] = Route.PRESENTER
    found[:, private] = np.where(same_group[:, private], np.int8(Route.GROUP), np.int8(NOBODY))
    found[:, ~speaking.heard] = NOBODY
    found[own] = NOBODY
    found[own & echo[:, None]] = Route.ECHO
    return found


def choose(found: Routes, speaking: Speaking, *, metres: F64, before: Bits) -> Bits:
    """Return whom each listener is sent (n, t): of those who reach them at most ``VOICES_MAX``."""
    reached: Bits = found != NOBODY
    if reached.shape[1] <= VOICES_MAX:
        return reached
    listeners, talkers = np.nonzero(reached)
    pairs = listeners, talkers
    levels_db = _levels_db(pairs, found, speaking, metres=metres) + KEPT_DB * before[pairs]
    order = np.lexsort((-levels_db, listeners))
    first = np.searchsorted(listeners, np.arange(len(reached)))
    best = order[np.arange(len(order)) - first[listeners] < VOICES_MAX]
    chosen = np.zeros(reached.shape, bool)
    chosen[listeners[best], talkers[best]] = True
    return chosen


def _levels_db(pairs: tuple[Rows, Rows], found: Routes, speaking: Speaking, *, metres: F64) -> F64:
    """Return how loud (p,) the talkers of these pairs are at their listeners, with what puts some first."""
    routes_of, talkers = found[pairs], pairs[1]
    near = np.where(routes_of == Route.NEAR, np.maximum(metres[pairs], 1.0), 1.0)
    own_db = speaking.level_db + LEADING_DB * speaking.leading
    levels: F64 = own_db[talkers] + _FIRST_DB[routes_of] - 20 * np.log10(near)
    return levels
