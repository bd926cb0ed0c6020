"""The part of a guest that is about links to what somebody sees."""

from __future__ import annotations

from walkdown.messages import Viewpoint
from walkdown_client.address import Address
from walkdown_client.deep_links import link_of
from walkdown_client.guest_base import GuestBase


class WithLinks(GuestBase):
    """The part of a :class:`walkdown_client.guest.Guest` that is about links."""

    _address: Address

    def link_to(self, look: Viewpoint | None = None, *, topic: str = "", view: str = "") -> str:
        """Return a link by which whoever is let into the session gets there; it lets nobody in.

        Args:
            look: how things are seen: camera, section, layers, selection and time.
            topic, view: ids of what the session keeps.
        """
        return link_of(self._address, look, topic=topic, view=view)[0]
