"""Which thing an alarm is told of: a machine as a whole, not each of its parts and not the line around it.

The state of a thing is the worst of its own and its parts' values, so that one bad head makes its filler and
its line bad too. What people hear of is the machine between: the highest thing that is not a line, an area, a
building. A line is told of only when nothing in it says why.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from walkdown.twin import NO_STATE, STATE_ALARM, STATE_ATTENTION
from walkdown_client.systems import SYSTEM_KINDS
from walkdown_client.twin_index import NOTHING, TwinIndex

U8 = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]

PLACES = SYSTEM_KINDS | {
    "building", "facility", "factory", "floor", "hall", "ifcbuilding", "ifcbuildingstorey", "ifcproject",
    "ifcsite", "ifcspace", "level", "mezzanine", "plant", "project", "room", "site", "storey",
}  # fmt: skip
"""Types of things that contain machines; case folded."""

_HEARD = (STATE_ATTENTION, STATE_ALARM)


class Bodies:
    """The machines of a twin as wholes.

    Attributes:
        of: (things,) the row of the body that each thing is part of.
    """

    def __init__(self, twin: TwinIndex) -> None:
        things = twin.catalogue.things
        self._parent = twin.parent.astype(np.intp)
        self._places = np.array([thing.type.casefold() in PLACES for thing in things], bool)
        self.of = self._find(len(things))

    def _find(self, count: int) -> Rows:
        body = np.arange(count)
        climbs = (self._parent != NOTHING) & ~self._places
        climbs &= ~np.append(self._places, True)[self._parent]
        above = np.where(climbs, self._parent, body)
        for _doubling in range(max(1, count.bit_length())):
            higher = above[above]
            if np.array_equal(higher, above):
                break
            above = higher
        return np.asarray(above)

    def told(self, states: U8) -> U8:
        """Return the states of bodies, and of places that nothing in them explains; all others have none."""
        worst = np.zeros(len(states) + 1, np.uint8)
        parents = np.where(self._parent == NOTHING, len(states), self._parent)
        np.maximum.at(worst, parents, np.where(np.isin(states, _HEARD), states, NO_STATE))
        whole = (self.of == np.arange(len(states))) & (~self._places | (worst[:-1] < states))
        return np.where(whole, states, np.uint8(NO_STATE)).astype(np.uint8)
