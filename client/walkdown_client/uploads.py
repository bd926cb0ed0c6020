"""A file by HTTP PUT to the server's own port: with progress, and stopped when it is not wanted any more."""

from __future__ import annotations

import contextlib
import http.client
import io
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from walkdown.errors import Missing, Refused
from walkdown.i18n import _
from walkdown_client.address import Address
from walkdown_client.blobs import Cancelled
from walkdown_client.pinning import open_connection

PIECE_BYTES = 256 * 1024
ANSWER_SECS = 60.0
ANSWER_BYTES = 2000
NO_TICKET = "no-ticket"
"""Code of the refusal that says that the server does not expect these bytes, or not any more."""


def put_file(
    address: Address,
    path: str,
    source: Path,
    *,
    cancel: threading.Event,
    on_bytes: Callable[[int], None] = lambda count: None,
) -> None:
    """Send a file and wait until the server has all of it.

    Args:
        path: where to, from the server's ticket.
        on_bytes: told after each piece how many bytes went.

    Raises:
        Refused: the server said no, with the code ``NO_TICKET`` when it does not expect the bytes.
        Missing: it does not answer. Cancelled: ``cancel`` was set.
    """
    with source.open("rb") as file:
        body = Body(file, source.name, source.stat().st_size)
        _put(address, path, body, cancel=cancel, on_bytes=on_bytes)


def put_bytes(
    address: Address,
    path: str,
    data: bytes,
    *,
    name: str,
    cancel: threading.Event,
    on_bytes: Callable[[int], None] = lambda count: None,
) -> None:
    """Send bytes and wait until the server has all of them, see :func:`put_file`."""
    _put(address, path, Body(io.BytesIO(data), name, len(data)), cancel=cancel, on_bytes=on_bytes)


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent: from where, as what it is named to people, and how much it is."""

    file: BinaryIO
    name: str
    size_bytes: int


def _put(
    address: Address, path: str, body: Body, *, cancel: threading.Event, on_bytes: Callable[[int], None]
) -> None:
    with contextlib.closing(open_connection(address, timeout_secs=ANSWER_SECS)) as connection:
        try:
            _send(connection, path, body, cancel=cancel, on_bytes=on_bytes)
        except (BrokenPipeError, ConnectionResetError):
            pass  # who refuses need not read to the end: the answer says why
        except OSError as error:
            raise Missing(_unsent(address, body)) from error
        _take_answer(connection, address, body)


def _send(
    connection: http.client.HTTPConnection,
    path: str,
    body: Body,
    *,
    cancel: threading.Event,
    on_bytes: Callable[[int], None],
) -> None:
    connection.putrequest("PUT", path)
    connection.putheader("Content-Length", str(body.size_bytes))
    connection.putheader("Content-Type", "application/octet-stream")
    connection.endheaders()
    while piece := body.file.read(PIECE_BYTES):
        if cancel.is_set():
            raise Cancelled(_("sending was cancelled"))
        connection.send(piece)
        on_bytes(len(piece))


def _take_answer(connection: http.client.HTTPConnection, address: Address, body: Body) -> None:
    try:
        with connection.getresponse() as response:
            said = response.read(ANSWER_BYTES).decode("utf-8", "replace").strip()
            status = response.status
    except (OSError, http.client.HTTPException) as error:
        raise Missing(_unsent(address, body)) from error
    if status >= 400:
        reason = said or _("{where} answered HTTP {status}").format(where=address.name, status=status)
        raise Refused(NO_TICKET if status == 404 else "upload", reason)


def _unsent(address: Address, body: Body) -> str:
    return _("{name} did not reach {where}: the connection was lost").format(
        name=body.name, where=address.name
    )
