"""The sound process as the client sees it: started, fed with orders, started again after a crash.

Everything that sounds runs in a child process, because Python in the client may be busy for long: see
:mod:`walkdown_client.audio.child`. Nothing here waits for it.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import IO

import msgspec

from walkdown.errors import Missing
from walkdown.i18n import _, language
from walkdown_client.audio.orders import (
    Choice,
    Clock,
    Doors,
    Ears,
    Heads,
    Order,
    Rooms,
    Sounds,
    Stop,
    Told,
    VoiceIn,
    Walls,
    decode_told,
    encode,
)
from walkdown_client.audio.pipe import Writer, messages

STARTS_MAX = 4
"""So often within ``STARTS_SECS`` it is started before one gives up."""

STARTS_SECS = 60.0
STOP_SECS = 2.0

_KEPT = (Choice, Clock, Ears, Walls, Doors, Rooms, Heads, Sounds)
"""What a process that was started again has to be told, in this order."""

_MODULE = "walkdown_client.audio.child"
_log = logging.getLogger(__name__)


class SoundProcess:
    """A child process that sounds. All methods may be called by any thread, and none waits for the child.

    Args:
        on_told: called in a thread of this object with all that the process tells.
        on_ended: called there once, with one sentence, when it is over against our will.
        environment: more variables for the child, for instance ``WALKDOWN_AUDIO_DRIVERS``.

    Attributes:
        starts: how often it has been started.

    Raises:
        Missing: the system starts no process.
    """

    def __init__(
        self,
        on_told: Callable[[Told], None],
        on_ended: Callable[[str], None],
        *,
        environment: dict[str, str] | None = None,
    ) -> None:
        self._on_told, self._on_ended = on_told, on_ended
        self._environment = environment or {}
        self._lock = threading.Lock()
        self._kept: dict[type[Order], Order] = {}
        self._closed = False
        self._started_secs: deque[float] = deque(maxlen=STARTS_MAX)
        self.starts = 0
        self._child, self._writer = self._start()
        self._thread = threading.Thread(target=self._run, name="sound process", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._child.pid

    def send(self, order: Order) -> None:
        """Say something to the process; says nothing to one that has ended."""
        with self._lock:
            if type(order) in _KEPT:
                self._kept[type(order)] = order
            late = isinstance(order, VoiceIn)  # where thousands wait, voice would come too late
            if not self._closed and not self._writer.write(encode(order), may_drop=late):
                _log.warning("the sound process does not listen any more: it is started again")
                self._child.kill()

    def close(self) -> None:
        """End the process in order."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._writer.write(encode(Stop()))
        self._writer.close()
        try:
            self._child.wait(STOP_SECS)
        except subprocess.TimeoutExpired:
            self._child.kill()
        self._thread.join(STOP_SECS)

    def _start(self) -> tuple[subprocess.Popen[bytes], Writer]:
        """Start a child; called by one thread at a time."""
        self.starts += 1
        self._started_secs.append(time.monotonic())
        try:
            child = subprocess.Popen(  # noqa: S603  # our own program
                [sys.executable, "-P", "-m", _MODULE],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**os.environ, "WALKDOWN_LANG": language(), **self._environment},
            )
        except OSError as error:
            text = _("there is no sound: the system starts no sound process ({reason})")
            raise Missing(text.format(reason=error.strerror or error)) from error
        return child, Writer(_there(child.stdin), name="orders to the sound process")

    def _run(self) -> None:
        while True:
            child = self._child
            errors = _Tail(_there(child.stderr))
            self._listen(_there(child.stdout))
            code = _code_of(child)
            errors.join()
            _close_pipes(child)
            if self._closed:
                return
            _log.warning("the sound process ended with code %d: %s", code, errors.last)
            try:
                started = self._start_again()
            except Missing as error:
                self._on_ended(str(error))
                return
            if not started:
                self._on_ended(
                    _("there is no sound any more: the sound process ended {count} times ({reason})").format(
                        count=STARTS_MAX, reason=errors.last or code
                    )
                )
                return

    def _listen(self, stream: IO[bytes]) -> None:
        for data in messages(stream):
            try:
                self._on_told(decode_told(data))
            except msgspec.MsgspecError as error:
                _log.warning("the sound process said what nobody understands: %s", error)

    def _start_again(self) -> bool:
        """Start a child anew and tell it all; False if that has been tried often enough."""
        oldest = self._started_secs[0]
        with self._lock:
            often = len(self._started_secs) == STARTS_MAX and time.monotonic() - oldest < STARTS_SECS
            if self._closed or often:
                self._closed = True
                return False
            self._writer.close(0.0)
            self._closed = True  # unless it starts
            self._child, self._writer = self._start()
            self._closed = False
            for kind in _KEPT:
                if kind in self._kept:
                    self._writer.write(encode(self._kept[kind]))
        return True


class _Tail:
    """Reads what a child says beside its pipe, into the log, and keeps the last line."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.last = ""
        self._thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._thread.start()

    def _read(self, stream: IO[bytes]) -> None:
        for line in stream:
            self.last = line.decode(errors="replace").strip() or self.last
            _log.debug("sound process: %s", self.last)

    def join(self) -> None:
        self._thread.join(STOP_SECS)


def _code_of(child: subprocess.Popen[bytes]) -> int:
    """Return with which code a child ended that says no more; one that only talks nonsense is ended."""
    try:
        return child.wait(STOP_SECS)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()


def _there(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # noqa: S101  # it was asked for
    return stream


def _close_pipes(child: subprocess.Popen[bytes]) -> None:
    for stream in (child.stdout, child.stderr, child.stdin):
        try:
            _there(stream).close()
        except OSError:  # what was not written yet cannot be written any more
            continue
