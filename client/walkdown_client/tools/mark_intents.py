"""Every wish about marks: what is measured, drawn and attached in the scene."""

from __future__ import annotations

from dataclasses import dataclass

from walkdown.messages import MarkKind
from walkdown_client.tools.intents import Intent, Point

# ---- what this person sees ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TakeTool(Intent):
    """Take a tool, or put it away when it is in the hand; "" puts away whichever is.

    Attributes:
        tool: ``dimension``, ``area``, ``angle``, ``clearance``, ``arrow`` or ``sketch``.
    """

    tool: MarkKind | str


@dataclass(frozen=True, slots=True)
class Measure(Intent):
    """Take the tool by which one measured last, at first that for distances, or put it away."""


@dataclass(frozen=True, slots=True)
class NextMeasure(Intent):
    """Measure something else: distance, area, angle, clearance and again."""


@dataclass(frozen=True, slots=True)
class DrawOnFaces(Intent):
    """Let the pen follow the faces under it, or draw on a plane before the eye."""


@dataclass(frozen=True, slots=True)
class TakeBackPoint(Intent):
    """Take back the last point, or the last stroke, of what is being drawn."""


@dataclass(frozen=True, slots=True)
class GiveUpMark(Intent):
    """Throw away what is being drawn, a sketch that was laid aside too."""


@dataclass(frozen=True, slots=True)
class SelectMark(Intent):
    """Show all about a mark, "" for none."""

    mark: str


@dataclass(frozen=True, slots=True)
class ShowMarks(Intent):
    """Show the marks in the scene, or hide them, for this person alone."""


@dataclass(frozen=True, slots=True)
class WriteOnMark(Intent):
    """Open the field for the text of one's own mark."""

    mark: str


# ---- where this person looks ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GoToMark(Intent):
    """Fly to a mark and show all about it."""

    mark: str


# ---- what everybody will see ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FinishMark(Intent):
    """Place what has been drawn."""


@dataclass(frozen=True, slots=True)
class MeasureSelection(Intent):
    """Measure the clearance between the two things or elements that are selected."""


@dataclass(frozen=True, slots=True)
class SetMarkText(Intent):
    """Give one's own mark a text."""

    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class RemoveMark(Intent):
    """Remove one's own mark; who leads removes any."""

    mark: str


@dataclass(frozen=True, slots=True)
class TopicOfMark(Intent):
    """Make a topic of a mark."""

    mark: str


@dataclass(frozen=True, slots=True)
class AttachHere(Intent):
    """Attach a photo or file at a place.

    Attributes:
        path: where it lies; "" asks for it.
        point: metres, site frame; None is where the cursor or the selection is.
    """

    path: str = ""
    point: Point | None = None
    thing: str = ""
    model: str = ""


# ---- the program ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CancelMeasuring(Intent):
    """Stop measuring a clearance that takes long."""


@dataclass(frozen=True, slots=True)
class CancelAttaching(Intent):
    """Stop bringing in a photo or file."""

    file: str


@dataclass(frozen=True, slots=True)
class CopyMark(Intent):
    """Put the value of a mark on the clipboard, as people read it and in SI."""

    mark: str


@dataclass(frozen=True, slots=True)
class CopyMarks(Intent):
    """Put the values of all marks on the clipboard, as lines with tabs that spreadsheets take."""


@dataclass(frozen=True, slots=True)
class CopyFileLink(Intent):
    """Put the address of a mark's photo or file on the clipboard."""

    mark: str
