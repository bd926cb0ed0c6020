"""What a plan of a merge comes to: wishes for the journal, and in a sentence what became of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from walkdown.errors import BadInput
from walkdown.messages import Comment, Reply, Viewpoint
from walkdown.review import PlannedTopic, ReviewState
from walkdown_server.review.rules_imports import ChangeImported, ImportTopic
from walkdown_server.ruling import OwnWish

RECORD_BYTES = 400_000
"""What belongs to a topic is spread over several records when it is larger; one may have 1 MiB."""

REFUSED_SAID = 3
"""So many reasons why topics could not be taken."""


class Outcome:
    """What became of the topics of a file."""

    def __init__(self, *, same: int) -> None:
        self.new = self.changed = self.left_out = 0
        self.same = same
        self._refused: list[str] = []
        self._read_only = ""

    def count(self, planned: PlannedTopic, replies: Sequence[Reply]) -> None:
        """Count one topic."""
        bad = next((reply for reply in replies if not reply.number and reply.code != "unchanged"), None)
        if bad is not None:
            self._refused.append(bad.text)
            if bad.code in ("read-only", "not-kept"):
                self._read_only = bad.text
        elif not any(reply.number for reply in replies):
            self.same += 1
        elif planned.what == "new":
            self.new += 1
        else:
            self.changed += 1

    @property
    def read_only(self) -> str:
        """Why nothing can be kept any more, "" while it can."""
        return self._read_only

    def stopped(self, reason: str) -> BadInput:
        """Return what to raise when merging ends before its end."""
        return BadInput(f"{self._so_far()}; then it stopped: {reason}")

    def sentence(self) -> str:
        """Return what to tell the sender."""
        told = self._so_far()
        if self.left_out:
            told += f", {self.left_out} left out as you said"
        if self._refused:
            reasons = "; ".join(dict.fromkeys(self._refused[:REFUSED_SAID]))
            told += f", {len(self._refused)} could not be taken ({reasons})"
        return f"{told}."

    def _so_far(self) -> str:
        return f"{self.new} new, {self.changed} changed, {self.same} the same"


def fingerprint(review: ReviewState, topic: str) -> int:
    """Return a number that is another one after every change of a topic and what belongs to it."""
    there = review.topics.get(topic)
    if there is None:
        return 0
    newest = [there.number, *(one.number for one in review.comments_on(topic))]
    newest += [view.number for view in review.views_of(topic)]
    return hash((max(newest), len(newest)))


def files_of(topics: Iterable[PlannedTopic]) -> dict[str, None]:
    """Return the sha256 of every file that topics refer to, each once."""
    found: dict[str, None] = {}
    for each in topics:
        documents = (each.topic.documents if each.topic else ()) or each.changes.get("documents", ())
        found.update((one.file.sha256, None) for one in documents if one.file is not None)
        found.update((view.snapshot, None) for view in each.viewpoints if view.snapshot)
        if each.topic is not None and each.topic.evidence.file is not None:
            found[each.topic.evidence.file.sha256] = None
    return found


def wishes_for(each: PlannedTopic, *, origin: str) -> Iterator[OwnWish]:
    """Yield what has to be done for a topic, in records that are not too large; ``origin`` is the file."""
    pieces = list(_pieces(each.comments, each.viewpoints))
    first_comments, first_views = pieces[0] if pieces else ((), ())
    if each.what == "same":
        return
    if each.topic is not None:
        yield ImportTopic(each.topic, first_comments, first_views)
    else:
        changes = msgspec.to_builtins(each.changes)
        yield ChangeImported(each.topic_id, changes, first_comments, first_views, origin=origin)
    for comments, views in pieces[1:]:
        yield ChangeImported(each.topic_id, {}, comments, views)


Belongings = tuple[tuple[Comment, ...], tuple[Viewpoint, ...]]


def _pieces(comments: Sequence[Comment], viewpoints: Sequence[Viewpoint]) -> Iterator[Belongings]:
    """Yield comments and views in pieces of at most about :data:`RECORD_BYTES`."""
    mine: list[Comment] = []
    views: list[Viewpoint] = []
    size = 0
    for one in (*viewpoints, *comments):
        more = len(msgspec.msgpack.encode(one))
        if size and size + more > RECORD_BYTES:
            yield tuple(mine), tuple(views)
            mine, views, size = [], [], 0
        (views if isinstance(one, Viewpoint) else mine).append(one)  # type: ignore[arg-type]
        size += more
    if size:
        yield tuple(mine), tuple(views)
