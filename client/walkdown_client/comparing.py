"""Compares whole columns of texts and numbers with what a query wants."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from walkdown.i18n import _
from walkdown.package import PropertyColumn, split_name
from walkdown.package.columns import NO_WORD
from walkdown_client.inventory import Labels, Source
from walkdown_client.query import Term, Value, number_of
from walkdown_client.units import converted

Marks = npt.NDArray[np.bool_]
F64 = npt.NDArray[np.float64]

TRUE, FALSE = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})

_CAPITAL = re.compile(r"[A-Z]?[a-z\d]+|[A-Z]+(?![a-z])|[^\W_]+")
_COMPARE: dict[str, Callable[[F64, float], Marks]] = {
    ">": lambda numbers, limit: numbers > limit + _slack(limit),
    ">=": lambda numbers, limit: numbers >= limit - _slack(limit),
    "<": lambda numbers, limit: numbers < limit - _slack(limit),
    "<=": lambda numbers, limit: numbers <= limit + _slack(limit),
    "=": lambda numbers, limit: np.abs(numbers - limit) <= _slack(limit),
}


# ---- texts ------------------------------------------------------------------------------------------


def each(texts: Sequence[str], test: Callable[[str], bool], among: Marks) -> Marks:
    """Return where a test holds, asked only of rows ``among``."""
    found = np.zeros(len(texts), bool)
    rows = np.flatnonzero(among)
    found[rows] = [test(texts[row]) for row in rows.tolist()]
    return found


def labelled(term: Term, labels: Labels) -> Marks:
    """Return where the text of a row answers a condition, asked once for each different text."""
    test = text_test(term)
    fits = np.array([*(test(word.casefold()) for word in labels.words), term.operator == "!="], bool)
    return np.asarray(fits[labels.codes])


def text_test(term: Term) -> Callable[[str], bool]:
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


def words_of(name: str) -> list[str]:
    """Return the words of a name, case folded, CamelCase taken apart."""
    return [word.casefold() for word in _CAPITAL.findall(name)]


# ---- columns ----------------------------------------------------------------------------------------


def compare(term: Term, sources: Sequence[Source], count: int) -> tuple[Marks, Marks]:
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
