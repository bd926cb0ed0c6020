"""The bytes of a journal, without files.

A journal is a header and then records one after the other. Each is framed: size u32, crc32 u32 of the
size's four bytes and the body, body. The body is a MessagePack array
``[number, time_ns, author, kind, salt, payload, hash]`` with
``hash = sha256(previous ‖ number ‖ time ‖ author ‖ kind ‖ sha256(salt ‖ payload))``, where the number is
u64, the time i64, both little-endian, and each text is preceded by its length u32. The hash before the
first record is the sha256 of the header. A payload can so be blanked later and the chain still holds.

What was promised of it stands in the heads file, see ``heads``.
"""

from __future__ import annotations

import hashlib
import struct
import sys
import zlib
from dataclasses import dataclass

import msgspec

from walkdown.errors import JournalError
from walkdown.i18n import _

MAGIC = b"walkdown journal 1\n"
IDENTITY_SIZE = 16
_CRC = struct.Struct("<I")
HEADER_SIZE = len(MAGIC) + IDENTITY_SIZE + _CRC.size
FRAME = struct.Struct("<II")
BODY_SIZE_MAX = 1 << 20
SALT_SIZE = 16
_NUMBERS = struct.Struct("<Qq")


@dataclass(frozen=True, slots=True)
class Entry:
    """One record as the journal keeps it.

    Attributes:
        number: 1, 2, 3 …. time_ns: session time. author: a stable id.
        kind: what the payload means. payload: bytes that only the session reads.
        salt: random, so that a blanked payload cannot be guessed from its hash.
    """

    number: int
    time_ns: int
    author: str
    kind: str
    payload: bytes
    salt: bytes


class _Body(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    number: int
    time_ns: int
    author: str
    kind: str
    salt: bytes
    payload: bytes
    hash: bytes


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Body).decode


def pack_header(magic: bytes, identity: bytes) -> bytes:
    """Return the header of a journal or of its heads; both have the same identity."""
    start = magic + identity
    return start + _CRC.pack(zlib.crc32(start))


def read_header(data: bytes, magic: bytes) -> bytes:
    """Return the identity in a header.

    Raises:
        JournalError: it is no such header, or damaged.
    """
    start = data[: HEADER_SIZE - _CRC.size]
    if len(data) < HEADER_SIZE or not start.startswith(magic):
        raise JournalError(
            _("byte 0: expected {expected!r}, found {found!r}").format(
                expected=magic.decode().strip(), found=bytes(data[:24])
            )
        )
    if _CRC.unpack_from(data, len(start)) != (zlib.crc32(start),):
        raise JournalError(
            _("byte 0: the header's checksum is wrong (its {size} bytes were changed)").format(
                size=HEADER_SIZE
            )
        )
    return start[len(magic) :]


def first_hash(header: bytes) -> bytes:
    """Return the hash that stands before the first record."""
    return hashlib.sha256(header).digest()


def chain(previous: bytes, entry: Entry) -> bytes:
    """Return the hash of a record that follows the one with hash ``previous``."""
    digest = hashlib.sha256(previous)
    digest.update(_NUMBERS.pack(entry.number, entry.time_ns))
    for text in (entry.author.encode(), entry.kind.encode()):
        digest.update(len(text).to_bytes(4, "little") + text)
    digest.update(hashlib.sha256(entry.salt + entry.payload).digest())
    return digest.digest()


def pack_entry(entry: Entry, own_hash: bytes) -> bytes:
    """Return the framed bytes of one record."""
    body = _encode(
        _Body(entry.number, entry.time_ns, entry.author, entry.kind, entry.salt, entry.payload, own_hash)
    )
    size = len(body).to_bytes(4, "little")
    return size + _CRC.pack(zlib.crc32(body, zlib.crc32(size))) + body


def read_entry(data: memoryview, offset: int, previous: bytes, *, number: int) -> tuple[Entry, bytes, int]:
    """Return the record at ``offset``, its hash, and where the next one starts.

    Raises:
        JournalError: says what is wrong with the record that should be ``number``.
    """
    if offset + FRAME.size > len(data):
        raise JournalError(_("the file ends inside its frame"))
    size, checksum = FRAME.unpack_from(data, offset)
    start, end = offset + FRAME.size, offset + FRAME.size + size
    if size > BODY_SIZE_MAX or end > len(data):
        raise JournalError(
            _("its frame announces {size} bytes, {left} are left").format(size=size, left=len(data) - start)
        )
    body = data[start:end]
    if zlib.crc32(body, zlib.crc32(data[offset : offset + 4])) != checksum:
        raise JournalError(_("its checksum is wrong"))
    try:
        found = _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise JournalError(_("its body cannot be read ({reason})").format(reason=error)) from error
    author, kind = sys.intern(found.author), sys.intern(found.kind)  # a million records have few of them
    entry = Entry(found.number, found.time_ns, author, kind, found.payload, found.salt)
    if entry.number != number:
        raise JournalError(_("it says it is number {number}").format(number=entry.number))
    if chain(previous, entry) != found.hash:
        raise JournalError(_("its hash does not follow from the record before it"))
    return entry, found.hash, end
