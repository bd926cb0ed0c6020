"""What the numbers of an IFC file are measured in.

Lengths, areas and volumes become metres, plane angles degrees, whatever the file measures them in, so that
one search finds them in every file. All else keeps the file's unit.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ifcopenshell.util.unit import get_unit_scale, get_unit_symbol

CONVERTED = {"LENGTHUNIT": "m", "AREAUNIT": "m²", "VOLUMEUNIT": "m³", "PLANEANGLEUNIT": "°"}
SYMBOLS = {
    "DEGREE_CELSIUS": "°C",
    "DEGREE": "°",
    "PERCENT": "%",
    "LITRE": "l",
    "LITER": "l",
    "MINUTE": "min",
    "HOUR": "h",
    "DAY": "d",
    "FOOT": "ft",
    "INCH": "in",
    "FAHRENHEIT": "°F",
    "DEGREE_FAHRENHEIT": "°F",
}
"""Where ifcopenshell knows no symbol."""

POWERS = str.maketrans("23", "²³")


@dataclass(frozen=True, slots=True)
class Unit:
    """What a number is measured in once it is multiplied by ``factor``; no symbol where nobody knows."""

    symbol: str = ""
    factor: float = 1.0

    def label(self, name: str) -> str:
        """Return a property's name with the unit in square brackets."""
        return f"{name} [{self.symbol}]" if self.symbol else name


NO_UNIT = Unit()


class Units:
    """The units of one file.

    Attributes:
        metres: metres in one unit of length of the file.
        length_word: the unit of length in the file's own words, or "" when it names none.
    """

    def __init__(self, graph: Any) -> None:
        self._of_project = _assigned(graph)
        self._by_id: dict[int, Unit] = {}
        self._by_measure: dict[str, Unit] = {}
        length = self._of_project.get("LENGTHUNIT")
        self.metres = scale_of(length) if length is not None else 1.0
        self.length_word = _word(length) if length is not None else ""

    def of_measure(self, measure: str) -> Unit:
        """Return the unit of numbers of a type such as ``IfcPositiveLengthMeasure``."""
        if measure not in self._by_measure:
            kind = _kind_of(measure) if measure.endswith("Measure") else ""
            self._by_measure[measure] = self._named(self._of_project.get(kind), kind)
        return self._by_measure[measure]

    def explicit(self, unit: Any) -> Unit:
        """Return a unit that a property or quantity names itself."""
        if unit.id() not in self._by_id:
            self._by_id[unit.id()] = self._named(unit, getattr(unit, "UnitType", "") or "")
        return self._by_id[unit.id()]

    def _named(self, unit: Any, kind: str) -> Unit:
        if unit is None:
            return NO_UNIT
        if kind in CONVERTED:
            degrees = math.degrees(1.0) if kind == "PLANEANGLEUNIT" else 1.0
            return Unit(CONVERTED[kind], scale_of(unit) * degrees)
        return Unit(_symbol(unit))


def _kind_of(measure: str) -> str:
    """Return the type of unit for a measure: ``LENGTHUNIT`` for ``IfcNonNegativeLengthMeasure``."""
    for part in ("Ifc", "Measure", "Non", "Positive", "Negative"):
        measure = measure.replace(part, "")
    return f"{measure.upper()}UNIT"


def _assigned(graph: Any) -> dict[str, Any]:
    """Return the project's units by their type, the first of each."""
    found: dict[str, Any] = {}
    for project in graph.by_type("IfcProject")[:1]:
        for unit in (project.UnitsInContext.Units if project.UnitsInContext else None) or ():
            found.setdefault(getattr(unit, "UnitType", None) or "", unit)
    return found


def scale_of(unit: Any) -> float:
    """Return SI units in one of these (an ``IfcNamedUnit``); 1 where the file leaves that open."""
    try:
        scale = float(get_unit_scale(unit))
    except (AttributeError, KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):
        return 1.0
    return scale if math.isfinite(scale) and scale > 0 else 1.0


def _symbol(unit: Any) -> str:
    name = str(getattr(unit, "Name", None) or "").upper()
    if name in SYMBOLS:
        return SYMBOLS[name]
    if unit.is_a("IfcMonetaryUnit"):
        return str(unit.Currency or "")
    try:
        symbol = get_unit_symbol(unit)
    except (AttributeError, KeyError, TypeError, ValueError):
        symbol = "?"
    return name.lower() if "?" in symbol else symbol.replace(".", "·").translate(POWERS)


def _word(unit: Any) -> str:
    """Return what people call a unit of length."""
    words: Iterable[str | None] = (getattr(unit, "Prefix", None), getattr(unit, "Name", None))
    return "".join(word.lower() for word in words if word).replace("_", " ")[:40]
