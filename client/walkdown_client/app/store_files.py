"""Files of the session's store, fetched in a thread of their own and kept for a while: pictures, evidence."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import logging
import queue
import threading
from collections import OrderedDict

from walkdown.errors import Missing, PackageError, WalkdownError
from walkdown.i18n import _
from walkdown.messages import Blob
from walkdown_client.address import Address
from walkdown_client.blob_cache import BlobCache
from walkdown_client.blobs import BlobClient, Cancelled
from walkdown_client.pinning import open_connection

log = logging.getLogger(__name__)

KEPT_BYTES = 96 << 20
"""So much is kept in memory; what was asked for least lately goes first."""

SIZE_MAX = 64 << 20
ANSWER_SECS, JOIN_SECS = 10.0, 5.0


class StoreFiles:
    """Answers at once with what is here, and fetches what is not.

    Args:
        address: of the server, with its session.

    Attributes:
        cache: of what is fetched, on disk, or None.
    """

    def __init__(self, address: Address, *, cache: BlobCache | None = None) -> None:
        self._address, self._cancel = address, threading.Event()
        self._blobs = BlobClient(address, cache=cache, cancel=self._cancel)
        self.cache = cache
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._kept_bytes = 0
        self._failed: dict[str, str] = {}
        self._asked: set[str] = set()
        self._wanted: queue.SimpleQueue[tuple[str, int] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def get(self, sha256: str, size: int = 0) -> bytes | str | None:
        """Return a file, None while it is on its way, or one sentence that says why it does not come.

        Args:
            size: in bytes, 0 when nobody knows.
        """
        with self._lock:
            if sha256 in self._kept:
                self._kept.move_to_end(sha256)
                return self._kept[sha256]
            if sha256 in self._failed:
                return self._failed[sha256]
            if sha256 not in self._asked:
                self._asked.add(sha256)
                self._wanted.put((sha256, size))
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="walkdown-store", daemon=True)
            self._thread.start()
        return None

    def keep(self, data: bytes) -> str:
        """Take a file that was made here; returns its SHA-256."""
        sha256 = hashlib.sha256(data).hexdigest()
        self._keep(sha256, data)
        return sha256

    def try_again(self) -> None:
        """Forget what did not come; it is asked for again when somebody wants it."""
        with self._lock:
            self._failed.clear()

    def close(self) -> None:
        """Stop."""
        self._cancel.set()
        self._wanted.put(None)
        if self._thread is not None:
            self._thread.join(JOIN_SECS)

    def _keep(self, sha256: str, data: bytes) -> None:
        with self._lock:
            if sha256 not in self._kept:
                self._kept[sha256] = data
                self._kept_bytes += len(data)
            while self._kept_bytes > KEPT_BYTES and len(self._kept) > 1:
                _oldest, gone = self._kept.popitem(last=False)
                self._kept_bytes -= len(gone)

    # ---- in the thread ----------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while (wanted := self._wanted.get()) is not None and not self._cancel.is_set():
                self._fetch(*wanted)
        except Cancelled:
            pass
        finally:
            self._blobs.close()

    def _fetch(self, sha256: str, size: int) -> None:
        try:
            data = self.cache.get(sha256) if self.cache is not None else None
            if data is None:
                data = self._blobs.fetch(Blob(sha256, size or _checked(self._ask_size(sha256))))
        except Cancelled:
            raise
        except (WalkdownError, OSError, http.client.HTTPException) as error:
            log.info("%s does not come: %s", sha256[:12], error)
            with self._lock:
                self._failed[sha256] = str(error)
        else:
            self._keep(sha256, data)
        with self._lock:
            self._asked.discard(sha256)

    def _ask_size(self, sha256: str) -> int:
        """Ask the server how large a file is.

        Raises:
            Missing: it does not have it.
        """
        with contextlib.closing(open_connection(self._address, timeout_secs=ANSWER_SECS)) as connection:
            connection.request("HEAD", f"{self._address.path}/blob/{sha256}")
            with connection.getresponse() as response:
                size = response.headers.get("Content-Length", "")
                if response.status != 200 or not size.isdecimal():
                    raise Missing(_("the session does not have this file any more"))
                return int(size)


def _checked(size: int) -> int:
    if size > SIZE_MAX:
        text = _("the file has {size} MB, at most {most} are shown here")
        raise PackageError(text.format(size=round(size / 1e6), most=round(SIZE_MAX / 1e6)))
    return size
