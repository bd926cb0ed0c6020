"""The keys of a review: rows of the table of actions about topics, views, marks and the meeting."""

from __future__ import annotations

from walkdown_client.input.action import Action

TOPICS: tuple[Action, ...] = ()
VIEWS: tuple[Action, ...] = ()
MARKS: tuple[Action, ...] = ()
MEETING: tuple[Action, ...] = ()
LINKS: tuple[Action, ...] = ()

REVIEW_ACTIONS: tuple[Action, ...] = TOPICS + VIEWS + MARKS + MEETING + LINKS
