"""How far a topic is: what the words of its status mean, in the languages in which people write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from walkdown.messages import TopicFields, Vocabulary

Standing = Literal["open", "working", "resolved", "closed", "other"]

_STANDINGS: Mapping[Standing, tuple[str, ...]] = {
    "open": ("", "open", "active", "new", "reopened", "re-opened", "offen", "打开"),
    "working": ("in progress", "inprogress", "assigned", "waiting", "in arbeit", "in bearbeitung", "进行中"),
    "resolved": ("resolved", "done", "answered", "completed", "gelöst", "erledigt", "已解决"),
    "closed": ("closed", "approved", "rejected", "void", "cancelled", "canceled", "geschlossen", "已关闭"),
}
_STANDING_OF = {word: standing for standing, words in _STANDINGS.items() for word in words}


def standing(status: str) -> Standing:
    """Return what a status means; words that nobody knows count as unfinished.

    >>> standing("In Progress"), standing("Closed"), standing("Waits for the vendor")
    ('working', 'closed', 'other')
    """
    return _STANDING_OF.get(status.strip().casefold(), "other")


def is_finished(topic: TopicFields) -> bool:
    """Tell whether nothing is left to be done about a topic."""
    return standing(topic.status) in ("resolved", "closed")


def word_for(meaning: Standing, vocabulary: Vocabulary) -> str:
    """Return the session's word for a standing, else BCF's."""
    plain = {"open": "Open", "working": "In progress", "resolved": "Resolved", "closed": "Closed"}
    there = (word for word in vocabulary.statuses if word and standing(word) == meaning)
    return next(there, plain.get(meaning, "Open"))
