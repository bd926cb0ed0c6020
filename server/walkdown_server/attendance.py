"""Who is connected to a room: by number, by row in the crowd, and whom everyone sees wherever they are."""

from __future__ import annotations

from collections.abc import Collection

from walkdown_server.parties import Member
from walkdown_server.ticks.interest import Crowd


class Attendance:
    """The people of one room.

    Args:
        crowd: learns who comes and goes. capacity: how many can be here.

    Attributes:
        members: those who are connected, by number. by_row: the same by their row, None for a free one.
    """

    def __init__(self, crowd: Crowd, *, capacity: int) -> None:
        self._crowd, self._capacity = crowd, capacity
        self._free_rows = list(range(capacity - 1, -1, -1))
        self.members: dict[int, Member] = {}
        self.by_row: list[Member | None] = [None] * capacity
        self._seen_by_all: dict[str, frozenset[int]] = {}

    @property
    def full(self) -> bool:
        """Whether nobody else can be here."""
        return not self._free_rows

    def take_row(self) -> int:
        """Return a free row; who gets it has to be added."""
        return self._free_rows.pop()

    def add(self, member: Member) -> None:
        """Let someone be here."""
        self.members[member.identity.person] = self.by_row[member.row] = member
        self._crowd.enter(member.row, member.identity.person)

    def remove(self, member: Member) -> None:
        """Let someone be here no more; their row is free."""
        del self.members[member.identity.person]
        self.by_row[member.row] = None
        self._crowd.leave(member.row)
        self._free_rows.append(member.row)

    def show_always(self, why: str, people: Collection[int]) -> None:
        """Have everybody see these people at the full rate wherever they are, for a reason.

        They replace those who were named before for the same reason.
        """
        if self._seen_by_all.get(why, frozenset()) != people:
            self._seen_by_all[why] = frozenset(people)
            self._crowd.show_always(frozenset().union(*self._seen_by_all.values()))

    def show(self, why: str, person: int, *, shown: bool) -> None:
        """Have everybody see one person for a reason, or no more."""
        before = self._seen_by_all.get(why, frozenset())
        if shown != (person in before):
            self.show_always(why, before ^ {person})
