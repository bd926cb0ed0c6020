"""What one person has open of topics, and the rules by which topics are read: standing, due date, place.

Pure: nothing here knows a server or a picture.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from walkdown.errors import BadInput
from walkdown.i18n import _
from walkdown.messages import (
    Attached,
    ExportFormat,
    Placement,
    TopicChange,
    TopicFields,
    Viewpoint,
    Vocabulary,
)
from walkdown.review import MergePlan
from walkdown.review.evidence import EvidenceFile
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


def missing_things(topic: TopicFields, *, knows: Callable[[str], bool | None]) -> tuple[str, ...]:
    """Return the things of a topic that the session does not have."""
    return tuple(thing for thing in topic.things if knows(thing) is False)


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


# ---- what is being written ------------------------------------------------------------------------------


@dataclass(slots=True)
class TopicDraft:
    """A topic that is being written.

    Attributes:
        topic: UUID. point, model: where its pin will stand, metres, in the frame of ``model``.
        viewpoint: how it was seen when the key was pressed. picture: SHA-256 of what was
            seen then, "" for none.
        meanwhile: why it is here again, one sentence.
    """

    topic: str
    title: str = ""
    description: str = ""
    type: str = ""
    status: str = ""
    priority: str = ""
    stage: str = ""
    discipline: str = ""
    assigned: str = ""
    assigned_id: str = ""
    due: str = ""
    things: tuple[str, ...] = ()
    point: Point | None = None
    model: str = ""
    item: str = ""
    speaker: str = ""
    viewpoint: Viewpoint | None = None
    picture: str = ""
    meanwhile: str = ""


TITLE_MAX, PROSE_MAX = 500, 16_000


def finished(draft: TopicDraft) -> TopicFields | None:
    """Return what is to be placed, None while there is no title."""
    title = " ".join(draft.title.split())[:TITLE_MAX]
    if not title:
        return None
    return TopicFields(
        title=title,
        description=draft.description.strip()[:PROSE_MAX],
        type=draft.type,
        status=draft.status,
        priority=draft.priority,
        stage=draft.stage,
        discipline=draft.discipline,
        assigned=draft.assigned,
        assigned_id=draft.assigned_id,
        due=draft.due,
        things=draft.things,
        point=draft.point,
        model=draft.model,
        item=draft.item,
        speaker=draft.speaker,
    )


FieldKey = tuple[str, str]
"""A topic and one of its fields."""


@dataclass(slots=True)
class Typed:
    """What is being typed into a field; ``base``: the newest record of the topic when that began."""

    text: str
    base: int


@dataclass(frozen=True, slots=True)
class Sent:
    """What was put into a field and is not confirmed yet; ``op`` is its number at the link."""

    value: Any
    op: int


@dataclass(frozen=True, slots=True)
class Clash:
    """Two people have changed one field.

    Attributes:
        mine: what one had typed. theirs: what stands there now. by: whose that is.
        base: the record that has been seen by now.
    """

    mine: Any
    theirs: Any
    by: str
    base: int


Sort = Literal["number", "changed", "due", "priority", "owner", "title"]


@dataclass(slots=True)
class TopicFilters:
    """Which topics are listed, and in which order.

    Attributes:
        mine: one owns them. unfinished: something is left to be done. due: ``overdue`` or ``soon``.
        unread: somebody has said something that one has not seen. thing: about this thing.
    """

    mine: bool = False
    unfinished: bool = False
    parked: bool = False
    orphaned: bool = False
    unread: bool = False
    due: Literal["", "overdue", "soon"] = ""
    discipline: str = ""
    priority: str = ""
    thing: str = ""
    sort: Sort = "number"
    descending: bool = True

    @property
    def any(self) -> bool:
        """Whether some topics are left out."""
        chosen = (self.mine, self.unfinished, self.parked, self.orphaned, self.unread, self.due)
        return any((*chosen, self.discipline, self.priority, self.thing))


@dataclass(slots=True)
class ExportForm:
    """What is chosen about a file that is taken out.

    Attributes:
        scope: ``all``, ``listed`` (those that the panel lists) or ``one`` (``topic``).
        language: "" for one's own.
    """

    format: ExportFormat = "bcf-3.0"
    scope: Literal["all", "listed", "one"] = "all"
    topic: str = ""
    language: str = ""


@dataclass(slots=True)
class TopicDesk:
    """What one person has open of topics.

    Attributes:
        draft: what is being written. laid_aside: what was closed before it was placed; it comes back.
        topic: whose card is open, "" for the list. row: the topic that the arrow keys have reached.
        typed, sent, clashes: by topic and field.
        comments: what is typed as a comment, by topic. replies: to which comment, by topic.
        editing: the comment of one's own that is being changed, and its text.
        read: by topic the newest record that one has seen. read_until: all up to here counts as seen.
        left_out: topics of a file that are not to be merged. merging: the file whose merge view is open.
        listed: what the list shows, in its order.
        picture: of the store, shown large. words: lists of words that are being changed, a line each.
    """

    draft: TopicDraft | None = None
    laid_aside: TopicDraft | None = None
    topic: str = ""
    row: str = ""
    filters: TopicFilters = field(default_factory=TopicFilters)
    typed: dict[FieldKey, Typed] = field(default_factory=dict)
    sent: dict[FieldKey, Sent] = field(default_factory=dict)
    clashes: dict[FieldKey, Clash] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    replies: dict[str, str] = field(default_factory=dict)
    with_view: set[str] = field(default_factory=set)
    editing: tuple[str, str] = ("", "")
    read: dict[str, int] = field(default_factory=dict)
    read_until: int = -1
    left_out: frozenset[str] = frozenset()
    merging: str = ""
    listed: tuple[str, ...] = ()
    picture: str = ""
    words: dict[str, str] = field(default_factory=dict)
    export: ExportForm = field(default_factory=ExportForm)


# ---- what the app tells panels --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TopicsTask:
    """A file of topics on its way in: its phase as ``FileSending`` names it, and how much of that is done."""

    file: str
    name: str
    phase: str
    part: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class OpenMerge:
    """A file whose topics can be merged."""

    file: str
    plan: MergePlan


@dataclass(frozen=True, slots=True)
class History:
    """All changes of a topic as the server told them; ``text`` says why there are none."""

    topic: str
    number: int
    changes: tuple[TopicChange, ...] = ()
    text: str = ""


Shown = Literal["waits", "there", "failed"]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of the store; ``texture`` is imgui's number for it, 0 unless it is there."""

    state: Shown
    texture: int = 0
    width: int = 0
    height: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """What panels of topics show that neither world nor view knows.

    Attributes:
        tasks: files of topics that one brings in. merge: one that waits to be looked at.
        history: of the open topic. evidence: of the open topic, read; a sentence says why there is none.
        picture, large: ask for a picture of the store by its hash, small or as large as a window.
        knows: tells whether the session has a thing or element, None while nobody can tell.
        exporting: what is being made for one, "" for nothing. speaker: who speaks or spoke lately.
    """

    tasks: tuple[TopicsTask, ...] = ()
    merge: OpenMerge | None = None
    history: History | None = None
    evidence: EvidenceFile | str | None = None
    knows: Callable[[str], bool | None] = lambda key: None
    large: Callable[[str], Picture] = lambda sha256: Picture("waits")
    picture: Callable[[str], Picture] = lambda sha256: Picture("waits")
    exporting: str = ""
    speaker: str = ""


def file_icon(file: Attached) -> str:
    """Return which kind of file something is, for its icon: ``picture`` or ``file``."""
    return "picture" if file.media in ("image/png", "image/jpeg") else "file"
