"""Topics of another tool or session come in while people work, and overwrite nothing that is newer."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import uuid
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from PIL import Image

from tests.server.bringing import zip_of
from tests.server.conftest import House, open_house
from walkdown.errors import Refused
from walkdown.messages import Camera, Document, Viewpoint
from walkdown.review import MergePlan
from walkdown_client.guest import Guest
from walkdown_server.filing import merging
from walkdown_server.filing.planned import Outcome
from walkdown_server.filing.sandboxed import CUT
from walkdown_server.filing.task import Task

CAMERA = Camera((0.0, 0.0, 1.7), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
NAMES = ("Valve", "Pump", "Rail")


@contextlib.asynccontextmanager
async def session(folder: Path, *names: str) -> AsyncIterator[tuple[House, list[Guest]]]:
    """A server, and guests in it."""
    async with contextlib.AsyncExitStack() as stack:
        house = await stack.enter_async_context(open_house(folder))
        guests = [await stack.enter_async_context(Guest.join(house.url, name=name)) for name in names]
        yield house, guests


def photo() -> bytes:
    packed = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(packed, "PNG")
    return packed.getvalue()


async def make_topics(guest: Guest) -> list[str]:
    """Make a topic of each name, the first with a snapshot and a document."""
    attached = await guest.attach(photo(), name="valve.png")
    view = Viewpoint(str(uuid.uuid4()), CAMERA, snapshot=attached.sha256)
    first = await guest.put_topic(
        NAMES[0], documents=(Document(str(uuid.uuid4()), file=attached),), view=view
    )
    return [first.topic, *[(await guest.put_topic(name)).topic for name in NAMES[1:]]]


def check_arrived(guest: Guest, topic: str, file: bytes, store: Path) -> None:
    """Everybody has the topic, and its files and the file that it came in are in the store."""
    there, kept = guest.topics[topic], {path.name for path in store.iterdir()}
    assert there.origin == hashlib.sha256(file).hexdigest()
    assert there.evidence.file is not None
    assert (there.evidence.state, there.evidence.missing[-1]) == ("partial", CUT)
    snapshot = guest.review.views_of(topic)[0].snapshot
    assert {hashlib.sha256(photo()).hexdigest(), there.origin, snapshot} <= kept


def leftovers(folder: Path) -> list[Path]:
    return list((folder / "sessions/Test/files/.incoming").glob("*"))


async def test_topics_travel_to_another_session_and_back(tmp_path: Path) -> None:
    async with session(tmp_path / "a", "Ada", "Ann") as (_, (ada, ann)):
        topics = await make_topics(ada)
        await ada.wait_for(lambda: ada.topics[topics[0]].evidence.file is not None)
        _name, file = await ada.export("bcf-3.0")
        async with session(tmp_path / "b", "Ben", "Bob") as (_, (ben, bob)):
            plans: list[MergePlan] = []

            def look(plan: MergePlan) -> Sequence[str]:
                plans.append(plan)
                return [topics[2]]

            text = await ben.bring_topics(file, name="hall.bcf", on_plan=look)
            assert text == "2 new, 0 changed, 0 the same, 1 left out as you said."
            assert [each.what for each in plans[0].topics] == ["new"] * 3
            await bob.wait_for(lambda: len(bob.topics) == 2)
            check_arrived(bob, topics[0], file, tmp_path / "b/sessions/Test/files")
            await ben.edit_topic(topics[0], description="Lower it by 300 mm", status="Closed")
            await bob.comment(topics[1], "It leaks")
            _name, back = await ben.export("bcf-3.0")

        def meanwhile(plan: MergePlan) -> Sequence[str]:
            """Change the same field here, after the plan was made and later than they did there."""
            changed = next(each for each in plan.topics if each.topic_id == topics[0])
            assert changed.changes == {"description": "Lower it by 300 mm", "status": "Closed"}
            editing.append(asyncio.ensure_future(ann.edit_topic(topics[0], description="Raise it")))
            return ()

        editing: list[asyncio.Future[object]] = []
        text = await ada.bring_topics(back, name="back.bcf", on_plan=meanwhile)
        await editing[0]
        assert text == "0 new, 2 changed, 0 the same."

        def both() -> tuple[str, str]:
            return ann.topics[topics[0]].description, ann.topics[topics[0]].status

        await ann.wait_for(lambda: both() == ("Raise it", "Closed"))
        await ann.wait_for(lambda: bool(ann.review.comments_on(topics[1])))
        assert await ada.bring_topics(back) == "0 new, 0 changed, 2 the same."
    assert leftovers(tmp_path / "a") == leftovers(tmp_path / "b") == []


async def test_what_changes_between_two_slices_is_compared_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with session(tmp_path / "a", "Ada") as (_, (ada,)):
        topics = await make_topics(ada)
        _name, before = await ada.export("bcf-3.0")
        async with session(tmp_path / "b", "Ben", "Bob") as (_, (ben, bob)):
            await ben.bring_topics(before)
            for topic in topics:
                await ada.edit_topic(topic, priority="High")
            _name, after = await ada.export("bcf-2.1")
            check, land = merging._check_wanted, merging._land
            landed: list[str] = []
            tasks: list[Task] = []

            def noted(task: Task) -> None:
                tasks.append(task)
                check(task)

            async def interrupted(flight: merging._Flight, outcome: Outcome, **said: bool) -> None:
                await land(flight, outcome, **said)
                landed.extend(each.topic_id for each, _waiting in flight)
                if len(landed) == 1:
                    await bob.edit_topic(topics[1], priority="Low")
                elif len(landed) == 2:
                    next(iter(ben._file_sendings.values())).cancel()
                    await bob.wait_for(tasks[0].cancelled.is_set)

            monkeypatch.setattr(merging, "SLICE", 1)
            monkeypatch.setattr(merging, "AHEAD", 1)
            monkeypatch.setattr(merging, "_land", interrupted)
            monkeypatch.setattr(merging, "_check_wanted", noted)
            with pytest.raises(Refused) as refused:
                await ben.bring_topics(after)
            assert refused.value.code == "cancelled"
            priorities = [bob.topics[topic].priority for topic in topics]
            assert priorities == ["High", "Low", ""], "what is newer stays, and so does what was merged"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"no zip at all", "should be a zip file, but this one is none"),
        (zip_of([("readme.txt", b"x")]), "readme|BCF|topic"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_with_its_name(
    tmp_path: Path, data: bytes, sentence: str
) -> None:
    async with session(tmp_path, "Ada") as (_, (ada,)):
        with pytest.raises(Refused, match=sentence) as refused:
            await ada.plan_topics(data, name="odd.bcf")
        assert str(refused.value).startswith("odd.bcf: ")
        assert not ada.topics
    assert leftovers(tmp_path) == []
