"""Tells which topics of a review have changed since it was looked at before. Pure.

What has not changed is the same object in both: thousands of topics are compared in a few milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from walkdown.messages import Comment, Topic, Viewpoint
from walkdown.review import ReviewState

Part = Topic | Comment | Viewpoint


class Changes:
    """The topics that are to be written, by id, "" for the session's own views.

    Attributes:
        pending: those that were not written yet; who has written one takes it away.
    """

    def __init__(self) -> None:
        self.pending: dict[str, None] = {}
        self._seen: tuple[Mapping[str, Part], ...] = ({}, {}, {})

    def see(self, state: ReviewState) -> None:
        """Note the topics of which anything is another than last time, those that are gone among them."""
        now: tuple[Mapping[str, Part], ...] = (state.topics, state.comments, state.viewpoints)
        for table, before in zip(now, self._seen, strict=True):
            self.pending.update(dict.fromkeys(_differing(table, before)))
        self._seen = tuple(dict(table) for table in now)


def _differing(table: Mapping[str, Part], before: Mapping[str, Part]) -> Iterator[str]:
    """Yield the topics of parts that came, changed or went; of one that moved, both."""
    for name in [name for name, one in table.items() if before.get(name) is not one]:
        yield table[name].topic
        if name in before:
            yield before[name].topic
    for name in before.keys() - table.keys():
        yield before[name].topic
