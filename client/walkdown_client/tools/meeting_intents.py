"""Every wish about being in a review together: following, gathering, pointing, the meeting, and the chat.

Those of the first group concern where this person is and what they show; those of the second the meeting,
which the server keeps; those of the third the chat. ``meeting_rules`` carries out what changes only this
person's view.
"""

from __future__ import annotations

from dataclasses import dataclass

from walkdown.messages import Decision, Duty
from walkdown_client.tools.intents import Intent, Point

# ---- where this person is, and what they show -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Follow(Intent):
    """Be where somebody is and see what they see, or no more; None is who is meant by view or selection."""

    person: int | None = None


@dataclass(frozen=True, slots=True)
class StopFollowing(Intent):
    """Stay here, and follow nobody."""


@dataclass(frozen=True, slots=True)
class GoBack(Intent):
    """Return to where one was before one followed, was gathered, or flew somewhere."""


@dataclass(frozen=True, slots=True)
class GoToPlace(Intent):
    """Fly to a point of the site, metres."""

    point: Point


@dataclass(frozen=True, slots=True)
class GatherAll(Intent):
    """Call people to where one is, all when nobody is named; None calls, or releases whom one has called."""

    people: tuple[int, ...] = ()
    release: bool | None = None


@dataclass(frozen=True, slots=True)
class Come(Intent):
    """Go to who has called, and follow them."""


@dataclass(frozen=True, slots=True)
class RaiseHand(Intent):
    """Raise one's hand, or lower it; None turns it about."""

    up: bool | None = None


@dataclass(frozen=True, slots=True)
class GiveWord(Intent):
    """Let somebody be heard everywhere; who may not speak yet becomes a participant first."""

    person: int


@dataclass(frozen=True, slots=True)
class WanderAlone(Intent):
    """Look at things in one's own way, not at the view that is everybody's, or again at that."""

    alone: bool | None = None


@dataclass(frozen=True, slots=True)
class TogglePointing(Intent):
    """Show the others where the cursor meets the model, or no more."""


@dataclass(frozen=True, slots=True)
class PingHere(Intent):
    """Say "look here" to all; None means the place under the cursor, else the selection."""

    point: Point | None = None


@dataclass(frozen=True, slots=True)
class StepView(Intent):
    """Show the next prepared view, or with -1 the one before."""

    steps: int = 1


@dataclass(frozen=True, slots=True)
class SetTogether(Intent):
    """Change what is remembered of how this person takes part: a name in ``TogetherPreferences``."""

    name: str
    on: bool


# ---- the meeting ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BeginMeeting(Intent):
    """Begin the review."""

    title: str = ""
    stage: str = ""


@dataclass(frozen=True, slots=True)
class EndMeeting(Intent):
    """End the review."""


@dataclass(frozen=True, slots=True)
class AskToEndMeeting(Intent):
    """Ask before the review ends."""


@dataclass(frozen=True, slots=True)
class StepItem(Intent):
    """Turn to the next point of the agenda, or with -1 to the one before."""

    steps: int = 1


@dataclass(frozen=True, slots=True)
class TurnTo(Intent):
    """Turn to a point of the agenda, "" for none."""

    item: str


@dataclass(frozen=True, slots=True)
class OpenItem(Intent):
    """Open the form for a point of the agenda, with "" for a new one; the form of an open one closes."""

    item: str = ""
    parked: bool = False


@dataclass(frozen=True, slots=True)
class CloseItem(Intent):
    """Close the form for a point of the agenda without changing it."""


@dataclass(frozen=True, slots=True)
class PutItem(Intent):
    """Take what the form for a point of the agenda holds."""


@dataclass(frozen=True, slots=True)
class RemoveItem(Intent):
    """Take a point off the agenda or the parking list."""

    item: str


@dataclass(frozen=True, slots=True)
class MoveItem(Intent):
    """Move a point of the agenda up (-1) or down (1)."""

    item: str
    steps: int


@dataclass(frozen=True, slots=True)
class ParkItem(Intent):
    """Put a point of the agenda on the parking list, or bring it back; "" is the one that is on."""

    item: str = ""
    parked: bool = True


@dataclass(frozen=True, slots=True)
class ParkText(Intent):
    """Put a line of text on the parking list."""

    text: str


@dataclass(frozen=True, slots=True)
class AttachView(Intent):
    """Let a prepared view belong to a point of the agenda, or no more; "" keeps what is seen now."""

    item: str
    view: str = ""
    attached: bool = True


@dataclass(frozen=True, slots=True)
class TakeMinutes(Intent):
    """Write down what was said about a point of the agenda."""

    item: str
    text: str


@dataclass(frozen=True, slots=True)
class GiveDuty(Intent):
    """Make somebody driver or scribe, 0 for nobody."""

    duty: Duty
    person: int


@dataclass(frozen=True, slots=True)
class OpenVote(Intent):
    """Open the form for a question to vote on."""


@dataclass(frozen=True, slots=True)
class AskVote(Intent):
    """Ask everybody a question; of no options the answers are yes, no, and abstention."""

    question: str
    options: tuple[str, ...] = ()
    topic: str = ""


@dataclass(frozen=True, slots=True)
class VoteFor(Intent):
    """Vote, or vote otherwise."""

    vote: str
    choice: int


@dataclass(frozen=True, slots=True)
class FinishVote(Intent):
    """End a vote."""

    vote: str


@dataclass(frozen=True, slots=True)
class AskVerdict(Intent):
    """Ask before a decision is recorded, which nobody takes back."""

    decision: Decision
    text: str = ""


@dataclass(frozen=True, slots=True)
class GiveVerdict(Intent):
    """Record what was decided."""

    decision: Decision
    text: str = ""


# ---- the chat -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SayLine(Intent):
    """Write to all what the field of the chat holds, or a text."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class InsertLink(Intent):
    """Put a link into the field of the chat: to what is named, "" for the selection."""

    link: str = ""


@dataclass(frozen=True, slots=True)
class OpenLink(Intent):
    """Go to what a link of the chat names."""

    link: str
