"""Everything that reads bytes from elsewhere: samples of what it expects, and the errors that it may raise.

Whatever comes, a decoder returns or raises one of these; anything else is a defect.
"""

from __future__ import annotations

import ssl
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import zstandard
from websockets.frames import Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from tests.client.test_inbound import NOTE
from tests.core.test_messages import EVERY_CLIENT_MESSAGE, EVERY_SERVER_MESSAGE
from tests.exchange_bcf import made
from tests.package.sample import sample_model
from tests.server.test_websocket import frame
from walkdown import pairing, voice
from walkdown.blocks import pack_blocks
from walkdown.codec import (
    HANDS,
    Section,
    decompress,
    pack_client_frame,
    pack_joints,
    pack_poses,
    pack_section,
    pack_server_frame,
    pack_thing_states,
    unpack_client_frame,
)
from walkdown.door import base64_of, new_secret
from walkdown.errors import BadInput, WalkdownError
from walkdown.media.datagrams import (
    Answer,
    Kind,
    Opener,
    Sealer,
    pack_answer,
    pack_probe,
    unpack_answer,
    unpack_probe,
)
from walkdown.messages import History, Note, SignalHistory, Snapshot, decode_client, encode
from walkdown.package import parse_manifest, read_tile, write_package
from walkdown.signals import SignalTable
from walkdown.twin import KINDS, Limits, ModelThings, Signal, Thing, make_catalogue
from walkdown_client.address import parse_address
from walkdown_client.inbound import (
    decode_catalogue,
    decode_frame,
    decode_history,
    decode_message,
    decode_model_things,
    decode_snapshot,
)
from walkdown_server.access import check_strict
from walkdown_server.exchange.bcf import read as read_bcf
from walkdown_server.history import records as past
from walkdown_server.history.extraction import Place, series_of
from walkdown_server.http import BadRequest, parse_head, split_head
from walkdown_server.journal import exported
from walkdown_server.journal.heads import MAGIC_2, Head, pack_head, read_heads
from walkdown_server.journal.records import (
    HEADER_SIZE,
    MAGIC,
    Entry,
    chain,
    first_hash,
    pack_entry,
    pack_header,
    read_entry,
    read_header,
)
from walkdown_server.processes.greeting import NoGreeting, name_in_client_hello, session_in_head
from walkdown_server.sources.payloads import Format, read_payload
from walkdown_server.websocket import WebSocket

HEADER = pack_header(MAGIC, bytes(16))
KEY = bytes(range(16))
NOW_NS = 10**18
CATALOGUE = make_catalogue(
    9,
    things=[Thing("a", "a")],
    signals=[Signal(f"{kind}{n}", "a", "s", kind=kind) for kind in KINDS for n in range(300)],
)
SMALL = make_catalogue(
    1,
    things=[Thing("a", "A", functions=("fills",), properties={"x": 1.5}), Thing("b", "B", parent="a")],
    signals=[Signal(kind, "b", "s", kind=kind, limits=Limits(high=3.0)) for kind in KINDS],
)
TABLE = SignalTable(CATALOGUE.signals)


@dataclass(frozen=True)
class Decoder:
    """One reader of foreign bytes.

    Attributes:
        samples: what it expects. decode: reads bytes. errors: what it may raise; most only a few of them.
    """

    name: str
    samples: Sequence[bytes]
    decode: Callable[[bytes], object]
    errors: tuple[type[Exception], ...] = (BadInput,)


def _client_message(data: bytes) -> object:
    check_strict(data)
    return decode_client.decode(data)


def _zipped(decode: Callable[[bytes], object]) -> Callable[[bytes], object]:
    """Return a decoder of what stands inside a zstd frame, so that mutations reach it."""
    compress = zstandard.ZstdCompressor(level=1).compress
    return lambda data: decode(compress(data))


def _server_frames() -> list[bytes]:
    people = pack_poses([3, 4], [[1, 2, 3], [4, 5, 6]], [[1, 0, 0, 0], [0, 1, 0, 0]])
    sections = [
        pack_section(Section.POSES, people.tobytes()),
        pack_section(Section.HANDS, np.zeros(2, HANDS).tobytes()),
        pack_section(Section.THING_STATES, pack_thing_states([0], [3])),
        pack_section(Section.JOINTS, pack_joints([0, 1], [0.5, -1.0])),
        pack_section(Section.MESSAGES, b"".join(encode(message) for message in EVERY_SERVER_MESSAGE)),
        *(pack_section(Section.SIGNALS, block) for block in _blocks()[::3]),
    ]
    return [pack_server_frame(7, 10**18, sections), *(pack_server_frame(8, 1, [s]) for s in sections)]


def _blocks() -> list[bytes]:
    """Return blocks of every kind, with few, many and all values changed."""
    numbers, chance = np.arange(len(TABLE.blocks)), np.random.default_rng(1)
    TABLE.times_ns[:] = NOW_NS - chance.integers(0, 10**10, len(TABLE.times_ns))
    TABLE.quality[:] = chance.integers(0, 4, len(TABLE.quality))
    changes = [chance.random(len(CATALOGUE.signals)) < share for share in (0.01, 0.4)]
    packed = [
        pack_blocks(CATALOGUE.epoch, TABLE, numbers, changed=changed, now_ns=NOW_NS)
        for changed in (None, *changes)
    ]
    return [block for blocks in packed for block in blocks.each]


