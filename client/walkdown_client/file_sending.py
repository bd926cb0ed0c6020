"""One file on its way into a review: hashed, offered, uploaded and kept, or its topics merged; in a thread.

The owner carries what is to be said to the server, and hands back what the server says about files. A server
that was started again is offered the file again, and the file goes on where that is possible.
"""

from __future__ import annotations

import hashlib
import logging
import queue
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from walkdown.codec import decompress
from walkdown.errors import BadInput, Missing, PackageError, Refused, WalkdownError
from walkdown.i18n import _
from walkdown.messages import Attached, Blob, CancelFile, FilePurpose, FileTask, MergeTopics, OfferFile
from walkdown.review import MergePlan
from walkdown.review.contents import media_of
from walkdown_client.address import Address
from walkdown_client.blobs import BlobClient, Cancelled
from walkdown_client.uploads import NO_TICKET, put_bytes, put_file

log = logging.getLogger(__name__)

ANSWER_SECS = 30.0
LOST_SECS = 10.0
"""After an upload that broke off, for so long the server may say what it thinks of it."""

TRIES = 4
JOIN_SECS = 5.0
HASH_BYTES = 1 << 20
HEAD_BYTES = 4096
NAME_SIZE = 200
PLAN_SIZE_MAX = 64 << 20
"""Of a plan as it travels; unpacked it may have eight times as much."""

LEFT_OUT_MAX = 1500
"""More topics cannot be named in one message."""

FileSendingPhase = Literal["collect", "offer", "upload", "read", "merge", "done", "failed", "cancelled"]
OVER: tuple[FileSendingPhase, ...] = ("done", "failed", "cancelled")

Said = OfferFile | CancelFile | MergeTopics
_plan_decoder = msgspec.msgpack.Decoder(MergePlan)


@dataclass(frozen=True, slots=True)
class Offering:
    """What is to be sent: a file, or bytes under a name."""

    source: Path | bytes
    name: str = ""
    purpose: FilePurpose = "attachment"

    @property
    def called(self) -> str:
        """What the server and people call it."""
        name = self.name or (self.source.name if isinstance(self.source, Path) else _("file"))
        plain = "".join(letter if letter.isprintable() and letter not in "/\\" else "_" for letter in name)
        return plain[-NAME_SIZE:] or "file"


