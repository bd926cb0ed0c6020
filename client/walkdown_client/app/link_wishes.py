"""Links to what somebody sees: copies one's own, and follows those of others, here or elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from walkdown.errors import BadInput
from walkdown.i18n import _, ngettext
from walkdown.messages import Viewpoint
from walkdown_client.address import Address, parse_address
from walkdown_client.deep_links import (
    LINKED,
    DeepLink,
    link_of,
    parse_link,
    where_sentence,
    with_invitation,
)
from walkdown_client.tools import intents as wish
from walkdown_client.tools import link_intents as links
from walkdown_client.tools import topic_intents as topics
from walkdown_client.tools.view_state import ViewState
from walkdown_client.ui import clipboard
from walkdown_client.world import World

SECS_NS = 1_000_000_000
PAST_SECS = 5.0
"""What is so much older than now is said to be the past."""


class Seeing(Protocol):
    """How this person sees things, see ``app.view_wishes.Views``."""

    def current(self) -> Viewpoint:
        """Return how things are seen now."""

    def show(self, viewpoint: Viewpoint) -> None:
        """See as a viewpoint does."""


class Doing(Protocol):
    """What these wishes need of the rest, see ``app.wishes.Wishes``."""

    def carry_out(self, intent: wish.Intent) -> None:
        """Carry out a wish."""

    def say(self, title: str, text: str = "") -> None:
        """Show a message that goes away by itself."""

    def say_error(self, title: str, text: str) -> None:
        """Show what went wrong until it is closed."""


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways out of this part: when the session is ready, and how one leaves it.

    Attributes:
        loaded: whether all models are here. leave_for: told where to go next; the program then leaves.
    """

    loaded: Callable[[], bool]
    leave_for: Callable[[DeepLink], None]


