"""Every wish about sections, prepared views, the orthogonal lens and the pins of topics.

The first group changes only what this person sees (``section_rules`` carries it out on the view); the second
needs the scene or the eye; the third asks the server.
"""

from __future__ import annotations

from dataclasses import dataclass

from walkdown.messages import Plane
from walkdown_client.tools.intents import Intent, Point

# ---- what this person sees ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChoosePlane(Intent):
    """Take a section plane by its handles; :data:`~walkdown_client.tools.sectioning.BOX` is the box."""

    number: int


@dataclass(frozen=True, slots=True)
class PutPlane(Intent):
    """Let a section plane be another one; numbers that are no plane change nothing."""

    number: int
    plane: Plane


@dataclass(frozen=True, slots=True)
class FlipPlane(Intent):
    """Cut away the other side; -1 is the chosen plane, else the newest."""

    number: int = -1


@dataclass(frozen=True, slots=True)
class AlignPlane(Intent):
    """Turn a section plane so that it lies across the nearest axis of the site; -1 as for flipping."""

    number: int = -1


@dataclass(frozen=True, slots=True)
class RemovePlane(Intent):
    """Take a section plane away; -1 as for flipping."""

    number: int = -1


@dataclass(frozen=True, slots=True)
class PutSectionBox(Intent):
    """Cut away all that is outside of a box, metres, site frame."""

    low: Point
    high: Point


@dataclass(frozen=True, slots=True)
class ClearSection(Intent):
    """Take all section planes and the box away."""


@dataclass(frozen=True, slots=True)
class LeaveView(Intent):
    """Show no more what belongs to a view alone: its lines, its colours, and when it was seen."""


@dataclass(frozen=True, slots=True)
class TogglePins(Intent):
    """Show the pins of topics, or not; ``closed`` those of closed topics."""

    closed: bool = False


@dataclass(frozen=True, slots=True)
class EditView(Intent):
    """Open the title of a prepared view for writing, "" closes it."""

    view: str = ""


# ---- where this person looks -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CutHere(Intent):
    """Put a section plane through the face under the cursor; what lies before the face goes."""


@dataclass(frozen=True, slots=True)
class ToggleSectionBox(Intent):
    """Put a section box around the selection, or take it away again."""


@dataclass(frozen=True, slots=True)
class ToggleOrthogonal(Intent):
    """See without perspective, or with it again."""


@dataclass(frozen=True, slots=True)
class UsualLens(Intent):
    """See as wide as usual again, after a view with another angle."""


@dataclass(frozen=True, slots=True)
class ShowKeptView(Intent):
    """Look as one of the session's views does."""

    view: str


# ---- what everybody will see -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShareForAll(Intent):
    """Let everybody see one's section, what one hides and one's colours, or no more; None turns it about."""

    on: bool | None = None


@dataclass(frozen=True, slots=True)
class KeepView(Intent):
    """Keep what one sees as one of the session's prepared views; "" gives it a number as its title."""

    title: str = ""


@dataclass(frozen=True, slots=True)
class KeepAgain(Intent):
    """Let a prepared view be what one sees now."""

    view: str


@dataclass(frozen=True, slots=True)
class RenameView(Intent):
    """Give a prepared view another title."""

    view: str
    title: str


@dataclass(frozen=True, slots=True)
class MoveView(Intent):
    """Move a prepared view up (-1) or down (1) among the others."""

    view: str
    steps: int


@dataclass(frozen=True, slots=True)
class RemoveView(Intent):
    """Remove a prepared view."""

    view: str


@dataclass(frozen=True, slots=True)
class ShareKeptView(Intent):
    """Look as a prepared view does, and let everybody see it so."""

    view: str


@dataclass(frozen=True, slots=True)
class PresentFrom(Intent):
    """Show a prepared view to all; the keys for the next and the one before go on from it."""

    view: str
