"""One model file on its way into a session: collected, hashed, offered, uploaded, in a thread of its own.

The owner carries the offer to the server and hands back the ticket; what the server does with the file
afterwards comes to the world as the model's task.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from walkdown.errors import Missing, WalkdownError
from walkdown.i18n import _
from walkdown.messages import ImportOptions, ModelTask, OfferModel, Placement, UploadTicket
from walkdown_client.address import Address
from walkdown_client.blobs import Cancelled
from walkdown_client.bundling import Bundle, make_bundle
from walkdown_client.uploads import put_file

log = logging.getLogger(__name__)

TICKET_SECS = 30.0
JOIN_SECS = 5.0
HASH_BYTES = 1 << 20

AS_THE_FILE_SAYS = ImportOptions()

SendingPhase = Literal["collect", "offer", "upload", "sent", "failed", "cancelled"]
OVER: tuple[SendingPhase, ...] = ("sent", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What is to be sent.

    Attributes:
        path: the model file. model: id of the model whose next revision it is, "" for a new one.
        options, placement: as in :class:`walkdown.messages.OfferModel`.
    """

    path: Path
    model: str = ""
    options: ImportOptions = AS_THE_FILE_SAYS
    placement: Placement | None = None


class Sending:
    """Sends one file; read its attributes at any time.

    Args:
        offer: carries the offer to the server; called in the sending thread.
        on_change: called in the sending thread after every change of phase or progress.

    Attributes:
        model: id of the model that the file becomes.
        phase: how far it is; ``part`` from 0 to 1 in this phase.
        text: why it failed, one sentence.
        missing: what the file names and nobody finds.
        task: what the server said last of what becomes of the file, None for nothing.
    """

    def __init__(
        self,
        address: Address,
        outgoing: Outgoing,
        *,
        offer: Callable[[OfferModel], object],
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._address, self._outgoing = address, outgoing
        self._offer, self._on_change = offer, on_change
        self.model = outgoing.model or str(uuid.uuid4())
        self.name = outgoing.path.name
        self.phase: SendingPhase = "collect"
        self.part = 0.0
        self.text = ""
        self.missing: tuple[str, ...] = ()
        self.task: ModelTask | None = None
        self._size = self._done = 0
        self._cancel, self._answered = threading.Event(), threading.Event()
        self._ticket: UploadTicket | None = None
        self._refusal = ""
        self._thread = threading.Thread(target=self._run, name="walkdown-sending", daemon=True)
        self._thread.start()

    @property
    def over(self) -> bool:
        """Whether this end has nothing more to do."""
        return self.phase in OVER

    def hear(self, message: UploadTicket | ModelTask) -> None:
        """Take what the server says about this model; other models are passed over."""
        if message.model != self.model:
            return
        if isinstance(message, UploadTicket):
            self._ticket = message
            self._answered.set()
            return
        self.task = message
        if message.phase in ("failed", "cancelled"):
            self._refusal = message.text
            self._cancel.set()
            self._answered.set()
        elif message.phase != "upload":
            self._answered.set()

    def cancel(self) -> None:
        """Stop; the owner tells the server."""
        self._cancel.set()
        self._answered.set()

    def join(self) -> None:
        """Wait until the thread has ended, some seconds at most."""
        self._thread.join(JOIN_SECS)

    def _run(self) -> None:
        bundle: Bundle | None = None
        try:
            bundle = make_bundle(self._outgoing.path, on_bytes=self._check_wanted)
            self.missing = tuple(bundle.missing)
            self._send(bundle)
            self._become("sent")
        except Cancelled:
            self._become("failed" if self._refusal else "cancelled", self._refusal)
        except (WalkdownError, OSError) as error:
            self._become("failed", self._refusal or str(error))
        except Exception:
            log.exception("sending %s has failed", self._outgoing.path)
            self._become("failed", _("{name} could not be sent").format(name=self.name))
        finally:
            if bundle is not None:
                bundle.close()

    def _send(self, bundle: Bundle) -> None:
        self._size = bundle.source.stat().st_size
        sha256 = self._hash(bundle.source)
        self._become("offer")
        self._offer(
            OfferModel(
                self.model,
                bundle.name,
                self._size,
                sha256,
                main=bundle.main,
                options=self._outgoing.options,
                placement=self._outgoing.placement,
            )
        )
        path = self._await_ticket()
        if path is None:
            return
        self._become("upload")
        self._done = 0
        put_file(self._address, path, bundle.source, cancel=self._cancel, on_bytes=self._count)

    def _await_ticket(self) -> str | None:
        """Return where to upload to, None when the server goes on without the bytes."""
        if not self._answered.wait(TICKET_SECS):
            raise Missing(
                _("{where} does not answer the offer of {name}").format(
                    where=self._address.name, name=self.name
                )
            )
        self._check_wanted(0)
        return self._ticket.path if self._ticket else None

    def _hash(self, source: Path) -> str:
        found = hashlib.sha256()
        with source.open("rb") as file:
            while piece := file.read(HASH_BYTES):
                self._check_wanted(len(piece))
                found.update(piece)
                self._count(len(piece))
        return found.hexdigest()

    def _check_wanted(self, _count: int) -> None:
        if self._cancel.is_set():
            raise Cancelled(_("sending was cancelled"))

    def _count(self, count: int) -> None:
        self._done += count
        self.part = min(self._done / self._size, 1.0) if self._size else 1.0
        self._on_change()

    def _become(self, phase: SendingPhase, text: str = "") -> None:
        self.phase, self.part, self.text = phase, 0.0, text
        self._on_change()
