"""Blobs by HTTP GET from the server's own port: bounded, resumed after a cut, and checked before use."""

from __future__ import annotations

import hashlib
import http.client
import logging
import threading
from collections.abc import Callable

from walkdown.errors import Missing, PackageError, WalkdownError
from walkdown.i18n import _
from walkdown.messages import Blob
from walkdown_client.address import Address
from walkdown_client.blob_cache import BlobCache
from walkdown_client.pinning import open_connection

log = logging.getLogger(__name__)

BLOB_SIZE_MAX = 512 * 1024 * 1024
CHUNK_BYTES = 256 * 1024
TIMEOUT_SECS = 10.0
TRIES_WITHOUT_PROGRESS = 5
PAUSE_SECS = 0.1
"""Before the second try; it doubles with each that brings nothing."""
BUSY = (429, 503)
MISDIRECTED = 421
"""The session has moved to another process of the server; another connection finds it."""


class Cancelled(WalkdownError):
    """The caller does not want the blob any more."""


class BlobClient:
    """One connection for blobs, kept open between them; threads that share it take turns.

    Args:
        address: of the server.
        cache: looked into first and filled, or None.
        cancel: when set, a running fetch ends with :class:`Cancelled`.
    """

    def __init__(
        self, address: Address, *, cache: BlobCache | None = None, cancel: threading.Event | None = None
    ) -> None:
        self._address, self._cache = address, cache
        self._cancel = cancel or threading.Event()
        self._connection: http.client.HTTPConnection | None = None
        self._turn = threading.RLock()

    def fetch(self, blob: Blob, *, on_bytes: Callable[[int], None] = lambda count: None) -> bytes:
        """Return the bytes of a blob, whose hash and size have been checked.

        Args:
            blob: hash and size.
            on_bytes: told after each piece how many bytes came.

        Raises:
            PackageError: the server does not have it, or its bytes are not what the hash says.
            Missing: the server does not answer. Refused: it is another one than the link says.
            Cancelled: ``cancel`` was set.
        """
        if blob.size > BLOB_SIZE_MAX:
            raise PackageError(
                _("blob {hash} has {size} bytes, at most {limit} are fetched").format(
                    hash=blob.sha256[:12], size=blob.size, limit=BLOB_SIZE_MAX
                )
            )
        kept = self._cache.get(blob.sha256) if self._cache else None
        if kept is not None:
            on_bytes(len(kept))
            return kept
        with self._turn:
            data = self._download(blob, on_bytes)
        found = hashlib.sha256(data).hexdigest()
        if found != blob.sha256:
            raise PackageError(
                _("blob {hash} arrived damaged: its bytes have the hash {found}; load it again").format(
                    hash=blob.sha256[:12], found=found[:12]
                )
            )
        if self._cache:
            self._cache.put(blob.sha256, data)
        return data

    def close(self) -> None:
        """Close the connection when a fetch that runs has ended; the next fetch opens another."""
        with self._turn:
            if self._connection:
                self._connection.close()
                self._connection = None

    def _download(self, blob: Blob, on_bytes: Callable[[int], None]) -> bytes:
        data = bytearray()
        tries = 0
        while len(data) < blob.size or not tries:
            had = len(data)
            try:
                self._get(blob, data, on_bytes)
            except (OSError, http.client.HTTPException) as error:
                log.debug("blob %s stopped at byte %d: %r", blob.sha256[:12], len(data), error)
                self.close()
            tries = 1 if len(data) > had else tries + 1
            if len(data) < blob.size:
                self._pause_or_give_up(tries)
        return bytes(data)

    def _get(self, blob: Blob, data: bytearray, on_bytes: Callable[[int], None]) -> None:
        """Append to ``data`` what is missing, or as much as comes."""
        connection = self._connect()
        headers = {"Range": f"bytes={len(data)}-"} if data else {}
        connection.request("GET", f"{self._address.path}/blob/{blob.sha256}", headers=headers)
        with connection.getresponse() as response:
            if response.status in BUSY:
                response.read()
                return
            if response.status == MISDIRECTED:
                self.close()
                return
            if response.status != (206 if data else 200):
                self.close()
                raise PackageError(
                    _("expected blob {hash} from {server}, got HTTP {status} {reason}").format(
                        hash=blob.sha256[:12],
                        server=self._address.name,
                        status=response.status,
                        reason=response.reason,
                    )
                )
            self._read(blob, response, into=data, on_bytes=on_bytes)

    def _read(
        self,
        blob: Blob,
        response: http.client.HTTPResponse,
        *,
        into: bytearray,
        on_bytes: Callable[[int], None],
    ) -> None:
        data = into
        while piece := response.read(min(CHUNK_BYTES, blob.size - len(data) + 1)):
            if self._cancel.is_set():
                self.close()
                raise Cancelled(_("loading was cancelled"))
            data += piece
            on_bytes(len(piece))
            if len(data) > blob.size:
                self.close()
                raise PackageError(
                    _("blob {hash} should have {size} bytes, the server sends more").format(
                        hash=blob.sha256[:12], size=blob.size
                    )
                )

    def _connect(self) -> http.client.HTTPConnection:
        if self._connection is None:
            self._connection = open_connection(self._address, timeout_secs=TIMEOUT_SECS)
        return self._connection

    def _pause_or_give_up(self, tries: int) -> None:
        if tries > TRIES_WITHOUT_PROGRESS:
            raise Missing(
                _("{server} does not send its model: {tries} tries brought nothing").format(
                    server=self._address.name, tries=tries
                )
            )
        if self._cancel.wait(PAUSE_SECS * 2 ** (tries - 1)):
            raise Cancelled(_("loading was cancelled"))
