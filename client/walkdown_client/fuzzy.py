"""Fuzzy search: all words of the query, in any order; letters in order count too, but less."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

NO_MATCH = -1.0


def score(query: str, text: str) -> float:
    """Return how well a text answers a query: 0 or more, ``NO_MATCH`` when it does not.

    >>> [round(score("fil", text)) for text in ("Filler", "Product filter", "Labeller")]
    [4, 3, -1]
    """
    return score_folded(query.casefold().split(), text.casefold())


def score_folded(words: Sequence[str], text: str) -> float:
    """Return the same for words and a text whose case is folded already; for long lists."""
    total = 0.0
    for word in words:
        part = _score_word(word, text)
        if part < 0:
            return NO_MATCH
        total += part
    return max(total - len(text) * 0.001, 0.001) if total else 0.0


def _score_word(word: str, text: str) -> float:
    place = text.find(word)
    if place == 0:
        return 4.0
    if place > 0:
        return 3.0 if not text[place - 1].isalnum() else 2.0
    return 1.0 if _letters_in_order(word, text) else NO_MATCH


def _letters_in_order(word: str, text: str) -> bool:
    """Tell whether one word of the text begins as ``word`` does and holds its letters in order."""
    if len(word) < 3:
        return False
    for part in text.split():
        letters = iter(part)
        if part[0] == word[0] and all(letter in letters for letter in word):
            return True
    return False


def best(query: str, texts: Iterable[str], *, limit: int) -> Sequence[int]:
    """Return positions of the best answers, best first; an empty query keeps the order."""
    scored = [(score(query, text), -place) for place, text in enumerate(texts)]
    found = sorted((pair for pair in scored if pair[0] != NO_MATCH), reverse=True)
    return [-place for _score, place in found[:limit]]
