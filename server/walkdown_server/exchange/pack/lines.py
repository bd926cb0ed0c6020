"""How a value stands on one line of a session pack, and is read again; what people type is understood too.

Made for ``git``: one field a line, an empty line between two, so that changes of different fields never
touch. A value that is plain stands as it is; one that would not come back as it was stands as JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from walkdown.messages import Attached, Camera, Document, Painted, Plane, Segment

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:?\d\d)?")
_TAG = re.compile(r"(?<!\\)(\\*)<")
_ESCAPED = re.compile(r"(?<!\\)(\\+)<")
"""Each run of backslashes is begun once: texts of strangers may be nothing else."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
"""What ends a line for somebody, or is seen by nobody."""

FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Nanoseconds of other years may not have room in 64 bits."""

WHOLE_MAX = 2**31 - 1
YES, NO = ("yes", "ja", "true", "是"), ("no", "nein", "false", "否", "")


def plain(text: str) -> str:
    """Return text so that no ``<`` begins a tag for a reader of Markdown; :func:`meant` undoes it."""
    return _TAG.sub(lambda found: found[1] * 2 + r"\<", text) if "<" in text else text


def meant(text: str) -> str:
    """Return what :func:`plain` was given; a ``<`` that somebody typed counts as it is."""
    return _ESCAPED.sub(lambda found: "\\" * (len(found[1]) // 2) + "<", text)


def iso(time_ns: int) -> str:
    """Return a time as ISO 8601 in UTC, to the nanosecond where it has any; "" for 0."""
    if not time_ns:
        return ""
    secs, rest = divmod(time_ns, 1_000_000_000)
    fraction = f".{rest:09d}".rstrip("0").rstrip(".")
    return f"{_EPOCH + timedelta(seconds=secs):%Y-%m-%dT%H:%M:%S}{fraction}Z"


def nanoseconds(text: str) -> int:
    """Return a time that was written as ISO 8601; one without zone is UTC, "" is 0.

    Raises:
        ValueError: it is none.
    """
    if not text.strip():
        return 0
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise ValueError("a time such as 2026-11-26T05:01:02Z")
    day, clock, fraction, zone = found.groups()
    whole = datetime.fromisoformat(f"{day}T{clock}{zone or '+00:00'}".replace("Z", "+00:00"))
    if not FIRST_YEAR <= whole.year <= LAST_YEAR:
        raise ValueError(f"a time between the years {FIRST_YEAR} and {LAST_YEAR}")
    return (whole - _EPOCH) // timedelta(seconds=1) * 1_000_000_000 + int((fraction or "0").ljust(9, "0"))


# ---- the kinds of values ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of value.

    Attributes:
        write: gives its line, "" for the default. read: gives the value; raises ValueError with what was
            expected.
    """

    write: Callable[[Any], str]
    read: Callable[[str], Any]


def _write_text(text: str) -> str:
    if not text:
        return ""
    awkward = text != text.strip() or text[:1] in ('"', "[", "{") or _CONTROL.search(text)
    return json.dumps(text, ensure_ascii=False) if awkward else plain(text)


def _read_text(line: str) -> str:
    if not line.startswith('"'):
        return meant(line)
    try:
        text = json.loads(line)
        text.encode()
    except (ValueError, AttributeError):  # half a letter is none, and what is no text counts as typed
        return meant(line)
    return text if isinstance(text, str) else meant(line)


def _write_words(words: Iterable[str]) -> str:
    words = list(words)
    if not words:
        return ""
    simple = all(
        word
        and word == word.strip()
        and word[:1] not in ('"', "[")
        and not _CONTROL.search(word)
        and "," not in word
        for word in words
    )
    return plain(", ".join(words)) if simple else json.dumps(words, ensure_ascii=False)


def _read_words(line: str) -> tuple[str, ...]:
    if not line.startswith("["):
        return tuple(meant(word.strip()) for word in line.split(",") if word.strip())
    try:
        return msgspec.json.decode(line, type=tuple[str, ...])
    except msgspec.MsgspecError:
        raise ValueError("words with commas between them") from None


def _read_flag(line: str) -> bool:
    word = line.strip().casefold()
    if word not in YES + NO:
        raise ValueError("yes or no")
    return word in YES


def _write_number(value: float) -> str:
    return f"{int(value)}" if value == int(value) and abs(value) < 1e15 else repr(float(value))


def _read_number(line: str) -> float:
    try:
        return float(line)
    except ValueError:
        raise ValueError("a number") from None


def _read_whole(line: str) -> int:
    try:
        number = int(line or "0")
    except ValueError:
        number = WHOLE_MAX + 1
    if abs(number) > WHOLE_MAX:
        raise ValueError("a whole number")
    return number


def _write_point(point: tuple[float, float, float] | None) -> str:
    return "" if point is None else " ".join(_write_number(value) for value in point)


def _read_point(line: str) -> tuple[float, float, float] | None:
    if not line.strip():
        return None
    try:
        x, y, z = (float(part) for part in re.split(r"[\s,;]+", line.strip()))
    except ValueError:
        raise ValueError("three numbers, metres") from None
    return x, y, z


def _as_json(kind: Any, expected: str) -> Kind:
    """Return the kind of a value that stands as JSON on its line, a default as nothing."""

    def write(value: Any) -> str:
        return msgspec.json.encode(value).decode() if value else ""

    def read(line: str) -> Any:
        try:
            return msgspec.json.decode(line or "null", type=kind | None)
        except (msgspec.MsgspecError, RecursionError):
            raise ValueError(expected) from None

    return Kind(write, read)


def _or_nothing(kind: Kind, nothing: Any) -> Kind:
    """Return a kind whose empty line means ``nothing``."""
    return Kind(kind.write, lambda line: kind.read(line) if line else nothing)


TEXT = Kind(_write_text, _read_text)
WORDS = Kind(_write_words, _read_words)
FLAG = Kind(lambda value: "yes" if value else "no", _read_flag)
NUMBER = Kind(_write_number, _read_number)
WHOLE = Kind(str, _read_whole)
TIME = Kind(iso, nanoseconds)
POINT = Kind(_write_point, _read_point)
CAMERA = _as_json(Camera, "a camera as JSON")
FILE = _as_json(Attached, "a file as JSON: name, sha256, size, media")
DOCUMENTS = _or_nothing(_as_json(tuple[Document, ...], "documents as JSON"), ())
PLANES = _or_nothing(_as_json(tuple[Plane, ...], "section planes as JSON"), ())
LINES = _or_nothing(_as_json(tuple[Segment, ...], "lines as JSON"), ())
PAINTED = _or_nothing(_as_json(tuple[Painted, ...], "colours as JSON"), ())
