"""What a person wishes of the session's prepared views: keep one, show, rename, move, share and remove it.

A view is kept at once; its picture goes to the session's store meanwhile and follows as soon as it is there.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from msgspec.structs import replace

from walkdown import messages
from walkdown.i18n import _
from walkdown.messages import PutViewpoint, RemoveViewpoint, Viewpoint
from walkdown_client.file_sending import FileSending, Offering
from walkdown_client.tools import intents as wish
from walkdown_client.tools import section_intents as cut
from walkdown_client.tools.view_state import Offer, ViewState
from walkdown_client.tools.viewing import default_title, last_order, moved
from walkdown_client.world import World

TITLE_MAX = 500
PICTURE_NAME = "view.png"
_MADE_BY_SERVER = {"author": "", "author_id": "", "made_ns": 0, "number": 0}


class Doing(Protocol):
    """What this needs of :class:`Wishes`."""

    def send(self, operation: messages.ClientMessage) -> bool:
        """Send to the server; tell whether that could be done."""

    def say(self, title: str, text: str = "", *, offer: Offer | None = None) -> None:
        """Show a message that goes away by itself."""

    def carry_out(self, intent: wish.Intent) -> None:
        """Carry out another wish."""


class Seeing(Protocol):
    """What this needs of views."""

    def current(self) -> Viewpoint:
        """Return how the person sees the scene now."""

    def show(self, viewpoint: Viewpoint) -> None:
        """See as a viewpoint does."""

    def snapshot(self) -> bytes:
        """Return a PNG of what is seen, without panels."""


@dataclass(slots=True)
class _Picture:
    """A picture on its way to the store."""

    viewpoint: str
    sending: FileSending


class KeptViews:
    """Rules by the class of the wish, for :meth:`Wishes.add`.

    Args:
        views: how this person sees things. send: begins to send a file to the session's store. keep: takes a
            picture so that panels can show it at once.
    """

    def __init__(
        self,
        world: World,
        view: ViewState,
        *,
        views: Seeing,
        doing: Doing,
        send: Callable[[Offering], FileSending],
        keep: Callable[[bytes], object],
    ) -> None:
        self._world, self._view, self._views, self._doing = world, view, views, doing
        self._send, self._keep_picture = send, keep
        self._pictures: list[_Picture] = []

    def rules(self) -> Mapping[type[wish.Intent], Callable[[Any], object]]:
        """Return what is done about each wish."""
        return {
            cut.KeepView: self._keep,
            cut.KeepAgain: lambda i: self._with(i.view, self._keep_again),
            cut.RenameView: self._rename,
            cut.MoveView: self._move,
            cut.RemoveView: lambda i: self._with(i.view, self._remove),
            cut.ShowKeptView: lambda i: self._with(i.view, self._show),
            cut.ShareKeptView: lambda i: self._with(i.view, self._share),
            cut.PresentFrom: lambda i: self._with(i.view, self._present),
        }

    def step(self) -> None:
        """Name the pictures that have reached the store; once a frame."""
        for picture in tuple(self._pictures):
            if picture.sending.over:
                self._pictures.remove(picture)
                self._name_picture(picture)

    def close(self) -> None:
        """Stop all that is being sent."""
        for picture in self._pictures:
            picture.sending.cancel()

    def _with(self, view: str, act: Callable[[Viewpoint], object]) -> None:
        there = self._world.review.viewpoints.get(view)
        if there is None:
            self._doing.say(_("This view is not here any more"))
        else:
            act(there)

    # ---- keeping ------------------------------------------------------------------------------------

    def _keep(self, intent: cut.KeepView) -> None:
        state = self._world.review
        title = intent.title.strip()[:TITLE_MAX] or default_title(state)
        made = replace(
            self._views.current(), viewpoint=str(uuid.uuid4()), title=title, order=last_order(state)
        )
        if not self._doing.send(PutViewpoint(op=1, viewpoint=made)):
            return
        self._take_picture(made.viewpoint)
        offer = None if intent.title else Offer(_("Name it"), cut.EditView(made.viewpoint))
        self._doing.say(
            _("{title} is kept").format(title=title), _("PageDown and PageUp show it."), offer=offer
        )

    def _keep_again(self, there: Viewpoint) -> None:
        now = replace(
            self._views.current(),
            viewpoint=there.viewpoint,
            topic=there.topic,
            title=there.title,
            order=there.order,
        )
        if self._put(now, there):
            self._take_picture(there.viewpoint)
            self._doing.say(_("{title} is as you see now").format(title=there.title))

    def _take_picture(self, viewpoint: str) -> None:
        data = self._views.snapshot()
        self._keep_picture(data)
        self._pictures.append(_Picture(viewpoint, self._send(Offering(data, PICTURE_NAME))))

    def _name_picture(self, picture: _Picture) -> None:
        there, file = self._world.review.viewpoints.get(picture.viewpoint), picture.sending.attached
        if there is not None and file is not None:
            self._put(replace(there, snapshot=file.sha256), there)
        elif picture.sending.phase == "failed":
            self._doing.say(_("The picture of a view was not kept"), picture.sending.text)

    def _put(self, wanted: Viewpoint, there: Viewpoint) -> bool:
        """Change a view that stands; what the server fills in is left to it."""
        clean = replace(wanted, **_MADE_BY_SERVER)
        return self._doing.send(PutViewpoint(op=1, viewpoint=clean, base=there.number))

    # ---- the list -----------------------------------------------------------------------------------

    def _rename(self, intent: cut.RenameView) -> None:
        self._view.viewing.editing = ""
        there, title = self._world.review.viewpoints.get(intent.view), intent.title.strip()[:TITLE_MAX]
        if there is not None and title and title != there.title:
            self._put(replace(there, title=title), there)

    def _move(self, intent: cut.MoveView) -> None:
        state = self._world.review
        for wanted in moved(state, intent.view, intent.steps):
            self._put(wanted, state.viewpoints[wanted.viewpoint])

    def _remove(self, there: Viewpoint) -> None:
        if self._doing.send(RemoveViewpoint(op=1, viewpoint=there.viewpoint, base=there.number)):
            offer = Offer(_("Take it back"), wish.Undo())
            self._doing.say(_("{title} is removed").format(title=there.title), offer=offer)

    def _show(self, there: Viewpoint) -> None:
        if not there.topic:
            self._view.together.prepared = there.viewpoint
        self._views.show(there)
        if there.camera is None:
            self._doing.say(
                _("This view says nothing of where it was seen from"), _("You stay where you are.")
            )

    def _share(self, there: Viewpoint) -> None:
        self._show(there)
        self._doing.carry_out(cut.ShareForAll(True))

    def _present(self, there: Viewpoint) -> None:
        self._share(there)
        self._doing.say(
            _("You present from {title}").format(title=there.title),
            _("PageDown shows the next view; Shift+G calls everybody to you."),
        )
