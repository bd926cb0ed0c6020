"""How a command on the server's machine steers a server of several processes: a UNIX socket in its folder.

Only the owner of the folder can open it. One line of JSON is asked, one is answered.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import msgspec

from walkdown.errors import Missing, WalkdownError
from walkdown.i18n import _

LINE_SIZE_MAX = 4096
ANSWER_SECS = 60.0
_PREFIX, _SUFFIX = "steer-", ".sock"


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The wish that a session moves to another process, numbered from 1."""

    session: str
    process: int


@contextlib.asynccontextmanager
async def steered(folder: Path, port: int, move: Callable[[str, int], Awaitable[str]]) -> AsyncIterator[None]:
    """Take wishes as long as the block lasts.

    Args:
        folder: of the server's data. port: of the server, which tells it from others of the same folder.
        move: carries out a wish, and returns a sentence about it.

    Raises:
        Missing: the socket cannot be made there.
    """

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(ConnectionError, ValueError):
            line = await reader.readline()
            writer.write(json.dumps(await _answer(line, move)).encode() + b"\n")
            await writer.drain()

    path = _path(folder, port)
    with _near(path) as short:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        before = os.umask(0o177)
        try:
            server = await asyncio.start_unix_server(serve, short, limit=LINE_SIZE_MAX)
        except OSError as error:
            text = _("{path} cannot be made, so sessions cannot be moved: {reason}.")
            raise Missing(text.format(path=path, reason=error.strerror or error)) from error
        finally:
            os.umask(before)
    try:
        yield
    finally:
        server.close()
        with contextlib.suppress(OSError):
            path.unlink()


def ask_to_move(folder: Path, wish: Move, *, port: int = 0) -> str:
    """Have a running server move a session; returns a sentence about it.

    Args:
        folder: of the server's data. port: of the server; 0 for the only one of the folder.

    Raises:
        Missing: there is no such server, or it says why not.
    """
    path = _path(folder, port) if port else _only(folder)
    answer = json.loads(_ask(path, msgspec.json.encode(wish) + b"\n"))
    if not answer["done"]:
        raise Missing(answer["text"])
    return str(answer["text"])


async def _answer(line: bytes, move: Callable[[str, int], Awaitable[str]]) -> dict[str, object]:
    try:
        wish = msgspec.json.decode(line, type=Move)
        return {"done": True, "text": await move(wish.session, wish.process)}
    except (msgspec.MsgspecError, WalkdownError) as error:
        return {"done": False, "text": str(error)}


def _ask(path: Path, line: bytes) -> bytes:
    with _near(path) as short, socket.socket(socket.AF_UNIX) as line_to_server:
        line_to_server.settimeout(ANSWER_SECS)
        try:
            line_to_server.connect(short)
            line_to_server.sendall(line)
            with line_to_server.makefile("rb") as answer:
                return answer.readline(1 << 16) or b'{"done": false, "text": "no answer"}'
        except OSError as error:
            text = _("No server of several processes answers at {path}: {reason}.")
            raise Missing(text.format(path=path, reason=error.strerror or error)) from error


def _only(folder: Path) -> Path:
    found = sorted(folder.glob(f"{_PREFIX}*{_SUFFIX}"))
    if len(found) != 1:
        text = _("{count} servers of several processes have their data in {folder}: expected one, or --port.")
        raise Missing(text.format(count=len(found), folder=folder))
    return found[0]


def _path(folder: Path, port: int) -> Path:
    return folder / f"{_PREFIX}{port}{_SUFFIX}"


@contextlib.contextmanager
def _near(path: Path) -> Iterator[str]:
    """Yield a short name of a path, for the address of a UNIX socket holds some hundred bytes only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if len(os.fsencode(path)) < 100:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
