"""From where a client's datagrams come, and whether it has been proved that it is there.

Pure. Nothing but answers goes to an address before it has echoed a challenge, and never more bytes than came
from there: who names somebody else's address cannot have us flood it. A client that gets another address, as
behind a router that forgets, is proved anew; until then it is sent to where it was.
"""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from walkdown.media.datagrams import CHALLENGE_SIZE

CANDIDATES_MAX = 4
"""Of more addresses that are not proved, the one heard of longest ago is forgotten."""

Address = Hashable


@dataclass(slots=True)
class Candidate:
    """An address that is not proved: what it has to echo, and how many bytes may still be sent there."""

    challenge: bytes
    allowance_bytes: int = 0


class Addresses:
    """The addresses of one client.

    Args:
        random: returns so many bytes that nobody can guess.

    Attributes:
        proved: where the client is, None while that is not known.
    """

    __slots__ = ("_candidates", "_challenge", "_random", "proved")

    def __init__(self, random: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._random = random
        self._candidates: OrderedDict[Address, Candidate] = OrderedDict()
        self._challenge = b""
        self.proved: Address | None = None

    def heard(self, address: Address, size_bytes: int) -> None:
        """Take note of a datagram of the client, that is no forgery, from an address."""
        if address == self.proved:
            return
        candidate = self._candidates.get(address)
        if candidate is None:
            candidate = self._candidates[address] = Candidate(self._random(CHALLENGE_SIZE))
            if len(self._candidates) > CANDIDATES_MAX:
                self._candidates.popitem(last=False)
        self._candidates.move_to_end(address)
        candidate.allowance_bytes += size_bytes

    def echoed(self, address: Address, challenge: bytes) -> bool:
        """Take an echo from an address; tells whether the address is proved by it, and was not before."""
        candidate = self._candidates.get(address)
        if candidate is None or not hmac.compare_digest(candidate.challenge, challenge):
            return False
        self.proved, self._challenge = address, candidate.challenge
        self._candidates.clear()
        return True

    def challenge(self, address: Address) -> bytes:
        """Return what an address from which something was heard has to echo, or has echoed."""
        return self._challenge if address == self.proved else self._candidates[address].challenge

    def may_send(self, address: Address, size_bytes: int) -> bool:
        """Tell whether so many bytes may go there, and take note that they do."""
        if address == self.proved:
            return True
        candidate = self._candidates.get(address)
        if candidate is None or candidate.allowance_bytes < size_bytes:
            return False
        candidate.allowance_bytes -= size_bytes
        return True
