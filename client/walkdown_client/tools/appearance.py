"""How things look to one person besides the model: what is cut, hidden and painted, and by whose view."""

from __future__ import annotations

from dataclasses import dataclass

from walkdown.messages import Painted, Segment, Viewpoint
from walkdown_client.tools.sectioning import UNCUT, Section


@dataclass(frozen=True, slots=True)
class Appearance:
    """What of a view can be everybody's: all but the eye, the selection and the moment."""

    section: Section = UNCUT
    hidden: frozenset[str] = frozenset()
    isolated: frozenset[str] = frozenset()
    ghosted: frozenset[str] = frozenset()
    painted: tuple[Painted, ...] = ()
    mode: str = ""
    quantity: str = ""
    unit: str = ""


@dataclass(slots=True)
class Viewing:
    """What a person sees besides the model, and how views are kept and shared.

    Attributes:
        shown: the viewpoint that was shown last, until one leaves it; its lines are drawn.
        painted: things in colours of their own.
        sharing: section and visibility are everybody's.
        shared_by: whose section and visibility one sees, 0 for one's own. own: how one saw things before.
        pins, closed_pins: whether pins of topics, and of closed ones, are drawn. pin: id of the topic whose
            pin is under the cursor, "" for none.
        editing: id of the prepared view whose title is being written. title: as it is typed.
    """

    shown: Viewpoint | None = None
    painted: tuple[Painted, ...] = ()
    sharing: bool = False
    shared_by: int = 0
    own: Appearance | None = None
    pins: bool = True
    closed_pins: bool = False
    pin: str = ""
    editing: str = ""
    title: str = ""

    @property
    def lines(self) -> tuple[Segment, ...]:
        """What is drawn of the view that is shown."""
        return self.shown.lines if self.shown is not None else ()
