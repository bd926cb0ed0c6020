"""Starts Python programs for tests from a process that has imported what they need: in no time.

What is started is a process like any other, with a memory, descriptors and signals of its own: it is forked
from the warm one, and runs a module as ``python -m`` does. :func:`create_subprocess_exec` does that for the
commands that it can, where a system can fork and has ``pidfd_open``, and all others as asyncio does.

The warm process is started when it is first needed, and ends with the one that started it.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import fcntl
import functools
import importlib
import importlib.metadata
import io
import json
import os
import runpy
import selectors
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

ROOT = Path(__file__).resolve().parents[1]
LARGEST_REQUEST = 1 << 20
FIRST_FREE = 200
"""Descriptors are kept from here on until those that a program expects are free."""

IMPORTED = (
    "walkdown_server.app",
    "walkdown_server.processes.acceptor",
    "walkdown_server.processes.steering",
    "walkdown_server.processes.worker",
    "walkdown_server.sources.loop",
    "walkdown_client.guest_blocking",
)
RUN_AS_MAIN = ("walkdown_server.processes.worker",)
"""Imported for what they import, then forgotten: whoever runs a module imports it anew."""

PROGRAM = (sys.executable, "-m")
CAN_FORK = hasattr(os, "fork") and hasattr(os, "pidfd_open")
OPTIONS = {"stdout", "stderr", "pass_fds", "start_new_session", "env", "cwd"}

_start_cold = asyncio.create_subprocess_exec


class Process(Protocol):
    """What tests use of a process; asyncio's are such too."""

    @property
    def pid(self) -> int: ...
    @property
    def returncode(self) -> int | None: ...
    @property
    def stdout(self) -> asyncio.StreamReader | None: ...
    @property
    def stderr(self) -> asyncio.StreamReader | None: ...
    def send_signal(self, signal: int, /) -> None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...
    async def wait(self) -> int: ...


async def create_subprocess_exec(*command: str, **options: Any) -> Process:
    """Start a process, from the warm one if it is a module of Python that is run; as asyncio's otherwise."""
    piped = {options.get(name) for name in ("stdout", "stderr")} <= {None, subprocess.PIPE}
    if CAN_FORK and command[:2] == PROGRAM and piped and options.keys() <= OPTIONS:
        return await _start(command[2:], options)
    return await _start_cold(*command, **options)


# -- where tests run ----------------------------------------------------------------------------------------


