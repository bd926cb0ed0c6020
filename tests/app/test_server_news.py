"""Everybody hears when the server cannot keep changes, once, and when it can again."""

from __future__ import annotations

from tests.client.test_world import world_with
from walkdown.messages import ServerStatus
from walkdown_client.app.server_news import ServerNews
from walkdown_client.events import Heard


class Listener:
    """Notes what is said."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    def say(self, title: str, text: str = "", *, person: int | None = None) -> None:
        self.said.append((title, text))

    def say_error(self, title: str, text: str, details: str = "") -> None:
        self.said.append((title, text))


def test_a_reason_is_said_once_and_its_end_too() -> None:
    heard, world = Listener(), world_with()
    news = ServerNews(heard)
    news.look(world)
    assert heard.said == []
    for status in (ServerStatus(False, "record 3 is damaged"), ServerStatus(False, "record 3 is damaged")):
        world.apply(Heard(status))
        news.look(world)
    assert heard.said == [("Nothing can be kept at the moment", "record 3 is damaged")]
    world.apply(Heard(ServerStatus()))
    news.look(world)
    news.look(world)
    assert heard.said[1:] == [("Changes are kept again", "")]


def test_another_reason_is_said_too() -> None:
    heard, world = Listener(), world_with()
    news = ServerNews(heard)
    for text in ("full", "failed", ""):
        world.apply(Heard(ServerStatus(False, text)))
        news.look(world)
    assert [text for _title, text in heard.said] == ["full", "failed", "The server does not say why."]
