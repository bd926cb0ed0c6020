"""What answers a query: whole columns are compared at once, and live values with what is newest.

A comparison with an unknown value never holds. A thing or element may have several properties of one name;
one that fits is enough, and != wants that none is equal.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from operator import eq

import numpy as np
import numpy.typing as npt

from walkdown.i18n import _
from walkdown.package import PropertyColumn
from walkdown.package.columns import NO_WORD
from walkdown.signals import SignalTable
from walkdown.twin import NO_STATE
from walkdown_client.comparing import compare, each, labelled, text_test, words_of
from walkdown_client.fuzzy import NO_MATCH, score_folded
from walkdown_client.inventory import Inventory, Source, folded
from walkdown_client.query import Query, Term, state_codes

Rows = npt.NDArray[np.intp]
Marks = npt.NDArray[np.bool_]

RANKED_MAX, FUZZY_MAX = 5000, 5000
"""So many answers are ranked, and so many rows are looked through for letters in order."""
OPAQUE_FROM = 8
"""Letters that a word needs to be looked for in ids that nobody reads."""
MEANT_MAX, NEAR = 4, 0.75
"""So many names are told; so much alike is what a misspelt name may have been meant for."""


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
            return labelled(term, labels[term.field]())
        texts = self._inventory.folded_names if term.field == "name" else self._inventory.folded_keys
        return each(texts, text_test(term), among)

    def _words(self, text: str, among: Marks) -> Marks:
        word = text.casefold()
        found = each(self._inventory.texts, lambda text: word in text, among)
        if len(word) >= OPAQUE_FROM:
            found |= each(self._inventory.folded_keys, lambda text: word in text, among & ~found)
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
        having, fitting = compare(term, exact, len(among))
        if not self._inventory.complete:
            self.notes.append(_("Properties are still being read."))
        elif not (having & among).any() and (similar := self._similar(term.field, among)):
            having, fitting = compare(term, similar, len(among))
        elif not exact and term.operator == ":":
            return self._words(term.text, among)
        elif not exact:
            self._say_unknown(term.field)
        return having & ~fitting if term.operator == "!=" else fitting

    def _similar(self, field: str, among: Marks) -> list[Source]:
        """Return the properties and live values of rows that count, whose names have all words of a name."""
        words = set(words_of(field))
        names = {name for name in self._names() if words and words < set(words_of(name))}
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
        known = {said.casefold(): said for name in names for said in (*words_of(name), name)}
        near = [known[said] for said in difflib.get_close_matches(field.casefold(), known, 1, NEAR)]
        text = _("Nothing here has a value called “{name}”; did you mean “{near}”?") if near else ""
        text = text or _("Nothing here has a value called “{name}”.")
        self.notes.append(text.format(name=field, near=near[0] if near else ""))


def _word_of(table: SignalTable, row: int) -> str:
    """Return the text of a text signal, or the label of an enum."""
    value, labels = table.value(row), table.signals[row].labels
    return labels[value] if isinstance(value, int) and 0 <= value < len(labels) else str(value)
