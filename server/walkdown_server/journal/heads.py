"""The bytes of a heads file, without files: what was promised, and by whose key.

A heads file is a header (as that of the journal, with a magic of its own) and then one row for each commit:
number u64, end u64, hash 32 bytes, public key 32 bytes, signature 64 bytes, crc32 u32 of all before: 148
bytes. The signature (Ed25519, RFC 8032) is over ``walkdown head 1`` and a line feed, the identity of the
journal, number, end and hash. As the hash stands at the end of a chain, one signature vouches for every
record before it. Key and signature are zeros in rows that come from version 1, which had neither and 52
bytes a row.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from walkdown.errors import JournalError
from walkdown.i18n import _
from walkdown_server.journal.records import HEADER_SIZE, read_header

MAGIC_1 = b"walkdown heads 1\n\n\n"
MAGIC_2 = b"walkdown heads 2\n\n\n"
_PROMISE = struct.Struct("<QQ32s")
_SIGNED = struct.Struct("<QQ32s32s64s")
_CRC = struct.Struct("<I")
ROW_SIZES = {1: _PROMISE.size + _CRC.size, 2: _SIGNED.size + _CRC.size}
HEAD_SIZE = ROW_SIZES[2]
GROUP_MAX = 1000
"""So many records at most become one commit, and can so follow the last head."""

_SECTOR = 512
"""What a disk writes at once; a row that a power cut tore ends in zeros from such a place on."""


class Signer(Protocol):
    """A key that signs."""

    public: bytes

    def sign(self, data: bytes) -> bytes:
        """Return the 64 bytes of a signature."""


@dataclass(frozen=True, slots=True)
class Head:
    """A promise: the record ``number``, which ends at byte ``end``, is on disk and has this hash.

    Attributes:
        key: public key of the server that promised, empty when nobody signed. signature: by that key.
    """

    number: int
    end: int
    hash: bytes
    key: bytes = field(default=b"", compare=False)
    signature: bytes = field(default=b"", compare=False)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is damaged.

    Attributes:
        after: number of the last good head before it, so that the record after that is concerned.
    """

    after: int
    row: int
    byte: int
    text: str


@dataclass(frozen=True, slots=True)
class HeadsFile:
    """What a heads file says.

    Attributes:
        version: of its rows. identity: of the journal, None when the header is damaged, then see ``text``.
        heads: the good ones, in order. bad: the others. end: byte after the last row that was written whole.
    """

    version: int
    identity: bytes | None
    text: str
    heads: tuple[Head, ...]
    bad: tuple[BadRow, ...]
    end: int


def signed(head: Head, identity: bytes, signer: Signer | None) -> Head:
    """Return a head with the signature of a key, or as it is without one."""
    if signer is None:
        return head
    signature = signer.sign(what_is_signed(head, identity))
    return Head(head.number, head.end, head.hash, signer.public, signature)


def what_is_signed(head: Head, identity: bytes) -> bytes:
    """Return the bytes that a signature is over."""
    return b"walkdown head 1\n" + identity + _PROMISE.pack(head.number, head.end, head.hash)


def signature_holds(head: Head, identity: bytes) -> bool:
    """Tell whether a head is signed by the key that it names; one without a key is not signed at all."""
    if not head.key:
        return True
    try:
        Ed25519PublicKey.from_public_bytes(head.key).verify(head.signature, what_is_signed(head, identity))
    except (InvalidSignature, ValueError):
        return False
    return True


def pack_head(head: Head) -> bytes:
    """Return the 148 bytes of a row."""
    start = _SIGNED.pack(head.number, head.end, head.hash, head.key, head.signature)
    return start + _CRC.pack(zlib.crc32(start))


def read_heads(data: bytes) -> HeadsFile:
    """Return what a heads file says; damage is named in what is returned."""
    identity: bytes | None = None
    text, versions = "", tuple(_READERS)
    for version, magic in ((2, MAGIC_2), (1, MAGIC_1)):
        try:
            identity, versions, text = read_header(data, magic), (version,), ""
            break
        except JournalError as error:
            text = text or str(error)
    found = [_read_rows(data, version) for version in versions]
    best = max(found, key=lambda file: len(file.heads))
    return HeadsFile(best.version, identity, text, best.heads, best.bad, best.end)


def _read_rows(data: bytes, version: int) -> HeadsFile:
    heads: list[Head] = []
    bad: list[BadRow] = []
    size, end = ROW_SIZES[version], _written_end(data, ROW_SIZES[version])
    for offset in range(HEADER_SIZE, end, size):
        row = (offset - HEADER_SIZE) // size + 1
        after = heads[-1].number if heads else 0
        try:
            heads.append(_read_row(data[offset : offset + size], after, _READERS[version]))
        except JournalError as error:
            bad.append(BadRow(after, row, offset, str(error)))
    return HeadsFile(version, None, "", tuple(heads), tuple(bad), end)


def _written_end(data: bytes, size: int) -> int:
    """Return where the last row ends that was written whole: one that a crash tore was promised to nobody."""
    end = HEADER_SIZE + max(0, len(data) - HEADER_SIZE) // size * size
    while end > HEADER_SIZE and _is_torn(data, end - size, end):
        end -= size
    return end


def _is_torn(data: bytes, start: int, end: int) -> bool:
    """Tell whether a last row was never written, or only up to the end of a sector of the disk."""
    if not any(data[start:end]):
        return True
    sector = -(-start // _SECTOR) * _SECTOR
    return start < sector < end and not any(data[sector:end])


def _read_row(row: bytes, after: int, read: Callable[[bytes], Head]) -> Head:
    """Return a head.

    Raises:
        JournalError: says what is wrong with it.
    """
    start, checksum = row[: -_CRC.size], row[-_CRC.size :]
    if _CRC.pack(zlib.crc32(start)) != checksum:
        raise JournalError(_("its checksum is wrong"))
    head = read(start)
    if head.number <= after:
        raise JournalError(_("it does not follow the one before it"))
    return head


def _read_1(start: bytes) -> Head:
    return Head(*_PROMISE.unpack(start))


def _read_2(start: bytes) -> Head:
    head = Head(*_SIGNED.unpack(start))
    return head if any(head.key) else Head(head.number, head.end, head.hash)


_READERS: dict[int, Callable[[bytes], Head]] = {2: _read_2, 1: _read_1}
