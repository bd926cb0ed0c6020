"""What a late joiner fetches: the state that the journal built, packed at most once a second for all."""

from __future__ import annotations

import msgspec
import zstandard

from walkdown import messages
from walkdown_server.packages import ZSTD_MEDIA, BlobStore
from walkdown_server.session import Session
from walkdown_server.ticks.outbox import Events

_compress = zstandard.ZstdCompressor(level=1).compress
"""Of thousands of topics it makes no more bytes than a higher level, in half the time."""


class Snapshots:
    """Snapshots of one session.

    Args:
        session: whose state. events: what can follow a snapshot on the wire. store: where they are fetched.
    """

    def __init__(self, session: Session, events: Events, store: BlobStore) -> None:
        self._session, self._events, self._store = session, events, store
        self._newest: tuple[int, float, messages.Blob] | None = None

    def start_for(self, last: int, *, now_secs: float) -> tuple[int, messages.Blob | None]:
        """Return the number after which events follow, and the snapshot of the state up to it.

        Args:
            last: number of the last event that somebody has got, 0 for none; with it they may need none.
        """
        if last and last <= self._session.number and self._events.holds(last + 1):
            return last, None
        return self.latest(now_secs)

    def latest(self, now_secs: float) -> tuple[int, messages.Blob]:
        """Return a snapshot and its number; later events follow on the wire."""
        number = self._session.number
        if self._newest is not None:
            made_number, made_secs, blob = self._newest
            recent = now_secs - made_secs < 1.0 and self._events.holds(made_number + 1)
            if made_number == number or recent:
                return made_number, blob
        data = _compress(msgspec.msgpack.encode(self._session.snapshot()))
        self._newest = number, now_secs, self._store.put(data, media=ZSTD_MEDIA, passing=True)
        return number, self._newest[2]
