"""Which topics, comments and views of a file a session has already, by their GUIDs."""

from __future__ import annotations

from msgspec.structs import replace

from walkdown.review import ReviewState
from walkdown_server.exchange.incoming import IncomingTopic, derived, guid_of


class Matching:
    """What the session has, by the GUIDs of files.

    Attributes:
        topics: by GUID.
    """

    def __init__(self, state: ReviewState) -> None:
        self.topics = {guid_of(name): topic for name, topic in state.topics.items()}
        self._comments = {guid_of(name): one.topic for name, one in state.comments.items()}
        self._views = {guid_of(name): one.topic for name, one in state.viewpoints.items()}
        self._names = {guid_of(name): name for table in (state.comments, state.viewpoints) for name in table}

    def fitted(self, each: IncomingTopic, notes: list[str]) -> IncomingTopic:
        """Return a topic with the ids that its parts have here; what is taken by another gets a new one."""
        guid = guid_of(each.topic.topic)
        there = self.topics.get(guid)
        name = there.topic if there is not None else each.topic.topic
        views = {
            one.viewpoint: self._fit(one.viewpoint, name, table=self._views, notes=notes)
            for one in each.viewpoints
        }
        comments = tuple(
            replace(
                one,
                topic=name,
                comment=self._fit(one.comment, name, table=self._comments, notes=notes),
                viewpoint=views.get(one.viewpoint, one.viewpoint),
            )
            for one in each.comments
        )
        viewpoints = tuple(
            replace(one, topic=name, viewpoint=views[one.viewpoint]) for one in each.viewpoints
        )
        related = tuple(
            self.topics[guid_of(one)].topic if guid_of(one) in self.topics else one
            for one in each.topic.related
        )
        topic = replace(each.topic, topic=name, related=related)
        return replace(each, topic=topic, comments=comments, viewpoints=viewpoints)

    def _fit(self, name: str, topic: str, *, table: dict[str, str], notes: list[str]) -> str:
        owner = table.get(guid_of(name))
        if owner is None:
            return name
        if owner == topic:
            return self._names.get(guid_of(name), name)
        made = derived(topic, name)
        if made not in table:
            notes.append(f"The GUID {name} is taken by another topic here; it came in as {made}.")
        return made
