"""A relay for datagrams in front of a server, which can drop and forge them, and change its address."""

from __future__ import annotations

import asyncio
import random
import socket
from functools import partial
from typing import Any


class UdpRelay:
    """Carries datagrams between clients and a server on loopback.

    Attributes:
        port: where clients send to. loss_up, loss_down: shares that are dropped.
        forge: whether each datagram to the server is sent twice more, changed and replayed.
        passed: datagrams that went up and down. seen: from where they came.
    """

    def __init__(self, target: int) -> None:
        self._target, self._random = target, random.Random(7)
        self._loop = asyncio.get_running_loop()
        self._front = self._opened()
        self._front.bind(("127.0.0.1", 0))
        self._loop.add_reader(self._front, self._up)
        self._backs: dict[Any, socket.socket] = {}
        self.port = int(self._front.getsockname()[1])
        self.loss_up = self.loss_down = 0.0
        self.forge = False
        self.passed = [0, 0]
        self.seen: set[Any] = set()

    def move(self) -> None:
        """Send from other ports from now on, as a router does that has forgotten."""
        for back in self._backs.values():
            self._close(back)
        self._backs.clear()

    def close(self) -> None:
        self.move()
        self._close(self._front)

    def _opened(self) -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.setblocking(False)
        return made

    def _close(self, one: socket.socket) -> None:
        self._loop.remove_reader(one)
        one.close()

    def _up(self) -> None:
        data, client = self._front.recvfrom(2000)
        self.seen.add(client)
        if self._random.random() < self.loss_up:
            return
        if client not in self._backs:
            back = self._backs[client] = self._opened()
            back.connect(("127.0.0.1", self._target))
            self._loop.add_reader(back, partial(self._down, back, client))
        back = self._backs[client]
        self.passed[0] += 1
        for sent in (data[:-1] + bytes([data[-1] ^ 1]), data, data) if self.forge else (data,):
            back.send(sent)

    def _down(self, back: socket.socket, client: Any) -> None:
        data = back.recv(2000)
        if self._random.random() >= self.loss_down:
            self.passed[1] += 1
            self._front.sendto(data, client)
