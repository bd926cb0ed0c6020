"""What a guest can do with files of a review: attach them, merge topics of elsewhere, and take files out.

::

    photo = await guest.attach(Path("valve.jpg"))           # for a mark, a topic's document or a snapshot
    plan = await guest.plan_topics("coordination.bcf")      # what would change; nothing has yet
    print(await guest.bring_topics("coordination.bcf"))     # "12 new, 3 changed, 240 the same."
    name, data = await guest.export("bcf-3.0")
"""

from __future__ import annotations

import abc
import asyncio
import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

from walkdown.errors import BadInput, Missing, Refused
from walkdown.i18n import _
from walkdown.messages import (
    AskExport,
    Attached,
    Blob,
    Exported,
    ExportFormat,
    FilePurpose,
    FileTask,
)
from walkdown.review import MergePlan
from walkdown_client.address import Address
from walkdown_client.blobs import BLOB_SIZE_MAX
from walkdown_client.conversation import Conversation
from walkdown_client.events import Event, Heard, Joined
from walkdown_client.file_sending import FileSending, Offering, Said
from walkdown_client.guest_base import GuestBase

AT_ONCE = 4
"""So many files are sent at a time, the others wait: a server takes a few more from each person."""

NAMED_MAX = 1500
"""More topics cannot be named in one message."""

EXPORT_SECS = 300.0
"""For so long the server may work on a file that is asked for."""


