"""What answers a query: whole columns are compared at once, and live values with what is newest.

A comparison with an unknown value never holds. A thing or element may have several properties of one name;
one that fits is enough, and != wants that none is equal.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from operator import eq

import numpy as np
import numpy.typing as npt

from walkdown.i18n import _
from walkdown.package import PropertyColumn, split_name
from walkdown.package.columns import NO_WORD
from walkdown.signals import SignalTable
from walkdown.twin import NO_STATE
from walkdown_client.fuzzy import NO_MATCH, score_folded
from walkdown_client.inventory import Inventory, Labels, Source, folded
from walkdown_client.query import Query, Term, Value, number_of, state_codes
from walkdown_client.units import converted

Rows = npt.NDArray[np.intp]
Marks = npt.NDArray[np.bool_]
F64 = npt.NDArray[np.float64]

RANKED_MAX, FUZZY_MAX = 5000, 5000
"""So many answers are ranked, and so many rows are looked through for letters in order."""
OPAQUE_FROM = 8
"""Letters that a word needs to be looked for in ids that nobody reads."""
MEANT_MAX, NEAR = 4, 0.75
"""So many names are told; so much alike is what a misspelt name may have been meant for."""
TRUE, FALSE = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})

_CAPITAL = re.compile(r"[A-Z]?[a-z\d]+|[A-Z]+(?![a-z])|[^\W_]+")
_COMPARE: dict[str, Callable[[F64, float], Marks]] = {
    ">": lambda numbers, limit: numbers > limit + _slack(limit),
    ">=": lambda numbers, limit: numbers >= limit - _slack(limit),
    "<": lambda numbers, limit: numbers < limit - _slack(limit),
    "<=": lambda numbers, limit: numbers <= limit + _slack(limit),
    "=": lambda numbers, limit: np.abs(numbers - limit) <= _slack(limit),
}


@dataclass(frozen=True, slots=True)
class Live:
    """The newest values: of all signals, and (things,) uint8 states."""

    signals: SignalTable
    states: npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What answers a query.

    Attributes:
        rows: (k,) of the inventory; the best first when only words were asked for, else in its order.
        note: one sentence about how the query was understood, or "".
    """

    rows: Rows
    note: str = ""


def find(query: Query, inventory: Inventory, live: Live | None = None) -> Found:
    """Return what answers a query; everything answers the empty one."""
    search = _Search(inventory, live)
    marks = inventory.findable.copy()
    for term in sorted(query.terms, key=_cost):
        marks &= search.holds(term, marks) != term.negated
    rows = np.flatnonzero(marks)
    if words := query.words:
        rows = _ranked(words, inventory, rows)
    return Found(rows, " ".join(dict.fromkeys(search.notes)))


def _cost(term: Term) -> int:
    """Return the order in which conditions are looked at: cheap ones leave less to the others."""
    return 0 if term.known and term.field not in {"name", "key"} else 2 if not term.field else 1


def _ranked(words: Sequence[str], inventory: Inventory, rows: Rows) -> Rows:
    """Return rows that have all words, the best first; when there are none, those with letters in order."""
    fuzzy = not len(rows) and len(inventory) <= FUZZY_MAX
    if fuzzy:
        rows = np.flatnonzero(inventory.findable)
    if len(rows) > RANKED_MAX:
        return rows
    scores = np.array([score_folded(words, inventory.texts[row]) for row in rows.tolist()])
    if fuzzy:
        rows, scores = rows[scores != NO_MATCH], scores[scores != NO_MATCH]
    return np.asarray(rows[np.argsort(-scores, kind="stable")])