def _client_hello() -> bytes:
    """Return the first bytes that a TLS client sends."""
    out = ssl.MemoryBIO()
    context = ssl.create_default_context()
    encrypted = context.wrap_bio(ssl.MemoryBIO(), out, server_hostname="0123456789abcdef.walkdown")
    try:
        encrypted.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return out.read()


def _journal() -> tuple[bytes, bytes]:
    """Return a journal of one record and its heads."""
    (packed,) = _entries()
    _entry, own_hash, end = read_entry(memoryview(packed), 0, first_hash(HEADER), number=1)
    head = Head(1, HEADER_SIZE + end, own_hash, bytes(32), bytes(64))
    return HEADER + packed, pack_header(MAGIC_2, bytes(16)) + pack_head(head)


def _exported() -> bytes:
    journal, heads = _journal()
    about = exported.About("hall", "0.1.0", NOW_NS, 1, "", ())
    return exported.pack(about, journal=journal, heads=heads)


def _past() -> list[past.Entry]:
    blocks = [past.Entry(past.Kind.BLOCKS, NOW_NS + n, block) for n, block in enumerate(_blocks()[:6])]
    return [past.Entry(past.Kind.STARTED, NOW_NS, bytes(8)), *blocks]


def _past_of_run(data: bytes) -> object:
    return past.read_run(data, NOW_NS)


def _updates() -> list[bytes]:
    """Return updates of the first block, which has 250 signals of kind f32."""
    return [block for block in _blocks() if block[2:4] == bytes(2)]


def _past_of_updates(data: bytes) -> object:
    """Read a signal out of bytes that should be updates of one block; the first byte counts twice."""
    run = past.Run(np.full(1, NOW_NS), np.full(1, len(data), np.uint32), data)
    return series_of(run, Place(0, data[0] % 250 if data else 0, 250, np.dtype("<f4")))


def _past_end() -> bytes:
    gathered = past.Gathered(bytes(past.HASH_SIZE))
    for entry in _past():
        gathered.take(entry)
    segment = past.pack_segment(gathered)
    size, _checksum = past.TRAILER.unpack(segment[-past.TRAILER.size :])
    return decompress(segment[-past.TRAILER.size - size : -past.TRAILER.size], limit=1 << 20)


def _contents_of_end(data: bytes) -> object:
    return past.read_contents(data, zlib.crc32(data))


def _history() -> bytes:
    told = SignalHistory(0, np.arange(3).tobytes(), np.arange(3.0).tobytes(), bytes(3))
    return encode(History(9, (told, told)))


def _decode_history(data: bytes) -> object:
    return decode_history(data, to_ns=NOW_NS)


def _past_log() -> bytes:
    return past.pack_header(past.LOG_MAGIC, bytes(past.HASH_SIZE)) + past.pack_batch(_past())


def _past_run() -> bytes:
    """Return a run as it is before it is compressed: a count, times, sizes, and the updates."""
    updates = _blocks()[:6]
    steps, sizes = np.arange(len(updates), dtype=np.uint32), np.array([*map(len, updates)], np.uint32)
    return len(updates).to_bytes(4, "little") + steps.tobytes() + sizes.tobytes() + b"".join(updates)


def _ask() -> bytes:
    return msgspec.msgpack.encode(pairing.Ask(bytes(pairing.MESSAGE_BYTES)))


def _ask_in(data: bytes) -> object:
    return msgspec.msgpack.decode(data, type=pairing.Ask)


def _client_frames() -> list[bytes]:
    pose = pack_poses([0], [[1, 2, 3]], [[1, 0, 0, 0]]).tobytes()
    return [pack_client_frame(9, [pack_section(Section.POSES, pose)]), pack_client_frame(9, [])]


def _entries() -> list[bytes]:
    entry = Entry(1, 5, "author", "note", msgspec.msgpack.encode({"name": "Ada", "body": NOTE}), bytes(16))
    return [pack_entry(entry, chain(first_hash(HEADER), entry))]


def _requests() -> list[bytes]:
    return [
        b"GET /hall%201/blob/" + b"a" * 64 + b" HTTP/1.1\r\nHost: x\r\nRange: bytes=0-9\r\n\r\n",
        b"PUT /upload/" + b"k" * 22 + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    ]


def _websocket_streams() -> list[bytes]:
    parts = [frame(b"y" * 9, fin=False), frame(b"z", Opcode.PING), frame(b"end", Opcode.CONT)]
    return [frame(b"x" * 31) * 3, frame(b"y" * 200), b"".join(parts), frame(b"", Opcode.CLOSE)]


def _websocket(data: bytes) -> object:
    protocol = ServerProtocol(max_size=1 << 16)
    protocol.state = State.OPEN
    return list(WebSocket(protocol, limit=1 << 16).receive(data))


