"""What a guest can do with models: bring them into the session, move them, and take them out."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from walkdown.errors import Missing, Refused
from walkdown.i18n import _
from walkdown.messages import (
    CancelModel,
    ImportOptions,
    ModelState,
    ModelTask,
    OfferModel,
    Placement,
    PlaceModel,
    RemoveModel,
    UploadTicket,
)
from walkdown_client.address import Address
from walkdown_client.bundling import check_there
from walkdown_client.conversation import Conversation
from walkdown_client.events import Event, Heard, Joined, Recorded
from walkdown_client.guest_base import GuestBase
from walkdown_client.sending import AS_THE_FILE_SAYS, Outgoing, Sending

LOST_SECS = 10.0
"""A server that has come back and says nothing of a model for so long has forgotten it."""

PHASES = ("collect", "offer", "upload", "read", "write")
Progress = Callable[[str, float], None]
"""Told the phase, one of ``PHASES``, and from 0 to 1 how far it is."""


@dataclass(frozen=True, slots=True)
class SentModel:
    """A model that has been brought into the session.

    Attributes:
        model: its id, which its revisions share.
        elements: how many parts it has.
        report: what the import says: what was assumed, left out and why.
        missing: what the file names and nobody found.
    """

    model: str
    name: str
    revision: int
    elements: int
    placement: Placement
    report: str = ""
    missing: tuple[str, ...] = ()


class WithModels(GuestBase):
    """The part of a :class:`walkdown_client.guest.Guest` that is about models."""

    _address: Address
    _conversation: Conversation
    _changed: asyncio.Event

    def __init__(self) -> None:
        super().__init__()
        self._sendings: dict[str, Sending] = {}
        self._brought: dict[str, ModelState] = {}
        self._joined_at = -math.inf

    async def send_model(
        self,
        path: str | Path,
        *,
        options: ImportOptions = AS_THE_FILE_SAYS,
        placement: Placement | None = None,
        model: str = "",
        on_progress: Progress | None = None,
    ) -> SentModel:
        """Bring a model file into the session and wait until everybody can see it.

        A file that names others (glTF, OBJ, COLLADA, SDF, scene files) is sent together with them. Cancelling
        the call stops the import.

        Args:
            path: the file, a package, or a simulator's model folder.
            options: what overrides the file's own unit, axis, scale and coordinates.
            placement: where it is put, see :func:`walkdown_client.placements.placed`; without one, where its
                coordinates say, or where its older revision stands.
            model: id of the model whose next revision it is, "" for a new one.

        Raises:
            Refused: the server said no, or the file cannot be read; says why. Missing: it does not answer.
            BadInput: there is no such file.
        """
        progress = on_progress or (lambda _phase, _part: None)
        loop = asyncio.get_running_loop()
        check_there(Path(path))

        def offer(message: OfferModel) -> None:
            loop.call_soon_threadsafe(self._conversation.send, message)

        def changed() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: the guest has left
                loop.call_soon_threadsafe(self._changed.set)

        outgoing = Outgoing(Path(path), model, options, placement)
        sending = Sending(self._address, outgoing, offer=offer, on_change=changed)
        self._sendings[sending.model] = sending
        self._brought.pop(sending.model, None)
        try:
            return await self._brought_in(sending, progress)
        except asyncio.CancelledError:
            self.cancel_model(sending.model)
            raise
        finally:
            sending.cancel()
            await asyncio.to_thread(sending.join)
            self._sendings.pop(sending.model, None)

    def cancel_model(self, model: str) -> None:
        """Stop bringing a model in."""
        if model in self._sendings:
            self._sendings[model].cancel()
        self._conversation.send(CancelModel(model))

    async def place_model(self, model: str, placement: Placement) -> None:
        """Put a model somewhere else; what is pinned to it moves along."""
        await self._operate(PlaceModel(0, model, placement, self.world.last_record))
        await self.wait_for(lambda: model not in self.models or self.models[model].placement == placement)

    async def remove_model(self, model: str) -> None:
        """Take a model out of the session."""
        await self._operate(RemoveModel(0, model, self.world.last_record))
        await self.wait_for(lambda: model not in self.models)

    async def _brought_in(self, sending: Sending, progress: Progress) -> SentModel:
        """Return what became of a file, as soon as it is known."""
        began, told = time.monotonic(), ("", -1.0)
        while True:
            task = sending.task
            now = (task.phase, task.part) if sending.over and task else (sending.phase, sending.part)
            if now != told and now[0] in PHASES:
                told = now
                progress(*told)
            self._raise_if_stopped(sending, began)
            if (found := self._found(sending)) is not None:
                return found
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._next_change()

    def _raise_if_stopped(self, sending: Sending, began: float) -> None:
        task = sending.task
        stopped = next((end for end in (task, sending) if end and end.phase in ("failed", "cancelled")), None)
        if stopped is not None:
            text = stopped.text or _("{name} was cancelled").format(name=sending.name)
            raise Refused(stopped.phase, text)
        if self.world.link_state in ("closed", "refused"):
            raise Missing(self.world.link_text or _("the connection to the server has ended"))
        back = self._joined_at if self._joined_at > began else math.inf
        if sending.phase == "sent" and task is None and time.monotonic() - back > LOST_SECS:
            raise Missing(
                _("the server was started again and has forgotten {name}; send it again").format(
                    name=sending.name
                )
            )

    def _found(self, sending: Sending) -> SentModel | None:
        """Return what came of a file, None while it is on its way."""
        task, state = sending.task, self._brought.get(sending.model)
        ref = self.models.get(sending.model)
        if state is None or ref is None or ref.id != state.package or (task and task.phase != "done"):
            return None
        report = task.text if task else ""
        return SentModel(
            state.model, state.name, state.revision, ref.count, ref.placement, report, sending.missing
        )

    def _take_model_news(self, event: Event) -> None:
        if isinstance(event, Heard) and isinstance(event.message, UploadTicket | ModelTask):
            for sending in self._sendings.values():
                sending.hear(event.message)
        elif isinstance(event, Recorded) and event.record.kind == "model":
            state = msgspec.convert(event.record.body, ModelState)
            self._brought[state.model] = state
        elif isinstance(event, Joined):
            self._joined_at = time.monotonic()
            for sending in self._sendings.values():
                sending.task = None
