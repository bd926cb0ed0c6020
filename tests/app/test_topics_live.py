"""Topics between clients and a real server: a line that breaks, two hands on one field, files out and in."""

from __future__ import annotations

import asyncio
import struct
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from tests.client.conftest import Client, Relay, client, house, relay  # noqa: F401  fixtures
from walkdown.messages import Camera, Viewpoint
from walkdown_client.app.models import Models
from walkdown_client.app.store_files import StoreFiles
from walkdown_client.app.topic_desk import Store, Topics
from walkdown_client.app.view_wishes import Views
from walkdown_client.app.wishes import Program, Wishes
from walkdown_client.input import camera
from walkdown_client.tools import topic_intents as topics
from walkdown_client.tools.topic_state import History
from walkdown_client.tools.view_state import ViewState
from walkdown_client.ui.pictures import Pictures

PATIENCE_SECS = 20.0


class Eyes:
    """Stands in for what only a picture has: where one looks, and what is seen."""

    def __init__(self, picture: bytes) -> None:
        self.picture = picture
        self.shown: list[Viewpoint] = []

    def current(self) -> Viewpoint:
        eye = Camera((0.0, 0.0, 2.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
        return Viewpoint(f"00000000-0000-4000-8000-{time.monotonic_ns() % 10**12:012d}", eye)

    def show(self, viewpoint: Viewpoint) -> None:
        self.shown.append(viewpoint)

    def snapshot(self) -> bytes:
        return self.picture


class Desk:
    """A client without a window that has all of an app that is about topics."""

    def __init__(self, made: Client, picture: bytes) -> None:
        self.client, self.world, self.view = made, made.world, ViewState()
        self.files = StoreFiles(made.link.address)
        self.wishes = Wishes(
            self.world, self.view, Models(), rig=camera.Rig(), link=made.link, program=Program()
        )
        store = Store(self.files, cast(Pictures, self), shown=False)
        self.topics = Topics(
            self.world,
            self.view,
            Models(),
            wishes=self.wishes,
            views=cast(Views, Eyes(picture)),
            store=store,
        )
        self.wishes.add(self.topics.rules())

    small = large = None

    def close(self) -> None:
        pass

    def do(self, *intents: Any) -> None:
        for intent in intents:
            self.wishes.carry_out(intent)

    async def until(self, holds: Callable[[], object]) -> None:
        """Live as an app does, frame after frame, until something holds."""

        async with asyncio.timeout(PATIENCE_SECS):
            while not holds():
                await asyncio.sleep(0.005)
                self._frame()

    def _frame(self) -> None:
        for event in self.client.link.drain():
            self.world.apply(event)
            self.topics.hear(event)
        for refusal in self.world.refusals:
            self.topics.hear_refusal(refusal)
        self.world.refusals.clear()
        self.topics.step(time.monotonic(), ())

    def write(self, title: str) -> None:
        self.do(topics.BeginTopic())
        assert self.view.topics.draft is not None
        self.view.topics.draft.title = title


def png() -> bytes:
    """A picture of four pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = zlib.compress(b"\0\xff\0\0\0\xff\0" * 2)
    head = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


async def test_a_topic_written_while_the_line_is_gone_is_made_once_and_gets_its_picture(
    relay: Relay,  # noqa: F811
) -> None:
    async with client(relay.url) as made:
        desk = Desk(made, png())
        await desk.until(lambda: desk.world.me in desk.world.people)
        desk.write("Valve too high")
        relay.stall()
        relay.cut()
        await desk.until(lambda: desk.world.link_state != "live")
        assert desk.view.topics.draft
        desk.do(topics.PlaceTopic())
        assert desk.view.topics.draft is None
        relay.flow()
        await desk.until(lambda: desk.world.review.viewpoints and _snapshot(desk))
        assert [topic.title for topic in desk.world.review.topics.values()] == ["Valve too high"]
        await desk.until(lambda: isinstance(desk.files.get(_snapshot(desk)), bytes))
        await desk.until(lambda: isinstance(desk.files.get("0" * 64), str))
        assert "does not have this file" in str(desk.files.get("0" * 64))
        desk.topics.close()


def _snapshot(desk: Desk) -> str:
    return next(iter(desk.world.review.viewpoints.values())).snapshot


async def test_two_hands_on_one_field_see_both_values_and_the_history_says_who_did_what(
    relay: Relay,  # noqa: F811
) -> None:
    async with client(relay.url) as one, client(relay.url, "Jörg") as other:
        ada, joerg = Desk(one, b""), Desk(other, b"")
        await ada.until(lambda: ada.world.me in ada.world.people)
        ada.write("Valve")
        ada.do(topics.PlaceTopic())
        await ada.until(lambda: ada.world.review.topics)
        await joerg.until(lambda: joerg.world.review.topics)
        name, first = next((t.topic, t.number) for t in ada.world.review.topics.values())
        joerg.do(topics.ChangeTopic(name, (("title", "theirs"),), first))
        await joerg.until(lambda: joerg.world.review.topics[name].title == "theirs")
        ada.do(
            topics.ChangeTopic(name, (("title", "mine"),), first),
            topics.ChangeTopic(name, (("priority", "High"),), first),
        )
        await ada.until(lambda: ada.view.topics.clashes and ada.world.review.topics[name].priority)
        clash = ada.view.topics.clashes[(name, "title")]
        assert (clash.mine, clash.theirs, clash.by) == ("mine", "theirs", "Jörg")
        ada.do(topics.KeepMine(name, "title"), topics.OpenTopic(name))
        ada.view.unfolded.add("topic/history")
        await ada.until(lambda: len(_authors(ada.topics.news.history)) == 4)
        assert _authors(ada.topics.news.history) == ["Ada", "Jörg", "Ada", "Ada"]
        assert ada.world.review.topics[name].title == "mine"
        for desk in (ada, joerg):
            desk.topics.close()


def _authors(history: History | None) -> list[str]:
    """People who changed the topic; the server writes its evidence."""
    changes = history.changes if history is not None else ()
    return [change.author for change in changes if change.kind != "evidence"]


async def test_topics_go_out_as_a_file_and_come_in_again_through_the_merge_view(
    relay: Relay,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("walkdown_client.app.exporting.downloads", lambda: tmp_path)
    async with client(relay.url) as made:
        desk = Desk(made, png())
        await desk.until(lambda: desk.world.me in desk.world.people)
        desk.write("阀门太高")
        desk.do(topics.PlaceTopic())
        await desk.until(lambda: desk.world.review.topics)
        name = next(iter(desk.world.review.topics))
        desk.do(topics.TakeOut("bcf-2.1"))
        await desk.until(lambda: list(tmp_path.glob("*.bcf")))
        file = tmp_path / "Test.bcf"
        with zipfile.ZipFile(file) as archive:
            markup = archive.read(f"{name}/markup.bcf").decode()
        assert "阀门太高" in markup
        desk.do(topics.RemoveTopic(name))
        await desk.until(lambda: not desk.world.review.topics)
        desk.do(topics.BringTopics(str(file)))
        await desk.until(lambda: desk.view.topics.merging)
        plan = desk.topics.facts().merge
        assert plan is not None
        assert [(topic.title, topic.what) for topic in plan.plan.topics] == [("阀门太高", "new")]
        desk.do(topics.MergeTopics())
        await desk.until(lambda: desk.world.review.topics and not desk.view.topics.merging)
        assert desk.world.review.topics[name].title == "阀门太高"
        desk.do(topics.BringTopics(__file__))
        await desk.until(lambda: any(toast.is_error for toast in desk.view.toasts))
        desk.topics.close()
