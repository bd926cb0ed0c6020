"""What one person sees and how: selection, colours, open panels, preferences. Nobody else depends on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from walkdown.messages import Role
from walkdown_client.tools.appearance import Viewing
from walkdown_client.tools.gizmo import Moving
from walkdown_client.tools.hearing import Hearing, SoundPreferences
from walkdown_client.tools.intents import AskFirst, ElementInfo, Intent, Point
from walkdown_client.tools.marking import Marking
from walkdown_client.tools.meeting import Taking, TogetherPreferences
from walkdown_client.tools.sectioning import Sectioning
from walkdown_client.tools.topic_state import TopicDesk

QUALITIES = ("low", "medium", "high")
PRESETS = ("cad", "blender", "game")
THEMES = ("dark", "light")
HINTS = ("move", "click", "talk", "colour", "note", "palette")
"""The first steps, in the order in which the hint strip shows them."""


@dataclass(slots=True)
class Preferences:
    """What is remembered per person between sessions.

    Attributes:
        topics_read: by address of a session, up to which record all comments were seen.
    """

    preset: str = "cad"
    language: str = "en"
    theme: str = "dark"
    ui_scale: float = 1.0
    quality: str = "high"
    hints_done: list[str] = field(default_factory=list)
    left_width: float = 320.0
    right_width: float = 360.0
    sound: SoundPreferences = field(default_factory=SoundPreferences)
    together: TogetherPreferences = field(default_factory=TogetherPreferences)
    topics_read: dict[str, int] = field(default_factory=dict)


NOISE = "noise"
"""The mode in which the floor shows how loud it is, and things keep their own colours."""


@dataclass(frozen=True, slots=True)
class Colouring:
    """By what things are coloured: ``none``, ``state``, :data:`NOISE`, or ``signal`` (by name and unit)."""

    mode: str = "state"
    name: str = ""
    unit: str = ""


@dataclass(slots=True)
class NoteDraft:
    """A note that is being written.

    Attributes:
        note: UUID. is_new: it is not yet in the session.
        point: metres, site frame. model: id of the model that is there, "" for the site.
        base: the record that its author has seen of it, 0 for none.
        meanwhile: what has happened to it since then, when it was refused for that.
    """

    note: str
    point: Point
    thing: str = ""
    text: str = ""
    is_new: bool = True
    model: str = ""
    base: int = 0
    meanwhile: str = ""


@dataclass(slots=True)
class BringForm:
    """What is typed about a model file that is to be brought in.

    Attributes:
        here: it is put where this person looks, not where its coordinates say.
        replaces: id of the model whose next revision it is, "" for a new one.
        error: what was wrong with it, one sentence.
    """

    path: str = ""
    unit: str = ""
    up: str = ""
    crs: str = ""
    scale: str = ""
    here: bool = False
    replaces: str = ""
    error: str = ""


@dataclass(slots=True)
class ShareForm:
    """What is chosen about the next link.

    Attributes:
        role, hours, uses, code: as in :class:`walkdown_client.tools.intents.Invite`.
        opened: the person has agreed to open the door of this computer's server.
        elsewhere: a short code or link of another session, as it is typed. error: what is wrong with it.
        joining: it is being looked for.
    """

    role: Role = "participant"
    hours: float = 8.0
    uses: int = 0
    code: bool = True
    opened: bool = False
    elsewhere: str = ""
    error: str = ""
    joining: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be done about something: the verb on its button, and the wish."""

    verb: str
    intent: Intent


@dataclass(frozen=True, slots=True)
class Toast:
    """A message that goes away by itself; an error stays until it is closed.

    Attributes:
        title: what happened. text: what it means for the reader and what to do. details: under a fold.
        person: offers to go to this person. offer: something else that can be done.
        is_warning: something is not as it should be.
        until_secs: when it goes, on the app's monotonic clock.
    """

    number: int
    title: str
    text: str = ""
    details: str = ""
    person: int | None = None
    is_error: bool = False
    until_secs: float = float("inf")
    offer: Offer | None = None
    is_warning: bool = False


