"""Which comments somebody has seen, this time and the last: what came while they were away is unread."""

from __future__ import annotations

from walkdown.messages import Topic
from walkdown_client.tools.view_state import ViewState
from walkdown_client.world import World

SESSIONS_MAX = 100
"""Of so many sessions it is remembered; the one that was left longest ago is forgotten first."""


class TopicReading:
    """Keeps a person's desk up to date about what they have seen.

    Args:
        place: the session's address, under which it is remembered.
    """

    def __init__(self, world: World, view: ViewState, place: str) -> None:
        self._world, self._view, self._place = world, view, place

    def step(self, topic: Topic | None) -> None:
        """Count as seen what the open card shows; once a frame."""
        desk = self._view.topics
        if desk.read_until < 0 and self._world.welcome is not None:
            desk.read_until = self._begin()
        if topic is not None:
            said = self._world.review.comments_on(topic.topic)
            desk.read[topic.topic] = max((comment.number for comment in said), default=0)

    def _begin(self) -> int:
        """Return up to which record all was seen last time; at a first visit all counts as seen."""
        newest = self._world.last_record
        return min(self._view.preferences.topics_read.get(self._place, newest), newest)

    def close(self) -> None:
        """Remember up to which record all has been seen."""
        desk, remembered = self._view.topics, self._view.preferences.topics_read
        if desk.read_until < 0 or self._world.welcome is None:
            return
        author, review = self._world.welcome.author, self._world.review
        unread = (
            comment.number
            for comment in review.comments.values()
            if comment.number > desk.read.get(comment.topic, desk.read_until) and comment.author_id != author
        )
        remembered.pop(self._place, None)
        remembered[self._place] = min(unread, default=self._world.last_record + 1) - 1
        while len(remembered) > SESSIONS_MAX:
            del remembered[next(iter(remembered))]
