"""The bytes of an offered file: exactly what was offered, once, and nothing that harms anybody."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import subprocess
from pathlib import Path

import pytest

from tests.server.bringing import bring, end_of, glb_of, offer_of, put, ticket_for
from tests.server.conftest import House, open_house
from tests.server.test_http import Answer, ask, read_answer
from walkdown.messages import CancelModel, PutNote
from walkdown_server.models.upload import BLOCK_SIZE, DRAIN_BYTES, DRAIN_SECS, IDLE_SECS, Receiving

BIG = bytes(range(256)) * (BLOCK_SIZE // 100)
"""More than one block, and no whole number of them."""


async def started(
    house: House, path: str, head: str, first: bytes
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", house.server.port)
    writer.write(f"PUT {path} HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n".encode() + first)
    return reader, writer


async def answer_to(house: House, request: bytes) -> Answer:
    reader, writer = await asyncio.open_connection("127.0.0.1", house.server.port)
    writer.write(request)
    answer = await read_answer(reader)
    assert await reader.read() == b""
    writer.close()
    return answer


def receiving_of(house: House) -> list[Receiving]:
    return [r for r in house.server._listener.receptions if isinstance(r, Receiving)]


def scratch_of(data: Path) -> list[Path]:
    return [path for path in (data / "models").rglob("*") if path.is_file()]


async def test_a_big_file_arrives_whole_in_pieces_of_any_size(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived: list[bytes] = []

    def keep(task: object, **_rest: object) -> None:
        arrived.append(task.file.read_bytes())  # type: ignore[attr-defined]
        raise OSError("enough")

    monkeypatch.setattr("walkdown_server.models.intake.make_package", keep)
    async with house.guest("Ada") as ada:
        offer = offer_of(BIG)
        reader, writer = await started(
            house, await ticket_for(ada, offer), f"Content-Length: {len(BIG)}", BIG[:7]
        )
        for start, stop in ((7, 8), (8, 70_000), (70_000, BLOCK_SIZE + 1), (BLOCK_SIZE + 1, len(BIG))):
            writer.write(BIG[start:stop])
            await writer.drain()
        assert (await read_answer(reader)).status == 201
        writer.close()
        await end_of(ada, offer.model)
        assert arrived == [BIG]
        told = [m for m in ada.messages if m["t"] == "model_task" and m["phase"] == "upload"]
        assert all(0 <= m["part"] <= 1 for m in told)


async def test_a_client_that_asks_first_is_told_to_go_on(house: House) -> None:
    data = glb_of("wall")
    async with house.guest("Ada") as ada:
        offer = offer_of(data)
        head = f"Content-Length: {len(data)}\r\nExpect: 100-continue"
        reader, writer = await started(house, await ticket_for(ada, offer), head, b"")
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(data)
        assert (await read_answer(reader)).status == 201
        writer.close()
        assert (await end_of(ada, offer.model))["phase"] == "done"


async def test_a_client_that_asks_first_with_a_wrong_ticket_sends_nothing(house: House) -> None:
    request = (
        b"PUT /upload/AAAAAAAAAAAAAAAAAAAA HTTP/1.1\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"
    )
    assert (await answer_to(house, request)).status == 404


async def test_another_hash_is_said_and_the_file_deleted(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.guest("Ada") as ada:
        offer = offer_of(b"abc")
        answer = await put(house, await ticket_for(ada, offer), b"abd")
        assert answer.status == 422
        end = await end_of(ada, offer.model)
        assert (end["phase"], hashlib.sha256(b"abc").hexdigest()[:12] in end["text"]) == ("failed", True)
        assert answer.body.decode().strip() == end["text"]
        await asyncio.to_thread(house.server.hosted.intake.pool.shutdown)
        assert scratch_of(tmp_path) == []


async def test_a_ticket_is_good_for_one_upload(house: House) -> None:
    data = glb_of("wall")
    async with house.guest("Ada") as ada:
        offer = offer_of(data)
        path = await ticket_for(ada, offer)
        assert (await put(house, path, data)).status == 201
        assert (await put(house, path, data)).status == 404
        assert (await end_of(ada, offer.model))["phase"] == "done"
        assert (await put(house, path, data)).status == 404


@pytest.mark.parametrize("length", [2, 4])
async def test_another_size_than_was_offered_is_refused_before_a_byte_is_taken(
    house: House, length: int
) -> None:
    async with house.guest("Ada") as ada:
        offer = offer_of(b"abc")
        answer = await put(house, await ticket_for(ada, offer), b"", length=length)
        assert answer.status == 400
        assert "3 bytes were offered" in (await end_of(ada, offer.model))["text"]


async def test_bytes_after_the_last_one_are_not_taken(house: House) -> None:
    data = glb_of("wall")
    async with house.guest("Ada") as ada:
        offer = offer_of(data)
        answer = await put(house, await ticket_for(ada, offer), data + b"x" * 5000, length=len(data))
        assert answer.status == 201
        assert (await end_of(ada, offer.model))["phase"] == "done"


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ("", 411),
        ("Content-Length: many", 411),
        ("Content-Length: -3", 411),
        ("Content-Length: 3\r\nContent-Length: 4", 400),
        ("Content-Length: 3\r\nExpect: miracles", 417),
        ("Transfer-Encoding: chunked", 411),
        ("Content-Length: 3\r\nTransfer-Encoding: chunked", 411),
        ("Content-Length: 3\r\nX: " + "y" * 9000, 431),
    ],
)
async def test_a_head_that_is_not_as_described_is_refused_and_the_ticket_stays_good(
    house: House, lines: str, status: int
) -> None:
    async with house.guest("Ada") as ada:
        offer = offer_of(b"abc")
        path = await ticket_for(ada, offer)
        answer = await answer_to(
            house, f"PUT {path} HTTP/1.1\r\n{lines}\r\n\r\n".replace("\r\n\r\n\r\n", "\r\n\r\n").encode()
        )
        assert answer.status == status
        assert answer.body.endswith(b".\n")
        assert (await put(house, path, b"abc")).status == 201


@pytest.mark.parametrize(
    "path", ["/", "/blob/" + "0" * 64, "/upload/", "/upload/../../etc/passwd", "/upload/" + "A" * 65]
)
async def test_nothing_else_can_be_written_to(house: House, path: str) -> None:
    assert (await put(house, path, b"abc")).status == 404


async def test_a_ticket_cannot_be_read(house: House) -> None:
    async with house.guest("Ada") as ada:
        assert (await ask(house, await ticket_for(ada, offer_of(b"abc")))).status == 404


async def test_an_upload_that_breaks_off_is_said_and_its_file_deleted(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.guest("Ada") as ada:
        offer = offer_of(BIG)
        _, writer = await started(
            house, await ticket_for(ada, offer), f"Content-Length: {len(BIG)}", BIG[:-1]
        )
        await writer.drain()
        writer.transport.abort()
        end = await end_of(ada, offer.model)
        assert (end["phase"], "broke off" in end["text"]) == ("failed", True)
        await asyncio.to_thread(house.server.hosted.intake.pool.shutdown)
        assert scratch_of(tmp_path) == []


async def test_an_upload_whose_end_comes_too_early_reads_why(house: House) -> None:
    async with house.guest("Ada") as ada:
        offer = offer_of(b"abc")
        reader, writer = await started(house, await ticket_for(ada, offer), "Content-Length: 3", b"ab")
        writer.write_eof()
        answer = await read_answer(reader)
        assert (answer.status, b"2 of 3 bytes" in answer.body) == (400, True)
        assert (await end_of(ada, offer.model))["phase"] == "failed"
        writer.close()


async def test_an_upload_that_is_too_slow_is_given_up(house: House) -> None:
    async with house.guest("Ada") as ada:
        offer = offer_of(BIG)
        reader, writer = await started(
            house, await ticket_for(ada, offer), f"Content-Length: {len(BIG)}", b"x"
        )
        await ada.said("model_task", model=offer.model)
        await ada.until(lambda: receiving_of(house))
        (receiving,) = receiving_of(house)
        now = receiving._since
        receiving.look_after(now + 1)
        writer.write(b"y" * 5000)
        await ada.until(lambda: receiving._received > 1)
        receiving.look_after(now + 1 + IDLE_SECS - 1)
        assert not receiving._answered
        receiving.look_after(now + 2 + IDLE_SECS)
        assert (await read_answer(reader)).status == 408
        assert (await end_of(ada, offer.model))["phase"] == "failed"
        receiving.look_after(receiving._since + DRAIN_SECS + 1)
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        writer.close()


async def test_who_goes_on_sending_after_a_refusal_is_cut_off(house: House) -> None:
    async with house.guest("Ada") as ada:
        size = DRAIN_BYTES + (64 << 20)
        offer = offer_of(b"x", size=size)
        reader, writer = await started(house, await ticket_for(ada, offer), f"Content-Length: {size}", b"x")
        await ada.until(lambda: receiving_of(house))
        await ada.say(CancelModel(offer.model))
        answer = await read_answer(reader)
        assert (answer.status, b"does not want it" in answer.body) == (409, True)
        sending = _send_on(writer, size)
        with pytest.raises(ConnectionError):
            await sending
        writer.close()
        assert (await end_of(ada, offer.model))["phase"] == "cancelled"


async def _send_on(writer: asyncio.StreamWriter, size: int) -> None:
    for _ in range(size // BLOCK_SIZE):
        writer.write(bytes(BLOCK_SIZE))
        await writer.drain()


async def test_a_server_that_stops_ends_uploads_and_leaves_nothing(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.guest("Ada") as ada:
        offer = offer_of(BIG)
        head = f"Content-Length: {len(BIG)}"
        reader, writer = await started(house, await ticket_for(ada, offer), head, BIG[:BLOCK_SIZE])
        await ada.until(lambda: receiving_of(house))
        stopping = asyncio.create_task(house.server.stop())
        assert (await end_of(ada, offer.model))["text"] == "The server stops."
        with contextlib.suppress(ConnectionError):
            assert b"409" in await reader.readline()
        await stopping
        writer.close()
    assert scratch_of(tmp_path) == []


async def test_a_ticket_that_nobody_uses_expires(house: House) -> None:
    async with house.guest("Ada") as ada:
        offer = offer_of(b"abc")
        path = await ticket_for(ada, offer)
        house.server.hosted.intake.look_after(house.server.hosted._loop.time() + 61)
        assert "did not come" in (await end_of(ada, offer.model))["text"]
        assert (await put(house, path, b"abc")).status == 404


async def test_an_upload_on_a_connection_that_fetched_before_is_taken(house: House) -> None:
    data = glb_of("wall")
    blob = house.server.room.contents.packages[0].manifest.sha256
    async with house.guest("Ada") as ada:
        offer = offer_of(data)
        path = await ticket_for(ada, offer)
        reader, writer = await asyncio.open_connection("127.0.0.1", house.server.port)
        get, length = f"GET /blob/{blob} HTTP/1.1\r\n\r\n", f"Content-Length: {len(data)}"
        writer.write(f"{get}PUT {path} HTTP/1.1\r\n{length}\r\n\r\n".encode() + data)
        assert [(await read_answer(reader)).status for _ in range(2)] == [200, 201]
        writer.close()
        assert (await end_of(ada, offer.model))["phase"] == "done"


async def test_a_full_disk_ends_the_upload_with_one_sentence_and_everything_else_goes_on(
    small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("walkdown_server.models.intake.SPARE_BYTES", 0)
    monkeypatch.setattr("walkdown_server.models.intake.DISK_FACTOR", 0)
    data = tmp_path / "data"
    data.mkdir()
    (data / "models").symlink_to(small_disk)
    async with open_house(data) as house, house.guest("Ada") as ada:
        offer = offer_of(BIG)
        answer = await put(house, await ticket_for(ada, offer), BIG)
        assert (answer.status, b"full" in answer.body) == (507, True)
        assert "full" in (await end_of(ada, offer.model))["text"]
        assert (await ada.operate(PutNote, note="n", text="kept", point=(0.0, 0.0, 0.0)))["number"] == 1
        end = await bring(house, ada, glb_of("wall"))
        assert end["phase"] == "done"


async def test_any_client_of_http_can_upload(house: House, tmp_path: Path) -> None:
    data = glb_of("wall")
    (tmp_path / "wall.glb").write_bytes(data)
    async with house.guest("Ada") as ada:
        offer = offer_of(data)
        path = await ticket_for(ada, offer)
        script = (
            "import sys, urllib.request\n"
            "data = open(sys.argv[2], 'rb').read()\n"
            "request = urllib.request.Request(sys.argv[1], data=data, method='PUT')\n"
            "print(urllib.request.urlopen(request, timeout=20).status)\n"
        )
        url = f"http://127.0.0.1:{house.server.port}{path}"
        process = await asyncio.create_subprocess_exec(
            "python3", "-c", script, url, str(tmp_path / "wall.glb"), stdout=subprocess.PIPE
        )
        said, _ = await process.communicate()
        assert said.strip() == b"201"
        assert (await end_of(ada, offer.model))["phase"] == "done"
