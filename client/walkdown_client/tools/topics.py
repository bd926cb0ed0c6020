"""The rules by which topics are read: how one stands, when it is due, and where it is or was.

Pure: nothing here knows a server or a picture.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from walkdown.errors import BadInput
from walkdown.i18n import _
from walkdown.messages import Placement, TopicFields, Viewpoint, Vocabulary
from walkdown_client.placements import point_in_site
from walkdown_client.tools.intents import Point

Standing = Literal["open", "working", "resolved", "closed", "other"]
Due = Literal["none", "overdue", "today", "soon", "later", "unread"]

_STANDINGS: Mapping[str, Standing] = {
    "": "open",
    "open": "open",
    "active": "open",
    "new": "open",
    "reopened": "open",
    "re-opened": "open",
    "in progress": "working",
    "inprogress": "working",
    "assigned": "working",
    "waiting": "working",
    "resolved": "resolved",
    "done": "resolved",
    "answered": "resolved",
    "completed": "resolved",
    "approved": "closed",
    "closed": "closed",
    "rejected": "closed",
    "void": "closed",
    "cancelled": "closed",
    "canceled": "closed",
    "offen": "open",
    "in arbeit": "working",
    "in bearbeitung": "working",
    "gelöst": "resolved",
    "erledigt": "resolved",
    "geschlossen": "closed",
    "打开": "open",
    "进行中": "working",
    "已解决": "resolved",
    "已关闭": "closed",
}
SOON_DAYS = 7
"""Up to so many days ahead a due date is soon."""

SPEAKER_SECS = 30.0
"""Who spoke so lately is taken for the one who brought a topic up, when nobody speaks."""


# ---- how a topic stands ------------------------------------------------------------------------------


def standing(status: str) -> Standing:
    """Return what a status means; words that nobody knows count as unfinished.

    >>> standing("In Progress"), standing("Closed"), standing("Waits for the vendor")
    ('working', 'closed', 'other')
    """
    return _STANDINGS.get(status.strip().casefold(), "other")


def is_finished(topic: TopicFields) -> bool:
    """Tell whether nothing is left to be done about a topic."""
    return standing(topic.status) in ("resolved", "closed")


def word_for(meaning: Standing, vocabulary: Vocabulary) -> str:
    """Return the session's word for a standing, else BCF's."""
    plain = {"open": "Open", "working": "In progress", "resolved": "Resolved", "closed": "Closed"}
    there = (word for word in vocabulary.statuses if word and standing(word) == meaning)
    return next(there, plain.get(meaning, "Open"))


# ---- when it is due ------------------------------------------------------------------------------


def due_day(due: str) -> date | None:
    """Return the day of a due date, None for none or for what is no date.

    A time with a zone counts as its day where it was written.
    """
    try:
        return datetime.fromisoformat(due).date() if due else None
    except ValueError:
        return None


def due_state(topic: TopicFields, today: date) -> tuple[Due, int]:
    """Return how a due date lies, and in how many days it is; what is finished is never overdue."""
    if not topic.due:
        return "none", 0
    day = due_day(topic.due)
    if day is None:
        return "unread", 0
    days = (day - today).days
    if days < 0:
        return ("later", days) if is_finished(topic) else ("overdue", days)
    return ("today" if days == 0 else "soon" if days <= SOON_DAYS else "later"), days


_DAYS = re.compile(r"\+?\s*(\d{1,4})\s*([dwDW]?)")
_POINTED = re.compile(r"(\d{1,2})\.\s*(\d{1,2})\.\s*(\d{4})")


def read_due(text: str, today: date) -> str:
    """Return what was typed as a due date in the form that is kept.

    >>> read_due("+2w", date(2026, 11, 26)), read_due("3.12.2026", date(2026, 11, 26)), read_due("", date.min)
    ('2026-12-10', '2026-12-03', '')

    Raises:
        BadInput: it is no date.
    """
    text = text.strip()
    if not text or due_day(text) is not None:
        return text
    try:
        if found := _POINTED.fullmatch(text):
            day, month, year = map(int, found.groups())
            return date(year, month, day).isoformat()
        if found := _DAYS.fullmatch(text):
            count = int(found[1]) * (7 if found[2].casefold() == "w" else 1)
            return (today + timedelta(days=count)).isoformat()
    except (ValueError, OverflowError):
        pass
    raise BadInput(
        _("expected a date such as 2026-12-03, or +14 for in 14 days, got {text!r}").format(text=text)
    )


# ---- where it is ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Orphaned:
    """A topic whose model or things are not in the session any more.

    Attributes:
        model: that on which its pin stands is gone. things: those that no model has.
    """

    model: bool
    things: tuple[str, ...]


def orphaned(
    topic: TopicFields, *, knows: Callable[[str], bool | None], models: Collection[str]
) -> Orphaned | None:
    """Return why a topic is orphaned, None when it is not.

    It is when the model of its pin was taken out, or when none of its things is there any more.

    Args:
        knows: tells whether the session has a thing or element; None while nobody can tell.
        models: ids of the models of the session.
    """
    gone = tuple(thing for thing in topic.things if knows(thing) is False)
    model = bool(topic.model) and topic.point is not None and topic.model not in models
    if model or (gone and len(gone) == len(topic.things)):
        return Orphaned(model, gone)
    return None


def last_place(
    topic: TopicFields, *, placement: Placement | None, views: Collection[Viewpoint]
) -> Point | None:
    """Return where a topic is or was, metres, site frame: its pin, else what its first view looks at.

    Args:
        placement: of the model on which its pin stands, None when that is gone; then a pin on it counts as
            long as no view tells more.
    """
    if topic.point is not None and not topic.model:
        return topic.point
    if topic.point is not None and placement is not None:
        return point_in_site(placement, topic.point)
    camera = next((view.camera for view in views if view.camera is not None), None)
    if camera is None:
        return topic.point
    x, y, z = (at + LOOKED_AT_M * ahead for at, ahead in zip(camera.position, camera.direction, strict=True))
    return x, y, z


LOOKED_AT_M = 5.0
"""So far before a camera is what it was pointed at, when nothing else tells."""
