"""Who takes something back reads what it was, also when it is out of sight."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from walkdown.messages import Record
from walkdown_client.app.undo_news import UndoNews
from walkdown_client.events import Recorded


def record(number: int, kind: str, *, undoes: int = 0, author: str = "me") -> Recorded:
    return Recorded(Record(number, number, "Ada", author, kind, {}, undoes=undoes))


def test_an_undo_says_what_it_took_back_and_a_redo_what_it_repeated() -> None:
    said: list[str] = []
    world: Any = SimpleNamespace(welcome=SimpleNamespace(author="me"))
    news = UndoNews(world, said.append)
    for event in (
        record(1, "mark"),
        record(2, "mark_removed", undoes=1),
        record(3, "mark", undoes=2),
        record(4, "mark_removed", undoes=3),
        record(5, "topic_changed", undoes=1, author="somebody else"),
    ):
        news.hear(event)
    assert said == ["Taken back: a mark", "Repeated: a mark", "Taken back: a mark"]
