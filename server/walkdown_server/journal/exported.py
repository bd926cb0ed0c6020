"""A session as one file: what it says about itself, heads and journal, and a digest of all bytes.

Pure. The file (``.wds``) is a header: ``walkdown session 1`` and a line feed, sizes of about, heads and
journal u64 each, little-endian, crc32 u32 of all before; then about (JSON), heads, journal, just as they are
in a folder, and the sha256 of everything before it. Heads come first, so that a file that was cut still says
which records are missing.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from walkdown.errors import JournalError
from walkdown.i18n import _
from walkdown.messages import ModelState
from walkdown_server.journal import records
from walkdown_server.journal.heads import MAGIC_2, Head, pack_head, read_heads
from walkdown_server.journal.kept import record_of
from walkdown_server.journal.reading import Fault, Reading, read
from walkdown_server.journal.records import HEADER_SIZE, Entry, pack_header

MAGIC = b"walkdown session 1\n"
_SIZES = struct.Struct("<QQQ")
_CRC = struct.Struct("<I")
_HEADER_SIZE = len(MAGIC) + _SIZES.size + _CRC.size
_DIGEST_SIZE = 32


class About(msgspec.Struct, frozen=True):
    """What an exported session says about itself; its records prove all but the first three.

    Attributes:
        session: its name. walkdown: version of the program that exported it. exported_ns: when, UTC.
        records: how many. key: the public key of its last head, 64 hexadecimal digits, "" for none.
        packages: ids of the packages of all models that it ever had, in order of their first record.
    """

    session: str
    walkdown: str
    exported_ns: int
    records: int
    key: str
    packages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exported:
    """What an exported file holds.

    Attributes:
        about: None when it is damaged. journal, heads: as in a folder. reading: what they prove.
    """

    about: About | None
    journal: bytes
    heads: bytes
    reading: Reading


def packages_of(entries: Sequence[Entry]) -> tuple[str, ...]:
    """Return the ids of all packages that records name, each once, in order."""
    records = (record_of(entry) for entry in entries if entry.kind == "model")
    return tuple(dict.fromkeys(msgspec.convert(record.body, ModelState).package for record in records))


def key_of(heads: Sequence[Head]) -> str:
    """Return the public key that signed the last head, in hexadecimal, "" for none."""
    return heads[-1].key.hex() if heads else ""


def good_part(reading: Reading, journal: bytes) -> tuple[bytes, bytes]:
    """Return journal and heads up to the last record that can be proved, without a trace of damage."""
    heads = b"".join(pack_head(head) for head in reading.heads if head.number <= reading.at.number)
    start = pack_header(records.MAGIC, reading.identity)
    return start + journal[HEADER_SIZE : reading.at.end], pack_header(MAGIC_2, reading.identity) + heads


def promised_part(reading: Reading, journal: bytes, heads: bytes) -> tuple[bytes, bytes]:
    """Return journal and heads as they are, up to the last head that was written whole."""
    end = reading.heads[-1].end if reading.heads else HEADER_SIZE
    return journal[:end], heads[: read_heads(heads).end]


def pack(about: About, *, journal: bytes, heads: bytes) -> bytes:
    """Return the bytes of an exported session."""
    said = msgspec.json.encode(about)
    start = MAGIC + _SIZES.pack(len(said), len(heads), len(journal))
    whole = b"".join((start, _CRC.pack(zlib.crc32(start)), said, heads, journal))
    return whole + hashlib.sha256(whole).digest()


def unpack(data: bytes) -> Exported:
    """Return what an exported file holds; damage is named in its reading.

    Raises:
        JournalError: nothing can be proved.
    """
    about_size, heads_size, journal_size = _sizes(data)
    heads_at = _HEADER_SIZE + about_size
    journal_at = heads_at + heads_size
    end = journal_at + journal_size
    heads, journal = data[heads_at:journal_at], data[journal_at:end]
    reading = read(journal, heads, all_signatures=True)
    about = _about_in(data[_HEADER_SIZE:heads_at])
    fault = _fault_of(data, end, about, reading=reading)
    if fault is not None and not reading.faults:
        reading = replace(reading, faults=(fault,))
    return Exported(about, journal, heads, reading)


def _sizes(data: bytes) -> tuple[int, int, int]:
    start = data[: _HEADER_SIZE - _CRC.size]
    if not data.startswith(MAGIC) or data[len(start) : _HEADER_SIZE] != _CRC.pack(zlib.crc32(start)):
        text = _(
            "record 1 and all others: byte 0: expected the header of an exported session, found {found!r}"
        )
        raise JournalError(text.format(found=data[:24]))
    about, heads, journal = _SIZES.unpack_from(data, len(MAGIC))
    return about, heads, journal


def _about_in(data: bytes) -> About | None:
    try:
        return msgspec.json.decode(data, type=About)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _fault_of(data: bytes, end: int, about: About | None, *, reading: Reading) -> Fault | None:
    """Return what is wrong with the file as a whole, when its records are as they should be."""
    digest = data[end : end + _DIGEST_SIZE]
    if len(data) != end + _DIGEST_SIZE:
        text = _("it should have {size} bytes and has {found}")
        return Fault(0, 0, "file", end, text.format(size=end + _DIGEST_SIZE, found=len(data)))
    if reading.torn:
        text = _("{count} bytes follow its last record").format(count=reading.torn)
        return Fault(0, 0, "file", reading.at.end, text)
    proved = reading.at.number, key_of(reading.heads), packages_of(reading.entries)
    if about is None or (about.records, about.key, about.packages) != proved:
        return Fault(0, 0, "file", _HEADER_SIZE, _("what it says about itself is not what its records say"))
    if hashlib.sha256(data[:end]).digest() != digest:
        return Fault(
            0, 0, "file", end, _("its digest is wrong, though every record is as it was acknowledged")
        )
    return None
