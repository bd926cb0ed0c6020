"""Other Walkdown programs as child processes: a server to join, bots for company."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from walkdown.errors import Missing
from walkdown.i18n import _

STOP_SECS = 6.0
READY = "listening on "
"""What a server prints, with its address behind it, when it can be joined."""


@contextlib.contextmanager
def demo_server(*, port: int, extra: Sequence[str] = ()) -> Iterator[str]:
    """Run a server with the demo plant until the block ends; yields its address.

    What people write in the demo is forgotten with it.

    Raises:
        Missing: the server ended before it could be joined; says why.
    """
    with tempfile.TemporaryDirectory(prefix="walkdown-demo-", ignore_cleanup_errors=True) as folder:
        arguments = ["serve", "--demo", "--name", "Walkdown", "--port", str(port), "--data", folder, *extra]
        with _child(arguments) as server:
            yield _address_of(server)


@contextlib.contextmanager
def model_server(files: Sequence[Path], *, port: int, extra: Sequence[str] = ()) -> Iterator[str]:
    """Run a server of model files until the block ends; yields its address.

    Raises:
        Missing: the server ended before it could be joined; says why.
    """
    with _child(["serve", *map(str, files), "--port", str(port), *extra]) as server:
        yield _address_of(server)


def import_in_front(files: Sequence[Path], extra: Sequence[str] = ()) -> int:
    """Import model files into the user's cache, with progress and questions on this terminal.

    Returns:
        The exit code; what went wrong has been said.
    """
    command = [sys.executable, "-m", "walkdown", "import", *map(str, files), *extra]
    return subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode  # noqa: S603  # our own


@contextlib.contextmanager
def walking_bots(address: str, count: int, *, route: str = "") -> Iterator[None]:
    """Let bots walk until the block ends; without a route, up and down the walkways."""
    if count < 1:
        yield
        return
    with _child(["bot", address, "--count", str(count), "--route", route]) as bots:
        _Tail(bots.process.stdout)
        yield


class _Tail:
    """Reads what a child prints in a thread, so that the child never waits, and keeps the last lines."""

    def __init__(self, stream: IO[str] | None) -> None:
        self._lines: deque[str] = deque(maxlen=20)
        self._thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._thread.start()

    def last(self) -> str:
        """Return the last line that is not empty; the child has ended."""
        self._thread.join(STOP_SECS)
        return next((line.strip() for line in reversed(self._lines) if line.strip()), "")

    def _read(self, stream: IO[str] | None) -> None:
        with contextlib.suppress(ValueError):  # the stream is closed with the process
            self._lines.extend(stream or ())


@dataclass(frozen=True, slots=True)
class _Child:
    process: subprocess.Popen[str]
    errors: _Tail


@contextlib.contextmanager
def _child(arguments: Sequence[str]) -> Iterator[_Child]:
    """Run a child that ends with the block, and with this process however that ends."""
    command = [sys.executable, "-m", "walkdown", *arguments]
    with subprocess.Popen(  # noqa: S603  # our own program with our own arguments
        command,
        stdin=subprocess.PIPE,
        env={**os.environ, "WALKDOWN_PARENT_PIPE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        try:
            yield _Child(process, _Tail(process.stderr))
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECS)
    except subprocess.TimeoutExpired:
        process.kill()


def _address_of(server: _Child) -> str:
    """Wait until the server can be joined."""
    lines = server.process.stdout
    for line in lines or ():
        if READY in line:
            _Tail(lines)
            return line.partition(READY)[2].split()[0]
    code = server.process.wait()
    reason = server.errors.last() or _("it ended with code {code}").format(code=code)
    raise Missing(_("the server did not start: {reason}").format(reason=reason))
