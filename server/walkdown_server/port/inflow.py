"""Frames of many people, read together.

With hundreds of people a pose comes every fraction of a millisecond, and the event loop needs longer to
notice it than we to take it. So who has been let in over a plain connection is read here: one look tells
whose bytes have come, each is read into a row of one table, and before a tick all rows are unmasked, checked
and put into the room at once. A frame that only names a tick is taken as it comes. What is neither, or did
not come whole, takes the usual way, at once. When much comes, one looks every few milliseconds; else as soon
as anything is there. Only Linux can do this; elsewhere, and with TLS, the event loop reads.
"""

from __future__ import annotations

import asyncio
import os
import select
import sys
from collections.abc import Callable

import numpy as np

from walkdown.codec import CLIENT_HEADER, POSE, SECTION_HEADER_SIZE, Section, pack_section
from walkdown_server.parties import Member
from walkdown_server.port.connection import Connection
from walkdown_server.room import Room
from walkdown_server.websocket import BINARY_AND_LAST, SMALL_HEADER_SIZE

MANY = 8
"""So many at one look, and the next one waits for ``GATHER_SECS``."""

QUICK_SECS = 0.003
"""So does the next one when two follow each other so soon."""

GATHER_SECS = 0.026
"""A little more than half a tick: one looks before each tick too, so these are two looks a tick.

Poses lose nothing by it; an operation waits so long at most.
"""

ROWS = 1024
ROW_SIZE = 160
"""Bytes that are read at first, enough for a voice; whoever has sent more is read again at once."""

_HEAD = np.frombuffer(pack_section(Section.POSES, bytes(POSE.itemsize)), np.uint8)[:SECTION_HEADER_SIZE]
_START = CLIENT_HEADER.size + SECTION_HEADER_SIZE
_SIZE = _START + POSE.itemsize
FRAME_SIZE = SMALL_HEADER_SIZE + _SIZE
"""A pose alone, masked, with the header of its WebSocket frame."""

_BARE = CLIENT_HEADER.size
BARE_SIZE = SMALL_HEADER_SIZE + _BARE
"""A frame that only names a tick."""

_MASK = np.arange(_SIZE) % 4


