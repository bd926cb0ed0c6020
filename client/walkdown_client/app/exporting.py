"""Files of the review taken out: made by the server, fetched, and saved where the person chooses."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from walkdown import messages
from walkdown.i18n import _
from walkdown.messages import AskExport, Blob, Exported
from walkdown_client.app.save_dialog import SaveDialog, downloads, free_path
from walkdown_client.app.store_files import StoreFiles
from walkdown_client.tools.intents import CopyText
from walkdown_client.tools.topic_intents import SaveAttached, TakeOut
from walkdown_client.tools.view_state import Offer
from walkdown_client.world import World

log = logging.getLogger(__name__)

NOTES_MAX = 6
ENDINGS = {"bcf-2.1": ".bcf", "bcf-3.0": ".bcf", "html": ".html", "pdf": ".pdf", "pack": ".zip"}


class Doing(Protocol):
    """What this needs of :class:`Wishes`."""

    def send(self, operation: messages.ClientMessage) -> bool:
        """Send to the server; tell whether that could be done."""

    def say(self, title: str, text: str = "", *, offer: Offer | None = None, stays: bool = False) -> None:
        """Show a message."""

    def say_error(self, title: str, text: str, details: str = "") -> None:
        """Show what went wrong."""


@dataclass(slots=True)
class _Saving:
    """A file that is to be saved: where, once that was chosen, and what, once it is known."""

    dialog: SaveDialog
    name: str
    blob: Blob | None = None
    notes: tuple[str, ...] = ()


class Exporting:
    """Takes files out, one wish after another.

    Args:
        files: from where they come. shown: whether there is a screen for the platform's dialog.

    Attributes:
        waiting: name of what is being made or fetched, "" for nothing.
    """

    def __init__(self, world: World, *, doing: Doing, files: StoreFiles, shown: bool) -> None:
        self._world, self._doing, self._files, self._shown = world, doing, files, shown
        self._asked: dict[int, tuple[AskExport, _Saving]] = {}
        self._ready: list[_Saving] = []
        self._asks = 0

    @property
    def waiting(self) -> str:
        """The name of a file that is on its way, "" for none."""
        waiting = [saving.name for _question, saving in self._asked.values()]
        waiting += [saving.name for saving in self._ready]
        return waiting[0] if waiting else ""

    def take_out(self, intent: TakeOut) -> None:
        """Have a file made, and ask meanwhile where to save it."""
        if self._world.link_state != "live":
            text = _("The session cannot be reached now; try again when the connection is back.")
            self._doing.say_error(_("The file could not be made"), text)
            return
        welcome = self._world.welcome
        name = (welcome.session if welcome is not None else "walkdown") + ENDINGS[intent.format]
        self._asks += 1
        question = AskExport(self._asks, intent.format, intent.topics, intent.language)
        if self._doing.send(question):
            dialog = SaveDialog(_("Save the file"), name, shown=self._shown)
            self._asked[self._asks] = (question, _Saving(dialog, name))

    def save(self, intent: SaveAttached) -> None:
        """Save a file that is in the store."""
        dialog = SaveDialog(_("Save the file"), intent.name, shown=self._shown)
        self._ready.append(_Saving(dialog, intent.name, Blob(intent.sha256, intent.size)))

    def hear(self, told: Exported) -> None:
        """Take what became of a file."""
        _question, saving = self._asked.pop(told.ask, (None, None))
        if saving is None:
            return
        if told.blob is None:
            self._doing.say_error(_("The file could not be made"), told.text, "\n".join(told.notes))
            return
        saving.blob, saving.notes, saving.name = told.blob, told.notes, told.name or saving.name
        self._ready.append(saving)

    def forget(self) -> None:
        """Wait no longer for anything; what is made all the same is thrown away."""
        self._asked.clear()
        self._ready.clear()

    def rejoined(self) -> None:
        """Ask again for what was asked before the connection broke."""
        for question, _saving in self._asked.values():
            self._doing.send(question)

    def step(self) -> None:
        """Save what has come and has a place; once a frame."""
        for saving in tuple(self._ready):
            data = self._files.get(saving.blob.sha256, saving.blob.size) if saving.blob is not None else None
            if data is None or saving.dialog.answer == "waits":
                continue
            self._ready.remove(saving)
            if isinstance(data, str):
                self._doing.say_error(_("{name} could not be fetched").format(name=saving.name), data)
            elif saving.dialog.answer != "cancelled":
                self._write(saving, data)

    def _write(self, saving: _Saving, data: bytes) -> None:
        chosen = saving.dialog.answer
        path = chosen if isinstance(chosen, Path) else free_path(downloads(), saving.name)
        if not path.suffix:
            path = path.with_suffix(Path(saving.name).suffix)
        try:
            path.write_bytes(data)
        except OSError as error:
            title = _("{name} could not be saved").format(name=saving.name)
            self._doing.say_error(title, f"{path}: {error.strerror}")
            return
        offer = Offer(_("Copy the path"), CopyText(str(path)))
        text = "\n".join((str(path), *_short(saving.notes)))
        self._doing.say(
            _("{name} is saved").format(name=path.name), text, offer=offer, stays=bool(saving.notes)
        )


def _short(notes: tuple[str, ...]) -> tuple[str, ...]:
    """Return what was left out of a file, or the beginning of that and how much more it is."""
    more = len(notes) - NOTES_MAX
    return (*notes[:NOTES_MAX], _("and {count} more").format(count=more)) if more > 0 else notes
