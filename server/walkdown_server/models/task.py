"""One model on its way into a session: what is known of it, and what everyone is told.

Pure. A task goes from ``upload`` through ``read`` and ``write`` to one of three ends.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path, PurePath

import msgspec

from walkdown.messages import IN_PLACE, ModelTask, OfferModel, Placement, TaskPhase
from walkdown_server.door.people import Identity
from walkdown_server.models.upload import Upload
from walkdown_server.placing import fault_of

TASKS_PER_PERSON = 2
TASKS_MAX = 4
PACKAGE_SUFFIX = ".wdp"
ENDS: frozenset[TaskPhase] = frozenset(("done", "failed", "cancelled"))
STEPS_TOLD = 100
"""A phase is told in so many steps."""

TEXT_SIZE = 4000
FILE_NAME_BYTES = 120
_UNSAFE = re.compile(r'[<>:"|?*\s]+')


@dataclass(slots=True, eq=False)
class Task:
    """A model that somebody brings.

    Attributes:
        folder: scratch space of its own. ticket: for its upload; "" once it was used, or without one.
        key: under which it is remembered what the file became; "" where that depends on more than the file.
        upload: while bytes come in. cancelled: ends the import from any thread.
        since_secs: when the phase began, monotonic.
    """

    identity: Identity
    offer: OfferModel
    folder: Path
    key: str
    ticket: str
    since_secs: float
    placement: Placement = IN_PLACE
    phase: TaskPhase = "upload"
    part: float = 0.0
    text: str = ""
    upload: Upload | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def file(self) -> Path:
        """Where the uploaded bytes lie, under a name that every file system takes."""
        name = PurePath(_UNSAFE.sub("_", self.offer.file))
        stem = name.stem.encode()[:FILE_NAME_BYTES].decode(errors="ignore")
        return self.folder / "file" / f"{stem}{name.suffix.lower()}"

    @property
    def name(self) -> str:
        """What the model is called."""
        return PurePath(self.offer.file).stem.removesuffix(".city")

    @property
    def is_package(self) -> bool:
        """Whether the file is a package already."""
        return suffix_of(self.offer.file) == PACKAGE_SUFFIX

    @property
    def ended(self) -> bool:
        """Whether it came to one of its ends."""
        return self.phase in ENDS

    def without_folder(self, text: str) -> str:
        """Return a sentence in which the file is named, but not where it lies on the server."""
        for folder in (self.file.parent.resolve(), self.file.parent, self.folder.resolve(), self.folder):
            text = text.replace(f"{folder}{os.sep}", "")
        return text

    def message(self) -> ModelTask:
        """Return what everyone is told."""
        return ModelTask(
            model=self.offer.model,
            file=self.offer.file,
            author=self.identity.person,
            phase=self.phase,
            part=round(self.part * STEPS_TOLD) / STEPS_TOLD,
            placement=self.placement,
            text=self.text[:TEXT_SIZE],
        )


def suffix_of(file: str) -> str:
    """Return the ending of a file name, in lower case and with its dot."""
    return PurePath(file).suffix.lower()


def fault_of_offer(offer: OfferModel, *, suffixes: Collection[str], max_bytes: int) -> str:
    """Return why an offer can never be taken, one sentence, or ""."""
    suffix = suffix_of(offer.file)
    if suffix != PACKAGE_SUFFIX and suffix not in suffixes:
        known = ", ".join((PACKAGE_SUFFIX, *sorted(suffixes)))
        return f"A file that ends in {suffix or 'nothing'!r} cannot be brought in, but {known} can."
    if offer.size > max_bytes:
        size, most = offer.size / 1e6, max_bytes / 1e6
        return f"The file has {size:.0f} MB, this server takes at most {most:.0f} MB."
    fault = fault_of(offer.placement) if offer.placement is not None else ""
    return f"The model cannot be put there: {fault}." if fault else ""


def key_of(offer: OfferModel, *, version: str) -> str:
    """Return what the same file with the same things said about it has in common, for one program."""
    said = [version, offer.sha256, offer.file, offer.main, offer.options]
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()


def is_new_id(model: str) -> bool:
    """Tell whether a new model may have this id: a UUID as programs write it."""
    try:
        return str(uuid.UUID(model)) == model
    except ValueError:
        return False
