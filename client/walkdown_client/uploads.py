"""A file by HTTP PUT to the server's own port: with progress, and stopped when it is not wanted any more."""

from __future__ import annotations

import contextlib
import http.client
import threading
from collections.abc import Callable
from pathlib import Path

from walkdown.errors import Missing, Refused
from walkdown.i18n import _
from walkdown_client.address import Address
from walkdown_client.blobs import Cancelled
from walkdown_client.pinning import open_connection

PIECE_BYTES = 256 * 1024
ANSWER_SECS = 60.0
ANSWER_BYTES = 2000


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
        Refused: the server said no. Missing: it does not answer. Cancelled: ``cancel`` was set.
    """
    with contextlib.closing(open_connection(address, timeout_secs=ANSWER_SECS)) as connection:
        try:
            _send(connection, path, source, cancel=cancel, on_bytes=on_bytes)
        except (BrokenPipeError, ConnectionResetError):
            pass  # who refuses need not read to the end: the answer says why
        except OSError as error:
            raise Missing(_unsent(address, source)) from error
        _take_answer(connection, address, source)


def _send(
    connection: http.client.HTTPConnection,
    path: str,
    source: Path,
    *,
    cancel: threading.Event,
    on_bytes: Callable[[int], None],
) -> None:
    with source.open("rb") as file:
        connection.putrequest("PUT", path)
        connection.putheader("Content-Length", str(source.stat().st_size))
        connection.putheader("Content-Type", "application/octet-stream")
        connection.endheaders()
        while piece := file.read(PIECE_BYTES):
            if cancel.is_set():
                raise Cancelled(_("sending was cancelled"))
            connection.send(piece)
            on_bytes(len(piece))


def _take_answer(connection: http.client.HTTPConnection, address: Address, source: Path) -> None:
    try:
        with connection.getresponse() as response:
            said = response.read(ANSWER_BYTES).decode("utf-8", "replace").strip()
            status = response.status
    except (OSError, http.client.HTTPException) as error:
        raise Missing(_unsent(address, source)) from error
    if status >= 400:
        reason = said or _("{where} answered HTTP {status}").format(where=address.name, status=status)
        raise Refused("upload", reason)


def _unsent(address: Address, source: Path) -> str:
    return _("{name} did not reach {where}: the connection was lost").format(
        name=source.name, where=address.name
    )
