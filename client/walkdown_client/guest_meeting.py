"""What a guest can do in a meeting: agenda, votes, verdict, chat, and what is shown for a moment.

::

    await guest.open_meeting("Filling line, 60 %", stage="60 %")
    item = await guest.put_agenda_item("Access to the filler", minutes=10, owner="Ana")
    await guest.step_agenda(item.item)
    await guest.give_verdict("approved_with_actions", "See the action list")
"""

from __future__ import annotations

import asyncio
import math
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import numpy as np

from walkdown import messages as m
from walkdown.errors import BadInput
from walkdown.frames import heading_pitch_from_quaternion
from walkdown.i18n import _
from walkdown.review.readiness import Readiness
from walkdown_client.conversation import Conversation
from walkdown_client.events import Event, Joined
from walkdown_client.guest_base import GuestBase
from walkdown_client.readying import readiness_of
from walkdown_client.sendable import check_finite

BESIDE_METRES = 1.2
"""How far to the side of whom one follows one stands."""

FOLLOW_SECS = 0.1


class AtMeetings(GuestBase):
    """The part of a :class:`walkdown_client.guest.Guest` that is about meeting others."""

    _conversation: Conversation

    def __init__(self) -> None:
        super().__init__()
        self._attends = m.Attend()

    # ---- the meeting --------------------------------------------------------------------------------

    @property
    def meeting(self) -> m.Meeting:
        """The review as a whole: title, stage, what is on, who is driver and scribe, verdicts."""
        return self.world.review.meeting

    async def readiness(self) -> Readiness:
        """Return what is missing before a review can begin: in the model, in the data, in the agenda.

        Raises:
            PackageError: a model is damaged.
        """
        today = datetime.now().astimezone().date()
        return readiness_of(self.world, drawn=await self.load_places(), today=today)

    async def open_meeting(self, title: str = "", *, stage: str = "") -> None:
        """Begin the review; attendance is kept from now on."""
        await self._operate(m.OpenMeeting(0, title, stage))

    async def close_meeting(self) -> None:
        """End the review."""
        await self._operate(m.CloseMeeting(0))

    async def give_verdict(self, decision: m.Decision, text: str = "") -> m.Verdict:
        """Say what was decided; it stands with name, role and time."""
        await self._operate(m.GiveVerdict(0, decision, text))
        return self.meeting.verdicts[-1]

    async def set_duty(self, duty: m.Duty, person: int) -> None:
        """Make somebody ``driver`` or ``scribe`` by their number in the session, or with 0 nobody."""
        await self._operate(m.SetDuty(0, duty, person))

    async def put_agenda_item(
        self, title: str, *, minutes: float = 0.0, owner: str = "", item: str = "", **fields: Any
    ) -> m.AgendaItem:
        """Add a point to the agenda, or with ``item`` change one; returns it.

        Args:
            fields: other fields of ``messages.AgendaItem``; ``parked=True`` for the parking list.
        """
        identity = item or str(uuid.uuid4())
        there = self.world.review.agenda.get(identity)
        said = {"title": title, "minutes": minutes, "owner": owner, **fields}
        if there is None:
            last = max((one.order for one in self.world.review.agenda.values()), default=0)
            made = m.AgendaItem(identity, **({"order": last + 1} | said))
        else:
            made = msgspec.structs.replace(there, **said)
        await self._operate(m.PutAgendaItem(0, made, there.number if there else 0))
        return self.world.review.agenda[identity]

    async def remove_agenda_item(self, item: str) -> None:
        """Take a point off the agenda or the parking list."""
        await self._operate(m.RemoveAgendaItem(0, item))

    async def step_agenda(self, item: str = "") -> None:
        """Turn to a point of the agenda by its id, "" for none."""
        await self._operate(m.StepAgenda(0, item))

    async def call_vote(
        self, question: str, options: Sequence[str] = (), *, topic: str = "", item: str = ""
    ) -> m.Vote:
        """Ask people to vote, by default yes, no or abstain; returns the vote."""
        identity = str(uuid.uuid4())
        choices = tuple(options) or (_("Yes"), _("No"), _("Abstain"))
        await self._operate(m.CallVote(0, identity, question, choices, topic, item))
        return self.world.review.votes[identity]

    async def cast_vote(self, vote: str, choice: int | str) -> None:
        """Vote by the place of an option in the list, or by its words.

        Raises:
            BadInput: there is no such vote or option. Refused: the server said no.
        """
        there = self.world.review.votes.get(vote)
        if isinstance(choice, str):
            if there is None or choice not in there.options:
                options = ", ".join(there.options) if there else "-"
                raise BadInput(
                    _("there is no option {choice!r}; there are: {options}").format(
                        choice=choice, options=options
                    )
                )
            choice = there.options.index(choice)
        await self._operate(m.CastVote(0, vote, choice))

    async def end_vote(self, vote: str) -> m.Vote:
        """End a vote and return its result."""
        await self._operate(m.EndVote(0, vote))
        return self.world.review.votes[vote]

    async def write(self, text: str, *, links: Iterable[str] = ()) -> m.ChatLine:
        """Write to all; ``{0}``, ``{1}`` … in the text stand for links such as ``thing:L1.FIL``."""
        line = str(uuid.uuid4())
        await self._operate(m.Say(0, line, text, tuple(links)))
        return next(said for said in reversed(self.world.review.chat) if said.line == line)

    # ---- for a moment -------------------------------------------------------------------------------

    def attend(self, **changes: Any) -> None:
        """Say how the guest takes part from now on: fields of :class:`walkdown.messages.Attend`."""
        self._attends = msgspec.structs.replace(self._attends, **changes)
        self._conversation.send(self._attends)

    def _take_meeting_news(self, event: Event) -> None:
        """Say again how the guest takes part: a server that was started again has forgotten."""
        if isinstance(event, Joined) and self._attends != m.Attend():
            self._conversation.send(self._attends)

    def raise_hand(self, *, up: bool = True) -> None:
        """Raise one's hand, or lower it."""
        self.attend(hand=up)

    def point_at(self, point: Sequence[float] | None, *, thing: str = "") -> None:
        """Show a ray that ends at (x, y, z), metres, site frame; None shows none any more."""
        self._conversation.send(m.PointAt(None if point is None else _point(point), thing))

    def ping(self, point: Sequence[float], *, thing: str = "") -> None:
        """Say "look here" to all."""
        self._conversation.send(m.PingAt(_point(point), thing))

    def share_view(self, view: m.Viewpoint | None, *, for_all: bool = False) -> None:
        """Show others what one sees, None for nothing; ``for_all`` shares section and visibility with all."""
        self._conversation.send(m.ShareView(view, for_all))

    def gather(self, people: Iterable[int] = (), *, release: bool = False) -> None:
        """Call people to where the guest is, all when nobody is named, or let them go again."""
        self._conversation.send(m.Gather(tuple(people), release))

    async def follow(self, person: int, *, secs: float = float("inf")) -> None:
        """Stay beside somebody and look where they look, for some seconds or until they have left."""
        self.attend(following=person)
        try:
            async with asyncio.timeout(None if secs == float("inf") else secs):
                while person in self.world.people:
                    self._stand_beside(person)
                    await asyncio.sleep(FOLLOW_SECS)
        except TimeoutError:
            pass
        finally:
            self.attend(following=0)

    def _stand_beside(self, person: int) -> None:
        eyes = self.position_of(person)
        if eyes is None:
            return
        row = int(np.flatnonzero(self.world.people_ids == person)[0])
        heading, pitch = heading_pitch_from_quaternion(self.world.people_quaternions[row])
        side = np.array([math.cos(heading), math.sin(heading), 0.0]) * BESIDE_METRES
        self.move_to((eyes + side).tolist(), heading_rad=heading, pitch_rad=pitch)


def _point(place: Sequence[float]) -> m.Point:
    x, y, z = (float(number) for number in place)
    check_finite((x, y, z))
    return x, y, z