class LinkWishes:
    """Rules by the class of the wish, for ``Wishes.add``, and a step in each frame.

    Args:
        address: of the session one is in. views: how things are seen. doing: carries out and says.
    """

    def __init__(
        self, world: World, view: ViewState, *, address: Address, views: Seeing, doing: Doing, ways: Ways
    ) -> None:
        self._world, self._view, self._address = world, view, address
        self._views, self._doing, self._ways = views, doing, ways
        self._waiting: DeepLink | None = None
        self._eye_is_there = False

    def rules(self) -> Mapping[type[wish.Intent], Callable[[Any], object]]:
        """Return what is done about each wish."""
        return {
            links.CopyLink: self._copy,
            links.CopyInvitingLink: self._copy_inviting,
            links.FollowLink: self._follow,
            links.LeaveForLink: self._leave,
        }

    # ---- copying ------------------------------------------------------------------------------------------

    def _link(self, intent: links.CopyLink) -> tuple[str, int]:
        look = None if intent.topic or intent.view else self._views.current()
        return link_of(self._public_address(), look, topic=intent.topic, view=intent.view)

    def _public_address(self) -> Address:
        """Return the address that others reach: on one's own computer that of a link one has made."""
        mine = self._invitation()
        if not self._address.is_own_computer or mine is None:
            return self._address
        return parse_address(mine.partition("#")[0])

    def _invitation(self) -> str | None:
        """Return the newest link of one's own that still lets people in, None when there is none."""
        made = [one for one in self._world.invitations.mine.values() if one.links]
        standing = [one for one in made if one.expires_ns > self._world.session_ns]
        return standing[-1].links[0] if standing else None

    def _copy(self, intent: links.CopyLink) -> None:
        text, left = self._link(intent)
        clipboard.copy(text)
        about = [_("It lets nobody in; whoever is let into the session gets there by it.")]
        if parse_link(text).address == self._address and self._address.is_own_computer:
            about.append(_("Only this computer reaches this session; a link in Share opens it to others."))
        self._doing.say(_("Link copied"), " ".join([*about, *_left_out(left)]))

    def _copy_inviting(self, _intent: links.CopyInvitingLink) -> None:
        invitation = self._invitation()
        if invitation is None:
            title = _("There is no invitation of yours")
            self._doing.say(title, _("Make a link in Share first; then it can lead to what you see."))
            self._view.panel = "share"
            return
        text, left = self._link(links.CopyLink())
        clipboard.copy(with_invitation(text, invitation))
        warning = _("It lets people in: send it to those you mean, and to nobody else.")
        self._doing.say(_("Copied"), " ".join([warning, *_left_out(left)]))

    # ---- following ----------------------------------------------------------------------------------------

    def _follow(self, intent: links.FollowLink) -> None:
        link = self._read(intent.link)
        if link is None:
            return
        if self._leads_here(link):
            self.go(link)
            return
        assert link.address is not None  # noqa: S101 -- one without leads here
        self._doing.carry_out(
            wish.AskFirst(
                _("Leave, and connect to another session?"),
                where_sentence(link.address),
                _("Leave and connect"),
                links.LeaveForLink(intent.link),
            )
        )

    def _read(self, text: str) -> DeepLink | None:
        try:
            return parse_link(text)
        except BadInput as error:
            self._doing.say_error(_("This link cannot be followed"), str(error))
            return None

    def _leads_here(self, link: DeepLink) -> bool:
        there, here = link.address, self._address
        if there is None:
            return True
        welcome = self._world.welcome
        session = welcome.session if welcome is not None else here.session
        same_session = there.session in (here.session, session)
        made = [one for mine in self._world.invitations.mine.values() for one in mine.links]
        mine = {(one.host, one.port) for one in map(parse_address, made)}
        return same_session and (there.host, there.port) in {(here.host, here.port), *mine}

    def _leave(self, intent: links.LeaveForLink) -> None:
        link = self._read(intent.link)
        if link is not None and link.address is not None:
            self._ways.leave_for(link)

    def go(self, link: DeepLink) -> None:
        """Go where a link leads in this session: the eye as soon as one is in, the rest with the models."""
        self._waiting, self._eye_is_there = link, False

    def step(self) -> None:
        """Go on with what waits, once a frame."""
        link = self._waiting
        if link is None or self._world.welcome is None:
            return
        if not self._eye_is_there:
            self._eye_is_there = True
            if link.look is not None and link.look.camera is not None and not self._ways.loaded():
                self._views.show(Viewpoint(LINKED, link.look.camera))
        if self._ways.loaded():
            self._waiting = None
            self._arrive(link)

    def _arrive(self, link: DeepLink) -> None:
        review, notes = self._world.review, list(link.notes)
        if link.topic and link.topic in review.topics:
            self._doing.carry_out(topics.OpenTopic(link.topic))
            if link.look is None and not link.view:
                self._doing.carry_out(topics.GoToTopic(link.topic))
        elif link.topic:
            notes.append(_("The topic of this link is not in this session, or not any more."))
        if link.view and link.view in review.viewpoints:
            self._views.show(review.viewpoints[link.view])
        elif link.view:
            notes.append(_("The view of this link is not in this session, or not any more."))
        notes += self._select(link)
        if link.look is not None:
            self._views.show(link.look)
        if notes:
            self._doing.say(_("Not all of the link could be followed"), " ".join(notes))
        self._say_time(link.time_ns)

    def _select(self, link: DeepLink) -> list[str]:
        """Select the things of a link, and go to the first unless it says where to look from."""
        here = [thing for thing in link.things if self._world.twin.has_thing(thing)]
        has_eye = link.topic or link.view or (link.look is not None and link.look.camera is not None)
        if here and not has_eye:
            self._doing.carry_out(wish.FlyToThing(here[0]))
        if link.look is not None:
            return []  # it selects, and lists what is not here
        if here:
            self._doing.carry_out(wish.SelectThings(tuple(here)))
        count = len(link.things) - len(here)
        if not count:
            return []
        if len(link.things) == 1:
            return [_("{name} is not in this session.").format(name=link.things[0])]
        text = ngettext(
            "{count} thing is not in this session.", "{count} things are not in this session.", count
        )
        return [text.format(count=count)]

    def _say_time(self, time_ns: int) -> None:
        """Say which moment a link is about, unless that is now."""
        ago_secs = (self._world.session_ns - time_ns) / SECS_NS
        if not time_ns or abs(ago_secs) < PAST_SECS:
            return
        moment = datetime.fromtimestamp(time_ns / SECS_NS, UTC).astimezone()
        title = _("This link is of {ago}").format(ago=ago(ago_secs))
        text = _("It was seen on {time}; the values are those of now.")
        self._doing.say(title, text.format(time=f"{moment:%Y-%m-%d %H:%M:%S UTC%z}"))


def _left_out(count: int) -> list[str]:
    if not count:
        return []
    text = ngettext(
        "{count} name had no room in it and was left out.",
        "{count} names had no room in it and were left out.",
        count,
    )
    return [text.format(count=count)]


def ago(secs: float) -> str:
    """Return how long ago something was, in the largest unit that fits."""
    minutes = max(1, round(secs / 60))
    if minutes < 60:
        return ngettext("{count} minute ago", "{count} minutes ago", minutes).format(count=minutes)
    hours = round(minutes / 60)
    if hours < 48:
        return ngettext("{count} hour ago", "{count} hours ago", hours).format(count=hours)
    return ngettext("{count} day ago", "{count} days ago", round(hours / 24)).format(count=round(hours / 24))
