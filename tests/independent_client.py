"""A client of ``walkdown.1`` by somebody who has only read ``docs/protocol.md``.

Imports the standard library, ``msgpack`` and ``zstandard``, nothing else, and speaks WebSocket by itself.
It checks more than a client has to: every byte of every section is accounted for.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import itertools
import math
import os
import socket
import ssl
import struct
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import msgpack
import zstandard

SUBPROTOCOL = "walkdown.1"
MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
KINDS = ("f32", "f64", "i64", "enum", "bool", "text")
FORMATS = {"f32": "f", "f64": "d", "i64": "q", "enum": "B", "bool": "B"}
BLOCK = 250


class Way:
    """How to get to a session: plain, or by a link with TLS and a certificate that is checked first."""

    def __init__(
        self, host: str, port: int, *, path: str = "/", invite: str = "", fingerprint: bytes = b""
    ) -> None:
        self.host, self.port, self.path = host, port, path
        self.invite, self._fingerprint = invite, fingerprint

    @classmethod
    def of_link(cls, link: str) -> Way:
        parts = urlsplit(link)
        assert parts.scheme == "walkdown"
        assert parts.hostname
        invite, _dot, fingerprint = parts.fragment.partition(".")
        assert (len(invite), len(fingerprint)) == (22, 43)
        seen = base64.urlsafe_b64decode(fingerprint + "=")
        return cls(parts.hostname, parts.port or 8765, path=parts.path, invite=invite, fingerprint=seen)

    def connect(self) -> socket.socket:
        plain = socket.create_connection((self.host, self.port), timeout=10)
        if not self._fingerprint:
            return plain
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        session = unquote(self.path.strip("/")).encode()
        name = hashlib.sha256(session).hexdigest()[:16] + ".walkdown"
        secure = context.wrap_socket(plain, server_hostname=name)
        shown = hashlib.sha256(secure.getpeercert(binary_form=True) or b"").digest()
        if shown != self._fingerprint:
            secure.close()
            raise ConnectionError("another server")
        return secure

    def http(self) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=20)
        connection.sock = self.connect()
        return connection


class WebSocket:
    """As much of RFC 6455 as a client needs."""

    def __init__(self, way: Way) -> None:
        self._socket = way.connect()
        self._stream = self._socket.makefile("rb")
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(
            f"GET {way.path} HTTP/1.1\r\nHost: {way.host}:{way.port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n".encode()
        )
        status, *lines = iter(self._line, "")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        expected = base64.b64encode(hashlib.sha1((key + MAGIC).encode()).digest()).decode()  # noqa: S324
        assert status.split()[1] == "101", status
        assert headers["sec-websocket-accept"] == expected
        assert headers["sec-websocket-protocol"] == SUBPROTOCOL
        assert "sec-websocket-extensions" not in headers
        assert len(bytes.fromhex(headers["walkdown-challenge"])) == 16

    def send(self, payload: bytes, opcode: int = 2) -> None:
        mask = os.urandom(4)
        size = len(payload)
        head = bytes((0x80 | opcode, 0x80 | (size if size < 126 else 126)))
        head += struct.pack(">H", size) if size >= 126 else b""
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
        self._socket.sendall(head + mask + masked)

    def receive(self) -> bytes:
        """Return the next binary message; pings are answered on the way."""
        while True:
            opcode, payload = self._frame()
            if opcode == 9:
                self.send(payload, opcode=10)
            elif opcode == 8:
                raise ConnectionError(f"the server closed: {payload[2:].decode()}")
            else:
                assert opcode == 2, f"a message with opcode {opcode}"
                return payload

    def close(self) -> None:
        self.send(struct.pack(">H", 1000), opcode=8)
        self._stream.close()
        self._socket.close()

    def _line(self) -> str:
        return self._stream.readline().decode().rstrip("\r\n")

    def _frame(self) -> tuple[int, bytes]:
        first, second = self._exactly(2)
        assert first & 0xF0 == 0x80, "the server sends whole messages without extensions"
        assert second < 128, "a server masks nothing"
        size = second
        if second >= 126:
            size = int.from_bytes(self._exactly(2 if second == 126 else 8), "big")
        return first & 15, self._exactly(size)

    def _exactly(self, count: int) -> bytes:
        data = self._stream.read(count)
        if len(data) < count:
            raise ConnectionError("the server vanished")
        return data


def fetch(way: Way, blob: dict[str, Any]) -> bytes:
    """GET a blob and check it."""
    connection = way.http()
    connection.request("GET", f"/blob/{blob['sha256']}")
    response = connection.getresponse()
    data = response.read()
    connection.close()
    assert response.status == 200, response.status
    assert (len(data), hashlib.sha256(data).hexdigest()) == (blob["size"], blob["sha256"])
    return data


def unpack_zstd(data: bytes) -> Any:
    return msgpack.unpackb(zstandard.ZstdDecompressor().decompress(data))


def maps_in(data: bytes) -> Iterator[dict[str, Any]]:
    unpacker = msgpack.Unpacker(max_ext_len=0)
    unpacker.feed(data)
    end = 0
    for value in unpacker:
        end = unpacker.tell()
        yield value
    assert end == len(data), "bytes after the last message"


class Reader:
    """Takes a payload apart and notices when bytes are left."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, count: int) -> bytes:
        part = self.data[self.at : self.at + count]
        assert len(part) == count, f"{count} bytes expected, {len(part)} there"
        self.at += count
        return part

    def numbers(self, layout: str) -> tuple[Any, ...]:
        return struct.unpack("<" + layout, self.take(struct.calcsize("<" + layout)))

    @property
    def more(self) -> bool:
        return self.at < len(self.data)