class _Search:
    """One look through an inventory; ``notes`` says how properties were understood."""

    def __init__(self, inventory: Inventory, live: Live | None) -> None:
        self._inventory, self._live = inventory, live
        self.notes: list[str] = []

    def holds(self, term: Term, among: Marks) -> Marks:
        """Return for each row whether a condition holds, its minus left aside; only rows ``among`` count."""
        if not term.field:
            return self._words(term.values[0].text, among)
        if not term.known:
            return self._properties(term, among)
        labels = {
            "type": lambda: self._inventory.types,
            "system": lambda: self._inventory.systems,
            "storey": lambda: self._inventory.storey_names,
            "model": lambda: self._inventory.model_names,
        }
        if term.field == "state":
            return self._states(term)
        if term.field in labels:
            return _labelled(term, labels[term.field]())
        texts = self._inventory.folded_names if term.field == "name" else self._inventory.folded_keys
        return _each(texts, _text_test(term), among)

    def _words(self, text: str, among: Marks) -> Marks:
        word = text.casefold()
        found = _each(self._inventory.texts, lambda text: word in text, among)
        if len(word) >= OPAQUE_FROM:
            found |= _each(self._inventory.folded_keys, lambda text: word in text, among & ~found)
        return found

    def _states(self, term: Term) -> Marks:
        states = np.full(len(self._inventory), NO_STATE, np.uint8)
        if self._live is not None:
            states[: len(self._live.states)] = self._live.states[: self._inventory.thing_count]
        wanted = [code for value in term.values for code in state_codes(value.text)]
        return np.asarray(np.isin(states, wanted) != (term.operator == "!="))

    # ---- properties and live values -----------------------------------------------------------------

    def _properties(self, term: Term, among: Marks) -> Marks:
        """Compare what is called so; when no row that still counts has it, what has its words in its name."""
        wanted = folded(term.field)
        exact = self._inventory.sources(wanted) + self._live_sources(lambda name: folded(name) == wanted)
        having, fitting = _compare(term, exact, len(among))
        if not self._inventory.complete:
            self.notes.append(_("Properties are still being read."))
        elif not (having & among).any() and (similar := self._similar(term.field, among)):
            having, fitting = _compare(term, similar, len(among))
        elif not exact and term.operator == ":":
            return self._words(term.text, among)
        elif not exact:
            self._say_unknown(term.field)
        return having & ~fitting if term.operator == "!=" else fitting

    def _similar(self, field: str, among: Marks) -> list[Source]:
        """Return the properties and live values of rows that count, whose names have all words of a name."""
        words = set(_words_of(field))
        names = {name for name in self._names() if words and words < set(_words_of(name))}
        found: dict[str, list[Source]] = {}
        for name in sorted(names):
            sources = self._inventory.sources(name) + self._live_sources(partial(eq, name))
            if any(among[source.items].any() for source in sources):
                found[name] = sources
        if found:
            self._say_meant(field, list(found))
        return [source for sources in found.values() for source in sources]

    def _names(self) -> Iterator[str]:
        yield from self._inventory.property_labels
        yield from {signal.name for signal in self._inventory.twin.catalogue.signals}

    def _live_sources(self, wanted: Callable[[str], bool]) -> list[Source]:
        """Return the newest values of the signals with such a name, a column for each unit."""
        if self._live is None:
            return []
        rows: dict[tuple[str, str], list[int]] = {}
        names: dict[str, bool] = {}
        for row, signal in enumerate(self._live.signals.signals):
            if signal.name not in names:
                names[signal.name] = wanted(signal.name)
            if names[signal.name]:
                rows.setdefault((signal.name, "" if signal.unit == "1" else signal.unit), []).append(row)
        return [
            self._live_source(name, unit, np.array(members, np.intp))
            for (name, unit), members in rows.items()
        ]

    def _live_source(self, name: str, unit: str, rows: Rows) -> Source:
        live = self._live
        assert live is not None  # noqa: S101 - asked for by the one caller
        table = live.signals
        numbers = table.numbers(rows)
        numbers[table.times_ns[rows] == 0] = np.nan
        kinds = [table.signals[row].kind for row in rows.tolist()]
        flags = np.array([kind == "bool" for kind in kinds], bool)
        words: dict[str, int] = {}
        codes = np.full(len(rows), NO_WORD, np.int32)
        for place, (row, kind) in enumerate(zip(rows.tolist(), kinds, strict=True)):
            if kind in {"enum", "text"} and table.times_ns[row]:
                codes[place] = words.setdefault(_word_of(table, row), len(words))
        items = self._inventory.twin.thing_of_signal[rows]
        column = PropertyColumn(f"{name} [{unit}]", items, numbers, flags, codes, tuple(words))
        return Source(items, column)

    def _say_meant(self, field: str, names: Sequence[str]) -> None:
        shown, more = ", ".join(names[:MEANT_MAX]), len(names) - MEANT_MAX
        text = _("“{name}” means {names} and {count} more.") if more > 0 else _("“{name}” means {names}.")
        self.notes.append(text.format(name=field, names=shown, count=more))

    def _say_unknown(self, field: str) -> None:
        names = set(self._names())
        known = {said.casefold(): said for name in names for said in (*_CAPITAL.findall(name), name)}
        near = [known[said] for said in difflib.get_close_matches(field.casefold(), known, 1, NEAR)]
        text = _("Nothing here has a value called “{name}”; did you mean “{near}”?") if near else ""
        text = text or _("Nothing here has a value called “{name}”.")
        self.notes.append(text.format(name=field, near=near[0] if near else ""))


def _word_of(table: SignalTable, row: int) -> str:
    """Return the text of a text signal, or the label of an enum."""
    value, labels = table.value(row), table.signals[row].labels
    return labels[value] if isinstance(value, int) and 0 <= value < len(labels) else str(value)


