"""What others do with models is said in one line each; what oneself did is not."""

from __future__ import annotations

from typing import Any

from tests.client.test_world import DUPLEX, NOW_NS, PACKAGE, welcome, world_with
from walkdown.messages import Record
from walkdown_client.app.model_news import LOOKS_MAX, ModelNews
from walkdown_client.events import Joined, ModelsListed, Recorded
from walkdown_client.world import World


class Said:
    """Collects what is said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, title: str, text: str = "", *, person: int | None = None) -> None:
        self.lines.append(f"{title}: {text}" if text else title)


def record(kind: str, number: int, author: str = "ada", **body: Any) -> Recorded:
    return Recorded(Record(number, NOW_NS, "Ada", author, kind, {"model": "m1", **body}))


def came(number: int, **body: Any) -> Recorded:
    return record("model", number, name="Duplex_A", package=DUPLEX.id, **body)


def world() -> World:
    made = world_with()
    made.apply(Joined(welcome(author="me"), made.catalogue, None, 0))
    return made


def test_who_brought_in_what_is_said_when_its_elements_are_known() -> None:
    said, seen = Said(), world()
    news = ModelNews(said)
    seen.apply(came(2))
    news.look(seen)
    assert said.lines == []
    seen.apply(ModelsListed((PACKAGE, DUPLEX)))
    news.look(seen)
    news.look(seen)
    assert said.lines == ["Ada brought in Duplex_A: 215 elements"]


def test_moves_removals_and_revisions_are_said_by_name() -> None:
    said, seen = Said(), world()
    news = ModelNews(said)
    seen.apply(ModelsListed((PACKAGE, DUPLEX)))
    seen.apply(came(2, revision=2))
    seen.apply(record("model_placed", 3))
    news.look(seen)
    seen.apply(ModelsListed((PACKAGE,)))
    seen.apply(record("model_removed", 4))
    news.look(seen)
    assert said.lines == [
        "Ada brought in a new revision of Duplex_A: 215 elements",
        "Ada moved Duplex_A",
        "Ada took Duplex_A out",
    ]


def test_what_oneself_did_is_no_news() -> None:
    said, seen = Said(), world()
    news = ModelNews(said)
    seen.apply(ModelsListed((PACKAGE, DUPLEX)))
    seen.apply(record("model_placed", 2, author="me"))
    news.look(seen)
    assert said.lines == []


def test_a_model_that_is_never_listed_is_said_all_the_same() -> None:
    said, seen = Said(), world()
    news = ModelNews(said)
    seen.apply(came(2))
    for _look in range(LOOKS_MAX + 1):
        news.look(seen)
    assert said.lines == ["Ada brought in Duplex_A"]
