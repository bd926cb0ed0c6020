"""Whether a review can begin: what is missing in the model, in the data, and in the agenda.

A meeting of more than an hour and a half loses its people, and a point without an owner, time or view loses
its way; so both are said before. Each check counts what it found and names the first of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Literal

import msgspec

from walkdown.messages import Topic
from walkdown.review.progress import is_finished
from walkdown.review.state import ReviewState
from walkdown.twin import Signal, Thing

NAMED_MAX = 200
LONGEST_MINUTES = 90.0

CheckName = Literal[
    "no_model",
    "not_drawn",
    "untagged",
    "silent",
    "orphaned",
    "open",
    "overdue",
    "unowned",
    "no_agenda",
    "agenda_unowned",
    "agenda_untimed",
    "agenda_unseen",
    "too_long",
    "no_scribe",
    "no_driver",
]


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at.

    Attributes:
        name: what. found: how many were found, 0 when all is well; of ``too_long`` the minutes.
        ids: the first ``NAMED_MAX`` of them: things, signals, topics or agenda items.
        stops: whether a review should not begin like this; else it is good to know.
    """

    name: CheckName
    found: int
    ids: tuple[str, ...] = ()
    stops: bool = False


class Readiness(msgspec.Struct, frozen=True):
    """All checks, in the order in which they are read."""

    checks: tuple[Check, ...]

    @property
    def ready(self) -> bool:
        """Whether nothing was found that stops a review."""
        return not any(check.found and check.stops for check in self.checks)

    def check(self, name: CheckName) -> Check:
        """Return one check."""
        return next(check for check in self.checks if check.name == name)


class Twin(msgspec.Struct, frozen=True):
    """What is known of the plant when it is asked.

    Attributes:
        things, signals: all of them. models: ids of those that are there.
        draws: tells whether a model has the element of a thing. silent: ids of signals without a good value.
    """

    things: Collection[Thing]
    signals: Collection[Signal]
    models: Collection[str]
    draws: Callable[[Thing], bool]
    silent: Collection[str]


def readiness(review: ReviewState, twin: Twin, *, today: date) -> Readiness:
    """Look at everything and return what was found."""
    return Readiness((*_model_checks(twin), *_topic_checks(review, twin, today), *_meeting_checks(review)))


def is_orphaned(topic: Topic, *, knows_thing: Callable[[str], bool], models: Collection[str]) -> bool:
    """Tell whether what a topic is about has gone: none of its things is there, or its model is not."""
    if topic.model and topic.model not in models:
        return True
    return bool(topic.things) and not any(knows_thing(thing) for thing in topic.things)


def _model_checks(twin: Twin) -> Iterable[Check]:
    undrawn = [thing.id for thing in twin.things if thing.element and not twin.draws(thing)]
    yield Check("no_model", 0 if twin.models else 1, stops=True)
    yield _check("not_drawn", undrawn, stops=True)
    yield _check("untagged", _untagged(twin))
    yield _check("silent", sorted(twin.silent))


def _untagged(twin: Twin) -> list[str]:
    """Return the things without a signal of which most others of their type have some."""
    tagged = {signal.thing for signal in twin.signals}
    things = [thing for thing in twin.things if not thing.is_element]
    all_of, with_signal = Counter(t.type for t in things), Counter(t.type for t in things if t.id in tagged)
    usual = {kind for kind, count in all_of.items() if 2 * with_signal[kind] > count}
    return [thing.id for thing in things if thing.type in usual and thing.id not in tagged]


def _topic_checks(review: ReviewState, twin: Twin, today: date) -> Iterable[Check]:
    ids = {thing.id for thing in twin.things}
    still = [topic for topic in review.topics.values() if not is_finished(topic)]
    models = {*twin.models, ""}
    gone = [topic.topic for topic in still if is_orphaned(topic, knows_thing=ids.__contains__, models=models)]
    yield _check("orphaned", gone)
    yield _check("open", [topic.topic for topic in still])
    yield _check("overdue", [topic.topic for topic in still if _is_past(topic.due, today)])
    yield _check("unowned", [topic.topic for topic in still if not topic.assigned])


def _meeting_checks(review: ReviewState) -> Iterable[Check]:
    items = sorted((item for item in review.agenda.values() if not item.parked), key=lambda item: item.order)
    minutes = sum(item.minutes for item in items)
    yield Check("no_agenda", 0 if items else 1, stops=True)
    yield _check("agenda_unowned", [item.item for item in items if not item.owner], stops=True)
    yield _check("agenda_untimed", [item.item for item in items if not item.minutes])
    known = review.viewpoints
    yield _check("agenda_unseen", [i.item for i in items if not any(v in known for v in i.viewpoints)])
    yield Check("too_long", round(minutes) if minutes > LONGEST_MINUTES else 0)
    duties: Mapping[str, str] = review.meeting.duties
    yield Check("no_scribe", 0 if duties.get("scribe") else 1)
    yield Check("no_driver", 0 if duties.get("driver") else 1)


def _check(name: CheckName, found: list[str], *, stops: bool = False) -> Check:
    return Check(name, len(found), tuple(found[:NAMED_MAX]), stops)


def _is_past(due: str, today: date) -> bool:
    try:
        return bool(due) and datetime.fromisoformat(due).date() < today
    except ValueError:
        return False