# ---- texts ------------------------------------------------------------------------------------------


def _each(texts: Sequence[str], test: Callable[[str], bool], among: Marks) -> Marks:
    """Return where a test holds, asked only of rows ``among``."""
    found = np.zeros(len(texts), bool)
    rows = np.flatnonzero(among)
    found[rows] = [test(texts[row]) for row in rows.tolist()]
    return found


def _labelled(term: Term, labels: Labels) -> Marks:
    test = _text_test(term)
    fits = np.array([*(test(word.casefold()) for word in labels.words), term.operator == "!="], bool)
    return np.asarray(fits[labels.codes])


def _text_test(term: Term) -> Callable[[str], bool]:
    """Return whether a case folded text answers a condition."""
    tests = [_text_fits(value.text.casefold(), whole=term.operator != ":") for value in term.values]
    if term.operator == "!=":
        return lambda text: not any(test(text) for test in tests)
    return lambda text: any(test(text) for test in tests)


def _text_fits(wanted: str, *, whole: bool) -> Callable[[str], bool]:
    if "*" in wanted:
        pattern = re.compile(".*".join(map(re.escape, wanted.split("*"))), re.S)
        return lambda text: pattern.fullmatch(text) is not None
    return (lambda text: text == wanted) if whole else (lambda text: wanted in text)


def _words_of(name: str) -> list[str]:
    """Return the words of a name, case folded, CamelCase taken apart."""
    return [word.casefold() for word in _CAPITAL.findall(name)]


# ---- columns ----------------------------------------------------------------------------------------


def _compare(term: Term, sources: Sequence[Source], count: int) -> tuple[Marks, Marks]:
    """Return which of ``count`` rows have one of some properties, and which have one that fits."""
    having, fitting = np.zeros(count, bool), np.zeros(count, bool)
    for source in sources:
        known, fits = _compared(term, source.column)
        having[source.items[known]] = True
        fitting[source.items[fits]] = True
    return having, fitting


def _compared(term: Term, column: PropertyColumn) -> tuple[Marks, Marks]:
    """Return where a column has a value, and where one of a condition's values fits it; (k,) bool each.

    For != what is equal fits.
    """
    texts = column.codes != NO_WORD
    known = texts | np.isfinite(column.numbers)
    fits = np.zeros(len(known), bool)
    unit = split_name(column.name).unit
    for value in term.values:
        fits |= _numbers_fit(term.operator, value, column, unit=unit) & ~texts
        if column.words:
            test = _word_test(term.operator, value, unit)
            answers = np.array([*(test(word) for word in column.words), False], bool)
            fits |= answers[column.codes]
    return known, fits & known


def _numbers_fit(operator: str, value: Value, column: PropertyColumn, *, unit: str) -> Marks:
    numbers, word = column.numbers, value.text.casefold()
    if operator == ":" and set(word) == {"*"}:
        return np.isfinite(numbers)
    truth = _truth(word)
    fits = np.zeros(len(numbers), bool)
    if truth is not None and operator in {"=", "!=", ":"}:
        fits |= column.flags & (numbers == truth)
    limit = None if value.number is None else converted(value.number, unit=value.unit, to=unit)
    if limit is None:
        return fits
    plain = ~column.flags
    if operator == ":":
        step = converted(value.step, unit=value.unit, to=unit) if value.unit == unit else value.step
        return fits | (plain & (np.abs(numbers - limit) <= (step or 0.0) / 2 + _slack(limit)))
    same = "=" if operator == "!=" else operator
    return fits | (plain & _COMPARE[same](numbers, limit))


def _word_test(operator: str, value: Value, unit: str) -> Callable[[str], bool]:
    """Return whether a text of a property answers; one that begins with a number can be larger or smaller."""
    if operator in {":", "=", "!="}:
        fits = _text_fits(value.text.casefold(), whole=operator != ":")
        return lambda word: fits(word.casefold())
    return lambda word: _text_compares(operator, value, word, unit=unit)


def _text_compares(operator: str, value: Value, word: str, *, unit: str) -> bool:
    mine = number_of(word)
    if mine.number is None or value.number is None:
        return False
    limit = converted(value.number, unit=value.unit, to=mine.unit or unit)
    return limit is not None and bool(_COMPARE[operator](np.array([mine.number]), limit)[0])


def _truth(word: str) -> float | None:
    if word in TRUE or word == _("Yes").casefold():
        return 1.0
    return 0.0 if word in FALSE or word == _("No").casefold() else None


def _slack(limit: float) -> float:
    """Return by how much numbers may differ that are meant to be equal: a float32 on its way through."""
    return abs(limit) * 1e-6 + 1e-9
