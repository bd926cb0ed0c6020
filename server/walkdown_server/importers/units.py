"""Units of length: their names, and the question that a file without one raises."""

from __future__ import annotations

import re

from walkdown.errors import ImportFailed
from walkdown.i18n import _
from walkdown.model_options import UNITS

ASKED = ("mm", "cm", "m", "in", "ft")
"""What a person may choose from, most usual first."""

WORDS = {
    "millimeters": "mm",
    "millimetres": "mm",
    "millimeter": "mm",
    "mm": "mm",
    "centimeters": "cm",
    "centimetres": "cm",
    "centimeter": "cm",
    "cm": "cm",
    "meters": "m",
    "metres": "m",
    "meter": "m",
    "m": "m",
    "kilometers": "km",
    "kilometres": "km",
    "km": "km",
    "inches": "in",
    "inch": "in",
    "in": "in",
    "feet": "ft",
    "foot": "ft",
    "ft": "ft",
}
"""What programs write into comments and headers."""

_MENTION = re.compile(rb"\bunits?\b\s*(?:are|is|[:=])?\s*(?:in\s+|1(?:\.0+)?\s*)?([a-z]+)", re.IGNORECASE)


class UnitMissing(ImportFailed):
    """A file does not say in what unit it counts.

    Attributes:
        file: its name. size: (x, y, z) of what it holds, in that unit.
    """

    def __init__(self, file: str, size: tuple[float, float, float]) -> None:
        self.file, self.size = file, size
        super().__init__(
            _(
                "{file} does not say its unit: it is {small} if it counts in millimetres and {large} if in "
                "metres; say which with --unit mm or --unit m (also cm, in, ft, km, or metres as a number), "
                "in a scene file with the key unit"
            ).format(file=file, small=spoken_size(size, "mm"), large=spoken_size(size, "m"))
        )


def unit_in(text: bytes) -> str | None:
    """Return the name of the unit that a comment or header mentions, if it does."""
    for mention in _MENTION.findall(text):
        if (word := mention.decode("ascii").lower()) in WORDS:
            return WORDS[word]
    return None


def spoken_size(size: tuple[float, float, float], unit: str) -> str:
    """Return a size for people, for instance ``12.5 × 3 × 0.8 m``."""
    metres = [side * UNITS[unit] for side in size]
    largest = max(metres)
    name = next((n for n in ("km", "m", "cm", "mm") if largest >= UNITS[n]), "mm")
    return " × ".join(f"{side / UNITS[name]:.3g}" for side in metres) + f" {name}"