@dataclass(slots=True)
class ViewState:
    """All that panels and the scene need to know about this person's view.

    Attributes:
        selection: ids of selected things, the newest last.
        elements: keys of selected elements that are no things, the newest last.
        element: the newest of them, when nothing was selected after it.
        hovered: thing under the cursor or pointed at in a panel.
        hover_point: metres, site frame, where the cursor meets the model, or None. hover_model: id of the
            model that is there, "" for none.
        laid_aside: a new note whose editor was closed before it was placed; it comes back with the next one.
        hidden, isolated, ghosted: ids of things and keys of elements; with each goes all below it.
            When something is isolated, the rest of its storey is drawn faintly and other storeys are not.
        walking: whether this person is on foot, and does not fly.
        sectioning: what is cut away. viewing: views that are kept, shown and shared.
        bring: what is typed about a model file. moving: the model that is being moved.
        share: what is chosen about the next link. question: what is asked before it is done.
        person: about whom the panel of people tells all, 0 for nobody.
        hearing: how this person hears and speaks during this visit. topics: what they have open of topics.
        together: how this person takes part in the review. marking: what they measure and draw with.
        closed_tasks: models that could not be brought in, and about which this person knows.
        searches: what is typed into the search field of each panel. unfolded: what is open in trees.
        tree_by: how the tree is sorted, "" for what suits the model best. tree_row: the row that the
            arrow keys have reached.
    """

    preferences: Preferences = field(default_factory=Preferences)
    selection: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()
    element: ElementInfo | None = None
    hovered: str = ""
    hover_point: Point | None = None
    hover_model: str = ""
    colouring: Colouring = field(default_factory=Colouring)
    hidden: frozenset[str] = frozenset()
    isolated: frozenset[str] = frozenset()
    ghosted: frozenset[str] = frozenset()
    overview: bool = False
    walking: bool = False
    panel: str = ""
    searches: dict[str, str] = field(default_factory=dict)
    unfolded: set[str] = field(default_factory=set)
    tree_by: str = ""
    tree_row: str = ""
    palette_open: bool = False
    palette_row: int = 0
    cheat_sheet_open: bool = False
    draft: NoteDraft | None = None
    laid_aside: NoteDraft | None = None
    bring: BringForm = field(default_factory=BringForm)
    moving: Moving | None = None
    closed_tasks: frozenset[str] = frozenset()
    share: ShareForm = field(default_factory=ShareForm)
    question: AskFirst | None = None
    sectioning: Sectioning = field(default_factory=Sectioning)
    viewing: Viewing = field(default_factory=Viewing)
    person: int = 0
    hearing: Hearing = field(default_factory=Hearing)
    together: Taking = field(default_factory=Taking)
    topics: TopicDesk = field(default_factory=TopicDesk)
    marking: Marking = field(default_factory=Marking)
    toasts: list[Toast] = field(default_factory=list)
    next_toast: int = 1

    @property
    def selected(self) -> str:
        """The thing that the inspector shows, or ""."""
        return self.selection[-1] if self.selection else ""

    @property
    def marked(self) -> frozenset[str]:
        """All that is selected: ids of things and keys of elements."""
        return frozenset(self.selection + self.elements)

    def say(self, toast: Callable[[int], Toast]) -> None:
        """Add a message; ``toast`` is given its number."""
        self.toasts.append(toast(self.next_toast))
        self.next_toast += 1


def load_preferences(path: Path, default: Preferences) -> Preferences:
    """Return the remembered preferences; a missing or damaged file gives ``default``."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Preferences)
    except (OSError, msgspec.DecodeError):
        return default


def save_preferences(path: Path, preferences: Preferences) -> None:
    """Remember the preferences."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(preferences)))
