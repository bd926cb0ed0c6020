"""Files of topics on their way into the session: BCF files and packs, from the disk to the merge view."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from walkdown.errors import BadInput
from walkdown.i18n import _
from walkdown_client.app.file_dialog import FileDialog, paths_in
from walkdown_client.file_sending import FileSending, Offering
from walkdown_client.tools.topic_intents import BringTopics
from walkdown_client.tools.topic_state import OpenMerge, TopicsTask
from walkdown_client.tools.view_state import ViewState

BCF_ENDINGS = (".bcf", ".bcfzip")
PACK_MARK = "session.json"
NAMES_LOOKED_AT = 20_000
DAMAGED = (OSError, zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OverflowError)


class Doing(Protocol):
    """What this needs of :class:`Wishes`."""

    def say(self, title: str, text: str = "") -> None:
        """Show a message that goes away by itself."""

    def say_error(self, title: str, text: str, details: str = "") -> None:
        """Show what went wrong."""


Send = Callable[[Offering], FileSending]


class BringingTopics:
    """Sends files of topics and follows what becomes of them.

    Args:
        send: begins to send a file. shown: whether there is a screen for the platform's dialog.
    """

    def __init__(self, view: ViewState, *, doing: Doing, send: Send, shown: bool = False) -> None:
        self._view, self._doing, self._send = view, doing, send
        self._dialog = FileDialog(shown=shown)
        self._sendings: dict[str, FileSending] = {}

    def choose(self, intent: BringTopics) -> None:
        """Bring in the file that is named, else ask for one; where there is no dialog, a path is typed."""
        if not intent.path and self._dialog.open(_("Bring in topics")):
            return
        paths = paths_in(intent.path)
        missing = next((path for path in paths if not path.is_file()), None)
        if not paths:
            self._view.panel = "merge"
        elif missing is not None:
            text = _("There is no file {path}.").format(path=missing)
            self._doing.say_error(_("No topics were brought in"), text)
        else:
            for path in paths:
                self.bring(path)

    def bring(self, path: Path) -> None:
        """Begin to bring a file in; its merge view opens when the server has read it."""
        sending = self._send(Offering(path, path.name, "topics"))
        self._sendings[sending.file] = sending
        self._view.panel = "merge"

    def merge(self) -> None:
        """Take the topics of the file whose merge view is open, but not those that were left out."""
        sending = self._sendings.get(self._view.topics.merging)
        if sending is None or sending.merging:
            return
        try:
            sending.merge(tuple(sorted(self._view.topics.left_out)))
        except BadInput as error:
            self._doing.say_error(_("The topics were not taken"), str(error))

    def cancel(self, file: str) -> None:
        """Give a file up."""
        sending = self._sendings.pop(file, None)
        if sending is not None:
            sending.cancel()
            self._close_view(file)

    def step(self) -> None:
        """Open the merge view of a file that has been read, and say what became of those that are over."""
        for path in self._dialog.poll():
            self.bring(path)
        desk = self._view.topics
        for file, sending in tuple(self._sendings.items()):
            if sending.over:
                del self._sendings[file]
                self._end(sending)
                self._close_view(file)
            elif sending.phase == "merge" and sending.plan is not None and not desk.merging:
                desk.merging, desk.left_out = file, frozenset()
                self._view.panel = "merge"

    def _end(self, sending: FileSending) -> None:
        if sending.phase == "done":
            self._doing.say(_("The topics of {file} are here").format(file=sending.name), sending.text)
        elif sending.phase == "failed":
            self._doing.say_error(_("{file} was not taken").format(file=sending.name), sending.text)

    def _close_view(self, file: str) -> None:
        view = self._view
        if view.topics.merging == file:
            view.topics.merging, view.topics.left_out = "", frozenset()
        if view.panel == "merge" and not self._sendings:
            view.panel = "topics"

    def tasks(self) -> tuple[TopicsTask, ...]:
        """Return the files that are on their way."""
        return tuple(
            TopicsTask(file, sending.name, sending.phase, sending.part, sending.text)
            for file, sending in self._sendings.items()
            if sending.phase != "merge" or sending.merging
        )

    def open_merge(self) -> OpenMerge | None:
        """Return the file whose merge view is open."""
        sending = self._sendings.get(self._view.topics.merging)
        if sending is None or sending.plan is None or sending.merging:
            return None
        return OpenMerge(sending.file, sending.plan)

    def close(self) -> None:
        """Stop all that is being sent."""
        for sending in self._sendings.values():
            sending.cancel()


def holds_topics(path: Path) -> bool:
    """Tell whether a file is one of topics: by its ending, a zip by what is in it."""
    if path.suffix.casefold() in BCF_ENDINGS:
        return True
    if path.suffix.casefold() != ".zip":
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()[:NAMES_LOOKED_AT]
    except DAMAGED:
        return False
    within = ("/markup.bcf", f"/{PACK_MARK}")
    return any(name in ("bcf.version", PACK_MARK) or name.endswith(within) for name in names)