class GuestFiles(GuestBase):
    """The part of a :class:`walkdown_client.guest.Guest` that is about files of the review."""

    _address: Address
    _conversation: Conversation
    _changed: asyncio.Event

    def __init__(self) -> None:
        super().__init__()
        self._file_sendings: dict[str, FileSending] = {}
        self._exports: dict[int, tuple[AskExport, asyncio.Future[Exported]]] = {}
        self._last_export = 0
        self._file_turns = asyncio.Semaphore(AT_ONCE)

    async def attach(self, data: bytes | Path, *, name: str = "") -> Attached:
        """Bring a photo or file into the session's store, and return what marks and topics refer to it by.

        Args:
            data: its bytes, or where it lies. name: what people see; without one, that of the file.

        Raises:
            Refused: the server said no; says why. Missing: it does not answer. BadInput: the file is empty.
        """
        sending = await self._send_file(Offering(data, name))
        assert sending.attached is not None  # noqa: S101 -- what is done has been kept
        return sending.attached

    async def plan_topics(self, data: bytes | str | Path, *, name: str = "") -> MergePlan:
        """Return what the topics of a BCF file or a zipped session pack would change; nothing is changed.

        Raises:
            Refused, Missing, BadInput: as for :meth:`attach`, or the file cannot be read.
        """
        sending = await self._send_file(
            _topics_in(data, name), until=lambda sending: sending.plan is not None
        )
        sending.cancel()
        assert sending.plan is not None  # noqa: S101 -- that is what was waited for
        return sending.plan

    async def bring_topics(
        self,
        data: bytes | str | Path,
        *,
        name: str = "",
        leave_out: Sequence[str] = (),
        on_plan: Callable[[MergePlan], Sequence[str]] | None = None,
    ) -> str:
        """Merge the topics of a BCF file or a zipped session pack; returns in a sentence what came of it.

        Args:
            leave_out: ids of topics that stay as they are here.
            on_plan: is shown the plan first, and returns the ids of more topics to leave out.

        Raises:
            Refused, Missing, BadInput: as for :meth:`attach`, or the file cannot be read.
        """

        def decide(sending: FileSending) -> bool:
            if sending.plan is not None and not sending.merging:
                sending.merge((*leave_out, *(on_plan(sending.plan) if on_plan is not None else ())))
            return sending.over

        return (await self._send_file(_topics_in(data, name), until=decide)).text

    async def export(
        self, file_format: ExportFormat, *, topics: Sequence[str] = (), language: str = "en"
    ) -> tuple[str, bytes]:
        """Return a file of the review: its name, and its bytes.

        Args:
            file_format: ``bcf-2.1``, ``bcf-3.0``, ``html``, ``pdf`` or ``pack``, a zip.
            topics: ids, all when empty. language: of a report, ``en``, ``zh_CN`` or ``de``.

        Raises:
            Refused: the server cannot make it; says why. Missing: it does not answer.
            BadInput: too many topics are named, or the file is too large to be fetched.
        """
        told = await self.ask_export(file_format, topics=topics, language=language)
        assert told.blob is not None  # noqa: S101 -- else it is refused
        return told.name, await self._fetch(told.blob)

    async def ask_export(
        self, file_format: ExportFormat, *, topics: Sequence[str] = (), language: str = "en"
    ) -> Exported:
        """Have a file of the review made, and return what the server says of it, with ``notes`` and blob."""
        if len(topics) > NAMED_MAX:
            text = _("at most {most} topics can be named, not {count}: name none to get all")
            raise BadInput(text.format(most=NAMED_MAX, count=len(topics)))
        number = self._last_export = self._last_export + 1
        question = AskExport(number, file_format, tuple(topics), language)
        future: asyncio.Future[Exported] = asyncio.get_running_loop().create_future()
        self._exports[number] = (question, future)
        self._conversation.send(question)
        try:
            async with asyncio.timeout(EXPORT_SECS):
                told = await future
        except TimeoutError:
            raise Missing(_("the server does not answer; ask for the file again")) from None
        finally:
            del self._exports[number]
        if told.blob is None:
            raise Refused("export", told.text)
        if told.blob.size > BLOB_SIZE_MAX:
            text = _("{name} has {size} bytes, at most {limit} are fetched: take fewer topics")
            raise BadInput(text.format(name=told.name, size=told.blob.size, limit=BLOB_SIZE_MAX))
        return told

    # ---- inside -----------------------------------------------------------------------------------------

    async def _send_file(
        self, offering: Offering, *, until: Callable[[FileSending], bool] = lambda sending: sending.over
    ) -> FileSending:
        """Send a file until that holds, or it has failed; cancelling the call stops it."""
        async with self._file_turns:
            return await self._sent(offering, until)

    async def _sent(self, offering: Offering, until: Callable[[FileSending], bool]) -> FileSending:
        loop = asyncio.get_running_loop()

        def say(message: Said) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: the guest has left
                loop.call_soon_threadsafe(self._conversation.send, message)

        def changed() -> None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._changed.set)

        sending = FileSending(self._address, offering, say=say, on_change=changed)
        self._file_sendings[sending.file] = sending
        try:
            while not (until(sending) or sending.over):
                await self._next_change()
                if self.world.link_state in ("closed", "refused"):
                    raise Missing(self.world.link_text or _("the connection to the server has ended"))
            if sending.phase in ("failed", "cancelled"):
                raise Refused(sending.phase, sending.text)
            return sending
        except BaseException:
            sending.cancel()
            raise
        finally:
            del self._file_sendings[sending.file]

    @abc.abstractmethod
    async def _fetch(self, blob: Blob) -> bytes:
        """Return the checked bytes of a blob."""

    def _take_file_news(self, event: Event) -> None:
        """Take what the server says about files; called with every event."""
        if isinstance(event, Joined):
            for sending in self._file_sendings.values():
                sending.rejoined()
            for question, _future in self._exports.values():
                self._conversation.send(question)
        elif isinstance(event, Heard) and isinstance(event.message, FileTask):
            if (found := self._file_sendings.get(event.message.file)) is not None:
                found.hear(event.message)
        elif isinstance(event, Heard) and isinstance(event.message, Exported):
            asked = self._exports.get(event.message.ask)
            if asked is not None and not asked[1].done():
                asked[1].set_result(event.message)


def _topics_in(data: bytes | str | Path, name: str) -> Offering:
    purpose: FilePurpose = "topics"
    return Offering(Path(data) if isinstance(data, str) else data, name, purpose)
