"""Model files on their way into the session: one's own from this disk, and those that others bring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from walkdown.messages import CancelModel, ModelTask, UploadTicket
from walkdown_client.address import Address
from walkdown_client.events import Event, Heard
from walkdown_client.link import Link
from walkdown_client.sending import Outgoing, Sending
from walkdown_client.ui.facts import BringTask
from walkdown_client.world import World

OVER = ("done", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of one's own file.

    Attributes:
        text: the report of the import, or why it failed; one sentence.
    """

    path: Path
    succeeded: bool
    text: str


class Bringing:
    """Sends files, follows what becomes of them, and lists what everybody brings in."""

    def __init__(self, address: Address, link: Link) -> None:
        self._address, self._link = address, link
        self._sendings: dict[str, tuple[Path, Sending]] = {}

    def send(self, outgoing: Outgoing) -> None:
        """Start to bring a file in."""
        sending = Sending(self._address, outgoing, offer=self._link.send)
        self._sendings[sending.model] = (outgoing.path, sending)

    def hear(self, event: Event) -> None:
        """Take what the server says about one's own files."""
        if isinstance(event, Heard) and isinstance(event.message, UploadTicket | ModelTask):
            for _path, sending in self._sendings.values():
                sending.hear(event.message)

    def cancel(self, model: str) -> None:
        """Stop bringing a model in."""
        if model in self._sendings:
            self._sendings[model][1].cancel()
        self._link.send(CancelModel(model))

    def take_ended(self) -> list[Ended]:
        """Return what became of one's own files since the last call, but for those that were cancelled."""
        ended = []
        for model, (path, sending) in tuple(self._sendings.items()):
            task = sending.task
            phase = task.phase if task is not None and task.phase in OVER else sending.phase
            if phase not in OVER:
                continue
            del self._sendings[model]
            text = task.text if task is not None and task.phase == phase else sending.text
            if phase != "cancelled":
                ended.append(Ended(path, phase == "done", text))
        return ended

    def tasks(self, world: World, closed: frozenset[str]) -> tuple[BringTask, ...]:
        """Return what is being brought in, and of one's own what failed, unless its message was closed.

        Args:
            closed: models whose failure is known.
        """
        told = [task for task in world.model_tasks.values() if task.phase not in ("done", "cancelled")]
        rows = [_row(task, world) for task in told if task.model not in self._local]
        failed = [row for row in rows if row.failed and row.mine and row.model not in closed]
        return (*self._own_rows(world), *(row for row in rows if not row.failed), *failed)

    def close(self) -> None:
        """Stop all that is being sent."""
        for _path, sending in self._sendings.values():
            sending.cancel()

    @property
    def _local(self) -> frozenset[str]:
        """Models of which this end still knows more than the server."""
        return frozenset(model for model, (_path, sending) in self._sendings.items() if not sending.over)

    def _own_rows(self, world: World) -> Sequence[BringTask]:
        me = world.people.get(world.me)
        name = me.name if me is not None else ""
        return [
            BringTask(model, path.name, sending.phase, sending.part, name, mine=True)
            for model, (path, sending) in self._sendings.items()
            if not sending.over
        ]


def _row(task: ModelTask, world: World) -> BringTask:
    author = world.people.get(task.author)
    return BringTask(
        task.model,
        task.file,
        task.phase,
        task.part,
        author.name if author is not None else "",
        mine=task.author == world.me,
        text=task.text,
    )
