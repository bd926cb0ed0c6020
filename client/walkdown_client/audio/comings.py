"""What is heard of people and of the link: who comes and goes, and that the connection is lost or back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from walkdown_client.audio.alarms import heard_from
from walkdown_client.audio.orders import Play
from walkdown_client.events import LinkState
from walkdown_client.world import PersonView

F64 = npt.NDArray[np.float64]

GAP_SECS = 0.8
"""Between two arrivals; of more at once the others are seen only."""

SETTLE_SECS = 2.0
"""Who is told of so soon after a start was here before."""

POSE_WAITS_SECS = 1.5
"""So long somebody who has come may have no place yet."""

LOST_AFTER_SECS = 1.0
"""A shorter break is not worth a sound."""

_WEIGHT = 20.0


class Comings:
    """Who is known to be here."""

    def __init__(self) -> None:
        self._secs = self._free_secs = 0.0
        self._settled_secs = SETTLE_SECS
        self._known: set[int] = set()
        self._waiting: dict[int, float] = {}

    def restart(self) -> None:
        """Take whoever is here for known."""
        self._settled_secs = self._secs + SETTLE_SECS
        self._waiting.clear()

    def step(
        self,
        people: Mapping[int, PersonView],
        places: Mapping[int, F64],
        *,
        me: int,
        ears: F64,
        dt_secs: float,
    ) -> list[Play]:
        """Return what is heard of people.

        Args:
            people: by number. places: (3,) metres of those whose place is known.
        """
        self._secs += dt_secs
        here = {number for number in people if number != me}
        before, self._known = self._known, here
        if self._secs < self._settled_secs:
            return []
        for number in here - before:
            self._waiting[number] = self._secs
        self._waiting = {number: secs for number, secs in self._waiting.items() if number in here}
        return self._greet(places, ears) or self._see_off(bool(before - here))

    def _greet(self, places: Mapping[int, F64], ears: F64) -> list[Play]:
        """Let those who have come be heard from where they appear."""
        for number, since_secs in list(self._waiting.items()):
            late = self._secs - since_secs > POSE_WAITS_SECS
            if number not in places and not late:
                continue
            del self._waiting[number]
            if self._secs >= self._free_secs:
                self._free_secs = self._secs + GAP_SECS
                place = places.get(number, np.full(3, np.nan))
                return [heard_from("arrive", place, ears, weight=_WEIGHT)]
        return []

    def _see_off(self, gone: bool) -> list[Play]:
        if not gone or self._secs < self._free_secs:
            return []
        self._free_secs = self._secs + GAP_SECS
        return [Play("leave", weight=_WEIGHT)]


class LinkSound:
    """Whether the link is known to be lost."""

    def __init__(self) -> None:
        self._lost_secs = 0.0
        self._told = False

    def step(self, state: LinkState, dt_secs: float) -> list[Play]:
        """Return the sound of a link that has been lost for a second, or of one that is back."""
        if state == "live":
            back, self._told, self._lost_secs = self._told, False, 0.0
            return [Play("link back", weight=_WEIGHT)] if back else []
        if state == "connecting":
            return []
        self._lost_secs += dt_secs
        if self._told or self._lost_secs < LOST_AFTER_SECS:
            return []
        self._told = True
        return [Play("link lost", weight=_WEIGHT)]
