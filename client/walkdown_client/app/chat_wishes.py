"""Carries out what a person wishes of the chat; nothing that was typed is lost when it cannot be sent."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from walkdown import messages as m
from walkdown.i18n import _
from walkdown.messages import ChatLine, Reply
from walkdown_client.app.places import Views
from walkdown_client.placements import point_in_site
from walkdown_client.refusals import reply_sentence
from walkdown_client.tools import intents as wish
from walkdown_client.tools import meeting_intents as meet
from walkdown_client.tools import meeting_rules as rules
from walkdown_client.tools.chat_links import label_of, link_of_selection, put_link, short_name, way_to
from walkdown_client.tools.view_state import Offer, ViewState
from walkdown_client.world import World

TEXT_MAX = 4000


class Doing(Protocol):
    """What this needs of :class:`Wishes`."""

    def operate(self, operation: m.ClientMessage) -> int:
        """Send to the server; returns its number, 0 when that could not be done."""

    def carry_out(self, intent: wish.Intent) -> None:
        """Carry out another wish."""

    def say(
        self, title: str, text: str = "", *, person: int | None = None, offer: Offer | None = None
    ) -> None:
        """Show a message that goes away by itself."""

    def say_error(self, title: str, text: str, details: str = "") -> None:
        """Show what went wrong until it is closed."""


class ChatWishes:
    """Rules by the class of the wish, for :meth:`Wishes.add`.

    Args:
        views: how this person sees things. go_to: takes one to a point.
    """

    def __init__(
        self,
        world: World,
        view: ViewState,
        *,
        views: Views,
        go_to: Callable[[m.Point], None],
        doing: Doing,
    ) -> None:
        self._world, self._view, self._form = world, view, view.together.chat
        self._views, self._go_to, self._doing = views, go_to, doing
        self._sent: dict[int, str] = {}
        self._revision = -1

    def rules(self) -> Mapping[type[wish.Intent], Callable[[Any], object]]:
        """Return what is done about each wish."""
        return {
            meet.SayLine: self._say_line,
            meet.InsertLink: self._insert,
            meet.OpenLink: lambda i: self._open(i.link),
        }

    def step(self) -> None:
        """Hear what was written."""
        review, form = self._world.review, self._form
        if self._world.welcome is None or review.revision == self._revision:
            return
        self._revision = review.revision
        newest = max((line.number for line in review.chat), default=0)
        if form.heard < 0:
            form.heard = form.seen = newest  # what was written before one came is no news
        for line in review.chat:
            form.waiting.pop(line.line, None)
            if line.number > form.heard:
                self._hear(line)
        form.heard = max(form.heard, newest)

    def refused(self, reply: Reply) -> bool:
        """Take a refusal; tells whether it was of a line, which is in the field again or shown."""
        line = self._sent.pop(reply.op, None)
        if line is None:
            return False
        text = self._form.waiting.pop(line, "")
        if not self._form.text.strip():
            self._form.write(text)
        self._doing.say_error(_("This was not written to all"), reply_sentence(reply), text)
        return True

    def _hear(self, line: ChatLine) -> None:
        """Tell oneself when a line names one, unless the chat is open."""
        own = rules.author_of(self._world)
        names_me = bool(own) and f"person:{own}" in line.links and line.author_id != own
        if names_me and self._view.panel != "chat":
            title = _("{name} writes to you").format(name=line.author)
            self._doing.say(title, self._plain(line), offer=Offer(_("Open the chat"), wish.OpenPanel("chat")))

    def _plain(self, line: ChatLine) -> str:
        parts = rules.pieces(line.text, line.links)
        return "".join(text or f"@{label_of(self._world, link) or short_name(link)}" for text, link in parts)

    def _say_line(self, intent: meet.SayLine) -> None:
        form = self._form
        typed = intent.text or form.text
        text, links = rules.written(typed, form.labels)
        if not text:
            return
        if len(text) > TEXT_MAX:
            self._doing.say(
                _("This is too long for one line"), _("At most 4,000 letters can be sent at once.")
            )
            return
        line = str(uuid.uuid4())
        if number := self._doing.operate(m.Say(1, line, text, links)):
            self._sent[number] = line
            form.waiting[line] = typed
            form.write("")
            form.labels.clear()

    def _insert(self, intent: meet.InsertLink) -> None:
        link = intent.link or link_of_selection(self._view)
        label = label_of(self._world, link) if link else ""
        if not link:
            self._doing.say(_("Nothing is selected"), _("Select a thing, and its link goes into the chat."))
            return
        self._view.panel = "chat"
        put_link(self._form, link, label or short_name(link))

    def _open(self, link: str) -> None:
        kind, _colon, name = link.partition(":")
        review = self._world.review
        if kind == "viewpoint" and name in review.viewpoints:
            self._views.show(review.viewpoints[name])
        elif kind == "mark" and name in review.marks:
            self._go_to(self._place_of(review.marks[name]))
        elif kind == "thing" and self._views.known(name) == "element":
            self._doing.carry_out(wish.SelectThings((), (name,)))
            self._doing.carry_out(wish.FrameSelection())
        elif (way := way_to(self._world, link)) is not None:
            self._doing.carry_out(way)
        else:
            self._doing.say(_("What this link names is not here now"))

    def _place_of(self, marked: m.Mark) -> m.Point:
        return point_in_site(self._world.placement(marked.model), marked.anchor)
