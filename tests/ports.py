"""Ports for tests that must know one before anybody listens on it."""

from __future__ import annotations

import itertools
import os
import socket

FIRST, COUNT = 20_000, 10_000
"""Below those that a system gives to who asks for any, so that nobody is given one meanwhile."""

_numbers = itertools.count(os.getpid() * 37)


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """Return a port of this computer on which nothing listens; each process goes through others."""
    for number in itertools.islice(_numbers, COUNT):
        port = FIRST + number % COUNT
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise OSError("all ports are in use")
