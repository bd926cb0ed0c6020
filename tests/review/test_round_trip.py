"""Topics leave as BCF, another tool edits them, and they come back into the running session; nothing is lost.

The other tool is a script that knows nothing of ours: zip and ElementTree alone.
"""

from __future__ import annotations

import hashlib
import io
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.review.conftest import Plant, git, unzip
from walkdown import messages as m
from walkdown.review import MergePlan
from walkdown_client.guest import Guest

CORPUS = Path(__file__).parents[3] / "shared" / "data" / "bcf"
NEW_COMMENT = "5d2f0f84-71c5-4b53-a1f5-6a5b6a1c0d11"


def picture() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 80, 20)).save(data, "PNG")
    return data.getvalue()


PICTURE_HASH = hashlib.sha256(picture()).hexdigest()


async def prepared(chair: Guest) -> m.Topic:
    """A topic with a view, a snapshot and a comment."""
    kept = await chair.attach(picture(), name="valve.png")
    view = chair.view_here(snapshot=kept.sha256, selection=("L1.FIL",))
    topic = await chair.put_topic("Valve too high", things=["L1.FIL"], status="Open", view=view)
    await chair.comment(topic.topic, "Lower it.")
    return topic


def edited(data: bytes, change: Callable[[ET.Element], None], *, topic: str) -> bytes:
    """The archive with one topic's markup changed, as another tool would do it."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as before,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for name in before.namelist():
            content = before.read(name)
            if name.lower() == f"{topic}/markup.bcf".lower():
                root = ET.fromstring(content)  # noqa: S314
                change(root)
                content = ET.tostring(root, encoding="utf-8", xml_declaration=True)
            after.writestr(name, content)
    return made.getvalue()


def close_and_reply(root: ET.Element) -> None:
    """The other tool closes the topic and adds a comment, in 2.1 or in 3.0."""
    topic = root.find("Topic")
    assert topic is not None
    topic.set("TopicStatus", "Closed")
    place = topic.find("Comments")
    comment = ET.Element("Comment", Guid=NEW_COMMENT)
    for name, text in (
        ("Date", "2036-01-01T10:00:00Z"),
        ("Author", "bo@example.org"),
        ("Comment", "Done in revision C."),
    ):
        ET.SubElement(comment, name).text = text
    if place is not None:
        place.append(comment)
    else:
        root.insert(list(root).index(topic) + 1, comment)
    modified = topic.find("ModifiedDate")
    if modified is None:
        after = topic.find("CreationAuthor")
        assert after is not None
        modified = ET.Element("ModifiedDate")
        topic.insert(list(topic).index(after) + 1, modified)
        author = ET.Element("ModifiedAuthor")
        author.text = "bo@example.org"
        topic.insert(list(topic).index(modified) + 1, author)
    modified.text = "2036-01-01T10:00:00Z"


def hashes(data: bytes) -> set[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}


@pytest.mark.parametrize("version", ["bcf-2.1", "bcf-3.0"])
async def test_a_file_goes_out_is_edited_elsewhere_and_comes_back(
    plant: Plant, tmp_path: Path, version: m.ExportFormat
) -> None:
    async with plant.guest("Chair") as chair, plant.guest("Ana") as ana:
        topic = await prepared(chair)
        other = await chair.put_topic("Drain too small", status="Open")
        _name, out = await chair.export(version)
        assert PICTURE_HASH in hashes(out)
        folder = await committed_pack(chair, tmp_path / "pack")

        # meanwhile somebody here changes another field and says something, and the server is killed
        await ana.edit_topic(topic.topic, priority="High")
        await ana.comment(topic.topic, "Waiting for the vendor.")
        await plant.kill()
        await plant.start()
        await chair.wait_for(lambda: chair.connected)

        back = edited(out, close_and_reply, topic=topic.topic)
        await merge(chair, back, topic=topic, other=other)
        await ana.wait_for(lambda: NEW_COMMENT in ana.review.comments)
        check_nothing_is_lost(ana, topic)

        # it goes out again with all it had, a second time nothing changes, and the text reads like minutes
        _name, again = await chair.export(version)
        assert PICTURE_HASH in hashes(again)
        plan = await chair.plan_topics(back, name="back.bcf")
        assert {one.what for one in plan.topics} == {"same"}
        _name, pack = await chair.export("pack")
        unzip(pack, folder)
    diff = git(folder, "diff", "-U0", "--", "topics")
    assert "Done in revision C." in diff
    assert any(line.startswith("+") and "Closed" in line for line in diff.splitlines())


async def merge(chair: Guest, back: bytes, *, topic: m.Topic, other: m.Topic) -> None:
    """Bring the file in after a look at what it changes."""
    plans: list[MergePlan] = []

    def look(plan: MergePlan) -> tuple[str, ...]:
        plans.append(plan)
        return ()

    assert await chair.bring_topics(back, name="back.bcf", on_plan=look)
    planned = {one.topic_id: one for one in plans[0].topics}
    assert planned[topic.topic].what == "changed"
    assert planned[topic.topic].changes == {"status": "Closed"}
    assert [comment.comment for comment in planned[topic.topic].comments] == [NEW_COMMENT]
    assert planned[other.topic].what == "same"


def check_nothing_is_lost(ana: Guest, topic: m.Topic) -> None:
    there = ana.topics[topic.topic]
    assert (there.status, there.priority) == ("Closed", "High"), "what was changed here stands"
    texts = {comment.text for comment in ana.review.comments_on(topic.topic)}
    assert texts == {"Lower it.", "Waiting for the vendor.", "Done in revision C."}
    (view,) = ana.review.views_of(topic.topic)
    assert view.snapshot == PICTURE_HASH


async def committed_pack(chair: Guest, folder: Path) -> Path:
    _name, pack = await chair.export("pack")
    unzip(pack, folder)
    for command in (("init", "-q"), ("add", "."), ("commit", "-qm", "Before")):
        git(folder, *command)
    return folder


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the shared data set is not here")
async def test_files_of_other_tools_come_in_with_all_they_bring(plant: Plant) -> None:
    async with plant.guest("Chair") as chair, plant.guest("Ana") as ana:
        await chair.bring_topics(CORPUS / "v2.1" / "MaximumInformation.bcf")
        await chair.bring_topics(CORPUS / "v3.0" / "User assignment.bcf")
        await ana.wait_for(lambda: len(ana.topics) >= 3)
        most = ana.topics["7ddc3ef0-0ab7-43f1-918a-45e38b42369c"]
        assert (most.title, most.status, most.priority) == ("Maximum Content", "Open", "High")
        assert most.author == "dangl@iabi.eu"
        assert len(ana.review.comments_on(most.topic)) == 4
        assert len(ana.review.views_of(most.topic)) == 3
        assert all(view.snapshot for view in ana.review.views_of(most.topic))
