"""What the palette reaches of marks: what can be measured, values, and single marks."""

from __future__ import annotations

from collections.abc import Iterator

from walkdown.i18n import _, mark
from walkdown_client.tools import intents as wish
from walkdown_client.tools import mark_intents as marks
from walkdown_client.tools.marking import title_of
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.entry import Entry

LISTED_MAX = 500
"""Single marks beyond so many are found in their panel."""

_TOOLS: tuple[tuple[str, str], ...] = (
    ("dimension", mark("Measure a distance")),
    ("area", mark("Measure an area")),
    ("angle", mark("Measure an angle")),
    ("clearance", mark("Measure a clearance")),
)


def mark_entries(frame: Frame) -> Iterator[Entry]:
    """Yield all of them."""
    kind, view = _("mark"), frame.view
    for tool, text in _TOOLS:
        yield Entry(_(text), kind, "", marks.TakeTool(tool), tool)
    if len(view.selection) + len(view.elements) == 2:
        text = _("Measure the clearance between the two selected")
        yield Entry(text, kind, "", marks.MeasureSelection(), "clearance")
    if frame.world.review.marks:
        yield Entry(_("Copy the values of all marks"), kind, "", marks.CopyMarks(), "export")
    if view.marking.laid_aside is not None:
        yield Entry(_("Throw away the sketch that was laid aside"), kind, "", marks.GiveUpMark())
    yield from _single(frame, kind)


def _single(frame: Frame, kind: str) -> Iterator[Entry]:
    newest = sorted(frame.world.review.marks.values(), key=lambda one: -one.number)[:LISTED_MAX]
    for one in newest:
        intent: wish.Intent = marks.GoToMark(one.mark)
        yield Entry(title_of(one), kind, one.author, intent, one.kind)
