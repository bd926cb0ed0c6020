"""From the bytes of a message to one value: plain numbers, or JSON with a path to the value.

Pure. What is not a usable value is a :class:`Unusable` with a reason, never an exception, because a plant
sends such things every day.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from walkdown.i18n import _, mark
from walkdown.twin import Kind

MAX_PAYLOAD_BYTES = 64 << 10
MAX_TEXT = 1000
SHOWN_BYTES = 60

WORDS = {"true": 1, "on": 1, "yes": 1, "open": 1, "false": 0, "off": 0, "no": 0, "closed": 0}
"""What a bool may be called besides 1 and 0."""

VALUE_NAMES = ("value", "Value", "val", "v")
"""Where the number of a JSON object is looked for when the binding gives no path."""

INTEGER_RANGES: dict[Kind, tuple[int, int]] = {"i64": (-(2**63), 2**63 - 1), "enum": (0, 255), "bool": (0, 1)}
SCALES_NS = ((1e17, 1), (1e14, 1_000), (1e11, 1_000_000))
"""A time of at least so much counts in nanoseconds, microseconds, milliseconds; less is seconds."""

HOLDS_NO_NUMBER = mark("{payload} holds no number")
HOLDS_NONE: dict[Kind, str] = {
    "text": mark("{payload} holds no text"),
    "bool": mark("{payload} holds no true or false"),
    "enum": mark("{payload} holds no state"),
}

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")

Value = float | int | str


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why a payload gave no value."""

    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """One value, and the source's own time of it in ns UTC or None."""

    value: Value
    time_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Format:
    """How a signal's payload is read.

    Attributes:
        kind: of the signal.
        path: names and list positions that lead to the value; empty for the usual places.
        time_path: the same for the time; empty when the payload has none.
        labels: words of an enum.
        scale: the value is ``scale`` × number + ``offset``; for f32 and f64.
    """

    kind: Kind
    path: tuple[str, ...] = ()
    time_path: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    scale: float = 1.0
    offset: float = 0.0


def read_payload(data: bytes, form: Format) -> Reading | Unusable:
    """Return the value in a payload."""
    if len(data) > MAX_PAYLOAD_BYTES:
        text = _("a payload may have {limit} bytes, but has {size}")
        return Unusable(text.format(limit=MAX_PAYLOAD_BYTES, size=len(data)))
    document = _decode(data)
    if isinstance(document, Unusable):
        return document
    found = _follow(document, form.path) if form.path else _usual_place(document)
    if found is None:
        text = _("there is nothing at {place} in {payload}")
        return Unusable(text.format(place=".".join(form.path) or "value", payload=_shown(data)))
    value = _convert(found, form)
    if value is None:
        text = _(HOLDS_NONE.get(form.kind, HOLDS_NO_NUMBER))
        return Unusable(text.format(payload=_shown(data)))
    return Reading(value, _time_ns(_follow(document, form.time_path)) if form.time_path else None)


def _decode(data: bytes) -> Any:
    """Return JSON, or else plain text."""
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        text = data.decode().strip()
    except UnicodeDecodeError:
        return Unusable(_("{payload} is neither text nor JSON").format(payload=_shown(data)))
    if text.startswith(("{", "[")):
        return Unusable(_("{payload} is damaged JSON").format(payload=_shown(data)))
    return text


def _follow(document: Any, path: Sequence[str]) -> Any:
    for step in path:
        if isinstance(document, dict):
            document = document.get(step)
        elif isinstance(document, list) and step.isdecimal() and int(step) < len(document):
            document = document[int(step)]
        else:
            return None
    return document


def _usual_place(document: Any) -> Any:
    if not isinstance(document, dict):
        return document
    return next((document[name] for name in VALUE_NAMES if name in document), None)


def _convert(found: Any, form: Format) -> Value | None:
    if form.kind == "text":
        return found[:MAX_TEXT] if isinstance(found, str) else _plain_text(found)
    if form.kind == "enum" and isinstance(found, str) and found in form.labels:
        return form.labels.index(found)
    if form.kind == "bool" and isinstance(found, str) and found.lower() in WORDS:
        return WORDS[found.lower()]
    number = _number(found)
    if number is None:
        return None
    if form.kind in ("f32", "f64"):
        scaled = number * form.scale + form.offset
        return scaled if math.isfinite(scaled) else None
    low, high = INTEGER_RANGES[form.kind]
    return int(number) if number == int(number) and low <= number <= high else None


def _plain_text(found: Any) -> str | None:
    return str(found) if isinstance(found, int | float) else None


def _number(found: Any) -> float | int | None:
    if isinstance(found, str):
        found = float(found) if _NUMBER.fullmatch(found.strip()) else None
    if isinstance(found, int):
        return int(found)
    return found if isinstance(found, float) and math.isfinite(found) else None


def _time_ns(found: Any) -> int | None:
    if isinstance(found, str):
        try:
            moment = datetime.datetime.fromisoformat(found)
        except ValueError:
            return None
        aware = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
        return int(aware.timestamp() * 1_000_000) * 1000
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 < found < 2**63:
        return None
    return int(found * next((factor for least, factor in SCALES_NS if found >= least), 1_000_000_000))


def _shown(data: bytes) -> str:
    """Return the beginning of a payload for people."""
    text = data[:SHOWN_BYTES].decode(errors="replace")
    return repr(text if len(data) <= SHOWN_BYTES else text + "…")
