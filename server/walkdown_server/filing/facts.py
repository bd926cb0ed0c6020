"""What is so at one moment, noted in the event loop when a topic is made; it costs next to nothing.

``Family`` knows which signals belong to things and all their parts. What people read of it is made later, in
a thread, by :meth:`Facts.alarms` and :meth:`Facts.people`.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.messages import ModelState
from walkdown.review.evidence import (
    ALARMS_MAX,
    PEOPLE_MAX,
    SIGNALS_MAX,
    EvidenceAlarm,
    EvidencePerson,
    LimitName,
)
from walkdown.twin import QUALITIES, Catalogue, Limits, Signal
from walkdown_server.room import Room
from walkdown_server.ticks.alarms import ALARM

THINGS_MAX = 5000
"""Of a thing with more parts below it the deepest ones are left out."""

Indices = npt.NDArray[np.intp]
F64 = npt.NDArray[np.float64]
U8 = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Own:
    """The signals of the things of a topic.

    Attributes:
        rows: (n,) indices in the catalogue. left_out: how many more there were.
        unknown: ids that name no thing of the catalogue.
    """

    rows: Indices
    left_out: int = 0
    unknown: tuple[str, ...] = ()


class Family:
    """Which signals things have, with all the parts below them.

    Args:
        catalogue: of the session.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.signals = catalogue.signals
        self.names = {thing.id: thing.name for thing in catalogue.things}
        self._by_element = {thing.element: thing.id for thing in catalogue.things if thing.element}
        self._parts: dict[str, list[str]] = defaultdict(list)
        for thing in catalogue.things:
            if thing.parent:
                self._parts[thing.parent].append(thing.id)
        self._rows: dict[str, list[int]] = defaultdict(list)
        for row, signal in enumerate(catalogue.signals):
            self._rows[signal.thing].append(row)

    def own(self, named: Iterable[str], levels: U8) -> Own:
        """Return the signals of things and all their parts; of too many those in alarm and the main ones.

        Args:
            named: ids of things, or keys of the elements that they draw. levels: see ``Alarms.levels``.
        """
        things = [thing if thing in self.names else self._by_element.get(thing, thing) for thing in named]
        found = [row for thing in self._with_parts(things) for row in self._rows.get(thing, ())]
        unknown = tuple(dict.fromkeys(thing for thing in things if thing not in self.names))
        if len(found) <= SIGNALS_MAX:
            return Own(np.array(found, np.intp), 0, unknown)
        rows = np.array(found, np.intp)
        main = np.array([self.signals[row].main for row in found])
        order = np.lexsort((np.arange(len(rows)), ~main, -levels[rows].astype(np.intp)))
        return Own(np.sort(rows[order[:SIGNALS_MAX]]), len(rows) - SIGNALS_MAX, unknown)

    def _with_parts(self, things: Iterable[str]) -> list[str]:
        """Return things with all parts below them, the nearer ones first, each once."""
        seen = dict.fromkeys(things)
        waiting = deque(seen)
        while waiting and len(seen) < THINGS_MAX:
            for part in self._parts.get(waiting.popleft(), ()):
                if part not in seen:
                    seen[part] = None
                    waiting.append(part)
        return list(seen)


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody who is there."""

    author_id: str
    name: str
    role: str
    kind: str
    connected: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is so at one moment.

    Attributes:
        rows, levels, values, quality: (k,) of the signals in alarm or that deserve attention.
        dropped: how many ticks of the past had not been kept until then.
    """

    rows: Indices
    levels: U8
    values: F64
    quality: U8
    present: tuple[Present, ...]
    models: tuple[ModelState, ...]
    disturbances: tuple[str, ...]
    dropped: int

    def people(self) -> tuple[EvidencePerson, ...]:
        """Return who was there, as it is written down."""
        return tuple(
            EvidencePerson(one.author_id, one.name, one.role, one.kind, one.connected)
            for one in self.present[:PEOPLE_MAX]
        )

    def alarms(self, family: Family, own: Indices) -> tuple[tuple[EvidenceAlarm, ...], int]:
        """Return the alarms, the own ones first, then the worse ones, and how many more there were."""
        mine = np.isin(self.rows, own)
        order = np.lexsort((self.rows, -self.levels.astype(np.intp), ~mine))
        told = [
            alarm_of(
                family,
                int(self.rows[place]),
                level=int(self.levels[place]),
                value=float(self.values[place]),
                quality=int(self.quality[place]),
                own=bool(mine[place]),
            )
            for place in order[:ALARMS_MAX]
        ]
        return tuple(told), len(order) - len(told)


@dataclass(frozen=True, slots=True)
class Now:
    """The own signals of a topic at the moment it was made.

    Attributes:
        times_ns, values, quality: (n,) of the signals of :class:`Own`. texts: of the text signals, by row.
    """

    times_ns: npt.NDArray[np.int64]
    values: F64
    quality: U8
    texts: dict[int, str]


def facts_now(room: Room, *, dropped: int) -> Facts:
    """Return what is so in a room at this moment."""
    table, levels = room.live.table, room.live.alarms.levels
    rows = np.flatnonzero(levels)
    return Facts(
        rows,
        levels[rows],
        table.numbers(rows),
        table.quality[rows],
        tuple(
            Present(one.author.id, one.author.name, one.role, one.kind, one.left_secs is None)
            for one in room.everyone()
        ),
        room.session.models(),
        tuple(sorted(room.commits.disturbances)),
        dropped,
    )


def values_now(room: Room, own: Own) -> Now:
    """Return the values of a topic's signals at this moment."""
    table, first_text = room.live.table, room.live.table.first("text")
    texts = {row: table.texts[row - first_text] for row in own.rows.tolist() if row >= first_text}
    return Now(table.times_ns[own.rows], table.numbers(own.rows), table.quality[own.rows], texts)


def alarm_of(family: Family, row: int, *, level: int, value: float, quality: int, own: bool) -> EvidenceAlarm:
    """Return an alarm as it is written down, with the limit that was passed."""
    signal = family.signals[row]
    limit, limit_value = _limit(signal.limits, level, value)
    label = "" if limit else _label(signal, value)
    return EvidenceAlarm(
        signal.id,
        signal.name,
        signal.thing,
        family.names.get(signal.thing, signal.thing),
        "alarm" if level == ALARM else "attention",
        value=value if np.isfinite(value) else None,
        unit=signal.unit,
        quality=QUALITIES[quality],
        limit=limit or ("label" if label else ""),
        limit_value=limit_value,
        label=label,
        own=own,
    )


def _limit(limits: Limits | None, level: int, value: float) -> tuple[LimitName, float | None]:
    """Return the limit of a level that a value has passed, or is still nearest to after it came back."""
    if limits is None:
        return "", None
    low: LimitName = "low_alarm" if level == ALARM else "low"
    high: LimitName = "high_alarm" if level == ALARM else "high"
    places: Sequence[tuple[LimitName, float | None]] = (
        (low, limits.low_alarm if level == ALARM else limits.low),
        (high, limits.high_alarm if level == ALARM else limits.high),
    )
    there = [(name, at) for name, at in places if at is not None]
    if not there or not np.isfinite(value):
        return "", None
    return min(there, key=lambda place: abs(value - place[1]))


def _label(signal: Signal, value: float) -> str:
    if not np.isfinite(value) or signal.kind not in ("enum", "bool"):
        return ""
    number = int(value)
    if number < len(signal.labels):
        return signal.labels[number]
    return str(bool(number)).lower() if signal.kind == "bool" else str(number)
