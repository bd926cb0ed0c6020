"""Files of topics come in by dialog, drop or path, and go out to where the person chooses."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, cast

import pytest

from tests.app.test_model_wishes import Desk as ModelDesk
from tests.client.test_world import world_with
from walkdown import messages
from walkdown.messages import AskExport, Attached, Blob, Document, Exported, ReviewSnapshot, Topic
from walkdown.review import MergePlan, PlannedTopic, ReviewState
from walkdown_client.app import save_dialog
from walkdown_client.app.attaching import Attaching
from walkdown_client.app.bringing_topics import BringingTopics, holds_topics
from walkdown_client.app.exporting import Exporting
from walkdown_client.app.save_dialog import free_path, plain_name, save_command
from walkdown_client.app.store_files import StoreFiles
from walkdown_client.events import LinkChanged
from walkdown_client.file_sending import FileSending, Offering
from walkdown_client.tools import intents as wish
from walkdown_client.tools.topic_intents import AttachFile, BringTopics, ChangeTopic, SaveAttached, TakeOut
from walkdown_client.tools.view_state import Offer, ViewState

PLAN = MergePlan(
    "review.bcf", "BCF 3.0", (PlannedTopic("t1", "Valve", "new"), PlannedTopic("t2", "Tray", "new"))
)


class Sending:
    """Stands in for a file on its way."""

    def __init__(self, offering: Offering) -> None:
        self.offering, self.name, self.file = offering, offering.called, f"file {offering.called}"
        self.phase, self.part, self.text, self.over, self.merging = "collect", 0.0, "", False, False
        self.plan: MergePlan | None = None
        self.attached: Attached | None = None
        self.left_out: tuple[str, ...] = ()

    def merge(self, leave_out: tuple[str, ...] = ()) -> None:
        self.left_out, self.merging = leave_out, True

    def cancel(self) -> None:
        self.end("cancelled")

    def end(self, phase: str, text: str = "") -> None:
        self.phase, self.text, self.over = phase, text, True


class Desk:
    """What these parts need of the app."""

    def __init__(self) -> None:
        self.world, self.view = world_with(LinkChanged("live")), ViewState()
        self.world.review = ReviewState.of(ReviewSnapshot((Topic(title="Valve", topic="t1", index=1),)))
        self.sendings: list[Sending] = []
        self.sent: list[Any] = []
        self.said: list[tuple[str, str]] = []
        self.errors: list[tuple[str, str]] = []
        self.files: dict[str, bytes | str] = {}
        self.changed: list[ChangeTopic] = []
        self.bringing = BringingTopics(self.view, doing=self, send=self.send_file)
        self.exporting = Exporting(self.world, doing=self, files=cast(StoreFiles, self), shown=False)
        self.attaching = Attaching(
            self.world, doing=self, send=self.send_file, change=self.changed.append, shown=False
        )

    def send_file(self, offering: Offering) -> FileSending:
        self.sendings.append(Sending(offering))
        return cast(FileSending, self.sendings[-1])

    def send(self, operation: messages.ClientMessage) -> bool:
        self.sent.append(operation)
        return True

    def say(self, title: str, text: str = "", *, offer: Offer | None = None, stays: bool = False) -> None:
        self.said.append((title, text))

    def say_error(self, title: str, text: str, details: str = "") -> None:
        self.errors.append((title, text))

    def get(self, sha256: str, size: int = 0) -> bytes | str | None:
        return self.files.get(sha256)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Desk:
    monkeypatch.setattr("walkdown_client.app.exporting.downloads", lambda: tmp_path)
    return Desk()


# ---- in -------------------------------------------------------------------------------------------------


def archive(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return path


def test_files_of_topics_are_known_by_their_ending_and_zips_by_what_is_in_them(tmp_path: Path) -> None:
    assert holds_topics(Path("a.BCF"))
    assert holds_topics(Path("a.bcfzip"))
    assert not holds_topics(Path("a.ifc"))
    assert holds_topics(archive(tmp_path / "renamed.zip", "bcf.version", "x/markup.bcf"))
    assert holds_topics(archive(tmp_path / "pack.zip", "Plant/session.json", "Plant/topics/0001-valve.md"))
    assert not holds_topics(archive(tmp_path / "model.zip", "model.gltf", "model.bin", "docs/notes.md"))
    (tmp_path / "damaged.zip").write_bytes(b"PK\x03\x04 no more")
    assert not holds_topics(tmp_path / "damaged.zip")


def test_by_dialog_drop_and_path_a_file_goes_where_it_belongs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, taken = ModelDesk(), list[Path]()
    desk.wishes.bring_topics = taken.append
    for name in ("review.bcf", "hall.glb", "tray.BCFZIP"):
        (tmp_path / name).write_bytes(b"x")
    monkeypatch.setattr(desk.drop, "poll", lambda: [f"{tmp_path}/review.bcf\n{tmp_path}/hall.glb"])
    desk.wishes.look()
    desk.do(wish.BringModel(str(tmp_path / "tray.BCFZIP")))
    assert [path.name for path in taken] == ["review.bcf", "tray.BCFZIP"]
    assert [path.name for path, _sending in desk.bringing._sendings.values()] == ["hall.glb"]
    desk.bringing.close()


def test_a_file_opens_its_merge_view_and_those_that_are_left_out_are_not_taken(desk: Desk) -> None:
    desk.bringing.bring(Path("review.bcf"))
    sending = desk.sendings[0]
    assert (desk.view.panel, sending.offering.purpose) == ("merge", "topics")
    assert [task.name for task in desk.bringing.tasks()] == ["review.bcf"]
    sending.phase, sending.plan = "merge", PLAN
    desk.bringing.step()
    found = desk.bringing.open_merge()
    assert found is not None
    assert found.plan == PLAN
    assert desk.bringing.tasks() == ()
    desk.view.topics.left_out = frozenset({"t2"})
    desk.bringing.merge()
    assert sending.left_out == ("t2",)
    assert desk.bringing.open_merge() is None
    sending.end("done", "1 topic is new.")
    desk.bringing.step()
    assert desk.said == [("The topics of review.bcf are here", "1 topic is new.")]
    assert (desk.view.topics.merging, desk.view.panel) == ("", "topics")


def test_a_file_that_cannot_be_read_says_why(desk: Desk) -> None:
    desk.bringing.bring(Path("broken.bcf"))
    desk.sendings[0].end("failed", "broken.bcf has no bcf.version.")
    desk.bringing.step()
    assert desk.errors == [("broken.bcf was not taken", "broken.bcf has no bcf.version.")]


def test_a_merge_can_be_given_up_and_the_next_file_has_its_turn(desk: Desk) -> None:
    for name in ("a.bcf", "b.bcf"):
        desk.bringing.bring(Path(name))
        desk.sendings[-1].phase, desk.sendings[-1].plan = "merge", PLAN
    desk.bringing.step()
    assert desk.view.topics.merging == "file a.bcf"
    desk.bringing.cancel("file a.bcf")
    assert desk.sendings[0].phase == "cancelled"
    desk.bringing.step()
    assert desk.view.topics.merging == "file b.bcf"
    assert not desk.said + desk.errors


def test_a_typed_path_that_leads_nowhere_says_so(desk: Desk, tmp_path: Path) -> None:
    desk.bringing.choose(BringTopics(str(tmp_path / "none.bcf")))
    assert "none.bcf" in desk.errors[0][1]
    desk.bringing.choose(BringTopics())
    assert desk.view.panel == "merge", "where there is no dialog there is a field"


def test_a_photo_is_named_by_its_topic_once_it_is_in_the_store(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "valve.jpg").write_bytes(b"photo")
    desk.attaching.attach(AttachFile("t1", str(tmp_path / "valve.jpg")))
    desk.attaching.step()
    assert not desk.changed
    file = desk.sendings[0].attached = Attached("valve.jpg", "a" * 64, 5, "image/jpeg")
    desk.sendings[0].end("done")
    desk.attaching.step()
    ((field, (document,)),) = desk.changed[0].changes
    assert (desk.changed[0].topic, field) == ("t1", "documents")
    assert isinstance(document, Document)
    assert document.file == file
    desk.attaching.attach(AttachFile("t1", str(tmp_path / "none.jpg")))
    assert "none.jpg" in desk.errors[0][1]


# ---- out ------------------------------------------------------------------------------------------------


def test_a_file_that_was_made_is_saved_and_its_path_is_said(desk: Desk, tmp_path: Path) -> None:
    desk.exporting.take_out(TakeOut("bcf-2.1", ("t1",), "de"))
    assert desk.sent == [AskExport(1, "bcf-2.1", ("t1",), "de")]
    assert desk.exporting.waiting == "Test.bcf"
    desk.exporting.hear(Exported(1, Blob("a" * 64, 4), "Test.bcf", notes=("A sketch has no place in BCF.",)))
    desk.exporting.step()
    assert not desk.said, "it is still being fetched"
    desk.files["a" * 64] = b"made"
    desk.exporting.step()
    assert (tmp_path / "Test.bcf").read_bytes() == b"made"
    assert desk.said == [("Test.bcf is saved", f"{tmp_path / 'Test.bcf'}\nA sketch has no place in BCF.")]
    assert desk.exporting.waiting == ""


def test_what_cannot_be_made_or_fetched_or_saved_says_why(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    desk.exporting.take_out(TakeOut("pdf"))
    desk.exporting.hear(Exported(1, text="The PDF needs the extra report."))
    desk.files["a" * 64] = "it does not come"
    desk.exporting.save(SaveAttached("photo.jpg", "a" * 64, 4))
    desk.exporting.step()
    desk.files["a" * 64] = b"photo"
    monkeypatch.setattr("walkdown_client.app.exporting.downloads", lambda: tmp_path / "none")
    desk.exporting.save(SaveAttached("photo.jpg", "a" * 64, 4))
    desk.exporting.step()
    assert [title for title, _text in desk.errors] == [
        "The file could not be made",
        "photo.jpg could not be fetched",
        "photo.jpg could not be saved",
    ]
    assert desk.errors[0][1] == "The PDF needs the extra report."
    assert "No such file" in desk.errors[2][1]


def test_without_a_connection_nothing_is_asked(desk: Desk) -> None:
    desk.world.apply(LinkChanged("reconnecting"))
    desk.exporting.take_out(TakeOut("html"))
    assert not desk.sent
    assert "connection is back" in desk.errors[0][1]


def test_what_was_asked_before_the_line_broke_is_asked_again(desk: Desk) -> None:
    desk.exporting.take_out(TakeOut("html"))
    desk.exporting.rejoined()
    assert desk.sent[0] == desk.sent[1]


def test_each_platform_has_its_own_dialog_and_a_name_cannot_become_a_command() -> None:
    name = "'; touch x; '.bcf"
    found = {
        platform: save_command("Save", name, platform=platform, which=lambda program: program == "zenity")
        for platform in ("darwin", "win32", "linux")
    }
    assert [command[0] for command in found.values() if command] == ["osascript", "powershell", "zenity"]
    assert all(sum(name in word for word in command) == 1 for command in found.values() if command)
    assert save_command("Save", name, platform="linux", which=lambda _name: None, has_tk=False) is None


def test_a_file_never_takes_the_place_of_another_nor_leaves_its_folder(tmp_path: Path) -> None:
    (tmp_path / "a.bcf").write_bytes(b"")
    assert free_path(tmp_path, "a.bcf").name == "a (2).bcf"
    assert free_path(tmp_path, "../../etc/passwd").parent == tmp_path
    assert plain_name("CON: 访客?.pdf") == "CON_ 访客_.pdf"
    assert plain_name("///") == "___"
    assert save_dialog.plain_name("") == "walkdown"
