"""The bytes of a session's past, without files: the log of what is newest, and sealed segments.

The *log* is a header and then batches, each framed (size u32, crc32 u32 of the body) so that a torn tail is
found. A batch holds entries: kind u8, session time i64, size u32, payload. A *segment* holds the same in
another order: all of one signal block together, so that one block's past is one piece of the file. Each
such *run* is zstd with a checksum; where the runs lie stands at the end, with a checksum of its own.
Both name the catalogue whose blocks they hold, by the sha256 of its bytes.
"""

from __future__ import annotations

import struct
import zlib
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum

import msgspec
import numpy as np
import numpy.typing as npt
import zstandard

from walkdown.errors import HistoryError

LOG_MAGIC = b"walkdown history log 1\n\0"
SEGMENT_MAGIC = b"walkdown history seg 1\n\0"
HASH_SIZE = 32
HEADER_SIZE = len(LOG_MAGIC) + HASH_SIZE
TIME_STEP_NS = 100_000
"""Times in a run are whole steps after the start of its segment: 0.1 ms."""

SPAN_NS_MAX = (1 << 32) * TIME_STEP_NS - 1
"""A segment spans less: five days."""

POSES_RUN = 1 << 16
"""The run of the poses stands behind those of all blocks."""

RUN_SIZE_MAX = 1 << 28
_FRAME = struct.Struct("<II")
_ENTRY = struct.Struct("<BqI")
_COUNT = struct.Struct("<I")
BLOCK_HEADER = struct.Struct("<HHBBH")
"""epoch, block, encoding, flags, payload size: as on the wire."""

TRAILER = struct.Struct("<II")
"""At the very end of a segment: size and crc32 of what says where the runs lie."""


class Kind(IntEnum):
    """What an entry of the log says."""

    STARTED = 0
    """From here on there is a past again; before, it ended at this time, i64, 0 for never."""
    BLOCKS = 1
    """Encoded signal blocks of one tick, one after the other, as in a frame."""
    POSES = 2
    """Sections of poses, as in a frame."""
    PERSON = 3
    """Number u16 of a person, and then their author id."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the log."""

    kind: Kind
    time_ns: int
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Run:
    """The past of one block, or of all poses, oldest first.

    Attributes:
        times_ns: (n,) int64, session time of each update, to a whole ``TIME_STEP_NS`` after the first entry.
        sizes: (n,) uint32, bytes of each update. data: all updates, one after the other.
    """

    times_ns: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.uint32]
    data: bytes


class Contents(msgspec.Struct, frozen=True, array_like=True):
    """What stands at the end of a segment.

    Attributes:
        catalogue: its hash. first_ns, last_ns: session time of the oldest and the newest entry.
        numbers, offsets, sizes: (r,) uint32 each, as bytes: the runs by number, and where they lie.
        ended: times from which on there was no past for a while.
        people: (time, number of the person, author id), in order.
    """

    catalogue: bytes
    first_ns: int
    last_ns: int
    numbers: bytes
    offsets: bytes
    sizes: bytes
    ended: tuple[int, ...] = ()
    people: tuple[tuple[int, int, str], ...] = ()


@dataclass(slots=True)
class _Growing:
    steps: array[int] = field(default_factory=lambda: array("I"))
    sizes: array[int] = field(default_factory=lambda: array("I"))
    data: bytearray = field(default_factory=bytearray)


