"""A room's own watch: what it counts of itself, and how late it tells people.

Pure. Called once a tick, and whenever someone is sent what they are owed.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from walkdown.messages import Delays
from walkdown_server.parties import Member, Standing
from walkdown_server.ticks.delays import DelayWatch
from walkdown_server.ticks.interest import Crowd
from walkdown_server.ticks.live import Live
from walkdown_server.ticks.tally import Tally
from walkdown_server.ticks.telling import Told

LOOK_TICKS, LOOKED_AT = 3, 12
"""So often, and so many at a time, clients are asked which tick they have named."""


class Watch:
    """Counts, and measures delays.

    Args:
        members: those who are connected, as they are at any time. live, crowd: of the room.

    Attributes:
        tally: what happened, in numbers.
    """

    def __init__(self, members: Mapping[int, Member], live: Live, crowd: Crowd) -> None:
        self._members, self._live, self._crowd = members, live, crowd
        self._delays = DelayWatch()
        self.tally = Tally()

    def note(self, told: Told) -> None:
        """Note what a tick tells, and now and then which ticks some of the clients have named."""
        tick, now_ns = told.tick, told.time_ns
        ages_secs = self._crowd.ages_secs(tick, now_ns=now_ns)
        self._delays.told(tick, now_ns, waits_secs=self._live.waits_secs, ages_secs=ages_secs)
        if tick % LOOK_TICKS == 0:
            step = len(self._members) // LOOKED_AT + 1
            start = tick // LOOK_TICKS % step
            for member in itertools.islice(self._members.values(), start, None, step):
                at = member.acknowledged
                self._delays.heard(member.identity.person, at.tick, at.heard_ns)

    def note_sent(self, member: Member, now_secs: float) -> None:
        """Note that someone was sent what they are owed; who has come back may have everything now."""
        if member.resuming_secs is not None and not member.outbox.owes:
            self.tally.resumes.add(now_secs - member.resuming_secs)
            member.resuming_secs = None

    def settle(self, now_ns: int) -> Delays:
        """Return how late people were told since the last call."""
        return self._delays.settle(now_ns, tick_p95=self.tally.tick_p95)

    def standing(self) -> Standing:
        """Return what is owed and what waits now."""
        waiting = [member.line.waiting() for member in self._members.values()]
        owed = sum(member.outbox.owes for member in self._members.values())
        return Standing(owed, sum(waiting), max(waiting, default=0))
