"""What a pin looks like for the words of its topic: type, status and priority."""

from __future__ import annotations

from walkdown.messages import Vocabulary
from walkdown.review.progress import standing
from walkdown_client.scene.pins import SHAPES, STANDINGS, TONES

_SHAPES = {
    "issue": "circle",
    "error": "circle",
    "remark": "square",
    "comment": "square",
    "info": "square",
    "request": "ring",
    "inquiry": "ring",
    "question": "ring",
    "hazard": "triangle",
    "warning": "triangle",
    "safety": "triangle",
    "clash": "diamond",
    "fault": "cross",
    "defect": "cross",
}
_TONES = {
    "critical": 4,
    "blocker": 4,
    "very high": 4,
    "on hold": 1,
    "high": 3,
    "major": 3,
    "urgent": 3,
    "normal": 2,
    "medium": 2,
    "moderate": 2,
    "low": 1,
    "minor": 1,
    "trivial": 1,
}


def shape_of(kind: str) -> int:
    """Return the shape of a type of topic; a circle for types that nobody knows.

    >>> SHAPES[shape_of("Hazard")], SHAPES[shape_of("Something else")]
    ('triangle', 'circle')
    """
    return SHAPES.index(_SHAPES.get(kind.strip().casefold(), "circle"))


def standing_of(status: str) -> int:
    """Return how far a status says that a topic is; a word that nobody knows counts as open."""
    meaning = standing(status)
    return STANDINGS.index(meaning) if meaning in STANDINGS else 0


def tone_of(priority: str, vocabulary: Vocabulary) -> int:
    """Return the tone of a priority: by its word, else by its place in the session's list, highest first.

    >>> tone_of("Critical", Vocabulary()), tone_of("", Vocabulary())
    (4, 0)
    >>> tone_of("A", Vocabulary(priorities=("A", "B")))
    4
    """
    word = priority.strip().casefold()
    if not word:
        return 0
    if word in _TONES:
        return _TONES[word]
    listed = [name.casefold() for name in vocabulary.priorities]
    return max(len(TONES) - 1 - listed.index(word), 1) if word in listed else 2
