"""One file on its way into a review: what is known of it, and what its sender is told. Pure."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from pathlib import Path

from walkdown.messages import Blob, FilePhase, FileTask, OfferFile
from walkdown_server.door.people import Identity
from walkdown_server.models.upload import Upload
from walkdown_server.parties import Answer

TASKS_PER_PERSON = 8
TASKS_MAX = 100
ENDS: frozenset[FilePhase] = frozenset(("done", "failed"))
TEXT_SIZE = 4000
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


MB = 1_000_000
TOPICS_FACTOR = 8
"""A file of topics may be so much larger than a single photo or document: it holds many."""


@dataclass(frozen=True, slots=True)
class FileLimits:
    """How much people may bring in, bytes.

    Attributes:
        file: of a photo or document. topics: of a BCF file or session pack. session: of all that stay.
    """

    file: int
    topics: int
    session: int

    @classmethod
    def of_mb(cls, *, file: int, session: int) -> FileLimits:
        """Return the limits that follow from two settings in MB."""
        return cls(file * MB, TOPICS_FACTOR * file * MB, session * MB)


@dataclass(slots=True, eq=False)
class Task:
    """A file that somebody brings.

    Attributes:
        answer: reaches its sender. place: where its bytes are written, and beside it what is read of them.
        ticket: for its upload; "" once it was used, or without one. path: where the bytes are put.
        plan: what merging it would change, when that is known. merging: whether it was told to be merged.
        upload: while bytes come in. cancelled: ends it from any thread.
        since_secs: when the phase began, monotonic.
    """

    identity: Identity
    offer: OfferFile
    answer: Answer
    since_secs: float
    place: Path | None = None
    ticket: str = ""
    path: str = ""
    phase: FilePhase = "upload"
    part: float = 0.0
    text: str = ""
    plan: Blob | None = None
    blob: Blob | None = None
    merging: bool = False
    upload: Upload | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def ended(self) -> bool:
        """Whether it came to one of its ends."""
        return self.phase in ENDS

    @property
    def folder(self) -> Path:
        """Where what is read of it lies."""
        if self.place is None:
            raise FileNotFoundError("no byte of this file has come yet")
        return self.place.with_name(self.place.name + ".read")

    def message(self) -> FileTask:
        """Return what its sender is told."""
        return FileTask(
            self.offer.file,
            self.phase,
            path=self.path if self.ticket else None,
            part=round(self.part, 2),
            text=self.text[:TEXT_SIZE],
            plan=None if self.merging or self.ended else self.plan,
            blob=self.blob,
        )


def fault_of_offer(offer: OfferFile, *, max_bytes: int) -> str:
    """Return why an offer can never be taken, one sentence, or ""."""
    if not _UUID.fullmatch(offer.file):
        return "A file gets a UUID as its id."
    if offer.size > max_bytes:
        size, most = offer.size / 1e6, max_bytes / 1e6
        return f"{offer.name} has {size:.1f} MB, this server takes at most {most:.1f} MB."
    return ""