class FileSending:
    """Sends one file; read its attributes at any time.

    Args:
        address: of the server, with its session. say: carries a message to the server, from any thread.
        on_change: called in the sending thread after every change.

    Attributes:
        file: its id, a UUID. name: what it is called.
        phase: how far it is: ``collect``, ``offer``, ``upload``, ``read``, with topics ``merge``, and at last
            ``done``, ``failed`` or ``cancelled``. part: from 0 to 1 in this phase.
        text: why it failed, or what came of it: one sentence.
        plan: in phase ``merge`` what the file would change; :meth:`merge` makes it so.
        merging: whether that was said already. attached: what was kept, when it is done.
    """

    def __init__(
        self,
        address: Address,
        offering: Offering,
        *,
        say: Callable[[Said], object],
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._address, self._offering = address, offering
        self._say, self._on_change = say, on_change
        self.file, self.name = str(uuid.uuid4()), offering.called
        self.phase: FileSendingPhase = "collect"
        self.part = 0.0
        self.text = ""
        self.plan: MergePlan | None = None
        self.attached: Attached | None = None
        self._size = self._done = self._tries = 0
        self._sha256, self._media = "", ""
        self._left_out: tuple[str, ...] | None = None
        self._news: queue.SimpleQueue[FileTask | None] = queue.SimpleQueue()
        self._cancel, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="walkdown-file", daemon=True)
        self._thread.start()

    # ---- for the owner, in any thread -------------------------------------------------------------------

    @property
    def over(self) -> bool:
        """Whether nothing more happens."""
        return self.phase in OVER

    @property
    def merging(self) -> bool:
        """Whether the topics were told to be taken."""
        return self._left_out is not None

    def hear(self, message: FileTask) -> None:
        """Take what the server says about this file; other files are passed over."""
        if message.file == self.file:
            if message.phase == "failed":
                self._stop.set()
            self._news.put(message)

    def rejoined(self) -> None:
        """Offer the file again, after the client has joined anew: the server may have been started again."""
        if self._sha256 and not self.over and self.phase != "upload":
            self._say(self._offer())

    def merge(self, leave_out: Sequence[str] = ()) -> None:
        """Have the topics of the plan taken, but not those whose ids are left out.

        Raises:
            BadInput: too many are left out.
        """
        if len(leave_out) > LEFT_OUT_MAX:
            text = _("at most {most} topics can be left out, not {count}: take a file with fewer topics")
            raise BadInput(text.format(most=LEFT_OUT_MAX, count=len(leave_out)))
        self._left_out = tuple(leave_out)
        if self.phase == "merge":
            self._say(MergeTopics(self.file, self._left_out))
            self._on_change()

    def cancel(self) -> None:
        """Stop, and tell the server; what was merged already stays."""
        if not self.over:
            self._cancel.set()
            self._stop.set()
            self._news.put(None)
            self._say(CancelFile(self.file))

    def join(self) -> None:
        """Wait until the thread has ended, some seconds at most."""
        self._thread.join(JOIN_SECS)

    # ---- in the thread ----------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._measure()
            self._offer_anew()
            while not self.over:
                self._take(self._next())
        except Cancelled:
            self._become("cancelled")
        except (WalkdownError, OSError) as error:
            self._become("failed", str(error))
        except Exception:
            log.exception("sending %s has failed", self.name)
            self._become("failed", _("{name} could not be sent").format(name=self.name))

    def _offer(self) -> OfferFile:
        return OfferFile(self.file, self.name, self._size, self._sha256, self._offering.purpose)

    def _measure(self) -> None:
        """Find out how large the file is, what it is and its sha256."""
        source, found = self._offering.source, hashlib.sha256()
        if isinstance(source, bytes):
            self._size, self._media = len(source), media_of(source[:HEAD_BYTES])
            found.update(source)
        else:
            self._size = source.stat().st_size
            with source.open("rb") as file:
                self._media = media_of(file.read(HEAD_BYTES))
                file.seek(0)
                while piece := file.read(HASH_BYTES):
                    self._check_wanted()
                    found.update(piece)
                    self._count(len(piece))
        if not self._size:
            raise BadInput(_("{name} is empty").format(name=self.name))
        self._sha256 = found.hexdigest()

    def _next(self) -> FileTask:
        """Return what the server says next; it has to say something only after an offer."""
        try:
            news = self._news.get(timeout=ANSWER_SECS if self.phase == "offer" else None)
        except queue.Empty:
            text = _("{where} does not answer the offer of {name}")
            raise Missing(text.format(where=self._address.name, name=self.name)) from None
        self._check_wanted()
        assert news is not None  # noqa: S101 -- only a cancelled sending hears nothing
        return news

    def _take(self, task: FileTask) -> None:
        if task.phase == "failed":
            raise Refused("failed", task.text)
        if task.phase == "done":
            self._finish(task)
        elif task.path is not None:
            self._upload(task.path)
        elif task.phase == "merge":
            self._take_merge(task)
        else:
            self._become(task.phase, part=task.part)

    def _finish(self, task: FileTask) -> None:
        size = task.blob.size if task.blob is not None else self._size
        self.attached = Attached(self.name, self._sha256, size, self._media)
        self._become("done", task.text)

    def _upload(self, path: str) -> None:
        """Send the bytes; when the line breaks, offer the file again."""
        self._become("upload")
        self._done, self._tries = 0, self._tries + 1
        self._stop.clear()
        source, cancel = self._offering.source, self._stop
        try:
            if isinstance(source, bytes):
                put_bytes(self._address, path, source, name=self.name, cancel=cancel, on_bytes=self._count)
            else:
                put_file(self._address, path, source, cancel=cancel, on_bytes=self._count)
            self._become("read")
        except Cancelled:
            self._check_wanted()  # else the server has said why not, which comes next
        except Refused as refused:
            if refused.code != NO_TICKET or self._tries >= TRIES:
                raise
            self._offer_anew()  # the server was started again in between
        except Missing:
            if self._tries >= TRIES:
                raise
            self._await_failure()
            self._offer_anew()

    def _await_failure(self) -> None:
        """Wait until the server has said that the upload broke off: it is no answer to the next offer."""
        until = time.monotonic() + LOST_SECS
        while (left := until - time.monotonic()) > 0:
            try:
                news = self._news.get(timeout=left)
            except queue.Empty:
                return
            self._check_wanted()
            if news is not None and news.phase == "failed":
                return

    def _offer_anew(self) -> None:
        self._become("offer")
        self._say(self._offer())

    def _take_merge(self, task: FileTask) -> None:
        """Show the plan, or have the topics taken at once when that was said before a restart."""
        if task.plan is not None:
            self.plan = self._fetch_plan(task.plan)
        self._become("merge", part=task.part)
        if task.plan is not None and self._left_out is not None:
            self._say(MergeTopics(self.file, self._left_out))

    def _fetch_plan(self, blob: Blob) -> MergePlan:
        if blob.size > PLAN_SIZE_MAX:
            text = _("the plan of {name} has {size} bytes, at most {most} are read: take a smaller file")
            raise PackageError(text.format(name=self.name, size=blob.size, most=PLAN_SIZE_MAX))
        client = BlobClient(self._address, cancel=self._stop)
        try:
            return decode_plan(client.fetch(blob))
        finally:
            client.close()

    def _check_wanted(self) -> None:
        if self._cancel.is_set():
            raise Cancelled(_("sending was cancelled"))

    def _count(self, count: int) -> None:
        self._done += count
        self.part = min(self._done / self._size, 1.0) if self._size else 1.0
        self._on_change()

    def _become(self, phase: FileSendingPhase, text: str = "", *, part: float = 0.0) -> None:
        self.text, self.part, self.phase = text, part, phase
        self._on_change()


def decode_plan(data: bytes) -> MergePlan:
    """Return a plan as it travels: zstd MessagePack.

    Raises:
        PackageError: it is none, or larger than any that a server makes.
    """
    try:
        return _plan_decoder.decode(decompress(data, limit=8 * PLAN_SIZE_MAX))
    except (WalkdownError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise PackageError(_("the server's plan cannot be read ({reason})").format(reason=error)) from error