@functools.cache
def _warm() -> socket.socket:
    """Return the line to the warm process; it is started when first asked for."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [*PROGRAM, "tests.warm", str(theirs.fileno())]
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}  # what has threads is not forked
    process = subprocess.Popen(command, cwd=ROOT, pass_fds=[theirs.fileno()], env=environment)
    theirs.close()

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


async def _start(command: Sequence[str], options: Mapping[str, Any]) -> _Started:
    passed = {number: number for number in options.get("pass_fds", ())}
    said: dict[str, asyncio.StreamReader | None] = {}
    ends: list[int] = []
    for number, name in ((1, "stdout"), (2, "stderr")):
        said[name], passed[number] = None, number
        if options.get(name) is not None:
            end, passed[number] = os.pipe()
            ends.append(passed[number])
            said[name] = await _reader(end)
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    request = {
        "command": command,
        "numbers": list(passed),
        "session": options.get("start_new_session", False),
        "env": dict(options.get("env") or os.environ),
        "cwd": str(options.get("cwd") or Path.cwd()),
    }
    socket.send_fds(_warm(), [json.dumps(request).encode()], [theirs.fileno(), *passed.values()])
    theirs.close()
    for end in ends:
        os.close(end)
    pid = int.from_bytes(await asyncio.get_running_loop().sock_recv(ours, 8), "little")
    assert pid, "the warm process has ended"
    return _Started(pid, ours, **said)


async def _reader(end: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(end, "rb", 0))
    return reader


class _Started:
    """A process that the warm one has started."""

    def __init__(
        self,
        pid: int,
        line: socket.socket,
        stdout: asyncio.StreamReader | None,
        stderr: asyncio.StreamReader | None,
    ) -> None:
        self.pid, self.stdout, self.stderr = pid, stdout, stderr
        self.returncode: int | None = None
        self._watching = asyncio.create_task(self._watch(line))

    async def _watch(self, line: socket.socket) -> None:
        with line:
            said = await asyncio.get_running_loop().sock_recv(line, 8)
        (self.returncode,) = struct.unpack("<q", said) if said else (-signal.SIGKILL,)

    async def wait(self) -> int:
        await asyncio.shield(self._watching)
        assert self.returncode is not None
        return self.returncode

    async def communicate(self) -> tuple[bytes, bytes]:
        """Read all that it says until it ends."""
        said = [await stream.read() if stream else b"" for stream in (self.stdout, self.stderr)]
        await self.wait()
        return said[0], said[1]

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


# -- the warm process ---------------------------------------------------------------------------------------


def serve(line: socket.socket) -> dict[str, Any] | None:
    """Fork what is asked for until nobody can ask any more; in what is forked, return what it is to run."""
    living = selectors.DefaultSelector()
    living.register(line, selectors.EVENT_READ)
    while True:
        for key, _events in living.select():
            if key.fileobj is not line:
                _tell_end(living, key)
                continue
            data, descriptors, _flags, _address = socket.recv_fds(line, LARGEST_REQUEST, 64)
            if not data:
                return None
            pid = os.fork()
            if pid == 0:
                for other in list(living.get_map().values()):
                    _close(other)
                living.close()
                line.close()
                request: dict[str, Any] = json.loads(data)
                _become(request, descriptors)
                return request
            for number in descriptors[1:]:
                os.close(number)
            told = socket.socket(fileno=descriptors[0])
            living.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, told))


def _tell_end(living: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
    pid, told = key.data
    _pid, status = os.waitpid(pid, 0)
    living.unregister(key.fd)
    with contextlib.suppress(OSError):  # whoever started it may be gone
        told.send(struct.pack("<q", os.waitstatus_to_exitcode(status)))
    _close(key)


def _close(key: selectors.SelectorKey) -> None:
    if key.data:
        os.close(key.fd)
        key.data[1].close()


def _become(request: dict[str, Any], descriptors: list[int]) -> None:
    """Take on everything that the new process was asked to have, then tell its number."""
    kept = [fcntl.fcntl(number, fcntl.F_DUPFD, FIRST_FREE) for number in descriptors]
    for number in descriptors:
        os.close(number)
    for number, wanted in zip(kept[1:], request["numbers"], strict=True):
        os.dup2(number, wanted)
        os.close(number)
    if request["session"]:
        os.setsid()
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    sys.path[0] = request["cwd"]
    sys.stdout, sys.stderr = _text_stream(1), _text_stream(2, line_buffering=True)
    with socket.socket(fileno=kept[0]) as told:
        told.send(os.getpid().to_bytes(8, "little"))


def _text_stream(number: int, *, line_buffering: bool = False) -> io.TextIOWrapper:
    """Return what Python makes of a descriptor when it starts."""
    plain = open(number, "wb", closefd=False)
    unbuffered = bool(os.environ.get("PYTHONUNBUFFERED"))
    return io.TextIOWrapper(plain, encoding="utf-8", line_buffering=line_buffering, write_through=unbuffered)


def main() -> None:
    """Import, then serve; in a forked process, run what it is for."""
    for name in IMPORTED:
        importlib.import_module(name)
    for entry in importlib.metadata.entry_points(group="walkdown.commands"):
        with contextlib.suppress(ImportError):  # of an extra that is not installed
            entry.load()
    for name in RUN_AS_MAIN:
        parent, _dot, own = name.rpartition(".")
        delattr(sys.modules[parent], own)
        del sys.modules[name]
    request = serve(socket.socket(fileno=int(sys.argv[1])))
    if request is not None:
        module, *arguments = request["command"]
        sys.argv = [module, *arguments]
        runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
