"""Keeps the pins of topics in the scene: rows change as their topics do, and move with their models.

What a record changes is one row; only when models come, move or go are all rows looked at again, by arrays.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt

from walkdown.messages import IN_PLACE, Record, Topic
from walkdown.review import ReviewState
from walkdown_client.app.models import Models
from walkdown_client.app.pin_words import shape_of, standing_of, tone_of
from walkdown_client.placements import matrix
from walkdown_client.scene.pins import ORPHANED, PinRows
from walkdown_client.scene.view import SceneView
from walkdown_client.tools.view_state import ViewState
from walkdown_client.world import World

F64 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

SPARE_SHARE, SPARE_LEAST = 8, 64
"""Room for topics to come: an eighth of those there are, and some."""

NOWHERE = (np.nan, np.nan, np.nan)
TOPIC_KINDS = frozenset({"topic", "topic_changed", "topic_removed"})


class TopicPins:
    """The pins of a session's topics.

    Args:
        scene: where they are drawn.
    """

    def __init__(self, world: World, view: ViewState, models: Models, *, scene: SceneView) -> None:
        self._world, self._view, self._models, self._scene = world, view, models, scene
        self._keys: dict[str, Hashable] = {}
        self._review: ReviewState | None = None
        self._seen = self._topics_revision = -1
        self._topics: list[str] = []
        self._row_of: dict[str, int] = {}
        self._owners: list[str] = [""]
        self._matrices: F64 = matrix(IN_PLACE)[None]
        self._owner = np.zeros(0, np.intp)
        self._local: F64 = np.zeros((0, 3))

    def step(self) -> None:
        """Bring the pins up to date, once a frame."""
        if self._review is not self._world.review or self._lost_track():
            self._begin()
        else:
            self._follow()
        placed = self._world.packages_revision
        if self._changed("placed", placed):
            self._place_all()
        if self._changed("orphans", (placed, self._models.revision, id(self._world.twin))):
            self._find_orphans()
        if self._changed("cut", (self._scene.sections.planes, self._topics_revision)):
            self._cut()
        viewing = self._view.viewing
        self._scene.pins.shown = viewing.pins
        if self._changed("closed", viewing.closed_pins):
            self._scene.pins.show_closed(viewing.closed_pins)

    def at(self, x: float, y: float) -> str:
        """Return the topic whose pin lies under a pixel of the window from the top left, "" for none."""
        window = self._scene.base.win
        row = self._scene.pins.at(x, y, (window.get_x_size(), window.get_y_size()))
        return self._topics[row] if row >= 0 else ""

    def _changed(self, name: str, key: Hashable) -> bool:
        changed = self._keys.get(name) != key
        self._keys[name] = key
        return changed

    # ---- topics -------------------------------------------------------------------------------------

    def _lost_track(self) -> bool:
        """Tell whether records have gone by that were not looked at."""
        news = self._world.review_news
        return len(news) == news.maxlen and news[0].number > self._seen + 1

    def _begin(self) -> None:
        """Make a row for each topic there is, and room for more."""
        self._review = self._world.review
        topics = self._review.topics
        count = len(topics)
        room = count + count // SPARE_SHARE + SPARE_LEAST
        self._topics = [*topics, *[""] * (room - count)]
        self._row_of = dict(zip(topics, range(count), strict=True))
        self._owner, self._local = np.zeros(room, np.intp), np.zeros((room, 3))
        rows = PinRows.empty(room)
        self._scene.pins.rows = rows
        if count:
            self._write(np.arange(count), list(topics.values()))
        rows.points[:] = self._in_site(np.arange(room))
        self._scene.pins.put(rows)
        self._seen = self._world.last_record
        self._topics_revision = self._review.revision
        self._keys.clear()

    def _follow(self) -> None:
        """Change the rows of topics about which records have come."""
        touched = dict.fromkeys(reversed([_topic_in(record) for record in self._news()]))
        self._seen = max(self._seen, self._world.last_record)
        rows = [row for topic in touched if topic and (row := self._take(topic)) >= 0]
        if not rows or self._review is None:
            return
        changed, points = np.array(rows, np.intp), self._scene.pins.rows.points
        places = self._in_site(changed)
        if not np.array_equal(places, points[changed]):
            points[changed] = places
            self._scene.pins.place(changed)
        self._scene.pins.restyle(changed)
        self._topics_revision = self._review.revision

    def _news(self) -> Iterable[Record]:
        for record in reversed(self._world.review_news):
            if record.number <= self._seen:
                return
            if record.kind in TOPIC_KINDS:
                yield record

    def _take(self, name: str) -> int:
        """Write the row of a topic as it stands; returns it, -1 when there is none or all were made anew."""
        topic = self._world.review.topics.get(name)
        row = self._row_of.get(name, -1)
        if topic is None:
            if row >= 0:
                self._scene.pins.rows.there[row] = False
            return row
        if row < 0:
            row = len(self._row_of)
            if row >= len(self._topics):
                self._begin()
                return -1
            self._topics[row], self._row_of[name] = name, row
        self._write(np.array([row]), [topic])
        self._scene.pins.rows.flags[row] = ORPHANED * int(self._is_orphan(topic))
        return row

    def _write(self, where: Rows, topics: Sequence[Topic]) -> None:
        """Write what topics say into their rows."""
        rows, vocabulary = self._scene.pins.rows, self._world.review.vocabulary
        points = np.array([topic.point or NOWHERE for topic in topics], np.float64)
        there = np.asarray(np.isfinite(points).all(1))
        rows.there[where] = there
        rows.numbers[where] = [topic.index for topic in topics]
        rows.shapes[where] = [shape_of(topic.type) for topic in topics]
        rows.standings[where] = [standing_of(topic.status) for topic in topics]
        rows.tones[where] = [tone_of(topic.priority, vocabulary) for topic in topics]
        self._local[where] = np.where(there[:, None], points, 0.0)
        self._owner[where] = [self._owner_of(topic.model) for topic in topics]

    # ---- places -------------------------------------------------------------------------------------

    def _owner_of(self, model: str) -> int:
        if model not in self._owners:
            self._owners.append(model)
            self._matrices = np.concatenate([self._matrices, matrix(self._world.placement(model))[None]])
        return self._owners.index(model)

    def _in_site(self, rows: Rows) -> F64:
        """Return where pins are, (n, 3) metres, site frame."""
        turns = self._matrices[self._owner[rows]]
        return np.asarray(np.einsum("nij,nj->ni", turns[:, :, :3], self._local[rows]) + turns[:, :, 3])

    def _place_all(self) -> None:
        """Let pins stand where their models stand; those of models that are gone stay where they were."""
        here = {ref.model: ref.placement for ref in self._world.packages if ref.model}
        moved = [row for row, model in enumerate(self._owners) if model in here]
        before = self._matrices[moved].copy()
        for row in moved:
            self._matrices[row] = matrix(here[self._owners[row]])
        if not np.array_equal(before, self._matrices[moved]):
            every = np.arange(len(self._topics))
            self._scene.pins.rows.points[:] = self._in_site(every)
            self._scene.pins.place(every)
            self._keys.pop("cut", None)

    def _cut(self) -> None:
        """Leave out the pins that a section cuts away."""
        sections, pins = self._scene.sections, self._scene.pins
        pins.keep(sections.keeps(pins.rows.points) if sections.on else None)

    # ---- what is not here any more ------------------------------------------------------------------

    def _is_orphan(self, topic: Topic) -> bool:
        gone = bool(topic.model) and all(ref.model != topic.model for ref in self._world.packages)
        return gone or (bool(topic.things) and self._knows_all and not any(map(self._known, topic.things)))

    @property
    def _knows_all(self) -> bool:
        """Whether all models have told what they consist of."""
        return len(self._models.packages) == len(self._world.packages)

    def _known(self, name: str) -> bool:
        return name in self._world.twin.thing_row or name in self._models.drawn.names

    def _find_orphans(self) -> None:
        """Find the topics whose thing or model is not here any more, all at once."""
        rows, topics = self._scene.pins.rows, self._world.review.topics
        present = [topics[name] for name in self._topics if name in topics]
        where = np.flatnonzero(
            np.fromiter((name in topics for name in self._topics), bool, len(self._topics))
        )
        here = {"", *(ref.model for ref in self._world.packages)}
        gone = ~np.isin(self._owner, [place for place, name in enumerate(self._owners) if name in here])
        rows.flags[:] = ORPHANED * gone
        if self._knows_all and present:
            counts = np.fromiter((len(topic.things) for topic in present), np.intp, len(present))
            named = chain.from_iterable(topic.things for topic in present)
            known = np.fromiter(map(self._known, named), bool, int(counts.sum()))
            owner = np.repeat(np.arange(len(present)), counts)
            found = np.bincount(owner, weights=known, minlength=len(present))
            rows.flags[where[(counts > 0) & (found == 0)]] = ORPHANED
        self._scene.pins.restyle(np.arange(len(self._topics)))


def _topic_in(record: Record) -> str:
    """Return the id of the topic that a record is about."""
    told = record.body.get("topic")
    return str(told.get("topic", "")) if isinstance(told, dict) else str(told or "")
