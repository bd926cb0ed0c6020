"""Blobs arrive whole and checked from servers that cut, lie, or vanish, and are kept on disk."""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from walkdown.errors import Missing, PackageError
from walkdown.messages import Blob
from walkdown_client import blobs
from walkdown_client.address import Address
from walkdown_client.blob_cache import BlobCache
from walkdown_client.blobs import BLOB_SIZE_MAX, BlobClient, Cancelled

DATA = bytes(range(256)) * 4000
BLOB = Blob(hashlib.sha256(DATA).hexdigest(), len(DATA))


class Shop:
    """What a scripted server has, and how it behaves.

    Attributes:
        cuts: after how many bytes each of the next answers is torn off.
        busy: how many of the next requests are answered 503. without_ranges: it always sends everything.
        requests: the Range header of each request, "" for none.
    """

    def __init__(self) -> None:
        self.goods = {BLOB.sha256: DATA}
        self.cuts: list[int] = []
        self.busy = 0
        self.without_ranges = False
        self.requests: list[str] = []
        self.connections: set[Any] = set()


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setattr(blobs, "PAUSE_SECS", 0.001)
    return Shop()


@contextlib.contextmanager
def opened(shop: Shop) -> Iterator[Address]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            shop.requests.append(self.headers.get("Range", ""))
            shop.connections.add(self.client_address)
            data = shop.goods.get(self.path.removeprefix("/blob/"))
            if shop.busy:
                shop.busy -= 1
                self.send_error(503)
            elif data is None:
                self.send_error(404)
            else:
                self.answer(data)

        def answer(self, data: bytes) -> None:
            start = 0 if shop.without_ranges else int(self.headers.get("Range", "bytes=0-")[6:-1])
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(data) - start))
            self.end_headers()
            if shop.cuts:
                self.wfile.write(data[start : start + shop.cuts.pop(0)])
                self.close_connection = True
            else:
                self.wfile.write(data[start:])

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's name
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that hangs up is no news here."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Address("127.0.0.1", server.server_port)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def shopping(shop: Shop, **options: Any) -> Iterator[BlobClient]:
    with opened(shop) as address:
        client = BlobClient(address, **options)
        try:
            yield client
        finally:
            client.close()


def test_a_blob_arrives_and_every_byte_is_counted(shop: Shop) -> None:
    counted: list[int] = []
    with shopping(shop) as client:
        assert client.fetch(BLOB, on_bytes=counted.append) == DATA
    assert sum(counted) == len(DATA)


def test_many_blobs_come_over_one_connection(shop: Shop) -> None:
    with shopping(shop) as client:
        for _index in range(3):
            client.fetch(BLOB)
    assert len(shop.connections) == 1


def test_a_torn_download_goes_on_where_it_stopped(shop: Shop) -> None:
    shop.cuts = [1000, 300_000]
    with shopping(shop) as client:
        assert client.fetch(BLOB) == DATA
    assert shop.requests == ["", "bytes=1000-", "bytes=301000-"]


def test_a_busy_server_is_asked_again(shop: Shop) -> None:
    shop.busy = 2
    with shopping(shop) as client:
        assert client.fetch(BLOB) == DATA


def test_a_server_that_brings_nothing_is_given_up(shop: Shop) -> None:
    shop.cuts = [0] * 100
    with shopping(shop) as client, pytest.raises(Missing, match="brought nothing"):
        client.fetch(BLOB)


def test_nobody_at_the_address_is_missing(shop: Shop, unused_tcp_port: int) -> None:
    with pytest.raises(Missing):
        BlobClient(Address("127.0.0.1", unused_tcp_port)).fetch(BLOB)


def test_a_wrong_hash_is_one_sentence_with_both_hashes(shop: Shop, tmp_path: Path) -> None:
    shop.goods[BLOB.sha256] = b"x" + DATA[1:]
    found = hashlib.sha256(b"x" + DATA[1:]).hexdigest()[:12]
    cache = BlobCache(tmp_path)
    with (
        shopping(shop, cache=cache) as client,
        pytest.raises(PackageError, match=f"{BLOB.sha256[:12]}.*{found}"),
    ):
        client.fetch(BLOB)
    assert cache.get(BLOB.sha256) is None


def test_a_blob_that_is_longer_than_announced_is_refused(shop: Shop) -> None:
    shop.goods[BLOB.sha256] = DATA + b"x"
    with shopping(shop) as client, pytest.raises(PackageError, match="the server sends more"):
        client.fetch(BLOB)


