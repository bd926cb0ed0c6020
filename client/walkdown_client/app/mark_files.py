"""Photos and files that people attach in the scene: chosen, sent to the store, and placed as a mark."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from walkdown.i18n import _
from walkdown.messages import Attached, Mark, MarkKind
from walkdown_client.address import Address
from walkdown_client.app.file_dialog import FileDialog, paths_in
from walkdown_client.app.models import Models
from walkdown_client.file_sending import FileSending, Offering
from walkdown_client.placements import point_in_model
from walkdown_client.tools.intents import Point
from walkdown_client.tools.mark_intents import AttachHere
from walkdown_client.tools.marking import PICTURE_MEDIA, Attaching
from walkdown_client.tools.view_state import ViewState
from walkdown_client.world import World

PICTURE_ENDINGS = (".png", ".jpg", ".jpeg")


class Doing(Protocol):
    """What this needs of :class:`Wishes`."""

    def say(self, title: str, text: str = "") -> None:
        """Show a message that goes away by itself."""

    def say_error(self, title: str, text: str, details: str = "") -> None:
        """Show what went wrong."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file will be: in the frame of ``model``."""

    point: Point
    thing: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class Ways:
    """How a file gets into the session: ``send`` begins to send it, ``put`` places its mark.

    Attributes:
        dialog: the platform's, for files.
    """

    send: Callable[[Offering], FileSending]
    put: Callable[[Mark], bool]
    dialog: FileDialog


class MarkFiles:
    """Attaches files at places."""

    def __init__(self, world: World, view: ViewState, models: Models, *, doing: Doing, ways: Ways) -> None:
        self._world, self._view, self._models, self._doing = world, view, models, doing
        self._send, self._put, self._dialog = ways.send, ways.put, ways.dialog
        self._asked: Place | None = None
        self._sendings: list[tuple[Place, FileSending]] = []

    def attach(self, intent: AttachHere) -> None:
        """Begin to attach a file, or ask for one; where there is no dialog, it is dropped or pasted."""
        place = self._place(intent)
        if place is None:
            self._doing.say(_("Point at a place, or select a thing, and attach the file again"))
        elif intent.path:
            self._begin(paths_in(intent.path), place)
        elif self._dialog.open(_("Attach a photo or file")):
            self._asked = place
        else:
            text = _("This platform has no dialog for files: paste the path into the panel Marks.")
            self._doing.say_error(_("No file was attached"), text)
            self._view.panel = "marks"

    def dropped(self, path: Path) -> bool:
        """Take a picture that was dropped on the window; tells whether it was one and has a place."""
        place = self._place(AttachHere()) if path.suffix.lower() in PICTURE_ENDINGS else None
        if place is None:
            return False
        self._begin([path], place)
        return True

    def step(self) -> None:
        """Take what was chosen, and place what is in the store; once a frame."""
        chosen = self._dialog.poll()
        if chosen and self._asked is not None:
            self._begin(chosen, self._asked)
        for place, sending in tuple(self._sendings):
            if sending.over:
                self._sendings.remove((place, sending))
                self._end(place, sending)
        self._view.marking.attaching = tuple(
            Attaching(sending.file, sending.name, sending.part) for _place, sending in self._sendings
        )

    def cancel(self, file: str) -> None:
        """Give a file up."""
        for _place, sending in self._sendings:
            if sending.file == file:
                sending.cancel()

    def close(self) -> None:
        """Stop all that is being sent."""
        for _place, sending in self._sendings:
            sending.cancel()

    def _place(self, intent: AttachHere) -> Place | None:
        """Return where a file goes: the place that is named, under the cursor, or on the selection."""
        view = self._view
        thing = intent.thing or view.hovered or view.selected
        if intent.point is not None:
            return self._in_model(intent.point, thing, intent.model)
        if view.hover_point is not None:
            return self._in_model(view.hover_point, view.hovered, view.hover_model)
        box = self._models.box_of(thing) if thing else None
        if box is None:
            return None
        x, y, _z = ((box[0] + box[1]) / 2).tolist()
        ids = self._models.ids_of(thing)
        package = self._models.package_at(int(ids[0])) if len(ids) else None
        return self._in_model((x, y, float(box[1][2])), thing, package.ref.model if package else "")

    def _in_model(self, point: Point, thing: str, model: str) -> Place:
        placed = point_in_model(self._world.placement(model), point) if model else point
        return Place(placed, thing, model)

    def _begin(self, paths: Iterable[Path], place: Place) -> None:
        if self._world.link_state != "live":
            text = _("The session cannot be reached now; try again when the connection is back.")
            self._doing.say_error(_("No file was attached"), text)
            return
        for path in paths:
            if not path.is_file():
                self._doing.say_error(
                    _("No file was attached"), _("There is no file {path}.").format(path=path)
                )
            else:
                self._sendings.append((place, self._send(Offering(path, path.name))))

    def _end(self, place: Place, sending: FileSending) -> None:
        if sending.attached is not None:
            me = self._world.people.get(self._world.me)
            self._put(mark_of_file(sending.attached, place, colour=me.colour if me is not None else 0))
        elif sending.phase == "failed":
            title = _("{file} was not attached").format(file=sending.name)
            self._doing.say_error(title, sending.text)


def mark_of_file(file: Attached, place: Place, *, colour: int = 0) -> Mark:
    """Return the mark of a photo or another file at a place."""
    kind: MarkKind = "photo" if file.media in PICTURE_MEDIA else "file"
    name = str(uuid.uuid4())
    return Mark(name, kind, place.point, thing=place.thing, model=place.model, colour=colour, file=file)


def blob_url(file: Attached, address: Address) -> str:
    """Return where a browser gets a file of the session's store."""
    scheme = "https" if address.secure else "http"
    return f"{scheme}://{address.netloc}{address.path}/blob/{file.sha256}"