class Inflow:
    """Reads the people of one room.

    Args:
        room: gets poses before each of its ticks. buffer: for what is longer than a row.
        on_empty: called when the last one has gone and this is closed.
    """

    def __init__(self, room: Room, *, buffer: memoryview, on_empty: Callable[[], None]) -> None:
        self._room, self._buffer, self._on_empty = room, buffer, on_empty
        self._loop = asyncio.get_running_loop()
        self._epoll = select.epoll()
        self._table = np.zeros((ROWS, ROW_SIZE), np.uint8)
        self._rows = [row.data for row in self._table]
        self._connections: dict[int, Connection] = {}
        self._came: list[Connection] = []
        self._times_ns: list[int] = []
        self._looked_secs = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._loop.add_reader(self._epoll.fileno(), self._look)
        room.collect = self.collect

    def add(self, connection: Connection, number: int) -> None:
        """Read a connection from now on, whose socket has this number and is not read by anybody else."""
        self._connections[number] = connection
        self._epoll.register(number, select.EPOLLIN)

    def remove(self, number: int) -> None:
        """Read a connection no more; its socket is still open."""
        if self._connections.pop(number, None) is None:
            return
        self._epoll.unregister(number)
        if not self._connections:
            self._close()

    def collect(self) -> None:
        """Read what has come, and put it into the room."""
        count = self._read_all()
        self._settle()
        self._wait(many=count >= MANY)

    def _settle(self) -> None:
        """Put into the room what has been read."""
        came, times_ns, count = self._came, self._times_ns, len(self._came)
        if not count:
            return
        self._came, self._times_ns = [], []
        frames = self._table[:count]
        messages = frames[:, SMALL_HEADER_SIZE:FRAME_SIZE] ^ frames[:, 2:SMALL_HEADER_SIZE][:, _MASK]
        poses = (messages[:, CLIENT_HEADER.size : _START] == _HEAD).all(1).tolist()
        placed: list[tuple[int, Member]] = []
        for row, (connection, is_pose) in enumerate(zip(came, poses, strict=True)):
            member = connection.member
            if is_pose and member is not None:
                placed.append((row, member))
            elif member is not None:
                connection.take_frame(messages[row].tobytes())
        rows = [row for row, _member in placed]
        self._room.place_many(
            [member for _row, member in placed],
            np.ascontiguousarray(messages[rows, _START:]),
            last_ticks=np.ascontiguousarray(messages[rows, 1 : CLIENT_HEADER.size]).view("<u4").ravel(),
            times_ns=np.array(times_ns, np.int64)[rows],
        )

    def _look(self) -> None:
        """Read whoever has sent something."""
        count, quick = 0, self._timer is None and self._loop.time() - self._looked_secs < QUICK_SECS
        try:
            count = self._read_all()
        finally:
            self._wait(many=count >= MANY or quick)

    def _read_all(self) -> int:
        """Read each that has sent something once; returns how many these are."""
        if self._epoll.closed:
            return 0
        ready = self._epoll.poll(0)
        now_secs, now_ns = self._loop.time(), self._room.session_ns()
        self._looked_secs = now_secs
        for number, _event in ready:
            self._read(number, now_secs, now_ns)
        return len(ready)

    def _read(self, number: int, now_secs: float, now_ns: int) -> None:
        connection = self._connections.get(number)
        if connection is None:
            return
        row = self._rows[len(self._came)]
        try:
            size = os.readv(number, (row,))
        except BlockingIOError:
            return
        except OSError:
            size = 0
        plain = size > SMALL_HEADER_SIZE and row[0] == BINARY_AND_LAST and row[6] ^ row[2] == 1
        if plain and size == FRAME_SIZE and row[1] == 0x80 + _SIZE and connection.expects_frame(now_secs):
            self._keep(connection, now_ns)
        elif plain and size == BARE_SIZE and row[1] == 0x80 + _BARE and connection.expects_frame(now_secs):
            connection.take_tick(_tick_of(bytes(row[2:BARE_SIZE])))
        else:
            self._take(connection, number, bytes(row[:size]))

    def _keep(self, connection: Connection, now_ns: int) -> None:
        """Leave a pose in its row until the next tick, or until all rows are full."""
        self._came.append(connection)
        self._times_ns.append(now_ns)
        if len(self._came) == ROWS:
            self._settle()

    def _take(self, connection: Connection, number: int, data: bytes) -> None:
        """Take what is no pose; the event loop is told of an end or an error, as it knows what to do then."""
        if len(data) == ROW_SIZE:
            try:
                data += self._buffer[: os.readv(number, (self._buffer,))]
            except OSError:
                pass  # there is no more, or the next look will see what is wrong
        if data:
            connection.receive(data)
        else:
            self.remove(number)
            connection.read_by_loop()

    def _wait(self, *, many: bool) -> None:
        if self._epoll.closed:
            return
        self._room.gathers = many
        if many:
            if self._timer is None:
                self._loop.remove_reader(self._epoll.fileno())
            else:
                self._timer.cancel()
            self._timer = self._loop.call_later(GATHER_SECS, self._look)
        elif self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._loop.add_reader(self._epoll.fileno(), self._look)

    def _close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        else:
            self._loop.remove_reader(self._epoll.fileno())
        self._epoll.close()
        self._room.collect, self._room.gathers = None, False
        self._on_empty()


class Inflows:
    """One :class:`Inflow` for each room that somebody is in.

    Args:
        buffer: shared by all.
    """

    def __init__(self, buffer: memoryview) -> None:
        self._buffer = buffer
        self._of: dict[Room, Inflow] = {}

    def take_over(self, connection: Connection, transport: asyncio.Transport) -> Callable[[], None] | None:
        """Read a connection from now on if that is possible; returns what ends it, else None."""
        number = _number_of(transport)
        if number is None:
            return None
        room = connection.room
        inflow = self._of.get(room)
        if inflow is None:
            inflow = Inflow(room, buffer=self._buffer, on_empty=lambda: self._forget(room))
            self._of[room] = inflow
        transport.pause_reading()
        inflow.add(connection, number)
        return lambda: inflow.remove(number)

    def _forget(self, room: Room) -> None:
        del self._of[room]


def _tick_of(masked: bytes) -> int:
    """Return the tick that a frame names; four bytes of the mask, one of the version, four of the tick."""
    mask = masked[1:4] + masked[:1]
    return int.from_bytes(masked[5:], "little") ^ int.from_bytes(mask, "little")


def _number_of(transport: asyncio.Transport) -> int | None:
    """Return the number of a plain socket, None when others have to read it."""
    plain = transport.get_extra_info("sslcontext") is None
    sock = transport.get_extra_info("socket")
    if sys.platform != "linux" or not plain or sock is None or transport.is_closing():
        return None
    number: int = sock.fileno()
    return number if number >= 0 else None
