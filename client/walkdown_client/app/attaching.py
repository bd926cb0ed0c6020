"""Files of this computer that people attach to topics: chosen, sent to the store, and named by the topic."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from walkdown.i18n import _
from walkdown.messages import Document
from walkdown_client.app.file_dialog import FileDialog, paths_in
from walkdown_client.file_sending import FileSending, Offering
from walkdown_client.tools.topic_intents import AttachFile, ChangeTopic
from walkdown_client.tools.topic_state import TopicsTask
from walkdown_client.world import World

DOCUMENTS_MAX = 100


class Doing(Protocol):
    """What this needs of :class:`Wishes`."""

    def say_error(self, title: str, text: str, details: str = "") -> None:
        """Show what went wrong."""


@dataclass(frozen=True, slots=True)
class _Attaching:
    topic: str
    sending: FileSending


class Attaching:
    """Attaches files to topics.

    Args:
        send: begins to send a file. change: carries out the wish to change a topic.
        shown: whether there is a screen for the platform's dialog.
    """

    def __init__(
        self,
        world: World,
        *,
        doing: Doing,
        send: Callable[[Offering], FileSending],
        change: Callable[[ChangeTopic], object],
        shown: bool,
    ) -> None:
        self._world, self._doing, self._send, self._change = world, doing, send, change
        self._dialog = FileDialog(shown=shown)
        self._topic = ""
        self._sendings: list[_Attaching] = []

    def attach(self, intent: AttachFile) -> None:
        """Begin to attach a file, or ask for one; where there is no dialog, a path has to be typed."""
        self._topic = intent.topic
        if intent.path:
            self._begin(paths_in(intent.path))
        elif not self._dialog.open(_("Attach a file")):
            text = _("This platform has no dialog for files: paste the path into the field.")
            self._doing.say_error(_("No file was attached"), text)

    def step(self) -> None:
        """Take what was chosen, and name what is in the store; once a frame."""
        self._begin(self._dialog.poll())
        for one in tuple(self._sendings):
            if one.sending.over:
                self._sendings.remove(one)
                self._end(one)

    def tasks(self) -> tuple[TopicsTask, ...]:
        """Return the files that are on their way."""
        return tuple(
            TopicsTask(one.sending.file, one.sending.name, one.sending.phase, one.sending.part)
            for one in self._sendings
        )

    def cancel(self, file: str) -> None:
        """Give a file up."""
        for one in self._sendings:
            if one.sending.file == file:
                one.sending.cancel()

    def close(self) -> None:
        """Stop all that is being sent."""
        for one in self._sendings:
            one.sending.cancel()

    def _begin(self, paths: list[Path]) -> None:
        for path in paths:
            if not path.is_file():
                text = _("There is no file {path}.").format(path=path)
                self._doing.say_error(_("No file was attached"), text)
            else:
                self._sendings.append(_Attaching(self._topic, self._send(Offering(path, path.name))))

    def _end(self, one: _Attaching) -> None:
        topic, file = self._world.review.topics.get(one.topic), one.sending.attached
        if file is not None and topic is not None:
            documents = (*topic.documents, Document(str(uuid.uuid4()), file=file))[:DOCUMENTS_MAX]
            self._change(ChangeTopic(topic.topic, (("documents", documents),)))
        elif one.sending.phase == "failed":
            title = _("{file} was not attached").format(file=one.sending.name)
            self._doing.say_error(title, one.sending.text)