def _request(data: bytes) -> object:
    end = split_head(data)
    return parse_head(data[:end]) if end else None


def _voice() -> bytes:
    return voice.pack_packet(voice.Packet(7, NOW_NS, 0, 30, b"opus"))


def _bundle() -> bytes:
    return voice.pack_bundle([voice.Entry(7, route, _voice()) for route in voice.Route])


def _opened(data: bytes) -> object:
    return Opener(KEY, 7, kinds=frozenset({Kind.PROBE, Kind.VOICE_UP})).open(data)


def every_decoder() -> list[Decoder]:
    """Return all of them."""
    files = write_package(sample_model())
    tiles = [data for path, data in files.items() if path.endswith(".glb")]
    manifest = next(data for path, data in files.items() if path.endswith("manifest.json"))
    snapshot = msgspec.msgpack.encode(Snapshot(4, (msgspec.convert(NOTE, Note),), ("clog",)))
    things = msgspec.msgpack.encode(ModelThings((Thing("a", "A"),)))
    wrong_message = (BadInput, msgspec.MsgspecError, RecursionError)
    return [
        Decoder("control message", [*map(encode, EVERY_CLIENT_MESSAGE)], _client_message, wrong_message),
        Decoder("client frame", _client_frames(), unpack_client_frame),
        Decoder("server frame", _server_frames(), lambda d: decode_frame(d, TABLE.layout, CATALOGUE.epoch)),
        Decoder("server message", [*map(encode, EVERY_SERVER_MESSAGE)], decode_message),
        Decoder("catalogue", [msgspec.msgpack.encode(SMALL)], _zipped(decode_catalogue)),
        Decoder("snapshot", [snapshot], _zipped(decode_snapshot)),
        Decoder("things of a model", [things], _zipped(decode_model_things)),
        Decoder("compressed blob", [zstandard.ZstdCompressor().compress(snapshot)], decode_snapshot),
        Decoder("WebSocket", _websocket_streams(), _websocket),
        Decoder("HTTP request", _requests(), _request, (BadRequest,)),
        Decoder("journal header", [HEADER], lambda data: read_header(data, MAGIC)),
        Decoder(
            "journal record",
            _entries(),
            lambda data: read_entry(memoryview(data), 0, first_hash(HEADER), number=1),
        ),
        Decoder("heads", [_journal()[1]], read_heads, ()),
        Decoder("exported session", [_exported()], exported.unpack),
        Decoder("log of the past", [_past_log()], past.read_log, (WalkdownError,)),
        Decoder("run of the past", [_past_run()], _zipped(_past_of_run), (WalkdownError,)),
        Decoder("updates of the past", _updates(), _past_of_updates, (WalkdownError,)),
        Decoder("end of the past", [_past_end()], _zipped(_contents_of_end), (WalkdownError,)),
        Decoder("answer about the past", [_history()], _zipped(_decode_history)),
        Decoder("ClientHello", [_client_hello()], name_in_client_hello, (NoGreeting,)),
        Decoder("greeting", _requests(), lambda data: session_in_head(data or b" "), ()),
        Decoder("question for a code", [pairing.new_question()], pairing.nonce_of, ()),
        Decoder("ask with a code", [_ask()], _ask_in, (msgspec.MsgspecError,)),
        Decoder("voice packet", [_voice()], voice.unpack_packet),
        Decoder("voice bundle", [_bundle()], _entries_and_packets),
        Decoder("datagram", [Sealer(KEY, 7).seal(Kind.VOICE_UP, _voice())], _opened, ()),
        Decoder("probe", [pack_probe(7, KEY)], unpack_probe),
        Decoder("answer to a probe", [pack_answer(Answer(7, KEY, newest=9, received=8))], unpack_answer),
        Decoder("topics of a BCF file", [made.markup().encode(), made.BCFV.encode()], _topics),
        Decoder("manifest", [manifest], parse_manifest),
        Decoder("tile", tiles[:3], read_tile),
        Decoder("address", [b"ws://host:8765/hall", _link()], _address),
        Decoder("payload", [b'{"value": 3.5, "time": 1}', b"17.2", b"on"], _payload, ()),
    ]


def _topics(data: bytes) -> object:
    """Read a BCF file that has these bytes as the XML of a topic or of its view."""
    if b"<Vis" in data:
        return read_bcf(made.bcf(after=made.view(), files={"v.bcfv": data}))
    return read_bcf(made.zipped({f"{made.TOPIC}/markup.bcf": data}))


def _entries_and_packets(data: bytes) -> None:
    """Take a bundle apart in both ways, which have to agree."""
    packets = voice.unpack_packets(data)
    entries = voice.unpack_bundle(data)
    assert packets == [(e.speaker, e.route, voice.unpack_packet(e.packet)) for e in entries]


def _link() -> bytes:
    return f"walkdown://[::1]:1/a%20b#{new_secret()}.{base64_of(bytes(32))}".encode()


def _address(data: bytes) -> object:
    return parse_address(data.decode("utf-8", "replace"))


def _payload(data: bytes) -> object:
    return read_payload(data, Format("f32", time_path=("time",)))