def pack_quaternion(quaternion: tuple[float, float, float, float]) -> int:
    largest = max(range(4), key=lambda place: abs(quaternion[place]))
    sign = -1 if quaternion[largest] < 0 else 1
    others = [sign * quaternion[place] for place in range(4) if place != largest]
    steps = [round((value / math.sqrt(2) + 0.5) * 1023) for value in others]
    return largest << 30 | steps[0] << 20 | steps[1] << 10 | steps[2]


def unpack_quaternion(packed: int) -> list[float]:
    others = [((packed >> shift & 1023) / 1023 - 0.5) * math.sqrt(2) for shift in (20, 10, 0)]
    missing = math.sqrt(max(0.0, 1 - sum(value**2 for value in others)))
    others.insert(packed >> 30, missing)
    return others


class IndependentClient:
    """Joins a session and knows what the server said.

    Attributes:
        values: global index to newest value. quality: the same for qualities. ages: for ages in seconds.
        states: thing index to state. joints: joint index to value.
        poses: person to (position in m, quaternion, flags, age in s).
        people, notes, sources: by their keys. records: in order. replies: by operation.
        packages: what is drawn, by model. models: what the records say of those that came later.
        tasks: models that are being brought in. tickets: where to put their bytes.
        answers: to questions about the past.
        rules: of voice. heard: packets of voice: person, route, sequence, flags, loudness, payload.
        sections: how often each kind of section came.
    """

    def __init__(self, way: Way, name: str) -> None:
        self.values: dict[int, float | str] = {}
        self.quality: dict[int, int] = {}
        self.ages: dict[int, float] = {}
        self.states: dict[int, int] = {}
        self.joints: dict[int, float] = {}
        self.poses: dict[int, tuple[list[float], list[float], int, float]] = {}
        self.people: dict[int, dict[str, Any]] = {}
        self.sources: dict[str, dict[str, Any]] = {}
        self.records: list[dict[str, Any]] = []
        self.replies: dict[int, dict[str, Any]] = {}
        self.sections: dict[int, int] = {}
        self.models: dict[str, dict[str, Any]] = {}
        self.rules: dict[str, Any] = {}
        self.tasks: dict[str, dict[str, Any]] = {}
        self.tickets: dict[str, str] = {}
        self.answers: dict[int, dict[str, Any]] = {}
        self.heard: list[tuple[int, int, int, int, int, bytes]] = []
        self._way = way
        self.pongs: list[dict[str, Any]] = []
        self.tick = self.time_ns = self.spoken = self._op = 0
        self._socket = WebSocket(self._way)
        self._say(t="hello", version=SUBPROTOCOL, name=name, kind="bot", invite=self._way.invite)
        (self.welcome,) = maps_in(self._socket.receive())
        assert self.welcome["t"] == "welcome", self.welcome
        self.catalogue = unpack_zstd(fetch(self._way, self.welcome["catalogue"]))
        snapshot = unpack_zstd(fetch(self._way, self.welcome["snapshot"]))
        self.notes = {note["note"]: note for note in snapshot.get("notes", [])}
        self.number = snapshot["number"]
        self.blocks = self._layout()
        self._take_models(self.welcome)

    # ---- what it says -----------------------------------------------------------------------------------

    def put_note(
        self, note: str, text: str, point: tuple[float, float, float], thing: str = "", model: str = ""
    ) -> int:
        """Send a note and return the number of its record."""
        return self.operate("put_note", note=note, text=text, point=list(point), thing=thing, model=model)

    def operate(self, t: str, **fields: Any) -> int:
        """Send an operation and return the number of its record."""
        self._op += 1
        self._say(t=t, op=self._op, **fields)
        self.until(lambda: self._op in self.replies)
        reply = self.replies[self._op]
        assert reply.get("number", 0) > 0, reply
        return int(reply["number"])

    def bring_model(self, file: str, data: bytes, **offer: Any) -> str:
        """Bring a model file in, wait until it is there, and return the model's id."""
        model = str(offer.pop("model", uuid.uuid4()))
        sha256 = hashlib.sha256(data).hexdigest()
        self.tasks.pop(model, None)
        self._say(t="offer_model", model=model, file=file, size=len(data), sha256=sha256, **offer)
        self.until(lambda: model in self.tickets)
        connection = self._way.http()
        connection.request("PUT", self.tickets.pop(model), body=data)
        response = connection.getresponse()
        said = response.read()
        connection.close()
        assert response.status == 201, said
        self.until(lambda: self.tasks.get(model, {}).get("phase") in ("done", "failed", "cancelled"))
        assert self.tasks[model]["phase"] == "done", self.tasks[model]
        return model

    def things_of(self, model: str) -> list[dict[str, Any]]:
        """Fetch the things that a model brings."""
        things: list[dict[str, Any]] = unpack_zstd(fetch(self._way, self.packages[model]["things"]))["things"]
        return things

    def past_of(self, signal: int, from_ns: int, to_ns: int) -> list[tuple[int, float, int]]:
        """Ask what a signal was: time, value and quality of each point."""
        ask = len(self.answers) + 1
        self._say(t="ask_history", ask=ask, signals=[signal], from_ns=from_ns, to_ns=to_ns)
        self.until(lambda: ask in self.answers)
        history = unpack_zstd(fetch(self._way, self.answers[ask]["blob"]))
        assert history["epoch"] == self.welcome["epoch"]
        (told,) = history["signals"]
        assert told["signal"] == signal
        count = len(told["quality"])
        times = struct.unpack(f"<{count}q", told["times_ns"])
        values = struct.unpack(f"<{count}d", told["values"])
        return list(zip(times, values, told["quality"], strict=True))

    def send_pose(
        self, position: tuple[float, float, float], quaternion: tuple[float, float, float, float]
    ) -> None:
        record = struct.pack(
            "<HHiiiIH", 0, 0, *(round(metres * 1000) for metres in position), pack_quaternion(quaternion), 0
        )
        section = struct.pack("<I", 1 | len(record) << 8) + record
        self._send_frame(section)

    def listen(self) -> None:
        """Say that there are ears and a microphone."""
        self._say(t="voice", ears=True, microphone=True)

    def speak(self, payload: bytes, *, last: bool = False, loudness: int = 30) -> int:
        """Send 20 ms of voice and return its sequence."""
        self.spoken += 1
        packet = struct.pack("<IqBB", self.spoken, self.time_ns, int(last), loudness) + payload
        self._send_frame(struct.pack("<I", 7 | len(packet) << 8) + packet)
        return self.spoken

    def ping(self) -> None:
        self._say(t="ping", sent_ns=time.monotonic_ns())
        count = len(self.pongs)
        self.until(lambda: len(self.pongs) > count)

    def close(self) -> None:
        self._socket.close()

    def _send_frame(self, section: bytes) -> None:
        self._socket.send(struct.pack("<BI", 1, self.tick) + section)

    def _say(self, **message: Any) -> None:
        self._socket.send(msgpack.packb(message))

    # ---- what it hears ----------------------------------------------------------------------------------

    def until(self, holds: Callable[[], object]) -> None:
        """Receive until a condition holds."""
        end = time.monotonic() + 20
        while not holds():
            assert time.monotonic() < end, "what was awaited did not come in 20 s"
            self.receive()

    def receive(self) -> None:
        data = self._socket.receive()
        if data[0] == 1:
            if self._take_frame(data):
                self._send_frame(b"")  # names the tick at once, which is sooner than it has to
        else:
            for message in maps_in(data):
                self._take_message(message)

    def _layout(self) -> list[tuple[str, int, int]]:
        """Return kind, first global index and size of each block."""
        kinds = [signal.get("kind", "f32") for signal in self.catalogue.get("signals", [])]
        assert kinds == sorted(kinds, key=KINDS.index)
        blocks, first = [], 0
        for kind in KINDS[:-1]:
            count = kinds.count(kind)
            blocks += [(kind, first + at, min(BLOCK, count - at)) for at in range(0, count, BLOCK)]
            first += count
        return blocks

    def _take_frame(self, data: bytes) -> bool:
        """Take in a frame; tells whether it is one of a tick."""
        frame = Reader(data)
        version, tick, self.time_ns = frame.numbers("BIq")
        assert version == 1
        self.tick = tick or self.tick
        readers = {
            1: self._take_poses,
            2: self._take_hands,
            3: self._take_signals,
            4: self._take_states,
            5: self._take_joints,
            6: self._take_messages,
            7: self._take_voices,
        }
        while frame.more:
            (head,) = frame.numbers("I")
            kind, payload = head & 255, Reader(frame.take(head >> 8))
            self.sections[kind] = self.sections.get(kind, 0) + 1
            readers[kind](payload)
            assert not payload.more, f"bytes are left in section {kind}"
        return bool(tick)

    def _take_voices(self, bundle: Reader) -> None:
        assert len(bundle.data) <= 3352
        while bundle.more:
            person, route, size = bundle.numbers("HBH")
            packet = Reader(bundle.take(size))
            sequence, _captured_ns, flags, loudness = packet.numbers("IqBB")
            payload = packet.take(size - 14)
            assert len(payload) <= 400
            assert payload or flags & 1
            self.heard.append((person, route, sequence, flags, loudness, payload))

    def _take_poses(self, payload: Reader) -> None:
        while payload.more:
            self._take_pose(payload)

    def _take_hands(self, payload: Reader) -> None:
        while payload.more:
            self._take_pose(payload)
            payload.numbers("hhhIhhhI")

    def _take_pose(self, payload: Reader) -> None:
        person, flags, x, y, z, rotation, age = payload.numbers("HHiiiIH")
        self.poses[person] = [x / 1000, y / 1000, z / 1000], unpack_quaternion(rotation), flags, age / 10_000

    def _take_states(self, payload: Reader) -> None:
        while payload.more:
            thing, state = payload.numbers("IB")
            assert thing < len(self.catalogue["things"])
            assert state < 7
            self.states[thing] = state

    def _take_joints(self, payload: Reader) -> None:
        while payload.more:
            joint, steps = payload.numbers("Hi")
            self.joints[joint] = steps * 1e-5

    def _take_messages(self, payload: Reader) -> None:
        for message in maps_in(payload.take(len(payload.data))):
            self._take_message(message)

    def _take_signals(self, payload: Reader) -> None:
        while payload.more:
            epoch, number, encoding, flags, size = payload.numbers("HHBBH")
            body = payload.take(size)
            if epoch == self.catalogue["epoch"] % 65536:
                self._take_block(number, encoding, flags, body)

    def _take_block(self, number: int, encoding: int, flags: int, body: bytes) -> None:
        kind, first, count = self.blocks[number]
        width = struct.calcsize("<" + FORMATS[kind])
        if flags & 4:
            limit = 1 + count * (width + 4)
            assert zstandard.frame_content_size(body) <= limit
            body = zstandard.ZstdDecompressor().decompress(body, max_output_size=limit)
        block = Reader(body)
        rows = self._rows(block, encoding, count)
        planes = [block.take(len(rows)) for _byte in range(width)]
        values = [struct.unpack("<" + FORMATS[kind], bytes(parts))[0] for parts in zip(*planes, strict=True)]
        quality = block.take((2 * len(rows) + 7) // 8) if flags & 1 else bytes(len(rows))
        ages = block.numbers(f"{len(rows)}H") if flags & 2 else None
        assert not block.more, f"bytes are left in block {number}"
        for place, row in enumerate(rows):
            self.values[first + row] = values[place]
            self.quality[first + row] = quality[place // 4] >> 2 * (place % 4) & 3
            self.ages[first + row] = ages[place] / 100 if ages else 0.0

    def _rows(self, block: Reader, encoding: int, count: int) -> list[int]:
        if encoding == 0:
            return list(range(count))
        if encoding == 1:
            (listed,) = block.numbers("B")
            rows = list(block.take(listed))
            assert rows == sorted(set(rows))
        else:
            assert encoding == 2
            bitmap = block.take((count + 7) // 8)
            rows = [row for row in range(8 * len(bitmap)) if bitmap[row // 8] >> row % 8 & 1]
        assert all(row < count for row in rows)
        return rows

    def _take_message(self, message: dict[str, Any]) -> None:
        takers: dict[str, Callable[[dict[str, Any]], Any]] = {
            "record": self._take_record,
            "reply": lambda m: self.replies.__setitem__(m["op"], m),
            "person": lambda m: self.people.__setitem__(m["id"], m),
            "gone": lambda m: self.people.pop(m["id"], None),
            "text": self._take_text,
            "source": lambda m: self.sources.__setitem__(m["name"], m),
            "pong": self.pongs.append,
            "history": lambda m: self.answers.__setitem__(m["ask"], m),
            "models": self._take_models,
            "model_task": lambda m: self.tasks.__setitem__(m["model"], m),
            "upload_ticket": lambda m: self.tickets.__setitem__(m["model"], m["path"]),
            "server": lambda m: None,
            "voice_rules": self.rules.update,
            "delays": lambda m: None,
            "bye": lambda m: None,
        }
        takers[message["t"]](message)

    def _take_models(self, message: dict[str, Any]) -> None:
        self.packages = {package["model"]: package for package in message["packages"]}
        spans = sorted((p["base"], p["base"] + p["count"]) for p in self.packages.values())
        assert all(stop <= start for (_, stop), (start, _) in itertools.pairwise(spans))

    def _take_text(self, message: dict[str, Any]) -> None:
        assert self.catalogue["signals"][message["signal"]]["kind"] == "text"
        self.values[message["signal"]] = message["value"]
        self.quality[message["signal"]] = message.get("quality", 0)

    def _take_record(self, record: dict[str, Any]) -> None:
        assert record["number"] == self.number + 1, "a gap in the records"
        self.number = record["number"]
        self.records.append(record)
        if record["kind"] == "note":
            self.notes[record["body"]["note"]] = record["body"]
        elif record["kind"] == "note_removed":
            self.notes.pop(record["body"]["note"])
        elif record["kind"] == "model":
            self.models[record["body"]["model"]] = record["body"]
        elif record["kind"] == "model_placed":
            self.models.setdefault(record["body"]["model"], {})["placement"] = record["body"]["placement"]
        elif record["kind"] == "model_removed":
            self.models.pop(record["body"]["model"], None)
