"""The list of topics: found, filtered and sorted, ten thousand of them between two frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from walkdown.messages import Comment, Topic
from walkdown.review import ReviewState
from walkdown_client.tools.topic_state import TopicFilters
from walkdown_client.tools.topics import due_day, due_state, is_finished

LAST_DAY = date.max


@dataclass(frozen=True, slots=True)
class TopicRow:
    """One topic, made ready to be found; ``text`` is folded."""

    topic: Topic
    text: str
    finished: bool
    due: date


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a list is made.

    Attributes:
        name, author_id: of the person; a topic is theirs by either.
        today: where they are. unread: how many comments of a topic they have not seen.
        orphaned: tells whether a topic is. priorities: most urgent first.
    """

    name: str
    author_id: str
    today: date
    unread: Callable[[Topic], int]
    orphaned: Callable[[Topic], bool]
    priorities: tuple[str, ...] = ()


def is_owner(topic: Topic, *, name: str, author_id: str) -> bool:
    """Tell whether somebody owns a topic: by their id in the journal, else by name."""
    if topic.assigned_id and author_id:
        return topic.assigned_id == author_id
    return bool(name) and topic.assigned.strip().casefold() == name.strip().casefold()


class TopicTable:
    """All topics of a review in rows; what has not changed is not read again.

    Attributes:
        rows: by topic. open_count: how many are unfinished. revision: grows with every update.
    """

    def __init__(self) -> None:
        self.rows: dict[str, TopicRow] = {}
        self.open_count = self.revision = 0
        self._of_thing: dict[str, list[str]] = {}
        self._said: dict[str, tuple[Comment, str]] = {}

    def update(self, state: ReviewState) -> None:
        """Bring the rows up to date; costs the number of topics once, and reading those that changed."""
        before = self.rows
        self.revision += 1
        self.rows = {
            name: row if (row := before.get(name)) is not None and row.topic is topic else _row(topic)
            for name, topic in state.topics.items()
        }
        self.open_count = sum(not row.finished for row in self.rows.values())
        self._of_thing = {}
        for name, row in self.rows.items():
            for thing in row.topic.things:
                self._of_thing.setdefault(thing, []).append(name)

    def about(self, thing: str) -> list[Topic]:
        """Return the topics about a thing, the unfinished and newest first."""
        found = [self.rows[name] for name in self._of_thing.get(thing, ())]
        return [row.topic for row in sorted(found, key=lambda row: (row.finished, -row.topic.index))]

    def listed(self, state: ReviewState, filters: TopicFilters, *, search: str, reader: Reader) -> list[str]:
        """Return the ids of the topics that a person wishes to see, in order."""
        rows = self._of_thing.get(filters.thing, ()) if filters.thing else self.rows
        found = [self.rows[name] for name in rows if _passes(self.rows[name], filters, reader)]
        words = search.casefold().split()
        if words:
            found = [row for row in found if self._answers(state, row, words)]
        return [row.topic.topic for row in _sorted(found, filters, reader)]

    def _answers(self, state: ReviewState, row: TopicRow, words: list[str]) -> bool:
        """Tell whether all words stand in a topic or in what was said about it."""
        missing = [word for word in words if word not in row.text]
        if not missing:
            return True
        said = " ".join(map(self._folded, state.comments_on(row.topic.topic)))
        return bool(said) and all(word in said for word in missing)

    def _folded(self, comment: Comment) -> str:
        known = self._said.get(comment.comment)
        if known is None or known[0] is not comment:
            known = self._said[comment.comment] = (comment, f"{comment.text} {comment.author}".casefold())
        return known[1]


def _row(topic: Topic) -> TopicRow:
    words = (
        f"#{topic.index}",
        topic.title,
        topic.description,
        topic.type,
        topic.status,
        topic.priority,
        topic.stage,
        topic.discipline,
        topic.assigned,
        topic.author,
        topic.speaker,
        *topic.labels,
        *topic.things,
    )
    return TopicRow(topic, "\n".join(words).casefold(), is_finished(topic), due_day(topic.due) or LAST_DAY)


def _passes(row: TopicRow, filters: TopicFilters, reader: Reader) -> bool:
    topic = row.topic
    return not (
        (filters.unfinished and row.finished)
        or (filters.parked and not topic.parked)
        or (filters.discipline and topic.discipline != filters.discipline)
        or (filters.priority and topic.priority != filters.priority)
        or (filters.mine and not is_owner(topic, name=reader.name, author_id=reader.author_id))
        or (filters.due and not _is_due(topic, filters.due, reader.today))
        or (filters.unread and not reader.unread(topic))
        or (filters.orphaned and not reader.orphaned(topic))
    )


def _is_due(topic: Topic, wanted: str, today: date) -> bool:
    state, _days = due_state(topic, today)
    return state == "overdue" or (wanted == "soon" and state in ("today", "soon"))


def _sorted(rows: list[TopicRow], filters: TopicFilters, reader: Reader) -> list[TopicRow]:
    """Sort by what was chosen, then by number; what has no due date, owner or priority comes last."""
    rank = {word: place for place, word in enumerate(reader.priorities)}
    keys: Mapping[str, Callable[[TopicRow], object]] = {
        "changed": lambda row: max(row.topic.changed_ns, row.topic.made_ns),
        "due": lambda row: row.due,
        "priority": lambda row: rank.get(
            row.topic.priority, len(rank) if row.topic.priority else len(rank) + 1
        ),
        "owner": lambda row: (not row.topic.assigned, row.topic.assigned.casefold()),
        "title": lambda row: row.topic.title.casefold(),
    }
    found = sorted(rows, key=lambda row: row.topic.index, reverse=filters.descending)
    key = keys.get(filters.sort)
    if key is None:
        return found
    found.sort(key=key, reverse=filters.sort == "changed" and filters.descending)  # type: ignore[arg-type]
    return found
