"""Which doors let people through: a rule over what an element is called and what is known of its state.

An open door, and one of which nothing is known, stops nobody: its leaf is left out, as if it stood open. What
is closed or locked stops everybody. A door whose leaf moves by a joint is open when the joint has moved far
enough; a signal in words that contradicts it counts more, because a lock does not move.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

DOOR_WORDS = frozenset({"door", "doors", "doorset", "gate", "turnstile"})
"""A kind or type whose last word is one of these is a way through."""

NOT_FOR_PEOPLE = frozenset(
    {"guard", "cabinet", "machine", "oven", "furnace", "fridge", "locker", "hatch", "panel", "valve", "frame"}
)
"""Words that say what else such a door belongs to."""

CLOSED_WORDS = frozenset({"closed", "locked", "shut", "blocked", "barred", "secured"})
OPEN_WORDS = frozenset({"open", "opened", "unlocked", "ajar", "released"})
LOCK_WORDS = frozenset({"locked", "lock", "closed", "blocked"})
"""A yes or no named so is about being closed; of any other name it says nothing."""

OPENING_WORDS = frozenset({"open", "opened", "opening", "position"})
"""A share named so says how far a door is open."""

AJAR_SHARE = 0.6
LIFTED_M = 1.85
"""A leaf that was lifted this far leaves room for a head."""

SLID_M = 0.6
TURNED_RAD = math.radians(35.0)
PASSAGES = frozenset({"ifcopeningelement", "ifcspace", "ifcannotation", "ifcgrid", "ifcvirtualelement"})
"""Kinds, in small letters, that are no matter at all."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The newest value of one signal of a door.

    Attributes:
        name: the signal's name, English. unit: UCUM code.
        word: what an enum or a bool is called, or a text; "" for a number.
        value: a number, NaN when it is not known.
    """

    name: str
    unit: str = "1"
    word: str = ""
    value: float = math.nan


@dataclass(frozen=True, slots=True)
class LeafJoint:
    """How the joint of a leaf stands.

    Attributes:
        kind: ``revolute`` or ``prismatic``. upward: z of its axis. value: radians or metres.
    """

    kind: str
    upward: float
    value: float


def words_of(kind: str) -> list[str]:
    """Return the words of a kind in small letters.

    >>> words_of("IfcDoorStandardCase"), words_of("guard_door"), words_of("Dock door 2")
    (['door'], ['guard', 'door'], ['dock', 'door'])
    """
    plain = re.sub(r"^Ifc|StandardCase$", "", kind)
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", plain)]


def is_door(kind: str) -> bool:
    """Tell whether a kind of element, or a type of thing, is a way through for people."""
    words = words_of(kind)
    return bool(words) and words[-1] in DOOR_WORDS and not NOT_FOR_PEOPLE.intersection(words)


def is_immaterial(kind: str) -> bool:
    """Tell whether a kind of element is a room or a mark, which stops nobody."""
    return kind.lower() in PASSAGES


def is_open(readings: Iterable[Reading] = (), joints: Iterable[LeafJoint] = ()) -> bool:
    """Tell whether a door lets people through, by its signals and the joints of its leaf.

    A word decides; without one a share or a joint does; without either it is open.
    """
    found = list(readings)
    said = [said for reading in found if (said := said_open(reading)) is not None]
    if said:
        return all(said)
    shares = [share for reading in found if (share := share_of(reading)) is not None]
    moved = [_has_moved(joint) for joint in joints]
    return all(share >= AJAR_SHARE for share in shares) and all(moved)


def said_open(reading: Reading) -> bool | None:
    """Return whether a reading says in words that the door is open, None when it says nothing of that."""
    words = set(words_of(reading.word))
    name = set(words_of(reading.name))
    if words & CLOSED_WORDS:
        return False
    if words & OPEN_WORDS:
        return True
    meaning: Mapping[str, bool] = {"yes": False, "on": False, "true": False, "no": True, "off": True}
    return meaning.get(reading.word.lower()) if name & LOCK_WORDS else None


def share_of(reading: Reading) -> float | None:
    """Return the share to which a reading says that the door is open, None when it says nothing of that."""
    if reading.word or math.isnan(reading.value) or not OPENING_WORDS.intersection(words_of(reading.name)):
        return None
    return reading.value / 100.0 if reading.unit == "%" else None


def _has_moved(joint: LeafJoint) -> bool:
    if joint.kind == "revolute":
        return abs(joint.value) >= TURNED_RAD
    return abs(joint.value) >= (LIFTED_M if abs(joint.upward) > 0.5 else SLID_M)
