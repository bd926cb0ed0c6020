"""How one person takes part in a review: what is remembered, what holds for a visit, what is being typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from walkdown.i18n import mark
from walkdown.messages import AgendaItem, Decision, Duty

DECISION_TEXT: Mapping[Decision, str] = {
    "approved": mark("Approved"),
    "approved_with_actions": mark("Approved with actions"),
    "repeat": mark("To be reviewed again"),
    "rejected": mark("Rejected"),
}
DUTY_TEXT: Mapping[Duty, str] = {"driver": mark("Driver"), "scribe": mark("Scribe")}


@dataclass(slots=True)
class TogetherPreferences:
    """What is remembered per person between sessions.

    Attributes:
        come_at_once: who calls everybody moves this person's screen without asking first.
        show_followers: who follows sees one's section and what one hides.
        cut: places change at once, without a flight.
    """

    come_at_once: bool = False
    show_followers: bool = True
    cut: bool = False


@dataclass(frozen=True, slots=True)
class PingShown:
    """Somebody says "look here".

    Attributes:
        age_secs: since it was heard.
        x, y: where the place is in the picture, -1 left to 1 right and -1 bottom to 1 top, when ``seen``.
        right_rad: how far to turn to the right. up: from -1 straight below to 1. distance_m: from the eye.
    """

    person: int
    point: tuple[float, float, float]
    thing: str
    age_secs: float
    seen: bool
    x: float
    y: float
    right_rad: float
    up: float
    distance_m: float


@dataclass(slots=True)
class ItemForm:
    """A point of the agenda that is being written.

    Attributes:
        item: its id, "" for a new one. seen: how it stood when the form was opened. minutes: as it is typed.
        wrong: why it was not taken. focus: the title gets the keyboard.
    """

    item: str = ""
    title: str = ""
    minutes: str = ""
    owner: str = ""
    text: str = ""
    parked: bool = False
    seen: AgendaItem | None = None
    wrong: str = ""
    focus: bool = True


@dataclass(slots=True)
class MeetingForm:
    """What is typed and chosen in the panel of the meeting.

    Attributes:
        title, stage: of a review that is to begin. item: None while no point of the agenda is open.
        parking: a line for the parking list. question, options: of a vote, the options by lines.
        decision, verdict: what is to be recorded.
        asks: the form of a vote is open. asks_now: it has just been opened, and gets the keyboard.
    """

    title: str = ""
    stage: str = ""
    item: ItemForm | None = None
    parking: str = ""
    question: str = ""
    options: str = ""
    asks: bool = False
    asks_now: bool = False
    decision: Decision = "approved_with_actions"
    verdict: str = ""


@dataclass(slots=True)
class ChatForm:
    """What is typed in the chat.

    Attributes:
        text: as it is typed, links as ``@label``. labels: what each label in it stands for.
        seen: number of the newest line that was read, heard: of the newest that came; -1 before one came.
        waiting: lines that the server does not have yet, by their ids.
        focus: the field gets the keyboard. version: grows when something else than typing changes the text.
        choice: which of the offers for what stands after ``@`` is chosen. to_end: the newest line is shown.
    """

    text: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    seen: int = -1
    heard: int = -1
    waiting: dict[str, str] = field(default_factory=dict)
    focus: bool = False
    version: int = 0
    choice: int = 0
    to_end: bool = False

    def write(self, text: str) -> None:
        """Let the field hold another text, with the keyboard in it."""
        self.text, self.focus, self.choice = text, True, 0
        self.to_end = not text
        self.version += 1


@dataclass(slots=True)
class Taking:
    """How one takes part during this visit.

    Attributes:
        following: whom one follows, 0 for nobody. places: to how many one can return.
        pointing: one's ray is shown. hand: it is up. alone: the view that is everybody's is not one's own.
        hands: whose hands are up, in the order in which they rose.
        called_by: who calls, as long as one has not answered. caller: oneself calls, and has not released.
        came: of those whom one has called, how many have come, and how many they are.
        pings: who says "look here", the newest last.
        dark: how dark the picture is while a place changes, 0 to 1.
        prepared: id of the prepared view that was shown last.
    """

    following: int = 0
    places: int = 0
    pointing: bool = False
    hand: bool = False
    alone: bool = False
    hands: list[int] = field(default_factory=list)
    called_by: int = 0
    caller: bool = False
    came: tuple[int, int] = (0, 0)
    pings: tuple[PingShown, ...] = ()
    dark: float = 0.0
    prepared: str = ""
    form: MeetingForm = field(default_factory=MeetingForm)
    chat: ChatForm = field(default_factory=ChatForm)

    def leave(self) -> bool:
        """Follow nobody; tell whether one did."""
        was, self.following = self.following, 0
        return bool(was)
