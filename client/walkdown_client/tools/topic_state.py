"""What one person has open of topics, what they type and what is on its way; and what the app tells panels.

Pure: nothing here knows a server or a picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from walkdown.messages import Attached, ExportFormat, TopicChange, TopicFields, Viewpoint
from walkdown.review import MergePlan
from walkdown.review.evidence import EvidenceFile
from walkdown_client.tools.intents import Point

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
        writes: the field of the card that is to get the keyboard.
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
    writes: str = ""
    export: ExportForm = field(default_factory=ExportForm)

    def takes_keyboard(self, name: str) -> bool:
        """Tell whether a field of the card is to get the keyboard now, once."""
        wanted = self.writes == name
        self.writes = "" if wanted else self.writes
        return wanted


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
