"""Carries out what a person wishes of models: bring in, move, replace, take out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from walkdown import messages
from walkdown.errors import BadInput
from walkdown.i18n import _
from walkdown.model_options import read_options
from walkdown_client.app.bringing import Bringing
from walkdown_client.app.bringing_topics import holds_topics
from walkdown_client.app.file_dialog import FileDialog, paths_in
from walkdown_client.app.models import Box, Models
from walkdown_client.input.x11_drop import FileDrop
from walkdown_client.placements import placed
from walkdown_client.sending import Outgoing
from walkdown_client.tools import intents as wish
from walkdown_client.tools.gizmo import Moving
from walkdown_client.tools.view_state import ViewState
from walkdown_client.world import World


class Doing(Protocol):
    """What these wishes need of the rest: flying, sending, saying."""

    def looked_at(self) -> wish.Point:
        """Return where a new thing is put: what the cursor means, else the level before the person."""

    def fly_to(self, box: Box | None) -> None:
        """Fly to where a box fills the picture."""

    def send(self, operation: messages.ClientMessage) -> bool:
        """Send to the server; tell whether that could be done."""

    def say(self, title: str, text: str = "", *, person: int | None = None) -> None:
        """Show a message that goes away by itself."""

    def say_error(self, title: str, text: str, details: str = "") -> None:
        """Show what went wrong."""


@dataclass(frozen=True, slots=True)
class Hands:
    """The ways by which files come from other programs."""

    dialog: FileDialog
    drop: FileDrop


class ModelWishes:
    """Rules by the class of the wish, for :meth:`Wishes.add`.

    Attributes:
        bring_topics: takes a BCF file or a session pack instead, None where nobody does.
        attach: takes a picture instead, and tells whether it was one; None where nobody does.
    """

    def __init__(
        self, world: World, view: ViewState, models: Models, *, bringing: Bringing, hands: Hands
    ) -> None:
        self._world, self._view, self._models = world, view, models
        self._bringing, self._dialog, self._drop = bringing, hands.dialog, hands.drop
        self._replaces = ""
        self.bring_topics: Callable[[Path], object] | None = None
        self.attach: Callable[[Path], bool] | None = None

    def rules(self, doing: Doing) -> Mapping[type[wish.Intent], Callable[[Any], object]]:
        """Return what is done about each wish."""
        self._doing = doing
        return {
            wish.ChooseModel: self._choose,
            wish.BringModel: self._bring,
            wish.CancelModel: lambda i: self._bringing.cancel(i.model),
            wish.FrameModel: lambda i: doing.fly_to(self._models.box_of_model(i.model)),
            wish.MoveModel: self._move,
            wish.PlaceMoved: self._place_moved,
            wish.RemoveModel: self._remove,
        }

    def look(self) -> None:
        """Take what was chosen or dropped, and say what became of one's own files; once a frame."""
        for path in self._dialog.poll():
            self._view.bring.replaces = self._replaces
            self._bring(wish.BringModel(str(path)))
        for dropped in self._drop.poll():
            self._bring(wish.BringModel(dropped))
        for ended in self._bringing.take_ended():
            if ended.succeeded:
                self._doing.say(_("{file} is in the session").format(file=ended.path.name), ended.text)
            else:
                self._failed(ended.path, ended.text)
        here = {ref.model for ref in self._world.packages}
        if self._view.moving is not None and self._view.moving.model not in here:
            self._view.moving = None

    def _failed(self, path: Path, text: str) -> None:
        """Say why a file could not be brought in, and keep it in the form for another try."""
        self._doing.say_error(_("{file} was not brought in").format(file=path.name), text)
        self._view.bring.path, self._view.bring.error = str(path), text
        self._view.panel = "models"

    def _choose(self, intent: wish.ChooseModel) -> None:
        self._replaces = intent.replaces
        if not self._dialog.open(_("Bring in a model")):
            self._view.panel, self._view.bring.replaces = "models", intent.replaces

    def _bring(self, intent: wish.BringModel) -> None:
        form = self._view.bring
        try:
            outgoing = self._outgoing(intent.path or form.path)
        except BadInput as error:
            form.error, self._view.panel = str(error), "models"
            return
        if self._world.link_state != "live":
            form.error = _("The session cannot be reached now; try again when the connection is back.")
            return
        for one in outgoing:
            if self.bring_topics is not None and holds_topics(one.path):
                self.bring_topics(one.path)
            elif self.attach is None or not self.attach(one.path):
                self._bringing.send(one)
        form.path = form.replaces = form.error = ""

    def _outgoing(self, text: str) -> list[Outgoing]:
        form = self._view.bring
        paths = paths_in(text)
        if not paths:
            raise BadInput(_("expected the path of a model file"))
        missing = next((path for path in paths if not path.exists()), None)
        if missing is not None:
            raise BadInput(_("there is no file {path}").format(path=missing))
        try:
            scale = float(form.scale or 1.0)
        except ValueError:
            raise BadInput(
                _("expected a number as the scale, got {text!r}").format(text=form.scale)
            ) from None
        options = read_options(unit=form.unit, up=form.up, scale=scale, crs=form.crs)
        return [self._one(path, options) for path in paths]

    def _one(self, path: Path, options: messages.ImportOptions) -> Outgoing:
        model = self._replaced_by(path)
        here = self._view.bring.here and not model
        return Outgoing(path, model, options, placed(self._doing.looked_at()) if here else None)

    def _replaced_by(self, path: Path) -> str:
        """Return the model whose next revision a file is: the chosen one, or the one of its name."""
        if self._view.bring.replaces:
            return self._view.bring.replaces
        found = [ref.model for ref in self._world.packages if ref.model and ref.name == path.stem]
        return found[-1] if found else ""

    def _move(self, intent: wish.MoveModel) -> None:
        model = intent.model or self._selected()
        ref = next((ref for ref in self._world.packages if model and ref.model == model), None)
        box = self._models.own_box_of_model(model) if ref is not None else None
        if ref is None or box is None:
            self._doing.say(_("Select a part of the model that is to be moved"))
            return
        low, high = (tuple(corner.tolist()) for corner in box)
        seen = self._world.last_record
        self._view.moving = Moving(model, ref.name, ref.placement, ref.placement, low, high, base=seen)

    def _selected(self) -> str:
        """Return the model that the selection belongs to, "" for none."""
        ids = self._models.ids_of_all(self._view.marked)
        package = self._models.package_at(int(ids[0])) if len(ids) else None
        return package.ref.model if package is not None else ""

    def _place_moved(self, _intent: wish.Intent) -> None:
        moving = self._view.moving
        if moving is None:
            return
        wished = messages.PlaceModel(op=1, model=moving.model, placement=moving.now, base=moving.base)
        if moving.now == moving.before or self._doing.send(wished):
            self._view.moving = None

    def _remove(self, intent: wish.RemoveModel) -> None:
        name = next((ref.name for ref in self._world.packages if ref.model == intent.model), "")
        base = self._world.last_record
        if self._doing.send(messages.RemoveModel(op=1, model=intent.model, base=base)):
            self._doing.say(_("{name} is taken out").format(name=name), _("Ctrl+Z brings it back."))
