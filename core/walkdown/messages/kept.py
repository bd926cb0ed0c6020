"""What stands in the journal and in history, as messages name it."""

from __future__ import annotations

import msgspec

from walkdown.messages.review_kept import ReviewSnapshot
from walkdown.messages.words import IN_PLACE, Placement, Point


class Note(msgspec.Struct, frozen=True, omit_defaults=True):
    """A shared annotation as it stands; ``point`` is in the frame of ``model``, "" for the site."""

    note: str
    text: str
    point: Point
    author: str
    author_id: str
    time_ns: int
    thing: str = ""
    number: int = 0
    model: str = ""


class ModelState(msgspec.Struct, frozen=True, omit_defaults=True):
    """A model of the session as the journal keeps it: which package it is, and where it stands."""

    model: str
    name: str
    package: str
    author: str
    author_id: str
    placement: Placement = IN_PLACE
    revision: int = 1
    number: int = 0


class SignalHistory(msgspec.Struct, frozen=True):
    """Past values of one signal, oldest first.

    Attributes:
        times_ns: (n,) int64, session time. values: (n,) float64, NaN where there is none.
        quality: (n,) uint8. All little-endian bytes.
    """

    signal: int
    times_ns: bytes
    values: bytes
    quality: bytes


class History(msgspec.Struct, frozen=True):
    """What ``ask_history`` asked for, in the order of the question."""

    epoch: int
    signals: tuple[SignalHistory, ...] = ()


class Snapshot(msgspec.Struct, frozen=True):
    """The state that the journal built, for a late joiner; events after ``number`` follow on the wire."""

    number: int
    notes: tuple[Note, ...] = ()
    disturbances: tuple[str, ...] = ()
    review: ReviewSnapshot = ReviewSnapshot()
