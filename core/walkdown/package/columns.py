"""The properties of all elements by name, in columns that a search can look through at once.

A property is named as the model names it, for instance ``Pset_WallCommon.ThermalTransmittance [W/(m2.K)]``:
a group before the first dot, a unit in brackets at the end, both optional.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.package.model import Scalar

I32 = npt.NDArray[np.int32]
F64 = npt.NDArray[np.float64]
Marks = npt.NDArray[np.bool_]

NO_WORD = -1
"""The code of a value that is a number."""

_NAME = re.compile(
    r"(?:(?!\d+\.)(?P<group>[^.\[\]]*[^.\[\]\s])\.(?=\S))?(?P<label>.*?)(?:\s*\[(?P<unit>[^\[\]]*)\])?", re.S
)


@dataclass(frozen=True, slots=True)
class PropertyName:
    """The parts of a property's name; ``group`` and ``unit`` may be ""."""

    group: str
    label: str
    unit: str


@dataclass(frozen=True, slots=True, eq=False)
class PropertyColumn:
    """One property of all elements that have it.

    Attributes:
        rows: (k,) int32, the elements.
        numbers: (k,) float64, NaN where the value is text; truth is 1 or 0.
        flags: (k,) bool, where the value is a truth value.
        codes: (k,) int32, rows of ``words``, ``NO_WORD`` where the value is a number.
        words: the different texts.
    """

    name: str
    rows: I32
    numbers: F64
    flags: Marks
    codes: I32
    words: tuple[str, ...]


Columns = dict[str, PropertyColumn]


def split_name(name: str) -> PropertyName:
    """Return the parts of a property's name.

    >>> split_name("Pset_WallCommon.Width [mm]")
    PropertyName(group='Pset_WallCommon', label='Width', unit='mm')
    >>> split_name("No. of parts")
    PropertyName(group='', label='No. of parts', unit='')
    """
    found = _NAME.fullmatch(name)
    if found is None or not found["label"]:
        return PropertyName("", name, "")
    return PropertyName(found["group"] or "", found["label"], found["unit"] or "")


def property_columns(chunks: Iterable[Sequence[dict[str, Scalar]]]) -> Columns:
    """Return the columns of all properties.

    Args:
        chunks: the properties of the elements in order, some elements at a time.
    """
    columns: defaultdict[str, _Column] = defaultdict(_Column)
    first = 0
    for chunk in chunks:
        for names, places in _alike(chunk).items():
            values = zip(*(chunk[place].values() for place in places), strict=True)
            for name, column in zip(names, values, strict=True):
                columns[name].add([first + place for place in places], column)
        for grown in columns.values():
            grown.pack()
        first += len(chunk)
    return {name: column.finish(name) for name, column in sorted(columns.items())}


def _alike(chunk: Sequence[dict[str, Scalar]]) -> dict[tuple[str, ...], list[int]]:
    """Return the places of the elements that have the same properties in the same order."""
    groups: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, properties in enumerate(chunk):
        if properties:
            groups[tuple(properties)].append(place)
    return groups


class _Column:
    """A column that grows: values come as Python objects and are packed a chunk at a time."""

    def __init__(self) -> None:
        self._rows: list[int] = []
        self._values: list[Scalar] = []
        self._words: dict[str, int] = {}
        self._parts: list[tuple[I32, F64, Marks, I32]] = []

    def add(self, rows: Sequence[int], values: Sequence[Scalar]) -> None:
        self._rows.extend(rows)
        self._values.extend(values)

    def pack(self) -> None:
        if not self._rows:
            return
        rows, values = np.array(self._rows, np.int32), self._values
        kinds = set(map(type, values))
        flags, codes = np.zeros(len(rows), bool), np.full(len(rows), NO_WORD, np.int32)
        if bool in kinds:
            flags[:] = [isinstance(value, bool) for value in values]
        if str in kinds:
            words = self._words
            codes[:] = [
                words.setdefault(value, len(words)) if isinstance(value, str) else NO_WORD for value in values
            ]
            numbers = [float("nan") if isinstance(value, str) else float(value) for value in values]
        else:
            numbers = [float(value) for value in values]
        self._parts.append((rows, np.array(numbers), flags, codes))
        self._rows, self._values = [], []

    def finish(self, name: str) -> PropertyColumn:
        rows, numbers, flags, codes = map(np.concatenate, zip(*self._parts, strict=True))
        order = np.argsort(rows, kind="stable")
        return PropertyColumn(
            name, rows[order], numbers[order], flags[order], codes[order], tuple(self._words)
        )
