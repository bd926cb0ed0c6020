"""Merges one topic that a session and a file both have: its fields, comments, views and pin."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from walkdown.messages import Comment, Topic, TopicChange, Viewpoint
from walkdown.messages.words import Point
from walkdown.review import MergeConflict, PlannedTopic, ReviewState
from walkdown_server.exchange.incoming import (
    CARRIED,
    SEEN,
    IncomingTopic,
    as_in_files,
    carried,
    guid_of,
    mark,
    parts_of,
    plain,
    revision,
    same_view,
)
from walkdown_server.exchange.model_frames import NO_MODELS, ModelFrames
from walkdown_server.exchange.pins import about

History = Callable[[str], Sequence[TopicChange]]
"""Returns the changes of a topic, oldest first, by its id."""

Knows = Callable[[str], bool]
"""Tells whether the session has a thing of this id."""

NEAR_METRES = 1e-6
OF_FIELDS = ("topic", "topic_changed")
"""Records whose changes are those of fields; comments and views have a text and a title of their own."""

OF_REMOVALS = ("comment_removed", "viewpoint_removed")

SHOWN_MAX = 300
"""Letters of a value in a conflict."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the state.

    Attributes:
        bases: topics as they came in before, by GUID. history: of a topic, None where nothing is kept.
        things: whether an id is that of a thing here; without it nothing counts as unresolved.
        frames: where the coordinates of files lie now.
    """

    bases: Mapping[str, IncomingTopic] = field(default_factory=dict)
    history: History | None = None
    things: Knows | None = None
    frames: ModelFrames = NO_MODELS


class TopicMerge:
    """One topic that both sides have."""

    def __init__(
        self, state: ReviewState, here: Topic, file: IncomingTopic, *, known: Known, notes: list[str]
    ) -> None:
        self._state, self._here, self._file, self._known, self._notes = state, here, file, known, notes
        self._views = tuple(state.views_of(here.topic))
        guid = guid_of(here.topic)
        origin = known.bases.get(guid)
        self._origin = known.frames.in_site(origin) if origin is not None else None
        told = known.history(here.topic) if known.history else ()
        self._changes = [each for each in told if each.kind in OF_FIELDS]
        self._removed = {
            str(each.changes.get("comment") or each.changes.get("viewpoint")): str(
                each.changes.get("text", "")
            )
            for each in told
            if each.kind in OF_REMOVALS
        }
        self._marks = self._exported()
        self._conflicts: list[MergeConflict] = []

    def planned(self) -> PlannedTopic:
        """Return what the file changes."""
        changes = self._fields()
        comments, viewpoints = self._comments(), self._viewpoints()
        changes |= self._pin()
        what = "changed" if changes or comments or viewpoints else "same"
        return PlannedTopic(
            self._here.topic,
            changes.get("title", self._here.title),
            what,  # type: ignore[arg-type]
            changes=changes,
            comments=comments,
            viewpoints=viewpoints,
            conflicts=tuple(self._conflicts),
        )

    # ---- what both sides had ------------------------------------------------------------------------------

    def _exported(self) -> dict[str, str]:
        """Return the marks of the fields as this session exported them, {} where it did not, or nobody knows.

        They are ours when each field that was not changed here since has its mark still.
        """
        number, marks, _views = parts_of(self._file.rev)
        if not marks or number > self._here.number:
            return {}
        since = {name for each in self._changes if each.number > number for name in each.changes}
        ours = all(mark(self._here, name) == marks[name] for name in CARRIED if name not in since)
        return marks if ours else {}

    def _unchanged(self, name: str) -> tuple[bool, bool] | None:
        """Return whether a field is as it was here and in the file, None where nobody knows how it was."""
        here, file = self._here, self._file.topic
        if self._marks:
            return mark(here, name) == self._marks[name], mark(file, name) == self._marks[name]
        if self._origin is None:
            return None
        base = carried(self._origin.topic, name)
        return carried(here, name) == base, carried(file, name) == base

    def _since(self, name: str) -> int:
        """Return when a field got the value it has here."""
        for change in reversed(self._changes):
            if name in change.changes:
                return change.time_ns
        if self._changes and self._changes[0].kind == "topic":
            return self._changes[0].time_ns  # nobody has changed it since it was made
        return self._here.changed_ns or self._here.made_ns

    # ---- fields -------------------------------------------------------------------------------------------

    def _fields(self) -> dict[str, Any]:
        return {
            name: getattr(self._file.topic, name)
            for name in self._file.fields
            if carried(self._here, name) != carried(self._file.topic, name) and self._takes(name)
        }

    def _takes(self, name: str) -> bool:
        """Return whether the file's value is taken; notes a conflict where both sides have changed it."""
        unchanged = self._unchanged(name)
        if unchanged is not None:
            here, file = unchanged
            if file or here:
                return not file
        when, since = self._file.topic.changed_ns or self._file.topic.made_ns, self._since(name)
        won = when > since
        if unchanged is not None or not won or self._here.changed_ns:
            ours, theirs = getattr(self._here, name), getattr(self._file.topic, name)
            self._conflict(name, _shown(ours), _shown(theirs), won=won, tie=when == since)
        return won

    def _conflict(self, name: str, here: str, file: str, *, won: bool, tie: bool) -> None:
        if won:
            why = "The file has changed it later."
        elif tie:
            why = "Both say the same time; what stands here stays."
        else:
            why = "It was changed here later."
        self._conflicts.append(MergeConflict(name, here, file, "file" if won else "here", why))

    def _pin(self) -> dict[str, Any]:
        """Return where the pin moves when the file shows other things, and nobody here had moved it."""
        theirs, before = self._file.topic, self._about()
        if not self._file.viewpoints or before is None or "things" in self._file.fields:
            return {}
        if theirs.things != as_in_files(before.things) and self._here.things == before.things:
            return {"things": theirs.things, "point": theirs.point, "model": ""}
        if theirs.point is None or _near(theirs.point, before.point):
            return {}
        if _near(self._here.point, before.point) and not self._here.model:
            return {"point": theirs.point}
        return {}

    def _about(self) -> Topic | None:
        """Return things and point that the file's topic would have with the views that stand here."""
        same = [view for view in self._views if view.viewpoint in self._in_file()]
        if not same:
            return None
        things, point = about(same)
        return replace(self._here, things=things, point=point)

    def _in_file(self) -> set[str]:
        return {view.viewpoint for view in self._file.viewpoints}

    # ---- comments and views -------------------------------------------------------------------------------

    def _comments(self) -> tuple[Comment, ...]:
        found = tuple(one for one in self._file.comments if self._takes_comment(one))
        if self._origin is not None:
            left = {one.comment for one in self._file.comments}
            gone = sum(
                one.comment not in left and one.comment in self._state.comments
                for one in self._origin.comments
            )
            if gone:
                title = self._here.title[:60]
                self._notes.append(f"The file has {gone} comments less on {title!r} than before; they stay.")
        return found

    def _takes_comment(self, theirs: Comment) -> bool:
        ours = self._state.comments.get(theirs.comment)
        before = self._comment_before(theirs.comment)
        if ours is None:
            removed = self._removed.get(theirs.comment)
            stood = before.text if before is not None else removed
            return stood is None or plain(stood) != plain(theirs.text)
        if (plain(ours.text), ours.viewpoint) == (plain(theirs.text), theirs.viewpoint):
            return False
        if before is not None and plain(before.text) == plain(theirs.text):
            return False
        when, since = theirs.changed_ns or theirs.made_ns, ours.changed_ns or ours.made_ns
        won = when > since
        if not won or before is None or plain(before.text) != plain(ours.text):
            self._conflict(
                f"comment:{ours.comment}", _shown(ours.text), _shown(theirs.text), won=won, tie=when == since
            )
        return won

    def _comment_before(self, name: str) -> Comment | None:
        for one in self._origin.comments if self._origin else ():
            if one.comment == name:
                return one
        return None

    def _viewpoints(self) -> tuple[Viewpoint, ...]:
        said = parts_of(self._file.rev)[2]
        as_exported = bool(said) and parts_of(revision(self._here, self._views))[2] == said
        made = []
        for theirs in self._file.viewpoints:
            ours = self._state.viewpoints.get(theirs.viewpoint)
            if ours is None:
                if not self._was_removed(theirs):
                    made.append(theirs)
            elif not same_view(ours, theirs) and (as_exported or self._takes_view(ours, theirs)):
                made.append(replace(ours, **{name: getattr(theirs, name) for name in SEEN}))
        return tuple(made)

    def _was_removed(self, theirs: Viewpoint) -> bool:
        """Return whether a view was removed here, and nobody knows of a change of it elsewhere."""
        before = (
            [one for one in self._origin.viewpoints if one.viewpoint == theirs.viewpoint]
            if self._origin
            else []
        )
        return theirs.viewpoint in self._removed and all(same_view(one, theirs) for one in before)

    def _takes_view(self, ours: Viewpoint, theirs: Viewpoint) -> bool:
        for before in self._origin.viewpoints if self._origin else ():
            if before.viewpoint == theirs.viewpoint:
                if same_view(before, theirs):
                    return False
                if same_view(before, ours):
                    return True
        when = self._file.topic.changed_ns or self._file.topic.made_ns
        won = when > ours.made_ns
        self._conflict(
            f"viewpoint:{ours.viewpoint}",
            "the view here",
            "the view in the file",
            won=won,
            tie=when == ours.made_ns,
        )
        return won


def _near(one: Point | None, other: Point | None) -> bool:
    return one == other or (one is not None and other is not None and math.dist(one, other) < NEAR_METRES)


def _shown(value: Any) -> str:
    """Return a value as people read it."""
    if isinstance(value, tuple):
        words = [each if isinstance(each, str) else each.description or each.url for each in value]
        return ", ".join(words)[:SHOWN_MAX]
    return str(value)[:SHOWN_MAX]
