"""Photos and documents come into a session once, whole and within bounds, and outlive it."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import struct
import uuid
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.server.bringing import put
from tests.server.conftest import Guest, House, open_house
from tests.server.test_http import read_answer
from walkdown.messages import (
    AskExport,
    Camera,
    CancelFile,
    MergeTopics,
    OfferFile,
    PutTopic,
    TopicFields,
    Viewpoint,
)
from walkdown.review.contents import media_of, pixels_of
from walkdown_server.filing import store, writers
from walkdown_server.filing.inbox import TICKET_SECS
from walkdown_server.packages import BlobStore
from walkdown_server.proof import export_session, restore_session
from walkdown_server.review.pictures import fault_of_picture

CAMERA = Camera((0.0, 0.0, 1.7), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 48)) -> bytes:
    packed = io.BytesIO()
    Image.new("RGB", size, "teal").save(packed, kind)
    return packed.getvalue()


def png_that_says(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose head claims a size."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (struct.pack(">I", 13), head, struct.pack(">I", zlib.crc32(head)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def offer_of(data: bytes, name: str = "photo.png", **fields: Any) -> OfferFile:
    chosen = {
        "file": str(uuid.uuid4()),
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        **fields,
    }
    return OfferFile(name=name, **chosen)


async def told(guest: Guest, offer: OfferFile, *phases: str) -> dict[str, Any]:
    """Receive until something is said of a file, or until it is in one of these phases."""

    def found() -> list[dict[str, Any]]:
        mine = [m for m in guest.messages if m["t"] == "file_task" and m["file"] == offer.file]
        return [m for m in mine if not phases or m["phase"] in phases]

    await guest.until(found)
    return found()[-1]


def last(guest: Guest, offer: OfferFile) -> dict[str, Any]:
    return [m for m in guest.messages if m["t"] == "file_task" and m["file"] == offer.file][-1]


async def attach(house: House, guest: Guest, data: bytes, **fields: Any) -> dict[str, Any]:
    """Offer and send, and return how that ended."""
    offer = offer_of(data, **fields)
    await guest.say(offer)
    path = (await told(guest, offer)).get("path")
    if path is not None:
        await put(house, path, data)
    return await told(guest, offer, "done", "failed")


async def fetched(house: House, sha256: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", house.server.port)
    writer.write(f"GET /blob/{sha256} HTTP/1.1\r\n\r\n".encode())
    answer = await read_answer(reader)
    writer.close()
    assert answer.status == 200, answer.body
    return answer.body


def kept_in(data: Path) -> list[Path]:
    return sorted(data.glob("sessions/Test/files/[0-9a-f]*"))


def left_in(data: Path) -> list[Path]:
    return [
        path for place in (".incoming", ".outgoing") for path in data.glob(f"sessions/Test/files/{place}/*")
    ]


async def test_a_photo_is_kept_once_and_served_after_a_restart(tmp_path: Path) -> None:
    data = picture()
    sha256 = hashlib.sha256(data).hexdigest()
    async with open_house(tmp_path) as house, house.guest("Ada") as ada, house.guest("Ben") as ben:
        done = await attach(house, ada, data)
        assert done["blob"] == {"sha256": sha256, "size": len(data)}
        again = offer_of(data, name="the same.png")
        await ben.say(again)
        assert (await told(ben, again, "upload", "done"))["phase"] == "done", "nothing has to be sent"
        assert await fetched(house, sha256) == data
        (tmp_path / "sessions/Test/files/.incoming/left over").write_bytes(b"x")
    async with open_house(tmp_path) as house, house.guest("Ada") as ada:
        assert await fetched(house, sha256) == data
        assert left_in(tmp_path) == []
        view = Viewpoint("v", CAMERA, snapshot=sha256)
        reply = await ada.operate(PutTopic, topic="t", fields=TopicFields("Valve"), viewpoint=view)
        assert reply["number"]
    assert [path.read_bytes() for path in kept_in(tmp_path) if path.name == sha256] == [data]


async def test_an_exported_session_takes_its_files_along(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo, stray = picture(), picture("JPEG")
    sha256 = hashlib.sha256(photo).hexdigest()
    async with open_house(tmp_path / "data") as house, house.guest("Ada") as ada:
        await attach(house, ada, photo)
        await attach(house, ada, stray)
        view = Viewpoint("v", CAMERA, snapshot=sha256)
        await ada.operate(PutTopic, topic="t", fields=TopicFields("Valve"), viewpoint=view)
    export_session("Test", out=tmp_path / "test.wds", data=tmp_path / "data")
    assert sha256 in {path.name for path in (tmp_path / "test.files").iterdir()}
    assert hashlib.sha256(stray).hexdigest() not in {
        path.name for path in (tmp_path / "test.files").iterdir()
    }
    restore_session(tmp_path / "test.wds", name="Again", data=tmp_path / "data")
    assert (tmp_path / "data/sessions/Again/files" / sha256).read_bytes() == photo
    (tmp_path / "test.files" / sha256).write_bytes(b"another")
    restore_session(tmp_path / "test.wds", name="Third", data=tmp_path / "data")
    assert f"The file {sha256} of its review is not in" in capsys.readouterr().out


async def test_a_record_refers_to_no_file_that_is_not_in_the_store(house: House) -> None:
    async with house.guest("Ada") as ada:
        view = Viewpoint("v", CAMERA, snapshot="0" * 64)
        reply = await ada.operate(PutTopic, topic="t", fields=TopicFields("Valve"), viewpoint=view)
        assert "number" not in reply
        assert "send it first" in reply["text"]


async def test_what_cannot_be_taken_is_refused_in_a_sentence(tmp_path: Path) -> None:
    async with open_house(tmp_path, max_file_mb=1, files_mb=1) as house, house.guest("Ada") as ada:
        refusals = {
            "too large": (offer_of(b"x", size=1_100_000), "has 1.1 MB, this server takes at most 1.0 MB"),
            "no UUID": (offer_of(b"x", file="../x"), "a UUID as its id"),
            "too many": (offer_of(b"x", size=900_000), "of which 0.1 MB are left; this one has 0.9 MB"),
        }
        await ada.say(first := offer_of(b"y", size=900_000))
        assert (await told(ada, first))["phase"] == "upload"
        for offer, sentence in refusals.values():
            await ada.say(offer)
            said = await told(ada, offer, "failed")
            assert sentence in said["text"]
            assert said["text"].endswith(".")
    assert kept_in(tmp_path) == []


async def test_bytes_that_are_not_what_was_offered_are_not_kept(house: House, tmp_path: Path) -> None:
    async with house.guest("Ada") as ada:
        offer = offer_of(b"what was offered")
        await ada.say(offer)
        answer = await put(house, (await told(ada, offer))["path"], b"what has come..!")
        assert answer.status == 422
        assert "was offered; send it again" in (await told(ada, offer, "failed"))["text"]
        await ada.say(offer)
        assert (await told(ada, offer, "upload"))["path"], "the same offer begins anew"
    assert kept_in(tmp_path) == []


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (png_that_says(8001, 5000), "8001 × 5000 = 40.0 million pixels, at most 40 million are taken"),
        (png_that_says(65_000, 65_000), "= 4225.0 million pixels"),
        (png_that_says(10, 10), "The picture is damaged"),
        (picture()[:-20], "The picture is damaged"),
        (picture("JPEG", (400, 400))[:-900], "The picture is damaged"),
        (b"\xff\xd8\xff\xe0" + bytes(40), "it does not say how large it is"),
        (b"\x89PNG\r\n\x1a\n", "it does not say how large it is"),
        (png_that_says(0, 7), "The picture has no pixels"),
        (picture("JPEG", (40, 40))[:-2] + b"\xff\xda\0\0" * 101, "passes over its pixels too often"),
    ],
)
def test_a_picture_is_looked_at_before_it_is_decoded(tmp_path: Path, data: bytes, sentence: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)
    assert sentence in fault_of_picture(path)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_sound_picture_is_known_by_its_bytes(tmp_path: Path, kind: str) -> None:
    data = picture(kind, (300, 200))
    path = tmp_path / "photo.txt"
    path.write_bytes(data)
    assert fault_of_picture(path) == ""
    assert media_of(data) == f"image/{kind.lower()}"
    assert pixels_of(data) == (300, 200)


@pytest.mark.parametrize(
    ("data", "media"),
    [
        (b"%PDF-1.7", "application/pdf"),
        (b"PK\x03\x04rest", "application/zip"),
        (b"plain words, gr\xc3\xbc\xc3", "text/plain"),
        (b"\x00\x01", "application/octet-stream"),
        (b"", "application/octet-stream"),
        (b"<svg onload='x'/>", "text/plain"),
    ],
)
def test_media_types_are_those_of_the_content(data: bytes, media: str) -> None:
    assert media_of(data) == media


async def test_a_picture_that_is_too_large_is_refused_with_its_pixels(house: House, tmp_path: Path) -> None:
    async with house.guest("Ada") as ada:
        end = await attach(house, ada, png_that_says(8001, 5000))
        assert end["phase"] == "failed"
        assert "40.0 million pixels" in end["text"]
    assert kept_in(tmp_path) == []


async def test_what_breaks_off_or_is_not_wanted_leaves_nothing(house: House, tmp_path: Path) -> None:
    data = bytes(3 << 20)
    async with house.guest("Ada") as ada:
        broken, unwanted, late = offer_of(data), offer_of(data[1:]), offer_of(data[2:])
        for offer in (broken, unwanted, late):
            await ada.say(offer)
            await told(ada, offer)
        for offer in (broken, unwanted):
            _reader, writer = await asyncio.open_connection("127.0.0.1", house.server.port)
            head = f"PUT {(await told(ada, offer))['path']} HTTP/1.1\r\nContent-Length: {offer.size}\r\n\r\n"
            writer.write(head.encode() + data[: 1 << 20])
            await writer.drain()
            if offer is unwanted:
                await ada.say(CancelFile(offer.file))
                assert (await told(ada, offer, "failed"))["text"] == "It was cancelled."
            with contextlib.suppress(ConnectionError):
                writer.close()
        assert "broke off" in (await told(ada, broken, "failed"))["text"]
        await ada.say(stuck := offer_of(data[3:]))
        first = (await told(ada, stuck))["path"]
        _reader, writer = await asyncio.open_connection("127.0.0.1", house.server.port)
        writer.write(f"PUT {first} HTTP/1.1\r\nContent-Length: {stuck.size}\r\n\r\nx".encode())
        await ada.until(lambda: not house.server.hosted.files.expects(first.rsplit("/", 1)[1]))
        await ada.say(stuck)
        await ada.until(lambda: (last(ada, stuck).get("path") or first) != first)
        writer.close()
        hosted = house.server.hosted
        hosted.files.look_after(asyncio.get_running_loop().time() + TICKET_SECS + 1)
        assert "did not come" in (await told(ada, late, "failed"))["text"]
        assert (await put(house, f"/Test/upload/{'x' * 32}", b"x")).status == 404
    await house.server.stop()
    assert left_in(tmp_path) == []
    assert kept_in(tmp_path) == []


async def test_what_somebody_brings_who_leaves_is_given_up(house: House, tmp_path: Path) -> None:
    async with house.guest("Ada") as ada, house.guest("Ben") as ben:
        offers = [offer_of(bytes([number])) for number in range(9)]
        for offer in offers:
            await ben.say(offer)
        paths = [(await told(ben, offer)).get("path") for offer in offers]
        assert "You bring in 8 files already" in (await told(ben, offers[8]))["text"]
        await ada.say(mine := offer_of(b"mine"))
        path = (await told(ada, mine))["path"]
        room = house.server.room
        room.intake_desk.forget(next(one for one in room.everyone() if one.author.name == "Ben"))
        assert (await put(house, str(paths[0]), bytes(1))).status == 404
        assert (await put(house, path, b"mine")).status == 201, "that of others goes on"
        await told(ada, mine, "done")
    assert [path.read_bytes() for path in kept_in(tmp_path)] == [b"mine"]


async def test_who_may_not_is_told_so(house: House) -> None:
    async with house.guest("Ada") as ada:
        identity = house.server.room.everyone()[0]
        identity.give_role("observer")
        await ada.say(photo := offer_of(b"x"))
        assert (await told(ada, photo))["text"].startswith("offer_file is for: participant")
        await ada.say(AskExport(1, "html"))
        assert (await ada.said("exported", ask=1)).get("blob"), "everyone may take results along"
        identity.give_role("participant")
        await ada.say(topics := offer_of(b"x", purpose="topics"))
        assert (await told(ada, topics))["text"].startswith("merge_topics is for: chair")
        await ada.say(MergeTopics(topics.file))
        assert (await told(ada, topics))["phase"] == "failed"


async def test_a_full_disk_is_said_and_the_session_goes_on(
    small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    (data / "sessions/Test").mkdir(parents=True)
    (data / "sessions/Test/files").symlink_to(small_disk)
    async with open_house(data) as house, house.guest("Ada") as ada:
        await ada.say(offer := offer_of(bytes(1 << 20)))
        assert "MB left, this file needs" in (await told(ada, offer))["text"]
        monkeypatch.setattr("walkdown_server.filing.inbox.SPARE_BYTES", -(2 << 20))
        end = await attach(house, ada, bytes(1 << 20))
        assert "disk is full" in end["text"]
        reply = await ada.operate(PutTopic, topic="t", fields=TopicFields("Valve"))
        assert reply["number"]


# ---- what is given out -----------------------------------------------------------------------------------


async def test_a_file_is_made_for_each_one_at_a_time_and_fetched(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(source: writers.Source, out: Any) -> writers.Notes:
        out.write(" ".join(topic.title for topic in source.state.topics.values()).encode())
        return ("The sketches were left out.",)

    monkeypatch.setitem(writers.WRITERS, "html", (".html", write))
    async with house.guest("Ada") as ada:
        await ada.operate(PutTopic, topic="t", fields=TopicFields("Valve"))
        for ask in (1, 1, 2):
            await ada.say(AskExport(ask, "html"))
        assert "one file is made for you at a time" in (await ada.said("exported", ask=2))["text"].lower()
        said = await ada.said("exported", ask=1)
        assert (said["name"], said["notes"]) == ("Test.html", ["The sketches were left out."])
        assert await fetched(house, said["blob"]["sha256"]) == b"Valve"
        await ada.say(AskExport(3, "html", topics=("gone",)))
        assert "There is no topic 'gone'" in (await ada.said("exported", ask=3))["text"]
    await house.server.stop()
    assert left_in(tmp_path) == []


def test_exports_make_room_for_newer_ones_and_files_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "EXPORTS_KEPT", 2)
    blobs = BlobStore()
    files = store.FileStore(tmp_path, blobs)
    (kept,) = files.put([b"kept"])
    made = []
    for data in (b"one", b"kept", b"two", b"three"):
        place = files.new_place()
        place.write_bytes(data)
        made.append(files.hand_out(place, hashlib.sha256(data).hexdigest()))
    found = [blobs.find(each.sha256) for each in made]
    assert [blob.read() if blob else None for blob in found] == [None, b"kept", b"two", b"three"]
    assert (files.size_bytes, files.read(kept.sha256)) == (4, b"kept")
    files.path(kept.sha256).write_bytes(b"another")
    assert files.read(kept.sha256) is None, "its name is a promise"
    again = store.FileStore(tmp_path, BlobStore())
    assert again.knows(kept.sha256)
    assert not again.knows(made[3].sha256), "exports do not outlive the server"


async def test_what_is_not_installed_is_named_with_what_brings_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "typst", None)
    async with house.guest("Ada") as ada:
        await ada.say(AskExport(1, "pdf"))
        said = await ada.said("exported", ask=1)
        assert said.get("blob") is None
        assert "run.py add report" in said["text"]
