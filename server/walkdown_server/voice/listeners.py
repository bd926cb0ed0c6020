"""Everyone in the room as a listener: one table, a row for each person.

Pure.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from walkdown.messages import Voice
from walkdown_server.parties import Member
from walkdown_server.voice.rules import REACHES, Bits, Rows

GROUPED_MAX = 60
"""So many people with a private group at most are shown to all at the full rate."""


class Listeners:
    """What everyone said of how they listen, by row.

    Args:
        capacity: rows.

    Attributes:
        groups: (capacity,) int32, number of the private group, 0 for none. reach: (capacity,) of ``REACHES``.
        echo: (capacity,) who wants to hear their own words. ears: (capacity,) who has an output.
        members: by row, of those who want to hear somebody.
    """

    def __init__(self, capacity: int) -> None:
        self.groups = np.zeros(capacity, np.int32)
        self.reach = np.zeros(capacity, np.int8)
        self.echo = np.zeros(capacity, bool)
        self.ears = np.zeros(capacity, bool)
        self.members: dict[int, Member] = {}
        self._here = np.zeros(capacity, bool)
        self._silenced: dict[int, frozenset[int]] = {}
        self._numbers = itertools.count(1)
        self._grouped: dict[int, tuple[str, int]] = {}

    @property
    def rows(self) -> Rows:
        """Rows (n,) of those who want to hear somebody."""
        return np.flatnonzero(self._here)

    @property
    def grouped(self) -> frozenset[int]:
        """Numbers of people with a private group, not too many."""
        return frozenset(person for _name, person in itertools.islice(self._grouped.values(), GROUPED_MAX))

    def learn(self, member: Member, voice: Voice) -> None:
        """Note what someone has said."""
        row = member.row
        self._grouped.pop(row, None)
        self.groups[row] = self._group(voice.group)
        self.reach[row] = REACHES[voice.reach]
        self.echo[row], self.ears[row] = voice.echo, voice.ears
        self._here[row] = not voice.deaf
        self._silenced.pop(row, None)
        self.members.pop(row, None)
        if not voice.deaf:
            self.members[row] = member
        if voice.silenced:
            self._silenced[row] = frozenset(voice.silenced)
        if voice.group:
            self._grouped[row] = voice.group, member.identity.person

    def forget(self, row: int) -> None:
        """Know nobody in this row any more."""
        self._here[row] = self.echo[row] = self.ears[row] = False
        self.groups[row] = 0
        self._silenced.pop(row, None)
        self._grouped.pop(row, None)
        self.members.pop(row, None)

    def silences(self, row: int, person: int) -> bool:
        """Tell whether someone does not want to hear a person."""
        return person in self._silenced.get(row, ())

    def silenced(self, rows: Rows, persons: list[int]) -> Bits:
        """Return who of these listeners (n,) wants not to hear which of these people (t,), (n, t)."""
        found = np.zeros((len(rows), len(persons)), bool)
        for row, silenced in self._silenced.items():
            if silenced.intersection(persons):
                at = np.searchsorted(rows, row)
                if at < len(rows) and rows[at] == row:
                    found[at] = [person in silenced for person in persons]
        return found

    def _group(self, name: str) -> int:
        """Return the number of a group: that of whoever is in it, or a new one."""
        if not name:
            return 0
        same = (int(self.groups[row]) for row, (theirs, _person) in self._grouped.items() if theirs == name)
        return next(same, 0) or next(self._numbers)


Counts = npt.NDArray[np.int64]


class Sent:
    """How many packets were sent on, for each listener and talker.

    Args:
        capacity: rows.

    Attributes:
        talkers: rows of those of whom anything was sent on.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._counts: Counts | None = None
        self.talkers: set[int] = set()

    @property
    def counts(self) -> Counts:
        """Packets by rows of listener and talker (capacity, capacity) since both are here.

        Below 0 where they were taken back and are counted soon.
        """
        if self._counts is None:
            self._counts = np.zeros((self._capacity, self._capacity), np.int64)
        return self._counts

    def add(self, listeners: Rows, talkers: Sequence[int], packets: Sequence[int]) -> None:
        """Count packets of these talkers that all of these listeners were sent."""
        self.talkers.update(talkers)
        self.counts[np.ix_(listeners, np.array(talkers, np.intp))] += np.array(packets, np.int64)

    def take_back(self, listener: int, talkers: Sequence[int], packets: Sequence[int]) -> None:
        """Count packets that were counted, or will be, as not sent after all."""
        self.counts[listener, talkers] -= np.array(packets, np.int64)

    def forget(self, row: int) -> None:
        """Begin anew with whoever gets this row."""
        self.talkers.discard(row)
        if self._counts is not None:
            self._counts[row] = self._counts[:, row] = 0
