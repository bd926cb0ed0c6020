"""Plain requests on the same port: health, and blobs by their hash and by nothing else."""

from __future__ import annotations

import asyncio
import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.server.conftest import (
    House,
    open_house,
    small_catalogue,
    small_package,
    unpack_blob,
    write_package_to,
)
from walkdown.messages import PutNote
from walkdown.settings import ServerSettings
from walkdown_server import app
from walkdown_server.access import KEEP_ALIVE_SECS, REQUEST_WITHIN_SECS
from walkdown_server.http import BadRequest, parse_head, split_head
from walkdown_server.packages import Blob, open_package
from walkdown_server.sites import Site


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


async def read_answer(reader: asyncio.StreamReader, *, body: bool = True) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
    size = int(headers["content-length"]) if body else 0
    return Answer(int(head[0].split()[1]), headers, await reader.readexactly(size))


async def ask(house: House, path: str, *lines: str, method: str = "GET") -> Answer:
    """One request on a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", house.server.port)
    try:
        writer.write("\r\n".join((f"{method} {path} HTTP/1.1", "Host: localhost", *lines, "", "")).encode())
        return await read_answer(reader, body=method != "HEAD")
    finally:
        writer.close()
        await writer.wait_closed()


def hash_of(house: House) -> str:
    return house.server.room.contents.packages[0].manifest.sha256


async def test_health_is_told(house: House) -> None:
    assert (await ask(house, "/healthz")).body == b"ok\n"
    assert (await ask(house, "/readyz")).status == 200


async def test_every_file_of_a_package_can_be_fetched_by_its_hash(house: House) -> None:
    package = small_package()
    assert hash_of(house) == hashlib.sha256(package.manifest_bytes).hexdigest()
    assert (await ask(house, f"/blob/{hash_of(house)}")).body == package.manifest_bytes
    for path, info in package.manifest.blobs.items():
        answer = await ask(house, f"/blob/{info.sha256}")
        assert (answer.status, answer.body) == (200, package.read(path))
        assert answer.headers["content-type"] == info.media
        assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    ("wanted", "start", "stop"),
    [("0-9", 0, 10), ("5-", 5, None), ("-7", -7, None), ("3-3", 3, 4), ("10-999999", 10, None)],
)
async def test_a_range_of_bytes_can_be_fetched(
    house: House, wanted: str, start: int, stop: int | None
) -> None:
    whole = small_package().manifest_bytes
    answer = await ask(house, f"/blob/{hash_of(house)}", f"Range: bytes={wanted}")
    assert (answer.status, answer.body) == (206, whole[start:stop])
    first = range(len(whole))[start:stop][0]
    assert answer.headers["content-range"] == f"bytes {first}-{first + len(answer.body) - 1}/{len(whole)}"


@pytest.mark.parametrize("wanted", ["999999999-", "9-3", "-0"])
async def test_a_range_outside_is_refused_with_the_size(house: House, wanted: str) -> None:
    answer = await ask(house, f"/blob/{hash_of(house)}", f"Range: bytes={wanted}")
    assert answer.status == 416
    assert answer.headers["content-range"] == f"bytes */{len(small_package().manifest_bytes)}"


@pytest.mark.parametrize("line", ["Range: bytes=0-1,3-4", "Range: rows=1-2", "Range: bytes=-"])
async def test_a_range_that_we_do_not_know_brings_everything(house: House, line: str) -> None:
    assert (await ask(house, f"/blob/{hash_of(house)}", line)).status == 200


async def test_head_gives_the_size_and_no_body(house: House) -> None:
    answer = await ask(house, f"/blob/{hash_of(house)}", method="HEAD")
    assert answer.status == 200
    assert int(answer.headers["content-length"]) == len(small_package().manifest_bytes)


async def test_one_connection_can_ask_many_times_without_waiting(house: House) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", house.server.port)
    package = small_package()
    names = [info.sha256 for info in package.manifest.blobs.values()]
    writer.write(b"".join(f"GET /blob/{name} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for name in names * 5))
    for name in names * 5:
        answer = await read_answer(reader)
        assert hashlib.sha256(answer.body).hexdigest() == name
    writer.close()
    await writer.wait_closed()


async def test_a_connection_ends_when_the_client_wants_it_to(house: House) -> None:
    request = f"GET /blob/{hash_of(house)} HTTP/1.1\r\nHost: x\r\n"
    twice = (f"{request}\r\n" * 2, True)
    for data, half in ((f"{request}Connection: close\r\n\r\n{request}\r\n", False), twice):
        reader, writer = await asyncio.open_connection("127.0.0.1", house.server.port)
        writer.write(data.encode())
        if half:
            writer.write_eof()
        answers = await asyncio.wait_for(reader.read(), 10)
        assert answers.count(b"HTTP/1.1 200") == (2 if half else 1)
        writer.close()


async def test_who_takes_too_long_to_ask_is_hung_up_on(house: House) -> None:
    listener = house.server._listener
    quick, slow = [await asyncio.open_connection("127.0.0.1", house.server.port) for _ in range(2)]
    slow[1].write(b"GET /heal")
    assert (await ask(house, "/healthz")).status == 200
    listener.look_after(asyncio.get_running_loop().time() + REQUEST_WITHIN_SECS + 1)
    assert await asyncio.wait_for(slow[0].read(), 10) == b""
    quick[1].write(b"GET /healthz HTTP/1.1\r\n\r\n")
    assert (await read_answer(quick[0])).status == 200
    listener.look_after(asyncio.get_running_loop().time() + KEEP_ALIVE_SECS + 1)
    assert await asyncio.wait_for(quick[0].read(), 10) == b""
    for _reader, writer in (quick, slow):
        writer.close()


async def test_many_megabytes_arrive_whole_while_the_session_goes_on(house: House, tmp_path: Path) -> None:
    big, block = tmp_path / "big", bytes(range(256)) * 4096
    big.write_bytes(block * 40)
    house.server.hosted.blobs._blobs["a" * 64] = Blob(40 << 20, "", None, big)
    async with house.guest("Ada") as ada:
        downloads = [asyncio.create_task(ask(house, f"/blob/{'a' * 64}")) for _ in range(3)]
        house.sink.write([0], [5.0])
        await ada.until(lambda: ada.table.value(0) == 5.0)
        for download in downloads:
            assert (await download).body == block * 40


async def test_a_download_that_breaks_off_is_forgotten(house: House, tmp_path: Path) -> None:
    big = tmp_path / "big"
    big.write_bytes(bytes(40 << 20))
    house.server.hosted.blobs._blobs["a" * 64] = Blob(80 << 20, "", None, big)
    reader, writer = await asyncio.open_connection("127.0.0.1", house.server.port)
    writer.write(f"GET /blob/{'a' * 64} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    await reader.readexactly(1 << 20)
    writer.transport.abort()
    with pytest.raises(asyncio.IncompleteReadError):
        await ask(house, f"/blob/{'a' * 64}")
    assert (await ask(house, "/healthz")).status == 200


async def test_files_are_served_from_a_folder_and_from_a_wdp(tmp_path: Path) -> None:
    for path in package_places(tmp_path):
        settings = ServerSettings(port=0, data=tmp_path / "data", name=path.name)
        async with app.running_server(settings, Site(small_catalogue(), (open_package(path),))) as server:
            house = House(server, small_catalogue(), None)  # type: ignore[arg-type]
            for info in small_package().manifest.blobs.values():
                answer = await ask(house, f"/blob/{info.sha256}")
                assert hashlib.sha256(answer.body).hexdigest() == info.sha256
                part = await ask(house, f"/blob/{info.sha256}", "Range: bytes=2-20")
                assert part.body == answer.body[2:21]


def package_places(tmp_path: Path) -> Iterator[Path]:
    """The small package as a folder and as a stored zip."""
    folder = write_package_to(tmp_path / "folder")
    with zipfile.ZipFile(tmp_path / "small.wdp", "w") as archive:
        for file in sorted(folder.rglob("*.*")) + sorted(folder.glob("[ep]/*")):
            archive.write(file, file.relative_to(folder))
    yield folder
    yield tmp_path / "small.wdp"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 404),
        ("/blob/", 404),
        ("/blob/" + "0" * 64, 404),
        ("/blob/" + "F" * 64, 404),
        ("/blob/../../etc/passwd", 404),
        ("/blob/%2e%2e/%2e%2e/etc/passwd", 404),
        ("//etc/passwd", 404),
    ],
)
async def test_nothing_else_can_be_fetched(house: House, path: str, status: int) -> None:
    answer = await ask(house, path)
    assert answer.status == status
    assert answer.body.endswith(b".\n")


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 405),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", 400),
        (b"GET /healthz HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"GET /healthz\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\n bad: x\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nX: " + b"y" * 9000, 431),
    ],
)
async def test_a_bad_request_gets_one_sentence_and_the_server_lives(
    house: House, request_bytes: bytes, status: int
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", house.server.port)
    writer.write(request_bytes)
    answer = await read_answer(reader)
    assert answer.status == status
    assert answer.body.endswith(b".\n")
    assert await reader.read() == b""
    writer.close()
    assert (await ask(house, "/healthz")).status == 200


def test_a_head_is_read_however_it_ends() -> None:
    assert split_head(b"GET / HTTP/1.1\r\n") == 0
    assert split_head(b"GET / HTTP/1.1\r\n\r\nrest") == 18
    assert not parse_head(b"GET / HTTP/1.0\r\n\r\n").keep_alive
    assert parse_head(b"GET /healthz?x=1 HTTP/1.1\r\n\r\n").path == "/healthz"
    with pytest.raises(BadRequest):
        parse_head(b"\r\n\r\n")


async def test_a_snapshot_is_a_blob_too(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.guest("Ada") as ada:
        await ada.operate(PutNote, note="n", text="kept", point=(0.0, 0.0, 0.0))
    async with open_house(tmp_path) as house:
        async with house.guest("Grace") as grace:
            blob = (await ask(house, f"/blob/{grace.welcome['snapshot']['sha256']}")).body
            assert [note["text"] for note in unpack_blob(blob)["notes"]] == ["kept"]
            assert unpack_blob(blob)["number"] == grace.welcome["number"] == 1
            catalogue = (await ask(house, f"/blob/{grace.welcome['catalogue']['sha256']}")).body
            assert len(unpack_blob(catalogue)["signals"]) == len(house.catalogue.signals)
