"""What a signal of a type of equipment is, and short ways to write one down.

Units are UCUM codes. Ranges and limits are absolute, or multiples of a property of the thing when
``scale`` names one. Limits read (low alarm, low, high, high alarm).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

import numpy.typing as npt

from walkdown.twin import Kind

MACHINE_STATES = ("stopped", "starting", "running", "held", "blocked", "starved", "fault")
STOPPED, STARTING, RUNNING, HELD, BLOCKED, STARVED, FAULT = range(7)

Readings = dict[str, npt.NDArray[Any]]
"""Values of all things of a type by "type.suffix", things in catalogue order."""

Band = tuple[float | None, float | None, float | None, float | None]


@dataclass(frozen=True, slots=True)
class Spec:
    """One signal of a type of equipment.

    Attributes:
        suffix: the signal's id after the thing's id and a dot.
        every: expected period, seconds; 0 for texts, which come when they change.
        noise: standard deviation of the measurement, in the signal's unit (times ``scale`` if given).
        scale: name of a numeric property of the thing that multiplies range, limits and noise.
    """

    suffix: str
    name: str
    kind: Kind = "f32"
    unit: str = "1"
    low: float = 0.0
    high: float = 1.0
    every: float = 1.0
    noise: float = 0.0
    limits: Band | None = None
    labels: tuple[str, ...] = ()
    attention: tuple[int, ...] = ()
    alarm: tuple[int, ...] = ()
    scale: str = ""
    main: bool = False


class Extras(TypedDict, total=False):
    """What a signal may have besides; see :class:`Spec`."""

    every: float
    noise: float
    limits: Band | None
    attention: tuple[int, ...]
    alarm: tuple[int, ...]
    scale: str
    main: bool


Span = tuple[float, float]


def real(name: str, unit: str, span: Span, **extras: Unpack[Extras]) -> Spec:
    """A measured number; ``name`` is "suffix: Name"."""
    suffix, text = name.split(": ")
    return Spec(suffix, text, "f32", unit, span[0], span[1], **extras)


def total(name: str, unit: str, high: float) -> Spec:
    """A number that only grows, such as energy."""
    suffix, text = name.split(": ")
    return Spec(suffix, text, "f64", unit, 0.0, high)


def count(name: str, high: float, **extras: Unpack[Extras]) -> Spec:
    """A whole number that only grows, or stock."""
    suffix, text = name.split(": ")
    return Spec(suffix, text, "i64", "1", 0.0, high, **extras)


def flag(name: str, labels: tuple[str, str], **extras: Unpack[Extras]) -> Spec:
    """Two states; ``labels`` are the words for 0 and 1."""
    suffix, text = name.split(": ")
    return Spec(suffix, text, "bool", labels=labels, **extras)


def choice(name: str, labels: tuple[str, ...], **extras: Unpack[Extras]) -> Spec:
    """One of several states by number."""
    suffix, text = name.split(": ")
    return Spec(suffix, text, "enum", high=float(len(labels) - 1), labels=labels, **extras)


def text(name: str) -> Spec:
    """Words, sent when they change."""
    suffix, shown = name.split(": ")
    return Spec(suffix, shown, "text", every=0.0)


CLOSED, NO_YES = ("open", "closed"), ("no", "yes")
RUN_STATE = choice("state: State", ("stopped", "running", "fault"), alarm=(2,), every=0.2, main=True)
