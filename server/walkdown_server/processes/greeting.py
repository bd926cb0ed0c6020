"""Which session a new connection wants, read from its first bytes without taking them.

Pure. A request's head names it in its path; a TLS ClientHello (RFC 8446, section 4.1.2) in its server name
(RFC 6066, section 3). What is neither gets to the first session's process, which says what is wrong.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from walkdown_server.access import REQUEST_HEAD_SIZE
from walkdown_server.http import END_OF_HEAD

GREETING_SIZE = 16 * 1024
"""No ClientHello that we serve is longer; neither is a request's head."""

HANDSHAKE, CLIENT_HELLO, SERVER_NAME, HOST_NAME = 0x16, 1, 0, 0
_RECORD_HEADER, _RECORD_SIZE_MAX = 5, 1 << 14
_RECORDS_MAX = 64
"""In more pieces nobody greets: they would be put together again with every byte that comes."""

_HEADER = 4
_RANDOM_END = 2 + 32
_FIRST_LINE = re.compile(rb"[A-Z]{1,16} ([!-~]{1,2000}) HTTP/1\.[01]\r\n")


class NoGreeting(Exception):
    """The bytes are no TLS ClientHello; the connection is dropped."""


def session_in_head(data: bytes) -> str | None:
    """Return the session that a request names, "" for any or an unreadable one, None if more has to come."""
    whole = END_OF_HEAD in data or len(data) >= REQUEST_HEAD_SIZE
    if not whole and data[0] != HANDSHAKE:
        return None
    line = _FIRST_LINE.match(data)
    path = line[1].decode("ascii").partition("?")[0] if line else ""
    return _session(path)


def _session(path: str) -> str:
    """Return what a path names before anything else, which need not be a session that there is."""
    first, _slash, rest = path.removeprefix("/").partition("/")
    return "" if first in ("blob", "upload") and "/" not in rest else unquote(first)


def name_in_client_hello(data: bytes) -> str | None:
    """Return the server name that a ClientHello gives, "" for none, None when more has to come.

    Raises:
        NoGreeting: these are not the first bytes of a ClientHello.
    """
    message = _handshake_message(data)
    if message is None:
        return None
    try:
        return _server_name(message)
    except (IndexError, UnicodeDecodeError) as error:
        raise NoGreeting("the ClientHello is cut or damaged") from error


def _handshake_message(data: bytes) -> memoryview | None:
    """Return the first handshake message, put together from its records; None when it is not all there."""
    payload = bytearray()
    offset = count = 0
    while offset + _RECORD_HEADER <= len(data):
        count += 1
        size = int.from_bytes(data[offset + 3 : offset + 5], "big")
        if data[offset] != HANDSHAKE or data[offset + 1] != 3 or not 0 < size <= _RECORD_SIZE_MAX:
            raise NoGreeting("a TLS record of another kind")
        if count > _RECORDS_MAX:
            raise NoGreeting("a ClientHello in too many pieces")
        payload += data[offset + _RECORD_HEADER : offset + _RECORD_HEADER + size]
        offset += _RECORD_HEADER + size
        if payload and payload[0] != CLIENT_HELLO:
            raise NoGreeting("a handshake message of another kind")
        end = _HEADER + int.from_bytes(payload[1:_HEADER], "big")
        if end > GREETING_SIZE:
            raise NoGreeting("a ClientHello that is too long")
        if len(payload) >= _HEADER and len(payload) >= end:
            return memoryview(payload)[_HEADER:end]
    return None


def _server_name(message: memoryview) -> str:
    _session_id, rest = _part(message[_RANDOM_END:], 1)
    _cipher_suites, rest = _part(rest, 2)
    _compression, rest = _part(rest, 1)
    extensions = _part(rest, 2)[0] if rest else rest
    while extensions:
        kind = int.from_bytes(extensions[:2], "big")
        value, extensions = _part(extensions[2:], 2)
        if kind == SERVER_NAME:
            names, _nothing = _part(value, 2)
            if names[0] != HOST_NAME:
                return ""
            return bytes(_part(names[1:], 2)[0]).decode("ascii").lower()
    return ""


def _part(data: memoryview, width: int) -> tuple[memoryview, memoryview]:
    """Return what follows a length of ``width`` bytes, and what is behind that.

    Raises:
        IndexError: it is cut.
    """
    end = width + int.from_bytes(data[:width], "big")
    if len(data) < max(end, width):
        raise IndexError
    return data[width:end], data[end:]