def test_a_blob_the_server_does_not_have_is_named(shop: Shop) -> None:
    with shopping(shop) as client, pytest.raises(PackageError, match=r"000000000000 .* 404"):
        client.fetch(Blob("0" * 64, 5))


def test_a_server_that_knows_no_ranges_is_refused_and_nothing_is_joined_wrongly(shop: Shop) -> None:
    shop.cuts, shop.without_ranges = [1000], True
    with shopping(shop) as client, pytest.raises(PackageError, match="HTTP 200"):
        client.fetch(BLOB)


def test_a_blob_that_is_too_large_is_not_even_asked_for(shop: Shop) -> None:
    with shopping(shop) as client, pytest.raises(PackageError, match="at most"):
        client.fetch(Blob("0" * 64, BLOB_SIZE_MAX + 1))
    assert shop.requests == []


def test_an_empty_blob_is_a_blob(shop: Shop) -> None:
    empty = Blob(hashlib.sha256(b"").hexdigest(), 0)
    shop.goods[empty.sha256] = b""
    with shopping(shop) as client:
        assert client.fetch(empty) == b""


def test_a_download_can_be_cancelled_in_the_middle(shop: Shop) -> None:
    cancel = threading.Event()
    with shopping(shop, cancel=cancel) as client, pytest.raises(Cancelled):
        client.fetch(BLOB, on_bytes=lambda count: cancel.set())


def test_a_download_can_be_cancelled_while_it_waits_for_a_server(shop: Shop) -> None:
    cancel = threading.Event()
    cancel.set()
    shop.busy = 1
    with shopping(shop, cancel=cancel) as client, pytest.raises(Cancelled):
        client.fetch(BLOB)


def test_the_second_fetch_reads_from_disk(shop: Shop, tmp_path: Path) -> None:
    with shopping(shop, cache=BlobCache(tmp_path)) as client:
        client.fetch(BLOB)
        client.fetch(BLOB)
    assert shop.requests == [""]


# ---- the cache -------------------------------------------------------------------------------------------


def named(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_damaged_file_in_the_cache_is_not_there_any_more(tmp_path: Path) -> None:
    cache = BlobCache(tmp_path)
    cache.put(BLOB.sha256, DATA)
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    file.write_bytes(b"x" + DATA[1:])
    assert cache.get(BLOB.sha256) is None
    assert not file.exists()


def test_the_blobs_that_were_not_used_for_longest_go_first(tmp_path: Path) -> None:
    cache = BlobCache(tmp_path, size_max_bytes=1000)
    blobs_ = [bytes([number]) * 300 for number in range(3)]
    for age, data in enumerate(blobs_):
        cache.put(named(data), data)
        path = tmp_path / named(data)[:2] / named(data)
        os.utime(path, (1000 + age, 1000 + age))
    assert cache.get(named(blobs_[0])) is not None
    cache.put(named(b"new" * 100), b"new" * 100)
    assert cache.get(named(blobs_[0])) is not None
    assert cache.get(named(blobs_[1])) is None
    assert cache.get(named(b"new" * 100)) is not None


def test_a_new_cache_knows_what_an_older_one_kept(tmp_path: Path) -> None:
    BlobCache(tmp_path).put(BLOB.sha256, DATA)
    assert BlobCache(tmp_path).get(BLOB.sha256) == DATA


def test_one_blob_does_not_push_out_everything_else(tmp_path: Path) -> None:
    cache = BlobCache(tmp_path, size_max_bytes=100)
    cache.put(named(b"small"), b"small")
    cache.put(named(bytes(60)), bytes(60))
    assert cache.get(named(bytes(60))) is None
    assert cache.get(named(b"small")) == b"small"


def test_where_nothing_can_be_written_nothing_is_kept_and_nothing_breaks(tmp_path: Path) -> None:
    occupied = tmp_path / "file"
    occupied.write_bytes(b"")
    cache = BlobCache(occupied)
    cache.put(BLOB.sha256, DATA)
    assert cache.get(BLOB.sha256) is None
    assert occupied.read_bytes() == b""


def test_closing_waits_for_the_fetch_of_another_thread_and_leaves_no_connection_open() -> None:
    content = b"a blob"
    blob = Blob(hashlib.sha256(content).hexdigest(), len(content))
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(2) as threads:
        client = BlobClient(Address("127.0.0.1", server.getsockname()[1]))
        fetching = threads.submit(client.fetch, blob)
        line, _where = server.accept()
        with line:
            line.recv(4096)
            closing = threads.submit(client.close)
            assert not closing.done()
            line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n" + content)
            assert fetching.result(10) == content
            closing.result(10)
            assert line.recv(4096) == b"", "the connection is still open"
