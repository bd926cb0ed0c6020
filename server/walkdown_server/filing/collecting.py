"""Makes the evidence of a topic: what was noted at the moment, and the past around it. Runs in a thread."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from walkdown.messages import ModelState, Topic, Viewpoint
from walkdown.review.evidence import (
    AROUND_NS,
    POINTS_MAX,
    EvidenceAlarm,
    EvidenceDisturbance,
    EvidenceFile,
    EvidenceModel,
    EvidencePerson,
    EvidenceSignal,
    EvidenceTopic,
    Series,
    columns,
    moment,
)
from walkdown.twin import STALE, Disturbance, Signal
from walkdown_server.filing.facts import Facts, Family, Now, Own
from walkdown_server.history.extraction import NOTHING, Interval
from walkdown_server.history.past import Past

NAMES_SAID = 5
NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Matter:
    """What evidence is collected of.

    Attributes:
        topic: as it stands. view: how it was seen first. own: its signals.
        facts, now: what was noted when it was made, None when nobody was there to note it.
        earlier: what was written of it before, None for nothing.
    """

    topic: Topic
    view: Viewpoint | None
    own: Own
    facts: Facts | None
    now: Now | None
    earlier: EvidenceFile | None = None


class _Noted(NamedTuple):
    people: tuple[EvidencePerson, ...] = ()
    alarms: tuple[EvidenceAlarm, ...] = ()
    alarms_left_out: int = 0
    disturbances: tuple[EvidenceDisturbance, ...] = ()


class Collector:
    """Collects evidence in one session.

    Args:
        session: its name. family: knows its signals. disturbances: of the catalogue.
        past: what was so, None when nothing is kept of it.
        models: returns the models as they stand.
    """

    def __init__(
        self,
        session: str,
        family: Family,
        *,
        disturbances: Iterable[Disturbance],
        past: Past | None,
        models: Callable[[], tuple[ModelState, ...]],
    ) -> None:
        self._session, self._family, self._past, self._models = session, family, past, models
        self._disturbances = {each.id: each.name for each in disturbances}

    def first(self, matter: Matter, *, now_ns: int, with_past: bool) -> EvidenceFile:
        """Return what is known as soon as a topic is made.

        Args:
            with_past: whether the minute before is read; without it, as it will be read later anyway.
        """
        made_ns = matter.topic.made_ns
        until = Interval(made_ns - AROUND_NS, now_ns if with_past else made_ns)
        missing = ["The minute after the topic was made is not over."]
        return self._written(matter, until, now_ns=now_ns, with_past=with_past, missing=missing)

    def last(self, matter: Matter, *, now_ns: int) -> EvidenceFile:
        """Return all there is, when the minute after the topic was made is over."""
        made_ns = matter.topic.made_ns
        around = Interval(made_ns - AROUND_NS, made_ns + AROUND_NS)
        return self._written(matter, around, now_ns=now_ns, with_past=True, missing=None)

    def _written(
        self,
        matter: Matter,
        interval: Interval,
        *,
        now_ns: int,
        with_past: bool,
        missing: list[str] | None,
    ) -> EvidenceFile:
        topic, made_ns = matter.topic, matter.topic.made_ns
        past = self._read(matter.own, interval) if with_past else {}
        signals = tuple(self._signal(matter, row, past.get(row)) for row in matter.own.rows.tolist())
        lacks = tuple(missing or self._lacks(matter, interval, past))
        noted = self._noted(matter)
        return EvidenceFile(
            self._session,
            "waiting" if missing else "partial" if lacks else "complete",
            _about(topic, self._family.names),
            made=moment(made_ns),
            written=moment(now_ns),
            begin=moment(interval.from_ns),
            end=moment(interval.to_ns),
            view=matter.view,
            models=self._models_then(matter),
            people=noted.people,
            alarms=noted.alarms,
            alarms_left_out=noted.alarms_left_out,
            disturbances=noted.disturbances,
            signals=signals,
            missing=lacks,
        )

    # ---- what was noted -----------------------------------------------------------------------------------

    def _noted(self, matter: Matter) -> _Noted:
        facts, earlier = matter.facts, matter.earlier
        if facts is not None:
            alarms, more = facts.alarms(self._family, matter.own.rows)
            named = tuple(
                EvidenceDisturbance(each, self._disturbances.get(each, each)) for each in facts.disturbances
            )
            return _Noted(facts.people(), alarms, more, named)
        if earlier is not None:
            return _Noted(earlier.people, earlier.alarms, earlier.alarms_left_out, earlier.disturbances)
        return _Noted()

    def _models_then(self, matter: Matter) -> tuple[EvidenceModel, ...]:
        if matter.facts is None and matter.earlier is not None:
            return matter.earlier.models
        models = matter.facts.models if matter.facts is not None else self._models()
        return tuple(EvidenceModel(one.model, one.name, one.revision, one.package) for one in models)

    # ---- values -------------------------------------------------------------------------------------------

    def _read(self, own: Own, interval: Interval) -> dict[int, Series]:
        """Return the past of the signals by row; texts have none."""
        past = self._past
        if past is None or past.reading is None or past.recorder is None:
            return {}
        past.recorder.catch_up()
        found: dict[int, Series] = {}
        for row in own.rows.tolist():
            if self._family.signals[row].kind != "text":
                found[row] = Series(
                    *past.reading.series(self._family.signals[row].id, interval, points=POINTS_MAX)
                )
        return found

    def _signal(self, matter: Matter, row: int, series: Series | None) -> EvidenceSignal:
        signal, made_ns = self._family.signals[row], matter.topic.made_ns
        if series is None or not len(series.times_ns):
            series = _at_the_moment(matter, row, made_ns)
        after_ns, values, quality = columns(series, made_ns=made_ns, single=signal.kind == "f32")
        text = matter.now.texts.get(row, "") if matter.now is not None else _earlier_text(matter, signal)
        ranged = signal.maximum > signal.minimum
        return EvidenceSignal(
            signal.id,
            signal.name,
            signal.thing,
            self._family.names.get(signal.thing, signal.thing),
            signal.kind,
            signal.unit,
            minimum=signal.minimum if ranged else None,
            maximum=signal.maximum if ranged else None,
            limits=signal.limits,
            labels=signal.labels,
            text=text,
            after_ns=after_ns,
            values=values,
            quality=quality,
        )

    # ---- what is missing ----------------------------------------------------------------------------------

    def _lacks(self, matter: Matter, interval: Interval, past: Mapping[int, Series]) -> Iterator[str]:
        """Yield in sentences what is not there."""
        own = matter.own
        if own.unknown:
            yield f"No thing of this session is called {_listed(own.unknown)}; it has no signals here."
        if own.left_out:
            yield (
                f"{own.left_out} of {own.left_out + len(own.rows)} signals were left out; those in alarm and "
                "the main ones of each thing are here."
            )
        if matter.facts is None and matter.earlier is None:
            yield (
                "Who was there and which alarms were active was not written down, because the server stopped "
                "when the topic was made; the models are those that stand later."
            )
        if len(own.rows):
            yield from self._lacks_of_past(matter, interval, past)

    def _lacks_of_past(self, matter: Matter, interval: Interval, past: Mapping[int, Series]) -> Iterator[str]:
        known = self._past
        if known is None:
            yield "This server keeps nothing of the past; the values are those of the moment alone."
            return
        if known.reading is None or known.fault:
            yield known.fault or "The past could not be read."
            return
        if known.oldest_ns > interval.from_ns:
            yield f"Before {_clock(known.oldest_ns)} nothing was kept."
        yield from self._gaps(known.reading.broken(interval), interval, past)
        if matter.facts is not None and known.dropped > matter.facts.dropped:
            yield "Some of the past was not kept, because the server's disk was full or too slow."
        yield from self._lacks_of_values(matter, past)

    def _gaps(self, ended: Iterable[int], interval: Interval, past: Mapping[int, Series]) -> Iterator[str]:
        """Yield when the server did not run."""
        for ended_ns in ended:
            again = [
                int(series.times_ns[np.flatnonzero(later)[0]])
                for series in past.values()
                if (later := (series.times_ns > ended_ns) & np.isfinite(series.values)).any()
            ]
            until = f"until {_clock(min(again))}" if again else f"until after {_clock(interval.to_ns)}"
            yield f"From {_clock(ended_ns)} {until} the server did not run; nothing is known of that time."

    def _lacks_of_values(self, matter: Matter, past: Mapping[int, Series]) -> Iterator[str]:
        made_ns, count = matter.topic.made_ns, len(past)
        empty = [row for row, series in past.items() if not np.isfinite(series.values).any()]
        if empty:
            names = [self._family.signals[row].id for row in empty]
            yield f"{len(empty)} of {count} signals had no value: {_listed(names)}."
        stale = [row for row, series in past.items() if row not in empty and _was_stale(series, made_ns)]
        if stale:
            names = [self._family.signals[row].id for row in stale]
            yield (
                f"{len(stale)} of {count} signals had older values than they should have when the topic was "
                f"made: {_listed(names)}."
            )


def _was_stale(series: Series, made_ns: int) -> bool:
    """Tell whether the value that held at a time was older than it should have been."""
    place = int(np.searchsorted(series.times_ns, made_ns, side="right")) - 1
    return place >= 0 and int(series.quality[place]) == STALE


def _at_the_moment(matter: Matter, row: int, made_ns: int) -> Series:
    """Return the value that was noted when the topic was made, or written down before."""
    if matter.now is None:
        return Series(*NOTHING)
    place = int(np.flatnonzero(matter.own.rows == row)[0])
    now = matter.now
    known = np.isfinite(now.values[place : place + 1]) & (now.times_ns[place : place + 1] > 0)
    times = np.minimum(now.times_ns[place : place + 1], made_ns)
    return Series(times[known], now.values[place : place + 1][known], now.quality[place : place + 1][known])


def _earlier_text(matter: Matter, signal: Signal) -> str:
    written = matter.earlier.signals if matter.earlier is not None else ()
    return next((each.text for each in written if each.signal == signal.id), "")


def _about(topic: Topic, names: Mapping[str, str]) -> EvidenceTopic:
    return EvidenceTopic(
        topic.topic,
        topic.index,
        topic.title,
        topic.description,
        topic.type,
        topic.status,
        topic.priority,
        topic.stage,
        topic.discipline,
        topic.labels,
        topic.assigned,
        topic.due,
        topic.author,
        topic.speaker,
        topic.things,
        tuple(names.get(thing, thing) for thing in topic.things),
    )


def _clock(time_ns: int) -> str:
    """Return a time as people read it: ``12:00:03 UTC``."""
    return f"{datetime.datetime.fromtimestamp(time_ns // NS, datetime.UTC):%H:%M:%S} UTC"


def _listed(names: Iterable[str]) -> str:
    told = list(names)
    more = f" and {len(told) - NAMES_SAID} more" if len(told) > NAMES_SAID else ""
    return ", ".join(told[:NAMES_SAID]) + more
