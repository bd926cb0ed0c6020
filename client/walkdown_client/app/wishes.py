"""Carries out what a person wishes: on the view, with the camera, at the server, or with the program."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from walkdown import messages
from walkdown.errors import Refused
from walkdown.i18n import _
from walkdown_client.address import Address
from walkdown_client.app.models import Box, Models
from walkdown_client.deep_links import DeepLink
from walkdown_client.input import camera
from walkdown_client.link import Link
from walkdown_client.tools import intents as wish
from walkdown_client.tools.rights import allowed, why_not
from walkdown_client.tools.view_rules import carry_out
from walkdown_client.tools.view_state import Offer, Toast, ViewState
from walkdown_client.ui import clipboard
from walkdown_client.world import World

log = logging.getLogger(__name__)

TOAST_SECS, OFFER_SECS = 6.0, 15.0
PUT_AHEAD_M, PUT_AHEAD_MAX_M = 10.0, 100.0
"""How far ahead a new thing is put when the person looks at no level."""

PLACE_HALF_M = 1.5
"""Half the size of the box that is framed about a place without a thing."""


@dataclass(slots=True)
class Program:
    """What wishes ask of the program itself; the frame looks at it and acts.

    Attributes:
        next_address: where to go after leaving, None for nowhere. next_link: to what there, None for all.
    """

    quit: bool = False
    cancel_loading: bool = False
    toggle_full_screen: bool = False
    screenshots: list[Path] = field(default_factory=list)
    next_address: Address | None = None
    next_link: DeepLink | None = None


class Wishes:
    """Carries out intents.

    Args:
        rig: the eye. program: where wishes about the program are noted.

    Attributes:
        link: the way to the server.
    """

    def __init__(
        self, world: World, view: ViewState, models: Models, *, rig: camera.Rig, link: Link, program: Program
    ) -> None:
        self._world, self._view, self._models = world, view, models
        self._rig, self.link, self._program = rig, link, program
        self._selected_by_server = ""
        self._rules: dict[type[wish.Intent], Callable[[Any], object]] = {
            wish.FrameSelection: self._frame_selection,
            wish.FrameAll: self._frame_all,
            wish.FlyToThing: self._fly_to_thing,
            wish.FlyToElement: lambda i: self.fly_to(self._models.box_of(i.element.key)),
            wish.LookFrom: self._look_from,
            wish.GoToNote: self._go_to_note,
            wish.Undo: lambda _i: self.send(messages.Undo(op=1)),
            wish.Redo: lambda _i: self.send(messages.Redo(op=1)),
            wish.TriggerDisturbance: self._trigger,
            wish.CopyText: self._copy,
            wish.TakeScreenshot: self._take_screenshot,
            wish.ToggleFullScreen: self._toggle_full_screen,
            wish.CancelLoading: self._cancel_loading,
            wish.Quit: self._quit,
        }

    def add(self, rules: Mapping[type[wish.Intent], Callable[[Any], object]]) -> None:
        """Let others carry out further wishes."""
        self._rules |= rules

    def carry_out(self, intent: wish.Intent) -> None:
        """Carry out one intent, unless one's role does not allow it; then say so."""
        if not allowed(self._world, type(intent)):
            self.say(_("This is not for you here"), why_not(self._world.role))
        elif not carry_out(self._view, intent, self._world.notes):
            self._rules[type(intent)](intent)

    def tell_selection(self) -> None:
        """Tell the others what is selected, when that has changed."""
        selected = self._view.selected
        if selected != self._selected_by_server and self._world.link_state == "live":
            self._selected_by_server = selected
            self.link.send(messages.Select(thing=selected))

    # ---- camera -------------------------------------------------------------------------------------

    def _frame_selection(self, _intent: wish.Intent) -> None:
        if self._view.marked:
            drawn = self._models.drawn.own_ids_of(self._view.marked)
            self.fly_to(self._models.box_of_ids(drawn))
        elif self._view.hover_point is not None:
            self._fly_to_place(self._view.hover_point)

    def _frame_all(self, _intent: wish.Intent) -> None:
        box = self._models.box_of_all()
        if box is not None:
            self._fly(camera.frame_from_above(self._rig.pose, self._rig.lens, box), box)

    def _fly_to_thing(self, intent: wish.FlyToThing) -> None:
        self.fly_to(self._models.box_of(intent.thing))

    def _look_from(self, intent: wish.LookFrom) -> None:
        box = self._models.box_of(self._view.selected) if self._view.selected else self._models.box_of_all()
        if box is not None:
            self._fly(camera.look_from(intent.side, self._rig.lens, box), box)

    def _go_to_note(self, intent: wish.GoToNote) -> None:
        note = self._world.notes.get(intent.note)
        if note is not None and self._world.is_standing(note):
            self._fly_to_place(self._world.note_position(note))
        elif note is not None:
            self.say(_("The model on which this note stands is not here now"))

    def _fly_to_place(self, point: wish.Point) -> None:
        middle = np.array(point)
        self.fly_to((middle - PLACE_HALF_M, middle + PLACE_HALF_M))

    def looked_at(self) -> wish.Point:
        """Return where a new thing is put: what the cursor means, else the level before the person."""
        if self._view.hover_point is not None:
            return self._view.hover_point
        eye, ahead = self._rig.pose.position, self._rig.pose.axes[1]
        box = self._models.box_of_all()
        level = float(box[0][2]) if box is not None else 0.0
        far = (level - eye[2]) / ahead[2] if ahead[2] < -1e-3 else PUT_AHEAD_M
        x, y, _z = (eye + ahead * min(far, PUT_AHEAD_MAX_M)).tolist()
        return x, y, level

    def fly_to(self, box: Box | None) -> None:
        """Fly to where a box fills the picture."""
        if box is not None:
            self._fly(camera.frame_from_above(self._rig.pose, self._rig.lens, box), box)

    def _fly(self, end: camera.Pose, box: Box) -> None:
        self._rig.fly_to(end, (box[0] + box[1]) / 2)

    # ---- the session --------------------------------------------------------------------------------

    def _trigger(self, intent: wish.TriggerDisturbance) -> None:
        self.send(messages.Trigger(op=1, disturbance=intent.disturbance, active=intent.active))

    def send(self, operation: messages.ClientMessage) -> bool:
        """Send to the server; tell whether that could be done, and say so when not."""
        return self._sent(operation) is not None

    def operate(self, operation: messages.ClientMessage) -> int:
        """Send to the server; returns its number, 0 when that could not be done, after saying so."""
        return self._sent(operation) or 0

    def _sent(self, message: messages.ClientMessage) -> int | None:
        try:
            return self.link.send(message)
        except Refused as refusal:
            self.say_error(_("This cannot be sent"), str(refusal))
            return None

    # ---- the program --------------------------------------------------------------------------------

    def _copy(self, intent: wish.CopyText) -> None:
        clipboard.copy(intent.text)
        self.say(_("Copied"))

    def _take_screenshot(self, _intent: wish.Intent) -> None:
        path = Path.cwd() / time.strftime("walkdown-%Y%m%d-%H%M%S.png")
        self._program.screenshots.append(path)

    def _toggle_full_screen(self, _intent: wish.Intent) -> None:
        self._program.toggle_full_screen = True

    def _cancel_loading(self, _intent: wish.Intent) -> None:
        self._program.cancel_loading = True

    def _quit(self, _intent: wish.Intent) -> None:
        self._program.quit = True

    def say(
        self,
        title: str,
        text: str = "",
        *,
        person: int | None = None,
        offer: Offer | None = None,
        stays: bool = False,
        warns: bool = False,
    ) -> None:
        """Show a message that goes away by itself, unless it ``stays``.

        Args:
            offer: what can be done about it. warns: something is not as it should be.
        """
        shown_secs = TOAST_SECS if offer is None else OFFER_SECS
        until = float("inf") if stays else time.monotonic() + shown_secs
        toast = Toast(0, title, text, person=person, until_secs=until, offer=offer, is_warning=warns)
        self._view.say(lambda number: replace(toast, number=number))

    def take_back(self, title: str) -> None:
        """Take messages of this title away."""
        self._view.toasts = [toast for toast in self._view.toasts if toast.title != title]

    def say_error(self, title: str, text: str, details: str = "") -> None:
        """Show what went wrong until it is closed."""
        log.warning("%s: %s", title, text)
        self._view.say(lambda number: Toast(number, title, text, details, is_error=True))
