"""What a guest can do at the door of a session: invite, and send away, mute or promote who is there."""

from __future__ import annotations

from walkdown.messages import (
    Invitation,
    Invite,
    Kick,
    Mute,
    Revoke,
    Role,
    SetRole,
)
from walkdown_client.guest_base import GuestBase


class AtTheDoor(GuestBase):
    """The part of a :class:`walkdown_client.guest.Guest` that is about who may come in."""

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[int, Invitation] = {}

    @property
    def role(self) -> Role:
        """What the guest may do: ``observer``, ``participant``, ``operator``, ``chair`` or ``admin``."""
        return self.world.role

    async def invite(
        self,
        role: Role = "participant",
        *,
        hours: float = 8.0,
        uses: int = 0,
        code: bool = False,
    ) -> Invitation:
        """Make an invitation and return its links, the likeliest first.

        The first one opens the door of a server that only its own computer could reach.

        Args:
            role: at most one's own. hours: how long it can be used. uses: by how many people, 0 for any.
            code: whether there shall be a short code too, for those in the same local network.

        Raises:
            Refused: the server said no. Missing: it has not answered.
        """
        reply = await self._operate(Invite(0, role, hours, uses, code))
        return self._told.pop(reply.op)

    async def revoke(self, invite: str) -> None:
        """Make an invitation worthless, by its id; who is here stays."""
        await self._operate(Revoke(0, invite))

    async def kick(self, person: int, reason: str = "") -> None:
        """Show somebody the door, by their number in the session; they are told the reason."""
        await self._operate(Kick(0, person, reason))

    async def mute(self, person: int, *, muted: bool = True) -> None:
        """Let nobody hear somebody, or let them be heard again."""
        await self._operate(Mute(0, person, muted))

    async def set_role(self, person: int, role: Role) -> None:
        """Give somebody another role, at most one's own."""
        await self._operate(SetRole(0, person, role))
