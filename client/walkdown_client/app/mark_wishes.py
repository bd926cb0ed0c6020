"""What a person wishes of marks goes to the server; what it refuses comes back into the hand.

A clearance is measured in a thread of its own: the picture goes on meanwhile, and it can be given up.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from walkdown import messages
from walkdown.i18n import _
from walkdown.messages import Mark, PutMark, Reply
from walkdown_client.app.models import Box, Models
from walkdown_client.app.shapes import Shapes
from walkdown_client.outgoing import PENDING_MAX
from walkdown_client.refusals import reply_sentence
from walkdown_client.tools import intents as wish
from walkdown_client.tools import mark_intents as marks
from walkdown_client.tools.clearance import Clearance, clearance
from walkdown_client.tools.intents import Intent
from walkdown_client.tools.marking import MarkDraft, draft_of, line_of, mark_of, site_points, title_of
from walkdown_client.tools.snapping import Shape
from walkdown_client.tools.topic_intents import BeginTopic
from walkdown_client.tools.view_state import ViewState
from walkdown_client.world import World

TEXT_MAX = 4000
AROUND_M = 0.75
"""So much is seen about a mark to which one flies."""

COLUMNS = ("kind", "value", "number", "unit", "thing", "other", "text", "author")


class Doing(Protocol):
    """What this needs of :class:`Wishes`."""

    def operate(self, operation: messages.ClientMessage) -> int:
        """Send to the server; returns its number, 0 when that could not be done."""

    def carry_out(self, intent: Intent) -> None:
        """Carry out another wish."""

    def fly_to(self, box: Box | None) -> None:
        """Fly to where a box fills the picture."""

    def say(self, title: str, text: str = "") -> None:
        """Show a message that goes away by itself."""

    def say_error(self, title: str, text: str, details: str = "") -> None:
        """Show what went wrong."""


@dataclass(eq=False)
class _Measured:
    """A clearance that is being measured: its shapes are read first, then a thread compares them."""

    draft: MarkDraft
    given_up: threading.Event = field(default_factory=threading.Event)
    result: Future[Clearance | None] | None = None


class MarkWishes:
    """Rules by the class of the wish, for :meth:`Wishes.add`.

    Args:
        shapes: of elements, as they stand now.
    """

    def __init__(
        self, world: World, view: ViewState, models: Models, *, doing: Doing, shapes: Shapes
    ) -> None:
        self._world, self._view, self._models = world, view, models
        self._doing, self._shapes = doing, shapes
        self._sent: dict[int, Mark] = {}
        self._measured: _Measured | None = None
        self._topics: dict[str, str] = {}
        self._to_write_on = ""
        self._pool: ThreadPoolExecutor | None = None

    def rules(self) -> Mapping[type[Intent], Callable[[Any], object]]:
        """Return what is done about each wish."""
        return {
            marks.FinishMark: self._finish,
            marks.MeasureSelection: self._measure_selection,
            marks.CancelMeasuring: lambda _intent: self._give_up(),
            marks.SetMarkText: self._set_text,
            marks.WriteOnMark: self._write_on,
            marks.RemoveMark: self._remove,
            marks.GoToMark: self._go_to,
            marks.TopicOfMark: self._topic_of,
            marks.CopyMark: self._copy,
            marks.CopyMarks: lambda _intent: self._copy_all(),
        }

    def step(self) -> None:
        """Go on with what is being measured, and with topics that were made of marks; once a frame."""
        if self._measured is not None:
            self._measure_on(self._measured)
        for topic in [topic for topic in self._topics if topic in self._world.review.topics]:
            there = self._world.review.marks.get(self._topics.pop(topic))
            if there is not None:
                self.put(msgspec.structs.replace(there, topic=topic), base=there.number)
        marking = self._view.marking
        if self._to_write_on in self._world.review.marks:
            marking.write(self._to_write_on, "")
            self._to_write_on = ""
        if marking.selected and marking.selected not in self._world.review.marks and not self._sent:
            marking.selected, marking.writing = "", None

    def close(self) -> None:
        """End what runs."""
        self._give_up()
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    # ---- placing ----------------------------------------------------------------------------------------

    def put(self, mark: Mark, *, base: int = 0) -> bool:
        """Place or change a mark; tell whether that could be said."""
        number = self._doing.operate(PutMark(op=1, mark=mark, base=base))
        if number:
            self._sent[number] = mark
            for old in [op for op in self._sent if op <= number - PENDING_MAX]:
                del self._sent[old]
        return bool(number)

    def _finish(self, _intent: Intent) -> None:
        draft = self._view.marking.draft
        if draft is None:
            return
        if draft.kind == "clearance" and draft.other and not draft.points:
            self._view.marking.draft = None
            self._begin_measuring(draft)
        else:
            self._place(draft)

    def _place(self, draft: MarkDraft) -> None:
        me = self._world.people.get(self._world.me)
        if not any(ref.model == draft.model for ref in self._world.packages):
            draft.model = ""  # it was taken out meanwhile: the mark stands where it was drawn
        mark = mark_of(draft, self._world.placement(draft.model), colour=me.colour if me is not None else 0)
        marking = self._view.marking
        if mark is None:
            marking.meanwhile = draft.step
        elif self.put(mark):
            marking.draft, marking.meanwhile = None, ""
            if mark.kind == "arrow":
                marking.put_away()
                self._to_write_on = mark.mark

    def hear(self, reply: Reply) -> bool:
        """Take a refusal; tells whether it was of a mark that is in the hand again, or has been told of."""
        sent = self._sent.pop(reply.op, None)
        if sent is None:
            return False
        marking, there = self._view.marking, self._world.review.marks.get(sent.mark)
        self._to_write_on = "" if self._to_write_on == sent.mark else self._to_write_on
        if there is not None or reply.code == "conflict":
            self._doing.say_error(_("The mark was not changed"), _meanwhile(reply))
            if sent.text and marking.writing is None:
                marking.write(sent.mark, sent.text)
            return True
        if sent.kind in ("photo", "file"):
            self._doing.say_error(
                _("{file} was not attached").format(file=title_of(sent)), reply_sentence(reply)
            )
            return True
        draft = draft_of(sent, self._world.placement(sent.model))
        if marking.draft is None or not marking.draft.begun:
            marking.take(sent.kind)
            marking.draft, marking.meanwhile = draft, reply_sentence(reply)
            return True
        if sent.kind == "sketch":
            marking.laid_aside = draft
        return False

    # ---- clearance --------------------------------------------------------------------------------------

    def _measure_selection(self, _intent: Intent) -> None:
        names = (*self._view.selection, *self._view.elements)
        if len(names) != 2:
            text = _("Select one, then the other with Ctrl held; {count} are selected now.")
            self._doing.say(_("A clearance is measured between two elements"), text.format(count=len(names)))
            return
        models = {self._model_of(name) for name in names}
        model = models.pop() if len(models) == 1 else ""
        self._begin_measuring(MarkDraft("clearance", thing=names[0], other=names[1], model=model))

    def _model_of(self, name: str) -> str:
        ids = self._models.ids_of(name)
        package = self._models.package_at(int(ids[0])) if len(ids) else None
        return package.ref.model if package is not None else ""

    def _begin_measuring(self, draft: MarkDraft) -> None:
        self._give_up()
        self._measured, self._view.marking.measuring = _Measured(draft), True

    def _give_up(self) -> None:
        if self._measured is not None:
            self._measured.given_up.set()
        self._measured, self._view.marking.measuring = None, False

    def _measure_on(self, measured: _Measured) -> None:
        if measured.result is None:
            found = [self._shapes.of(name) for name in (measured.draft.thing, measured.draft.other)]
            fault = next((one for one in found if isinstance(one, str)), None)
            if fault is not None:
                self._say_unmeasured(fault)
            elif all(isinstance(one, Shape) for one in found):
                measured.result = self._compare(found, measured.given_up)
        elif measured.result.done():
            self._take(measured.draft, measured.result)

    def _compare(self, found: list[Any], given_up: threading.Event) -> Future[Clearance | None]:
        first, second = found
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, "walkdown-clearance")
        moved = second.corners + (second.origin - first.origin)
        return self._pool.submit(clearance, first.corners, moved, cancelled=given_up.is_set)

    def _take(self, draft: MarkDraft, result: Future[Clearance | None]) -> None:
        self._measured, self._view.marking.measuring = None, False
        error = result.exception()
        found = None if error is not None else result.result()
        first = self._shapes.of(draft.thing)
        if found is None or not isinstance(first, Shape):
            self._say_unmeasured(str(error or ""))
            return
        draft.points = [found.first + first.origin, found.second + first.origin]
        draft.snaps = ["face", "face"]
        self._place(draft)
        if found.distance_m == 0.0:
            self._doing.say(_("They touch or go through each other"), _("The clearance is 0."))
        elif not found.exact:
            self._doing.say(_("There was too much to compare"), _("The clearance may be a little smaller."))

    def _say_unmeasured(self, reason: str) -> None:
        self._give_up()
        text = reason or _("Nothing is drawn of one of them.")
        self._doing.say_error(_("The clearance could not be measured"), text)

    # ---- what stands ------------------------------------------------------------------------------------

    def _set_text(self, intent: marks.SetMarkText) -> None:
        there = self._world.review.marks.get(intent.mark)
        text = intent.text.strip()[:TEXT_MAX]
        self._view.marking.writing = None
        if there is not None and text != there.text:
            self.put(msgspec.structs.replace(there, text=text), base=there.number)

    def _write_on(self, intent: marks.WriteOnMark) -> None:
        there = self._world.review.marks.get(intent.mark)
        if there is not None:
            self._view.marking.write(there.mark, there.text)

    def _remove(self, intent: marks.RemoveMark) -> None:
        there = self._world.review.marks.get(intent.mark)
        self._doing.operate(messages.RemoveMark(op=1, mark=intent.mark, base=there.number if there else 0))

    def _go_to(self, intent: marks.GoToMark) -> None:
        there = self._world.review.marks.get(intent.mark)
        if there is None:
            return
        self._view.marking.selected, self._view.marking.shown = intent.mark, True
        if not is_standing(self._world, there):
            self._doing.say(_("The model on which this mark stands is not here now"))
            return
        points = site_points(there, self._world.placement(there.model))
        self._doing.fly_to((points.min(0) - AROUND_M, points.max(0) + AROUND_M))

    def _topic_of(self, intent: marks.TopicOfMark) -> None:
        there, desk = self._world.review.marks.get(intent.mark), self._view.topics
        if there is None:
            return
        x, y, z = site_points(there, self._world.placement(there.model))[0].tolist()
        before = desk.draft
        self._doing.carry_out(BeginTopic(there.thing, (x, y, z)))
        if desk.draft is not None and desk.draft is not before and not desk.draft.title:
            desk.draft.title, desk.draft.point, desk.draft.model = title_of(there), there.anchor, there.model
            self._topics[desk.draft.topic] = there.mark

    # ---- the clipboard ----------------------------------------------------------------------------------

    def _copy(self, intent: marks.CopyMark) -> None:
        there = self._world.review.marks.get(intent.mark)
        if there is not None:
            self._doing.carry_out(wish.CopyText(title_of(there)))

    def _copy_all(self) -> None:
        listed = sorted(self._world.review.marks.values(), key=lambda mark: mark.number)
        lines = [COLUMNS, *(line_of(mark, self.name_of) for mark in listed)]
        self._doing.carry_out(wish.CopyText("\n".join("\t".join(line) for line in lines) + "\n"))

    def name_of(self, name: str) -> str:
        """Return what people call a thing, or the element of a key."""
        return name_of(name, self._world, self._models)


def name_of(name: str, world: World, models: Models) -> str:
    """Return what people call a thing, or the element of a key; what is not here goes by that."""
    if world.twin.has_thing(name):
        return world.twin.thing(name).name
    ids = models.ids_of(name).tolist() if name else []
    element = models.element_at(ids[0]) if ids else None
    return element.name or name if element is not None else name


def is_standing(world: World, mark: Mark) -> bool:
    """Tell whether a mark has a place: the model that it stands on may have been taken out."""
    return not mark.model or any(ref.model == mark.model for ref in world.packages)


def _meanwhile(reply: Reply) -> str:
    """Return why a mark could not be changed."""
    if reply.code != "conflict":
        return reply_sentence(reply)
    if reply.current is None:
        return _("Removed meanwhile by {name}.").format(name=reply.by or _("somebody else"))
    return _("Changed meanwhile by {name}; look at what stands there now.").format(name=reply.by)
