"""Collects what the engine prints: shader errors are kept and counted, all of it goes to the log."""

from __future__ import annotations

import logging

from panda3d.core import LineStream, Notify

_log = logging.getLogger(__name__)
_KEPT = 40


class EngineNotices:
    """Takes over Panda's notify stream; call :meth:`poll` once a frame.

    Attributes:
        shader_errors: the first lines of what the shader compiler complained about.
        shader_error_count: how many such lines there were.
    """

    def __init__(self) -> None:
        self.shader_errors: list[str] = []
        self.shader_error_count = 0
        self._stream = LineStream()
        self._in_shader_error = False
        Notify.ptr().set_ostream_ptr(self._stream, False)

    def poll(self) -> None:
        """Read what has been printed since the last call."""
        while self._stream.has_newline() or self._stream.is_text_available():
            self._take(self._stream.get_line().rstrip())

    def close(self) -> None:
        """Give the stream back to the terminal."""
        self.poll()
        Notify.ptr().set_ostream_ptr(None, False)

    def _take(self, line: str) -> None:
        if line.startswith(":"):
            self._in_shader_error = "(error)" in line and ("shader" in line.lower() or "GLSL" in line)
        if self._in_shader_error and line:
            self.shader_error_count += 1
            if len(self.shader_errors) < _KEPT:
                self.shader_errors.append(line)
        if line:
            _log.log(logging.ERROR if "(error)" in line else logging.DEBUG, "%s", line)
