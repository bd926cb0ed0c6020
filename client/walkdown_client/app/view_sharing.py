"""Shows those who follow one how one sees things: section, what is hidden, colours, the lens."""

from __future__ import annotations

from typing import Protocol

from msgspec.structs import replace

from walkdown import messages
from walkdown.messages import ShareView, Welcome
from walkdown_client.app.places import Views
from walkdown_client.input.camera import Rig
from walkdown_client.tools import meeting_rules as rules
from walkdown_client.tools.view_state import ViewState
from walkdown_client.tools.viewing import appearance_of
from walkdown_client.world import World

SHARE_EVERY_SECS = 0.2
MOVED_EVERY_SECS = 1.0
"""Where one's eye is goes to all with one's head; it is told here too, but less often."""


class Doing(Protocol):
    """What this needs of :class:`Wishes`."""

    def send(self, operation: messages.ClientMessage) -> bool:
        """Send to the server; tell whether that could be done."""


class ViewSharing:
    """Tells the server what one sees while somebody follows, at most five times a second."""

    def __init__(self, world: World, view: ViewState, *, rig: Rig, views: Views, doing: Doing) -> None:
        self._world, self._view, self._rig = world, view, rig
        self._views, self._doing = views, doing
        self._told: object = None
        self._told_at: tuple[float, ...] = ()
        self._told_in: Welcome | None = None
        self._told_secs = -SHARE_EVERY_SECS

    def step(self, now_secs: float) -> None:
        """Tell what has changed."""
        world = self._world
        if now_secs - self._told_secs < SHARE_EVERY_SECS or world.link_state != "live":
            return
        if world.welcome is not self._told_in:
            self._told, self._told_in = None, world.welcome
        own = world.together.views.get(world.me)
        if self._view.viewing.sharing or (own is not None and own.for_all):
            self._told = None
            return  # what is everybody's is shown to those who follow too
        watched = self._is_watched()
        looks = self._looks() if watched else None
        at = (*self._rig.pose.position.tolist(), self._rig.pose.heading_rad, self._rig.pose.pitch_rad)
        waits = now_secs - self._told_secs < MOVED_EVERY_SECS
        if looks == self._told and (not watched or at == self._told_at or waits):
            return
        view = replace(self._views.current(), viewpoint="followed", time_ns=0) if watched else None
        if self._doing.send(ShareView(view)):
            self._told, self._told_at, self._told_secs = looks, at, now_secs

    def _looks(self) -> object:
        """Return what changes with how things are seen, but for where from."""
        lines = self._view.viewing.lines
        return self._rig.lens, appearance_of(self._view), self._view.selection, lines

    def _is_watched(self) -> bool:
        shows = self._view.preferences.together.show_followers and not self._view.together.following
        return shows and self._world.may(ShareView) and bool(rules.followers(self._world, self._world.me))
