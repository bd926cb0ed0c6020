"""Keeps the scene as this person sees things, and takes and gives what is everybody's.

Who shares for all lets everybody who does not look in their own way see section, visibility and colours; how
one saw things before is kept and comes back. Whoever changes something by hand meanwhile sees things in their
own way from then on: nobody's work is undone by the next change of somebody else.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, Protocol

import numpy as np
from msgspec.structs import replace

from walkdown import messages
from walkdown.frames import F64
from walkdown.i18n import _
from walkdown.messages import SharedView, ShareView, Viewpoint, Welcome
from walkdown_client.app.models import Models
from walkdown_client.app.view_wishes import SHARED, Views
from walkdown_client.scene.sections import SectionView
from walkdown_client.scene.view import SceneView
from walkdown_client.tools import intents as wish
from walkdown_client.tools import section_intents as cut
from walkdown_client.tools.appearance import Appearance
from walkdown_client.tools.sectioning import BOX, hides_all
from walkdown_client.tools.view_state import ViewState
from walkdown_client.tools.viewing import appearance_of, rgb, take, wear
from walkdown_client.world import World

SHARE_EVERY_SECS = 0.2
SHADOWS_AFTER_SECS = 0.25
"""Shadows are drawn anew when a section has rested for so long."""

_CHOICE = np.array([[i >> axis & 1 for axis in range(3)] for i in range(8)])


class Doing(Protocol):
    """What this needs of :class:`Wishes`."""

    def send(self, operation: messages.ClientMessage) -> bool:
        """Send to the server; tell whether that could be done."""

    def say(self, title: str, text: str = "") -> None:
        """Show a message that goes away by itself."""


class ViewNews:
    """What is seen besides the model, and whose section that is.

    Args:
        scene: what is drawn. views: how this person sees things. doing: shows and sends.

    Attributes:
        handles: polylines of the handles on the section, as they are now.
    """

    def __init__(
        self,
        world: World,
        view: ViewState,
        models: Models,
        *,
        scene: SceneView,
        views: Views,
        doing: Doing,
    ) -> None:
        self._world, self._view, self._models = world, view, models
        self._scene, self._views, self._doing = scene, views, doing
        self.handles: Mapping[str, F64] = {}
        self._keys: dict[str, Hashable] = {}
        self._shadows_at_secs = np.inf
        self._taken: SharedView | None = None
        self._known: Hashable = None
        self._worn: Appearance | None = None
        self._told: Viewpoint | None = None
        self._told_in: Welcome | None = None
        self._told_secs = -SHARE_EVERY_SECS

    def rules(self) -> Mapping[type[wish.Intent], Callable[[Any], object]]:
        """Return what is done about each wish."""
        return {
            cut.ShareForAll: lambda i: self.share(not self._view.viewing.sharing if i.on is None else i.on)
        }

    def step(self, now_secs: float) -> None:
        """Take what somebody shares, give what one shares, and show it all; once a frame."""
        self._notice_hand()
        self._adopt()
        self._give(now_secs)
        self._show_section(now_secs)
        self._show_colours()

    # ---- what is everybody's ------------------------------------------------------------------------

    def share(self, on: bool) -> None:
        """Let everybody see things as oneself does, or no more."""
        viewing = self._view.viewing
        if on and not viewing.sharing:
            viewing.shared_by, viewing.own, self._worn = 0, None, None
            self._told = None
            self._doing.say(
                _("Everybody sees your section now"),
                _("Also what you hide and your colours; who looks in their own way does not."),
            )
        elif viewing.sharing and not on:
            self._doing.send(ShareView())
        viewing.sharing = on

    def _shared(self) -> SharedView | None:
        """Return the view of somebody else that is everybody's, None when oneself looks in one's own way."""
        shared = self._world.together.shared_by_all
        if shared is None or shared.id == self._world.me or shared.view is None or self._view.together.alone:
            return None
        return shared

    def _notice_hand(self) -> None:
        """Look in one's own way from now on, when one has changed something of a shared view by hand."""
        viewing = self._view.viewing
        if not viewing.shared_by or self._worn is None or appearance_of(self._view) == self._worn:
            return
        viewing.shared_by, viewing.own, self._worn, self._taken = 0, None, None, None
        self._view.together.alone = True
        self._doing.say(_("You look in your own way now"), _("U shows you the shared view again."))

    def _adopt(self) -> None:
        """See as somebody shows to all, or again as before."""
        viewing, shared = self._view.viewing, self._shared()
        if shared is None:
            if viewing.shared_by and viewing.own is not None:
                wear(self._view, viewing.own)
            viewing.shared_by, viewing.own, self._worn, self._taken = 0, None, None, None
            return
        if viewing.sharing:
            self._yield_to(shared)
        known = self._models.revision, id(self._world.twin)
        if (shared is self._taken and known == self._known) or shared.view is None:
            return
        if not viewing.shared_by:
            viewing.own = appearance_of(self._view)
        self._taken, self._known, viewing.shared_by = shared, known, shared.id
        taken = take(self._view, shared.view, known=self._views.known, selects=False)
        if len(self._models.packages) == len(self._world.packages):  # else what is missing is on its way
            self._views.tell(shared.view, taken)
        self._worn = appearance_of(self._view)

    def _yield_to(self, shared: SharedView) -> None:
        """Share no more, because somebody else does."""
        person = self._world.people.get(shared.id)
        self._view.viewing.sharing = False
        self._doing.say(_("{name} shows it to all now").format(name=person.name if person else _("Somebody")))

    def _give(self, now_secs: float) -> None:
        """Tell the server what one shares, when it has changed."""
        world = self._world
        if not self._view.viewing.sharing or world.link_state != "live":
            return
        if world.welcome is not self._told_in:
            self._told, self._told_in = None, world.welcome
        if now_secs - self._told_secs < SHARE_EVERY_SECS:
            return
        now = replace(self._views.current(), viewpoint=SHARED, camera=None, selection=(), time_ns=0)
        if now != self._told and self._doing.send(ShareView(now, for_all=True)):
            self._told, self._told_secs = now, now_secs

    # ---- the scene ----------------------------------------------------------------------------------

    def _changed(self, name: str, key: Hashable) -> bool:
        changed = self._keys.get(name) != key
        self._keys[name] = key
        return changed

    def _show_section(self, now_secs: float) -> None:
        sectioning, sections = self._view.sectioning, self._scene.sections
        section = sectioning.section
        if self._changed("section", section):
            self._scene.set_section(section.cuts)
            self._shadows_at_secs = now_secs + SHADOWS_AFTER_SECS
            self._say_when_nothing_is_left()
        if now_secs >= self._shadows_at_secs:
            self._shadows_at_secs = np.inf
            self._scene.light.refresh_shadows()
        box = section.box if sectioning.chosen == BOX else None
        corners = None if box is None else np.where(_CHOICE, box.high, box.low).astype(np.float64)
        sections.shown = SectionView(self.handles, sectioning.handle, corners) if self.handles else None
        lines = self._view.viewing.lines
        if self._changed("lines", lines):
            sections.lines = np.array([(line.start, line.end) for line in lines]).reshape(-1, 2, 3)

    def _say_when_nothing_is_left(self) -> None:
        box, section = self._models.box_of_all(), self._view.sectioning.section
        if section and box is not None and hides_all(section.cuts, *box):
            self._doing.say(
                _("The section hides everything"),
                _("Alt+Shift+X takes it away, Alt+X cuts away the other side."),
            )

    def _show_colours(self) -> None:
        painted = self._view.viewing.painted
        if self._changed("painted", (painted, self._models.revision if painted else 0)):
            drawn = self._models.drawn
            self._scene.paint([(drawn.ids_of(paint.things), rgb(paint.colour)) for paint in painted])