class Gathered:
    """What will be a segment, in memory.

    Args:
        catalogue: hash of the catalogue.

    Attributes:
        first_ns, last_ns: of the entries so far, 0 before the first. size: bytes of all updates.
        ended, people: as in :class:`Contents`.
    """

    def __init__(self, catalogue: bytes) -> None:
        self.catalogue = catalogue
        self.first_ns = self.last_ns = self.size = 0
        self.ended: list[int] = []
        self.people: list[tuple[int, int, str]] = []
        self._runs: dict[int, _Growing] = {}

    def take(self, entry: Entry) -> None:
        """Add an entry; times do not go back.

        Raises:
            HistoryError: its payload is none.
        """
        self.first_ns = self.first_ns or entry.time_ns
        self.last_ns = max(self.last_ns, entry.time_ns)
        if entry.kind is Kind.BLOCKS:
            for number, block in unpack_blocks(entry.payload):
                self._add(number, entry.time_ns, block)
        elif entry.kind is Kind.POSES:
            self._add(POSES_RUN, entry.time_ns, entry.payload)
        elif entry.kind is Kind.PERSON:
            person, author_id = entry.payload[:2], entry.payload[2:].decode()
            self.people.append((entry.time_ns, int.from_bytes(person, "little"), author_id))
        elif ended_ns := int.from_bytes(entry.payload, "little", signed=True):
            self.ended.append(ended_ns)

    def run(self, number: int) -> Run | None:
        """Return a copy of a run as it is now, None when it has none."""
        found = self._runs.get(number)
        if found is None:
            return None
        return Run(
            _times_ns(np.array(found.steps, np.uint32), self.first_ns),
            np.array(found.sizes, np.uint32),
            bytes(found.data),
        )

    @property
    def numbers(self) -> list[int]:
        """Which runs there are."""
        return sorted(self._runs)

    def _add(self, number: int, time_ns: int, update: bytes) -> None:
        run = self._runs.get(number)
        if run is None:
            run = self._runs[number] = _Growing()
        run.steps.append((time_ns - self.first_ns) // TIME_STEP_NS)
        run.sizes.append(len(update))
        run.data += update
        self.size += len(update)


# ---- the log ----------------------------------------------------------------------------------------


def pack_header(magic: bytes, catalogue: bytes) -> bytes:
    """Return how a log or a segment begins."""
    return magic + catalogue


def unpack_blocks(payload: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and bytes of each block, its header among them.

    Raises:
        HistoryError: the payload is cut.
    """
    start, end = 0, len(payload)
    while start < end:
        if start + BLOCK_HEADER.size > end:
            raise HistoryError("the blocks of a tick end inside a header")
        _epoch, number, _encoding, _flags, size = BLOCK_HEADER.unpack_from(payload, start)
        stop = start + BLOCK_HEADER.size + size
        if stop > end:
            raise HistoryError(f"block {number} announces {size} bytes, {end - start} are there")
        yield number, payload[start:stop]
        start = stop


def pack_batch(entries: Iterable[Entry]) -> bytes:
    """Return the framed bytes of some entries."""
    body = b"".join(
        part
        for entry in entries
        for part in (_ENTRY.pack(entry.kind, entry.time_ns, len(entry.payload)), entry.payload)
    )
    return _FRAME.pack(len(body), zlib.crc32(body)) + body


def read_log(data: bytes) -> tuple[bytes, list[Entry], int]:
    """Return the catalogue's hash, all entries of whole batches, and where the last of them ends.

    Raises:
        HistoryError: it does not begin like a log.
    """
    if len(data) < HEADER_SIZE or not data.startswith(LOG_MAGIC):
        raise HistoryError(f"expected {LOG_MAGIC[:-2].decode()!r} at the start, found {data[:24]!r}")
    entries: list[Entry] = []
    offset = HEADER_SIZE
    while offset + _FRAME.size <= len(data):
        size, checksum = _FRAME.unpack_from(data, offset)
        body = data[offset + _FRAME.size : offset + _FRAME.size + size]
        if len(body) < size or zlib.crc32(body) != checksum:
            break
        entries += _entries(body)
        offset += _FRAME.size + size
    return data[len(LOG_MAGIC) : HEADER_SIZE], entries, offset


def _entries(body: bytes) -> Iterator[Entry]:
    offset = 0
    while offset < len(body):
        kind, time_ns, size = _ENTRY.unpack_from(body, offset)
        offset += _ENTRY.size
        yield Entry(Kind(kind), time_ns, body[offset : offset + size])
        offset += size


# ---- a segment --------------------------------------------------------------------------------------


def pack_segment(gathered: Gathered) -> bytes:
    """Return the whole file of a segment."""
    parts = [pack_header(SEGMENT_MAGIC, gathered.catalogue)]
    compress = zstandard.ZstdCompressor(level=1, write_checksum=True).compress
    numbers = gathered.numbers
    for number in numbers:
        run = gathered.run(number)
        parts.append(compress(_pack_run(run, gathered.first_ns)) if run is not None else b"")
    sizes = np.array([len(part) for part in parts], np.uint32)
    contents = Contents(
        catalogue=gathered.catalogue,
        first_ns=gathered.first_ns,
        last_ns=gathered.last_ns,
        numbers=np.array(numbers, np.uint32).tobytes(),
        offsets=np.cumsum(sizes)[:-1].astype(np.uint32).tobytes(),
        sizes=sizes[1:].tobytes(),
        ended=tuple(gathered.ended),
        people=tuple(gathered.people),
    )
    end = compress(msgspec.msgpack.encode(contents))
    return b"".join((*parts, end, TRAILER.pack(len(end), zlib.crc32(end))))


def read_contents(end: bytes, checksum: int) -> Contents:
    """Return what stands at the end of a segment.

    Raises:
        HistoryError: it is damaged.
    """
    if zlib.crc32(end) != checksum:
        raise HistoryError("the checksum of its end is wrong")
    try:
        return msgspec.msgpack.decode(_decompress(end), type=Contents)
    except msgspec.MsgspecError as error:
        raise HistoryError(f"its end cannot be read ({error})") from error


def read_run(packed: bytes, first_ns: int) -> Run:
    """Return a run of a segment whose first entry has this time.

    Raises:
        HistoryError: it is damaged.
    """
    raw = _decompress(packed)
    count = _COUNT.unpack_from(raw)[0] if len(raw) >= _COUNT.size else 0
    start = _COUNT.size + 8 * count
    if len(raw) < start:
        raise HistoryError(f"a run of {count} updates has {len(raw)} bytes")
    columns = np.frombuffer(raw, np.uint32, 2 * count, _COUNT.size)
    run = Run(_times_ns(columns[:count], first_ns), columns[count:], raw[start:])
    if int(run.sizes.sum()) != len(run.data):
        raise HistoryError(f"a run announces {int(run.sizes.sum())} bytes, {len(run.data)} are there")
    return run


def _pack_run(run: Run, first_ns: int) -> bytes:
    steps = ((run.times_ns - first_ns) // TIME_STEP_NS).astype(np.uint32)
    return b"".join((_COUNT.pack(len(steps)), steps.tobytes(), run.sizes.tobytes(), run.data))


def _times_ns(steps: npt.NDArray[np.uint32], first_ns: int) -> npt.NDArray[np.int64]:
    return first_ns + steps.astype(np.int64) * TIME_STEP_NS


def _decompress(packed: bytes) -> bytes:
    try:
        return zstandard.ZstdDecompressor().decompress(packed, max_output_size=RUN_SIZE_MAX)
    except zstandard.ZstdError as error:
        raise HistoryError(f"a piece of it cannot be read ({error})") from error
