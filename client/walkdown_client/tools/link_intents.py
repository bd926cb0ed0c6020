"""What a person wishes of links to what somebody sees."""

from __future__ import annotations

from dataclasses import dataclass

from walkdown_client.tools.intents import Intent


@dataclass(frozen=True, slots=True)
class CopyLink(Intent):
    """Put a link to what one sees on the clipboard; it lets nobody in.

    Attributes:
        topic, view: ids of what the session keeps: then the link is to that, not to what one sees.
    """

    topic: str = ""
    view: str = ""


@dataclass(frozen=True, slots=True)
class CopyInvitingLink(Intent):
    """Put a link to what one sees on the clipboard that also lets people in, as the newest of Share does."""


@dataclass(frozen=True, slots=True)
class FollowLink(Intent):
    """Go where a link leads; what is in another session is asked about first."""

    link: str


@dataclass(frozen=True, slots=True)
class LeaveForLink(Intent):
    """Leave, and go where a link leads."""

    link: str
