"""A pack that was edited offline comes into the running session that has gone on, like a BCF file."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from msgspec.structs import replace

from tests.exchange_pack.reviews import picture
from tests.server.conftest import open_house
from walkdown_client.guest import Guest


def zipped(folder: Path) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for path in folder.rglob("*"):
            archive.write(path, f"review/{path.relative_to(folder)}")
    return file.getvalue()


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


async def test_what_was_edited_offline_comes_in_and_what_the_session_did_since_stays(tmp_path: Path) -> None:
    async with open_house(tmp_path / "data") as house:
        folder = house.server.hosted._folder / "review"
        async with Guest.join(f"ws://127.0.0.1:{house.server.port}", name="Ada") as ada:
            snapshot = await ada.attach(picture(), name="seen.png")
            topic = await ada.put_topic("Ladder is missing", priority="High", status="Open", view=True)
            kept = ada.review.views_of(topic.topic)[0]
            await ada.keep_view(replace(kept, snapshot=snapshot.sha256))
            await ada.comment(topic.topic, "At tank 3.")
            name = f"0001-{topic.topic[:8]}"
            await house.server.hosted.pack.settle(bcf=False)
            assert (folder / "snapshots" / f"{snapshot.sha256}.png").exists()
            edit(folder / "topics" / f"{name}.md", "Priority: High", "Priority: Low")
            edit(folder / "topics" / f"{name}.md", "Accepted: no", "Accepted: yes")
            with (folder / "topics" / f"{name}.said.md").open("a", encoding="utf-8") as file:
                file.write("- Ben: It is ordered.\n")
            data = zipped(folder)
            await ada.edit_topic(topic.topic, status="Closed")
            assert "0 new, 1 changed, 0 the same" in await ada.bring_topics(data, name="review.zip")
            found = ada.review.topics[topic.topic]
            assert (found.priority, found.accepted, found.status) == ("Low", True, "Closed")
            said = [(one.author, one.text) for one in ada.review.comments_on(topic.topic)]
            assert said == [("Ada", "At tank 3."), ("Ben", "It is ordered.")]
            assert "1 the same" in await ada.bring_topics(data, name="review.zip")
        edited = folder / "edited" / f"{name}.md"
        await house.server.hosted.pack.settle(bcf=False)
        assert "Priority: Low" in edited.read_text(encoding="utf-8")
