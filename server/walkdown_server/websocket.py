"""One WebSocket after its handshake, without input or output: bytes in, whole messages out.

Every frame header is read here, so that the ``websockets`` library is only ever given whole frames and
always stands at a frame boundary. A small complete masked binary frame, which is what poses are, does not
go through the library at all. Pings, fragments, closing and everything irregular do.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, State

from walkdown.errors import ProtocolError

try:
    from websockets.speedups import apply_mask
except ImportError:  # no C extension on this platform
    from websockets.utils import apply_mask

BINARY_AND_LAST = 0x82
_MASKED = 0x80
_SMALL_MAX = 125
SMALL_HEADER_SIZE = 6
"""Bytes before the payload of a small masked frame."""
CLOSE_NORMAL, CLOSE_GOING_AWAY, CLOSE_POLICY = 1000, 1001, 1008


def encode_binary(payload: bytes) -> bytes:
    """Return a binary message from the server as one frame."""
    size = len(payload)
    if size <= _SMALL_MAX:
        return bytes((BINARY_AND_LAST, size)) + payload
    if size < 1 << 16:
        return b"\x82\x7e" + size.to_bytes(2, "big") + payload
    return b"\x82\x7f" + size.to_bytes(8, "big") + payload


class WebSocket:
    """The server's end of an open WebSocket.

    Args:
        protocol: after the handshake. limit: bytes that a message may have at most.

    Attributes:
        limit: may be changed at any time.
        fast: whether small frames may pass the library by; off only to compare.
        slow: how many frames have gone through the library, which costs much more; may be set back. Of more
            than ``slow_limit`` the next is a fault.
    """

    __slots__ = ("_message", "_needed", "_protocol", "_rest", "fast", "limit", "slow", "slow_limit")

    def __init__(self, protocol: Protocol, *, limit: int, fast: bool = True) -> None:
        self.limit, self.fast = limit, fast
        self.slow, self.slow_limit = 0, math.inf
        self._protocol = protocol
        self._rest = bytearray()
        self._needed = 0
        self._message: bytearray | None = None  # of a message whose last fragment has not come

    @property
    def open(self) -> bool:
        """Whether neither side has begun to close."""
        return self._protocol.state is State.OPEN

    @property
    def closed_normally(self) -> bool:
        """Whether the other end took its leave."""
        received = self._protocol.close_rcvd
        return received is not None and received.code in (CLOSE_NORMAL, CLOSE_GOING_AWAY)

    def is_between_frames(self) -> bool:
        """Tell whether what comes next is the beginning of a message."""
        return not self._rest and self._message is None and self._protocol.state is State.OPEN

    def receive(self, data: bytes) -> Iterator[bytes]:
        """Take bytes and return the messages that they complete.

        Raises:
            ProtocolError: they are no WebSocket frames, or not binary, or longer than the limit.
        """
        if self._rest:
            self._rest += data
            if len(self._rest) < self._needed:
                return
            data = bytes(self._rest)
            self._rest.clear()
        offset, size = 0, len(data)
        while offset < size:
            if (
                self.fast
                and data[offset] == BINARY_AND_LAST
                and size - offset >= SMALL_HEADER_SIZE
                and _MASKED <= data[offset + 1] <= _MASKED + min(_SMALL_MAX, self.limit)
                and self._message is None
                and self._protocol.state is State.OPEN
            ):
                start = offset + SMALL_HEADER_SIZE
                end = start + data[offset + 1] - _MASKED
                if end > size:
                    self._needed = end - offset
                    break
                offset, mask = end, data[offset + 2 : start]
                yield apply_mask(data[start:end], mask)
                continue
            self._needed = self._frame_size(data, offset)
            if self._needed > size - offset:
                break
            frame, offset = data[offset : offset + self._needed], offset + self._needed
            yield from self._through_library(frame)
        self._rest += data[offset:]

    def receive_end(self) -> None:
        """Take note that the other end sends nothing more."""
        self._protocol.receive_eof()

    def ping(self) -> None:
        """Ask the other end for a sign of life."""
        if self.open:
            self._protocol.send_ping(b"")

    def close(self, code: int, reason: str) -> None:
        """Begin to close; the other end's answer is awaited."""
        if self.open:
            self._protocol.send_close(code, reason.encode()[:120].decode(errors="ignore"))

    def outgoing(self) -> tuple[bytes, bool]:
        """Return bytes to send and whether the connection should be closed after them."""
        parts = self._protocol.data_to_send()
        return b"".join(parts), b"" in parts

    def _frame_size(self, data: bytes, offset: int) -> int:
        """Return the size of the frame at ``offset``, or a size that shows more of its header."""
        there = len(data) - offset
        if there < 2:
            return 2
        length, header = data[offset + 1] & 0x7F, 2
        if length > _SMALL_MAX:
            wide = 2 if length == 126 else 8
            header += wide
            if there < header:
                return header
            length = int.from_bytes(data[offset + 2 : offset + 2 + wide], "big")
        if length + len(self._message or b"") > self.limit:
            raise ProtocolError(
                f"a message has at most {self.limit} bytes here, this one has more ({length})"
            )
        return header + length + (4 if data[offset + 1] & _MASKED else 0)

    def _through_library(self, frame: bytes) -> Iterator[bytes]:
        self.slow += 1
        if self.slow > self.slow_limit:
            raise ProtocolError(
                f"at most {self.slow_limit:.0f} pings, fragments and long messages a second are taken"
            )
        protocol = self._protocol
        was_open = self.open
        protocol.receive_data(frame)
        for event in protocol.events_received():
            if was_open and isinstance(event, Frame):
                message = self._assemble(event.opcode, bytes(event.data), last=event.fin)
                if message is not None:
                    yield message
        if was_open and protocol.parser_exc is not None:
            raise ProtocolError(f"these bytes are no WebSocket frame: {protocol.parser_exc}")

    def _assemble(self, opcode: Opcode, data: bytes, *, last: bool) -> bytes | None:
        if opcode is Opcode.TEXT:
            raise ProtocolError("all messages are binary, a text message came")
        if opcode is Opcode.BINARY:
            self._message = bytearray(data)
        elif opcode is Opcode.CONT and self._message is not None:
            self._message += data
        else:
            return None
        if not last:
            return None
        message, self._message = bytes(self._message), None
        return message
